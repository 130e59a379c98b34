//! Why a successful login gave no result.

use crate::error::Kind;

/// Logged in, but the session did not open or was not read to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChannelError {
    /// The server opened no session.
    #[error("logged in, but could not open a session: {why}")]
    NoSession {
        /// The server's reason, or what it did.
        why: String,
    },
    /// The server runs no commands for the account.
    #[error("logged in, but the server refused to run a command for this account")]
    NoCommands,
    /// The server made no connection to another host.
    #[error("logged in, but the server did not connect to {address}: {why}")]
    NotForwarded {
        /// Host and port.
        address: String,
        /// The reason of RFC 4254.
        why: &'static str,
    },
    /// The server has no SFTP subsystem for the account.
    #[error("logged in, but the server offers no SFTP for this account")]
    NoSftp,
    /// The SFTP subsystem ran something that is not an SFTP server.
    #[error(
        "logged in, but no SFTP server started: the program that ran instead {}",
        printed(sent)
    )]
    NotSftp {
        /// What it printed, cleaned and cut to a length.
        sent: String,
    },
    /// There was more output than the limit.
    #[error("the remote command printed more than {limit} bytes; the rest was not read")]
    TooMuchOutput {
        /// The limit in bytes.
        limit: usize,
    },
}

impl ChannelError {
    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::NoSession { .. } | Self::NoCommands => Kind::Account,
            Self::NotForwarded { .. } => Kind::NotForwarded,
            Self::NoSftp => Kind::NoSftp,
            Self::NotSftp { .. } => Kind::NotSftp,
            Self::TooMuchOutput { .. } => Kind::Output,
        }
    }

    pub(super) fn hint(&self) -> Option<String> {
        match self {
            Self::NoSftp => Some("run it again without -s".into()),
            Self::NotSftp { sent } if sent.is_empty() => Some("run it again without -s".into()),
            Self::NotSftp { .. } => Some(
                "check what the account's startup files print before any command runs: sshk \
                connect DESTINATION true"
                    .into(),
            ),
            Self::NotForwarded { why: "administratively prohibited", .. } => {
                Some("ask its administrator to allow it (AllowTcpForwarding, PermitOpen)".into())
            }
            Self::NoSession { .. }
            | Self::NoCommands
            | Self::NotForwarded { .. }
            | Self::TooMuchOutput { .. } => None,
        }
    }
}

fn printed(sent: &str) -> String {
    if sent.is_empty() { "exited without output".into() } else { format!("printed {sent:?}") }
}
