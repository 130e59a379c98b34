//! Logging in: certificates of users and hosts, several proofs in a row, questions, agents, and how
//! often a server lets one try.

mod agents;
mod algorithms;
mod chains;
mod host_certificates;
mod mock_agent;
mod questions;
mod user_certificates;

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::oracle::ssh_keygen;
use crate::support::{Home, Run, Sshd};

use crate::support::SOON;

/// A home with a server it knows, which the one who runs the tests logs in to.
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

    /// `sshk COMMAND OPTIONS DESTINATION`, with keys as the only way in.
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

fn public(key: &Path) -> String {
    fs::read_to_string(with(key, ".pub")).unwrap()
}

/// The fingerprint as ssh-keygen has it.
fn fingerprint(key: &Path) -> String {
    ssh_keygen(["-l", "-f"])
        .arg(with(key, ".pub"))
        .run()
        .expect(0)
        .out()
        .split(' ')
        .nth(1)
        .unwrap()
        .to_owned()
}

fn with(key: &Path, ending: &str) -> PathBuf {
    let mut path = key.to_owned().into_os_string();
    path.push(ending);
    path.into()
}

/// Lets the authority `ca` certify `key`, and says where the certificate is: beside the key.
/// `options` are ssh-keygen's.
fn certify(ca: &Path, key: &Path, options: &[&str]) -> PathBuf {
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
