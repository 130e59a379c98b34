//! One authenticated connection: reach the server, judge its key, log in, run something. Only this
//! room names russh.
//!
//! Order matters throughout: nothing that belongs to the user, no key, no name of a key and no
//! password, is offered before the server's key is trusted, and every wait has an end.

mod agent;
mod agent_forwarding;
mod algorithms;
mod auth;
mod backlog;
mod client;
mod dial;
mod error;
mod exec;
mod forwarded;
mod gate;
mod host_key;
mod identities;
mod proxy_command;
pub mod sftp;
mod shell;
mod signatures;
mod signer;
mod steps;
mod transport;
mod way;
mod wire;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ssh_key::Fingerprint;

pub use algorithms::algorithm_listing;
pub use error::{Ask, Error};
pub use exec::Output;
pub use host_key::describe as describe_key;
pub use identities::beside_agent;
pub use shell::{Exit, Input, Program, Pty, Request, Sent, Size};
pub use steps::{DEFAULT_LIMIT, Step};

use crate::credentials::Credentials;
use crate::hosts::ssh_config::Endpoint;
use crate::keys::certificate::Certified;
use crate::keys::identity::Identity;
use auth::Login;
use steps::Steps;
use transport::Transport;
use way::{Beneath, at_jump_host};

/// How long the orderly end of a connection may take.
const GOODBYE: Duration = Duration::from_secs(2);

/// How often another channel is asked for, and after what pause.
const PLACE_TRIES: u32 = 6;
const PLACE_FREE_AFTER: Duration = Duration::from_millis(100);

/// Words for the person that are neither a result nor a failure.
#[derive(Clone, Debug)]
pub enum Notice {
    /// What sshk did or could not do, cleaned and complete.
    Note(String),
    /// A server's words, as they came; whoever shows them removes control characters.
    Banner(String),
}

/// Where [`Notice`]s go.
#[derive(Clone)]
pub struct Notices {
    sink: Arc<dyn Fn(Notice) + Send + Sync>,
    /// They are about this host on the way.
    jump_host: Option<String>,
}

impl Notices {
    pub fn new(sink: impl Fn(Notice) + Send + Sync + 'static) -> Self {
        Self { sink: Arc::new(sink), jump_host: None }
    }

    fn at_jump_host(&self, name: String) -> Self {
        Self { sink: self.sink.clone(), jump_host: Some(name) }
    }

    pub(crate) fn say(&self, text: String) {
        (self.sink)(Notice::Note(match &self.jump_host {
            Some(name) => format!("jump host {name}: {text}"),
            None => text,
        }));
    }

    fn banner(&self, text: &str) {
        (self.sink)(Notice::Banner(text.to_owned()));
    }
}

/// How the server was convinced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoggedInBy {
    Key {
        fingerprint: Fingerprint,
        /// The signature algorithm, `rsa-sha2-512` and its like.
        algorithm: String,
        /// The server took a certificate for the key, which says nothing about the key itself.
        certificate: Option<Certified>,
    },
    KeyboardInteractive,
    Password,
    /// The server asked for no proof.
    Nothing,
}

/// What a server said when it was asked whether it would take a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Probed {
    Taken,
    Refused {
        /// The methods it named instead.
        accepts: Vec<String>,
    },
}

/// What it takes to reach one account: where, with what, and whom to tell.
#[derive(Clone)]
pub struct Account {
    pub endpoint: Arc<Endpoint>,
    pub credentials: Arc<Credentials>,
    pub notices: Notices,
}

/// A connection that is logged in.
pub struct Session {
    transport: Transport,
    steps: Steps,
    by: LoggedInBy,
    probed: Option<Probed>,
    /// There was a channel before.
    was_used: AtomicBool,
}

impl Account {
    /// Logs in with whatever is at hand: `identities` in turn, then keyboard-interactive, then a
    /// password. The server is asked on the way whether it would take `probed`; see
    /// [`Session::probed`].
    ///
    /// Where the keys alone use up what the server allows (`MaxAuthTries`), a password gets a
    /// connection to itself; and so it does where a keyboard-interactive exchange without a
    /// question does.
    pub async fn log_in(
        &self,
        identities: &[Arc<Identity>],
        probed: Option<&Identity>,
    ) -> Result<Session, Error> {
        match self.log_in_once(identities, probed, true).await {
            Err(Error::TooManyFailures { password_left: true, asked_nothing, .. }) => match self
                .log_in_once(&[], probed, !asked_nothing)
                .await
            {
                Err(Error::TooManyFailures {
                    password_left: true, asked_nothing: true, ..
                }) => self.log_in_once(&[], probed, false).await,
                done => done,
            },
            done => done,
        }
    }

    async fn log_in_once(
        &self,
        identities: &[Arc<Identity>],
        probed: Option<&Identity>,
        with_questions: bool,
    ) -> Result<Session, Error> {
        let steps = self.steps();
        let mut transport = transport::connect(self, &steps).await?;
        let login = Login::new(&mut transport, &self.endpoint, &self.credentials, &steps);
        let login = if with_questions { login } else { login.without_questions() };
        let (by, probed) = login.with_anything(identities, probed).await?;
        Ok(Session { transport, steps, by, probed, was_used: AtomicBool::new(false) })
    }

