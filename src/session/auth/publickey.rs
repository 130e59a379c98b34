//! Public keys: asked about first, signed for only when the server wants them, with SHA-1 only
//! where that was allowed.

use std::sync::Arc;

use russh::client::AuthResult;
use russh::{MethodKind, MethodSet};
use ssh_key::HashAlg;

use super::super::signatures::{Signatures, signing};
use super::super::signer::{IdentitySigner, Probe, SignError};
use super::{
    Error, LoggedInBy, Login, MAX_FAILURES, MAX_KEY_FAILURES_BEFORE_PASSWORD, Probed, Step, Tried,
    names,
};
use crate::keys::certificate::Certified;
use crate::keys::identity::{self, Identity};
use crate::prompter;

impl Login<'_> {
    /// Offers the identities that are left, until one is taken or none may be tried any more.
    pub(super) async fn offer_all(
        &mut self,
        keys: &mut std::slice::Iter<'_, Arc<Identity>>,
        methods: &MethodSet,
    ) -> Result<Tried, Error> {
        let password_may_follow = methods.contains(&MethodKind::Password)
            || methods.contains(&MethodKind::KeyboardInteractive);
        let limit =
            if password_may_follow { MAX_KEY_FAILURES_BEFORE_PASSWORD } else { MAX_FAILURES };
        let mut outcome = Tried::Nothing;
        while self.failures < limit {
            let Some(identity) = keys.next() else { break };
            self.note_tried(&format!("publickey {}", identity.name()));
            match self.offer(identity).await {
                Ok((Tried::Refused(methods), _)) => outcome = Tried::Refused(methods),
                Ok((Tried::Nothing, _)) => {}
                Ok((done, _)) => return Ok(done),
                // A key that cannot sign here is passed over; another one, or a password, may do.
                Err(Error::Identity(identity::Error::Prompter(
                    error @ prompter::Error::NoTerminal { .. },
                ))) => {
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

    /// Offers one key or certificate. The flag says whether the server would take it, whatever came
    /// of the signature.
    pub(super) async fn offer(&mut self, identity: &Identity) -> Result<(Tried, bool), Error> {
        self.end_questions().await?;
        let mut outcome = (Tried::Nothing, false);
        for hash in self.hashes_for(identity).await? {
            outcome = self.offer_as(identity, hash).await?;
            // Taken and yet refused, or no room for another try: SHA-1 would change nothing.
            if !matches!(outcome, (Tried::Refused(_), false)) || self.failures >= MAX_FAILURES {
                break;
            }
        }
        Ok(outcome)
    }

    async fn offer_as(
        &mut self,
        identity: &Identity,
        hash: Option<HashAlg>,
    ) -> Result<(Tried, bool), Error> {
        self.steps.enter(Step::Authentication);
        let handle = &mut self.transport.handle;
        let mut signer = IdentitySigner {
            identity,
            credentials: self.credentials,
            steps: self.steps,
            binding: handle.agent_session_binding().cloned(),
            batch_mode: self.endpoint.batch_mode,
            wanted: false,
        };
        let user = self.endpoint.user.clone();
        let result = match identity.certificate() {
            Some(certificate) => {
                let attempt = handle.authenticate_certificate_with(
                    user,
                    certificate.clone(),
                    hash,
                    &mut signer,
                );
                self.steps.bound(attempt).await?
            }
            None => {
                let attempt = handle.authenticate_publickey_with(
                    user,
                    identity.public().clone(),
                    hash,
                    &mut signer,
                );
                self.steps.bound(attempt).await?
            }
        };
        let result = match result {
            Ok(result) => Ok(result),
            Err(SignError::Own(error)) => return Err(*error),
            Err(SignError::Gone) => Err(russh::Error::SendError),
        };
        let wanted = signer.wanted;
        let by = LoggedInBy::Key {
            fingerprint: identity.fingerprint(),
            algorithm: signing(&identity.public().algorithm(), hash).to_string(),
            certificate: identity.certificate().map(Certified::of),
        };
        Ok((self.result(result, by).await?, wanted))
    }

    /// The hashes of RFC 8332 to sign with, one after the other where the first is refused: what
    /// the configuration allows and the server names, SHA-2 where it names nothing. SHA-1 only
    /// where the configuration allows it.
    async fn hashes_for(&mut self, identity: &Identity) -> Result<Vec<Option<HashAlg>>, Error> {
        let allowed = Signatures::of_users(self.endpoint).hashes(identity);
        if !identity.public().algorithm().is_rsa() {
            return Ok(allowed);
        }
        let sha2 = |upto: HashAlg| {
            let fits = |hash: &HashAlg| *hash == HashAlg::Sha256 || *hash == upto;
            allowed.iter().copied().flatten().find(fits).map(Some)
        };
        let sha1 = allowed.contains(&None).then_some(None);
        let order = match self.steps.bound(self.transport.handle.best_supported_rsa_hash()).await? {
            Ok(Some(Some(best))) => [sha2(best), sha1],
            Ok(Some(None)) if sha1.is_none() => {
                return Err(Error::Sha1Only { fingerprint: identity.fingerprint().to_string() });
            }
            Ok(Some(None)) => [sha1, None],
            // Too old to say, and whoever allowed SHA-1 for it knows what it takes.
            Ok(None) if sha1.is_some() => [sha1, None],
            Ok(None) => [sha2(HashAlg::Sha512), None],
            Err(error) => return Err(self.broken(&error).await),
        };
        Ok(order.into_iter().flatten().collect())
    }
}

/// Whether the server would take this key, asked without a signature. The connection must go on to
/// log in: servers punish those that only ask (OpenSSH's `PerSourcePenalties`).
pub(crate) async fn probe(login: &mut Login<'_>, identity: &Identity) -> Result<Probed, Error> {
    let Some(hash) = login.hashes_for(identity).await?.first().copied() else {
        let why = "PubkeyAcceptedAlgorithms does not allow it".into();
        return Err(Error::NotOffered { fingerprint: identity.fingerprint().to_string(), why });
    };
    let mut signer = Probe { wanted: false };
    login.steps.enter(Step::Authentication);
    let question = login.transport.handle.authenticate_publickey_with(
        login.endpoint.user.clone(),
        identity.public().clone(),
        hash,
        &mut signer,
    );
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
