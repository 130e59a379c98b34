//! Why a key is not revoked, or not known to be.

use crate::error::{Failure, Kind};
use crate::quoting::remote_path;

/// Why a key is not revoked, or not known to be. Names files on the server as messages do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The account would be locked out.
    #[error(
        "this login was made with the key itself, and no other login succeeded; nothing was \
        written"
    )]
    OwnKey,
    /// No key would be left.
    #[error("it is the only key {} to this account; nothing was \
        written", if *.yours { "of yours that can log in" } else { "that can log in" })]
    LastKey {
        /// Its private key is at hand; others may have keys of their own there.
        yours: bool,
    },
    /// The server accepts the key from another source.
    #[error(
        "the key {}, but the server still accepts it, perhaps from another source",
        if *.written { "was disabled in its files" } else { "is in no file" }
    )]
    StillAccepted {
        /// Lines were disabled by this run.
        written: bool,
    },
    /// The connection that was to verify it failed.
    #[error(
        "its lines were disabled, but sshk could not verify that the server rejects the key: {why}"
    )]
    NotProved {
        /// The failure of the connection.
        why: String,
    },
    /// The connection failed while lines were being disabled.
    #[error("{why}; the key's lines may or may not be disabled")]
    CutShort {
        /// The failure of the connection.
        why: String,
    },
    /// What was read back is not what was written.
    #[error(
        "{file:?} on the server was changed by another program at the same time; check it before \
        you do anything else"
    )]
    ConcurrentChange {
        /// As messages name it.
        file: String,
    },
    /// The file had changed since it was read.
    #[error("{file:?} on the server was changed by another program meanwhile; \
        {}", if *.written { "some lines were disabled" } else { "nothing was written" })]
    Changed {
        /// As messages name it.
        file: String,
        /// Lines were disabled by this run.
        written: bool,
    },
    /// Disabled lines cannot be removed.
    #[error(
        "{file:?} on the server cannot be purged: {why}; its lines are disabled, but were not \
        deleted"
    )]
    NotPurged {
        /// As messages name it.
        file: String,
        /// A clause about the file or the account.
        why: String,
    },
}

impl Failure for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::OwnKey => Kind::OwnKey,
            Self::LastKey { .. } => Kind::LastKey,
            Self::StillAccepted { .. } => Kind::StillAccepted,
            Self::NotProved { .. } => Kind::NotProved,
            Self::CutShort { .. } => Kind::NoResult,
            Self::ConcurrentChange { .. } | Self::Changed { .. } => Kind::ConcurrentChange,
            Self::NotPurged { .. } => Kind::NotPurged,
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::OwnKey => "install another key first with sshk copy-id, or add --force".into(),
            Self::LastKey { .. } => "install another key first with sshk copy-id, or add --force \
                if a password is enough"
                .into(),
            Self::StillAccepted { .. } => {
                "ask the server's administrator about other files of AuthorizedKeysFile, \
                AuthorizedKeysCommand, or a second account with that name"
                    .into()
            }
            Self::NotProved { .. } => "verify that it is rejected: sshk test DESTINATION".into(),
            Self::ConcurrentChange { file } => {
                format!("look at it on the server: ls -l {}", remote_path(file))
            }
            Self::CutShort { .. } | Self::Changed { .. } => {
                "run it again: it checks before it writes".into()
            }
            Self::NotPurged { .. } => {
                "remove the lines by hand, or leave them: servers ignore them".into()
            }
        })
    }
}
