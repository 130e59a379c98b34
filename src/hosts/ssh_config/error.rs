//! Why a configuration gives no endpoint. Nothing has been connected to.

use crate::error::{Failure, Kind};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::quoting::shell_path;

/// Where a setting stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Nothing for the command line.
    pub file: Option<PathBuf>,
    /// From 1; 0 for the command line.
    pub line: u32,
}

impl Place {
    /// A flag or a `-o` text.
    pub const COMMAND_LINE: Self = Self { file: None, line: 0 };
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.file {
            Some(file) => write!(f, "{}:{}", shown(file), self.line),
            None => f.write_str("command line"),
        }
    }
}

/// A path as it is, or quoted where it could be misread.
fn shown(path: &Path) -> String {
    match path.to_str() {
        Some(text) if !text.chars().any(|c| c.is_control() || c.is_whitespace()) => text.to_owned(),
        _ => format!("{path:?}"),
    }
}

/// The system's words without Rust's "(os error 13)".
fn reason(error: &io::Error) -> String {
    if error.kind() == io::ErrorKind::NotFound {
        return "no such file".into();
    }
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_lowercase()
}

/// The keyword as written, where it can be nothing else: a file that is no configuration (a key,
/// say) must not be quoted.
fn named(keyword: &str) -> String {
    match keyword.len() <= 40 && keyword.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        true => format!(": {keyword:?}"),
        false => String::new(),
    }
}

/// Why a configuration gives no endpoint. Nothing has been connected to.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    #[error("{place}: Bad configuration option{}", named(.keyword))]
    BadOption { place: Place, keyword: String },
    #[error("{place}: {keyword}: {why}")]
    BadValue { place: Place, keyword: &'static str, why: String },
    #[error("{place}: the line cannot be read: {why}")]
    BadLine { place: Place, why: &'static str },
    #[error(
        "{place}: too many recursive configuration includes: the limit is {}",
        super::MAX_DEPTH
    )]
    TooDeep { place: Place },
    #[error("{}: Bad owner or permissions (owner {owner}, mode {mode:04o}); the file was not \
        used", shown(.path))]
    UnsafeFile { path: PathBuf, owner: u32, mode: u32 },
    #[error("{} is not a regular file; it was not read", shown(.path))]
    NotAFile { path: PathBuf },
    #[error("{} is larger than 1 MiB; it was not used", shown(.path))]
    TooLarge { path: PathBuf },
    #[error("cannot read {}: {}", shown(.path), reason(.source))]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("Could not resolve host {host:?} in any of CanonicalDomains; nothing was tried")]
    NotCanonical { host: String },
    #[error("{place}: Match {criterion}: {why}; nothing was tried")]
    Undecided { place: Place, criterion: &'static str, why: String },
    #[error("{place}: {what} is not honoured yet; nothing was tried")]
    NotHonoured { place: Place, what: String },
    #[error("{place}: RefuseConnection: {reason:?}; nothing was tried")]
    Refused { place: Place, reason: String },
    #[error("{place}: {keyword}: {why}; nothing was tried")]
    Unsafe { place: Place, keyword: &'static str, why: &'static str },
}

impl Failure for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::Undecided { .. } => Kind::Config,
            Self::BadOption { .. }
            | Self::BadValue { .. }
            | Self::BadLine { .. }
            | Self::TooDeep { .. } => Kind::Config,
            Self::UnsafeFile { .. } => Kind::ConfigPermissions,
            Self::NotAFile { .. } | Self::TooLarge { .. } | Self::Unreadable { .. } => {
                Kind::ConfigFile
            }
            Self::NotCanonical { .. } => Kind::Name,
            Self::NotHonoured { .. } => Kind::ConfigUnsupported,
            Self::Refused { .. } => Kind::ConfigRefused,
            Self::Unsafe { .. } => Kind::Destination,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::BadOption { keyword, .. } if !named(keyword).is_empty() => Some(format!(
                "correct the keyword, or have it passed over with: -o \
                    IgnoreUnknown={keyword}"
            )),
            Self::UnsafeFile { path, mode, .. } if mode & 0o022 != 0 => Some(format!(
                "chmod go-w \
                {}",
                shell_path(path)
            )),
            Self::UnsafeFile { path, .. } => Some(format!(
                "make the file your own: chown \"$(id \
                -u)\" {}",
                shell_path(path)
            )),
            Self::NotCanonical { .. } => Some(
                "check the spelling, or let the name stand with -o \
                CanonicalizeFallbackLocal=yes"
                    .into(),
            ),
            Self::NotHonoured { .. } => Some(
                "leave that line out for this host, or use another configuration with -F \
                    FILE or -F none"
                    .into(),
            ),
            Self::BadOption { .. }
            | Self::NotAFile { .. }
            | Self::TooLarge { .. }
            | Self::Unreadable { .. } => {
                Some("name another configuration with -F FILE, or none with -F none".into())
            }
            Self::Undecided { .. }
            | Self::BadValue { .. }
            | Self::BadLine { .. }
            | Self::TooDeep { .. }
            | Self::Refused { .. }
            | Self::Unsafe { .. } => None,
        }
    }
}
