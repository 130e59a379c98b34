//! The way to a host: straight over TCP, through the standard streams of a program, or through a
//! jump host's connection.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite};

use super::dial::{dial, io_word, place};
use super::forwarded::Forwarded;
use super::proxy_command::ProxyCommand;
use super::steps::{Step, Steps};
use super::{Account, Error, Session, refusal_words};
use crate::hosts::ssh_config::{Endpoint, Through};
use crate::prompter;

/// What SSH runs over.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// A stream to the host; nobody has spoken on it yet.
pub(super) struct Reached {
    pub(super) stream: Box<dyn Stream>,
    /// Nothing behind a proxy, which alone knows it.
    pub(super) address: Option<SocketAddr>,
    pub(super) beneath: Beneath,
}

/// What the stream lives on; it ends with this.
pub(super) enum Beneath {
    Nothing,
    Command(Box<ProxyCommand>),
    Jump { hop: Arc<Endpoint>, session: Box<Session> },
}

/// Reaches the host of `account`, by way of all that lies before it.
pub(super) async fn reach(account: &Account, steps: &Steps) -> Result<Reached, Error> {
    let endpoint = &account.endpoint;
    match &endpoint.through {
        Through::Direct => {
            let stream = dial(endpoint, steps).await?;
            let failed = |error| Error::Connect { address: place(endpoint), why: io_word(&error) };
            let address = stream.peer_addr().map_err(failed)?;
            stream.set_nodelay(true).map_err(failed)?;
            Ok(Reached {
                stream: Box::new(stream),
                address: Some(address),
                beneath: Beneath::Nothing,
            })
        }
        Through::Command { command, shell } => {
            steps.enter(Step::Connect);
            let (program, stream) = ProxyCommand::start(command, shell)?;
            Ok(Reached {
                stream: Box::new(stream),
                address: None,
                beneath: Beneath::Command(Box::new(program)),
            })
        }
        Through::Jump(hop) => {
            let session = log_in_to(account.at_jump_host(hop))
                .await
                .map_err(|error| at_jump_host(hop, error))?;
            steps.enter(Step::Connect);
            let stream = steps.bound(forwarded(&session, endpoint, hop)).await??;
            Ok(Reached {
                stream: Box::new(stream),
                address: None,
                beneath: Beneath::Jump { hop: hop.clone(), session: Box::new(session) },
            })
        }
    }
}

/// A hop is an account like any other, so that hops behind hops make a future that holds itself:
/// this one is boxed.
fn log_in_to(account: Account) -> Pin<Box<dyn Future<Output = Result<Session, Error>> + Send>> {
    Box::pin(async move {
        let identities = account.identities().await;
        account.log_in(&identities, None).await
    })
}

async fn forwarded(session: &Session, to: &Endpoint, hop: &Endpoint) -> Result<Forwarded, Error> {
    // sshd(8) only logs where a forwarded connection comes from; ours comes from no socket.
    let opened = session
        .transport
        .handle
        .channel_open_direct_tcpip(to.host.as_str(), to.port.into(), "127.0.0.1", 0)
        .await;
    match opened {
        Ok(channel) => Ok(Forwarded::new(channel, session.transport.gate.clone())),
        Err(russh::Error::ChannelOpenFailure(russh::ChannelOpenFailure::ConnectFailed)) => {
            Err(Error::Connect {
                address: format!("{} from {}", place(to), hop.destination),
                why: "connect failed".into(),
            })
        }
        Err(russh::Error::ChannelOpenFailure(reason)) => Err(at_jump_host(
            hop,
            Error::NotForwarded { address: place(to), why: refusal_words(reason) },
        )),
        Err(_) => Err(at_jump_host(hop, session.loss())),
    }
}

/// The failure of the hop, unless it is one of a hop before it, or nobody's.
pub(super) fn at_jump_host(hop: &Endpoint, error: Error) -> Error {
    match error {
        Error::JumpHost { .. } | Error::Prompter(prompter::Error::Interrupted) => error,
        error => Error::JumpHost { hop: hop.destination.to_string(), error: Box::new(error) },
    }
}

impl Account {
    /// The account at a hop, with what a person has to prove there asked apart from the others.
    fn at_jump_host(&self, hop: &Arc<Endpoint>) -> Self {
        let notices = self.notices.at_jump_host(hop.destination.to_string());
        Self { endpoint: hop.clone(), credentials: self.credentials.for_jump_hosts(), notices }
    }
}
