//! The steps from a name to a finished command, as failures name them.

use std::fmt;
use std::time::Duration;

/// How long each step may take if `ConnectTimeout` is not set.
pub const DEFAULT_LIMIT: Duration = Duration::from_secs(30);

/// A step on the way to a result; each has a time limit of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Looking up the host name.
    Name,
    /// Connecting: over TCP, through a proxy or through a jump host.
    Connect,
    /// Waiting for the server's identification string.
    Identification,
    /// Key exchange.
    KeyExchange,
    /// Checking the server's host key.
    HostKey,
    /// Logging in.
    Authentication,
    /// Opening a channel.
    Session,
    /// Running a command.
    Command,
    /// Talking to the SFTP server.
    Sftp,
}

impl fmt::Display for Step {
    /// Text to follow "during", in OpenSSH's words if it has any.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Name => "name lookup",
            Self::Connect => "connection setup",
            Self::Identification => "banner exchange",
            Self::KeyExchange => "key exchange",
            Self::HostKey => "the host key check",
            Self::Authentication => "authentication",
            Self::Session => "session setup",
            Self::Command => "the remote command",
            Self::Sftp => "the SFTP session",
        })
    }
}
