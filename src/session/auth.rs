//! Logging in: which ways are tried, in which order, how often. Never more tries than a server with
//! default settings allows.

mod password;
mod publickey;

use std::sync::Arc;
use std::time::Duration;

use russh::client::{AuthResult, KeyboardInteractiveAuthResponse};
use russh::{MethodKind, MethodSet};

pub(super) use publickey::probe;

use super::steps::{Step, Steps};
use super::transport::Transport;
use super::{Error, LoggedInBy, Probed, lock};
use crate::credentials::Credentials;
use crate::hosts::ssh_config::Endpoint;
use crate::keys::identity::Identity;
use crate::prompter;

/// Refused tries a connection may have: OpenSSH's default `MaxAuthTries`, after which sshd hangs
/// up.
const MAX_FAILURES: u32 = 6;

/// Refused keys a connection may have where a password could still follow.
const MAX_KEY_FAILURES_BEFORE_PASSWORD: u32 = 4;

/// A login under way on one connection.
pub(super) struct Login<'a> {
    pub(super) transport: &'a mut Transport,
    pub(super) endpoint: &'a Endpoint,
    pub(super) credentials: &'a Credentials,
    pub(super) steps: &'a Steps,
    failures: u32,
    tried: Vec<String>,
    /// The first question that could not be asked: of a key the server would take, or of a
    /// password. It explains a denial better than the server can.
    unasked: Option<prompter::Error>,
    /// The last password was refused, and asking for another makes no sense.
    password_spent: bool,
    /// A round of that many questions stands open.
    open_questions: Option<usize>,
    /// Questions about a password that a person answered for this account.
    asked: u32,
    /// Servers without PAM name keyboard-interactive, ask nothing, and count it as a try: then it
    /// is left out.
    leaves_questions_out: bool,
}

/// What one try came to.
enum Tried {
    In(LoggedInBy),
    /// This method is done and the server wants one of these as well.
    Partly(MethodSet),
    Refused(MethodSet),
    /// There was nothing to try with.
    Nothing,
}

impl<'a> Login<'a> {
    pub(super) fn new(
        transport: &'a mut Transport,
        endpoint: &'a Endpoint,
        credentials: &'a Credentials,
        steps: &'a Steps,
    ) -> Self {
        Self {
            transport,
            endpoint,
            credentials,
            steps,
            failures: 0,
            tried: Vec::new(),
            unasked: None,
            password_spent: false,
            open_questions: None,
            asked: 0,
            leaves_questions_out: false,
        }
    }

    pub(super) fn without_questions(mut self) -> Self {
        self.leaves_questions_out = true;
        self
    }

    /// Asks what the server would take. The question itself is not counted by servers as a try.
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

    /// Logs in with one of these and nothing else: a key and its certificates. Who is refused
    /// before the last one is told through `refused`; a server that hangs up leaves the rest of
    /// `keys` to another connection.
    pub(super) async fn with_keys_only(
        mut self,
        keys: &mut std::slice::Iter<'_, Arc<Identity>>,
        refused: impl Fn(&Identity),
    ) -> Result<LoggedInBy, Error> {
        let Some(mut methods) = self.methods().await? else { return Err(Error::OpenDoor) };
        loop {
            let Some(identity) = keys.next() else {
                return Err(Error::Denied { tried: self.tried, accepts: names(&methods) });
            };
            let fingerprint = identity.fingerprint().to_string();
            if !methods.contains(&MethodKind::PublicKey) {
                // The others would fare no better.
                *keys = [].iter();
                return Err(Error::KeyRefused { fingerprint, accepts: names(&methods) });
            }
            let offered =
                self.offer(identity).await.map_err(|error| no_key_taken(error, identity, &methods));
            if let (Err(Error::KeyRefused { .. }), 1..) = (&offered, keys.len()) {
                refused(identity);
            }
            let (tried, wanted) = offered?;
            methods = match tried {
                Tried::In(by) => return Ok(by),
                Tried::Partly(methods) => {
                    return Err(Error::MoreRequired { accepts: names(&methods) });
                }
                Tried::Refused(methods) if wanted => {
                    return Err(Error::SignatureRefused { fingerprint, accepts: names(&methods) });
                }
                Tried::Refused(methods) if keys.len() == 0 => {
                    return Err(Error::KeyRefused { fingerprint, accepts: names(&methods) });
                }
                Tried::Refused(methods) => methods,
                Tried::Nothing => return Err(Error::NoPrivateHalf { fingerprint }),
            };
            refused(identity);
        }
    }

