//! An account that the home's own key logs in to, and another key to install there.

use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

pub use crate::server::Server;
use crate::support::process::Finished;
use crate::support::{Account, Home, Run};

/// Longer than any script that lost its connection.
use crate::support::SOON;

pub struct Site {
    home: Home,
    pub account: Account,
    pub server: Server,
    pub key: PathBuf,
}

impl Site {
    pub fn new(serve: impl FnOnce(&Account) -> Server) -> Self {
        let (home, account) = (Home::new(), Account::new("/bin/sh"));
        let server = serve(&account);
        home.key("ed25519", "id_ed25519");
        let key = home.key("ed25519", "new");
        // For any port that a relay has.
        home.know(&server.known_hosts().replace(&format!("[127.0.0.1]:{}", server.port()), "here"));
        Self { home, account, server, key }
    }

    pub fn sshd() -> Self {
        Self::new(|_| Server::sshd())
    }

    pub fn dropbear() -> Self {
        Self::new(|_| Server::dropbear())
    }

    /// The file as it is before: its last line has no newline, so that a newline and a line are
    /// added in one write.
    pub fn before(&self) -> String {
        fs::read_to_string(self.home.ssh().join("id_ed25519.pub")).unwrap() + "# last words"
    }

    pub fn after(&self) -> String {
        format!(
            "{}\n{}",
            self.before(),
            fs::read_to_string(self.key.with_extension("pub")).unwrap()
        )
    }

    pub fn file(&self) -> String {
        fs::read_to_string(self.account.authorized_keys()).unwrap()
    }

    /// `sshk copy-id` of the key through `port`. The file is named, so that one request is enough.
    pub fn copy_id(&self, port: u16, options: &[&str]) -> Run {
        let run = self.home.sshk([
            "copy-id",
            "--no-verify",
            "-f",
            "-t",
            ".ssh/authorized_keys",
            "-o",
            "HostKeyAlias=here",
            "-i",
        ]);
        run.arg(&self.key)
            .args(options)
            .arg(format!("ssh://{}@127.0.0.1:{port}", self.account.name()))
    }

    /// Waits until nothing is left of the connection, on the server or in the account.
    pub fn settle(&self) {
        let until = Instant::now() + SOON;
        while self.serves_a_connection() || self.account.is_busy() {
            assert!(
                Instant::now() < until,
                "something of the connection is still there after {SOON:?}"
            );
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// Whether a connection is still served, or its process still runs.
    fn serves_a_connection(&self) -> bool {
        let id = self.server.id();
        !fs::read_to_string(format!("/proc/{id}/task/{id}/children"))
            .expect("our own server runs")
            .trim()
            .is_empty()
    }

    /// What is wrong with the file or with the report about it; the file is reset to `before`.
    pub fn judge(&self, said: &Finished) -> Result<Held, String> {
        let held = match self.file() {
            file if file == self.before() => Held::Old,
            file if file == self.after() => Held::Whole,
            file => return Err(format!("the file holds {file:?}")),
        };
        let words = said.err();
        let is_true = match said.code() {
            0 => {
                held == Held::Whole
                    && words.contains(
                        ": installed in ~/.ssh/authorized_keys (its last line had no newline",
                    )
            }
            1 if words.contains("the line may or may not be in the file") => true,
            1 => held == Held::Old && words.starts_with("sshk: error: "),
            _ => false,
        };
        if is_true {
            Ok(held)
        } else {
            Err(format!("{held:?}, and yet sshk ended with {} and said {words}", said.code()))
        }
    }
}

/// The file after a run that was cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    Old,
    Whole,
}
