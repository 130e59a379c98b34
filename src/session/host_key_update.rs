//! UpdateHostKeys: known_hosts follows the host keys that a server announces
//! (`hostkeys-00@openssh.com`, PROTOCOL of OpenSSH, section 2.5), once it has proved that it has
//! the new ones.

use std::sync::Arc;

use rsa::signature::Verifier;
use russh::client::Handle;
use ssh_key::{Algorithm, PublicKey, Signature};

use super::client::Client;
use super::host_key::{Usable, describe};
use super::notices::Notices;
use super::steps::Steps;
use crate::credentials::Credentials;
use crate::hosts::known_hosts::{HostName, Update};
use crate::hosts::ssh_config::{Endpoint, LogLevel, RequestTty, UpdateHostKeys};
use crate::prompter::{Answer, Question};
use crate::ssh_string::{put, take};

const PROVE: &str = "hostkeys-prove-00@openssh.com";

/// How often the user may answer with something other than yes or no.
const ANSWER_TRIES: usize = 3;

/// What is needed to change known_hosts for one connection.
pub(super) struct HostKeyUpdate {
    pub(super) names: (HostName, Option<HostName>),
    pub(super) usable: Usable,
    pub(super) endpoint: Arc<Endpoint>,
    pub(super) credentials: Arc<Credentials>,
    pub(super) notices: Notices,
    pub(super) steps: Steps,
}

impl HostKeyUpdate {
    /// Does all of it, or says why it cannot; the connection goes on either way.
    pub(super) async fn make(&self, keys: Vec<PublicKey>, handle: &Handle<Client>) {
        let files = &self.endpoint.user_known_hosts_files;
        let update = match Update::find(files, self.names.clone(), keys, |key| {
            self.usable.includes(key)
        }) {
            Ok(Some(update)) => update,
            Ok(None) => return,
            Err(error) => return self.notices.say(format!("host keys are not updated: {error}")),
        };
        if !update.new_keys().is_empty() && !self.has_proved(update.new_keys(), handle).await {
            return self.notices.say(
                "host keys are not updated: the server did not prove that it has the keys that it \
                announced"
                    .into(),
            );
        }
        if self.endpoint.update_host_keys == UpdateHostKeys::Ask && !self.confirmed(&update).await {
            return;
        }
        match update.apply(self.endpoint.hash_known_hosts, &mut rand::rng()) {
            Ok(()) => self.report(&update),
            Err(error) => self.notices.say(format!("host keys are not updated: {error}")),
        }
    }

    pub(super) fn asks_nobody(&self) -> bool {
        self.endpoint.update_host_keys == UpdateHostKeys::Yes
    }

    /// Whether the user is asked; as in ssh, not if only a command runs or nobody sees the
    /// question.
    pub(super) fn asks(&self) -> bool {
        let endpoint = &self.endpoint;
        endpoint.update_host_keys == UpdateHostKeys::Ask
            && !endpoint.batch_mode
            && endpoint.remote_command.is_none()
            && endpoint.request_tty != RequestTty::No
            && endpoint.log_level >= LogLevel::Info
            && self.credentials.prompter().can_ask()
    }

    async fn confirmed(&self, update: &Update) -> bool {
        let _asking = self.steps.asking();
        let _turn = self.credentials.turn().await;
        let mut prompt = format!("The host {} has changed its host keys.\n", self.names.0);
        for (what, keys) in [("New", update.new_keys()), ("No longer used", update.old_keys())] {
            keys.iter().for_each(|key| prompt.push_str(&format!("{what}: {}\n", describe(key))));
        }
        prompt.push_str("Accept updated host keys? (yes/no) ");
        for _ in 0..ANSWER_TRIES {
            let question = Question {
                prompt: prompt.clone(),
                answer: Answer::Confirm,
                wanted: format!("a decision about the host keys of {}", self.names.0),
                instead: "add -o UpdateHostKeys=yes, or =no".into(),
            };
            match self.credentials.ask(question).await {
                Ok(answer) if answer.trim().eq_ignore_ascii_case("yes") => return true,
                Ok(answer) if !answer.trim().eq_ignore_ascii_case("no") => {
                    prompt = "Please type 'yes' or 'no': ".into();
                }
                _ => return false,
            }
        }
        false
    }

