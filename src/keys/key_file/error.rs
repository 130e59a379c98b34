//! Why a key file could not be read or written.

use super::document::Document;
use super::fault::Fault;
use super::format::Format;
use super::names::KeyFile;
use crate::error::{Failure, Kind};
use crate::quoting::shell_path;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Why a key file could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the message of a variant describes it")]
pub enum Error {
    #[error("{path:?}: {doing}: {source}")]
    Io { path: PathBuf, doing: &'static str, source: io::Error },
    #[error("{path:?}: no such file")]
    Missing { path: PathBuf },
    #[error("{path:?}: this is {what}, not a regular file")]
    NotRegular { path: PathBuf, what: Irregular },
    #[error("{path:?}: it is larger than 1 MiB, and no key is that large")]
    TooLarge { path: PathBuf },
    #[error("{path:?}: this is not text: {why}")]
    NotText { path: PathBuf, why: &'static str },
    #[error(
        "{path:?}: permissions 0{mode:o} are too open: others can access this private key, so ssh \
         ignores it"
    )]
    UnsafeMode { path: PathBuf, mode: u32 },
    #[error("{name:?}: {fault}")]
    Key { name: String, fault: Fault },
    #[error(
        "{path:?}: this file should hold a public key but holds a private one; it was not used, \
        and nothing was sent"
    )]
    PrivateInPublic { path: PathBuf },
    #[error("{public:?}: this is not the public key of {private:?}")]
    NotAPair { public: PathBuf, private: PathBuf },
    /// `replaceable`: whether the caller could have asked for it to be replaced.
    #[error("{path:?} already exists; nothing was written")]
    Exists { path: PathBuf, replaceable: bool },
    #[error("{path:?}: this names a directory, not a file; nothing was written")]
    Folder { path: PathBuf },
    #[error(
        "{path:?}: {document}; the key alone in its place would lose the rest, so nothing was \
        written"
    )]
    Shared { path: PathBuf, document: Document },
    /// Between reading and writing.
    #[error("{path:?}: another program changed it at the same time; {state}")]
    Changed { path: PathBuf, state: &'static str },
    #[error("{path:?} is in the hands of another user: {step:?} belongs to uid {uid}; {state}")]
    ForeignOwner { path: PathBuf, step: PathBuf, uid: u32, state: &'static str },
    #[error("{folder:?}: no such directory; nothing was written")]
    NoFolder { folder: PathBuf },
    #[error("{path:?}: the name of a private key cannot end in .pub; nothing was written")]
    PubName { path: PathBuf },
    #[error("{path:?}: {doing}: {source}; {state}")]
    Write { path: PathBuf, doing: &'static str, source: io::Error, state: &'static str },
    #[error("a key of type {algorithm} cannot be written in the {format} format")]
    NoSuchForm { algorithm: String, format: Format },
    #[error("the {format} format can be read but not written")]
    ReadOnlyFormat { format: Format },
    #[error("the passphrase is too short: the {format} format requires at least five characters")]
    PassphraseTooShort { format: Format },
    #[error("the number of rounds must be from 1 to {most}")]
    Rounds { most: u32 },
    #[error("{typed:?} is not a key format")]
    Format { typed: String },
}

/// What a path names that is not a regular file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names describe it")]
pub enum Irregular {
    Folder,
    Pipe,
    Socket,
    Device,
}

impl fmt::Display for Irregular {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Folder => "a directory",
            Self::Pipe => "a pipe",
            Self::Socket => "a socket",
            Self::Device => "a device",
        })
    }
}

