//! Logging in: certificates of users and hosts, several proofs in a row, questions, agents, and how
//! many tries a server allows.

mod agents;
mod algorithms;
mod bound_keys;
mod chains;
mod host_certificates;
mod many_keys;
mod mock_agent;
mod questions;
mod server_texts;
mod unusable_keys;
mod user_certificates;

use std::path::{Path, PathBuf};

use crate::keys::with;
use crate::support::oracle::ssh_keygen;
use crate::support::{Home, Run, Sshd};

/// A home with a known server, where the user who runs the tests logs in.
struct Site {
    home: Home,
    sshd: Sshd,
}

impl Site {
    fn new(sshd: Sshd) -> Self {
        let home = Home::new();
        home.know(&sshd.known_hosts());
        Self { home, sshd }
    }

    fn plain() -> Self {
        Self::new(Sshd::builder().start())
    }

    fn destination(&self) -> String {
        format!("ssh://{}@127.0.0.1:{}", self.sshd.user(), self.sshd.port())
    }

    /// `sshk COMMAND OPTIONS DESTINATION`, with keys as the only way to log in.
    fn sshk(&self, command: &str, options: &[&str]) -> Run {
        let keys_only = [
            "-F",
            "none",
            "-o",
            "PasswordAuthentication=no",
            "-o",
            "KbdInteractiveAuthentication=no",
        ];
        self.home
            .sshk([command])
            .args(keys_only)
            .args(options)
            .arg(self.destination())
            .env("NO_COLOR", "1")
    }

    fn connect(&self, options: &[&str]) -> Run {
        self.sshk("connect", options).arg("echo in")
    }

    fn test(&self, options: &[&str]) -> Run {
        self.sshk("test", options)
    }
}

/// Has the authority `ca` certify `key`, and returns the certificate's path, which is next to the
/// key.
/// `options` are ssh-keygen's.
pub fn certify(ca: &Path, key: &Path, options: &[&str]) -> PathBuf {
    ssh_keygen(["-q", "-I", "me", "-z", "7", "-s"])
        .arg(ca)
        .args(options)
        .arg(with(key, ".pub"))
        .run()
        .expect(0);
    with(key, "-cert.pub")
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
