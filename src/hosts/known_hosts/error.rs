//! Why a known_hosts file cannot be used, or a key not be added to it.

use std::io;
use std::path::{Path, PathBuf};

use super::host_name::HostName;
use crate::error::{Failure, Kind};
use crate::quoting::{shell_path, shell_word};
use crate::text::io_reason;

/// Why a known_hosts file cannot be used, or a key not be added to it. While a file cannot be read,
/// no host key may be accepted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the message of a variant describes it")]
pub enum Error {
    #[error("cannot read {file:?}: {}; the host key was not checked", io_reason(.source))]
    Unreadable { file: PathBuf, source: io::Error },
    #[error("{file:?} is {what}, not a known_hosts file; the host key was not checked")]
    NotAFile { file: PathBuf, what: &'static str, option: &'static str },
    #[error("{file:?} is larger than {} MiB; the host key was not checked", limit >> 20)]
    TooLarge { file: PathBuf, option: &'static str, limit: u64 },
    #[error(
        "{host:?} cannot be recorded in known_hosts: it would not be read back as a single name; \
         the host key was not added"
    )]
    Unrecordable { host: String },
    #[error(
        "{host}: host key has changed: {file:?} line {line} has a different one; the new key was \
        not added"
    )]
    Changed { host: HostName, file: PathBuf, line: usize },
    #[error("{host}: host key is marked as revoked in {file:?} line {line}; it was not added")]
    Revoked { host: HostName, file: PathBuf, line: usize },
    #[error("cannot write {file:?}: {}; the host key was not added", io_reason(.source))]
    NotWritten { file: PathBuf, source: io::Error },
    #[error(
        "cannot write {file:?}: {}; the host key was not added, but the file now ends with part of \
        its line",
        io_reason(.source)
    )]
    Torn { file: PathBuf, source: io::Error },
}

impl Failure for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::Changed { .. } => Kind::HostKeyChanged,
            Self::Revoked { .. } => Kind::HostKeyRevoked,
            _ => Kind::KnownHosts,
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Unreadable { file, .. } => {
                format!("check its permissions: ls -ld {}", shell_path(file))
            }
            Self::NotAFile { option, .. } | Self::TooLarge { option, .. } => {
                format!("leave the file out with -o {option}=none")
            }
            Self::Unrecordable { .. } => {
                "give it a name in known_hosts, for example with -o HostKeyAlias=server1".into()
            }
            Self::Changed { host, file, .. } => if_reinstalled(host.as_str(), file),
            Self::Revoked { .. } => "ask the host's administrator for its current key".into(),
            Self::NotWritten { file, .. } | Self::Torn { file, .. } => {
                let file = shell_path(file);
                format!("check its permissions and the free space: ls -ld {file}; df {file}")
            }
        })
    }
}

/// The hint for a changed key: how to remove the old one from the file that holds it.
pub(crate) fn if_reinstalled(host: &str, file: &Path) -> String {
    format!(
        "if the host was reinstalled, verify the new fingerprint with its administrator, then run: \
        ssh-keygen -R {} -f {}",
        shell_word(host),
        shell_path(file),
    )
}
