//! Who else could change where a path of this machine leads: for root, the same check that copy-id
//! makes on a server.

use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// For root: a directory or a link on the way to the file at `path`, as it is written and with its
/// links resolved (`resolved`), that belongs to another user, and that user's id. For any other
/// user nothing is checked.
pub(super) fn on_the_way(path: &Path, resolved: &Path) -> io::Result<Option<(PathBuf, u32)>> {
    if !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    let written = std::path::absolute(path)?;
    for way in [&written, resolved] {
        for step in way.ancestors() {
            let metadata = step.symlink_metadata()?;
            // A file of another user's in a directory of root's is replaced and nothing else.
            let is_on_the_way = metadata.is_dir() || metadata.is_symlink();
            if is_on_the_way && metadata.uid() != 0 {
                return Ok(Some((step.to_owned(), metadata.uid())));
            }
        }
    }
    Ok(None)
}
