//! Replacing a key file in one step, and creating a single file: whenever it is interrupted, the
//! file has either the old content or the new.

use super::create::{NOTHING, failed, sync, write};
use super::disk::{is_there, open};
use super::error::Error;
use super::names::KeyFile;
use super::origin::Origin;
use super::{attributes, foreign_owner};
use std::fs::{self, File, Metadata};
use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
use std::path::Path;

impl KeyFile {
    /// Replaces the content of the file that was read as `origin` in one step: mode, owner, group
    /// and access control list stay, and until then so does the old content.
    ///
    /// Through a symbolic link the file that it points to is replaced, as `ssh-keygen -p` does, but
    /// for root only if no other user could change where the path leads, unless `force` is set.
    /// Other hard links keep the old content. If the owner or the list cannot be kept, the call
    /// fails.
    ///
    /// # Errors
    ///
    /// If any step fails, or the file is not as it was read; the old content is then still there.
    pub fn replace(&self, content: &str, origin: Origin, force: bool) -> Result<(), Error> {
        let unreachable = || failed(self.path(), "cannot be reached");
        let path = fs::canonicalize(self.path()).map_err(unreachable())?;
        let other = foreign_owner::on_the_way(self.path(), &path).map_err(unreachable())?;
        if let Some((step, uid)) = other.filter(|_| !force) {
            let path = self.path().to_owned();
            return Err(Error::ForeignOwner { path, step, uid, state: NOTHING });
        }
        let old = open(&path)?;
        let metadata = old.metadata().map_err(unreachable())?;
        if Origin::of(&metadata) != origin {
            return Err(Error::Changed { path: self.path().to_owned(), state: NOTHING });
        }
        let folder = path.parent().unwrap_or(Path::new("/"));
        let new = write(folder, content.as_bytes(), 0o600)
            .map_err(failed(self.path(), "cannot be written"))?;
        self.be_accessed_alike(&old, &metadata, new.as_file())?;
        new.as_file().sync_all().map_err(failed(self.path(), "cannot be written"))?;
        new.persist(&path)
            .map_err(|error| failed(self.path(), "cannot be replaced")(error.error))?;
        sync(folder, "the file was replaced, but may not survive a power cut")
    }

    /// Gives the new file the owner, the access control list and the mode of the old one.
    fn be_accessed_alike(&self, old: &File, metadata: &Metadata, new: &File) -> Result<(), Error> {
        let made = new.metadata().map_err(failed(self.path(), "cannot be written"))?;
        if (made.uid(), made.gid()) != (metadata.uid(), metadata.gid()) {
            fchown(new, Some(metadata.uid()), Some(metadata.gid()))
                .map_err(failed(self.path(), "its owner cannot be preserved"))?;
        }
        // Before the mode, whose group bits are the most that the list grants: without the list
        // they would grant it to the group.
        attributes::copy(old, new).map_err(|errno| {
            failed(self.path(), "its access control list cannot be preserved")(errno.into())
        })?;
        // After the owner: changing the owner clears bits of the mode.
        new.set_permissions(fs::Permissions::from_mode(metadata.mode() & 0o7777))
            .map_err(failed(self.path(), "its permissions cannot be preserved"))
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
