//! From a stream to an encrypted connection with a trusted server: identification, key exchange,
//! host key. The connection lives as long as what it runs over.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use russh::client::{self, Handle, Msg};
use russh::{Channel, ChannelOpenFailure, Disconnect};

use super::account::Account;
use super::agent_forwarding::AgentForwarding;
use super::algorithms::{Certificates, config};
use super::client::Client;
use super::connection_stream::ConnectionStream;
use super::dial::host_and_port;
use super::error::{ConnectionError, Error, ReachError};
use super::gate::Gate;
use super::host_key::Trust;
use super::host_key_update::HostKeyUpdate;
use super::lock::lock;
use super::notices::Notices;
use super::proxy_command::ProxyCommand;
use super::said::ServerSaid;
use super::step::Step;
use super::steps::Steps;
use super::stream::Stream;
use crate::credentials::Credentials;
use crate::hosts::ssh_config::Endpoint;
use crate::prompter;
use crate::text::start_of;

/// How much of a greeting that is not SSH's a message shows, in characters. RFC 4253 section 4.2
/// allows 255 bytes a line.
const SHOWN_GREETING: usize = 80;

/// What sshd(8) sends in place of its identification when it rejects a connection: the first since
/// 9.8, the other before.
const TURNED_AWAY: [&str; 2] = ["Not allowed at this time", "Exceeded MaxStartups"];

/// How often a client that reads nothing sends a packet: sshd's `ClientAliveInterval` counts in
/// whole seconds, and any packet will do.
const BETWEEN_SIGNS: Duration = Duration::from_millis(400);

/// A stream to the host, not yet used.
pub(super) struct Route {
    pub(super) stream: Box<dyn Stream>,
    /// `None` behind a proxy, which alone knows it.
    pub(super) address: Option<SocketAddr>,
    pub(super) beneath: Beneath,
}

/// What a stream depends on; it ends with this.
pub(super) enum Beneath {
    Nothing,
    Command(Box<ProxyCommand>),
    Jump { hop: Arc<Endpoint>, transport: Box<Transport> },
}

/// An encrypted connection whose server is trusted.
pub(super) struct Transport {
    pub(super) handle: Handle<Client>,
    /// `None` behind a proxy.
    pub(super) address: Option<SocketAddr>,
    pub(super) said: Arc<Mutex<ServerSaid>>,
    pub(super) agent: AgentForwarding,
    pub(super) gate: Gate,
    /// The interval that russh uses.
    keepalive: Option<Duration>,
    beneath: Beneath,
    host_key_update: HostKeyUpdate,
}

impl Transport {
    /// After a login, if the user is asked about changed host keys (`UpdateHostKeys ask`): the
    /// question comes before anything else reads the terminal.
    pub(super) async fn ask_about_host_keys(&self, steps: &Steps) {
        if self.host_key_update.asks() {
            // The answer comes behind the keys, which a server announces right after the login. One
            // that does not answer has none to announce.
            let _ = steps.bound(self.handle.send_ping()).await;
            self.follow_host_keys().await;
        }
    }

    /// Once a channel is open, the server has announced its host keys if it does so at all: changes
    /// known_hosts accordingly.
    pub(super) async fn update_host_keys(&self) {
        if self.host_key_update.asks_nobody() {
            self.follow_host_keys().await;
        }
    }

    async fn follow_host_keys(&self) {
        let announced = lock(&self.said).host_keys.take();
        if let Some(keys) = announced {
            self.host_key_update.make(keys, &self.handle).await;
        }
    }

