//! A login in progress: what was tried on its connection, and how the server responded.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use russh::client::AuthResult;
use russh::{MethodKind, MethodSet};

use super::outcome::LoggedInBy;
use super::tried::Attempts;
use crate::credentials::Credentials;
use crate::hosts::ssh_config::Endpoint;
use crate::secret::Password;
use crate::session::account::Account;
use crate::session::error::{ConnectionError, Error, LoginError};
use crate::session::lock::lock;
use crate::session::notices::Notices;
use crate::session::steps::Steps;
use crate::session::transport::Transport;

/// Failures that a connection may have: OpenSSH's default `MaxAuthTries`, after which sshd hangs
/// up.
pub(super) const MAX_FAILURES: u32 = 6;

/// A login in progress on one connection.
pub(crate) struct Login<'a> {
    pub(super) transport: &'a mut Transport,
    pub(super) endpoint: &'a Endpoint,
    pub(super) credentials: &'a Credentials,
    pub(super) notices: &'a Notices,
    pub(super) steps: &'a Steps,
    pub(super) failures: u32,
    pub(super) tried: &'a mut Attempts,
    /// The passwords that the server has got on this connection, with the method that sent them.
    pub(super) sent: Vec<(MethodKind, Arc<Password>)>,
    /// The agents, with what they hold for this server; `None` for one that failed.
    pub(super) agents: Vec<(PathBuf, Option<Vec<Vec<u8>>>)>,
    /// Another connection may offer the keys that this one has no room for.
    pub(super) may_go_on: bool,
    /// The last password was rejected, and asking for another makes no sense.
    pub(super) password_spent: bool,
    /// The server waits for the answers to this many questions.
    pub(super) open_questions: Option<usize>,
    /// How often the user gave a password for this account.
    pub(super) asked: u32,
    /// The server had questions, and they were answered.
    pub(super) questions_answered: bool,
    /// The keys have had their connections.
    pub(super) leaves_keys_out: bool,
    /// Servers without PAM offer keyboard-interactive, ask nothing, and count it as a failure: then
    /// it is left out.
    pub(super) leaves_questions_out: bool,
}

/// The result of one try.
pub(super) enum Tried {
    In(LoggedInBy),
    /// The server accepted this and requires one of these as well.
    Partly(MethodSet),
    Refused(MethodSet),
    /// There was nothing to try.
    Nothing,
}

impl<'a> Login<'a> {
    pub(crate) fn new(
        transport: &'a mut Transport,
        account: &'a Account,
        steps: &'a Steps,
        tried: &'a mut Attempts,
    ) -> Self {
        Self {
            transport,
            endpoint: &account.endpoint,
            credentials: &account.credentials,
            notices: &account.notices,
            steps,
            failures: 0,
            tried,
            sent: Vec::new(),
            agents: Vec::new(),
            may_go_on: false,
            password_spent: false,
            open_questions: None,
            asked: 0,
            questions_answered: false,
            leaves_keys_out: false,
            leaves_questions_out: false,
        }
    }

    /// An empty list of methods can also mean that the connection is gone: tells the two apart.
    pub(super) async fn check_open(&self, methods: &MethodSet) -> Result<(), Error> {
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

    pub(super) async fn broken(&self, error: &russh::Error) -> Error {
        match error {
            russh::Error::SendError
            | russh::Error::RecvError
            | russh::Error::Disconnect
            | russh::Error::HUP => {
                // The server's reason may still be on its way from the connection's task.
                tokio::time::sleep(Duration::from_millis(50)).await;
                self.closed()
            }
            other => {
                let (step, why) = (self.steps.current(), other.to_string());
                ConnectionError::Protocol { step, why }.into()
            }
        }
    }

    pub(super) fn closed(&self) -> Error {
        let mut said = lock(&self.transport.said);
        if let Some(fault) = said.fault(self.steps.current()) {
            return fault;
        }
        match said.disconnect.clone() {
            // OpenSSH's words (auth.c); only the words show it.
            Some(reason)
                if reason.to_lowercase().starts_with("too many authentication failures") =>
            {
                LoginError::TooManyFailures { tried: self.tried.names(), untried: None }.into()
            }
            reason => match &said.banner {
                Some(said) if reason.is_none() => {
                    LoginError::Dismissed { said: said.clone() }.into()
                }
                _ => ConnectionError::Closed { step: self.steps.current(), reason }.into(),
            },
        }
    }

    pub(super) async fn result(
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
}

pub(super) fn names(methods: &MethodSet) -> Vec<String> {
    methods.iter().map(String::from).collect()
}
