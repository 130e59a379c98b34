//! What can go wrong, as one type: every module words its own failures, this file gathers them.

/// A failure of the run, or of one host among several.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    #[error(transparent)]
    Conversion(#[from] crate::conversion::Error),
    #[error(transparent)]
    Destination(#[from] crate::destination::Error),
    #[error(transparent)]
    Identity(#[from] crate::identity::Error),
    #[error(transparent)]
    Install(#[from] crate::install::Error),
    #[error(transparent)]
    KeyFile(#[from] crate::key_file::Error),
    #[error(transparent)]
    Keygen(#[from] crate::keygen::Error),
    #[error(transparent)]
    KnownHosts(#[from] crate::known_hosts::Error),
    #[error(transparent)]
    NotProved(#[from] crate::install::NotProved),
    #[error(transparent)]
    Prompter(#[from] crate::prompter::Error),
    #[error(transparent)]
    Session(#[from] crate::session::Error),
    #[error(transparent)]
    SshConfig(#[from] crate::ssh_config::Error),
}

impl Error {
    /// One word for scripts, from the list in sshk(1).
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Conversion(error) => error.kind(),
            Self::Destination(error) => error.kind(),
            Self::Identity(error) => error.kind(),
            Self::Install(error) => error.kind(),
            Self::KeyFile(error) => error.kind(),
            Self::Keygen(error) => error.kind(),
            Self::KnownHosts(error) => error.kind(),
            Self::NotProved(error) => error.kind(),
            Self::Prompter(error) => error.kind(),
            Self::Session(error) => error.kind(),
            Self::SshConfig(error) => error.kind(),
        }
    }

    /// One next step, ready to paste.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Conversion(error) => error.hint(),
            Self::Destination(error) => error.hint(),
            Self::Identity(error) => error.hint(),
            Self::Install(error) => error.hint(),
            Self::KeyFile(error) => error.hint(),
            Self::Keygen(error) => error.hint(),
            Self::KnownHosts(error) => error.hint(),
            Self::NotProved(error) => error.hint(),
            Self::Prompter(error) => error.hint(),
            Self::Session(error) => error.hint(),
            Self::SshConfig(error) => error.hint(),
        }
    }
}
