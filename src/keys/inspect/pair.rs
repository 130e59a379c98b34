//! The other key of a pair: whether its file is there, and whether it belongs to the one that was
//! named.

use crate::keys::key_file::{self, Content};
use ssh_key::PublicKey;
use std::path::PathBuf;

/// How the file beside the one that was named relates to it.
#[derive(Debug)]
#[expect(missing_docs, reason = "the path is that of the file beside")]
pub enum Pair {
    /// The other file has no name: a public key with a name of its own, or no key at all.
    None,
    /// There is no such file.
    Missing { path: PathBuf },
    /// It is the other key.
    Matches { path: PathBuf },
    /// The private key is encrypted in a way that hides which key it is.
    Unverified { path: PathBuf },
    /// It belongs to another pair.
    Differs { path: PathBuf },
    /// It contains no key that can be read.
    Unreadable { path: PathBuf, error: key_file::Error },
}

impl Pair {
    /// The `.pub` at `path` beside a private key, which holds `inside` if that can be seen; and the
    /// key in it, unless it is another pair's.
    pub(super) fn of_private(
        path: PathBuf,
        beside: Result<PublicKey, key_file::Error>,
        inside: Option<&PublicKey>,
    ) -> (Self, Option<PublicKey>) {
        match beside {
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

    /// The file at `path` beside a public key, named as the private key's would be.
    pub(super) fn of_public(
        path: PathBuf,
        beside: Result<Content, key_file::Error>,
        key: &PublicKey,
    ) -> Self {
        match beside {
            Err(key_file::Error::Missing { .. }) => Self::Missing { path },
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

    /// Where the other file is or would be.
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
