//! `sshk revoke`: a key is revoked on real servers, every other byte stays, and the login is tried
//! before and after.

mod lines;
mod purge;
mod safety;

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use crate::server::Server;
use crate::support::{Account, Home, Run, Sshd, program, root_only};

/// An account with a password on a real server, and a home that knows it, with the key to revoke.
struct Place {
    home: Home,
    account: Account,
    key: PathBuf,
    /// Another key, which must stay.
    other: PathBuf,
    port: u16,
    _server: Server,
}

impl Place {
    fn new(shell: &str, server: Server) -> Self {
        let (home, account) = (Home::new(), Account::new(shell));
        let port = server.port();
        home.know(&server.known_hosts());
        let (key, other) = (home.key("ed25519", "old"), home.key("ecdsa", "other"));
        Self { home, account, key, other, port, _server: server }
    }

    fn sshd() -> Self {
        Self::new("/bin/bash", Server::sshd())
    }

    fn to(&self) -> String {
        format!("ssh://{}@127.0.0.1:{}", self.account.name(), self.port)
    }

    /// `sshk revoke -i old OPTIONS DESTINATION`, with the other key available and the password in
    /// the environment.
    fn revoke<A: AsRef<OsStr>>(&self, options: impl IntoIterator<Item = A>) -> Run {
        let other = format!("IdentityFile={}", self.other.display());
        self.with_password(options).args(["-o", &other])
    }

    fn with_password<A: AsRef<OsStr>>(&self, options: impl IntoIterator<Item = A>) -> Run {
        self.without_password(options).env("SSHK_PASSWORD", self.account.password())
    }

    fn without_password<A: AsRef<OsStr>>(&self, options: impl IntoIterator<Item = A>) -> Run {
        self.home.sshk(["revoke", "-i"]).arg(&self.key).args(options).arg(self.to())
    }

    fn line(&self) -> String {
        public(&self.key)
    }

    fn other_line(&self) -> String {
        public(&self.other)
    }

    fn remote(&self) -> Vec<u8> {
        fs::read(self.account.authorized_keys()).unwrap()
    }

    fn holds(&self, content: impl AsRef<[u8]>) {
        self.account.write(".ssh/authorized_keys", content, 0o600);
    }

    /// Whether `sshk test` logs in with this key.
    fn gets_in(&self, key: &Path) -> bool {
        self.home.sshk(["test", "-q", "-i"]).arg(key).arg(self.to()).run().status.success()
    }
}

/// The public key as one line, with its newline.
fn public(key: &Path) -> String {
    fs::read_to_string(key.with_extension("pub")).unwrap()
}

/// The line when it is disabled.
fn disabled(line: &str) -> String {
    format!("#{}", &line[1..])
}
