//! Public keys: asked about first, signed for only when the server wants them, never with SHA-1.

use std::sync::Arc;

use russh::client::AuthResult;
use russh::{MethodKind, MethodSet};
use ssh_key::{Algorithm, HashAlg, PublicKey};

use super::super::signer::{IdentitySigner, Probe, SignError};
use super::{Error, LoggedInBy, Login, MAX_FAILURES, MAX_KEY_FAILURES_BEFORE_PASSWORD, Probed, Step, Tried, names};
use crate::identity::{self, Identity};
use crate::prompter;

impl Login<'_> {
    /// Offers the identities that are left, until one is taken or none may be tried any more.
    pub(super) async fn offer_all(&mut self, keys: &mut std::slice::Iter<'_, Arc<Identity>>, methods: &MethodSet) -> Result<Tried, Error> {
        let password_may_follow = methods.contains(&MethodKind::Password) || methods.contains(&MethodKind::KeyboardInteractive);
        let limit = if password_may_follow { MAX_KEY_FAILURES_BEFORE_PASSWORD } else { MAX_FAILURES };
        let mut outcome = Tried::Nothing;
        while self.failures < limit {
            let Some(identity) = keys.next() else { break };
            self.note_tried(&format!("publickey {}", identity.name()));
            match self.offer(identity).await {
                Ok((Tried::Refused(methods), _)) => outcome = Tried::Refused(methods),
                Ok((Tried::Nothing, _)) => {}
                Ok((done, _)) => return Ok(done),
                // A key that cannot sign here is passed over; another one, or a password, may do.
                Err(Error::Identity(identity::Error::Prompter(error @ prompter::Error::NoTerminal { .. }))) => {
                    self.unasked.get_or_insert(error);
                }
                Err(
                    Error::Identity(identity::Error::KeyFile(_))
                    | Error::NoPrivateHalf { .. }
                    | Error::Agent { .. }
                    | Error::Sha1Only { .. },
                ) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(outcome)
    }

    /// Offers one key. The flag says whether the server would take it, whatever came of the signature.
    pub(super) async fn offer(&mut self, identity: &Identity) -> Result<(Tried, bool), Error> {
        self.end_questions().await?;
        let hash = self.hash_for(identity.public()).await?;
        self.steps.enter(Step::Authentication);
        let batch_mode = self.endpoint.batch_mode;
        let mut signer = IdentitySigner { identity, credentials: self.credentials, steps: self.steps, batch_mode, wanted: false };
        let attempt =
            self.transport.handle.authenticate_publickey_with(self.endpoint.user.clone(), identity.public().clone(), hash, &mut signer);
        let result = match self.steps.bound(attempt).await? {
            Ok(result) => Ok(result),
            Err(SignError::Own(error)) => return Err(*error),
            Err(SignError::Gone) => Err(russh::Error::SendError),
        };
        let wanted = signer.wanted;
        let by = LoggedInBy::Key { fingerprint: identity.fingerprint(), algorithm: signature_name(identity.public(), hash) };
        Ok((self.result(result, by).await?, wanted))
    }

    /// The hash of RFC 8332 to sign with: what the server names, SHA-512 where it names nothing, never SHA-1.
    async fn hash_for(&mut self, key: &PublicKey) -> Result<Option<HashAlg>, Error> {
        if !key.algorithm().is_rsa() {
            return Ok(None);
        }
        match self.steps.bound(self.transport.handle.best_supported_rsa_hash()).await? {
            Ok(Some(None)) => Err(Error::Sha1Only { fingerprint: key.fingerprint(HashAlg::Sha256).to_string() }),
            Ok(Some(hash)) => Ok(hash),
            Ok(None) => Ok(Some(HashAlg::Sha512)),
            Err(error) => Err(self.broken(&error).await),
        }
    }
}

/// Whether the server would take this key, asked without a signature. The connection must go on to log in:
/// servers punish those that only ask (OpenSSH's `PerSourcePenalties`).
pub(crate) async fn probe(login: &mut Login<'_>, identity: &Identity) -> Result<Probed, Error> {
    let hash = login.hash_for(identity.public()).await?;
    let mut signer = Probe { wanted: false };
    login.steps.enter(Step::Authentication);
    let question =
        login.transport.handle.authenticate_publickey_with(login.endpoint.user.clone(), identity.public().clone(), hash, &mut signer);
    match login.steps.bound(question).await? {
        Ok(AuthResult::Failure { remaining_methods, .. }) => {
            login.check_open(&remaining_methods).await?;
            Ok(Probed::Refused { accepts: names(&remaining_methods) })
        }
        // A server that lets a bare question in has not proved anything about the key.
        Ok(AuthResult::Success) => Err(Error::OpenDoor),
        Err(_) if signer.wanted => Ok(Probed::Taken),
        Err(_) => Err(login.closed()),
    }
}

/// The signature algorithm's name on the wire.
fn signature_name(key: &PublicKey, hash: Option<HashAlg>) -> String {
    match key.algorithm() {
        Algorithm::Rsa { .. } => Algorithm::Rsa { hash }.to_string(),
        other => other.to_string(),
    }
}
