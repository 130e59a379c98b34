//! How the library asks a person: through a trait the caller implements, never by itself.

use crate::error::{Failure, Kind};
use zeroize::Zeroizing;

/// What kind of answer a [`Question`] wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A line that may be seen while it is typed.
    Text,
    /// A passphrase, password or one-time code: no echo.
    Secret,
    /// `yes`, `no` or what the question names, seen while typed. An empty answer is never a yes.
    Confirm,
}

/// One question to a person.
#[derive(Clone, Debug)]
pub struct Question {
    /// The text before the cursor, as it stands on the terminal; may hold several lines. The asker
    /// removes control characters, since a server can word it.
    pub prompt: String,
    pub answer: Answer,
    /// What is wanted, for the error where nobody can be asked: `the password of ann@web1`.
    pub wanted: String,
    /// How to give it without a question, as a full hint: `give it with --password-file FILE or
    /// SSHK_PASSWORD`.
    pub instead: String,
}

/// Asks a person. Implementations serialise: one question at a time, whoever asks.
///
/// A call blocks its thread until there is an answer; async callers go through `spawn_blocking`.
pub trait Prompter: Send + Sync {
    /// The answer, without its newline.
    fn ask(&self, question: &Question) -> Result<Zeroizing<String>, Error>;

    /// Whether [`Prompter::ask`] has anybody to ask.
    fn can_ask(&self) -> bool;

    /// Shows a server's words (a banner, an instruction) outside any question. The implementation
    /// removes control characters.
    fn tell(&self, text: &str);
}

/// Why a question got no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{wanted} is needed, and there is no terminal to ask on")]
    NoTerminal { wanted: String, instead: String },
    /// Ctrl-D on an empty line, or an askpass program that was cancelled.
    #[error("{wanted} was asked for, and no answer was given")]
    NoAnswer { wanted: String, instead: String },
    #[error("interrupted at a question")]
    Interrupted,
    #[error("asking on the terminal failed: {0}")]
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
