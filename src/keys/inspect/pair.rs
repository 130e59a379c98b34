//! The other half of a key: whether it is there, and whether it is.

use crate::keys::key_file::{self, Content, KeyFile};
use ssh_key::PublicKey;
use std::path::PathBuf;

/// How the file beside stands to the one that was named.
#[derive(Debug)]
pub enum Pair {
    /// No name for another half: a public key by a name of its own, or no key at all.
    None,
    Missing {
        path: PathBuf,
    },
    Matches {
        path: PathBuf,
    },
    /// The private half is encrypted in a way that hides which key it is.
    Unverified {
        path: PathBuf,
    },
    Differs {
        path: PathBuf,
    },
    Unreadable {
        path: PathBuf,
        error: key_file::Error,
    },
}

impl Pair {
    /// The `.pub` beside a private key, which holds `inside` where that can be seen; and the key
    /// that it tells, where it may be believed.
    pub(super) fn of_private(
        file: &KeyFile,
        inside: Option<&PublicKey>,
    ) -> (Self, Option<PublicKey>) {
        let path = file.public_path();
        if path == file.path() {
            return (Self::None, None);
        }
        match KeyFile::new(&path).read_public() {
            Err(key_file::Error::Missing { .. }) => (Self::Missing { path }, None),
            Err(error) => (Self::Unreadable { path, error }, None),
            Ok(beside) => match inside {
                None => (Self::Unverified { path }, Some(beside)),
                Some(inside) if inside.key_data() == beside.key_data() => {
                    (Self::Matches { path }, Some(beside))
                }
                Some(_) => (Self::Differs { path }, None),
            },
        }
    }

    /// The private key whose `.pub` this is.
    pub(super) fn of_public(file: &KeyFile, key: &PublicKey) -> Self {
        let path = file.private_path();
        if path == file.path() {
            return Self::None;
        }
        let found = match KeyFile::new(&path).read() {
            Err(key_file::Error::Missing { .. }) => return Self::Missing { path },
            Err(error) => return Self::Unreadable { path, error },
            Ok(found) => found,
        };
        match found.content {
            Err(error) => Self::Unreadable { path, error },
            Ok(Content::Public(..)) => Self::None,
            Ok(Content::Private(private)) => match private.public() {
                None => Self::Unverified { path },
                Some(inside) if inside.key_data() == key.key_data() => Self::Matches { path },
                Some(_) => Self::Differs { path },
            },
        }
    }

    /// The word for scripts.
    pub fn status(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Missing { .. } => "missing",
            Self::Matches { .. } => "match",
            Self::Unverified { .. } => "unverified",
            Self::Differs { .. } => "mismatch",
            Self::Unreadable { .. } => "unreadable",
        }
    }

    /// Where the other half is or would be.
    pub fn path(&self) -> Option<&PathBuf> {
        match self {
            Self::None => None,
            Self::Missing { path }
            | Self::Matches { path }
            | Self::Unverified { path }
            | Self::Differs { path }
            | Self::Unreadable { path, .. } => Some(path),
        }
    }
}
