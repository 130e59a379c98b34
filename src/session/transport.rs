//! From an endpoint to an encrypted connection with a trusted server: addresses in turn, identification, key exchange, host key.

use std::borrow::Cow;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use russh::client::{self, ChannelOpenHandle, DisconnectReason, Handle, Msg};
use russh::keys::PublicKeyOrCertificate;
use russh::{Channel, Preferred};
use ssh_key::{Algorithm, EcdsaCurve, HashAlg};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpSocket, TcpStream};

use super::Error;
use super::host_key::Trust;
use super::steps::{Step, Steps};
use super::{Notices, lock};
use crate::credentials::Credentials;
use crate::ssh_config::{AddressFamily, Endpoint};

/// What a server may say before its identification, for the message that shows it. RFC 4253 section 4.2 allows 255 bytes a line.
const SHOWN_GREETING: usize = 80;

/// Two connection attempts to different addresses of one name start this far apart: half of what RFC 8305 recommends at most.
const NEXT_ADDRESS_AFTER: Duration = Duration::from_millis(250);

/// An encrypted connection whose server is trusted; nobody is logged in yet.
pub(super) struct Transport {
    pub(super) handle: Handle<Client>,
    pub(super) peer: SocketAddr,
    pub(super) said: Arc<Mutex<ServerSaid>>,
}

/// What the server let us know outside the replies to our requests.
#[derive(Default)]
pub(super) struct ServerSaid {
    /// The first bytes of the connection.
    greeting: Vec<u8>,
    /// The text of a disconnect message.
    pub(super) disconnect: Option<String>,
    /// How the connection broke off, where no such message came.
    broken: Option<Error>,
}

impl ServerSaid {
    /// The identification line, cut to printable characters; empty where there was none.
    pub(super) fn identification(&self) -> String {
        let lines = self.greeting.split(|&byte| byte == b'\n');
        let line = lines.into_iter().find(|line| line.starts_with(b"SSH-")).unwrap_or_default();
        line.iter().filter(|byte| (b' '..=b'~').contains(byte)).map(|&byte| char::from(byte)).collect()
    }

    /// Why a connection that was in use is gone.
    pub(super) fn loss(&mut self) -> Error {
        match (self.disconnect.clone(), self.broken.take()) {
            (None, Some(Error::Protocol { why, .. })) => match closed(&why) {
                Some(reason) => Error::Lost { reason },
                None => Error::Protocol { step: Step::Command, why },
            },
            (None, Some(error)) => error,
            (reason, _) => Error::Lost { reason },
        }
    }
}

/// Reaches the server and checks its key.
pub(super) async fn connect(
    endpoint: &Arc<Endpoint>,
    credentials: &Arc<Credentials>,
    steps: &Steps,
    notices: &Notices,
) -> Result<Transport, Error> {
    // Before the host hears of us: what cannot be judged is not called.
    let mut trust = Trust::new(endpoint.clone(), credentials.clone(), steps.clone(), notices.clone())?;
    steps.enter(Step::Name);
    let addresses = steps.bound(resolve(endpoint)).await??;
    steps.enter(Step::Connect);
    let mut attempt = 1;
    let stream = loop {
        match steps.bound(first_to_answer(endpoint, &addresses)).await? {
            Ok(stream) => break stream,
            Err(error) if attempt >= endpoint.connection_attempts => return Err(error),
            Err(_) => {
                attempt += 1;
                tokio::time::sleep(Duration::from_secs(1)).await;
                steps.enter(Step::Connect);
            }
        }
    };
    let failed = |error: io::Error| Error::Connect { address: place(endpoint), why: io_word(&error) };
    let peer = stream.peer_addr().map_err(failed)?;
    stream.set_nodelay(true).map_err(failed)?;

    let said = Arc::new(Mutex::new(ServerSaid::default()));
    trust.reached(peer.ip());
    let config = Arc::new(config(endpoint, &trust.known_algorithms()));
    let client = Client { trust, steps: steps.clone(), said: said.clone(), notices: notices.clone() };
    let stream = Recorded { stream, said: said.clone(), steps: steps.clone() };
    steps.enter(Step::Identification);
    let handle = match steps.bound(client::connect_stream(config, stream, client)).await {
        Ok(Ok(handle)) => handle,
        Ok(Err(error)) => return Err(explain(error, endpoint, steps.current(), &said)),
        Err(timeout) => return Err(not_ssh(endpoint, &said).unwrap_or(timeout)),
    };
    Ok(Transport { handle, peer, said })
}

/// `host:port` as messages name it.
fn place(endpoint: &Endpoint) -> String {
    match endpoint.host.contains(':') {
        true => format!("[{}]:{}", endpoint.host, endpoint.port),
        false => format!("{}:{}", endpoint.host, endpoint.port),
    }
}

