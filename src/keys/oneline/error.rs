//! Why a key could not be put where it should go.

use crate::error::{Failure, Kind};
use crate::keys::consumers::webssh2;
use std::path::PathBuf;

/// Why a key could not be put where it should go.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the messages say it")]
pub enum Error {
    #[error("{name:?} cannot be the name of a variable")]
    Name { name: String },
    #[error(
        "something stands before or after the key that the form {form} cannot hold for all its \
        readers"
    )]
    Unplain { form: &'static str },
    #[error("{pointer:?} is not the place of a member: {} is one (RFC 6901)", webssh2::POINTER)]
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
                Some(format!("name each member behind a slash: --at {}", webssh2::POINTER))
            }
            Self::Empty => Some("remove it to have it made, or write {} into it".into()),
            Self::NotAnObject { .. } | Self::Occupied { .. } => {
                Some(format!("name another place: --at {}", webssh2::POINTER))
            }
            Self::File { fault, .. } => fault.hint(),
            Self::NotJson { .. } | Self::Twice { .. } => None,
        }
    }
}
