//! A known_hosts file on disk: reads that always end, and appends that leave no partial line.

use std::fs::{DirBuilder, File, FileType, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use rustix::fs::OFlags;

use super::error::Error;

/// In bytes: room for some hundred thousand keys, and a limit for endless files.
const SIZE_LIMIT: u64 = 64 << 20;

/// Held while a file is changed: what one destination of a run appends must not be lost as another
/// one replaces the file.
static CHANGING: Mutex<()> = Mutex::new(());

/// What exists at the path of a known_hosts file.
enum Existing {
    Nothing,
    /// `/dev/null`, the usual way to say "remember nothing".
    Null,
    Regular,
}

/// The file's bytes; empty if it does not exist. `option` is the ssh_config keyword that named it,
/// for the hint.
pub(super) fn read(path: &Path, option: &'static str) -> Result<Vec<u8>, Error> {
    let unreadable = |source| Error::Unreadable { file: path.to_owned(), source };
    // Look before opening: opening a FIFO, a terminal or a tape has effects of its own.
    if !matches!(existing(path, option)?, Existing::Regular) {
        return Ok(Vec::new());
    }
    let file =
        OpenOptions::new().read(true).custom_flags(nonblocking()).open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(not_a_file(path, metadata.file_type(), option));
    }
    let mut bytes = Vec::new();
    file.take(SIZE_LIMIT + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > SIZE_LIMIT {
        return Err(Error::TooLarge { file: path.to_owned(), option, limit: SIZE_LIMIT });
    }
    Ok(bytes)
}

/// Appends lines, given with their newlines, in one write. If the file's last line lacks a newline,
/// it gets one first.
///
/// A missing file is created with mode 0600, and its directory with 0700. Returns `false` for
/// `/dev/null`, which keeps nothing.
pub(super) fn append(path: &Path, lines: &str, option: &'static str) -> Result<bool, Error> {
    let failed = |source| Error::NotWritten { file: path.to_owned(), source };
    let _alone = CHANGING.lock().unwrap_or_else(PoisonError::into_inner);
    match existing(path, option)? {
        Existing::Null => return Ok(false),
        Existing::Nothing => make_folder(path).map_err(failed)?,
        Existing::Regular => {}
    }
    let mut file = OpenOptions::new()
        .read(true)
        .append(true)
        .create(true)
        .mode(0o600)
        .custom_flags(nonblocking())
        .open(path)
        .map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    if !metadata.is_file() {
        return Err(not_a_file(path, metadata.file_type(), option));
    }
    let mut record = Vec::with_capacity(1 + lines.len());
    if lacks_newline(&mut file).map_err(failed)? {
        record.push(b'\n');
    }
    record.extend_from_slice(lines.as_bytes());
    let written = write_once(&mut file, &record).map_err(failed)?;
    if written == record.len() {
        return Ok(true);
    }
    let source = io::Error::new(
        io::ErrorKind::WriteZero,
        format!("only {written} of {} bytes were written", record.len()),
    );
    match take_back(&mut file, &record[..written]) {
        Ok(()) => Err(failed(source)),
        Err(_) => Err(Error::Torn { file: path.to_owned(), source }),
    }
}

/// Replaces the whole content, in one step, if it still is `before`. The file keeps its mode and,
/// where it may be given, its owner; a link to it stays a link. What it held is kept next to it, as
/// `FILE.old`.
pub(super) fn replace(path: &Path, before: &[u8], after: &[u8]) -> Result<(), Error> {
    let failed = |source| Error::NotChanged { file: path.to_owned(), source };
    let _alone = CHANGING.lock().unwrap_or_else(PoisonError::into_inner);
    let target = path.canonicalize().map_err(failed)?;
    let metadata = target.metadata().map_err(failed)?;
    let folder = target.parent().unwrap_or(Path::new("/"));
    let mut new = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    new.write_all(after).map_err(failed)?;
    let own = new.as_file().metadata().map_err(failed)?;
    if (own.uid(), own.gid()) != (metadata.uid(), metadata.gid()) {
        let (owner, group) = (Some(metadata.uid()), Some(metadata.gid()));
        std::os::unix::fs::fchown(new.as_file(), owner, group).map_err(failed)?;
    }
    new.as_file().set_permissions(metadata.permissions()).map_err(failed)?;
    new.as_file().sync_all().map_err(failed)?;
    if std::fs::read(&target).map_err(failed)? != before {
        return Err(failed(io::Error::other("another program has written to it meanwhile")));
    }
    let mut old = target.clone().into_os_string();
    old.push(".old");
    match std::fs::remove_file(&old) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    std::fs::hard_link(&target, &old).map_err(failed)?;
    new.persist(&target).map_err(|error| failed(error.error))?;
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)
}

