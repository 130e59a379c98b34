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
    steps.enter(Step::Connect);
    let mut attempt = 1;
    loop {
        match steps.bound(first_to_answer(endpoint, &addresses)).await? {
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
                Some(address) => drop(tries.spawn(call(address, bind, endpoint.tcp_keep_alive))),
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

async fn call(address: SocketAddr, bind: Option<IpAddr>, keep_alive: bool) -> io::Result<TcpStream> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_keepalive(keep_alive)?;
    if let Some(bind) = bind {
        socket.bind(SocketAddr::new(bind, 0))?;
    }
    socket.connect(address).await
}

/// The system's words without Rust's "(os error 111)".
pub(super) fn io_word(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_lowercase()
}
