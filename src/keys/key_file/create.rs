//! Creating a key pair on disk: both files are completed under temporary names, then renamed
//! without replacing anything.

use super::disk::is_there;
use super::error::Error;
use super::names::KeyFile;
use rustix::fs::{Access, access};
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

pub(super) const NOTHING: &str = "nothing was written";
/// How the temporary names of unfinished files begin.
const PREFIX: &str = ".sshk-";

impl KeyFile {
    /// The first of the two files that exists, a dangling link included.
    pub fn occupied(&self) -> Option<PathBuf> {
        [self.private_path(), self.public_path()].into_iter().find(|path| is_there(path))
    }

    /// Checks that a new pair can be created, before a question or a long search; for the two flags
    /// see [`KeyFile::create_pair`]. Nothing is created, and the answer may have changed by the
    /// time it is.
    ///
    /// # Errors
    ///
    /// If the pair could not be created.
    pub fn check_place(&self, overwrite: bool, make_folder: bool) -> Result<(), Error> {
        if self.path().as_os_str().as_encoded_bytes().ends_with(b"/") {
            return Err(Error::Folder { path: self.path().to_owned() });
        }
        if self.names_public() {
            return Err(Error::PubName { path: self.path().to_owned() });
        }
        for path in [self.private_path(), self.public_path()] {
            if path.symlink_metadata().is_ok_and(|it| it.is_dir()) {
                return Err(Error::Folder { path });
            }
        }
        let folder = self.folder();
        let is_there = folder.is_dir();
        if !is_there {
            check_provision(folder, make_folder)?;
        }
        if !overwrite && let Some(path) = self.occupied() {
            return Err(Error::Exists { path, replaceable: true });
        }
        let (subject, doing, place) = if is_there {
            (self.path(), "cannot be written", folder)
        } else {
            (folder, "cannot be created", parent(folder))
        };
        access(place, Access::WRITE_OK | Access::EXEC_OK)
            .map_err(|errno| failed(subject, doing)(errno.into()))
    }

    /// The directory that holds the pair.
    fn folder(&self) -> &Path {
        parent(self.path())
    }

    /// Writes `private` (mode 0600 from its first byte) and `public_line` beside it (0644),
    /// whatever the umask.
    ///
    /// Without `overwrite`, anything that has either name, a dangling link included, is left as it
    /// is and the call fails; with it both are replaced, links themselves rather than what they
    /// point to. With `make_folder`, which is for `~/.ssh` alone, a missing directory is created
    /// (mode 0700). After a failure no part of the new pair is left, and an old one is whole.
    ///
    /// # Errors
    ///
    /// If a name exists, the directory is missing, or writing fails.
    pub fn create_pair(
        &self,
        private: &str,
        public_line: &str,
        overwrite: bool,
        make_folder: bool,
    ) -> Result<(), Error> {
        self.check_place(overwrite, make_folder)?;
        let (private_path, public_path) = (self.private_path(), self.public_path());
        let folder = self.folder();
        if !folder.is_dir() {
            provide(folder)?;
        }
        let line = format!("{}\n", public_line.trim_end_matches('\n'));
        let new_private = write(folder, private.as_bytes(), 0o600)
            .map_err(failed(&private_path, "cannot be written"))?;
        let new_public = write(folder, line.as_bytes(), 0o644)
            .map_err(failed(&public_path, "cannot be written"))?;
        if overwrite {
            replace(new_private, &private_path, new_public, &public_path, folder)?;
        } else {
            place(new_private, &private_path, new_public, &public_path)?;
        }
        sync(folder, "both files were written, but may not survive a power cut")
    }
}

/// The names are in the directory: without this a power cut could undo them.
pub(super) fn sync(folder: &Path, state: &'static str) -> Result<(), Error> {
    match File::open(folder).and_then(|folder| folder.sync_all()) {
        // Some file systems cannot sync a directory and do not need to.
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
        done => done.map_err(|source| Error::Write {
            path: folder.to_owned(),
            doing: "cannot be synced",
            source,
            state,
        }),
    }
}

pub(super) fn failed<'a>(
    path: &'a Path,
    doing: &'static str,
) -> impl FnOnce(io::Error) -> Error + 'a {
    move |source| Error::Write { path: path.to_owned(), doing, source, state: NOTHING }
}