fn existing(path: &Path, option: &'static str) -> Result<Existing, Error> {
    let metadata = match path.metadata() {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Existing::Nothing),
        Err(source) => return Err(Error::Unreadable { file: path.to_owned(), source }),
    };
    let kind = metadata.file_type();
    if kind.is_file() {
        return Ok(Existing::Regular);
    }
    // Compare device numbers, so that a link to it or another node of it in a container counts too.
    let is_null = |null: std::fs::Metadata| {
        null.file_type().is_char_device() && null.rdev() == metadata.rdev()
    };
    if kind.is_char_device() && Path::new("/dev/null").metadata().is_ok_and(is_null) {
        Ok(Existing::Null)
    } else {
        Err(not_a_file(path, kind, option))
    }
}

fn not_a_file(path: &Path, kind: FileType, option: &'static str) -> Error {
    let what = if kind.is_dir() {
        "a directory"
    } else if kind.is_fifo() {
        "a named pipe"
    } else if kind.is_socket() {
        "a socket"
    } else {
        "a device"
    };
    Error::NotAFile { file: path.to_owned(), what, option }
}

/// Flags for a path that may have become something else since it was looked at: a FIFO must not
/// block the process, nor a terminal become its controlling terminal.
fn nonblocking() -> i32 {
    (OFlags::NONBLOCK | OFlags::NOCTTY).bits() as i32
}

fn make_folder(file: &Path) -> io::Result<()> {
    let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) else {
        return Ok(());
    };
    match DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

fn lacks_newline(file: &mut File) -> io::Result<bool> {
    if file.seek(SeekFrom::End(0))? == 0 {
        return Ok(false);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

/// Writes with a single call, as another program may append between two.
fn write_once(file: &mut File, bytes: &[u8]) -> io::Result<usize> {
    loop {
        match file.write(bytes) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// Removes the bytes just appended, if they are still the last ones of the file.
fn take_back(file: &mut File, torn: &[u8]) -> io::Result<()> {
    let end = file.stream_position()?;
    let start = end - torn.len() as u64;
    let mut found = vec![0; torn.len()];
    file.seek(SeekFrom::Start(start))?;
    file.read_exact(&mut found)?;
    if found != torn || file.metadata()?.len() != end {
        return Err(io::Error::other("another program has written to the file since"));
    }
    file.set_len(start)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn appended(before: &str, torn: &str) -> (tempfile::NamedTempFile, File) {
        let made = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(made.path(), before).unwrap();
        let mut file = OpenOptions::new().read(true).append(true).open(made.path()).unwrap();
        assert_eq!(write_once(&mut file, torn.as_bytes()).unwrap(), torn.len());
        (made, file)
    }

    #[test]
    fn a_partial_line_of_its_own_is_taken_back() {
        let (made, mut file) = appended("one\n", "tw");
        take_back(&mut file, b"tw").unwrap();
        assert_eq!(std::fs::read(made.path()).unwrap(), b"one\n");
    }

    #[test]
    fn what_another_program_appended_is_never_taken_back() {
        let (made, mut file) = appended("one\n", "tw");
        OpenOptions::new().append(true).open(made.path()).unwrap().write_all(b"three\n").unwrap();
        take_back(&mut file, b"tw").unwrap_err();
        assert_eq!(std::fs::read(made.path()).unwrap(), b"one\ntwthree\n");
    }
}
