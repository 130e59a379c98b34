//! A relay between a client and a server on loopback that cuts the connection after a given number
//! of bytes from the client.

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
    /// To the server at `port`: lets exactly `limit` bytes of each connection through.
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

    /// The lengths of what each read from the client returned: it writes one or more packets at a
    /// time.
    pub fn pieces(&self) -> Vec<usize> {
        self.pieces.lock().unwrap().clone()
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.gone.store(true, Ordering::Relaxed);
        // One last connection makes accept(2) return.
        let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port));
    }
}

/// Until either end is closed, or `limit` bytes are through; then closes both.
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
    // The end that closed first has already closed its own side.
    let _ = (to.shutdown(Shutdown::Both), from.shutdown(Shutdown::Both));
}
