//! How the library asks the user: through a trait that the caller implements, never directly.

use crate::error::{Failure, Kind};
use zeroize::Zeroizing;

/// What kind of answer a [`Question`] wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A line that is echoed.
    Text,
    /// A passphrase, password or one-time code: no echo.
    Secret,
    /// `yes`, `no` or what the question offers, echoed. An empty answer is never a yes.
    Confirm,
}

/// One question to the user.
#[derive(Clone, Debug)]
pub struct Question {
    /// The text before the cursor, of one or more lines. The implementation removes control
    /// characters, since the text can come from a server.
    pub prompt: String,
    /// What kind of answer it wants.
    pub answer: Answer,
    /// What is needed, for the error if nobody can be asked: `the password of ann@web1`.
    pub wanted: String,
    /// How to give it without being asked, as a complete hint: `give it with --password-file
    /// or in SSHK_PASSWORD`.
    pub instead: String,
}

/// Asks the user. Implementations ask one question at a time, even if several threads call.
///
/// A call blocks its thread until there is an answer; async callers use `spawn_blocking`.
pub trait Prompter: Send + Sync {
    /// The answer, without its newline.
    ///
    /// # Errors
    ///
    /// If nobody can be asked, or there is no answer.
    fn ask(&self, question: &Question) -> Result<Zeroizing<String>, Error>;

    /// Whether [`Prompter::ask`] has anyone to ask.
    fn can_ask(&self) -> bool;

    /// Shows a server's words (an instruction) outside any question. The implementation removes
    /// control characters and begins each line with `from`, the account: no line may pass for one
    /// of our own.
    fn tell(&self, from: &str, text: &str);
}

/// Why a question got no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is nobody to ask.
    #[error("{wanted} is needed, and there is no terminal to ask on")]
    NoTerminal {
        /// What is needed.
        wanted: String,
        /// How to give it without being asked.
        instead: String,
    },
    /// Ctrl-D on an empty line, or an askpass program that was cancelled.
    #[error("{wanted} was asked for, but not given")]
    NoAnswer {
        /// What is needed.
        wanted: String,
        /// How to give it without being asked.
        instead: String,
    },
    /// Ctrl-C, or the terminal went away.
    #[error("interrupted at a prompt")]
    Interrupted,
    /// The terminal could not be read or written.
    #[error("could not ask on the terminal: {0}")]
    Io(#[from] std::io::Error),
}

impl Failure for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::NoTerminal { .. } => Kind::NoTerminal,
            Self::NoAnswer { .. } => Kind::NoAnswer,
            Self::Interrupted => Kind::Interrupted,
            Self::Io(_) => Kind::Io,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::NoTerminal { instead, .. } | Self::NoAnswer { instead, .. } => {
                Some(instead.clone())
            }
            Self::Interrupted | Self::Io(_) => None,
        }
    }
}
