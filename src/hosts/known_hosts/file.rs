//! A known_hosts file on the disk: a read that always ends, and an append that leaves no half line
//! behind.

use std::fs::{DirBuilder, File, FileType, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::OFlags;

use super::Error;

/// 64 MiB: room for some hundred thousand keys, and an end to a file that has none.
pub(super) const SIZE_LIMIT: u64 = 64 << 20;

/// What stands at a path that is meant to be a known_hosts file.
enum Place {
    Missing,
    /// `/dev/null`, the usual way to say "remember nothing".
    Null,
    Regular,
}

/// The file's bytes; none where it is missing. `option` is the ssh_config option that named it, for
/// the hint.
pub(super) fn read(path: &Path, option: &'static str) -> Result<Vec<u8>, Error> {
    let unreadable = |source| Error::Unreadable { file: path.to_owned(), source };
    // Looking before opening: to open a FIFO, a terminal or a tape has effects of its own.
    if !matches!(place(path, option)?, Place::Regular) {
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
    match bytes.len() as u64 > SIZE_LIMIT {
        true => Err(Error::TooLong { file: path.to_owned(), option }),
        false => Ok(bytes),
    }
}

/// Adds one line (given with its newline) in one write, behind a newline where the file's last line
/// lacks one.
///
/// A missing file is made with mode 0600, and its folder with 0700. `/dev/null` takes nothing: that
/// is `false`.
pub(super) fn append(path: &Path, line: &str, option: &'static str) -> Result<bool, Error> {
    let failed = |source| Error::NotWritten { file: path.to_owned(), source };
    match place(path, option)? {
        Place::Null => return Ok(false),
        Place::Missing => make_folder(path).map_err(failed)?,
        Place::Regular => {}
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
    let mut record = Vec::with_capacity(1 + line.len());
    if lacks_newline(&mut file).map_err(failed)? {
        record.push(b'\n');
    }
    record.extend_from_slice(line.as_bytes());
    let written = write_once(&mut file, &record).map_err(failed)?;
    if written == record.len() {
        return Ok(true);
    }
    let source = io::Error::new(
        io::ErrorKind::WriteZero,
        format!("the disk took only {written} of {} bytes", record.len()),
    );
    match take_back(&mut file, &record[..written]) {
        Ok(()) => Err(failed(source)),
        Err(_) => Err(Error::Torn { file: path.to_owned(), source }),
    }
}

fn place(path: &Path, option: &'static str) -> Result<Place, Error> {
    let metadata = match path.metadata() {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Place::Missing),
        Err(source) => return Err(Error::Unreadable { file: path.to_owned(), source }),
    };
    let kind = metadata.file_type();
    if kind.is_file() {
        return Ok(Place::Regular);
    }
    // By its device number, so that a link to it, or another node of it in a container, is known
    // too.
    let is_null = |null: std::fs::Metadata| {
        null.file_type().is_char_device() && null.rdev() == metadata.rdev()
    };
    match kind.is_char_device() && Path::new("/dev/null").metadata().is_ok_and(is_null) {
        true => Ok(Place::Null),
        false => Err(not_a_file(path, kind, option)),
    }
}

fn not_a_file(path: &Path, kind: FileType, option: &'static str) -> Error {
    let what = match kind {
        _ if kind.is_dir() => "a folder",
        _ if kind.is_fifo() => "a pipe",
        _ if kind.is_socket() => "a socket",
        _ => "a device",
    };
    Error::NotAFile { file: path.to_owned(), what, option }
}

/// A FIFO put in the file's place between look and open must not hold the process, nor a terminal
/// become its own.
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

/// One write call, as another program may append between two.
fn write_once(file: &mut File, bytes: &[u8]) -> io::Result<usize> {
    loop {
        match file.write(bytes) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// Cuts off the bytes just appended, where they are still the last ones of the file.
fn take_back(file: &mut File, torn: &[u8]) -> io::Result<()> {
    let end = file.stream_position()?;
    let start = end - torn.len() as u64;
    let mut found = vec![0; torn.len()];
    file.seek(SeekFrom::Start(start))?;
    file.read_exact(&mut found)?;
    if found != torn || file.metadata()?.len() != end {
        return Err(io::Error::other("another program has written since"));
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
    fn takes_back_its_own_torn_tail() {
        let (made, mut file) = appended("one\n", "tw");
        take_back(&mut file, b"tw").unwrap();
        assert_eq!(std::fs::read(made.path()).unwrap(), b"one\n");
    }

    #[test]
    fn never_takes_back_what_another_program_appended() {
        let (made, mut file) = appended("one\n", "tw");
        OpenOptions::new().append(true).open(made.path()).unwrap().write_all(b"three\n").unwrap();
        take_back(&mut file, b"tw").unwrap_err();
        assert_eq!(std::fs::read(made.path()).unwrap(), b"one\ntwthree\n");
    }
}
