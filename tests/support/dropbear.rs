//! A real dropbear on 127.0.0.1. It reads `~/.ssh/authorized_keys` in the home directory that
//! passwd(5) gives and nowhere else, so only a [`super::Account`] can log in to it, and that takes
//! root.

use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use super::listening::{Listening, listens, shared_host_keys};
use super::oracle::Ssh;
use super::process::Run;
use super::program;

const KINDS: [&str; 3] = ["ed25519", "rsa", "ecdsa"];

/// A running dropbear; it ends when this is dropped.
pub struct Dropbear {
    listening: Listening,
}

listens!(Dropbear);

impl Dropbear {
    /// With these options of dropbear(8) besides address, port and host keys: `-s` refuses
    /// passwords, for example.
    pub fn start(options: &[&str]) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("sshk-dropbear-")
            .tempdir()
            .expect("create a temporary directory");
        let command = |folder: &Path, port: u16| {
            let mut command = Command::new(program("dropbear"));
            command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
            command
                .args(["-F", "-E", "-p", &format!("127.0.0.1:{port}"), "-P"])
                .arg(folder.join("pid"));
            for kind in KINDS {
                command.arg("-r").arg(host_keys().join(kind));
            }
            command.args(options);
            command
        };
        // It listens before it logs this.
        let is_ready = |log: &str| log.contains("Not backgrounding");
        Self { listening: Listening::start(folder, command, is_ready) }
    }

    /// Its public host key of this kind: `ed25519`, `rsa` or `ecdsa`.
    pub fn host_key(&self, kind: &str) -> String {
        let said = Run::new(program("dropbearkey"))
            .args(["-y", "-f"])
            .arg(host_keys().join(kind))
            .run()
            .expect(0);
        let line =
            said.out().lines().find(|line| line.starts_with("ssh-") || line.starts_with("ecdsa-"));
        line.expect("dropbearkey -y prints the public key").to_owned()
    }

    /// The lines for a known_hosts file, one per host key.
    pub fn known_hosts(&self) -> String {
        self.listening.known_hosts_of(KINDS.map(|kind| self.host_key(kind)))
    }

    /// OpenSSH's own client, about to log in to this server as `user`.
    pub fn ssh(&self, user: &str) -> Ssh {
        self.listening.ssh_knowing(user, &self.known_hosts())
    }
}

/// Host keys in dropbear's own format.
fn host_keys() -> &'static Path {
    static FOLDER: OnceLock<std::path::PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        shared_host_keys("dropbear-host-keys", |folder| {
            for kind in KINDS {
                let make = Run::new(program("dropbearkey")).args(["-t", kind, "-f"]);
                make.arg(folder.join(kind)).run().expect(0);
            }
        })
    })
}
