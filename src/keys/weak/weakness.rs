//! One weakness of a key.

/// Something wrong with a key, as its public part shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weakness {
    /// A short kebab word for scripts; words are only added, never changed.
    pub kind: &'static str,
    /// How serious it is.
    pub severity: Severity,
    /// A clause without a full stop.
    pub message: String,
}

/// How serious a weakness is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Good enough for now, but not for a new key.
    Remark,
    /// The key should not be used any more.
    Weak,
}

impl Weakness {
    pub(super) fn weak(kind: &'static str, message: impl Into<String>) -> Self {
        Self { kind, severity: Severity::Weak, message: message.into() }
    }
}
