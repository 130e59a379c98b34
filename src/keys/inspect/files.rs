//! The two files of a key, read once, before anything is concluded from them.

use crate::keys::key_file::{self, Content, Found, KeyFile, Private};
use ssh_key::PublicKey;
use std::path::PathBuf;

/// A key file and the one beside it, each opened and read once.
pub struct Files {
    pub(super) path: PathBuf,
    pub(super) found: Result<Found, key_file::Error>,
    pub(super) beside: Beside,
}

/// The file beside the one that was named.
pub(super) enum Beside {
    /// It has no name.
    Nothing,
    Public(PathBuf, Result<PublicKey, key_file::Error>),
    Private(PathBuf, Result<Content, key_file::Error>),
}

impl Files {
    /// Reads the file that was named and, if a key is in it, the one beside it.
    pub fn read(file: &KeyFile) -> Self {
        let found = file.read();
        let other = |path: PathBuf| (path != file.path()).then_some(path);
        let beside = match found.as_ref().ok().map(|found| &found.content) {
            Some(Ok(Content::Private(_))) => other(file.public_path()).map(|path| {
                let public = KeyFile::new(&path).read_public();
                Beside::Public(path, public)
            }),
            Some(Ok(Content::Public(..))) => other(file.private_path()).map(|path| {
                let content = KeyFile::new(&path).read().and_then(|found| found.content);
                Beside::Private(path, content)
            }),
            Some(Err(_)) | None => None,
        };
        Self { path: file.path().to_owned(), found, beside: beside.unwrap_or(Beside::Nothing) }
    }

    /// The private key, if only its passphrase shows which key it is: neither the file itself nor
    /// the `.pub` beside it does.
    pub fn hidden(&self) -> Option<&Private> {
        match &self.found {
            Ok(Found { content: Ok(Content::Private(private)), .. })
                if private.is_encrypted()
                    && private.public().is_none()
                    && !matches!(self.beside, Beside::Public(_, Ok(_))) =>
            {
                Some(private)
            }
            _ => None,
        }
    }
}
