//! The values that are words, and how ssh_config(5) spells them.

use std::path::PathBuf;
use std::time::Duration;

/// The words that a keyword accepts, ignoring case, and the value of each.
pub(super) type Words<T> = [(&'static str, T)];

pub(super) const YES_OR_NO: &Words<bool> =
    &[("yes", true), ("no", false), ("true", true), ("false", false)];

/// The last two concern a protocol extension of OpenSSH's own servers; keys are offered either way.
pub(super) const PUBKEY_AUTHENTICATION: &Words<bool> = &[
    ("yes", true),
    ("no", false),
    ("true", true),
    ("false", false),
    ("unbound", true),
    ("host-bound", true),
];

/// Which agent is used in addition to the identity files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IdentityAgent {
    /// The one behind the socket that `SSH_AUTH_SOCK` names.
    Default,
    /// No agent.
    None,
    /// The one behind this socket.
    Socket(PathBuf),
}

/// Which agent the host can use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ForwardAgent {
    /// None.
    No,
    /// The agent that is used to log in.
    Yes,
    /// The one behind this socket.
    Socket(PathBuf),
}

/// When a connection negotiates new session keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RekeyLimit {
    /// Bytes in one direction; `None` for the cipher's own limit.
    pub bytes: Option<u64>,
    /// `None` for no limit.
    pub after: Option<Duration>,
}

/// What to do about a host key that is not in known_hosts. A changed key and a revoked one are
/// refused whatever the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StrictHostKeyChecking {
    /// A new key is refused.
    Yes,
    /// A new key is added without a question. Stricter than ssh, which accepts a changed key too
    /// and only turns password authentication off.
    No,
    /// The user is asked about a new key.
    Ask,
    /// A new key is added without a question.
    AcceptNew,
}

impl StrictHostKeyChecking {
    pub(super) const WORDS: &'static Words<Self> = &[
        ("yes", Self::Yes),
        ("no", Self::No),
        ("ask", Self::Ask),
        ("accept-new", Self::AcceptNew),
        ("off", Self::No),
        ("true", Self::Yes),
        ("false", Self::No),
    ];
}

/// Whether known_hosts follows a server that adds and removes host keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpdateHostKeys {
    /// It does.
    Yes,
    /// It does not.
    No,
    /// The user is asked first.
    Ask,
}

impl UpdateHostKeys {
    pub(super) const WORDS: &'static Words<Self> = &[
        ("yes", Self::Yes),
        ("no", Self::No),
        ("ask", Self::Ask),
        ("true", Self::Yes),
        ("false", Self::No),
    ];
}

/// When a short name is looked up in CanonicalDomains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Canonicalize {
    No,
    /// Unless the connection goes through a proxy.
    Yes,
    Always,
}

impl Canonicalize {
    pub(super) const WORDS: &'static Words<Self> = &[
        ("yes", Self::Yes),
        ("no", Self::No),
        ("always", Self::Always),
        ("true", Self::Yes),
        ("false", Self::No),
    ];
}

/// Which addresses of the host are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressFamily {
    /// All of them.
    Any,
    /// IPv4 only.
    Inet,
    /// IPv6 only.
    Inet6,
}

impl AddressFamily {
    pub(super) const WORDS: &'static Words<Self> =
        &[("any", Self::Any), ("inet", Self::Inet), ("inet6", Self::Inet6)];
}

/// When the host is asked for a pseudo-terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestTty {
    /// For a shell on a terminal.
    Auto,
    /// Never.
    No,
    /// If standard input is a terminal.
    Yes,
    /// Always.
    Force,
}

impl RequestTty {
    pub(super) const WORDS: &'static Words<Self> = &[
        ("auto", Self::Auto),
        ("no", Self::No),
        ("yes", Self::Yes),
        ("force", Self::Force),
        ("false", Self::No),
        ("true", Self::Yes),
    ];
}

/// What runs on the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionType {
    /// A shell or a command.
    Default,
    /// Nothing (`-N`).
    None,
    /// The subsystem that the command names (`-s`).
    Subsystem,
}

impl SessionType {
    pub(super) const WORDS: &'static Words<Self> =
        &[("none", Self::None), ("subsystem", Self::Subsystem), ("default", Self::Default)];
}

/// The character that starts an escape sequence in an interactive session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EscapeChar {
    /// Escape sequences are off.
    None,
    /// This byte.
    Byte(u8),
}

/// How much is reported about a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the levels of ssh_config(5), LogLevel")]
pub enum LogLevel {
    Quiet,
    Fatal,
    Error,
    Info,
    Verbose,
    Debug1,
    Debug2,
    Debug3,
}

impl LogLevel {
    pub(super) const WORDS: &'static Words<Self> = &[
        ("quiet", Self::Quiet),
        ("fatal", Self::Fatal),
        ("error", Self::Error),
        ("info", Self::Info),
        ("verbose", Self::Verbose),
        ("debug", Self::Debug1),
        ("debug1", Self::Debug1),
        ("debug2", Self::Debug2),
        ("debug3", Self::Debug3),
    ];
}
