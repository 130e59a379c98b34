//! Public keys: offered first, and signed with only after the server has accepted the offer. SHA-1
//! signatures are made only if the configuration allows them.

use std::slice::Iter;
use std::sync::Arc;

use russh::MethodSet;
use russh::client::AuthResult;
use ssh_key::HashAlg;

use super::attempt::{Login, Tried, names};
use super::outcome::{LoggedInBy, Probed};
use crate::keys::certificate::Certified;
use crate::keys::identity::{self, Identity};
use crate::prompter;
use crate::session::agent;
use crate::session::error::{Error, LoginError};
use crate::session::lock::lock;
use crate::session::signatures::{Signatures, signing};
use crate::session::signer::{IdentitySigner, Probe, SignError};
use crate::session::step::Step;

/// How many keys may be rejected on a connection if a password could still follow.
const MAX_KEY_FAILURES_BEFORE_PASSWORD: u32 = 4;

/// The release of OpenSSH that brought publickey-hostbound-v00@openssh.com.
const HOST_BOUND_SINCE: (u32, u32) = (8, 9);

impl Login<'_> {
    /// Offers the remaining identities, until one is accepted or no more may be tried.
    pub(super) async fn offer_all(
        &mut self,
        keys: &mut Iter<'_, Arc<Identity>>,
        methods: &MethodSet,
    ) -> Result<Tried, Error> {
        // If no password can follow, the server decides how many it allows.
        let limit = self.password_may_follow(methods).then_some(MAX_KEY_FAILURES_BEFORE_PASSWORD);
        let mut outcome = Tried::Nothing;
        while limit.is_none_or(|limit| self.failures < limit) {
            let Some(identity) = keys.next() else { break };
            self.tried.key(identity);
            match self.offer(identity).await {
                Ok((Tried::Refused(methods), _)) => outcome = Tried::Refused(methods),
                Ok((Tried::Nothing, _)) => {}
                Ok((done, _)) => return Ok(done),
                // A key that cannot sign is skipped; another one, or a password, may work.
                Err(Error::Login(LoginError::Identity(identity::Error::Prompter(
                    error @ prompter::Error::NoTerminal { .. },
                )))) => {
                    self.tried.unasked.get_or_insert(error);
                }
                // As for ssh, it is not there.
                Err(Error::Login(LoginError::NotOffered { .. })) => {
                    self.tried.unsigned(identity, "the agent holds it for other hosts only".into());
                }
                Err(Error::Login(
                    LoginError::Identity(identity::Error::KeyFile(_))
                    | LoginError::NoPrivateKey { .. }
                    | LoginError::Sha1Only { .. },
                )) => {}
                Err(Error::Login(
                    error @ (LoginError::Agent { .. } | LoginError::CannotSign { .. }),
                )) => {
                    // The next thing that the user sees may be a question for a password.
                    self.notices.say(format!("{}: {error}", identity.name()));
                    self.tried.unsigned(identity, "could not sign".into());
                }
                Err(error) => return Err(error),
            }
        }
        Ok(outcome)
    }

    /// Offers one key or certificate. The flag says whether the server accepted the offer, whatever
    /// came of the signature.
    pub(super) async fn offer(&mut self, identity: &Identity) -> Result<(Tried, bool), Error> {
        self.end_questions().await?;
        let alone = if self.is_withheld(identity).await {
            if !identity.has_private() {
                let fingerprint = identity.fingerprint().to_string();
                let why = "the agent holds it for other hosts only".into();
                return Err(LoginError::NotOffered { fingerprint, why }.into());
            }
            Some(identity.without_agent())
        } else {
            None
        };
        let identity = alone.as_ref().unwrap_or(identity);
        let mut outcome = (Tried::Nothing, false);
        for hash in self.hashes_for(identity).await? {
            outcome = self.offer_as(identity, hash).await?;
            // Accepted but its signature rejected: SHA-1 would change nothing.
            if !matches!(outcome, (Tried::Refused(_), false)) {
                break;
            }
        }
        Ok(outcome)
    }

    /// Whether an agent has the key but not for this server: it is restricted to other hosts
    /// (`ssh-add -h`). ssh does not see such keys, since it asks for the list only once the agent
    /// knows the server.
    async fn is_withheld(&mut self, identity: &Identity) -> bool {
        let (Some(socket), Some(blob)) = (identity.agent(), identity.agent_blob()) else {
            return false;
        };
        if !self.agents.iter().any(|(path, _)| path == socket) {
            let binding = self.transport.handle.agent_session_binding();
            // An agent that fails here will say why when it is asked to sign.
            let held = agent::list(socket, binding).await.ok();
            let blobs = held.map(|held| held.into_iter().map(|key| key.blob).collect());
            self.agents.push((socket.to_owned(), blobs));
        }
        let agent = self.agents.iter().find(|(path, _)| path == socket);
        let blobs = agent.and_then(|(_, blobs)| blobs.as_ref());
        blobs.is_some_and(|blobs| !blobs.iter().any(|held| held == blob))
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
            server_takes_host_keys: lock(&self.transport.said).is_openssh(HOST_BOUND_SINCE),
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

    /// The hashes of RFC 8332 to sign with, the next if the one before is rejected: what the
    /// configuration allows and the server names, SHA-2 if it names nothing. SHA-1 only if the
    /// configuration allows it.
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
                let fingerprint = identity.fingerprint().to_string();
                return Err(LoginError::Sha1Only { fingerprint }.into());
            }
            Ok(Some(None)) => [sha1, None],
            // Too old to say; a user who allowed SHA-1 for it knows what it accepts.
            Ok(None) if sha1.is_some() => [sha1, None],
            Ok(None) => [sha2(HashAlg::Sha512), None],
            Err(error) => return Err(self.broken(&error).await),
        };
        Ok(order.into_iter().flatten().collect())
    }

    /// Whether the server would accept this key, asked without a signature. The connection must go
    /// on to log in: servers punish those that only ask (OpenSSH's `PerSourcePenalties`).
    pub(super) async fn probe(&mut self, identity: &Identity) -> Result<Probed, Error> {
        let Some(hash) = self.hashes_for(identity).await?.first().copied() else {
            let fingerprint = identity.fingerprint().to_string();
            let why = "PubkeyAcceptedAlgorithms does not allow it".into();
            return Err(LoginError::NotOffered { fingerprint, why }.into());
        };
        let mut signer = Probe { wanted: false };
        self.steps.enter(Step::Authentication);
        let question = self.transport.handle.authenticate_publickey_with(
            self.endpoint.user.clone(),
            identity.public().clone(),
            hash,
            &mut signer,
        );
        match self.steps.bound(question).await? {
            Ok(AuthResult::Failure { remaining_methods, .. }) => {
                self.check_open(&remaining_methods).await?;
                Ok(Probed::Refused { accepts: names(&remaining_methods) })
            }
            // A server that lets the user in for a bare question has proved nothing about the key.
            Ok(AuthResult::Success) => Err(LoginError::OpenDoor.into()),
            Err(_) if signer.wanted => Ok(Probed::Accepted),
            Err(_) => Err(self.closed()),
        }
    }
}
