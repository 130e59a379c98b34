//! From an account to a session: reach the host, over jump hosts if necessary, and log in.

use std::sync::Arc;
use std::time::Duration;

use super::account::Account;
use super::algorithms::Certificates;
use super::auth::{Attempts, Failed, Login, Retry};
use super::error::{Error, HostKeyError, LoginError, ReachError};
use super::logged_in::Session;
use super::route;
use super::step::DEFAULT_LIMIT;
use super::steps::Steps;
use super::transport::{Handshake, Route, Transport, at_jump_host};
use crate::hosts::ssh_config::{Endpoint, Through};
use crate::keys::certificate::Certified;
use crate::keys::identity::Identity;

/// The pauses between tries at a server that rejects connections for now (MaxStartups,
/// PerSourcePenalties of sshd_config(5)).
const PAUSES: [Duration; 3] =
    [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4)];

/// What a connection may do.
#[derive(Clone, Copy)]
struct Plan {
    offers_keys: bool,
    /// If there is no room for all keys, another connection follows.
    may_go_on: bool,
    asks_questions: bool,
}

impl Account {
    /// Logs in with whatever is available: `identities` in turn, then keyboard-interactive, then a
    /// password. The server is asked on the way whether it would accept `probed`; see
    /// [`Session::probed`].
    ///
    /// If the keys alone use up what the server allows (`MaxAuthTries`), a password gets a
    /// connection of its own; so it does if a keyboard-interactive exchange without a question uses
    /// it up.
    ///
    /// # Errors
    ///
    /// If the host is not reached, its key is not trusted, or the server accepts nothing.
    pub async fn log_in(
        &self,
        identities: &[Arc<Identity>],
        probed: Option<&Identity>,
    ) -> Result<Session, Error> {
        let (mut keys, mut tried) = (identities.iter(), Attempts::default());
        let mut plan = Plan { offers_keys: true, may_go_on: true, asks_questions: true };
        loop {
            let Failed { error, retry } =
                match self.log_in_once(&mut keys, probed, plan, &mut tried).await {
                    Ok(session) => return Ok(session),
                    Err(failed) => failed,
                };
            // Each of these is taken once: there are four connections at most.
            match retry {
                Some(Retry::Keys) if plan.may_go_on => plan.may_go_on = false,
                Some(Retry::Password) if plan.offers_keys => plan.offers_keys = false,
                Some(Retry::PasswordWithoutQuestions) if plan.asks_questions => {
                    (plan.offers_keys, plan.asks_questions) = (false, false);
                }
                _ => {
                    self.notices.give_reasons();
                    return Err(error);
                }
            }
        }
    }

    async fn log_in_once(
        &self,
        keys: &mut std::slice::Iter<'_, Arc<Identity>>,
        probed: Option<&Identity>,
        plan: Plan,
        tried: &mut Attempts,
    ) -> Result<Session, Failed> {
        let steps = self.steps();
        let mut transport = self.connect(&steps).await?;
        let mut login = Login::new(&mut transport, self, &steps, tried);
        if !plan.offers_keys {
            login = login.without_keys();
        } else if plan.may_go_on {
            login = login.going_on();
        }
        if !plan.asks_questions {
            login = login.without_questions();
        }
        let (by, probed) = login.with_anything(keys, probed).await?;
        transport.ask_about_host_keys(&steps).await;
        Ok(Session::new(transport, steps, by, probed))
    }

    /// Logs in with one of the keys that ssh would offer, and nothing else: no password and no
    /// question but for a passphrase.
    ///
    /// # Errors
    ///
    /// As [`Account::log_in`].
    pub async fn log_in_with_any_key(&self) -> Result<Session, Error> {
        let mut endpoint = Endpoint::clone(&self.endpoint);
        endpoint.preferred_authentications = Some(vec!["publickey".into()]);
        let account = Self { endpoint: Arc::new(endpoint), ..self.clone() };
        let identities = account.identities().await;
        account.log_in(&identities, None).await
    }

    /// Logs in with `identity` and nothing else: no other key, no certificate for it, no password.
    /// An agent is used for this very key alone.
    ///
    /// # Errors
    ///
    /// If the key may not be offered, the host is not reached, its key is not trusted, or the
    /// server does not accept the key.
    pub async fn log_in_with_only(&self, identity: &Arc<Identity>) -> Result<Session, Error> {
        if let Some(why) = self.objection(identity) {
            let fingerprint = identity.fingerprint().to_string();
            return Err(LoginError::NotOffered { fingerprint, why }.into());
        }
        self.log_in_with_one_of(&mut std::slice::from_ref(identity).iter()).await
    }

