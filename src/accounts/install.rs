//! A public key into an account: one exec request that appends one line to authorized_keys, and
//! what came back.
//!
//! Append, never rewrite: one write(2) with `O_APPEND` loses no line of another program, keeps
//! owner, mode, links and attributes, and needs no room for a copy. It is under a lock where there
//! is one, read back, and taken back where the disk was full.

mod account;
mod answer;
mod diagnosis;
mod not_proved;
mod place;
mod script;
mod sftp;

use crate::accounts::remote_script;
use crate::error::{Failure, Kind};
use crate::quoting::remote_path;
use ssh_key::PublicKey;

pub use account::{Installation, Plan, Verified, Way, install};
pub use answer::read_answer;
pub(crate) use answer::{refusal, refused};
pub use diagnosis::Cause;
pub use not_proved::{NotProved, modes_changed};
pub use script::command;

/// What is to be installed, and where.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    pub key: &'a PublicKey,
    pub file: RemoteFile,
    /// Other files that the server reads, absolute or from the home folder on: where the key is in
    /// one of them, nothing is written.
    pub also: Vec<String>,
    /// The line of `file`, from 1, behind which the look for the key begins: those before are known
    /// not to count.
    pub after: usize,
    /// Say what would be done, and change nothing.
    pub dry_run: bool,
}

/// The file on the server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum RemoteFile {
    /// `~/.ssh/authorized_keys`; where commands run also `/etc/dropbear/authorized_keys` for root
    /// on OpenWrt, `~/config/settings/ssh/authorized_keys` on Haiku.
    #[default]
    Default,
    /// The file that `-t` names, relative to the home folder unless it starts with a slash. Never
    /// read by a shell.
    Path(String),
}

/// What the script did, as it read it back from the file itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub outcome: Change,
    /// The file as the script names it: `~/.ssh/authorized_keys`. A server's words: quote it.
    pub file: String,
    pub made: Made,
}

/// The state of the key in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Written, synced and read back.
    Installed {
        /// The last line had no newline; the same write put it first.
        mended_newline: bool,
    },
    /// In force already, on this line (from 1), without options. Nothing was written.
    Present { line: usize },
    /// In force already, behind options such as `from=` or `command=`, which servers honour before
    /// any later line. Nothing was written.
    PresentRestricted {
        line: usize,
        /// As they stand in the file; `...` where they are longer than 4000 bytes. A server's
        /// words: quote them.
        options: String,
    },
    /// A dry run: it is not there, and nothing was found that would keep it from being written.
    WouldInstall,
}

/// What was not there before: the folder gets mode 0700, the file 0600.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Made {
    pub folder: bool,
    pub file: bool,
}

impl Made {
    /// What a failed write left, for the end of a message.
    fn now(self) -> &'static str {
        match (self.folder, self.file) {
            (false, false) => "nothing was written",
            (true, false) => "the folder was made, nothing was written",
            (_, true) => "the file was made and is empty",
        }
    }
}

/// Why a key is not in an account. Names the file on the server as the script does; what a server
/// said is cleaned and bounded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    #[error("{path:?} cannot be the remote file: {why}; nothing was sent")]
    Path { path: String, why: &'static str },
    #[error("the key's comment holds private key text; nothing was sent")]
    PrivateText,
    #[error("the key cannot be written as a public key line; nothing was sent")]
    Unencodable,

    #[error(transparent)]
    Script(#[from] remote_script::Error),
    #[error("the connection ended before the script's answer; the line may be in the file or not")]
    CutShort,

    #[error("{folder:?} on the server is not a folder; nothing was written")]
    NotAFolder { folder: String },
    #[error("{file:?} on the server is {what}, not a file; nothing was written")]
    NotAFile { file: String, what: &'static str },
    #[error("{file:?} on the server is a symlink to nothing; nothing was written")]
    DanglingLink { file: String },
    #[error(
        "the server reads no authorized_keys file for this account (AuthorizedKeysFile none in \
        {config}); nothing was written"
    )]
    NoKeysFile { config: String },
    #[error("{file:?} on the server cannot be read by this account; {}", made.now())]
    Unreadable { file: String, made: Made },
    #[error("another program holds the lock on {folder:?}; {}", made.now())]
    Locked { folder: String, made: Made },
    #[error("{file:?} on the server is on a read-only file system; {}", made.now())]
    ReadOnly { file: String, made: Made },
    #[error("{file:?} on the server or its folder is immutable (chattr +i) or forbidden by \
        policy; {}", made.now())]
    Immutable { file: String, made: Made },
    #[error("{file:?} on the server cannot be written by this account; {}", made.now())]
    Denied { file: String, made: Made },
    #[error("no space or quota is left for {file:?} on the server; {}", made.now())]
    NoSpace { file: String, made: Made },
    #[error("{file:?} on the server could not be written: it said {said:?}; {}", made.now())]
    WriteFailed { file: String, said: String, made: Made },
    #[error(
        "{file:?} on the server ends in a part of the new line, which could not be taken back; \
        servers pass over it"
    )]
    Torn { file: String },
    #[error("{file:?} on the server is larger than {} MiB; nothing was \
        written", limit / (1024 * 1024))]
    TooLarge {
        file: String,
        /// In bytes.
        limit: usize,
    },
    #[error("{why}; {}", if *.is_sent { "the line may be in the file or not" } else { made.now() })]
    Unanswered {
        kind: Kind,
        why: String,
        hint: Option<String>,
        made: Made,
        /// The line was on its way already.
        is_sent: bool,
    },
    #[error(
        "{file:?} on the server could not be read back: it said {said:?}; the line may be in the \
        file or not"
    )]
    NotReadBack { file: String, said: String },
    #[error(
        "{file:?} on the server was changed by another program at the same time; the line is not \
        in it as it was written"
    )]
    Unsettled { file: String },
}

