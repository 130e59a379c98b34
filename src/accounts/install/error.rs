//! Why a key is not installed.

use crate::accounts::remote_file::Made;
use crate::accounts::{key_line, remote_file, remote_script};
use crate::error::{Failure, Kind};
use crate::quoting::remote_path;

/// Why a key is not installed. Files are named as the server's script names them
/// (`~/.ssh/authorized_keys`); what a server said is cleaned and bounded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The key cannot be written as a line.
    #[error(transparent)]
    Key(#[from] key_line::Error),
    /// The file cannot be read or written.
    #[error(transparent)]
    File(#[from] remote_file::Error),
    /// The account did not run the script to the end.
    #[error(transparent)]
    Script(#[from] remote_script::Error),
    /// The script was cut off, perhaps while it wrote.
    #[error(
        "the connection ended before the script answered; the line may or \
        may not be in the file"
    )]
    CutShort,
    /// The server reads no authorized_keys file.
    #[error(
        "the server reads no authorized_keys file for this account (AuthorizedKeysFile none in \
        {config}); nothing was written"
    )]
    NoKeysFile {
        /// The file of sshd's configuration.
        config: String,
    },
    /// A failed write left bytes behind.
    #[error(
        "{file:?} on the server ends with part of the new line, which could not be removed; \
        servers ignore it"
    )]
    PartialLine {
        /// As messages name it.
        file: String,
    },
    /// The connection failed during the request.
    #[error(
        "{why}; {}",
        if *.is_sent { "the line may or may not be in the file" } else { made.now() }
    )]
    Unanswered {
        /// That of the connection's failure.
        kind: Kind,
        /// The message of the connection's failure.
        why: String,
        /// The hint of the connection's failure.
        hint: Option<String>,
        /// What was created before.
        made: Made,
        /// The line had already been sent.
        is_sent: bool,
    },
    /// The line was written, but the server refused to show it.
    #[error(
        "{file:?} on the server could not be read back: the server said {said:?}; the line may or \
         may not be in the file"
    )]
    NotReadBack {
        /// As messages name it.
        file: String,
        /// The words of the server.
        said: String,
    },
    /// Another program changed the file during every attempt.
    #[error(
        "{file:?} on the server was changed by another program at the same time; the line is not \
        in it as written"
    )]
    ConcurrentChange {
        /// As messages name it.
        file: String,
    },
}

impl Failure for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::Key(error) => error.kind(),
            Self::File(error) => error.kind(),
            Self::Script(error) => error.kind(),
            Self::CutShort | Self::NotReadBack { .. } => Kind::NoResult,
            Self::NoKeysFile { .. } => Kind::NoAuthorizedKeysFile,
            Self::PartialLine { .. } => Kind::PartialLine,
            Self::Unanswered { kind, .. } => *kind,
            Self::ConcurrentChange { .. } => Kind::ConcurrentChange,
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Key(error) => return error.hint(),
            Self::File(error) => return error.hint(),
            Self::Script(error) => return error.hint(),
            Self::Unanswered { is_sent: false, hint, .. } => return hint.clone(),
            Self::CutShort
            | Self::Unanswered { .. }
            | Self::NotReadBack { .. }
            | Self::ConcurrentChange { .. } => "run it again: it checks before it writes".into(),
            Self::NoKeysFile { .. } => {
                "ask the server's administrator how keys are installed there".into()
            }
            Self::PartialLine { file } => format!(
                "make room on the server and run it again; then remove the incomplete last line \
                of {}",
                remote_path(file)
            ),
        })
    }
}
