//! A file or a stream, read with bounds: at most 1 MiB, never waiting for a pipe or a device.

use super::error::{Error, Irregular};
use super::ppk;
use super::public_line::is_public_line;
use rustix::fs::OFlags;
use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;
use zeroize::Zeroizing;

/// Largest file read, in bytes. The largest key (RSA 16384) has about 13 KiB.
pub(super) const MAX_BYTES: u64 = 1 << 20;

/// Whether anything has this name, a dangling link included.
pub(super) fn is_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// The text of a stream, such as standard input, under the rules of [`KeyFile::read_text`]. `name`
/// is for messages.
///
/// # Errors
///
/// If the stream cannot be read, is too large, or is not UTF-8.
pub fn read_stream(stream: impl Read, name: &str) -> Result<Zeroizing<String>, Error> {
    text(Path::new(name), read_stream_bytes(stream, name)?)
}

/// The content of a stream in any encoding; otherwise as [`read_stream`].
///
/// # Errors
///
/// If the stream cannot be read or is too large.
pub fn read_stream_bytes(stream: impl Read, name: &str) -> Result<Zeroizing<Vec<u8>>, Error> {
    let path = Path::new(name);
    // Untouched memory costs nothing, and growing would leave copies of the key behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_BYTES as usize + 1));
    let failed = |source| Error::Io { path: path.to_owned(), doing: "cannot be read", source };
    stream.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(Error::TooLarge { path: path.to_owned() });
    }
    Ok(bytes)
}

pub(super) fn read_text(path: &Path) -> Result<(Zeroizing<String>, Metadata), Error> {
    let (bytes, metadata) = read_bytes(path)?;
    text(path, bytes).map(|text| (text, metadata))
}

pub(super) fn read_bytes(path: &Path) -> Result<(Zeroizing<Vec<u8>>, Metadata), Error> {
    let failed = |doing| move |source| Error::Io { path: path.to_owned(), doing, source };
    let file = open(path)?;
    let metadata = file.metadata().map_err(failed("cannot be read"))?;
    let kind = metadata.file_type();
    if !kind.is_file() {
        let what = if kind.is_dir() {
            Irregular::Folder
        } else if kind.is_fifo() {
            Irregular::Pipe
        } else if kind.is_socket() {
            Irregular::Socket
        } else {
            Irregular::Device
        };
        return Err(Error::NotRegular { path: path.to_owned(), what });
    }
    if metadata.len() > MAX_BYTES {
        return Err(Error::TooLarge { path: path.to_owned() });
    }
    // Room for the whole file from the start: growing would leave copies of the key behind.
    let room = usize::try_from(metadata.len()).unwrap_or(0) + 1;
    let mut bytes = Zeroizing::new(Vec::with_capacity(room));
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(failed("cannot be read"))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(Error::TooLarge { path: path.to_owned() });
    }
    Ok((bytes, metadata))
}

pub(super) fn open(path: &Path) -> Result<File, Error> {
    // Non-blocking: opening a pipe would otherwise wait for a writer.
    let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    OpenOptions::new().read(true).custom_flags(flags.bits() as i32).open(path).map_err(|source| {
        match source.kind() {
            io::ErrorKind::NotFound => Error::Missing { path: path.to_owned() },
            _ => Error::Io { path: path.to_owned(), doing: "cannot be opened", source },
        }
    })
}

pub(super) fn text(path: &Path, mut bytes: Zeroizing<Vec<u8>>) -> Result<Zeroizing<String>, Error> {
    let not_text = |why| Error::NotText { path: path.to_owned(), why };
    // PowerShell's redirection writes a public key like this.
    if let Some(text) = utf16(&bytes).filter(|text| text.lines().any(is_public_line)) {
        return Ok(text);
    }
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(not_text("it is UTF-16; save it as UTF-8"));
    }
    if bytes.contains(&0) {
        return Err(not_text("it contains zero bytes"));
    }
    match String::from_utf8(std::mem::take(&mut *bytes)) {
        Ok(text) => Ok(Zeroizing::new(text)),
        Err(error) => {
            let bytes = Zeroizing::new(error.into_bytes());
            let mut text = Zeroizing::new(String::with_capacity(2 * bytes.len()));
            text.extend(bytes.iter().map(|byte| char::from(*byte)));
            if holds_a_key(&text) { Ok(text) } else { Err(not_text("it is not UTF-8")) }
        }
    }
}

/// The text of a file that is UTF-16 with its mark.
fn utf16(bytes: &[u8]) -> Option<Zeroizing<String>> {
    let (mark, pairs) = bytes.split_first_chunk::<2>()?;
    let units = match mark {
        [0xff, 0xfe] => pairs.as_chunks().0.iter().copied().map(u16::from_le_bytes).collect(),
        [0xfe, 0xff] => pairs.as_chunks().0.iter().copied().map(u16::from_be_bytes).collect(),
        _ => return None,
    };
    let units: Zeroizing<Vec<u16>> = Zeroizing::new(units);
    String::from_utf16(&units).ok().map(Zeroizing::new)
}

/// Whether a text has a key, so that what is not ASCII can only be a comment or around the key:
/// PuTTY and old systems write comments in their own code page. Each of its bytes is one character
/// of the text, as in Latin-1.
fn holds_a_key(text: &str) -> bool {
    let is_first =
        |line: &str| line.starts_with("-----BEGIN ") && line.trim_end().ends_with(" KEY-----");
    ppk::is_announced(text) || text.lines().any(|line| is_first(line) || is_public_line(line))
}
