//! What the caller knows about this machine and user; the library never looks it up itself.

use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

/// Looks up an environment variable.
pub type Environment = dyn Fn(&str) -> Option<String> + Send + Sync;

/// Runs a command and returns whether its exit status was 0.
pub type Runner = dyn Fn(&str) -> io::Result<bool> + Send + Sync;

/// This machine and its user, as the configuration sees them.
pub struct Surroundings {
    /// What `~` stands for. ssh asks only passwd(5); the binary prefers `HOME`, as other programs
    /// do, if it is the caller's own.
    pub home: PathBuf,
    /// The login name of the user who runs this.
    pub local_user: String,
    /// That user's numeric id.
    pub uid: u32,
    /// The result of gethostname(2), with its domain if it has one.
    pub local_host: String,
    /// Runs ProxyCommand and Match exec: `SHELL`, or /bin/sh.
    pub shell: PathBuf,
    /// Runs a command of Match exec with that shell.
    pub run: Box<Runner>,
    /// Whether a name, which ends in a dot, has an address. Called for CanonicalizeHostname only.
    pub resolves: Box<dyn Fn(&str) -> bool + Send + Sync>,
    /// The addresses of the interfaces that are up, for Match localnetwork.
    pub addresses: Box<dyn Fn() -> io::Result<Vec<IpAddr>> + Send + Sync>,
    /// Looks up an environment variable.
    pub env: Box<Environment>,
    /// `/etc/ssh/ssh_config`. Relative includes and the global known_hosts files are next to it.
    pub system_config: PathBuf,
}

impl Surroundings {
    pub(super) fn system_folder(&self) -> &Path {
        self.system_config.parent().unwrap_or(Path::new("/etc/ssh"))
    }
}
