//! One thing to say about a line, a file or a server.

/// Something wrong, or worth a look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// A short word for scripts; words are added, never changed or removed.
    pub kind: &'static str,
    /// How serious it is.
    pub level: Level,
    /// A clause, in lower case.
    pub message: String,
}

/// How serious a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Worth a look, but nothing is wrong.
    Remark,
    /// To be fixed.
    Finding,
}

impl Finding {
    pub(crate) fn new(kind: &'static str, message: impl Into<String>) -> Self {
        Self { kind, level: Level::Finding, message: message.into() }
    }

    pub(crate) fn remark(kind: &'static str, message: impl Into<String>) -> Self {
        Self { kind, level: Level::Remark, message: message.into() }
    }
}
