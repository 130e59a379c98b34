//! A key out of force on an account: one byte a line becomes `#`, in place, and a fresh connection
//! shows that the key is refused.
//!
//! In place, never by a rewrite: a copy loses what other programs append meanwhile, breaks hard
//! links and owners, and needs room. One byte is written whole or not at all, and every byte around
//! it is checked before and read back after.

mod account;
mod marks;
mod write;

use crate::error::{Failure, Kind};
use crate::quoting::remote_path;

pub use account::{Plan, Revocation, Revoked, revoke};
pub use marks::{Mark, What, marked, marks};

/// Why a key is not out of force, or not known to be. Names files on the server as messages do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    #[error(
        "this login was made with the key itself, and no other way in was found; nothing was \
        written"
    )]
    OwnKey,
    #[error("it is the only key {} into this account; nothing was \
        written", if *.yours { "of yours that lets you" } else { "that lets anybody" })]
    LastKey {
        /// Its private half is at hand; others may have keys of their own there.
        yours: bool,
    },
    #[error("{} on the server, and yet the server takes the key; it may know it from \
        elsewhere", if *.written { "its lines were put out of \
            force" } else { "the key is in no file" })]
    StillTaken {
        /// By this run.
        written: bool,
    },
    #[error(
        "its lines were put out of force, but that the server refuses the key was not seen: {why}"
    )]
    NotProved { why: String },
    #[error("{why}; the key's lines may be out of force or not")]
    CutShort { why: String },
    #[error(
        "{file:?} on the server was changed by another program at the same time; look at it \
        before anything else"
    )]
    Unsettled { file: String },
    #[error("{file:?} on the server was changed by another program meanwhile; \
        {}", if *.written { "some lines were put out of force" } else { "nothing was written" })]
    Changed { file: String, written: bool },
    #[error("{file:?} on the server cannot be purged: {why}; its lines are out of force, and stay")]
    NotPurged { file: String, why: String },
}

impl Failure for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::OwnKey => Kind::OwnKey,
            Self::LastKey { .. } => Kind::LastKey,
            Self::StillTaken { .. } => Kind::StillAccepted,
            Self::NotProved { .. } => Kind::NotProved,
            Self::CutShort { .. } => Kind::NoResult,
            Self::Unsettled { .. } | Self::Changed { .. } => Kind::ConcurrentChange,
            Self::NotPurged { .. } => Kind::NotPurged,
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::OwnKey => "install another key first with sshk copy-id, or add --force".into(),
            Self::LastKey { .. } => "install another key first with sshk copy-id, or add --force \
                where a password is enough"
                .into(),
            Self::StillTaken { .. } => {
                "ask the server's administrator: other files of AuthorizedKeysFile, \
                AuthorizedKeysCommand, a second account of that name"
                    .into()
            }
            Self::NotProved { .. } => "see for yourself: sshk test -i KEY DESTINATION".into(),
            Self::Unsettled { file } => format!("on the server: ls -l {}", remote_path(file)),
            Self::CutShort { .. } | Self::Changed { .. } => "run it again: it looks before it \
                writes"
                .into(),
            Self::NotPurged { .. } => "take the lines out by hand, or leave them: they let nobody \
                in"
            .into(),
        })
    }
}
