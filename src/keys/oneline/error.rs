//! Why a key could not be written to its place.

use crate::error::{Failure, Kind};
use crate::keys::consumers::webssh2;
use crate::quoting::shell_word;
use std::path::PathBuf;

/// Why a key could not be written to its place.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the message of a variant describes it")]
pub enum Error {
    #[error("{name:?} is not a valid variable name")]
    Name { name: String },
    #[error("there is text before or after the key that some readers of the {form} format reject")]
    Unplain { form: &'static str },
    #[error(
        "{pointer:?} is not a JSON pointer to a member, such as {} (RFC 6901)",
        webssh2::POINTER
    )]
    Pointer { pointer: String },
    #[error("this is not JSON (line {line}, column {column}); nothing was written")]
    NotJson { line: usize, column: usize },
    #[error("the file is empty, so it is not JSON; nothing was written")]
    Empty,
    #[error("{at:?} is {what}, not an object; nothing was written")]
    NotAnObject { at: String, what: &'static str },
    #[error("{at:?} is already {what}; nothing was written")]
    Occupied { at: String, what: &'static str },
    #[error("{at:?} occurs more than once; nothing was written")]
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
            Self::Name { .. } => Some("use only letters, digits and _: --name PRIVATE_KEY".into()),
            Self::Unplain { .. } => Some("use --as base64".into()),
            Self::Pointer { .. } => {
                Some(format!("put a slash before each member: --at {}", webssh2::POINTER))
            }
            Self::Empty => Some("delete it and run this again, or write {} into it".into()),
            Self::NotAnObject { at, .. } if at.is_empty() => None,
            Self::NotAnObject { at, .. } | Self::Occupied { at, .. } => {
                Some(format!("choose another place: --at {}", shell_word(&format!("{at}2"))))
            }
            Self::File { fault, .. } => fault.hint(),
            Self::NotJson { .. } | Self::Twice { .. } => None,
        }
    }
}
