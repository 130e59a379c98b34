//! A real account on a real sshd, as most login tests need it.

use std::path::PathBuf;

use crate::keys::public;
use crate::support::{Account, Home, Sshd};

/// A home that knows the server, and keys in it that the account authorizes.
pub struct OnAccount {
    pub home: Home,
    pub sshd: Sshd,
    pub account: Account,
    pub keys: Vec<PathBuf>,
}

impl OnAccount {
    /// An account with this shell, and a key of each of these types under its default name.
    pub fn new(sshd: Sshd, shell: &str, types: &[&str]) -> Self {
        let (home, account) = (Home::new(), Account::new(shell));
        home.know(&sshd.known_hosts());
        let keys: Vec<_> = types.iter().map(|it| home.key(it, &format!("id_{it}"))).collect();
        if !keys.is_empty() {
            account.authorize(&keys.iter().map(|key| public(key)).collect::<String>());
        }
        Self { home, sshd, account, keys }
    }

    pub fn destination(&self) -> String {
        format!("ssh://{}@127.0.0.1:{}", self.account.name(), self.sshd.port())
    }
}
