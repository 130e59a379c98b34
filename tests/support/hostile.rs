//! Loopback peers that misbehave: silent, talkative, gone, or not SSH servers at all.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// A peer with one bad habit. It closes its port and its connections when this is dropped.
pub struct Hostile {
    port: u16,
    accepted: Arc<AtomicUsize>,
    gone: Arc<AtomicBool>,
}

impl Hostile {
    /// Accepts connections and sends nothing.
    pub fn silent() -> Self {
        Self::with(hold)
    }

    /// Sends bytes of every value, zeros and newlines among them.
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

    /// Sends lines before the identification, which RFC 4253 section 4.2 allows, and never the
    /// identification.
    pub fn endless_banner() -> Self {
        Self::with(|stream, gone| while send(stream, gone, b"please hold the line\r\n") {})
    }

    /// Sends one line that does not end.
    pub fn endless_line() -> Self {
        Self::with(|stream, gone| while send(stream, gone, &[b'a'; 1024]) {})
    }

    /// An OpenSSH 9.8 or later that has seen too many connections or failures from this address.
    pub fn turns_away() -> Self {
        Self::with(|stream, gone| {
            send(stream, gone, b"Not allowed at this time\r\n");
        })
    }

    /// Closes at once.
    pub fn closes() -> Self {
        Self::with(|_, _| ())
    }

    /// Sends the identification of a real server and nothing more.
    pub fn stalls_after_identification() -> Self {
        Self::with(|stream, gone| {
            send(stream, gone, b"SSH-2.0-OpenSSH_9.2\r\n");
            hold(stream, gone);
        })
    }

    /// Sends the identification of a real server and hangs up in the key exchange.
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

    /// How many connections it has accepted.
    pub fn accepted(&self) -> usize {
        self.accepted.load(Ordering::Relaxed)
    }

    fn with(habit: impl Fn(&mut TcpStream, &AtomicBool) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("listen on loopback");
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
                // So that a habit notices the end of the test.
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
        // One last connection makes accept(2) return.
        let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port));
    }
}

/// Sends all of it, however slowly the client reads. False once the client or the test is gone.
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

/// Keeps the connection open, sending nothing, until the client or the test is gone.
fn hold(stream: &mut TcpStream, gone: &AtomicBool) {
    while receive(stream, gone) {}
}

/// Waits for input and drops it. False once the client or the test is gone.
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

/// A port that refuses connections while this lives: it is bound, and nothing listens on it.
pub struct Refusing {
    socket: tokio::net::TcpSocket,
}

impl Refusing {
    pub fn new() -> Self {
        let socket = tokio::net::TcpSocket::new_v4().expect("create a socket");
        socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).expect("bind to loopback");
        Self { socket }
    }

    pub fn port(&self) -> u16 {
        self.socket.local_addr().expect("a bound socket has an address").port()
    }
}
