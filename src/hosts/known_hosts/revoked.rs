//! The files of RevokedHostKeys, as bytes: what they revoke is read in the room of keys.

use std::path::Path;

use super::error::Error;
use super::file;

const OPTION: &str = "RevokedHostKeys";

/// The bytes of a file that RevokedHostKeys names; see `keys::revoked` for what is in it.
///
/// # Errors
///
/// If it cannot be read, is missing, is not a regular file, or is too large.
pub fn read_revoked(file: &Path) -> Result<Vec<u8>, Error> {
    if let Err(source) = file.metadata() {
        return Err(Error::Unreadable { file: file.to_owned(), source });
    }
    file::read(file, OPTION)
}
