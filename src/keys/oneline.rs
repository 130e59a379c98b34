//! A key in the forms that config files need, and back. Pure text: whether it is a key was checked
//! before.

mod config;
mod decode;
mod error;
mod forms;
mod json;
mod plain;

pub use config::{Placed, Pointer, is_json, place};
pub use decode::decode;
pub use error::Error;
pub use forms::{base64, env, sh, yaml};
pub use json::{json_string, member};
pub use plain::normalise;

use crate::keys::key_file::{self, KeyFile};
use std::path::Path;

/// Puts the key's text into the JSON file at `path`, in one step: its mode, its owner and every
/// other byte stay. A missing file is created with mode 0600.
///
/// # Errors
///
/// If the file cannot be read or written, is not JSON, or has no place for the key at `pointer`;
/// for root without `force`, if another user controls its path.
pub fn put(
    path: &Path,
    pointer: &Pointer,
    key: &str,
    force: bool,
) -> Result<Vec<String>, crate::error::Error> {
    let file = KeyFile::new(path);
    let document = match file.read_to_replace() {
        Err(key_file::Error::Missing { .. }) => None,
        document => Some(document?),
    };
    let named = |fault| Error::File { path: path.to_owned(), fault: Box::new(fault) };
    let placed =
        place(document.as_ref().map(|(text, _)| text.as_str()), pointer, key).map_err(named)?;
    match document {
        Some((before, _)) if *before == *placed.text => {}
        Some((_, origin)) => file.replace(&placed.text, origin, force)?,
        None => file.create(&placed.text, 0o600)?,
    }
    Ok(placed.neighbours)
}
