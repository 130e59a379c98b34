//! A bit that flips on the way: told from a server that closes the connection. The network does not
//! do it when a test needs it, so a relay between sshk and a real sshd does.

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::keys::public;
use crate::support::{Home, SOON, Sshd};

/// SSH_MSG_NEWKEYS (RFC 4253, section 7.3), behind the packet's length and padding length.
const NEWKEYS: u8 = 21;

/// Passes everything on between a client and the server, and flips the last bit that it reads from
/// the server after it was told to.
struct Relay {
    port: u16,
    flips: Arc<AtomicBool>,
}

impl Relay {
    /// `at_once`: the first packet that is encrypted.
    fn start(server: u16, at_once: bool) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let flips = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&flips);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let server = TcpStream::connect((Ipv4Addr::LOCALHOST, server)).unwrap();
                let (from, to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
                thread::spawn(move || pass(from, to, |_| {}));
                let flag = Arc::clone(&flag);
                thread::spawn(move || {
                    pass(server, client, move |bytes| {
                        if flag.swap(false, Ordering::SeqCst) {
                            *bytes.last_mut().unwrap() ^= 1;
                        }
                        // It is the last packet of its kind that goes unencrypted, and comes with
                        // the server's half of the key exchange.
                        let ends =
                            bytes.windows(6).any(|it| it[..4] == [0, 0, 0, 12] && it[5] == NEWKEYS);
                        if at_once && ends {
                            flag.store(true, Ordering::SeqCst);
                        }
                    });
                });
            }
        });
        Self { port, flips }
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream, mut change: impl FnMut(&mut [u8])) {
    let mut buffer = [0; 65536];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        change(&mut buffer[..count]);
        if to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}

struct Site {
    home: Home,
    sshd: Sshd,
}

impl Site {
    fn new() -> Self {
        let (home, sshd) = (Home::new(), Sshd::builder().start());
        sshd.authorize(&public(&home.key("ed25519", "id_ed25519")));
        let key = sshd.host_key("ed25519");
        home.know(&format!("* {key}\n"));
        Self { home, sshd }
    }

    fn connect(
        &self,
        relay: &Relay,
        cipher: &str,
        command: &str,
    ) -> crate::support::process::Running {
        let to = format!("ssh://{}@127.0.0.1:{}", self.sshd.user(), relay.port);
        let cipher = format!("Ciphers={cipher}");
        self.home.sshk(["connect", "-F", "none", "-o", &cipher, &to, command]).start()
    }
}

const CIPHERS: [&str; 3] =
    ["aes256-gcm@openssh.com", "chacha20-poly1305@openssh.com", "aes128-ctr"];

#[track_caller]
fn says_so(said: &str) {
    let (head, tail) = (
        "corrupted MAC on input during ",
        ": what the server sent was changed on its way, so sshk closed the connection\nsshk: hint: \
        try again; ",
    );
    assert!(said.contains(head) && said.contains(tail), "{said}");
}

#[test]
fn a_bit_flipped_during_the_login_is_no_closed_connection() {
    let site = Site::new();
    for cipher in CIPHERS {
        let relay = Relay::start(site.sshd.port(), true);
        says_so(site.connect(&relay, cipher, "true").finish().expect(255).err());
    }
}

#[test]
fn a_bit_flipped_during_a_command_is_no_closed_connection() {
    let site = Site::new();
    for cipher in CIPHERS {
        let relay = Relay::start(site.sshd.port(), false);
        let (begun, go) = (site.home.join(format!("begun-{cipher}")), site.home.join(cipher));
        let command = format!(
            "touch {}; until test -e {}; do sleep 0.1; done; echo hi; sleep 5",
            begun.display(),
            go.display()
        );
        let running = site.connect(&relay, cipher, &command);
        let until = Instant::now() + SOON;
        while !begun.exists() {
            assert!(Instant::now() < until, "the command does not start");
            thread::sleep(Duration::from_millis(5));
        }
        relay.flips.store(true, Ordering::SeqCst);
        fs::write(go, "").unwrap();
        says_so(running.finish().expect(255).err());
    }
}
