//! An endpoint as `ssh -G` prints it: one line for each keyword, in lower case, and its value.

use std::path::PathBuf;

use super::endpoint::Endpoint;
use super::value::{
    AddressFamily, Canonicalize, EscapeChar, ForwardAgent, IdentityAgent, LogLevel, RequestTty,
    SessionType, StrictHostKeyChecking, UpdateHostKeys,
};

/// The order of OpenSSH 9.2 (readconf.c, dump_client_config) as Debian builds it. A keyword that is
/// not here comes last.
const ORDER: &str = "\
    host user hostname port addressfamily batchmode canonicalizefallbacklocal \
    canonicalizehostname checkhostip compression controlmaster enablesshkeysign \
    clearallforwardings exitonforwardfailure fingerprinthash forwardx11 forwardx11trusted \
    gatewayports gssapiauthentication gssapikeyexchange gssapidelegatecredentials gssapitrustdns \
    gssapirenewalforcesrekey gssapiclientidentity gssapiserveridentity gssapikexalgorithms \
    hashknownhosts hostbasedauthentication identitiesonly kbdinteractiveauthentication \
    nohostauthenticationforlocalhost passwordauthentication permitlocalcommand proxyusefdpass \
    pubkeyauthentication requesttty sessiontype stdinnull forkafterauthentication \
    streamlocalbindunlink stricthostkeychecking tcpkeepalive tunnel verifyhostkeydns \
    visualhostkey updatehostkeys enableescapecommandline canonicalizemaxdots connectionattempts \
    forwardx11timeout numberofpasswordprompts serveralivecountmax serveraliveinterval \
    requiredrsasize bindaddress bindinterface ciphers controlpath hostkeyalgorithms hostkeyalias \
    hostbasedacceptedalgorithms identityagent ignoreunknown kbdinteractivedevices kexalgorithms \
    casignaturealgorithms localcommand remotecommand loglevel macs pkcs11provider \
    securitykeyprovider preferredauthentications pubkeyacceptedalgorithms revokedhostkeys \
    xauthlocation knownhostscommand dynamicforward localforward remoteforward identityfile \
    canonicaldomains certificatefile globalknownhostsfile userknownhostsfile sendenv setenv \
    logverbose permitremoteopen addkeystoagent forwardagent connecttimeout tunneldevice \
    canonicalizePermittedcnames controlpersist escapechar ipqos rekeylimit streamlocalbindmask \
    syslogfacility proxycommand proxyjump";

