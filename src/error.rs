//! What can go wrong, as one type: every module words its own failures, this file gathers them.

/// A failure of the run, or, inside a [`crate::report::Report`], of one host.
///
/// Every failure answers [`Error::kind`] with one of:
///
/// | kind | what it says |
/// |---|---|
/// | `usage` | the arguments do not make a task; nothing was touched |
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    #[error(transparent)]
    Destination(#[from] crate::destination::Error),
    #[error(transparent)]
    Prompter(#[from] crate::prompter::Error),
}

impl Error {
    /// One word of the list above, for scripts.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Destination(error) => error.kind(),
            Self::Prompter(error) => error.kind(),
        }
    }

    /// One next step, ready to paste.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Destination(error) => error.hint(),
            Self::Prompter(error) => error.hint(),
        }
    }
}
