//! From an endpoint to an encrypted connection with a trusted server: identification, key exchange,
//! host key.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use russh::client::{self, Handle};

use super::agent_forwarding::AgentForwarding;
use super::algorithms::config;
use super::client::{Client, ServerSaid};
use super::dial::place;
use super::gate::Gate;
use super::host_key::Trust;
use super::steps::{Step, Steps};
use super::way::{Beneath, Reached, reach};
use super::wire::Wire;
use super::{Account, Error, lock};
use crate::hosts::ssh_config::Endpoint;

/// What a server may say before its identification, for the message that shows it. RFC 4253 section
/// 4.2 allows 255 bytes a line.
const SHOWN_GREETING: usize = 80;

/// An encrypted connection whose server is trusted; nobody is logged in yet.
pub(super) struct Transport {
    pub(super) handle: Handle<Client>,
    /// Nothing behind a proxy.
    pub(super) address: Option<SocketAddr>,
    pub(super) said: Arc<Mutex<ServerSaid>>,
    pub(super) agent: AgentForwarding,
    pub(super) gate: Gate,
    /// As russh goes by it.
    pub(super) keepalive: Option<Duration>,
    pub(super) beneath: Beneath,
}

impl Transport {
    /// Attends to the connection, and to those it lies upon, while they are held back; never ends.
    pub(super) fn attend(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            let own = self.gate.attend(&self.handle, self.keepalive);
            match &self.beneath {
                Beneath::Jump { session, .. } => {
                    tokio::join!(own, session.transport.attend());
                }
                Beneath::Nothing | Beneath::Command(_) => own.await,
            }
        })
    }
}

/// What sshd(8) says in place of its identification to a connection it does not take: the first
/// since 9.8, the other before.
const TURNED_AWAY: [&str; 2] = ["Not allowed at this time", "Exceeded MaxStartups"];

/// The pauses between tries at a server that turns connections away for now (MaxStartups,
/// PerSourcePenalties of sshd_config(5)).
const PAUSES: [Duration; 3] =
    [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4)];

/// Reaches the server and checks its key. Where it turns connections away for now, a few times.
pub(super) async fn connect(account: &Account, steps: &Steps) -> Result<Transport, Error> {
    for pause in PAUSES {
        match connect_once(account, steps).await {
            Err(Error::TurnedAway { sent, .. }) => {
                let seconds = pause.as_secs();
                account.notices.say(format!(
                    "the server turned the connection away ({sent:?}); trying again in {seconds} s"
                ));
            }
            done => return done,
        }
        tokio::time::sleep(pause).await;
    }
    connect_once(account, steps).await
}

async fn connect_once(account: &Account, steps: &Steps) -> Result<Transport, Error> {
    let Account { endpoint, credentials, notices } = account;
    // Before the host hears of us: what cannot be judged is not called.
    let mut trust =
        Trust::new(endpoint.clone(), credentials.clone(), steps.clone(), notices.clone())?;
    let config = Arc::new(config(endpoint, &trust.known_algorithms(), trust.has_authority())?);
    let Reached { stream, address, mut beneath } = reach(account, steps).await?;

    let said = Arc::new(Mutex::new(ServerSaid::default()));
    trust.reached(address.map(|address| address.ip()));
    let agent = AgentForwarding::new(notices.clone());
    let client = Client::new(trust, steps.clone(), said.clone(), notices.clone(), agent.clone());
    let (gate, keepalive) = (Gate::default(), config.keepalive_interval);
    let stream = Wire::new(stream, said.clone(), steps.clone(), gate.clone());
    steps.enter(Step::Identification);
    let handle = match steps.bound(client::connect_stream(config, stream, client)).await {
        Ok(Ok(handle)) => handle,
        Ok(Err(error)) => {
            let error = explain(error, endpoint, steps.current(), &said);
            return Err(match (&error, &mut beneath) {
                (Error::Closed { step: Step::Identification, .. }, Beneath::Command(program)) => {
                    program.end().await.unwrap_or(error)
                }
                _ => error,
            });
        }
        Err(timeout) => return Err(not_ssh(endpoint, &said).unwrap_or(timeout)),
    };
    Ok(Transport { handle, address, said, agent, gate, keepalive, beneath })
}

fn explain(error: Error, endpoint: &Endpoint, step: Step, said: &Mutex<ServerSaid>) -> Error {
    match error {
        Error::Protocol { why, .. } => {
            if let Some(error) = not_ssh(endpoint, said) {
                return error;
            }
            let reason = lock(said).disconnect.clone();
            match closed(&why) {
                _ if reason.is_some() => Error::Closed { step, reason },
                Some(reason) => Error::Closed { step, reason },
                None => Error::Protocol { step, why },
            }
        }
        other => other,
    }
}

/// Whether russh's words stand for an end of the connection rather than for a breach of the
/// protocol, and the system's words for it.
pub(super) fn closed(why: &str) -> Option<Option<String>> {
    match why {
        // The last is tokio's, for a connection that ends inside a packet's first bytes.
        "Disconnected" | "Connection closed by the remote side" | "early eof" => Some(None),
        // An end like the others: whether a reset or the end of the stream is seen first hangs on
        // who wrote last.
        _ if why.starts_with("Connection reset by peer") || why.starts_with("Broken pipe") => {
            Some(None)
        }
        _ => why.split_once(" (os error").map(|(words, _)| Some(words.to_owned())),
    }
}

/// The failure, if what came first cannot be the start of an SSH connection.
fn not_ssh(endpoint: &Endpoint, said: &Mutex<ServerSaid>) -> Option<Error> {
    let said = lock(said);
    // Lines before the identification are allowed, so the last whole line decides.
    let identified = said
        .greeting
        .split(|&byte| byte == b'\n')
        .any(|line| line.starts_with(b"SSH-2.0-") || line.starts_with(b"SSH-1.99-"));
    if identified || said.greeting.is_empty() {
        return None;
    }
    let first = said.greeting.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let sent: String =
        String::from_utf8_lossy(first).trim_end().chars().take(SHOWN_GREETING).collect();
    let address = place(endpoint);
    Some(match TURNED_AWAY.contains(&sent.as_str()) {
        true => Error::TurnedAway { address, sent },
        false => Error::NotSsh { address, sent },
    })
}
