//! From a host name to a TCP connection: its addresses, several at a time, until one answers.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpSocket, TcpStream};

use super::error::{Error, ReachError};
use super::step::Step;
use super::steps::Steps;
use crate::hosts::ssh_config::{AddressFamily, Endpoint};
use crate::text::io_reason;

/// Two connection attempts to different addresses of one name start this far apart: half of what
/// RFC 8305 recommends at most.
const NEXT_ADDRESS_AFTER: Duration = Duration::from_millis(250);

/// Connects to the host; `ConnectionAttempts` times, a second apart. The address is the one that
/// was called, as ssh shows and records it.
pub(super) async fn dial(
    endpoint: &Endpoint,
    steps: &Steps,
) -> Result<(TcpStream, SocketAddr), Error> {
    steps.enter(Step::Name);
    let addresses = steps.bound(resolve(endpoint)).await??;
    let source = steps.bound(Source::of(endpoint)).await??;
    steps.enter(Step::Connect);
    let mut attempt = 1;
    loop {
        match attempt_at(endpoint, steps, &source, &addresses).await {
            Ok(done) => return Ok(done),
            Err(error) if attempt >= endpoint.connection_attempts => return Err(error),
            Err(_) => {
                attempt += 1;
                tokio::time::sleep(Duration::from_secs(1)).await;
                steps.enter(Step::Connect);
            }
        }
    }
}

/// One attempt at all addresses, with the whole of `ConnectTimeout`, as in ssh.
async fn attempt_at(
    endpoint: &Endpoint,
    steps: &Steps,
    source: &Source,
    addresses: &[SocketAddr],
) -> Result<(TcpStream, SocketAddr), Error> {
    let mut failures = Vec::new();
    match steps.bound(first_to_answer(source, addresses, &mut failures)).await {
        Ok(Some(done)) => return Ok(done),
        Ok(None) => {}
        Err(timeout) if failures.is_empty() => return Err(timeout),
        Err(timeout) => {
            let silent = addresses
                .iter()
                .filter(|address| failures.iter().all(|(failed, _)| failed != *address));
            let silent: Vec<_> = silent.map(|address| (*address, timeout.to_string())).collect();
            failures.extend(silent);
        }
    }
    let (address, why) = (host_and_port(endpoint), reasons(&failures));
    Err(ReachError::Connect { address, why }.into())
}

