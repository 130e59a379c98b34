//! Where a setting comes from, for messages.

use std::fmt;
use std::path::{Path, PathBuf};

/// The file and line of a setting, or the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// `None` for the command line.
    pub file: Option<PathBuf>,
    /// From 1; 0 for the command line.
    pub line: u32,
}

impl Location {
    /// A flag or a `-o` option.
    pub const COMMAND_LINE: Self = Self { file: None, line: 0 };
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.file {
            Some(file) => write!(f, "{}:{}", shown(file), self.line),
            None => f.write_str("command line"),
        }
    }
}

/// A path as it is, or quoted if it could be misread.
pub(super) fn shown(path: &Path) -> String {
    match path.to_str() {
        Some(text) if !text.chars().any(|c| c.is_control() || c.is_whitespace()) => text.to_owned(),
        _ => format!("{path:?}"),
    }
}

/// A setting that sshk ignores. Its `Display` names the file, the line and the keyword.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IgnoredSetting {
    /// Where it was set.
    pub location: Location,
    /// The keyword in its official spelling.
    pub keyword: &'static str,
}

impl fmt::Display for IgnoredSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} is ignored", self.location, self.keyword)
    }
}
