//! The identity files of a run: each is opened and read once, whatever the number of hosts, so that
//! all of them see the same version of it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::identity::Identity;
use super::key_file::{self, KeyFile, Named};
use ssh_key::Certificate;

/// What the identity files hold, by absolute path.
#[derive(Default)]
pub struct IdentityFiles {
    read: Mutex<BTreeMap<PathBuf, Read>>,
}

/// What an identity file holds, or why it cannot be used.
pub type Read = Result<IdentityFile, Arc<key_file::Error>>;

/// What an identity file holds.
#[derive(Clone)]
pub enum IdentityFile {
    /// A key. A passphrase that is given for it once serves all hosts.
    Key(Box<Identity>),
    /// A certificate that was named as if it were a key.
    Certificate(Arc<Certificate>),
}

impl IdentityFiles {
    /// What the file holds. It is read the first time; nothing is asked.
    ///
    /// # Errors
    ///
    /// Those of [`KeyFile::read_named`], and if only the passphrase shows the public key.
    pub fn get(&self, file: &KeyFile) -> Read {
        let read = || match file.read_named()? {
            Named::Certificate(certificate) => {
                Ok(IdentityFile::Certificate(Arc::new(*certificate)))
            }
            Named::Key(pair) => {
                Identity::unasked(file, *pair).map(|key| IdentityFile::Key(Box::new(key)))
            }
        };
        // Held while reading, so that no other host reads the same file meanwhile.
        let mut files = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        files.entry(absolute(file.path())).or_insert_with(|| read().map_err(Arc::new)).clone()
    }

    /// Adds a key whose file has been read already.
    pub fn add(&self, file: &KeyFile, identity: Identity) {
        let mut files = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        files.insert(absolute(file.path()), Ok(IdentityFile::Key(Box::new(identity))));
    }
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}