async fn resolve(endpoint: &Endpoint) -> Result<Vec<SocketAddr>, Error> {
    let failed = |why: String| Error::Resolve { host: endpoint.host.clone(), why };
    let found = tokio::net::lookup_host((endpoint.host.as_str(), endpoint.port)).await.map_err(|error| failed(io_word(&error)))?;
    let addresses: Vec<_> = found
        .filter(|address| match endpoint.address_family {
            AddressFamily::Any => true,
            AddressFamily::Inet => address.is_ipv4(),
            AddressFamily::Inet6 => address.is_ipv6(),
        })
        .collect();
    match addresses.is_empty() {
        true => Err(failed("no address of the wanted family".into())),
        false => Ok(addresses),
    }
}

/// The first address that answers; each gets a head start over the next (RFC 8305, "happy eyeballs").
async fn first_to_answer(endpoint: &Endpoint, addresses: &[SocketAddr]) -> Result<TcpStream, Error> {
    let bind = match &endpoint.bind_address {
        Some(text) => Some(
            text.parse::<IpAddr>()
                .map_err(|_| Error::Connect { address: place(endpoint), why: format!("BindAddress {text:?} is not an address") })?,
        ),
        None => None,
    };
    let mut tries = tokio::task::JoinSet::new();
    let mut waiting = addresses.iter().copied();
    let mut last = None;
    let mut more = true;
    loop {
        if more {
            match waiting.next() {
                Some(address) => drop(tries.spawn(dial(address, bind, endpoint.tcp_keep_alive))),
                None => more = false,
            }
        }
        if tries.is_empty() && !more {
            break;
        }
        tokio::select! {
            Some(done) = tries.join_next() => match done {
                Ok(Ok(stream)) => return Ok(stream),
                Ok(Err(error)) => last = Some(error),
                Err(_) => {}
            },
            () = tokio::time::sleep(NEXT_ADDRESS_AFTER), if more => {}
        }
    }
    let why = last.map_or_else(|| "no address".to_owned(), |error| io_word(&error));
    Err(Error::Connect { address: place(endpoint), why })
}

async fn dial(address: SocketAddr, bind: Option<IpAddr>, keep_alive: bool) -> io::Result<TcpStream> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_keepalive(keep_alive)?;
    if let Some(bind) = bind {
        socket.bind(SocketAddr::new(bind, 0))?;
    }
    socket.connect(address).await
}

/// The system's words without Rust's "(os error 111)".
fn io_word(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_lowercase()
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

/// Whether russh's words stand for an end of the connection rather than for a breach of the protocol, and the system's words for it.
fn closed(why: &str) -> Option<Option<String>> {
    match why {
        // The last is tokio's, for a connection that ends inside a packet's first bytes.
        "Disconnected" | "Connection closed by the remote side" | "early eof" => Some(None),
        _ => why.split_once(" (os error").map(|(words, _)| Some(words.to_owned())),
    }
}

/// The failure, if what came first cannot be the start of an SSH connection.
fn not_ssh(endpoint: &Endpoint, said: &Mutex<ServerSaid>) -> Option<Error> {
    let said = lock(said);
    // Lines before the identification are allowed, so the last whole line decides.
    let identified = said.greeting.split(|&byte| byte == b'\n').any(|line| line.starts_with(b"SSH-2.0-") || line.starts_with(b"SSH-1.99-"));
    if identified || said.greeting.is_empty() {
        return None;
    }
    let first = said.greeting.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let sent = String::from_utf8_lossy(first).trim_end().chars().take(SHOWN_GREETING).collect();
    Some(Error::NotSsh { address: place(endpoint), sent })
}

/// Modern algorithms only, the host key types already known first, and no SHA-1 anywhere.
fn config(endpoint: &Endpoint, known: &[Algorithm]) -> client::Config {
    let sha2 = |hash| Algorithm::Rsa { hash: Some(hash) };
    let mut key = vec![
        Algorithm::Ed25519,
        Algorithm::Ecdsa { curve: EcdsaCurve::NistP256 },
        Algorithm::Ecdsa { curve: EcdsaCurve::NistP384 },
        Algorithm::Ecdsa { curve: EcdsaCurve::NistP521 },
        sha2(HashAlg::Sha512),
        sha2(HashAlg::Sha256),
    ];
    // Stable: within known and unknown the order above stays.
    // One RSA key serves both of its signature algorithms.
    let same = |a: &Algorithm, b: &Algorithm| a == b || matches!((a, b), (Algorithm::Rsa { .. }, Algorithm::Rsa { .. }));
    key.sort_by_key(|algorithm| !known.iter().any(|known| same(known, algorithm)));
    client::Config {
        preferred: Preferred { key: Cow::Owned(key), compression: Cow::Owned(vec![russh::compression::NONE]), ..Preferred::DEFAULT },
        keepalive_interval: (!endpoint.server_alive_interval.is_zero()).then_some(endpoint.server_alive_interval),
        keepalive_max: endpoint.server_alive_count_max as usize,
        ..client::Config::default()
    }
}

/// A stream that remembers how the server greeted us.
struct Recorded {
    stream: TcpStream,
    said: Arc<Mutex<ServerSaid>>,
    steps: Steps,
}

/// Enough for the greeting lines that RFC 4253 section 4.2 allows in practice; what follows is not kept.
const GREETING_KEPT: usize = 8 * 1024;

impl AsyncRead for Recorded {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        if self.steps.current() == Step::Identification {
            let mut said = lock(&self.said);
            let room = GREETING_KEPT.saturating_sub(said.greeting.len());
            let new = &buffer.filled()[before..];
            said.greeting.extend_from_slice(&new[..new.len().min(room)]);
            let identified =
                said.greeting.split_inclusive(|&byte| byte == b'\n').any(|line| line.starts_with(b"SSH-") && line.ends_with(b"\n"));
            drop(said);
            if identified {
                self.steps.enter(Step::KeyExchange);
            }
        }
        polled
    }
}

