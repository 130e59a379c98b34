//! Whether a server's host key is trusted: known_hosts decides, then `StrictHostKeyChecking`, then
//! the user. When in doubt, the connection is refused.

mod named;
mod soundness;

use std::net::IpAddr;
use std::sync::Arc;

use ssh_key::{Certificate, HashAlg, PublicKey};

use self::named::type_name;
use self::soundness::Soundness;
use super::algorithms::Certificates;
use super::error::{Error, HostKeyError, NotAccepted};
use super::identities::now;
use super::notices::Notices;
use super::signatures::Signatures;
use super::steps::Steps;
use crate::credentials::Credentials;
use crate::hosts::known_hosts::{
    self, AuthorityStatus, HostKeyEntry, HostKeyStatus, HostName, KnownHosts,
};
use crate::hosts::ssh_config::{Endpoint, StrictHostKeyChecking};
use crate::keys::certificate::{self, Certified};
use crate::prompter::{Answer, Question};

pub use self::named::describe;

/// How often the user may answer with something other than yes, no or the fingerprint.
const ANSWER_TRIES: usize = 3;

/// What one connection needs to check its server's host key.
pub(super) struct Trust {
    name: HostName,
    address: String,
    known: KnownHosts,
    /// What a certificate authority may have signed with.
    authorities: Signatures,
    soundness: Soundness,
    endpoint: Arc<Endpoint>,
    credentials: Arc<Credentials>,
    steps: Steps,
    notices: Notices,
}

impl Trust {
    /// Reads the known_hosts files. If one cannot be read, there is no connection: an unreadable
    /// file is not an empty one.
    pub(super) fn new(
        endpoint: Arc<Endpoint>,
        credentials: Arc<Credentials>,
        steps: Steps,
        notices: Notices,
    ) -> Result<Self, Error> {
        let name = HostName::new(&endpoint.host, endpoint.port, endpoint.host_key_alias.as_deref());
        let known =
            KnownHosts::read(&endpoint.user_known_hosts_files, &endpoint.global_known_hosts_files)?;
        let authorities = Signatures::of_authorities(&endpoint);
        let soundness = Soundness::of(&endpoint)?;
        Ok(Self {
            name,
            address: String::new(),
            known,
            authorities,
            soundness,
            endpoint,
            credentials,
            steps,
            notices,
        })
    }

    /// The address that answered, for the question to the user.
    pub(super) fn reached(&mut self, address: Option<IpAddr>) {
        // ssh's wording if only a proxy knows it.
        self.address = address
            .map_or_else(|| "<no hostip for proxy command>".into(), |address| address.to_string());
    }

    /// The key types the host is known by, so that the server is asked for one of those first, as
    /// ssh does.
    pub(super) fn known_algorithms(&self) -> Vec<ssh_key::Algorithm> {
        self.known.algorithms(&self.name)
    }

    /// Which certificates the server is asked for: all of them if some authority is trusted for the
    /// host, or if nothing is known about it.
    pub(super) fn certificates(&self) -> Certificates {
        if self.known.has_authority(&self.name) || self.known_algorithms().is_empty() {
            Certificates::All
        } else {
            Certificates::OfKnownTypes
        }
    }

    /// `Ok` means that the server is the right one; nothing is sent to it before that.
    pub(super) async fn check(&self, key: &PublicKey) -> Result<(), Error> {
        self.soundness.check(key)?;
        self.check_plain(key).await
    }

    async fn check_plain(&self, key: &PublicKey) -> Result<(), Error> {
        match self.known.status(&self.name, key) {
            HostKeyStatus::Known { .. } => Ok(()),
            HostKeyStatus::Revoked { entry } => Err(revoked(describe(key), entry)),
            HostKeyStatus::Changed { entry } => Err(self.changed(key, &entry)),
            HostKeyStatus::New { others } => match others.first() {
                // As in ssh, a new type of key for a known host is a changed key: otherwise it
                // would be a way around the known one.
                Some(entry) => Err(self.changed(key, entry)),
                None => self.accept_new(key).await,
            },
        }
    }

