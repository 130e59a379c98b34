//! known_hosts (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT): checks whether a server's key is the one it
//! had before, and records new ones.
//!
//! Keys are looked up as in OpenSSH. A file that cannot be read is an error, never an empty file.

mod error;
mod file;
mod host_name;
mod learn;
mod line;
mod lookup;
mod revoked;
mod update;

pub use self::error::Error;
pub(crate) use self::error::if_reinstalled;
pub use self::host_name::HostName;
pub use self::learn::learn;
pub use self::line::Marker;
pub use self::lookup::{AuthorityStatus, HostKeyEntry, HostKeyStatus, KnownHosts, Origin};
pub use self::revoked::read_revoked;
pub use self::update::Update;
