//! The names of a key's files: one is typed, the others follow from it.

use std::path::{Path, PathBuf};

/// A key as the user named it, by its private or its public file: `id_rsa` or `id_rsa.pub`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct KeyFile {
    path: PathBuf,
}

impl KeyFile {
    /// The key that the user names by this path. Nothing is read.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// The path as it was named.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The path of the public key: the name with `.pub` after it, or the name itself if it ends so.
    pub fn public_path(&self) -> PathBuf {
        if self.names_public() {
            return self.path.clone();
        }
        let mut path = self.path.clone().into_os_string();
        path.push(".pub");
        path.into()
    }

    /// The path of the private key: the name without `.pub`.
    pub fn private_path(&self) -> PathBuf {
        if self.names_public() { self.path.with_extension("") } else { self.path.clone() }
    }

    /// Whether the name is that of a public key.
    pub(super) fn names_public(&self) -> bool {
        // A file that is called `.pub` and nothing else has no extension, and names no private key.
        self.path.extension().is_some_and(|extension| extension == "pub")
    }
}