    /// The same for a certificate: if an authority signed it that is trusted for the host, its key
    /// is trusted. Otherwise the plain key in it is checked, as by ssh (check_host_key in
    /// sshconnect.c), and the user is told why.
    pub(super) async fn check_certificate(&self, certificate: &Certificate) -> Result<(), Error> {
        let key = PublicKey::from(certificate.public_key().clone());
        self.soundness.check_certificate(certificate)?;
        match self.known.authority(&self.name, certificate.signature_key()) {
            AuthorityStatus::Revoked { entry } => {
                let authority = PublicKey::from(certificate.signature_key().clone());
                let sent = format!("a certificate of the authority {}", describe(&authority));
                return Err(revoked(sent, entry));
            }
            AuthorityStatus::Trusted { .. } => {
                if let HostKeyStatus::Revoked { entry } = self.known.status(&self.name, &key) {
                    return Err(revoked(describe(&key), entry));
                }
                match certificate::check_host(certificate, &self.principal(), now(), |name| {
                    self.authorities.allow(name)
                }) {
                    Ok(()) => return Ok(()),
                    Err(unfit) => self.notices.say(format!(
                        "ignoring the host's {}: {unfit}; checking its plain key instead",
                        Certified::of(certificate)
                    )),
                }
            }
            AuthorityStatus::Unknown => {}
        }
        self.check_plain(&key).await.map_err(|error| match error {
            Error::HostKey(HostKeyError::Changed { host, sent, file, line, known, .. }) => {
                let in_certificate = true;
                HostKeyError::Changed { host, sent, file, line, known, in_certificate }.into()
            }
            error => error,
        })
    }

    /// The principal that a host certificate must have: the host, without a port.
    fn principal(&self) -> String {
        self.endpoint.host_key_alias.as_ref().unwrap_or(&self.endpoint.host).to_ascii_lowercase()
    }

    fn changed(&self, key: &PublicKey, entry: &HostKeyEntry) -> Error {
        HostKeyError::Changed {
            host: self.name.to_string(),
            sent: describe(key),
            file: entry.file.clone(),
            line: entry.line,
            known: describe(&entry.key),
            in_certificate: false,
        }
        .into()
    }

    async fn accept_new(&self, key: &PublicKey) -> Result<(), Error> {
        let unknown = |why| Error::from(HostKeyError::Unknown { sent: describe(key), why });
        match self.endpoint.strict_host_key_checking {
            StrictHostKeyChecking::Yes => return Err(unknown(NotAccepted::Strict)),
            StrictHostKeyChecking::AcceptNew | StrictHostKeyChecking::No => {}
            StrictHostKeyChecking::Ask => {
                if self.endpoint.batch_mode || !self.credentials.prompter().can_ask() {
                    return Err(unknown(NotAccepted::NoTerminal));
                }
                let _asking = self.steps.asking();
                let _turn = self.credentials.turn().await;
                if self.was_added_meanwhile(key)? {
                    return Ok(());
                }
                if !self.confirmed(key).await? {
                    return Err(unknown(NotAccepted::Declined));
                }
                // Recorded before the next destination's turn, so that it finds the key.
                self.learn(key);
                return Ok(());
            }
        }
        self.learn(key);
        Ok(())
    }

    /// Another destination on this host may have asked first: one answer serves them all.
    fn was_added_meanwhile(&self, key: &PublicKey) -> Result<bool, Error> {
        let known = KnownHosts::read(
            &self.endpoint.user_known_hosts_files,
            &self.endpoint.global_known_hosts_files,
        )?;
        Ok(matches!(known.status(&self.name, key), HostKeyStatus::Known { .. }))
    }

    async fn confirmed(&self, key: &PublicKey) -> Result<bool, Error> {
        let fingerprint = key.fingerprint(HashAlg::Sha256).to_string();
        let mut prompt = format!(
            "The authenticity of host '{} ({})' can't be established.\n{} key fingerprint is \
            {fingerprint}.\n",
            self.name,
            self.address,
            type_name(key)
        );
        prompt.push_str("Are you sure you want to continue connecting (yes/no/[fingerprint])? ");
        for _ in 0..ANSWER_TRIES {
            let answer = self
                .credentials
                .ask(Question {
                    prompt: prompt.clone(),
                    answer: Answer::Confirm,
                    wanted: format!("a decision about the host key of {}", self.name),
                    instead: "verify the fingerprint with the host's administrator, then add -o \
                        StrictHostKeyChecking=accept-new"
                        .into(),
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

    /// A key that cannot be written to known_hosts is still the one that the user accepted: this
    /// login continues, and the next one asks again.
    fn learn(&self, key: &PublicKey) {
        let Some(file) = self.endpoint.user_known_hosts_files.first() else { return };
        let notice = match known_hosts::learn(
            file,
            &self.name,
            key,
            self.endpoint.hash_known_hosts,
            &mut rand::rng(),
        ) {
            Ok(false) => return,
            Ok(true) => format!(
                "permanently added {:?} ({}) to {}",
                self.name.to_string(),
                type_name(key),
                file.display()
            ),
            Err(error) => format!("could not add the host key of {}: {error}", self.name),
        };
        self.notices.say(notice);
    }
}

fn revoked(sent: String, entry: HostKeyEntry) -> Error {
    HostKeyError::Revoked { sent, file: entry.file, line: entry.line }.into()
}
