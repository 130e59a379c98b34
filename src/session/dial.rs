//! From a host name to a stream: its addresses, several of them at a time, until one answers.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::net::{TcpSocket, TcpStream};

use super::Error;
use super::steps::{Step, Steps};
use crate::ssh_config::{AddressFamily, Endpoint};

/// Two connection attempts to different addresses of one name start this far apart: half of what RFC 8305 recommends at most.
const NEXT_ADDRESS_AFTER: Duration = Duration::from_millis(250);

/// Connects to the host; `ConnectionAttempts` times, a second apart.
pub(super) async fn dial(endpoint: &Endpoint, steps: &Steps) -> Result<TcpStream, Error> {
    steps.enter(Step::Name);
    let addresses = steps.bound(resolve(endpoint)).await??;
    let source = steps.bound(Source::of(endpoint)).await??;
    steps.enter(Step::Connect);
    let mut attempt = 1;
    loop {
        // The time limit is for each attempt, as for ssh.
        match steps.bound(first_to_answer(endpoint, &source, &addresses)).await.and_then(|answer| answer) {
            Ok(stream) => return Ok(stream),
            Err(error) if attempt >= endpoint.connection_attempts => return Err(error),
            Err(_) => {
                attempt += 1;
                tokio::time::sleep(Duration::from_secs(1)).await;
                steps.enter(Step::Connect);
            }
        }
    }
}

/// `host:port` as messages name it.
pub(super) fn place(endpoint: &Endpoint) -> String {
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

/// Where connections start from.
#[derive(Clone)]
struct Source {
    address: Option<IpAddr>,
    interface: Option<String>,
    keep_alive: bool,
}

impl Source {
    async fn of(endpoint: &Endpoint) -> Result<Self, Error> {
        let address = match &endpoint.bind_address {
            Some(name) => Some(bind_address(endpoint, name).await?),
            None => None,
        };
        Ok(Self { address, interface: endpoint.bind_interface.clone(), keep_alive: endpoint.tcp_keep_alive })
    }

    async fn call(self, address: SocketAddr) -> io::Result<TcpStream> {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        socket.set_keepalive(self.keep_alive)?;
        if let Some(interface) = &self.interface {
            bind_to(&socket, interface)?;
        }
        if let Some(own) = self.address {
            socket.bind(SocketAddr::new(own, 0))?;
        }
        socket.connect(address).await
    }
}

/// BindAddress may be a name, as for ssh.
async fn bind_address(endpoint: &Endpoint, name: &str) -> Result<IpAddr, Error> {
    let failed = |why: String| Error::Connect { address: place(endpoint), why: format!("BindAddress {name:?}: {why}") };
    let mut found = tokio::net::lookup_host((name, 0)).await.map_err(|error| failed(io_word(&error)))?;
    found.next().map(|address| address.ip()).ok_or_else(|| failed("it has no address".into()))
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn bind_to(socket: &TcpSocket, interface: &str) -> io::Result<()> {
    let named = |error: io::Error| io::Error::new(error.kind(), format!("BindInterface {interface:?}: {}", io_word(&error)));
    socket.bind_device(Some(interface.as_bytes())).map_err(named)
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn bind_to(_: &TcpSocket, interface: &str) -> io::Result<()> {
    Err(io::Error::other(format!("BindInterface {interface:?}: this system has no way to do it")))
}

/// The first address that answers; each gets a head start over the next (RFC 8305, "happy eyeballs").
async fn first_to_answer(endpoint: &Endpoint, source: &Source, addresses: &[SocketAddr]) -> Result<TcpStream, Error> {
    let mut tries = tokio::task::JoinSet::new();
    let mut waiting = addresses.iter().copied();
    let mut failures: Vec<(SocketAddr, String)> = Vec::new();
    let mut more = true;
    loop {
        if more {
            match waiting.next() {
                Some(address) => {
                    let call = source.clone().call(address);
                    tries.spawn(async move { (address, call.await) });
                }
                None => more = false,
            }
        }
        if tries.is_empty() && !more {
            return Err(Error::Connect { address: place(endpoint), why: reasons(&failures) });
        }
        tokio::select! {
            Some(done) = tries.join_next() => match done {
                Ok((_, Ok(stream))) => return Ok(stream),
                Ok((address, Err(error))) => failures.push((address, io_word(&error))),
                Err(_) => {}
            },
            () = tokio::time::sleep(NEXT_ADDRESS_AFTER), if more => {}
        }
    }
}

/// One reason where all addresses have the same, else each with its own.
fn reasons(failures: &[(SocketAddr, String)]) -> String {
    match failures {
        [] => "no address".into(),
        [(_, why), rest @ ..] if rest.iter().all(|(_, other)| other == why) => why.clone(),
        all => all.iter().map(|(address, why)| format!("{} {why}", address.ip())).collect::<Vec<_>>().join(", "),
    }
}

/// The system's words without Rust's "(os error 111)", as a part of a sentence.
pub(super) fn io_word(error: &io::Error) -> String {
    let text = error.to_string();
    let words = text.split(" (os error").next().unwrap_or(&text);
    // Names that stand in front (BindInterface) keep their spelling.
    match words.split_once(' ') {
        Some((first, rest)) if first.chars().skip(1).all(char::is_lowercase) => format!("{} {rest}", first.to_lowercase()),
        _ => words.to_owned(),
    }
}
