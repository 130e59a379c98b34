//! Logging in: which methods are tried, in which order, how often. Never more failures than a
//! server with default settings allows.

mod attempt;
mod outcome;
mod password;
mod publickey;

use std::sync::Arc;

use russh::client::AuthResult;
use russh::{MethodKind, MethodSet};

pub(super) use attempt::Login;
pub use outcome::{LoggedInBy, Probed};

use super::error::{Error, LoginError};
use super::step::Step;
use crate::keys::identity::Identity;
use attempt::{MAX_FAILURES, Tried, names};

/// A failed login, and what another connection could still try.
pub(super) struct Failed {
    pub(super) error: Error,
    pub(super) retry: Option<Retry>,
}

/// What another connection could try if the server hung up on this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Retry {
    /// The keys used up the failures that the server allows; questions and a password may work.
    Password,
    /// A keyboard-interactive exchange without a question did so; a password may work.
    PasswordWithoutQuestions,
}

impl<E: Into<Error>> From<E> for Failed {
    fn from(error: E) -> Self {
        Self { error: error.into(), retry: None }
    }
}

impl Login<'_> {
    pub(super) fn without_questions(mut self) -> Self {
        self.leaves_questions_out = true;
        self
    }

    /// Asks which methods the server accepts, which servers do not count as a failure. `None` if it
    /// lets the user in without any.
    async fn methods(&mut self) -> Result<Option<MethodSet>, Error> {
        self.steps.enter(Step::Authentication);
        let user = self.endpoint.user.clone();
        match self.steps.bound(self.transport.handle.authenticate_none(user)).await? {
            Ok(AuthResult::Success) => Ok(None),
            Ok(AuthResult::Failure { remaining_methods, .. }) => {
                self.check_open(&remaining_methods).await?;
                Ok(Some(remaining_methods))
            }
            Err(error) => Err(self.broken(&error).await),
        }
    }

    /// Logs in with one of these and nothing else: a key and its certificates. `refused` is called
    /// for each that is rejected before the last one; if the server hangs up, the rest of `keys` is
    /// left for another connection.
    pub(super) async fn with_keys_only(
        mut self,
        keys: &mut std::slice::Iter<'_, Arc<Identity>>,
        refused: impl Fn(&Identity),
    ) -> Result<LoggedInBy, Error> {
        let Some(mut methods) = self.methods().await? else {
            return Err(LoginError::OpenDoor.into());
        };
        loop {
            let Some(identity) = keys.next() else {
                let accepts = names(&methods);
                return Err(LoginError::Denied { tried: self.tried, accepts }.into());
            };
            let fingerprint = identity.fingerprint().to_string();
            if !methods.contains(&MethodKind::PublicKey) {
                // The others would fail too.
                *keys = [].iter();
                let accepts = names(&methods);
                return Err(LoginError::KeyRefused { fingerprint, accepts }.into());
            }
            let offered = self
                .offer(identity)
                .await
                .map_err(|error| hung_up_on_key(error, identity, &methods));
            if let (Err(Error::Login(LoginError::KeyRefused { .. })), 1..) = (&offered, keys.len())
            {
                refused(identity);
            }
            let (tried, wanted) = offered?;
            methods = match tried {
                Tried::In(by) => return Ok(by),
                Tried::Partly(methods) => {
                    return Err(LoginError::MoreRequired { accepts: names(&methods) }.into());
                }
                Tried::Refused(methods) if wanted => {
                    let accepts = names(&methods);
                    return Err(LoginError::SignatureRefused { fingerprint, accepts }.into());
                }
                Tried::Refused(methods) if keys.len() == 0 => {
                    let accepts = names(&methods);
                    return Err(LoginError::KeyRefused { fingerprint, accepts }.into());
                }
                Tried::Refused(methods) => methods,
                Tried::Nothing => return Err(LoginError::NoPrivateKey { fingerprint }.into()),
            };
            refused(identity);
        }
    }

    /// Logs in with whatever is available: the identities in turn, then keyboard-interactive, then
    /// a password. The server is asked about the key `probed` on the way.
    pub(super) async fn with_anything(
        mut self,
        identities: &[Arc<Identity>],
        probed: Option<&Identity>,
    ) -> Result<(LoggedInBy, Option<Probed>), Failed> {
        let Some(mut methods) = self.methods().await? else {
            return Ok((LoggedInBy::Nothing, None));
        };
        let answer = match probed {
            Some(identity) => Some(self.ask_about(identity, &methods).await?),
            None => None,
        };
        let mut spent: Vec<MethodKind> = Vec::new();
        let mut keys = identities.iter();
        while let Some(method) = self.next_method(&methods, &spent) {
            let tried = match method {
                MethodKind::PublicKey => self.offer_all(&mut keys, &methods).await,
                MethodKind::KeyboardInteractive => self.keyboard_interactive().await,
                _ => self.password().await,
            };
            let tried = match tried {
                Err(Error::Login(LoginError::TooManyFailures { tried })) => {
                    spent.push(method);
                    return Err(self.out_of_tries(tried, &methods, &spent));
                }
                tried => tried?,
            };
            match tried {
                Tried::In(by) => return Ok((by, answer)),
                Tried::Partly(more) => {
                    methods = more;
                    // A further proof is required: every method may be tried again, except keys
                    // already used.
                    spent.clear();
                    self.password_spent = false;
                }
                Tried::Refused(more) => {
                    methods = more;
                    spent.push(method);
                }
                Tried::Nothing => spent.push(method),
            }
            if self.failures >= MAX_FAILURES {
                break;
            }
        }
        match self.unasked.take() {
            Some(error) => Err(error.into()),
            None => Err(LoginError::Denied { tried: self.tried, accepts: names(&methods) }.into()),
        }
    }

    async fn ask_about(
        &mut self,
        identity: &Identity,
        methods: &MethodSet,
    ) -> Result<Probed, Error> {
        let answer = if methods.contains(&MethodKind::PublicKey) {
            let asked = self.probe(identity).await;
            asked.map_err(|error| hung_up_on_key(error, identity, methods))?
        } else {
            Probed::Refused { accepts: names(methods) }
        };
        self.failures += u32::from(matches!(answer, Probed::Refused { .. }));
        Ok(answer)
    }

    /// The server hung up: because of the keys, so that a password may work on a connection of its
    /// own, or because of a password.
    fn out_of_tries(
        &self,
        tried: Vec<String>,
        methods: &MethodSet,
        spent: &[MethodKind],
    ) -> Failed {
        let retry = match spent.last() {
            Some(MethodKind::PublicKey) => Retry::Password,
            Some(MethodKind::KeyboardInteractive) if !self.questions_answered => {
                Retry::PasswordWithoutQuestions
            }
            _ => return LoginError::Denied { tried, accepts: names(methods) }.into(),
        };
        let can_answer = self.credentials.has_password() || self.credentials.prompter().can_ask();
        let is_left =
            can_answer && !self.password_spent && self.next_method(methods, spent).is_some();
        Failed {
            error: LoginError::TooManyFailures { tried }.into(),
            retry: is_left.then_some(retry),
        }
    }

    fn next_method(&self, methods: &MethodSet, spent: &[MethodKind]) -> Option<MethodKind> {
        let order = match &self.endpoint.preferred_authentications {
            Some(preferred) => preferred.iter().filter_map(|name| name.parse().ok()).collect(),
            None => {
                vec![MethodKind::PublicKey, MethodKind::KeyboardInteractive, MethodKind::Password]
            }
        };
        // If nobody can answer, a method that asks is not even begun: servers count it as a
        // failure.
        let answers = !self.endpoint.batch_mode || self.credentials.has_password();
        let enabled = |method: &MethodKind| match method {
            MethodKind::PublicKey => self.endpoint.pubkey_authentication,
            MethodKind::KeyboardInteractive => {
                answers
                    && !self.leaves_questions_out
                    && self.endpoint.kbd_interactive_authentication
            }
            MethodKind::Password => answers && self.endpoint.password_authentication,
            _ => false,
        };
        order
            .into_iter()
            .find(|method| enabled(method) && methods.contains(method) && !spent.contains(method))
    }
}

/// A server that hangs up on the first key has rejected it.
fn hung_up_on_key(error: Error, identity: &Identity, methods: &MethodSet) -> Error {
    match error {
        Error::Login(LoginError::TooManyFailures { .. }) => LoginError::KeyRefused {
            fingerprint: identity.fingerprint().to_string(),
            accepts: names(methods),
        }
        .into(),
        error => error,
    }
}