impl AsyncWrite for Recorded {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, data)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// Our side of russh's callbacks: judges the host key, keeps the server's words, and lets it open nothing.
pub(super) struct Client {
    trust: Trust,
    steps: Steps,
    said: Arc<Mutex<ServerSaid>>,
    notices: Notices,
}

impl client::Handler for Client {
    type Error = Error;

    async fn check_server_key(&mut self, key: &PublicKeyOrCertificate) -> Result<bool, Error> {
        self.steps.enter(Step::HostKey);
        match key {
            PublicKeyOrCertificate::PublicKey { key, .. } => self.trust.check(key).await.map(|()| true),
            // No certificate algorithm is offered, so a server that sends one breaks the protocol.
            PublicKeyOrCertificate::Certificate(_) => Ok(false),
        }
    }

    async fn auth_banner(&mut self, banner: &str, _: &mut client::Session) -> Result<(), Error> {
        self.notices.banner(banner);
        Ok(())
    }

    async fn disconnected(&mut self, reason: DisconnectReason<Error>) -> Result<(), Error> {
        match reason {
            DisconnectReason::ReceivedDisconnect(info) => {
                lock(&self.said).disconnect = Some(info.message);
                Ok(())
            }
            DisconnectReason::Error(error) => {
                lock(&self.said).broken = Some(error);
                Ok(())
            }
        }
    }

    // russh accepts what a server opens unless told otherwise; nothing here was asked for. A dropped handle refuses.

    async fn server_channel_open_forwarded_tcpip(
        &mut self,
        _: Channel<Msg>,
        _: &str,
        _: u32,
        _: &str,
        _: u32,
        _: ChannelOpenHandle,
        _: &mut client::Session,
    ) -> Result<(), Error> {
        Ok(())
    }

    async fn server_channel_open_forwarded_streamlocal(
        &mut self,
        _: Channel<Msg>,
        _: &str,
        _: ChannelOpenHandle,
        _: &mut client::Session,
    ) -> Result<(), Error> {
        Ok(())
    }

    async fn server_channel_open_agent_forward(
        &mut self,
        _: Channel<Msg>,
        _: ChannelOpenHandle,
        _: &mut client::Session,
    ) -> Result<(), Error> {
        Ok(())
    }

    async fn server_channel_open_session(&mut self, _: Channel<Msg>, _: ChannelOpenHandle, _: &mut client::Session) -> Result<(), Error> {
        Ok(())
    }

    async fn server_channel_open_direct_tcpip(
        &mut self,
        _: Channel<Msg>,
        _: &str,
        _: u32,
        _: &str,
        _: u32,
        _: ChannelOpenHandle,
        _: &mut client::Session,
    ) -> Result<(), Error> {
        Ok(())
    }

    async fn server_channel_open_direct_streamlocal(
        &mut self,
        _: Channel<Msg>,
        _: &str,
        _: ChannelOpenHandle,
        _: &mut client::Session,
    ) -> Result<(), Error> {
        Ok(())
    }

    async fn server_channel_open_x11(
        &mut self,
        _: Channel<Msg>,
        _: &str,
        _: u32,
        _: ChannelOpenHandle,
        _: &mut client::Session,
    ) -> Result<(), Error> {
        Ok(())
    }
}
