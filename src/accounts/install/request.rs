//! One line for one file.

use ssh_key::PublicKey;

use crate::accounts::remote_file::RemoteFile;

/// What is to be installed, and where.
#[derive(Clone, Debug)]
pub struct InstallRequest<'a> {
    /// The key whose line is added.
    pub key: &'a PublicKey,
    /// The file that gets the line.
    pub file: RemoteFile,
    /// Other files that the server reads, absolute or relative to the home directory: if the key is
    /// active in one of them, nothing is written.
    pub also: Vec<String>,
    /// The line of `file`, from 1, after which the search for the key begins: earlier ones are
    /// known not to count.
    pub after: usize,
    /// Report what would be done, and change nothing.
    pub dry_run: bool,
    /// As root, write even where another user controls the path.
    pub force: bool,
}

impl<'a> InstallRequest<'a> {
    /// For the default file, without looking at others.
    pub fn of(key: &'a PublicKey) -> Self {
        Self {
            key,
            file: RemoteFile::Default,
            also: Vec::new(),
            after: 0,
            dry_run: false,
            force: false,
        }
    }
}
