//! Why an account did not run a script to the end.

use super::words::cleaned;
use crate::error::{Failure, Kind};

/// Why an account did not run a script to the end. What a server said is cleaned and bounded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// It runs no commands.
    #[error("the account allows SFTP only and runs no commands; nothing was written")]
    SftpOnly,
    /// Its shell is nologin(8) or similar.
    #[error("the account allows no logins: the server said {said:?}; nothing was written")]
    NoLogin {
        /// The words of the server.
        said: String,
    },
    /// No command runs before the password is changed.
    #[error(
        "the account's password must be changed first: the server said {said:?}; nothing was \
        written"
    )]
    PasswordExpired {
        /// The words of the server.
        said: String,
    },
    /// cmd or PowerShell answered.
    #[error(
        "the account has a Windows shell, where sshk cannot run its script: it said {said:?}; \
        nothing was written"
    )]
    Windows {
        /// The words of the server.
        said: String,
    },
    /// There is no sh(1).
    #[error(
        "the account has no sh to run the script with: its shell said {said:?}; nothing was written"
    )]
    NoSh {
        /// The words of the server.
        said: String,
    },
    /// Something else ran, such as a forced command.
    #[error("the account's shell did not run the script; it said {said:?}; nothing was written")]
    NotRun {
        /// The words of the server.
        said: String,
    },
    /// Nothing that ran printed anything.
    #[error("the account's shell did not run the script and said nothing{}", status(.exit_status))]
    Silent {
        /// `None` if the connection ended before one came.
        exit_status: Option<u32>,
    },
    /// The script ended without its final word.
    #[error("the script ended early{}; nothing was written", status(.exit_status))]
    EndedEarly {
        /// `None` if the connection ended before one came.
        exit_status: Option<u32>,
    },
    /// The connection ended first.
    #[error("the connection ended before the script answered")]
    Lost,
    /// A program that the script needs is missing.
    #[error("the account lacks {tool:?}, which the script needs; nothing was written")]
    ToolMissing {
        /// Its name.
        tool: String,
    },
    /// There is no home directory.
    #[error("the home directory {home:?} is missing or cannot be entered; nothing was written")]
    NoHome {
        /// As the account names it.
        home: String,
    },
}

fn status(exit_status: &Option<u32>) -> String {
    exit_status.map(|status| format!(" (exit status {status})")).unwrap_or_default()
}

impl Failure for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::SftpOnly => Kind::SftpOnly,
            Self::NoLogin { .. } => Kind::Nologin,
            Self::PasswordExpired { .. } => Kind::PasswordExpired,
            Self::Windows { .. } => Kind::Windows,
            Self::NoSh { .. } => Kind::NoSh,
            Self::NotRun { .. } | Self::Silent { .. } => Kind::NotRun,
            Self::EndedEarly { .. } | Self::Lost => Kind::NoResult,
            Self::ToolMissing { .. } => Kind::ToolMissing,
            Self::NoHome { .. } => Kind::NoHome,
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::SftpOnly => "install over SFTP: run it again with -s".into(),
            Self::NoLogin { .. } => {
                "ask the server's administrator to give the account a shell".into()
            }
            Self::PasswordExpired { .. } => "log in once with ssh and change the password".into(),
            Self::Windows { .. } => "install over SFTP: run it again with -s".into(),
            Self::NoSh { .. } | Self::NotRun { .. } | Self::Silent { .. } => {
                "see what the account does with a command: sshk connect DESTINATION echo hello"
                    .into()
            }
            Self::EndedEarly { .. } | Self::Lost => {
                "run it again: it checks before it writes".into()
            }
            Self::ToolMissing { tool } => {
                format!("install {tool} on the server, or run it again with -s")
            }
            Self::NoHome { .. } => {
                "ask the server's administrator to create the home directory".into()
            }
        })
    }
}

impl Error {
    /// What came instead of an answer, in the server's words.
    pub(crate) fn said(&self) -> Option<&str> {
        match self {
            Self::NoLogin { said }
            | Self::PasswordExpired { said }
            | Self::Windows { said }
            | Self::NoSh { said }
            | Self::NotRun { said } => Some(said),
            _ => None,
        }
    }

    /// Whether the account ran something else, or nothing, instead of the script.
    pub(crate) fn is_not_run(&self) -> bool {
        matches!(self, Self::SftpOnly | Self::NotRun { .. } | Self::Silent { .. })
    }

    /// Whether it may run no commands at all. That includes a shell that is an SFTP server: given a
    /// command, it reads its end of input, and ends.
    pub(crate) fn may_be_sftp_only(&self) -> bool {
        matches!(self, Self::SftpOnly | Self::Silent { exit_status: Some(0) })
    }
}

/// The failure in a script's `no REASON DETAIL`, if it is about the account and not about a file.
pub(crate) fn refusal(words: &str) -> Option<Error> {
    match words.split_once(' ').unwrap_or((words, "")) {
        ("tool", detail) => Some(Error::ToolMissing { tool: cleaned(detail) }),
        ("home", detail) => Some(Error::NoHome { home: cleaned(detail) }),
        _ => None,
    }
}
