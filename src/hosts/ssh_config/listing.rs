//! An endpoint as `ssh -G` prints it: one line for each keyword, in lower case, and its value.
//!
//! Ignored and unsupported settings are left out, as sshk has no value for them.

use std::path::PathBuf;

use super::endpoint::{Endpoint, Through};
use super::value::{
    AddressFamily, Canonicalize, EscapeChar, ForwardAgent, IdentityAgent, LogLevel, RequestTty,
    SessionType, StrictHostKeyChecking, UpdateHostKeys,
};

impl Endpoint {
    /// The settings that sshk supports, as `ssh -G` spells them. The session lists the algorithms.
    pub fn listing(&self) -> Vec<(&'static str, String)> {
        let mut lines = self.host_lines();
        lines.extend(self.choice_lines());
        lines.extend(self.number_lines());
        lines.extend(self.text_lines());
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
        let truth = |flag: bool| if flag { "true" } else { "false" }.to_owned();
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
            ("pubkeyauthentication", truth(self.pubkey_authentication)),
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
                self.connect_timeout.map_or("none".into(), |limit| limit.as_secs().to_string()),
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
        match &self.through {
            Through::Direct => {}
            Through::Command { .. } => optional("proxycommand", self.written.proxy_command.clone()),
            Through::Jump(_) => optional("proxyjump", self.written.proxy_jump.clone()),
        }
        optional("remotecommand", self.remote_command.clone());
        optional(
            "identityagent",
            match &self.identity_agent {
                IdentityAgent::Default => None,
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
                level => format!("{level:?}").to_uppercase(),
            },
        ));
        lines.push((
            "escapechar",
            match self.escape_char {
                EscapeChar::None => "none".into(),
                EscapeChar::Byte(byte @ 0..=31) => format!("^{}", char::from(byte | 64)),
                EscapeChar::Byte(byte) => char::from(byte).into(),
            },
        ));
        lines
    }
}

fn paths(paths: &[PathBuf]) -> String {
    match paths {
        [] => "none".into(),
        paths => paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(" "),
    }
}
