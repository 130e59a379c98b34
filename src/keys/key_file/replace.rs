//! Replacing a key file in one step, and creating a single file: whenever it is interrupted, the
//! file has either the old content or the new.

use super::create::{failed, sync, write};
use super::disk::is_there;
use super::error::Error;
use super::names::KeyFile;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
use std::path::Path;

impl KeyFile {
    /// Replaces the file's content in one step: mode, owner and group stay, and until then so does
    /// the old content.
    ///
    /// Through a symbolic link the file that it points to is replaced, as `ssh-keygen -p` does.
    /// Other hard links keep the old content. If the owner cannot be kept, the call fails.
    ///
    /// # Errors
    ///
    /// If any step fails; the old content is then still there.
    pub fn replace(&self, content: &str) -> Result<(), Error> {
        let path =
            fs::canonicalize(self.path()).map_err(failed(self.path(), "cannot be reached"))?;
        let metadata = path.metadata().map_err(failed(self.path(), "cannot be reached"))?;
        let folder = path.parent().unwrap_or(Path::new("/"));
        let new = write(folder, content.as_bytes(), 0o600)
            .map_err(failed(self.path(), "cannot be written"))?;
        let made = new.as_file().metadata().map_err(failed(self.path(), "cannot be written"))?;
        if (made.uid(), made.gid()) != (metadata.uid(), metadata.gid()) {
            fchown(new.as_file(), Some(metadata.uid()), Some(metadata.gid()))
                .map_err(failed(self.path(), "its owner cannot be preserved"))?;
        }
        // After the owner: changing the owner clears bits of the mode.
        let mode = fs::Permissions::from_mode(metadata.mode() & 0o7777);
        new.as_file()
            .set_permissions(mode)
            .and_then(|()| new.as_file().sync_all())
            .map_err(failed(self.path(), "its permissions cannot be preserved"))?;
        new.persist(&path)
            .map_err(|error| failed(self.path(), "cannot be replaced")(error.error))?;
        sync(folder, "the file was replaced, but may not survive a power cut")
    }

    /// Creates this one file, with this mode from its first byte, whatever the umask. If the name
    /// exists, nothing is changed and the call fails.
    ///
    /// # Errors
    ///
    /// If the name exists, the directory is missing, or writing fails.
    pub fn create(&self, content: &str, mode: u32) -> Result<(), Error> {
        let folder = match self.path().parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        if !folder.is_dir() {
            return Err(Error::NoFolder { folder: folder.to_owned() });
        }
        let taken = || Error::Exists { path: self.path().to_owned(), replaceable: false };
        if is_there(self.path()) {
            return Err(taken());
        }
        let new = write(folder, content.as_bytes(), mode)
            .map_err(failed(self.path(), "cannot be written"))?;
        new.persist_noclobber(self.path()).map_err(|error| match error.error.kind() {
            std::io::ErrorKind::AlreadyExists => taken(),
            _ => failed(self.path(), "cannot be written")(error.error),
        })?;
        sync(folder, "the file was written, but may not survive a power cut")
    }
}
