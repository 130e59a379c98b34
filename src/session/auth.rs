//! Logging in: which methods are tried, in which order, how often. Never more failures than a
//! server with default settings allows.

mod attempt;
mod outcome;
mod password;
mod publickey;
mod tried;

use std::slice::Iter;
use std::sync::Arc;

use russh::client::AuthResult;
use russh::{MethodKind, MethodSet};

pub(super) use attempt::Login;
pub use outcome::{LoggedInBy, Probed};
pub(super) use tried::Attempts;

use super::error::{Error, LoginError, Untried};
use super::step::Step;
use crate::keys::identity::Identity;
use crate::quoting::shell_path;
use attempt::{MAX_FAILURES, Tried, names};

/// Proofs that a server may ask for in a row. Servers that require several name two or three.
const MAX_PROOFS: u32 = 6;

/// How many characters of a key in base64 tell it from all others.
const KEY_END: usize = 24;

/// A failed login, and what another connection could still try.
pub(super) struct Failed {
    pub(super) error: Error,
    pub(super) retry: Option<Retry>,
}

/// What another connection could try if this one has no room for it, or the server hung up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Retry {
    /// The remaining keys.
    Keys,
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

    pub(super) fn without_keys(mut self) -> Self {
        self.leaves_keys_out = true;
        self
    }

    /// Another connection may follow for the keys that this one has no room for.
    pub(super) fn going_on(mut self) -> Self {
        self.may_go_on = true;
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
        keys: &mut Iter<'_, Arc<Identity>>,
        refused: impl Fn(&Identity),
    ) -> Result<LoggedInBy, Error> {
        let Some(mut methods) = self.methods().await? else {
            return Err(LoginError::OpenDoor.into());
        };
        loop {
            let Some(identity) = keys.next() else {
                let accepts = names(&methods);
                let tried = self.tried.names();
                let takes_keys = true;
                return Err(LoginError::Denied { tried, untried: None, accepts, takes_keys }.into());
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
            let (tried, wanted) = match offered {
                Err(Error::Login(LoginError::NotOffered { .. })) if keys.len() > 0 => continue,
                offered => offered?,
            };
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

    /// Logs in with whatever is available: the keys in turn, then keyboard-interactive, then a
    /// password. The server is asked about the key `probed` on the way.
    pub(super) async fn with_anything(
        mut self,
        keys: &mut Iter<'_, Arc<Identity>>,
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
        let mut proofs = 0;
        while let Some(method) = self.next_method(&methods, &spent) {
            let tried = match method {
                MethodKind::PublicKey => self.offer_all(keys, &methods).await,
                MethodKind::KeyboardInteractive => self.keyboard_interactive().await,
                _ => self.password().await,
            };
            let tried = match tried {
                Err(Error::Login(LoginError::TooManyFailures { .. })) => {
                    spent.push(method);
                    return Err(self.out_of_tries(keys, &methods, &spent));
                }
                tried => tried?,
            };
            match tried {
                Tried::In(by) => return Ok((by, answer)),
                Tried::Partly(more) => {
                    let is_key = method == MethodKind::PublicKey;
                    if is_key && self.next_method(&more, &[]).is_none() {
                        return Err(LoginError::MoreRequired { accepts: names(&more) }.into());
                    }
                    methods = more;
                    proofs += 1;
                    // A further proof is required: every method may be tried again, except keys
                    // already used, and passwords already sent by it.
                    spent.clear();
                    self.password_spent = false;
                }
                Tried::Refused(more) => {
                    methods = more;
                    spent.push(method);
                }
                Tried::Nothing => spent.push(method),
            }
            if method == MethodKind::PublicKey && spent.contains(&method) && keys.len() > 0 {
                self.leave_keys(keys, &methods)?;
            }
            // Before a question that one of the keys left out could make unnecessary.
            if method == MethodKind::PublicKey
                && spent.contains(&method)
                && !self.credentials.has_password()
            {
                self.notices.give_reasons();
            }
            if self.failures >= MAX_FAILURES || proofs >= MAX_PROOFS {
                break;
            }
        }
        match self.tried.unasked.take() {
            Some(error) => Err(error.into()),
            None => Err(self.denied(keys, &methods).into()),
        }
    }

    /// There is no room for these keys on this connection, since a password may have to follow:
    /// they get another one, or the user is told before the password is asked for.
    fn leave_keys(
        &self,
        keys: &Iter<'_, Arc<Identity>>,
        methods: &MethodSet,
    ) -> Result<(), Failed> {
        if self.may_go_on {
            let error = self.denied(keys, methods).into();
            return Err(Failed { error, retry: Some(Retry::Keys) });
        }
        self.tell_untried(keys, methods);
        Ok(())
    }

    /// Before the user is asked for a password that another key could make unnecessary.
    fn tell_untried(&self, keys: &Iter<'_, Arc<Identity>>, methods: &MethodSet) {
        if !self.credentials.has_password()
            && let Some(Untried { names, next }) = self.untried(keys, methods)
        {
            self.notices.say(format!("not tried: {}; {next}", names.join(", ")));
        }
    }

    fn denied(&self, keys: &Iter<'_, Arc<Identity>>, methods: &MethodSet) -> LoginError {
        LoginError::Denied {
            tried: self.tried.names(),
            untried: self.untried(keys, methods),
            accepts: names(methods),
            takes_keys: methods.contains(&MethodKind::PublicKey) && self.allows_keys(),
        }
    }

    /// The keys that the server might have accepted and was not asked about.
    fn untried(&self, keys: &Iter<'_, Arc<Identity>>, methods: &MethodSet) -> Option<Untried> {
        let first = keys.as_slice().first()?;
        if !methods.contains(&MethodKind::PublicKey) || !self.allows_keys() {
            return None;
        }
        let next = match first.file() {
            Some(file) => format!(
                "try the next key with -o IdentityFile={} -o IdentitiesOnly=yes",
                shell_path(file)
            ),
            None => offer_of_agent(first),
        };
        Some(Untried { names: self.tried.names_of(keys.as_slice()), next })
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

    /// The server hung up: because of the keys, so that the others or a password may work on a
    /// connection of their own, or because of a password.
    fn out_of_tries(
        &self,
        keys: &Iter<'_, Arc<Identity>>,
        methods: &MethodSet,
        spent: &[MethodKind],
    ) -> Failed {
        let hung_up = || LoginError::TooManyFailures {
            tried: self.tried.names(),
            untried: self.untried(keys, methods),
        };
        let retry = match spent.last() {
            Some(MethodKind::PublicKey) if self.may_go_on && keys.len() > 0 => {
                return Failed { error: hung_up().into(), retry: Some(Retry::Keys) };
            }
            Some(MethodKind::PublicKey) => Retry::Password,
            Some(MethodKind::KeyboardInteractive) if !self.questions_answered => {
                Retry::PasswordWithoutQuestions
            }
            _ => return self.denied(keys, methods).into(),
        };
        let can_answer = self.credentials.has_password() || self.credentials.prompter().can_ask();
        let is_left =
            can_answer && !self.password_spent && self.next_method(methods, spent).is_some();
        if is_left && retry == Retry::Password {
            self.tell_untried(keys, methods);
        }
        Failed { error: hung_up().into(), retry: is_left.then_some(retry) }
    }

    fn next_method(&self, methods: &MethodSet, spent: &[MethodKind]) -> Option<MethodKind> {
        let fits = |method: &MethodKind| {
            self.enables(method) && methods.contains(method) && !spent.contains(method)
        };
        self.order().into_iter().find(fits)
    }

    /// The methods in the order in which the configuration prefers them.
    fn order(&self) -> Vec<MethodKind> {
        match &self.endpoint.preferred_authentications {
            Some(preferred) => preferred.iter().filter_map(|name| name.parse().ok()).collect(),
            None => {
                vec![MethodKind::PublicKey, MethodKind::KeyboardInteractive, MethodKind::Password]
            }
        }
    }

    fn enables(&self, method: &MethodKind) -> bool {
        // If nobody can answer, a method that asks is not even begun: servers count it as a
        // failure.
        let answers = !self.endpoint.batch_mode || self.credentials.has_password();
        match method {
            MethodKind::PublicKey => self.endpoint.pubkey_authentication && !self.leaves_keys_out,
            MethodKind::KeyboardInteractive => {
                answers
                    && !self.leaves_questions_out
                    && self.endpoint.kbd_interactive_authentication
            }
            MethodKind::Password => answers && self.endpoint.password_authentication,
            _ => false,
        }
    }

    /// Whether the configuration lets keys be offered, on whatever connection.
    fn allows_keys(&self) -> bool {
        self.endpoint.pubkey_authentication && self.order().contains(&MethodKind::PublicKey)
    }

    /// Whether a password could be sent to a server that accepts these methods.
    fn password_may_follow(&self, methods: &MethodSet) -> bool {
        let can_answer = self.credentials.has_password() || self.credentials.prompter().can_ask();
        can_answer && self.next_method(methods, &[MethodKind::PublicKey]).is_some()
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

/// How to offer a key that only an agent has: by a public key file, made from the agent's list.
fn offer_of_agent(identity: &Identity) -> String {
    let text = identity.public().to_openssh().unwrap_or_default();
    let blob = text.split(' ').nth(1).unwrap_or_default();
    // The end of a key is in no other one.
    let end = &blob[blob.len().saturating_sub(KEY_END)..];
    let socket = identity.agent().map(shell_path).unwrap_or_default();
    format!(
        "save the next key with SSH_AUTH_SOCK={socket} ssh-add -L | grep -F {end} >next-key.pub, \
        then offer it with -o IdentityFile=next-key.pub -o IdentitiesOnly=yes"
    )
}
