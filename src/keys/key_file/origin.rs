//! The file that a name led to when it was read: whoever replaces it later must find the same one
//! there, unchanged.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;

/// Which file was read, and in which state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
}

impl Origin {
    pub(super) fn of(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
        }
    }
}