    /// Services the connection, and those it runs over, while they are held back; never ends.
    pub(super) fn attend(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            match &self.beneath {
                Beneath::Jump { transport, .. } => {
                    tokio::join!(self.attend_to_this(), transport.attend());
                }
                Beneath::Nothing | Beneath::Command(_) => self.attend_to_this().await,
            }
        })
    }

    /// While nothing is read: tells the server that we are alive, and checks now and then that it
    /// is; russh would consider a connection dead that it does not read.
    async fn attend_to_this(&self) {
        let look = self.keepalive.map(|interval| interval / 2);
        let mut unseen = Duration::ZERO;
        loop {
            tokio::time::sleep(BETWEEN_SIGNS).await;
            if !self.gate.is_closed() {
                unseen = Duration::ZERO;
                continue;
            }
            unseen += BETWEEN_SIGNS;
            if look.is_some_and(|look| unseen >= look) {
                unseen = Duration::ZERO;
                self.gate.let_some_through();
            }
            // The reading side notices if the connection is gone.
            let _ = self.handle.send_keepalive(false).await;
        }
    }

    /// Why the established connection is gone. If a jump host goes down, everything behind it does
    /// too.
    pub(super) fn loss(&self) -> Error {
        match &self.beneath {
            Beneath::Jump { hop, transport } if transport.handle.is_closed() => {
                at_jump_host(hop, transport.loss())
            }
            _ => lock(&self.said).loss(),
        }
    }

    /// Disconnects here and then from the jump hosts, so that the servers' logs show a clean end.
    /// Each has `limit` for it.
    pub(super) async fn close(self, limit: Duration) {
        let mut next = Some(self);
        while let Some(Self { handle, beneath, .. }) = next {
            // All of it has a time limit: a server that has stopped reading does not read the
            // disconnect either.
            let _ = tokio::time::timeout(limit, async {
                if handle.disconnect(Disconnect::ByApplication, "", "").await.is_ok() {
                    let _ = handle.await;
                }
            })
            .await;
            next = match beneath {
                Beneath::Jump { transport, .. } => Some(*transport),
                Beneath::Nothing | Beneath::Command(_) => None,
            };
        }
    }

    pub(super) async fn open_forward(
        &self,
        host: &str,
        port: u16,
    ) -> Result<Channel<Msg>, russh::Error> {
        // sshd(8) only logs where a forwarded connection comes from; ours comes from no socket.
        self.handle.channel_open_direct_tcpip(host, port.into(), "127.0.0.1", 0).await
    }

    /// A channel that the server connects to another host.
    pub(super) async fn forward(
        &self,
        to: &Endpoint,
        hop: &Endpoint,
    ) -> Result<Channel<Msg>, Error> {
        let opened = self.open_forward(&to.host, to.port).await;
        let address = host_and_port(to);
        Err(match opened {
            Ok(channel) => {
                self.update_host_keys().await;
                return Ok(channel);
            }
            Err(russh::Error::ChannelOpenFailure(ChannelOpenFailure::ConnectFailed)) => {
                let address = format!("{address} from {}", hop.destination);
                ReachError::Connect { address, why: "connect failed".into() }.into()
            }
            Err(russh::Error::ChannelOpenFailure(reason)) => {
                let why = refusal_words(reason);
                at_jump_host(hop, ReachError::NotForwarded { address, why }.into())
            }
            Err(_) => at_jump_host(hop, self.loss()),
        })
    }
}

/// Adds the hop to the failure, unless it names an earlier hop or belongs to none.
pub(super) fn at_jump_host(hop: &Endpoint, error: Error) -> Error {
    match error {
        Error::JumpHost { .. } | Error::Prompter(prompter::Error::Interrupted) => error,
        error => Error::JumpHost { hop: hop.destination.to_string(), error: Box::new(error) },
    }
}

/// The reasons of RFC 4254 section 5.1, in ssh's words.
pub(super) fn refusal_words(reason: ChannelOpenFailure) -> &'static str {
    use ChannelOpenFailure as Reason;
    match reason {
        Reason::AdministrativelyProhibited => "administratively prohibited",
        Reason::ConnectFailed => "connect failed",
        Reason::UnknownChannelType => "unknown channel type",
        Reason::ResourceShortage => "resource shortage",
        _ => "unknown reason",
    }
}

