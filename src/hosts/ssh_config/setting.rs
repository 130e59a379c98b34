//! What a configuration can set.

/// One setting, by the kind of its value. Settings with a variant of their own need their own
/// parser.
#[derive(Clone, Copy)]
pub(super) enum Setting {
    Flag(Flag),
    Text(Text),
    Count(Count),
    Seconds(Seconds),
    Files(Files),
    Algorithms(Purpose),
    AddressFamily,
    CanonicalDomains,
    CanonicalizeHostname,
    CertificateFile,
    EscapeChar,
    ForwardAgent,
    IdentityAgent,
    IdentityFile,
    /// A command that prints lines of known_hosts.
    KnownHostsCommand,
    LocalCommand,
    LogLevel,
    Port,
    /// A command that the connection goes through; competes with ProxyJump.
    ProxyCommand,
    ProxyJump,
    PubkeyAuthentication,
    RekeyLimit,
    RemoteCommand,
    RequestTty,
    SendEnv,
    SessionType,
    SetEnv,
    StrictHostKeyChecking,
    UpdateHostKeys,
}

/// Yes or no.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Flag {
    BatchMode,
    CanonicalizeFallbackLocal,
    CheckHostIp,
    Compression,
    HashKnownHosts,
    IdentitiesOnly,
    KbdInteractiveAuthentication,
    PasswordAuthentication,
    PermitLocalCommand,
    StdinNull,
    TcpKeepAlive,
}

/// One word.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Text {
    BindAddress,
    BindInterface,
    HostKeyAlias,
    HostName,
    IgnoreUnknown,
    PreferredAuthentications,
    Tag,
    User,
}

/// A whole number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Count {
    CanonicalizeMaxDots,
    ConnectionAttempts,
    NumberOfPasswordPrompts,
    RequiredRsaSize,
    ServerAliveCountMax,
}

/// What a list of algorithms is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Purpose {
    CaSignature,
    Cipher,
    HostKey,
    Kex,
    Mac,
    PubkeyAccepted,
}

/// A time, or `none`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Seconds {
    ConnectTimeout,
    ServerAliveInterval,
}

/// Several file names, or `none`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Files {
    GlobalKnownHosts,
    RevokedHostKeys,
    UserKnownHosts,
}
