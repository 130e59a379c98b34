//! Reads a configuration file: at most 1 MiB, without waiting, and only if no other user could have
//! written it.

use std::fs::OpenOptions;
use std::io::{self, Read};
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

use super::error::Error;

/// In bytes; far above any real configuration.
const LIMIT: u64 = 1024 * 1024;

/// The whole file, or `None` if it does not exist.
///
/// With `owner`, refuses a file that belongs to neither root nor that user, or that group or others
/// can write, as ssh does.
pub(super) fn read(path: &Path, owner: Option<u32>) -> Result<Option<Vec<u8>>, Error> {
    let failed = |source| Error::Unreadable { path: path.to_owned(), source };
    // O_NONBLOCK: opening a FIFO would wait for its writer.
    let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
    let file = match OpenOptions::new().read(true).custom_flags(flags.bits() as i32).open(path) {
        Ok(file) => file,
        Err(error)
            if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) =>
        {
            return Ok(None);
        }
        Err(error) => return Err(failed(error)),
    };
    let about = file.metadata().map_err(failed)?;
    if let Some(owner) = owner
        && ((about.uid() != 0 && about.uid() != owner) || about.mode() & 0o022 != 0)
    {
        return Err(Error::UnsafeFile {
            path: path.to_owned(),
            owner: about.uid(),
            mode: about.mode() & 0o7777,
        });
    }
    // A character device may be /dev/null, the usual way to say "no configuration". Any other one
    // returns bytes, or an error because there are none yet.
    let is_device = about.file_type().is_char_device();
    if !about.is_file() && !is_device {
        return Err(Error::NotAFile { path: path.to_owned() });
    }
    let mut bytes = Vec::new();
    match file.take(LIMIT + 1).read_to_end(&mut bytes) {
        Ok(_) if is_device && !bytes.is_empty() => Err(Error::NotAFile { path: path.to_owned() }),
        Ok(_) if bytes.len() as u64 > LIMIT => {
            Err(Error::TooLarge { path: path.to_owned(), limit: LIMIT })
        }
        Ok(_) => Ok(Some(bytes)),
        Err(_) if is_device => Err(Error::NotAFile { path: path.to_owned() }),
        Err(error) => Err(failed(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_fifo_a_directory_or_an_endless_device_is_refused_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let fifo = folder.path().join("fifo");
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &fifo,
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::RUSR,
            0,
        )
        .unwrap();
        for path in [fifo.as_path(), folder.path(), Path::new("/dev/zero")] {
            assert!(matches!(read(path, None), Err(Error::NotAFile { .. })), "{path:?}");
        }
        assert_eq!(read(Path::new("/dev/null"), None).unwrap(), Some(Vec::new()));
        assert!(read(&folder.path().join("missing"), None).unwrap().is_none());
    }

    #[test]
    fn a_file_that_others_can_write_or_that_is_too_large_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config");
        std::fs::write(&path, "Port 22\n").unwrap();
        let uid = std::fs::metadata(&path).unwrap().uid();
        let mode =
            |mode| std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        for (bits, is_safe) in [(0o600, true), (0o644, true), (0o664, false), (0o646, false)] {
            mode(bits);
            assert_eq!(read(&path, Some(uid)).is_ok(), is_safe, "{bits:o}");
            assert!(read(&path, None).is_ok());
        }
        mode(0o600);
        // A file that belongs to root is fine for everyone, as in ssh.
        assert_eq!(matches!(read(&path, Some(uid + 1)), Err(Error::UnsafeFile { .. })), uid != 0);
        std::fs::write(&path, vec![b'#'; LIMIT as usize]).unwrap();
        assert!(read(&path, None).is_ok());
        std::fs::write(&path, vec![b'#'; LIMIT as usize + 1]).unwrap();
        assert!(matches!(read(&path, None), Err(Error::TooLarge { .. })));
    }
}