    /// Logs in with `identity` and nothing else: no other key, no certificate for it, no password.
    /// What an agent holds serves for this very key alone.
    pub async fn log_in_with_only(&self, identity: &Arc<Identity>) -> Result<Session, Error> {
        if let Some(why) = self.objection(identity) {
            return Err(Error::NotOffered { fingerprint: identity.fingerprint().to_string(), why });
        }
        self.log_in_with_one_of(&mut std::slice::from_ref(identity).iter()).await
    }

    /// Logs in with `identity` as `ssh -i FILE -o IdentitiesOnly=yes` does: by a certificate for it
    /// where there is one, else by the key itself. Which of them it was, [`Session::logged_in_by`]
    /// says. A key that was named by its public half, or a certificate, is that alone.
    pub async fn log_in_with_named(&self, identity: &Identity) -> Result<Session, Error> {
        let keys = self.named(identity).await?;
        let mut left = keys.iter();
        loop {
            match self.log_in_with_one_of(&mut left).await {
                // The server took the certificate for one try too many; the key gets a connection
                // of its own.
                Err(Error::KeyRefused { .. }) if left.len() > 0 => {}
                done => return done,
            }
        }
    }

    async fn log_in_with_one_of(
        &self,
        keys: &mut std::slice::Iter<'_, Arc<Identity>>,
    ) -> Result<Session, Error> {
        let steps = self.steps();
        let mut transport = transport::connect(self, &steps).await?;
        let login = Login::new(&mut transport, &self.endpoint, &self.credentials, &steps);
        let refused = |identity: &Identity| {
            if let Some(certificate) = identity.certificate() {
                self.notices
                    .say(format!("the server does not take the {}", Certified::of(certificate)));
            }
        };
        let by = login.with_keys_only(keys, refused).await?;
        Ok(Session { transport, steps, by, probed: None, was_used: AtomicBool::new(false) })
    }

    fn steps(&self) -> Steps {
        Steps::new(self.endpoint.connect_timeout.unwrap_or(DEFAULT_LIMIT))
    }
}

impl Session {
    pub fn logged_in_by(&self) -> &LoggedInBy {
        &self.by
    }

    /// Whether the server would take the key it was asked about during the login.
    pub fn probed(&self) -> Option<&Probed> {
        self.probed.as_ref()
    }

    /// The server's identification, `SSH-2.0-OpenSSH_9.2`, cut to printable characters.
    pub fn server(&self) -> String {
        lock(&self.transport.said).identification()
    }

    /// The address that answered; nothing behind a proxy, which alone knows it.
    pub fn peer(&self) -> Option<std::net::SocketAddr> {
        self.transport.address
    }

    /// Proves that the account gets a session: opens a channel and closes it again, running
    /// nothing.
    pub async fn open_and_close(&self) -> Result<(), Error> {
        let channel = self.open_channel().await?;
        // The answer is yes already; a server that dies now does not change it.
        let _ = channel.close().await;
        Ok(())
    }

    /// Says goodbye, so that the server's log shows an orderly end.
    pub async fn close(self) {
        let Transport { handle, beneath, .. } = self.transport;
        // The whole of it is bounded: a server that takes nothing more does not take the goodbye
        // either.
        let _ = tokio::time::timeout(GOODBYE, async {
            if handle.disconnect(russh::Disconnect::ByApplication, "", "").await.is_ok() {
                let _ = handle.await;
            }
        })
        .await;
        if let Beneath::Jump { session, .. } = beneath {
            Box::pin(session.close()).await;
        }
    }

    /// Why the connection, which was in use, is gone. A jump host that goes takes all behind it
    /// along.
    fn loss(&self) -> Error {
        match &self.transport.beneath {
            Beneath::Jump { hop, session } if session.transport.handle.is_closed() => {
                at_jump_host(hop, session.loss())
            }
            _ => lock(&self.transport.said).loss(),
        }
    }

    async fn open_channel(&self) -> Result<russh::Channel<russh::client::Msg>, Error> {
        self.steps.enter(Step::Session);
        let mut tries = if self.was_used.swap(true, Ordering::Relaxed) { PLACE_TRIES } else { 1 };
        loop {
            tries -= 1;
            match self.steps.bound(self.transport.handle.channel_open_session()).await? {
                Ok(channel) => return Ok(channel),
                // Under MaxSessions 1, sshd still holds the place of a command that has just ended.
                Err(russh::Error::ChannelOpenFailure(_)) if tries > 0 => {
                    tokio::time::sleep(PLACE_FREE_AFTER).await
                }
                Err(russh::Error::ChannelOpenFailure(reason)) => {
                    return Err(Error::NoSession { why: refusal_words(reason).into() });
                }
                Err(_) => {
                    let reason = lock(&self.transport.said).disconnect.clone();
                    return Err(Error::NoSession {
                        why: reason.unwrap_or_else(|| "it closed the connection".into()),
                    });
                }
            }
        }
    }
}

/// The reasons of RFC 4254 section 5.1, in ssh's words.
fn refusal_words(reason: russh::ChannelOpenFailure) -> &'static str {
    use russh::ChannelOpenFailure as Reason;
    match reason {
        Reason::AdministrativelyProhibited => "administratively prohibited",
        Reason::ConnectFailed => "connect failed",
        Reason::UnknownChannelType => "unknown channel type",
        Reason::ResourceShortage => "resource shortage",
        _ => "unknown reason",
    }
}

/// A poisoned lock only means that another task panicked; what it guards here is plain text.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
