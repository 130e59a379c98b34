//! The keywords of ssh_config(5), OpenSSH 9.2 to 10.5, and what becomes of each.

/// What a keyword does.
#[derive(Clone, Copy)]
pub(super) enum Keyword {
    Host,
    Match,
    Include,
    RefuseConnection,
    Flag(Flag),
    Text(Text),
    Count(Count),
    Seconds(Seconds),
    Files(Files),
    AddressFamily,
    Algorithms(Purpose),
    CanonicalDomains,
    CanonicalizeHostname,
    CertificateFile,
    EscapeChar,
    ForwardAgent,
    IdentityAgent,
    IdentityFile,
    LogLevel,
    Port,
    PubkeyAuthentication,
    RemoteCommand,
    RequestTty,
    SendEnv,
    SessionType,
    SetEnv,
    StrictHostKeyChecking,
    /// Would change who is reached, with which keys or how strictly, unless its value is one of the
    /// harmless ones.
    NotYet(Harmless),
    /// A command that the connection goes through; competes with ProxyJump.
    ProxyCommand,
    ProxyJump,
    RekeyLimit,
    /// Changes nothing of what sshk does, so it is noted and left alone.
    PassedOver,
}

/// Yes or no.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Flag {
    BatchMode,
    CanonicalizeFallbackLocal,
    Compression,
    HashKnownHosts,
    IdentitiesOnly,
    KbdInteractiveAuthentication,
    PasswordAuthentication,
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
    UserKnownHosts,
}

/// The values of a keyword that is not honoured yet that leave everything as it is without it.
#[derive(Clone, Copy)]
pub(super) enum Harmless {
    None,
    No,
    /// VerifyHostKeyDNS: `ask` only shows more.
    NoOrAsk,
    /// ProxyUseFdpass: nothing without a ProxyCommand.
    NoOrNoCommand,
}

impl Harmless {
    pub(super) fn includes(self, value: &str) -> bool {
        let one_of = |values: &[&str]| values.iter().any(|own| own.eq_ignore_ascii_case(value));
        match self {
            Self::None => one_of(&["none"]),
            Self::No | Self::NoOrNoCommand => one_of(&["no", "false"]),
            Self::NoOrAsk => one_of(&["no", "false", "ask"]),
        }
    }
}