/// The directory of a path; for a plain name, the current one.
fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn check_provision(folder: &Path, make: bool) -> Result<(), Error> {
    match folder.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(source) => return Err(failed(folder, "cannot be reached")(source)),
        Ok(_) => return Err(failed(folder, "cannot be used")(io::ErrorKind::NotADirectory.into())),
    }
    if !make {
        return Err(Error::NoFolder { folder: folder.to_owned() });
    }
    Ok(())
}

fn provide(folder: &Path) -> Result<(), Error> {
    let made = DirBuilder::new().mode(0o700).create(folder);
    // If someone else created it just now, they set its mode; a umask may have cleared bits of
    // ours.
    match made {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => Ok(()),
        made => made
            .and_then(|()| fs::set_permissions(folder, Permissions::from_mode(0o700)))
            .map_err(failed(folder, "cannot be created")),
    }
}

/// A complete, synced file under a temporary name; it is deleted with its handle.
pub(super) fn write(folder: &Path, content: &[u8], mode: u32) -> io::Result<NamedTempFile> {
    // Opened here, because tempfile's own errors name the temporary file.
    let mut how = OpenOptions::new();
    how.write(true).create_new(true).mode(0o600);
    let file = tempfile::Builder::new().prefix(PREFIX).make_in(folder, |name| how.open(name))?;
    // Set twice: a umask of 0777 would lock out the owner.
    file.as_file().set_permissions(Permissions::from_mode(mode))?;
    file.as_file().write_all(content)?;
    file.as_file().sync_all()?;
    Ok(file)
}

/// Renames two new files to their final names, unless those exist.
fn place(
    private: NamedTempFile,
    private_path: &Path,
    public: NamedTempFile,
    public_path: &Path,
) -> Result<(), Error> {
    let taken = |path: &Path, error: io::Error| match error.kind() {
        io::ErrorKind::AlreadyExists => Error::Exists { path: path.to_owned(), replaceable: true },
        _ => failed(path, "cannot be written")(error),
    };
    private.persist_noclobber(private_path).map_err(|error| taken(private_path, error.error))?;
    public.persist_noclobber(public_path).map(drop).map_err(|error| {
        // Ours, and a moment old: a private key without its public key would get in the way of the
        // next attempt.
        let _ = fs::remove_file(private_path);
        taken(public_path, error.error)
    })
}

/// Renames two new files to their final names, replacing what was there; the old private key keeps
/// a second name until both are in place.
fn replace(
    private: NamedTempFile,
    private_path: &Path,
    public: NamedTempFile,
    public_path: &Path,
    folder: &Path,
) -> Result<(), Error> {
    let kept = if is_there(private_path) {
        Some(keep(private_path, folder).map_err(failed(private_path, "cannot be kept"))?)
    } else {
        None
    };
    private
        .persist(private_path)
        .map_err(|error| failed(private_path, "cannot be replaced")(error.error))?;
    public.persist(public_path).map(drop).map_err(|error| {
        let undone = match kept {
            Some(kept) => kept.persist(private_path).map_err(|error| error.error),
            None => fs::remove_file(private_path),
        };
        let state = if undone.is_ok() {
            NOTHING
        } else {
            "the private key is new, but the public key is still the old one"
        };
        Error::Write {
            path: public_path.to_owned(),
            doing: "cannot be replaced",
            source: error.error,
            state,
        }
    })
}

/// A second name for the file itself (or the link itself), which goes away with its handle.
fn keep(path: &Path, folder: &Path) -> io::Result<tempfile::TempPath> {
    let named = tempfile::Builder::new()
        .prefix(PREFIX)
        .make_in(folder, |name| fs::hard_link(path, name))?;
    Ok(named.into_temp_path())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_taken_at_the_last_moment_leaves_no_incomplete_pair() {
        for taken in ["id", "id.pub"] {
            let folder = tempfile::TempDir::new().unwrap();
            let at = |name: &str| folder.path().join(name);
            let new = |content: &[u8]| write(folder.path(), content, 0o600).unwrap();
            let (private, public) = (new(b"private"), new(b"public"));
            fs::write(at(taken), "theirs").unwrap();
            let error = place(private, &at("id"), public, &at("id.pub")).unwrap_err();
            assert!(matches!(&error, Error::Exists { path, .. } if *path == at(taken)), "{error}");
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
            assert_eq!(fs::read_to_string(at(taken)).unwrap(), "theirs");
        }
    }
}
