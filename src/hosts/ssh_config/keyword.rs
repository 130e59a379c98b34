//! The keywords of ssh_config(5), OpenSSH 9.2 to 10.5, and what sshk does with each.

use super::setting::{Count, Files, Flag, Purpose, Seconds, Setting, Text};

/// What a keyword does.
#[derive(Clone, Copy)]
pub(super) enum Keyword {
    Host,
    Match,
    Include,
    RefuseConnection,
    Setting(Setting),
    /// Would change which host is reached, with which keys or how strictly. An error, unless the
    /// value is one of the harmless ones.
    Unsupported(Harmless),
    /// Changes nothing that sshk does. Reported with `-v`.
    Ignored,
}

/// Which values of an unsupported keyword change nothing.
#[derive(Clone, Copy)]
pub(super) enum Harmless {
    None,
    /// For VerifyHostKeyDNS: `ask` only shows more.
    NoOrAsk,
    /// For ProxyUseFdpass, which does nothing without a ProxyCommand.
    NoOrNoCommand,
}

impl Harmless {
    pub(super) fn includes(self, value: &str) -> bool {
        let one_of = |values: &[&str]| values.iter().any(|own| own.eq_ignore_ascii_case(value));
        match self {
            Self::None => one_of(&["none"]),
            Self::NoOrNoCommand => one_of(&["no", "false"]),
            Self::NoOrAsk => one_of(&["no", "false", "ask"]),
        }
    }
}