impl Failure for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::Io { .. } | Self::Write { .. } => Kind::Io,
            Self::Missing { .. } | Self::NoFolder { .. } => Kind::NotFound,
            Self::NotRegular { .. } | Self::TooLarge { .. } | Self::NotText { .. } => Kind::NotAKey,
            Self::UnsafeMode { .. } => Kind::BadPermissions,
            Self::Key { fault, .. } => fault.kind(),
            Self::Shared { .. } => Kind::KeyInDocument,
            Self::PrivateInPublic { .. } => Kind::PrivateInPublic,
            Self::NotAPair { .. } => Kind::NotAPair,
            Self::Changed { .. } => Kind::ConcurrentChange,
            Self::ForeignOwner { .. } => Kind::ForeignOwner,
            Self::Exists { .. } | Self::Folder { .. } => Kind::Exists,
            Self::PubName { .. }
            | Self::NoSuchForm { .. }
            | Self::ReadOnlyFormat { .. }
            | Self::PassphraseTooShort { .. }
            | Self::Rounds { .. }
            | Self::Format { .. } => Kind::Usage,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Missing { path } => generate(path),
            Self::UnsafeMode { path, .. } => Some(format!("chmod 600 {}", shell_path(path))),
            Self::Key { name, fault } => fault.hint(name),
            Self::PrivateInPublic { path } => Some(as_private(path)),
            Self::NotAPair { public, private } => Some(format!(
                "write the public key again: mv -n {1} {2} && ssh-keygen -y -f {0} > {1}",
                shell_path(private),
                shell_path(public),
                shell_path(&free_name(public, "old"))
            )),
            Self::Exists { replaceable: true, .. } => {
                Some("choose another file with -f, or replace it with --force".into())
            }
            Self::Exists { replaceable: false, .. } => Some("choose another file with -f".into()),
            Self::Shared { path, .. } => {
                let copy = PathBuf::from(format!("{}.key", path.display()));
                Some(format!("write the key to a file of its own: -f {}", shell_path(&copy)))
            }
            Self::Changed { .. } => Some("run it again".into()),
            Self::ForeignOwner { .. } => Some(
                "run it as the user that it belongs to, or, if you trust that user with root's \
                files, again with --force"
                    .into(),
            ),
            Self::Folder { path } => {
                Some(format!("name a file in it: -f {}", shell_path(&path.join("id_rsa"))))
            }
            // Quoted, it would be a directory with this name.
            Self::NoFolder { folder } if folder.starts_with("~") => {
                Some("the shell expands ~ only at the start of a word without quotes".into())
            }
            Self::NoFolder { folder } => Some(format!("mkdir -m 700 -p {}", shell_path(folder))),
            Self::PubName { path } => Some(format!(
                "give the name of the private key: -f {}",
                shell_path(&path.with_extension(""))
            )),
            Self::NoSuchForm { format: Format::Pem, .. } => {
                Some("use -m openssh or -m pkcs8".into())
            }
            Self::NoSuchForm { .. } => Some("use -m openssh".into()),
            Self::PassphraseTooShort { .. } => {
                Some("use a longer passphrase, or -m openssh".into())
            }
            Self::Format { .. } | Self::ReadOnlyFormat { .. } => {
                Some("the formats are openssh, pem and pkcs8".into())
            }
            // A pipe of the shell's, <(…), is gone by now.
            Self::NotRegular { what: Irregular::Pipe, path }
                if path.starts_with("/dev/fd") || path.starts_with("/proc") =>
            {
                Some("write it to a file first".into())
            }
            Self::NotRegular { what: Irregular::Pipe, path } => Some(format!(
                "write it to a file first: (umask 077; cat {} > {})",
                shell_path(path),
                shell_path(&free_name(path, "key"))
            )),
            Self::Io { .. }
            | Self::Write { .. }
            | Self::NotRegular { .. }
            | Self::TooLarge { .. }
            | Self::NotText { .. }
            | Self::Rounds { .. } => None,
        }
    }
}

/// The command that gives a private key with the name of a public one a name of its own. It
/// replaces nothing: the file may be the only copy of the key.
fn as_private(path: &Path) -> String {
    let private = KeyFile::new(path).private_path();
    let free =
        if private != path && !private.exists() { private } else { free_name(path, "private") };
    format!("give it a name of its own: mv -n {} {}", shell_path(path), shell_path(&free))
}

/// A name beside `path` that no file has, as far as can be seen: with `.end` behind it, and a
/// number if it must be.
fn free_name(path: &Path, end: &str) -> PathBuf {
    let name = |number: &str| PathBuf::from(format!("{}.{end}{number}", path.display()));
    let numbers = (2..100).map(|number| number.to_string());
    std::iter::once(String::new())
        .chain(numbers)
        .map(|number| name(&number))
        .find(|name| name.symlink_metadata().is_err())
        .unwrap_or_else(|| name(""))
}

/// The command that generates the missing key, with the type that one of ssh's own names stands
/// for; none if its directory is missing too, because then the name is more likely to be wrong.
fn generate(path: &Path) -> Option<String> {
    let private = KeyFile::new(path).private_path();
    let folder = private.parent()?;
    if !folder.as_os_str().is_empty() && !folder.is_dir() {
        return None;
    }
    let of_type = match private.file_name()?.to_str() {
        Some("id_ed25519") => "-t ed25519 ",
        Some("id_ecdsa") => "-t ecdsa ",
        _ => "",
    };
    Some(format!("generate it: sshk keygen {of_type}-f {}", shell_path(&private)))
}
