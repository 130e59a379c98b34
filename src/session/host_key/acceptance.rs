//! What happens to a host key that known_hosts does not have: the configuration decides, or the
//! user, and it is recorded.

use std::sync::Arc;

use ssh_key::{HashAlg, PublicKey};

use super::named::{describe, type_name};
use crate::credentials::Credentials;
use crate::hosts::known_hosts::{self, HostKeyStatus, HostName, KnownHosts};
use crate::hosts::ssh_config::{Endpoint, StrictHostKeyChecking};
use crate::prompter::{Answer, Question};
use crate::session::error::{Error, HostKeyError, NotAccepted};
use crate::session::notices::Notices;
use crate::session::steps::Steps;

/// How often the user may answer with something other than yes, no or the fingerprint.
const ANSWER_TRIES: usize = 3;

const INSTEAD: &str = "verify the fingerprint with the host's administrator, then add -o \
    StrictHostKeyChecking=accept-new";

/// Decides about new keys of one host.
pub(super) struct Acceptance {
    pub(super) endpoint: Arc<Endpoint>,
    pub(super) credentials: Arc<Credentials>,
    pub(super) steps: Steps,
    pub(super) notices: Notices,
}

impl Acceptance {
    /// Accepts and records a new key, or fails. `names` are those to record it under, the host's
    /// first; `address` is for the question. Returns whether the user vouched for the key.
    pub(super) async fn accept(
        &self,
        names: &[&HostName],
        address: &str,
        key: &PublicKey,
    ) -> Result<bool, Error> {
        let unknown = |why| Error::from(HostKeyError::Unknown { sent: describe(key), why });
        match self.endpoint.strict_host_key_checking {
            StrictHostKeyChecking::Yes => Err(unknown(NotAccepted::Strict)),
            StrictHostKeyChecking::AcceptNew | StrictHostKeyChecking::No => {
                self.learn(names, key);
                Ok(false)
            }
            StrictHostKeyChecking::Ask => {
                if !self.can_ask() {
                    return Err(unknown(NotAccepted::NoTerminal));
                }
                let _asking = self.steps.asking();
                let _turn = self.credentials.turn().await;
                if self.was_added_meanwhile(names[0], key)? {
                    return Ok(true);
                }
                let question = format!(
                    "The authenticity of host '{} ({address})' can't be established.\n{} key \
                    fingerprint is {}.\n",
                    names[0],
                    type_name(key),
                    key.fingerprint(HashAlg::Sha256)
                );
                if !self.confirmed(question, names[0], key).await? {
                    return Err(unknown(NotAccepted::Declined));
                }
                // Recorded before the next destination's turn, so that it finds the key.
                self.learn(names, key);
                Ok(true)
            }
        }
    }

    /// The address of a host has another key than the host: fails unless the configuration or the
    /// user does not mind.
    pub(super) async fn accept_difference(
        &self,
        host: &HostName,
        key: &PublicKey,
        difference: &str,
        differs: HostKeyError,
    ) -> Result<(), Error> {
        match self.endpoint.strict_host_key_checking {
            StrictHostKeyChecking::No => self.notices.say(difference.to_owned()),
            StrictHostKeyChecking::Ask if self.can_ask() => {
                let _asking = self.steps.asking();
                let _turn = self.credentials.turn().await;
                let question = format!("Warning: {difference}.\n");
                if !self.confirmed(question, host, key).await? {
                    return Err(differs.into());
                }
            }
            _ => return Err(differs.into()),
        }
        Ok(())
    }

    fn can_ask(&self) -> bool {
        !self.endpoint.batch_mode && self.credentials.prompter().can_ask()
    }

    /// Another destination on this host may have asked first: one answer serves them all.
    fn was_added_meanwhile(&self, name: &HostName, key: &PublicKey) -> Result<bool, Error> {
        let known = KnownHosts::read(
            &self.endpoint.user_known_hosts_files,
            &self.endpoint.global_known_hosts_files,
        )?;
        Ok(matches!(known.status(name, key), HostKeyStatus::Known { .. }))
    }

    async fn confirmed(
        &self,
        mut prompt: String,
        host: &HostName,
        key: &PublicKey,
    ) -> Result<bool, Error> {
        let fingerprint = key.fingerprint(HashAlg::Sha256).to_string();
        prompt.push_str("Are you sure you want to continue connecting (yes/no/[fingerprint])? ");
        for _ in 0..ANSWER_TRIES {
            let answer = self
                .credentials
                .ask(Question {
                    prompt: prompt.clone(),
                    answer: Answer::Confirm,
                    wanted: format!("a decision about the host key of {host}"),
                    instead: INSTEAD.into(),
                })
                .await?;
            match answer.trim() {
                said if said.eq_ignore_ascii_case("yes") || said == fingerprint => return Ok(true),
                said if said.eq_ignore_ascii_case("no") => return Ok(false),
                _ => prompt = "Please type 'yes', 'no' or the fingerprint: ".into(),
            }
        }
        Ok(false)
    }

    /// A key that cannot be written to known_hosts is still the one that was accepted: this login
    /// continues, and the next one asks again.
    pub(super) fn learn(&self, names: &[&HostName], key: &PublicKey) {
        let Some(file) = self.endpoint.user_known_hosts_files.first() else { return };
        let hash = self.endpoint.hash_known_hosts;
        let shown = names.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(",");
        let notice = match known_hosts::learn(file, names, key, hash, &mut rand::rng()) {
            Ok(false) => return,
            Ok(true) => {
                format!("permanently added {shown:?} ({}) to {}", type_name(key), file.display())
            }
            Err(error) => format!("could not add the host key of {shown}: {error}"),
        };
        self.notices.say(notice);
    }
}
