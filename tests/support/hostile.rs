//! Loopback peers that are not what one hoped for: silent, talkative, gone, or no SSH servers at
//! all.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// A peer with one bad habit. It lets go of its port and its connections when this is dropped.
pub struct Hostile {
    port: u16,
    accepted: Arc<AtomicUsize>,
    gone: Arc<AtomicBool>,
}

impl Hostile {
    /// Accepts and never speaks.
    pub fn silent() -> Self {
        Self::with(hold)
    }

    /// Speaks, but not SSH: bytes of every value, zeros and newlines among them.
    pub fn garbage() -> Self {
        Self::with(|stream, gone| {
            let bytes: Vec<u8> = (0..=255_u8).rev().cycle().take(4096).collect();
            send(stream, gone, &bytes);
            hold(stream, gone);
        })
    }

    /// A web server.
    pub fn http() -> Self {
        Self::with(|stream, gone| {
            let answer =
                b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
            send(stream, gone, answer);
        })
    }

    /// Lines before the identification, which RFC 4253 section 4.2 allows, without ever coming to
    /// the identification.
    pub fn endless_banner() -> Self {
        Self::with(|stream, gone| while send(stream, gone, b"please hold the line\r\n") {})
    }

    /// One line that does not end.
    pub fn endless_line() -> Self {
        Self::with(|stream, gone| while send(stream, gone, &[b'a'; 1024]) {})
    }

    /// An OpenSSH 9.8 or later that has had too many connections or failures from here.
    pub fn turns_away() -> Self {
        Self::with(|stream, gone| {
            send(stream, gone, b"Not allowed at this time\r\n");
        })
    }

    /// Closes at once.
    pub fn closes() -> Self {
        Self::with(|_, _| ())
    }

    /// Says who it is, as a real server does, and nothing more.
    pub fn stalls_after_identification() -> Self {
        Self::with(|stream, gone| {
            send(stream, gone, b"SSH-2.0-OpenSSH_9.2\r\n");
            hold(stream, gone);
        })
    }

    /// Says who it is and hangs up in the key exchange.
    pub fn closes_after_identification() -> Self {
        Self::with(|stream, gone| {
            send(stream, gone, b"SSH-2.0-OpenSSH_9.2\r\n");
            // Closing with input unread would send a reset, which can overtake the identification.
            receive(stream, gone);
        })
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// How often somebody came in.
    pub fn accepted(&self) -> usize {
        self.accepted.load(Ordering::Relaxed)
    }

    fn with(habit: impl Fn(&mut TcpStream, &AtomicBool) + Send + Sync + 'static) -> Self {
        let listener =
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback takes a listener");
        let port = listener.local_addr().expect("a bound listener has an address").port();
        let (accepted, gone) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let peer = Self { port, accepted: Arc::clone(&accepted), gone: Arc::clone(&gone) };
        let habit = Arc::new(habit);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { continue };
                if gone.load(Ordering::Relaxed) {
                    return;
                }
                accepted.fetch_add(1, Ordering::Relaxed);
                // So that a habit looks again and again whether the test is over.
                for set in [TcpStream::set_read_timeout, TcpStream::set_write_timeout] {
                    set(&stream, Some(Duration::from_millis(50))).expect("50 ms is a timeout");
                }
                let (habit, gone) = (Arc::clone(&habit), Arc::clone(&gone));
                thread::spawn(move || habit(&mut stream, &gone));
            }
        });
        peer
    }
}

impl Drop for Hostile {
    fn drop(&mut self) {
        self.gone.store(true, Ordering::Relaxed);
        // One last connection takes the thread out of accept(2).
        let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port));
    }
}

/// Sends all of it, however slowly the client reads. False once the client or the test has left.
fn send(stream: &mut TcpStream, gone: &AtomicBool, mut words: &[u8]) -> bool {
    while !words.is_empty() {
        match stream.write(words) {
            _ if gone.load(Ordering::Relaxed) => return false,
            Ok(count) => words = &words[count..],
            Err(error) if has_timed_out(&error) => {}
            Err(_) => return false,
        }
    }
    true
}

/// Keeps the connection open without a word until the client or the test leaves.
fn hold(stream: &mut TcpStream, gone: &AtomicBool) {
    while receive(stream, gone) {}
}

/// Waits for input and drops it. False once the client or the test has left.
fn receive(stream: &mut TcpStream, gone: &AtomicBool) -> bool {
    loop {
        match stream.read(&mut [0; 4096]) {
            _ if gone.load(Ordering::Relaxed) => return false,
            Ok(count) => return count > 0,
            Err(error) if has_timed_out(&error) => {}
            Err(_) => return false,
        }
    }
}

fn has_timed_out(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut)
}

/// A port that refuses connections for as long as this lives: it is taken, and nobody listens.
pub struct Refusing {
    socket: tokio::net::TcpSocket,
}

impl Refusing {
    pub fn new() -> Self {
        let socket = tokio::net::TcpSocket::new_v4().expect("there are sockets");
        socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).expect("loopback takes a socket");
        Self { socket }
    }

    pub fn port(&self) -> u16 {
        self.socket.local_addr().expect("a bound socket has an address").port()
    }
}