/// Finds a keyword in any case, with its official spelling. `None` if ssh does not know it either.
pub(super) fn lookup(written: &str) -> Option<(&'static str, Keyword)> {
    let official = |name: &&(&'static str, Keyword)| name.0.eq_ignore_ascii_case(written);
    if let Some(found) = KEYWORDS.iter().find(official) {
        return Some(*found);
    }
    IGNORED
        .iter()
        .find(|name| name.eq_ignore_ascii_case(written))
        .map(|name| (*name, Keyword::Ignored))
}

const fn flag(flag: Flag) -> Keyword {
    Keyword::Setting(Setting::Flag(flag))
}

const fn text(text: Text) -> Keyword {
    Keyword::Setting(Setting::Text(text))
}

const fn count(count: Count) -> Keyword {
    Keyword::Setting(Setting::Count(count))
}

const fn seconds(seconds: Seconds) -> Keyword {
    Keyword::Setting(Setting::Seconds(seconds))
}

const fn files(files: Files) -> Keyword {
    Keyword::Setting(Setting::Files(files))
}

const fn algorithms(purpose: Purpose) -> Keyword {
    Keyword::Setting(Setting::Algorithms(purpose))
}

const KEYWORDS: &[(&str, Keyword)] = &[
    ("AddressFamily", Keyword::Setting(Setting::AddressFamily)),
    ("BatchMode", flag(Flag::BatchMode)),
    ("BindAddress", text(Text::BindAddress)),
    ("BindInterface", text(Text::BindInterface)),
    ("CASignatureAlgorithms", algorithms(Purpose::CaSignature)),
    ("CanonicalDomains", Keyword::Setting(Setting::CanonicalDomains)),
    ("CanonicalizeFallbackLocal", flag(Flag::CanonicalizeFallbackLocal)),
    ("CanonicalizeHostname", Keyword::Setting(Setting::CanonicalizeHostname)),
    ("CanonicalizeMaxDots", count(Count::CanonicalizeMaxDots)),
    // Renames a host even if CanonicalizeHostname is off.
    ("CanonicalizePermittedCNAMEs", Keyword::Unsupported(Harmless::None)),
    ("CertificateFile", Keyword::Setting(Setting::CertificateFile)),
    ("ChallengeResponseAuthentication", flag(Flag::KbdInteractiveAuthentication)),
    ("CheckHostIP", flag(Flag::CheckHostIp)),
    ("Ciphers", algorithms(Purpose::Cipher)),
    ("Compression", flag(Flag::Compression)),
    ("ConnectTimeout", seconds(Seconds::ConnectTimeout)),
    ("ConnectionAttempts", count(Count::ConnectionAttempts)),
    ("DSAAuthentication", Keyword::Setting(Setting::PubkeyAuthentication)),
    ("EscapeChar", Keyword::Setting(Setting::EscapeChar)),
    ("ForwardAgent", Keyword::Setting(Setting::ForwardAgent)),
    ("GlobalKnownHostsFile", files(Files::GlobalKnownHosts)),
    ("HashKnownHosts", flag(Flag::HashKnownHosts)),
    ("Host", Keyword::Host),
    ("HostKeyAlgorithms", algorithms(Purpose::HostKey)),
    ("HostKeyAlias", text(Text::HostKeyAlias)),
    ("HostName", text(Text::HostName)),
    ("IdentitiesOnly", flag(Flag::IdentitiesOnly)),
    ("IdentityAgent", Keyword::Setting(Setting::IdentityAgent)),
    ("IdentityFile", Keyword::Setting(Setting::IdentityFile)),
    ("IdentityFile2", Keyword::Setting(Setting::IdentityFile)),
    ("IgnoreUnknown", text(Text::IgnoreUnknown)),
    ("Include", Keyword::Include),
    ("KbdInteractiveAuthentication", flag(Flag::KbdInteractiveAuthentication)),
    ("KeepAlive", flag(Flag::TcpKeepAlive)),
    ("KexAlgorithms", algorithms(Purpose::Kex)),
    ("KnownHostsCommand", Keyword::Setting(Setting::KnownHostsCommand)),
    ("LocalCommand", Keyword::Setting(Setting::LocalCommand)),
    ("LogLevel", Keyword::Setting(Setting::LogLevel)),
    ("MACs", algorithms(Purpose::Mac)),
    ("Match", Keyword::Match),
    ("NumberOfPasswordPrompts", count(Count::NumberOfPasswordPrompts)),
    ("PKCS11Provider", Keyword::Unsupported(Harmless::None)),
    ("PasswordAuthentication", flag(Flag::PasswordAuthentication)),
    ("PermitLocalCommand", flag(Flag::PermitLocalCommand)),
    ("Port", Keyword::Setting(Setting::Port)),
    ("PreferredAuthentications", text(Text::PreferredAuthentications)),
    ("ProxyCommand", Keyword::Setting(Setting::ProxyCommand)),
    ("ProxyJump", Keyword::Setting(Setting::ProxyJump)),
    // The command would pass a socket to ssh; sshk talks through its standard input and output.
    ("ProxyUseFdpass", Keyword::Unsupported(Harmless::NoOrNoCommand)),
    ("PubkeyAcceptedAlgorithms", algorithms(Purpose::PubkeyAccepted)),
    ("PubkeyAcceptedKeyTypes", algorithms(Purpose::PubkeyAccepted)),
    ("PubkeyAuthentication", Keyword::Setting(Setting::PubkeyAuthentication)),
    // Red Hat's name for RequiredRSASize.
    ("RSAMinSize", count(Count::RequiredRsaSize)),
    ("RefuseConnection", Keyword::RefuseConnection),
    ("RekeyLimit", Keyword::Setting(Setting::RekeyLimit)),
    ("RemoteCommand", Keyword::Setting(Setting::RemoteCommand)),
    ("RequestTTY", Keyword::Setting(Setting::RequestTty)),
    ("RequiredRSASize", count(Count::RequiredRsaSize)),
    ("RevokedHostKeys", files(Files::RevokedHostKeys)),
    ("SendEnv", Keyword::Setting(Setting::SendEnv)),
    ("ServerAliveCountMax", count(Count::ServerAliveCountMax)),
    ("ServerAliveInterval", seconds(Seconds::ServerAliveInterval)),
    ("SessionType", Keyword::Setting(Setting::SessionType)),
    ("SetEnv", Keyword::Setting(Setting::SetEnv)),
    ("SkeyAuthentication", flag(Flag::KbdInteractiveAuthentication)),
    ("SmartcardDevice", Keyword::Unsupported(Harmless::None)),
    ("StdinNull", flag(Flag::StdinNull)),
    ("StrictHostKeyChecking", Keyword::Setting(Setting::StrictHostKeyChecking)),
    ("TCPKeepAlive", flag(Flag::TcpKeepAlive)),
    ("TISAuthentication", flag(Flag::KbdInteractiveAuthentication)),
    ("Tag", text(Text::Tag)),
    ("UpdateHostKeys", Keyword::Setting(Setting::UpdateHostKeys)),
    ("User", text(Text::User)),
    ("UserKnownHostsFile", files(Files::UserKnownHosts)),
    ("VerifyHostKeyDNS", Keyword::Unsupported(Harmless::NoOrAsk)),
];

const IGNORED: &[&str] = &[
    // What sshk does not do: port forwarding, connection sharing, X11, tunnels.
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
    "LocalForward",
    "PermitRemoteOpen",
    "RemoteForward",
    "StreamLocalBindMask",
    "StreamLocalBindUnlink",
    "Tunnel",
    "TunnelDevice",
    "XAuthLocation",
    // More authentication methods. Without them some logins fail, but none reaches another account.
    "EnableSSHKeysign",
    "HostbasedAcceptedAlgorithms",
    "HostbasedAuthentication",
    "HostbasedKeyTypes",
    // The network and the display.
    "FingerprintHash",
    "IPQoS",
    "LogVerbose",
    "ObscureKeystrokeTiming",
    "SyslogFacility",
    "VersionAddendum",
    "VisualHostKey",
    "WarnWeakCrypto",
    // FIDO keys sign only through the agent, which loads its own provider.
    "SecurityKeyProvider",
    // An authentication method that sshk lacks; the others are tried, as if the server did not
    // offer it. Debian's ssh knows the longer list.
    "GSSAPIAuthentication",
    "GSSAPIClientIdentity",
    "GSSAPIDelegateCredentials",
    "GSSAPIKexAlgorithms",
    "GSSAPIKeyExchange",
    "GSSAPIRenewalForcesRekey",
    "GSSAPIServerIdentity",
    "GSSAPITrustDns",
    "KbdInteractiveDevices",
    // Would make ssh less strict than sshk, which checks the host key of localhost too.
    "NoHostAuthenticationForLocalhost",
    // Apple's: passphrases from the keychain.
    "UseKeychain",
    // Ignored by ssh itself, as deprecated or unsupported.
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
    fn every_keyword_is_listed_once() {
        let mut names: Vec<String> = KEYWORDS
            .iter()
            .map(|it| it.0)
            .chain(IGNORED.iter().copied())
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
    fn the_documented_table_lists_every_keyword_in_its_row() {
        let document = include_str!("../../../docs/ssh_config.md");
        let row = |head: &str| {
            let line = document.lines().find(|line| line.starts_with(head)).unwrap();
            let mut names: Vec<&str> =
                line[head.len()..].split('|').nth(1).unwrap().split_whitespace().collect();
            names.sort_unstable();
            names
        };
        let (mut unsupported, mut supported) = (Vec::new(), Vec::new());
        for (name, keyword) in KEYWORDS {
            if matches!(keyword, Keyword::Unsupported(_)) {
                unsupported.push(*name)
            } else {
                supported.push(*name)
            }
        }
        let mut ignored = IGNORED.to_vec();
        ignored.sort_unstable();
        supported.sort_unstable();
        unsupported.sort_unstable();
        assert_eq!(row("| supported"), supported);
        assert_eq!(row("| refused by name"), unsupported);
        assert_eq!(row("| ignored"), ignored);
    }
}