/// `host:port`, as messages name it.
pub(super) fn host_and_port(endpoint: &Endpoint) -> String {
    let Endpoint { host, port, .. } = endpoint;
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

async fn resolve(endpoint: &Endpoint) -> Result<Vec<SocketAddr>, Error> {
    let failed = |why: String| ReachError::Resolve { host: endpoint.host.clone(), why };
    let found = tokio::net::lookup_host((endpoint.host.as_str(), endpoint.port))
        .await
        .map_err(|error| failed(io_reason(&error)))?;
    let addresses: Vec<_> = found
        .filter(|address| match endpoint.address_family {
            AddressFamily::Any => true,
            AddressFamily::Inet => address.is_ipv4(),
            AddressFamily::Inet6 => address.is_ipv6(),
        })
        .collect();
    if addresses.is_empty() {
        let kind = match endpoint.address_family {
            AddressFamily::Any => "",
            AddressFamily::Inet => " IPv4",
            AddressFamily::Inet6 => " IPv6",
        };
        return Err(failed(format!("it has no{kind} address")).into());
    }
    Ok(addresses)
}

/// Where connections start from.
#[derive(Clone, Default)]
struct Source {
    bind: Option<Arc<Bind>>,
    interface: Option<String>,
    keep_alive: bool,
}

/// BindAddress: a name may have an address of each family.
struct Bind {
    name: String,
    addresses: Vec<SocketAddr>,
}

impl Source {
    async fn of(endpoint: &Endpoint) -> Result<Self, Error> {
        let bind = match &endpoint.bind_address {
            Some(name) => {
                let failed = |why| ReachError::Connect {
                    address: host_and_port(endpoint),
                    why: format!("BindAddress {name:?}: {why}"),
                };
                let found = tokio::net::lookup_host((name.as_str(), 0))
                    .await
                    .map_err(|error| failed(io_reason(&error)))?;
                Some(Arc::new(Bind { name: name.clone(), addresses: found.collect() }))
            }
            None => None,
        };
        Ok(Self {
            bind,
            interface: endpoint.bind_interface.clone(),
            keep_alive: endpoint.tcp_keep_alive,
        })
    }

    async fn call(self, address: SocketAddr) -> Result<TcpStream, String> {
        let word = |error| io_reason(&error);
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }
            .map_err(word)?;
        socket.set_keepalive(self.keep_alive).map_err(word)?;
        if let Some(interface) = &self.interface {
            bind_to(&socket, interface)
                .map_err(|error| format!("BindInterface {interface:?}: {}", io_reason(&error)))?;
        }
        if let Some(bind) = &self.bind {
            let named = |why| format!("BindAddress {:?}: {why}", bind.name);
            let own = bind.addresses.iter().find(|own| own.is_ipv4() == address.is_ipv4());
            let own = own.ok_or_else(|| named("no address of the same family".into()))?;
            socket.bind(*own).map_err(|error| named(io_reason(&error)))?;
        }
        socket.connect(address).await.map_err(word)
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn bind_to(socket: &TcpSocket, interface: &str) -> io::Result<()> {
    socket.bind_device(Some(interface.as_bytes()))
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn bind_to(_: &TcpSocket, _: &str) -> io::Result<()> {
    Err(io::Error::other("not supported on this system"))
}

/// The first address that answers; each gets a head start over the next (RFC 8305, "happy
/// eyeballs"). Those that fail are added to `failures`, so that they are known even if the rest
/// time out.
async fn first_to_answer(
    source: &Source,
    addresses: &[SocketAddr],
    failures: &mut Vec<(SocketAddr, String)>,
) -> Option<(TcpStream, SocketAddr)> {
    let mut tries = tokio::task::JoinSet::new();
    let mut waiting = addresses.iter().copied();
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
            return None;
        }
        tokio::select! {
            Some(done) = tries.join_next() => match done {
                Ok((address, Ok(stream))) => return Some((stream, address)),
                Ok((address, Err(why))) => failures.push((address, why)),
                Err(_) => {}
            },
            () = tokio::time::sleep(NEXT_ADDRESS_AFTER), if more => {}
        }
    }
}

/// One reason if it is the same for all addresses, else each with its own.
fn reasons(failures: &[(SocketAddr, String)]) -> String {
    match failures {
        [] => "no address".into(),
        [(_, why), rest @ ..] if rest.iter().all(|(_, other)| other == why) => why.clone(),
        all => all
            .iter()
            .map(|(address, why)| format!("{} {why}", address.ip()))
            .collect::<Vec<_>>()
            .join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A port whose queue is full: connections to it wait.
    async fn silent(address: &str) -> (SocketAddr, Vec<TcpStream>, tokio::net::TcpListener) {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(address.parse().unwrap()).unwrap();
        let listener = socket.listen(1).unwrap();
        let address = listener.local_addr().unwrap();
        let mut queue = Vec::new();
        while let Ok(stream) =
            tokio::time::timeout(Duration::from_millis(200), TcpStream::connect(address)).await
        {
            queue.push(stream.unwrap());
        }
        (address, queue, listener)
    }

    /// A port that is in use, but on which nothing listens.
    fn refusing(address: &str) -> (SocketAddr, TcpSocket) {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(address.parse().unwrap()).unwrap();
        (socket.local_addr().unwrap(), socket)
    }

    #[tokio::test]
    async fn a_living_address_is_found_behind_dead_and_silent_ones() {
        let (silent, _queue, _listener) = silent("127.0.0.1:0").await;
        let (refusing, _socket) = refusing("127.0.0.1:0");
        let living = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let living = (living.local_addr().unwrap(), living);
        let (source, addresses, mut failures) =
            (Source::default(), [refusing, silent, living.0], Vec::new());
        let call = first_to_answer(&source, &addresses, &mut failures);
        let (stream, address) =
            tokio::time::timeout(Duration::from_secs(10), call).await.unwrap().unwrap();
        assert_eq!((stream.peer_addr().unwrap(), address), (living.0, living.0));
        assert_eq!(failures, [(refusing, "connection refused".to_owned())]);
    }

    #[tokio::test]
    async fn refused_addresses_are_known_when_the_time_runs_out() {
        let (silent, _queue, _listener) = silent("127.0.0.1:0").await;
        let (refusing, _socket) = refusing("127.0.0.1:0");
        let (source, addresses, mut failures) = (Source::default(), [silent, refusing], Vec::new());
        let call = first_to_answer(&source, &addresses, &mut failures);
        assert!(tokio::time::timeout(Duration::from_secs(2), call).await.is_err());
        assert_eq!(failures, [(refusing, "connection refused".to_owned())]);
    }

    #[tokio::test]
    async fn the_bind_address_is_of_the_family_that_is_connected_to() {
        let bind = |addresses: &[&str]| {
            let addresses = addresses.iter().map(|address| address.parse().unwrap()).collect();
            Source {
                bind: Some(Arc::new(Bind { name: "own".into(), addresses })),
                ..Source::default()
            }
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let there = listener.local_addr().unwrap();
        let stream = bind(&["[::1]:0", "127.0.0.2:0"]).call(there).await.unwrap();
        assert_eq!(stream.local_addr().unwrap().ip().to_string(), "127.0.0.2");
        let error = bind(&["[::1]:0"]).call(there).await.unwrap_err();
        assert_eq!(error, "BindAddress \"own\": no address of the same family");
    }

    #[test]
    fn one_reason_is_given_once_and_several_with_their_addresses() {
        let failure = |address: &str, why: &str| (address.parse().unwrap(), why.to_owned());
        assert_eq!(
            reasons(&[
                failure("[::1]:22", "connection refused"),
                failure("127.0.0.1:22", "connection refused")
            ]),
            "connection refused"
        );
        assert_eq!(
            reasons(&[
                failure("[::1]:22", "network is unreachable"),
                failure("127.0.0.1:22", "connection refused")
            ]),
            "::1 network is unreachable, 127.0.0.1 connection refused"
        );
    }
}
