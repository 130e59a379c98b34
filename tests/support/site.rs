//! The account `ann` on the built-in server, which records what clients do.

use std::path::PathBuf;

use russh::MethodKind;

use super::Home;
use super::server::{Account, Seen, Server};

/// One key in a home that knows the server's host key.
pub struct Site {
    pub home: Home,
    pub server: Server,
    pub key: PathBuf,
}

impl Site {
    /// The account `ann` with the password `hush`, which accepts these methods.
    pub fn new(methods: &[MethodKind]) -> Self {
        let account = Account { methods: methods.to_vec(), ..Account::new("ann", "hush") };
        let (home, server) = (Home::new(), Server::start(account).unwrap());
        let key = home.key("ed25519", "id_ed25519");
        home.know(&server.known_hosts());
        Self { home, server, key }
    }

    pub fn open() -> Self {
        Self::new(&[MethodKind::PublicKey, MethodKind::Password, MethodKind::KeyboardInteractive])
    }

    pub fn destination(&self) -> String {
        format!("ssh://ann@127.0.0.1:{}", self.server.port())
    }

    /// How often the server has seen this.
    pub fn count(&self, wanted: impl Fn(&Seen) -> bool) -> usize {
        self.server.seen().iter().filter(|seen| wanted(seen)).count()
    }

    pub fn passwords(&self) -> usize {
        self.count(|seen| matches!(seen, Seen::Password(_)))
    }
}
