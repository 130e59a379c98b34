//! known_hosts, compared with OpenSSH: `ssh-keygen -lF` for which lines name a host, `ssh` itself
//! for whether it accepts a host key.

mod authority;
mod files;
mod learn;
mod lookup;
mod openssh;

use std::path::{Path, PathBuf};

use sshk::hosts::known_hosts::{HostKeyStatus, HostName, KnownHosts};

/// A temporary directory.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, content).unwrap();
        path
    }
}

fn host(name: &str, port: u16) -> HostName {
    HostName::new(name, port, None)
}

fn read(user: &Path) -> KnownHosts {
    KnownHosts::read(&[user.to_owned()], &[]).unwrap()
}

/// The status and the lines it names: `known 3`, `new`, `new beside 1 2`, `changed 1`, `revoked 2`.
fn words(status: &HostKeyStatus) -> String {
    match status {
        HostKeyStatus::Known { entry } => format!("known {}", entry.line),
        HostKeyStatus::New { others } if others.is_empty() => "new".into(),
        HostKeyStatus::New { others } => {
            format!(
                "new beside {}",
                others.iter().map(|entry| entry.line.to_string()).collect::<Vec<_>>().join(" ")
            )
        }
        HostKeyStatus::Changed { entry } => format!("changed {}", entry.line),
        HostKeyStatus::Revoked { entry } => format!("revoked {}", entry.line),
    }
}
