//! How reaching an account can fail: one enum for each stage, from the name lookup to the open
//! session, and one error that carries any of them.

mod channel;
mod connection;
mod host_key;
mod login;
mod reach;

use crate::error::{Failure, Kind};
use crate::hosts::known_hosts;
use crate::keys::identity;
use crate::prompter;

pub use channel::ChannelError;
pub use connection::ConnectionError;
pub use host_key::{HostKeyError, NotAccepted};
pub use login::{LoginError, Untried};
pub use reach::ReachError;

/// One destination's failure. Nothing was changed on the host unless the message says so.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no SSH connection to the host.
    #[error(transparent)]
    Reach(#[from] ReachError),
    /// The server's host key is not trusted.
    #[error(transparent)]
    HostKey(#[from] HostKeyError),
    /// The server did not let the user in.
    #[error(transparent)]
    Login(#[from] LoginError),
    /// Logged in, but the session did not open or was not read to its end.
    #[error(transparent)]
    Channel(#[from] ChannelError),
    /// The connection failed, at whatever stage.
    #[error(transparent)]
    Connection(#[from] ConnectionError),
    /// A jump host on the way failed.
    #[error("jump host {hop}: {error}")]
    JumpHost {
        /// The jump host as the user wrote it.
        hop: String,
        /// What failed there.
        error: Box<Error>,
    },
    /// A question was not answered.
    #[error(transparent)]
    Prompter(#[from] prompter::Error),
}

impl Error {
    /// Whether the connection ended, or was no longer read, in the middle of a request: the server
    /// may have carried it out.
    pub fn is_cut_short(&self) -> bool {
        match self {
            Self::Connection(error) => {
                !matches!(error, ConnectionError::NotUtf8 | ConnectionError::Protocol { .. })
            }
            Self::Channel(error) => matches!(error, ChannelError::TooMuchOutput { .. }),
            _ => false,
        }
    }
}

impl Failure for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::Reach(error) => error.kind(),
            Self::HostKey(error) => error.kind(),
            Self::Login(error) => error.kind(),
            Self::Channel(error) => error.kind(),
            Self::Connection(error) => error.kind(),
            Self::JumpHost { error, .. } => error.kind(),
            Self::Prompter(error) => error.kind(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Reach(error) => error.hint(),
            Self::HostKey(error) => error.hint(),
            Self::Login(error) => error.hint(),
            Self::Channel(error) => error.hint(),
            Self::Connection(error) => error.hint(),
            Self::JumpHost { error, .. } => error.hint(),
            Self::Prompter(error) => error.hint(),
        }
    }
}

impl From<known_hosts::Error> for Error {
    fn from(error: known_hosts::Error) -> Self {
        Self::HostKey(HostKeyError::KnownHosts(error))
    }
}

impl From<identity::Error> for Error {
    fn from(error: identity::Error) -> Self {
        Self::Login(LoginError::Identity(error))
    }
}
