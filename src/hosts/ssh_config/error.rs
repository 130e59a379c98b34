//! Why a configuration gives no endpoint.

use std::io;
use std::path::PathBuf;

use super::location::{Location, shown};
use crate::error::{Failure, Kind};
use crate::quoting::shell_path;
use crate::text::io_reason;

/// Why a configuration gives no endpoint. No connection was attempted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the message of a variant describes it")]
pub enum Error {
    #[error("{location}: Bad configuration option{}", quoted(.keyword))]
    BadOption { location: Location, keyword: String },
    #[error("{location}: {keyword}: {why}")]
    BadValue { location: Location, keyword: &'static str, why: String },
    #[error("{location}: cannot parse the line: {why}")]
    BadLine { location: Location, why: &'static str },
    #[error("{location}: too many recursive configuration includes: the limit is {limit}")]
    TooDeep { location: Location, limit: usize },
    #[error("{}: Bad owner or permissions (owner {owner}, mode {mode:04o}); the file was not used",
        shown(.path))]
    UnsafeFile { path: PathBuf, owner: u32, mode: u32 },
    #[error("{} is not a regular file; it was not read", shown(.path))]
    NotAFile { path: PathBuf },
    #[error("{} is larger than {} MiB; it was not used", shown(.path), limit >> 20)]
    TooLarge { path: PathBuf, limit: u64 },
    #[error("cannot read {}: {}", shown(.path), io_reason(.source))]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("could not resolve {host:?} in any of CanonicalDomains; did not connect")]
    NotCanonical { host: String },
    #[error("{location}: Match {criterion}: {why}; did not connect")]
    Undecided { location: Location, criterion: &'static str, why: String },
    #[error("{location}: {what} is not supported yet; did not connect")]
    Unsupported { location: Location, what: String },
    #[error("{location}: RefuseConnection: {reason:?}; did not connect")]
    Refused { location: Location, reason: String },
    #[error("{location}: {keyword}: {why}; did not connect")]
    Unsafe { location: Location, keyword: &'static str, why: &'static str },
}

/// The keyword as written, but only if it looks like one: a file that is no configuration (a key,
/// say) must not be quoted.
fn quoted(keyword: &str) -> String {
    if keyword.len() <= 40 && keyword.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        format!(": {keyword:?}")
    } else {
        String::new()
    }
}

impl Error {
    pub(super) fn bad_value(
        location: &Location,
        keyword: &'static str,
        why: impl Into<String>,
    ) -> Self {
        Self::BadValue { location: location.clone(), keyword, why: why.into() }
    }
}

impl Failure for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::BadOption { .. }
            | Self::BadValue { .. }
            | Self::BadLine { .. }
            | Self::TooDeep { .. }
            | Self::Undecided { .. } => Kind::Config,
            Self::UnsafeFile { .. } => Kind::ConfigPermissions,
            Self::NotAFile { .. } | Self::TooLarge { .. } | Self::Unreadable { .. } => {
                Kind::ConfigFile
            }
            Self::NotCanonical { .. } => Kind::Name,
            Self::Unsupported { .. } => Kind::ConfigUnsupported,
            Self::Refused { .. } => Kind::ConfigRefused,
            Self::Unsafe { .. } => Kind::Destination,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::BadOption { keyword, .. } if !quoted(keyword).is_empty() => Some(format!(
                "fix the spelling, or ignore the keyword with: -o IgnoreUnknown={keyword}"
            )),
            Self::UnsafeFile { path, mode, .. } if mode & 0o022 != 0 => {
                Some(format!("chmod go-w {}", shell_path(path)))
            }
            Self::UnsafeFile { path, .. } => {
                Some(format!("make yourself its owner: chown \"$(id -u)\" {}", shell_path(path)))
            }
            Self::NotCanonical { .. } => Some(
                "check the spelling, or use the name as it is with -o \
                CanonicalizeFallbackLocal=yes"
                    .into(),
            ),
            Self::Unsupported { .. } => Some(
                "remove that line for this host, or read no configuration at all with -F none"
                    .into(),
            ),
            Self::BadOption { .. }
            | Self::NotAFile { .. }
            | Self::TooLarge { .. }
            | Self::Unreadable { .. } => Some("read no configuration at all with -F none".into()),
            Self::Undecided { .. }
            | Self::BadValue { .. }
            | Self::BadLine { .. }
            | Self::TooDeep { .. }
            | Self::Refused { .. }
            | Self::Unsafe { .. } => None,
        }
    }
}
