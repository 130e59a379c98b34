//! Why a file on the server cannot be read or written.

use super::name::folder_of;
use super::snapshot::{MAX_SIZE, NotAFile};
use crate::accounts::remote_script::cleaned;
use crate::error::{Failure, Kind};
use crate::quoting::remote_path;
use crate::session::sftp::Status;

/// What was created on the server: the directory gets mode 0700, the file 0600.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Made {
    /// The directory did not exist before.
    pub folder: bool,
    /// The file did not exist before.
    pub file: bool,
}

impl Made {
    /// What a failed write left behind, for the end of a message.
    pub(crate) fn now(self) -> &'static str {
        match (self.folder, self.file) {
            (false, false) => "nothing was written",
            (true, false) => "the directory was created, nothing was written",
            (_, true) => "the file was created and is empty",
        }
    }
}

/// Why a file on the server cannot be read or written. Files are named as the server's script names
/// them (`~/.ssh/authorized_keys`); what a server said is cleaned and bounded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The value of `-t` is not a file name.
    #[error("{path:?} cannot be the remote file: {why}; nothing was sent")]
    Path {
        /// As it was given.
        path: String,
        /// A clause about it.
        why: &'static str,
    },
    /// Something else has the directory's name.
    #[error("{folder:?} on the server is not a directory; nothing was written")]
    NotADirectory {
        /// As messages name it.
        folder: String,
    },
    /// Something else has the file's name.
    #[error("{file:?} on the server is {what}, not a file; nothing was written")]
    NotAFile {
        /// As messages name it.
        file: String,
        /// What it is.
        what: NotAFile,
    },
    /// The account may not read the file.
    #[error("{file:?} on the server cannot be read by this account; {}", made.now())]
    Unreadable {
        /// As messages name it.
        file: String,
        /// What was created before.
        made: Made,
    },
    /// The SFTP server refused to read the file.
    #[error("{file:?} on the server could not be read over SFTP: the server said {said:?}")]
    NotRead {
        /// As messages name it.
        file: String,
        /// The words of the server.
        said: String,
    },
    /// The file never arrived whole, or changed during every attempt to read it.
    #[error(
        "{file:?} on the server could not be read whole: it keeps changing, or another program \
        prints between its bytes"
    )]
    KeepsChanging {
        /// As messages name it.
        file: String,
    },
    /// The file is larger than what is left of [`MAX_SIZE`].
    #[error("{file:?} on the server is larger than {} MiB, alone or with the files before it; \
        nothing was written", MAX_SIZE / (1024 * 1024))]
    TooLarge {
        /// As messages name it.
        file: String,
    },
    /// The account is root, and another user could change where the path leads.
    #[error(
        "{file:?} on the server is in the hands of another user: {path:?} {}; nothing was written",
        if *.uid == 0 { "cannot be followed".to_owned() } else { format!("belongs to uid {uid}") }
    )]
    ForeignOwner {
        /// As messages name it.
        file: String,
        /// The directory, link or file.
        path: String,
        /// Its owner; 0 if it is a link that leads nowhere.
        uid: u32,
    },
    /// Another program has locked the directory.
    #[error("another program holds the lock on {folder:?}; {}", made.now())]
    Locked {
        /// As messages name it.
        folder: String,
        /// What was created before.
        made: Made,
    },
    /// The file system is mounted read-only.
    #[error("{file:?} on the server is on a read-only file system; {}", made.now())]
    ReadOnly {
        /// As messages name it.
        file: String,
        /// What was created before.
        made: Made,
    },
    /// The file may not be changed by anyone (`chattr +i`), or a policy forbids it.
    #[error("{file:?} on the server or its directory is immutable (chattr +i) or forbidden by \
        policy; {}", made.now())]
    Immutable {
        /// As messages name it.
        file: String,
        /// What was created before.
        made: Made,
    },
    /// The account may not write the file.
    #[error("{file:?} on the server cannot be written by this account; {}", made.now())]
    Denied {
        /// As messages name it.
        file: String,
        /// What was created before.
        made: Made,
    },
    /// The disk is full or the account is over its quota.
    #[error("no space or quota is left for {file:?} on the server; {}", made.now())]
    NoSpace {
        /// As messages name it.
        file: String,
        /// What was created before.
        made: Made,
    },
    /// Writing failed for another reason.
    #[error(
        "{file:?} on the server could not be written: the server said {said:?}; {}",
        made.now()
    )]
    WriteFailed {
        /// As messages name it.
        file: String,
        /// The words of the server.
        said: String,
        /// What was created before.
        made: Made,
    },
}

impl Error {
    /// From a script's `no REASON DETAIL`.
    pub(crate) fn from_script(words: &str, file: String, made: Made) -> Self {
        let (reason, detail) = words.split_once(' ').unwrap_or((words, ""));
        match reason {
            "folder-kind" => Self::NotADirectory { folder: folder_of(&file).to_owned() },
            "locked" => Self::Locked { folder: folder_of(&file).to_owned(), made },
            "foreign" => {
                let (uid, path) = detail.split_once(' ').unwrap_or((detail, ""));
                Self::ForeignOwner { file, path: cleaned(path), uid: uid.parse().unwrap_or(0) }
            }
            "unreadable" => Self::Unreadable { file, made },
            "kind" => Self::NotAFile { file, what: NotAFile::from_script(detail) },
            _ => Self::from_system(detail, file, made),
        }
    }