impl Failure for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::Path { .. } => Kind::Usage,
            Self::PrivateText => Kind::PrivateKeyText,
            Self::Unencodable => Kind::Key,
            Self::Script(error) => error.kind(),
            Self::CutShort => Kind::NoResult,
            Self::NoKeysFile { .. } => Kind::NoAuthorizedKeysFile,
            Self::NotAFolder { .. } => Kind::NotAFolder,
            Self::NotAFile { .. } | Self::DanglingLink { .. } => Kind::NotAFile,
            Self::Unreadable { .. } => Kind::Unreadable,
            Self::Locked { .. } => Kind::Locked,
            Self::ReadOnly { .. } => Kind::ReadOnly,
            Self::Immutable { .. } => Kind::Immutable,
            Self::Denied { .. } => Kind::PermissionDenied,
            Self::NoSpace { .. } => Kind::NoSpace,
            Self::WriteFailed { .. } => Kind::WriteFailed,
            Self::TooLarge { .. } => Kind::TooLarge,
            Self::Unanswered { kind, .. } => *kind,
            Self::NotReadBack { .. } => Kind::NoResult,
            Self::Torn { .. } => Kind::PartialLine,
            Self::Unsettled { .. } => Kind::ConcurrentChange,
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Path { .. } => "name a file with -t, such as -t .ssh/authorized_keys".into(),
            Self::PrivateText => "give another comment: ssh-keygen -c -f KEY".into(),
            Self::Script(error) => return error.hint(),
            Self::Unanswered { is_sent: false, hint, .. } => return hint.clone(),
            Self::CutShort
            | Self::Unanswered { .. }
            | Self::NotReadBack { .. }
            | Self::Unsettled { .. } => "run it again: it looks before it writes".into(),
            Self::NoKeysFile { .. } => {
                "ask the server's administrator how keys are installed there".into()
            }
            Self::NotAFolder { folder } => {
                format!("look at it on the server: ls -ld {}", remote_path(folder))
            }
            Self::NotAFile { file, .. }
            | Self::DanglingLink { file }
            | Self::TooLarge { file, .. } => {
                format!("look at it on the server: ls -l {}", remote_path(file))
            }
            Self::Unreadable { file, .. } | Self::Denied { file, .. } => {
                format!(
                    "look at owner and mode on the server: ls -ld {0} {1}",
                    remote_path(folder_of(file)),
                    remote_path(file)
                )
            }
            Self::Immutable { file, .. } => {
                format!(
                    "look at it on the server: lsattr -d {0} {1}",
                    remote_path(folder_of(file)),
                    remote_path(file)
                )
            }
            Self::Locked { folder, .. } => {
                format!("see who holds it on the server: fuser -v {}", remote_path(folder))
            }
            Self::NoSpace { file, .. } | Self::ReadOnly { file, .. } => {
                format!("look at the disk on the server: df -h {}", remote_path(folder_of(file)))
            }
            Self::Torn { file } => {
                format!(
                    "make room on the server and run it again; then take out the last part line \
                    of {}",
                    remote_path(file)
                )
            }
            Self::Unencodable | Self::WriteFailed { .. } => return None,
        };
        Some(hint)
    }
}

impl Error {
    /// Whether another file of the server's may take the key.
    fn is_about_the_file(&self) -> bool {
        use Error::*;
        matches!(
            self,
            NotAFolder { .. }
                | NotAFile { .. }
                | DanglingLink { .. }
                | Unreadable { .. }
                | ReadOnly { .. }
                | Immutable { .. }
                | Denied { .. }
                | TooLarge { .. }
        )
    }
}

fn folder_of(file: &str) -> &str {
    match file.rsplit_once('/') {
        Some(("", _)) => "/",
        Some((folder, _)) => folder,
        None => "~",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_of_a_file_is_named_for_a_hint() {
        assert_eq!(folder_of("~/.ssh/authorized_keys"), "~/.ssh");
        assert_eq!(folder_of("/k"), "/");
    }

    #[test]
    fn messages_say_what_is_now_true() {
        let made = Made { folder: true, file: false };
        assert_eq!(
            Error::NoSpace { file: "~/.ssh/authorized_keys".into(), made }.to_string(),
            r#"no space or quota is left for "~/.ssh/authorized_keys" on the server; the folder was made, nothing was written"#
        );
    }
}