/// The keyword under its official spelling, whatever the case; nothing for what ssh does not know
/// either.
pub(super) fn lookup(written: &str) -> Option<(&'static str, Keyword)> {
    let official = |name: &&(&'static str, Keyword)| name.0.eq_ignore_ascii_case(written);
    if let Some(found) = KEYWORDS.iter().find(official) {
        return Some(*found);
    }
    PASSED_OVER
        .iter()
        .find(|name| name.eq_ignore_ascii_case(written))
        .map(|name| (*name, Keyword::PassedOver))
}

const KEYWORDS: &[(&str, Keyword)] = &[
    ("AddressFamily", Keyword::AddressFamily),
    ("BatchMode", Keyword::Flag(Flag::BatchMode)),
    ("BindAddress", Keyword::Text(Text::BindAddress)),
    ("BindInterface", Keyword::Text(Text::BindInterface)),
    ("CASignatureAlgorithms", Keyword::Algorithms(Purpose::CaSignature)),
    ("CanonicalDomains", Keyword::CanonicalDomains),
    ("CanonicalizeFallbackLocal", Keyword::Flag(Flag::CanonicalizeFallbackLocal)),
    ("CanonicalizeHostname", Keyword::CanonicalizeHostname),
    ("CanonicalizeMaxDots", Keyword::Count(Count::CanonicalizeMaxDots)),
    // Renames a host even where CanonicalizeHostname is off.
    ("CanonicalizePermittedCNAMEs", Keyword::NotYet(Harmless::None)),
    ("CertificateFile", Keyword::CertificateFile),
    ("ChallengeResponseAuthentication", Keyword::Flag(Flag::KbdInteractiveAuthentication)),
    ("CheckHostIP", Keyword::NotYet(Harmless::No)),
    ("Ciphers", Keyword::Algorithms(Purpose::Cipher)),
    ("Compression", Keyword::Flag(Flag::Compression)),
    ("ConnectTimeout", Keyword::Seconds(Seconds::ConnectTimeout)),
    ("ConnectionAttempts", Keyword::Count(Count::ConnectionAttempts)),
    ("DSAAuthentication", Keyword::PubkeyAuthentication),
    ("EscapeChar", Keyword::EscapeChar),
    ("ForwardAgent", Keyword::ForwardAgent),
    ("GlobalKnownHostsFile", Keyword::Files(Files::GlobalKnownHosts)),
    ("HashKnownHosts", Keyword::Flag(Flag::HashKnownHosts)),
    ("Host", Keyword::Host),
    ("HostKeyAlgorithms", Keyword::Algorithms(Purpose::HostKey)),
    ("HostKeyAlias", Keyword::Text(Text::HostKeyAlias)),
    ("HostName", Keyword::Text(Text::HostName)),
    ("IdentitiesOnly", Keyword::Flag(Flag::IdentitiesOnly)),
    ("IdentityAgent", Keyword::IdentityAgent),
    ("IdentityFile", Keyword::IdentityFile),
    ("IdentityFile2", Keyword::IdentityFile),
    ("IgnoreUnknown", Keyword::Text(Text::IgnoreUnknown)),
    ("Include", Keyword::Include),
    ("KbdInteractiveAuthentication", Keyword::Flag(Flag::KbdInteractiveAuthentication)),
    ("KeepAlive", Keyword::Flag(Flag::TcpKeepAlive)),
    ("KexAlgorithms", Keyword::Algorithms(Purpose::Kex)),
    ("KnownHostsCommand", Keyword::NotYet(Harmless::None)),
    ("LogLevel", Keyword::LogLevel),
    ("MACs", Keyword::Algorithms(Purpose::Mac)),
    ("Match", Keyword::Match),
    ("NumberOfPasswordPrompts", Keyword::Count(Count::NumberOfPasswordPrompts)),
    ("PKCS11Provider", Keyword::NotYet(Harmless::None)),
    ("PasswordAuthentication", Keyword::Flag(Flag::PasswordAuthentication)),
    ("Port", Keyword::Port),
    ("PreferredAuthentications", Keyword::Text(Text::PreferredAuthentications)),
    ("ProxyCommand", Keyword::ProxyCommand),
    ("ProxyJump", Keyword::ProxyJump),
    // The command would hand a socket over, where sshk talks through it.
    ("ProxyUseFdpass", Keyword::NotYet(Harmless::NoOrNoCommand)),
    ("PubkeyAcceptedAlgorithms", Keyword::Algorithms(Purpose::PubkeyAccepted)),
    ("PubkeyAcceptedKeyTypes", Keyword::Algorithms(Purpose::PubkeyAccepted)),
    ("PubkeyAuthentication", Keyword::PubkeyAuthentication),
    // Red Hat's name for RequiredRSASize.
    ("RSAMinSize", Keyword::Count(Count::RequiredRsaSize)),
    ("RefuseConnection", Keyword::RefuseConnection),
    ("RekeyLimit", Keyword::RekeyLimit),
    ("RemoteCommand", Keyword::RemoteCommand),
    ("RequestTTY", Keyword::RequestTty),
    ("RequiredRSASize", Keyword::Count(Count::RequiredRsaSize)),
    ("RevokedHostKeys", Keyword::NotYet(Harmless::None)),
    ("SendEnv", Keyword::SendEnv),
    ("ServerAliveCountMax", Keyword::Count(Count::ServerAliveCountMax)),
    ("ServerAliveInterval", Keyword::Seconds(Seconds::ServerAliveInterval)),
    ("SessionType", Keyword::SessionType),
    ("SetEnv", Keyword::SetEnv),
    ("SkeyAuthentication", Keyword::Flag(Flag::KbdInteractiveAuthentication)),
    ("SmartcardDevice", Keyword::NotYet(Harmless::None)),
    ("StdinNull", Keyword::Flag(Flag::StdinNull)),
    ("StrictHostKeyChecking", Keyword::StrictHostKeyChecking),
    ("TCPKeepAlive", Keyword::Flag(Flag::TcpKeepAlive)),
    ("TISAuthentication", Keyword::Flag(Flag::KbdInteractiveAuthentication)),
    ("Tag", Keyword::Text(Text::Tag)),
    ("User", Keyword::Text(Text::User)),
    ("UserKnownHostsFile", Keyword::Files(Files::UserKnownHosts)),
    ("VerifyHostKeyDNS", Keyword::NotYet(Harmless::NoOrAsk)),
];

const PASSED_OVER: &[&str] = &[
    // What sshk does not do: forwardings, sharing of connections, X11, tunnels, local commands.
    "AddKeysToAgent",
    "ChannelTimeout",
    "ClearAllForwardings",
    "ControlMaster",
    "ControlPath",
    "ControlPersist",
    "DynamicForward",
    "EnableEscapeCommandline",
    "ExitOnForwardFailure",
    "ForkAfterAuthentication",
    "ForwardX11",
    "ForwardX11Timeout",
    "ForwardX11Trusted",
    "GatewayPorts",
    "LocalCommand",
    "LocalForward",
    "PermitLocalCommand",
    "PermitRemoteOpen",
    "RemoteForward",
    "StreamLocalBindMask",
    "StreamLocalBindUnlink",
    "Tunnel",
    "TunnelDevice",
    "XAuthLocation",
    // Further ways to prove who the user is; without them fewer accounts let the user in, never
    // other ones.
    "EnableSSHKeysign",
    "HostbasedAcceptedAlgorithms",
    "HostbasedAuthentication",
    "HostbasedKeyTypes",
    // Wire and display.
    "FingerprintHash",
    "IPQoS",
    "LogVerbose",
    "ObscureKeystrokeTiming",
    "SyslogFacility",
    "UpdateHostKeys",
    "VersionAddendum",
    "VisualHostKey",
    "WarnWeakCrypto",
    // FIDO keys sign through the agent only, which loads its own provider.
    "SecurityKeyProvider",
    // A way in that sshk has not; the others are tried, as where the server does not offer it.
    // Debian has the longer list.
    "GSSAPIAuthentication",
    "GSSAPIClientIdentity",
    "GSSAPIDelegateCredentials",
    "GSSAPIKexAlgorithms",
    "GSSAPIKeyExchange",
    "GSSAPIRenewalForcesRekey",
    "GSSAPIServerIdentity",
    "GSSAPITrustDns",
    "KbdInteractiveDevices",
    // Makes ssh laxer than sshk is: the host key of localhost is checked all the same.
    "NoHostAuthenticationForLocalhost",
    // Apple's: where a passphrase may come from.
    "UseKeychain",
    // What ssh itself passes over, as deprecated or no longer supported.
    "AFSTokenPassing",
    "Cipher",
    "CompressionLevel",
    "FallBackToRsh",
    "GlobalKnownHostsFile2",
    "KerberosAuthentication",
    "KerberosTGTPassing",
    "Protocol",
    "RSAAuthentication",
    "RhostsAuthentication",
    "RhostsRSAAuthentication",
    "UsePrivilegedPort",
    "UseRoaming",
    "UseRsh",
    "UserKnownHostsFile2",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_keyword_stands_once() {
        let mut names: Vec<String> = KEYWORDS
            .iter()
            .map(|it| it.0)
            .chain(PASSED_OVER.iter().copied())
            .map(str::to_lowercase)
            .collect();
        let count = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), count);
        assert!(lookup("hOSTnAME").is_some_and(|(name, _)| name == "HostName"));
        assert!(lookup("Hostnames").is_none());
    }

    #[test]
    fn the_readmes_table_names_every_keyword_where_it_belongs() {
        let readme = include_str!("../../../README.md");
        let row = |head: &str| {
            let line = readme.lines().find(|line| line.starts_with(head)).unwrap();
            let mut names: Vec<&str> =
                line[head.len()..].split('|').nth(1).unwrap().split_whitespace().collect();
            names.sort_unstable();
            names
        };
        let (mut refused, mut honoured) = (Vec::new(), Vec::new());
        for (name, keyword) in KEYWORDS {
            if matches!(keyword, Keyword::NotYet(_)) {
                refused.push(*name)
            } else {
                honoured.push(*name)
            }
        }
        let mut passed_over = PASSED_OVER.to_vec();
        passed_over.sort_unstable();
        honoured.sort_unstable();
        refused.sort_unstable();
        assert_eq!(row("| honoured"), honoured);
        assert_eq!(row("| refused by name"), refused);
        assert_eq!(row("| passed over"), passed_over);
    }
}
