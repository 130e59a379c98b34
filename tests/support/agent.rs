//! A real ssh-agent on a socket of its own.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::process::{Daemon, Run};
use super::program;

/// An agent without keys; it ends when this is dropped.
pub struct Agent {
    _daemon: Daemon,
    folder: TempDir,
}

impl Agent {
    pub fn start() -> Self {
        let folder = tempfile::Builder::new()
            .prefix("sshk-agent-")
            .tempdir()
            .expect("create a temporary directory");
        let socket = folder.path().join("socket");
        let mut command = Command::new(program("ssh-agent"));
        command.arg("-D").arg("-a").arg(&socket);
        // It prints the name of the socket before it listens on it.
        let is_ready = |_: &str| std::os::unix::net::UnixStream::connect(&socket).is_ok();
        let daemon = Daemon::start(command, &folder.path().join("log"), is_ready)
            .unwrap_or_else(|log| panic!("ssh-agent does not start:\n{log}"));
        Self { _daemon: daemon, folder }
    }

    /// The value for SSH_AUTH_SOCK.
    pub fn socket(&self) -> PathBuf {
        self.folder.path().join("socket")
    }

    /// Adds an unencrypted key file.
    pub fn add(&self, key: &Path) {
        self.ssh_add().arg("-q").arg(key).run().expect(0);
    }

    /// The public keys it holds, one per line, as `ssh-add -L` prints them.
    pub fn keys(&self) -> String {
        self.ssh_add().arg("-L").run().out().to_owned()
    }

    fn ssh_add(&self) -> Run {
        Run::new(program("ssh-add")).env("SSH_AUTH_SOCK", self.socket())
    }
}