    /// Logs in with whatever is at hand: the identities in turn, then keyboard-interactive, then a
    /// password. `probe` is a key the server is asked about on the way; the answer comes back
    /// beside the login.
    pub(super) async fn with_anything(
        mut self,
        identities: &[Arc<Identity>],
        probed: Option<&Identity>,
    ) -> Result<(LoggedInBy, Option<Probed>), Error> {
        let Some(mut methods) = self.methods().await? else {
            return Ok((LoggedInBy::Nothing, None));
        };
        let answer = match probed {
            Some(_) if !methods.contains(&MethodKind::PublicKey) => {
                Some(Probed::Refused { accepts: names(&methods) })
            }
            Some(identity) => Some(
                probe(&mut self, identity)
                    .await
                    .map_err(|error| no_key_taken(error, identity, &methods))?,
            ),
            None => None,
        };
        self.failures += u32::from(matches!(answer, Some(Probed::Refused { .. })));
        let mut spent: Vec<MethodKind> = Vec::new();
        let mut keys = identities.iter();
        while let Some(method) = self.next_method(&methods, &spent) {
            let tried = match method {
                MethodKind::PublicKey => self.offer_all(&mut keys, &methods).await,
                MethodKind::KeyboardInteractive => self.keyboard_interactive().await,
                _ => self.password().await,
            };
            let tried = match tried {
                Err(Error::TooManyFailures { tried, .. }) => {
                    spent.push(method);
                    return Err(self.out_of_tries(tried, &methods, &spent));
                }
                tried => tried?,
            };
            match tried {
                Tried::In(by) => return Ok((by, answer)),
                Tried::Partly(more) => {
                    methods = more;
                    // What is asked for now is a further proof: every method starts afresh, used
                    // keys apart.
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
            None => Err(Error::Denied { tried: self.tried, accepts: names(&methods) }),
        }
    }

    /// The server hung up: on the keys, so that a password may do better on a connection of its
    /// own, or on a password.
    fn out_of_tries(&self, tried: Vec<String>, methods: &MethodSet, spent: &[MethodKind]) -> Error {
        let asked_nothing = spent.last() == Some(&MethodKind::KeyboardInteractive)
            && !tried.iter().any(|it| it == "keyboard-interactive");
        if spent.last() != Some(&MethodKind::PublicKey) && !asked_nothing {
            return Error::Denied { tried, accepts: names(methods) };
        }
        let can_answer = self.credentials.has_password() || self.credentials.prompter().can_ask();
        let password_left =
            can_answer && !self.password_spent && self.next_method(methods, spent).is_some();
        Error::TooManyFailures { tried, password_left, asked_nothing }
    }

    fn next_method(&self, methods: &MethodSet, spent: &[MethodKind]) -> Option<MethodKind> {
        let order = match &self.endpoint.preferred_authentications {
            Some(preferred) => preferred.iter().filter_map(|name| name.parse().ok()).collect(),
            None => {
                vec![MethodKind::PublicKey, MethodKind::KeyboardInteractive, MethodKind::Password]
            }
        };
        // Without anybody to answer, a method that asks is not even begun: servers count it as a
        // try.
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

    /// An empty list of methods also stands for a connection that is gone: tells the two apart.
    async fn check_open(&self, methods: &MethodSet) -> Result<(), Error> {
        if !methods.is_empty() {
            return Ok(());
        }
        // The reply and the end of the connection arrive through different channels; the latter may
        // lag.
        for _ in 0..20 {
            if self.transport.handle.is_closed() {
                return Err(self.closed());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(())
    }

    async fn broken(&self, error: &russh::Error) -> Error {
        match error {
            russh::Error::SendError
            | russh::Error::RecvError
            | russh::Error::Disconnect
            | russh::Error::HUP => {
                // The server's reason may still be on its way from the connection's task.
                tokio::time::sleep(Duration::from_millis(50)).await;
                self.closed()
            }
            other => Error::Protocol { step: self.steps.current(), why: other.to_string() },
        }
    }

    fn closed(&self) -> Error {
        let said = lock(&self.transport.said);
        match said.disconnect.clone() {
            // OpenSSH's words (auth.c); nothing but the words tells.
            Some(reason)
                if reason.to_lowercase().starts_with("too many authentication failures") =>
            {
                Error::TooManyFailures {
                    tried: self.tried.clone(),
                    password_left: false,
                    asked_nothing: false,
                }
            }
            None if said.banner.is_some() => {
                Error::Dismissed { said: said.banner.clone().unwrap_or_default() }
            }
            reason => Error::Closed { step: self.steps.current(), reason },
        }
    }

    fn note_tried(&mut self, what: &str) {
        if !self.tried.iter().any(|tried| tried == what) {
            self.tried.push(what.to_owned());
        }
    }

    fn account(&self) -> String {
        format!("{}@{}", self.endpoint.user, self.endpoint.destination.host())
    }

    async fn result(
        &mut self,
        result: Result<AuthResult, russh::Error>,
        by: LoggedInBy,
    ) -> Result<Tried, Error> {
        match result {
            Ok(AuthResult::Success) => Ok(Tried::In(by)),
            Ok(AuthResult::Failure { remaining_methods, partial_success: true }) => {
                Ok(Tried::Partly(remaining_methods))
            }
            Ok(AuthResult::Failure { remaining_methods, .. }) => {
                self.check_open(&remaining_methods).await?;
                self.failures += 1;
                Ok(Tried::Refused(remaining_methods))
            }
            Err(error) => Err(self.broken(&error).await),
        }
    }

    async fn kbd_result(
        &mut self,
        result: Result<KeyboardInteractiveAuthResponse, russh::Error>,
    ) -> Result<Kbd, Error> {
        let plain = match result {
            Ok(KeyboardInteractiveAuthResponse::InfoRequest { name, instructions, prompts }) => {
                return Ok(Kbd::Asks { texts: [name, instructions], prompts });
            }
            Ok(KeyboardInteractiveAuthResponse::Success) => Ok(AuthResult::Success),
            Ok(KeyboardInteractiveAuthResponse::Failure { remaining_methods, partial_success }) => {
                Ok(AuthResult::Failure { remaining_methods, partial_success })
            }
            Err(error) => Err(error),
        };
        self.result(plain, LoggedInBy::KeyboardInteractive).await.map(Kbd::Done)
    }
}

/// Where a keyboard-interactive exchange stands.
enum Kbd {
    Asks { texts: [String; 2], prompts: Vec<russh::client::Prompt> },
    Done(Tried),
}

/// A server that hangs up on the first key has refused it.
fn no_key_taken(error: Error, identity: &Identity, methods: &MethodSet) -> Error {
    match error {
        Error::TooManyFailures { .. } => Error::KeyRefused {
            fingerprint: identity.fingerprint().to_string(),
            accepts: names(methods),
        },
        error => error,
    }
}

fn names(methods: &MethodSet) -> Vec<String> {
    methods.iter().map(String::from).collect()
}