impl Endpoint {
    /// All settings in ssh's order, as `ssh -G` spells them. The caller adds the `algorithms`,
    /// which the session knows.
    pub fn listing(&self, algorithms: Vec<(&'static str, String)>) -> Vec<(String, String)> {
        let own = [self.host_lines(), self.choice_lines(), self.number_lines(), self.text_lines()];
        let own = own.into_iter().flatten().chain(algorithms);
        let mut lines: Vec<_> = own
            .map(|(keyword, value)| (keyword.to_owned(), value))
            .chain(self.written.unused.clone())
            .collect();
        let place = |keyword: &str| ORDER.split_whitespace().position(|own| own == keyword);
        lines.sort_by_key(|(keyword, _)| place(keyword).unwrap_or(usize::MAX));
        lines
    }

    fn host_lines(&self) -> Vec<(&'static str, String)> {
        vec![
            ("host", self.destination.host().to_owned()),
            ("user", self.user.clone()),
            ("hostname", self.host.clone()),
            ("port", self.port.to_string()),
        ]
    }

    fn choice_lines(&self) -> Vec<(&'static str, String)> {
        let yes = |flag: bool| if flag { "yes" } else { "no" }.to_owned();
        let word = |keyword| self.written.lines.word(keyword);
        let family = match self.address_family {
            AddressFamily::Any => "any",
            AddressFamily::Inet => "inet",
            AddressFamily::Inet6 => "inet6",
        };
        let canonicalize = match self.written.canonicalize_hostname {
            Canonicalize::No => "false",
            Canonicalize::Yes => "true",
            Canonicalize::Always => "always",
        };
        let tty = match self.request_tty {
            RequestTty::Auto => "auto",
            RequestTty::No => "false",
            RequestTty::Yes => "true",
            RequestTty::Force => "force",
        };
        let session = match self.session_type {
            SessionType::Default => "default",
            SessionType::None => "none",
            SessionType::Subsystem => "subsystem",
        };
        let strict = match self.strict_host_key_checking {
            StrictHostKeyChecking::Yes => "true",
            StrictHostKeyChecking::No => "false",
            StrictHostKeyChecking::Ask => "ask",
            StrictHostKeyChecking::AcceptNew => "accept-new",
        };
        let update = match self.update_host_keys {
            UpdateHostKeys::Yes => "true",
            UpdateHostKeys::No => "false",
            UpdateHostKeys::Ask => "ask",
        };
        // Some say which protocol extension is used, too.
        let pubkey_authentication = match (self.pubkey_authentication, word("PubkeyAuthentication"))
        {
            (false, _) => "false".to_owned(),
            (true, Some(word)) if word.contains("bound") => word.to_ascii_lowercase(),
            (true, _) => "true".to_owned(),
        };
        vec![
            ("addressfamily", family.into()),
            ("batchmode", yes(self.batch_mode)),
            ("canonicalizefallbacklocal", yes(self.written.canonicalize_fallback_local)),
            ("canonicalizehostname", canonicalize.into()),
            ("checkhostip", yes(self.check_host_ip)),
            ("compression", yes(self.compression)),
            ("hashknownhosts", yes(self.hash_known_hosts)),
            ("identitiesonly", yes(self.identities_only)),
            ("kbdinteractiveauthentication", yes(self.kbd_interactive_authentication)),
            ("passwordauthentication", yes(self.password_authentication)),
            ("pubkeyauthentication", pubkey_authentication),
            ("requesttty", tty.into()),
            ("sessiontype", session.into()),
            ("stdinnull", yes(self.stdin_null)),
            ("stricthostkeychecking", strict.into()),
            ("tcpkeepalive", yes(self.tcp_keep_alive)),
            ("updatehostkeys", update.into()),
        ]
    }

    fn number_lines(&self) -> Vec<(&'static str, String)> {
        let rekey = (
            self.rekey_limit.bytes.unwrap_or(0),
            self.rekey_limit.after.unwrap_or_default().as_secs(),
        );
        vec![
            ("canonicalizemaxdots", self.written.canonicalize_max_dots.to_string()),
            ("connectionattempts", self.connection_attempts.to_string()),
            ("numberofpasswordprompts", self.number_of_password_prompts.to_string()),
            ("serveralivecountmax", self.server_alive_count_max.to_string()),
            ("serveraliveinterval", self.server_alive_interval.as_secs().to_string()),
            ("requiredrsasize", self.required_rsa_size.to_string()),
            (
                "connecttimeout",
                self.written.connect_timeout.map_or("none".into(), |limit| limit.to_string()),
            ),
            ("rekeylimit", format!("{} {}", rekey.0, rekey.1)),
        ]
    }

    fn text_lines(&self) -> Vec<(&'static str, String)> {
        let mut lines = Vec::new();
        let mut optional =
            |keyword, value: Option<String>| lines.extend(value.map(|value| (keyword, value)));
        optional("bindaddress", self.bind_address.clone());
        optional("bindinterface", self.bind_interface.clone());
        optional("hostkeyalias", self.host_key_alias.clone());
        optional("knownhostscommand", self.written.known_hosts_command.clone());
        optional(
            "preferredauthentications",
            self.preferred_authentications.as_ref().map(|list| list.join(",")),
        );
        match &self.written.proxy_jump {
            Some(jump) => optional("proxyjump", Some(jump.clone())),
            None => optional("proxycommand", self.written.proxy_command.clone()),
        }
        optional("remotecommand", self.remote_command.clone());
        optional(
            "identityagent",
            match &self.identity_agent {
                IdentityAgent::Default => {
                    self.written.lines.word("IdentityAgent").map(str::to_owned)
                }
                IdentityAgent::None => Some("none".into()),
                IdentityAgent::Socket(path) => Some(path.display().to_string()),
            },
        );
        lines.extend(self.written.identity_files.iter().map(|file| ("identityfile", file.clone())));
        lines.extend(
            self.written.certificate_files.iter().map(|file| ("certificatefile", file.clone())),
        );
        let domains = if self.written.canonical_domains.is_empty() {
            "none".into()
        } else {
            self.written.canonical_domains.join(" ")
        };
        lines.push(("canonicaldomains", domains));
        lines.push(("globalknownhostsfile", paths(&self.global_known_hosts_files)));
        lines.push(("userknownhostsfile", paths(&self.user_known_hosts_files)));
        if !self.written.revoked_host_keys.is_empty() {
            lines.push(("revokedhostkeys", self.written.revoked_host_keys.join(" ")));
        }
        lines.extend(self.send_env.iter().map(|name| ("sendenv", name.clone())));
        lines
            .extend(self.set_env.iter().map(|(name, value)| ("setenv", format!("{name}={value}"))));
        lines.push((
            "forwardagent",
            match (&self.written.forward_agent_socket, &self.forward_agent) {
                // Even after "no".
                (Some(socket), _) => socket.display().to_string(),
                (None, ForwardAgent::No) => "no".into(),
                (None, _) => "yes".into(),
            },
        ));
        lines.push((
            "loglevel",
            match self.log_level {
                LogLevel::Debug1 => "DEBUG".into(),
                // log.c has this name first.
                LogLevel::Quiet => "SILENT".into(),
                level => format!("{level:?}").to_uppercase(),
            },
        ));
        lines.push((
            "escapechar",
            match self.escape_char {
                EscapeChar::None => "none".into(),
                EscapeChar::Byte(byte) => visible(byte),
            },
        ));
        lines
    }
}

/// As vis(3) shows it with VIS_WHITE.
fn visible(byte: u8) -> String {
    match byte {
        0..=31 => format!("\\^{}", char::from(byte | 64)),
        b' ' => "\\040".into(),
        b'\\' => "\\\\".into(),
        33..=126 => char::from(byte).into(),
        127 => "\\^?".into(),
        160 => "\\240".into(),
        128..=159 => format!("\\M^{}", char::from((byte & 31) | 64)),
        255 => "\\M^?".into(),
        161..=254 => format!("\\M-{}", char::from(byte & 127)),
    }
}

fn paths(paths: &[PathBuf]) -> String {
    match paths {
        [] => "none".into(),
        paths => paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(" "),
    }
}
