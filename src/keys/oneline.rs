//! A key in the forms that config files take, and back. Pure text: whether it is a key was asked
//! before.

mod config;
mod decode;
mod forms;

use crate::error::{Failure, Kind};
pub use config::{Neighbours, Placed, Pointer, place};
pub use decode::decode;
pub use forms::{env, sh, yaml};

use crate::keys::key_file::KeyFile;
use data_encoding::BASE64;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Why a key cannot stand where it should.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    #[error("{name:?} cannot be the name of a variable")]
    Name { name: String },
    #[error(
        "something stands before or after the key that the form {form} cannot hold for all its \
        readers"
    )]
    Unplain { form: &'static str },
    #[error("{pointer:?} is not the place of a member: /user/privateKey is one (RFC 6901)")]
    Pointer { pointer: String },
    #[error("this is not JSON (line {line}, column {column}); nothing was written")]
    NotJson { line: usize, column: usize },
    #[error("there is nothing in it, and that is not JSON; nothing was written")]
    Empty,
    #[error("{at:?} is {what}, not an object; nothing was written")]
    NotAnObject { at: String, what: &'static str },
    #[error("{at:?} is {what} already; nothing was written")]
    Occupied { at: String, what: &'static str },
    #[error("{at:?} stands in it more than once; nothing was written")]
    Twice { at: String },
    #[error("{path:?}: {fault}")]
    File { path: PathBuf, fault: Box<Error> },
}

impl Failure for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::Name { .. } | Self::Pointer { .. } => Kind::Usage,
            Self::Unplain { .. } => Kind::NotAKey,
            Self::NotJson { .. } | Self::Empty => Kind::NotJson,
            Self::NotAnObject { .. } | Self::Occupied { .. } | Self::Twice { .. } => {
                Kind::JsonPlace
            }
            Self::File { fault, .. } => fault.kind(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Name { .. } => {
                Some("take letters, digits and _ alone: --name PRIVATE_KEY".into())
            }
            Self::Unplain { .. } => Some("take --as base64".into()),
            Self::Pointer { .. } => {
                Some("name each member behind a slash: --at /user/privateKey".into())
            }
            Self::Empty => Some("remove it to have it made, or write {} into it".into()),
            Self::NotAnObject { .. } | Self::Occupied { .. } => {
                Some("name another place: --at /user/privateKey".into())
            }
            Self::File { fault, .. } => fault.hint(),
            Self::NotJson { .. } | Self::Twice { .. } => None,
        }
    }
}

/// The text with LF line ends and without a byte order mark; nothing else is touched, the last line
/// break neither made nor taken.
pub fn normalise(text: &str) -> Zeroizing<String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut out = Zeroizing::new(String::with_capacity(text.len()));
    for line in text.split_inclusive('\n') {
        match line.strip_suffix("\r\n") {
            Some(line) => {
                out.push_str(line);
                out.push('\n');
            }
            None => out.push_str(line),
        }
    }
    out
}

/// A JSON string, quotes included: what `jq -Rs .` prints for the normalised text (RFC 8259,
/// section 7).
pub fn json_string(text: &str) -> Zeroizing<String> {
    let text = normalise(text);
    // Six characters a character is the most an escape takes: growing would leave copies of the key
    // behind.
    let mut out = Zeroizing::new(String::with_capacity(text.len() * 6 + 2));
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            // jq escapes DEL as well, which RFC 8259 leaves open.
            '\0'..='\u{1f}' | '\u{7f}' => {
                let digits = b"0123456789abcdef";
                out.push_str("\\u00");
                out.push(char::from(digits[(c as usize) >> 4]));
                out.push(char::from(digits[(c as usize) & 15]));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A JSON member, `"privateKey": "…\n"`, ready to stand in an object.
pub fn member(name: &str, text: &str) -> Zeroizing<String> {
    let (name, value) = (json_string(name), json_string(text));
    let mut out = Zeroizing::new(String::with_capacity(name.len() + value.len() + 2));
    out.push_str(&name);
    out.push_str(": ");
    out.push_str(&value);
    out
}

/// The base64 of the normalised text, on one line and padded.
pub fn base64(text: &str) -> Zeroizing<String> {
    let text = normalise(text);
    let mut out = Zeroizing::new(String::with_capacity(BASE64.encode_len(text.len())));
    BASE64.encode_append(text.as_bytes(), &mut out);
    out
}

/// Puts the key's text into the JSON file at `path`, in one step: its mode, its owner and every
/// other byte stay. A missing file is made with mode 0600.
pub fn put(path: &Path, pointer: &Pointer, key: &str) -> Result<Neighbours, crate::error::Error> {
    let file = KeyFile::new(path);
    let document = match file.read_text() {
        Err(crate::keys::key_file::Error::Missing { .. }) => None,
        document => Some(document?),
    };
    let named = |fault| Error::File { path: path.to_owned(), fault: Box::new(fault) };
    let placed = place(document.as_deref().map(String::as_str), pointer, key).map_err(named)?;
    match document {
        Some(before) if *before == *placed.text => {}
        Some(_) => file.replace(&placed.text)?,
        None => file.create(&placed.text, 0o600)?,
    }
    Ok(placed.neighbours)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_become_lf_and_the_last_one_is_neither_made_nor_taken() {
        for (text, normal) in [
            ("", ""),
            ("a", "a"),
            ("a\n", "a\n"),
            ("\u{feff}a\r\nb\r\n", "a\nb\n"),
            ("a\rb\n\r\n", "a\rb\n\n"),
            ("a\r", "a\r"),
        ] {
            assert_eq!(*normalise(text), normal, "{text:?}");
        }
    }

    #[test]
    fn a_member_is_ready_to_stand_in_an_object() {
        assert_eq!(
            *member("privateKey", "-----BEGIN\n\"x\\\n"),
            r#""privateKey": "-----BEGIN\n\"x\\\n""#
        );
        assert_eq!(*member("a\"b", ""), r#""a\"b": """#);
        assert_eq!(*json_string("\u{1}\u{1f}\u{7f}"), r#""\u0001\u001f\u007f""#);
    }
}