    fn report(&self, update: &Update) {
        let Some(file) = update.file() else { return };
        let host = self.names.0.as_str();
        let text = |what: &str, key: &PublicKey| {
            let (file, key) = (file.display(), describe(key));
            format!("{what} host key of {host:?} in {file}: {key} (UpdateHostKeys)")
        };
        // Every new host has some to add.
        update.new_keys().iter().for_each(|key| self.notices.remark(text("added", key)));
        update.old_keys().iter().for_each(|key| self.notices.say(text("removed obsolete", key)));
    }

    /// Whether the server has signed the session for each of these keys.
    async fn has_proved(&self, keys: &[PublicKey], handle: &Handle<Client>) -> bool {
        let Some(binding) = handle.agent_session_binding() else { return false };
        let mut blobs = Vec::new();
        for key in keys {
            let Ok(blob) = key.to_bytes() else { return false };
            put(&mut blobs, &blob);
        }
        let asked = handle.send_global_request(PROVE, &blobs, true);
        let Ok(Ok(Some(reply))) = self.steps.bound(asked).await else { return false };
        let mut rest = &reply[..];
        let proved = |key: &PublicKey| {
            let signature = take(&mut rest)?;
            is_proof(key, binding.session_id(), signature).then_some(())
        };
        keys.iter().map(proved).all(|it| it.is_some()) && rest.is_empty()
    }
}

/// Whether this signature is the key's, over the session; not by SHA-1.
fn is_proof(key: &PublicKey, session_id: &[u8], signature: &[u8]) -> bool {
    let (Ok(signature), Ok(blob)) = (Signature::try_from(signature), key.to_bytes()) else {
        return false;
    };
    let mut signed = Vec::new();
    for part in [PROVE.as_bytes(), session_id, &blob] {
        put(&mut signed, part);
    }
    signature.algorithm() != (Algorithm::Rsa { hash: None })
        && Verifier::verify(key, &signed, &signature).is_ok()
}

#[cfg(test)]
mod tests {
    use ssh_key::PrivateKey;
    use ssh_key::private::{Ed25519Keypair, KeypairData, RsaKeypair};

    use super::*;
    use crate::session::signer::sign;

    const SESSION: &[u8] = b"session";

    fn to_sign(key: &PublicKey, session_id: &[u8]) -> Vec<u8> {
        let mut signed = Vec::new();
        for part in [PROVE.as_bytes(), session_id, &key.to_bytes().unwrap()] {
            put(&mut signed, part);
        }
        signed
    }

    /// Real servers prove what they announce, so none can show this.
    #[test]
    fn only_a_signature_of_this_key_over_this_session_is_a_proof() {
        let key = |seed| PrivateKey::from(Ed25519Keypair::from_seed(&[seed; 32]));
        let (key, other) = (key(1), key(2));
        let proof = |signer: &PrivateKey, data: &[u8]| -> Vec<u8> {
            sign(signer, None, data).unwrap().try_into().unwrap()
        };
        let data = to_sign(key.public_key(), SESSION);
        assert!(is_proof(key.public_key(), SESSION, &proof(&key, &data)));
        assert!(!is_proof(key.public_key(), SESSION, &proof(&other, &data)));
        assert!(!is_proof(key.public_key(), b"another", &proof(&key, &data)));
        assert!(!is_proof(other.public_key(), SESSION, &proof(&key, &data)));
        assert!(!is_proof(key.public_key(), SESSION, b""));
    }

    #[test]
    fn sha_1_proves_nothing() {
        let pair = rsa::RsaPrivateKey::new(&mut rand::rng(), 1024).unwrap();
        let pair = KeypairData::Rsa(RsaKeypair::try_from(pair).unwrap());
        let key = PrivateKey::new(pair, "").unwrap();
        let data = to_sign(key.public_key(), SESSION);
        for (hash, expected) in [(Some(ssh_key::HashAlg::Sha256), true), (None, false)] {
            let signature: Vec<u8> = sign(&key, hash, &data).unwrap().try_into().unwrap();
            assert_eq!(is_proof(key.public_key(), SESSION, &signature), expected, "{hash:?}");
        }
    }
}
