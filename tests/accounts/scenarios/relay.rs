//! A relay between a client and a server on loopback that cuts the connection after so many bytes
//! from the client.

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

pub struct Relay {
    port: u16,
    gone: Arc<AtomicBool>,
    pieces: Arc<Mutex<Vec<usize>>>,
}

impl Relay {
    /// To the server at `port`: lets `limit` bytes of each connection through to it, and not one
    /// more.
    pub fn new(port: u16, limit: usize) -> Self {
        let listener =
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback takes a listener");
        let relay = Self {
            port: listener.local_addr().expect("a bound listener has an address").port(),
            gone: Arc::default(),
            pieces: Arc::default(),
        };
        let (gone, pieces) = (Arc::clone(&relay.gone), Arc::clone(&relay.pieces));
        thread::spawn(move || {
            for client in listener.incoming() {
                if gone.load(Ordering::Relaxed) {
                    return;
                }
                let (Ok(client), Ok(server)) =
                    (client, TcpStream::connect((Ipv4Addr::LOCALHOST, port)))
                else {
                    continue;
                };
                for stream in [&client, &server] {
                    stream.set_nodelay(true).expect("a TCP socket");
                }
                let (from_server, to_client) =
                    (server.try_clone().unwrap(), client.try_clone().unwrap());
                thread::spawn(move || pass(from_server, to_client, usize::MAX, |_| ()));
                let pieces = Arc::clone(&pieces);
                thread::spawn(move || {
                    pass(client, server, limit, |length| pieces.lock().unwrap().push(length))
                });
            }
        });
        relay
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// The lengths of what came from the client in one go: it writes a packet or several at a time.
    pub fn pieces(&self) -> Vec<usize> {
        self.pieces.lock().unwrap().clone()
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.gone.store(true, Ordering::Relaxed);
        // One last connection takes the thread out of accept(2).
        let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port));
    }
}

/// Until either end is gone, or `limit` bytes are through; then both are.
fn pass(mut from: TcpStream, mut to: TcpStream, limit: usize, seen: impl Fn(usize)) {
    let mut buffer = [0; 65536];
    let mut left = limit;
    while left > 0 {
        let room = buffer.len().min(left);
        match from.read(&mut buffer[..room]) {
            Ok(0) => break,
            Ok(length) => {
                seen(length);
                if to.write_all(&buffer[..length]).is_err() {
                    break;
                }
                left -= length;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => break,
        }
    }
    // Whoever went first has closed its own side already.
    let _ = (to.shutdown(Shutdown::Both), from.shutdown(Shutdown::Both));
}