    /// Logs in with `identity` as `ssh -i FILE -o IdentitiesOnly=yes` does: by a certificate for it
    /// if there is one, else by the key itself. [`Session::logged_in_by`] says which of them it
    /// was. A key that was given as its public key file, or a certificate, is that alone.
    ///
    /// # Errors
    ///
    /// As [`Account::log_in_with_only`].
    pub async fn log_in_with_named(&self, identity: &Identity) -> Result<Session, Error> {
        let keys = self.named(identity).await.inspect_err(|_| self.notices.give_reasons())?;
        let mut left = keys.iter();
        loop {
            match self.log_in_with_one_of(&mut left).await {
                // The certificate was one failure too many for the server; the key gets a
                // connection of its own.
                Err(Error::Login(LoginError::KeyRefused { .. })) if left.len() > 0 => {}
                done => return done.inspect_err(|_| self.notices.give_reasons()),
            }
        }
    }

    async fn log_in_with_one_of(
        &self,
        keys: &mut std::slice::Iter<'_, Arc<Identity>>,
    ) -> Result<Session, Error> {
        let steps = self.steps();
        let mut transport = self.connect(&steps).await?;
        let mut tried = Attempts::default();
        let login = Login::new(&mut transport, self, &steps, &mut tried);
        let refused = |identity: &Identity| {
            if let Some(certificate) = identity.certificate() {
                self.notices.say(format!("the server rejected the {}", Certified::of(certificate)));
            }
        };
        let by = login.with_keys_only(keys, refused).await?;
        transport.ask_about_host_keys(&steps).await;
        Ok(Session::new(transport, steps, by, None))
    }

    fn steps(&self) -> Steps {
        Steps::new(self.endpoint.connect_timeout.unwrap_or(DEFAULT_LIMIT))
    }

    /// Reaches the server and checks its key. A server that rejects connections for now is tried
    /// again a few times.
    async fn connect(&self, steps: &Steps) -> Result<Transport, Error> {
        for pause in PAUSES {
            match self.connect_once(steps).await {
                Err(Error::Reach(ReachError::TurnedAway { sent, .. })) => {
                    let seconds = pause.as_secs();
                    self.notices.say(format!(
                        "the server rejected the connection ({sent:?}); trying again in {seconds} s"
                    ));
                }
                done => return done,
            }
            tokio::time::sleep(pause).await;
        }
        self.connect_once(steps).await
    }

    /// A server can have a certified key and a plain one of the same type. If the key in its
    /// certificate is not the known one, the plain one may be: the server is asked for it. (ssh
    /// stops here and calls the key changed.)
    async fn connect_once(&self, steps: &Steps) -> Result<Transport, Error> {
        match self.connect_with(steps, None).await {
            Err(error) if is_changed_in_certificate(&error) => {
                match self.connect_with(steps, Some(Certificates::None)).await {
                    // The configuration asks for certificates only.
                    Err(Error::Reach(ReachError::NoAlgorithmLeft { .. })) => Err(error),
                    done => done,
                }
            }
            done => done,
        }
    }

    async fn connect_with(
        &self,
        steps: &Steps,
        certificates: Option<Certificates>,
    ) -> Result<Transport, Error> {
        let handshake = Handshake::prepare(self, steps, certificates).await?;
        handshake.over(self.reach(steps).await?).await
    }

    async fn reach(&self, steps: &Steps) -> Result<Route, Error> {
        match &self.endpoint.through {
            Through::Direct => route::direct(&self.endpoint, steps).await,
            Through::Command { command, shell } => route::through_command(command, shell, steps),
            Through::Jump(hop) => {
                let transport =
                    self.log_in_at(hop).await.map_err(|error| at_jump_host(hop, error))?;
                route::through_jump_host(transport, hop, &self.endpoint, steps).await
            }
        }
    }

    /// A jump host is an account like any other, so that hops behind hops make a future that holds
    /// itself: this one is boxed.
    fn log_in_at<'a>(
        &'a self,
        hop: &'a Arc<Endpoint>,
    ) -> std::pin::Pin<Box<dyn Future<Output = Result<Transport, Error>> + Send + 'a>> {
        Box::pin(async move {
            let account = self.at_jump_host(hop);
            let identities = account.identities().await;
            Ok(account.log_in(&identities, None).await?.transport)
        })
    }
}

fn is_changed_in_certificate(error: &Error) -> bool {
    matches!(error, Error::HostKey(HostKeyError::Changed { in_certificate: true, .. }))
}
