//! A real server that serves every account of this machine.

use crate::support::{Dropbear, Sshd};

pub enum Server {
    Sshd(Sshd),
    Dropbear(Dropbear),
}

impl Server {
    /// An sshd with its default settings.
    pub fn sshd() -> Self {
        Self::Sshd(Sshd::for_accounts().start())
    }

    pub fn dropbear() -> Self {
        Self::Dropbear(Dropbear::start(&[]))
    }

    pub fn port(&self) -> u16 {
        match self {
            Self::Sshd(sshd) => sshd.port(),
            Self::Dropbear(dropbear) => dropbear.port(),
        }
    }

    /// The id of its process.
    pub fn id(&self) -> u32 {
        match self {
            Self::Sshd(sshd) => sshd.id(),
            Self::Dropbear(dropbear) => dropbear.id(),
        }
    }

    pub fn known_hosts(&self) -> String {
        match self {
            Self::Sshd(sshd) => sshd.known_hosts(),
            Self::Dropbear(dropbear) => dropbear.known_hosts(),
        }
    }
}