/// What a handshake needs, prepared before anything is sent to the host: there is no connection to
/// a host whose key could not be checked.
pub(super) struct Handshake {
    trust: Trust,
    config: Arc<client::Config>,
    endpoint: Arc<Endpoint>,
    credentials: Arc<Credentials>,
    notices: Notices,
    steps: Steps,
}

impl Handshake {
    /// `certificates` in place of those that known_hosts suggests.
    pub(super) async fn prepare(
        account: &Account,
        steps: &Steps,
        certificates: Option<Certificates>,
    ) -> Result<Self, Error> {
        let Account { endpoint, credentials, notices, .. } = account.clone();
        let steps = steps.clone();
        let (own, asker) = (endpoint.clone(), credentials.clone());
        let trust = Trust::new(own, asker, steps.clone(), notices.clone()).await?;
        let certificates = certificates.unwrap_or_else(|| trust.certificates());
        let config = config(&endpoint, &trust.known_algorithms(), certificates)?;
        Ok(Self { trust, config: Arc::new(config), endpoint, credentials, notices, steps })
    }

    pub(super) async fn over(self, route: Route) -> Result<Transport, Error> {
        let Self { mut trust, config, endpoint, credentials, notices, steps } = self;
        let Route { stream, address, mut beneath } = route;
        let said = Arc::new(Mutex::new(ServerSaid::default()));
        trust.reached(address);
        let host_key_update = HostKeyUpdate {
            names: trust.names(),
            usable: trust.usable(),
            endpoint: endpoint.clone(),
            credentials,
            notices: notices.clone(),
            steps: steps.clone(),
        };
        let agent = AgentForwarding::new(notices.clone());
        let about = (notices, endpoint.account());
        let client = Client::new(trust, steps.clone(), said.clone(), about, agent.clone());
        let (gate, keepalive) = (Gate::default(), config.keepalive_interval);
        let stream = ConnectionStream::new(stream, said.clone(), steps.clone(), gate.clone());
        steps.enter(Step::Identification);
        match steps.bound(client::connect_stream(config, stream, client)).await {
            Ok(Ok(handle)) => Ok(Transport {
                handle,
                address,
                said,
                agent,
                gate,
                keepalive,
                beneath,
                host_key_update,
            }),
            Ok(Err(error)) => {
                let error = explain(error, &endpoint, steps.current(), &said);
                let is_silent = matches!(
                    error,
                    Error::Connection(ConnectionError::Closed { step: Step::Identification, .. })
                );
                Err(match &mut beneath {
                    Beneath::Command(program) if is_silent => program.end().await.unwrap_or(error),
                    _ => error,
                })
            }
            Err(timeout) => Err(not_ssh(&endpoint, &said).map_or(timeout, Error::from)),
        }
    }
}

/// A failure of the connection as the server explains it, with the step in which it occurred.
fn explain(error: Error, endpoint: &Endpoint, step: Step, said: &Mutex<ServerSaid>) -> Error {
    let Error::Connection(error) = error else { return error };
    let ended = match error {
        ConnectionError::Closed { reason, .. } => ConnectionError::Closed { step, reason },
        ConnectionError::Protocol { why, .. } => ConnectionError::Protocol { step, why },
        ConnectionError::Corrupted { .. } => return ConnectionError::Corrupted { step }.into(),
        other => return other.into(),
    };
    if let Some(error) = not_ssh(endpoint, said) {
        return error.into();
    }
    match lock(said).disconnect.clone() {
        None => ended.into(),
        reason => ConnectionError::Closed { step, reason }.into(),
    }
}

/// The error, if the first bytes cannot be the start of an SSH connection.
fn not_ssh(endpoint: &Endpoint, said: &Mutex<ServerSaid>) -> Option<ReachError> {
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
    let sent = start_of(String::from_utf8_lossy(first).trim_end(), SHOWN_GREETING);
    let address = host_and_port(endpoint);
    Some(if TURNED_AWAY.contains(&sent.as_str()) {
        ReachError::TurnedAway { address, sent }
    } else {
        ReachError::NotSsh { address, sent }
    })
}