    /// Tells the causes apart by the C library's messages, which zsh prints in lower case; scripts
    /// run with `LC_ALL=C`.
    fn from_system(words: &str, file: String, made: Made) -> Self {
        let lower = words.to_ascii_lowercase();
        let has = |words: &str| lower.contains(words);
        if has("no space left")
            || has("quota exceeded")
            || has("file too large")
            || has("file size limit")
        {
            Self::NoSpace { file, made }
        } else if has("read-only file system") {
            Self::ReadOnly { file, made }
        } else if has("operation not permitted") {
            Self::Immutable { file, made }
        } else if has("permission denied") || words.is_empty() {
            Self::Denied { file, made }
        } else {
            Self::WriteFailed { file, said: cleaned(words), made }
        }
    }

    /// What an SFTP server refused to do with an existing file.
    pub(crate) fn from_sftp(status: Status, words: &str, file: String, made: Made) -> Self {
        if status == Status::PermissionDenied {
            Self::Denied { file, made }
        } else {
            Self::WriteFailed { file, said: cleaned(words), made }
        }
    }

    /// Whether another file of the same account may work.
    pub(crate) fn is_about_this_file(&self) -> bool {
        matches!(
            self,
            Self::NotADirectory { .. }
                | Self::NotAFile { .. }
                | Self::Unreadable { .. }
                | Self::ReadOnly { .. }
                | Self::Immutable { .. }
                | Self::Denied { .. }
                | Self::TooLarge { .. }
        )
    }
}

impl Failure for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::Path { .. } => Kind::Usage,
            Self::NotADirectory { .. } => Kind::NotADirectory,
            Self::NotAFile { .. } => Kind::NotAFile,
            Self::Unreadable { .. } | Self::NotRead { .. } => Kind::Unreadable,
            Self::KeepsChanging { .. } => Kind::ConcurrentChange,
            Self::TooLarge { .. } => Kind::TooLarge,
            Self::ForeignOwner { .. } => Kind::ForeignOwner,
            Self::Locked { .. } => Kind::Locked,
            Self::ReadOnly { .. } => Kind::ReadOnly,
            Self::Immutable { .. } => Kind::Immutable,
            Self::Denied { .. } => Kind::PermissionDenied,
            Self::NoSpace { .. } => Kind::NoSpace,
            Self::WriteFailed { .. } => Kind::WriteFailed,
        }
    }

    fn hint(&self) -> Option<String> {
        let with_folder =
            |file: &str| format!("{} {}", remote_path(folder_of(file)), remote_path(file));
        Some(match self {
            Self::Path { .. } => "name a file with -t, such as -t .ssh/authorized_keys".into(),
            Self::NotADirectory { folder } => {
                format!("look at it on the server: ls -ld {}", remote_path(folder))
            }
            Self::NotAFile { file, .. } | Self::TooLarge { file } => {
                format!("look at it on the server: ls -l {}", remote_path(file))
            }
            Self::Unreadable { file, .. } | Self::Denied { file, .. } => {
                format!("check owner and permissions on the server: ls -ld {}", with_folders(file))
            }
            Self::ForeignOwner { .. } => "log in as the user that it belongs to, or, if you trust \
                that user with root's files, run it again with --force"
                .into(),
            Self::KeepsChanging { .. } => {
                "run it again when the program that writes to it has ended".into()
            }
            Self::Immutable { file, .. } => {
                format!("check its attributes on the server: lsattr -d {}", with_folder(file))
            }
            Self::Locked { folder, .. } => {
                format!(
                    "see which program holds it on the server: fuser -v {}",
                    remote_path(folder)
                )
            }
            Self::NoSpace { file, .. } | Self::ReadOnly { file, .. } => {
                format!("check the disk on the server: df -h {}", remote_path(folder_of(file)))
            }
            Self::NotRead { .. } | Self::WriteFailed { .. } => return None,
        })
    }
}

/// A file after the two directories above it, for a command: either of them may be the reason.
fn with_folders(file: &str) -> String {
    let folder = folder_of(file);
    let mut paths = vec![folder_of(folder), folder, file];
    paths.dedup();
    paths.into_iter().map(remote_path).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_say_what_is_now_true() {
        let made = Made { folder: true, file: false };
        assert_eq!(
            Error::NoSpace { file: "~/.ssh/authorized_keys".into(), made }.to_string(),
            "no space or quota is left for \"~/.ssh/authorized_keys\" on the server; \
             the directory was created, nothing was written"
        );
        let file = "~/k".to_owned();
        assert_eq!(
            Error::NotAFile { file, what: NotAFile::DanglingLink }.to_string(),
            r#""~/k" on the server is a dangling symlink, not a file; nothing was written"#
        );
    }

    #[test]
    fn a_scripts_refusal_has_its_cause() {
        let refused = |words: &str| Error::from_script(words, "~/k".into(), Made::default());
        let (file, made) = ("~/k".to_owned(), Made::default());
        assert_eq!(refused("locked"), Error::Locked { folder: "~".into(), made });
        assert_eq!(
            refused("write sh: cannot create ./k: Disk quota exceeded"),
            Error::NoSpace { file: file.clone(), made }
        );
        assert_eq!(
            refused("write sh: \u{1b}]0;odd\u{7}"),
            Error::WriteFailed { file, said: "sh: ]0;odd".into(), made }
        );
    }
}
