//! The settings read so far. The first value of a setting wins; a line that does not apply is still
//! checked.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use super::algorithms::AlgorithmList;
use super::assignment::{
    Assignment, Located, check_agent, domains, escape_char, file_list, variables,
};
use super::hops;
use super::location::Location;
use super::number;
use super::setting::{Count, Files, Flag, Purpose, Seconds, Setting, Text};
use super::value::{
    AddressFamily, Canonicalize, EscapeChar, LogLevel, PUBKEY_AUTHENTICATION, RequestTty,
    SessionType, StrictHostKeyChecking, UpdateHostKeys, YES_OR_NO,
};
use crate::hosts::destination::parse_port;
use crate::wildcard;

/// RFC 4253, 4.
pub(super) const DEFAULT_PORT: u16 = 22;
/// ssh_config(5): a name with more dots is used as it is.
pub(super) const DEFAULT_CANONICALIZE_MAX_DOTS: u32 = 1;

/// ssh.h and readconf.h: SSH_MAX_IDENTITY_FILES, SSH_MAX_CERTIFICATE_FILES.
const MAX_IDENTITY_FILES: usize = 100;
const MAX_CERTIFICATE_FILES: usize = 100;

/// An identity file as it was named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum IdentityFile {
    /// By `-i`: a path, as the shell passed it.
    Given(PathBuf),
    /// By IdentityFile: still to be expanded.
    Written(String),
}

#[derive(Default)]
pub(super) struct Options {
    pub flags: BTreeMap<Flag, bool>,
    pub texts: BTreeMap<Text, Located<String>>,
    pub counts: BTreeMap<Count, Located<u32>>,
    pub seconds: BTreeMap<Seconds, u32>,
    pub files: BTreeMap<Files, Located<Vec<String>>>,
    pub algorithms: BTreeMap<Purpose, AlgorithmList>,
    pub address_family: Option<AddressFamily>,
    pub canonical_domains: Option<Vec<String>>,
    pub canonicalize_hostname: Option<Canonicalize>,
    pub certificate_files: Vec<Located<String>>,
    pub escape_char: Option<EscapeChar>,
    pub forward_agent: Option<bool>,
    /// Still to be expanded.
    pub forward_agent_socket: Option<Located<String>>,
    pub identity_agent: Option<Located<String>>,
    pub identity_files: Vec<Located<IdentityFile>>,
    /// As written; may be `none`.
    known_hosts_command: Option<Located<String>>,
    pub local_command: Option<Located<String>>,
    pub log_level: Option<LogLevel>,
    pub port: Option<u16>,
    /// As written; may be `none`.
    proxy_command: Option<Located<String>>,
    /// As written, with hops that have been checked; may be `none`.
    proxy_jump: Option<Located<String>>,
    pub pubkey_authentication: Option<bool>,
    /// `Some(None)` for the cipher's own limit.
    pub rekey_bytes: Option<Option<u64>>,
    pub rekey_seconds: Option<u32>,
    pub remote_command: Option<Located<String>>,
    pub request_tty: Option<RequestTty>,
    pub send_env: Vec<String>,
    pub session_type: Option<SessionType>,
    pub set_env: Option<Vec<(String, String)>>,
    pub strict_host_key_checking: Option<StrictHostKeyChecking>,
    pub update_host_keys: Option<UpdateHostKeys>,
}

impl Options {
    pub(super) fn text(&self, text: Text) -> Option<&Located<String>> {
        self.texts.get(&text)
    }

    pub(super) fn flag(&self, flag: Flag, default: bool) -> bool {
        self.flags.get(&flag).copied().unwrap_or(default)
    }

    pub(super) fn count(&self, count: Count, default: u32) -> u32 {
        self.counts.get(&count).map_or(default, |count| count.value)
    }

    /// Zero by default.
    pub(super) fn duration(&self, seconds: Seconds) -> Duration {
        Duration::from_secs(self.seconds.get(&seconds).copied().unwrap_or_default().into())
    }

    /// ProxyJump, unless it is `none`.
    pub(super) fn jump(&self) -> Option<&Located<String>> {
        self.proxy_jump.as_ref().filter(|jump| !hops::is_none(&jump.value))
    }

    /// Why `-J` cannot be used after what was set before it, even if that was `none`.
    pub(super) fn why_no_jump_hosts(&self) -> Option<&'static str> {
        match (&self.proxy_jump, &self.proxy_command) {
            (Some(_), _) => Some("only one -J is allowed; separate the jump hosts with commas"),
            (None, Some(_)) => Some("-J cannot be used with ProxyCommand"),
            (None, None) => None,
        }
    }

    /// ProxyCommand, unless it is `none`.
    pub(super) fn proxy_command(&self) -> Option<&Located<String>> {
        self.proxy_command.as_ref().filter(|command| !hops::is_none(&command.value))
    }

    /// KnownHostsCommand, unless it is `none`.
    pub(super) fn known_hosts_command(&self) -> Option<&Located<String>> {
        self.known_hosts_command.as_ref().filter(|command| !hops::is_none(&command.value))
    }

    /// Sets one setting from its line.
    ///
    /// # Errors
    ///
    /// Says what the value must be, never what it is.
    pub(super) fn set(
        &mut self,
        setting: Setting,
        mut value: Assignment<'_>,
    ) -> Result<(), String> {
        let value = &mut value;
        match setting {
            Setting::Flag(flag) => {
                let choice = value.choice(YES_OR_NO)?;
                value.fill_entry(&mut self.flags, flag, choice);
            }
            Setting::Text(text) => {
                let word = value.words.take()?;
                value.fill_entry(&mut self.texts, text, value.located(word));
            }
            Setting::Count(count) => {
                let number = number::count(&value.words.take()?)?;
                value.fill_entry(&mut self.counts, count, value.located(number));
            }
            Setting::Seconds(seconds) => self.set_seconds(seconds, value)?,
            Setting::Files(files) => self.set_files(files, value)?,
            Setting::Algorithms(purpose) => {
                let list = AlgorithmList::parse(&value.words.take()?)?;
                value.fill_entry(&mut self.algorithms, purpose, list);
            }
            Setting::AddressFamily => {
                let family = value.choice(AddressFamily::WORDS)?;
                value.fill(&mut self.address_family, family);
            }
            Setting::CanonicalDomains => {
                let domains = domains(value.words)?;
                value.fill(&mut self.canonical_domains, domains);
            }
            Setting::CanonicalizeHostname => {
                let choice = value.choice(Canonicalize::WORDS)?;
                value.fill(&mut self.canonicalize_hostname, choice);
            }
            Setting::CertificateFile => self.add_certificate_file(value)?,
            Setting::EscapeChar => {
                let escape_char = escape_char(&value.words.take()?)?;
                value.fill(&mut self.escape_char, escape_char);
            }
            Setting::ForwardAgent => self.set_forward_agent(value)?,
            Setting::IdentityAgent => {
                let agent = value.words.take()?;
                check_agent(&agent, value.surroundings)?;
                value.fill(&mut self.identity_agent, value.located(agent));
            }
            Setting::IdentityFile => {
                let file = IdentityFile::Written(value.words.take()?);
                if value.active {
                    self.add_identity_file(value.located(file))?;
                }
            }
            Setting::KnownHostsCommand => {
                let command = value.command().to_owned();
                value.fill(&mut self.known_hosts_command, value.located(command));
            }
            Setting::LocalCommand => {
                let command = value.command().to_owned();
                value.fill(&mut self.local_command, value.located(command));
            }
            Setting::LogLevel => {
                let level = value.choice(LogLevel::WORDS)?;
                value.fill(&mut self.log_level, level);
            }
            Setting::Port => self.set_port(value)?,
            Setting::ProxyCommand => self.set_proxy_command(value),
            Setting::ProxyJump => self.set_proxy_jump(value)?,
            Setting::PubkeyAuthentication => {
                let choice = value.choice(PUBKEY_AUTHENTICATION)?;
                value.fill(&mut self.pubkey_authentication, choice);
            }
            Setting::RekeyLimit => self.set_rekey_limit(value)?,
            Setting::RemoteCommand => {
                let command = value.command().to_owned();
                value.fill(&mut self.remote_command, value.located(command));
            }
            Setting::RequestTty => {
                let choice = value.choice(RequestTty::WORDS)?;
                value.fill(&mut self.request_tty, choice);
            }
            Setting::SendEnv => self.add_send_env(value)?,
            Setting::SessionType => {
                let choice = value.choice(SessionType::WORDS)?;
                value.fill(&mut self.session_type, choice);
            }
            Setting::SetEnv => {
                let variables = variables(value.words)?;
                value.fill(&mut self.set_env, variables);
            }
            Setting::StrictHostKeyChecking => {
                let choice = value.choice(StrictHostKeyChecking::WORDS)?;
                value.fill(&mut self.strict_host_key_checking, choice);
            }
            Setting::UpdateHostKeys => {
                let choice = value.choice(UpdateHostKeys::WORDS)?;
                value.fill(&mut self.update_host_keys, choice);
            }
        }
        Ok(())
    }

    fn set_seconds(&mut self, setting: Seconds, value: &mut Assignment<'_>) -> Result<(), String> {
        // As in ssh, `none` leaves the setting to a later line.
        if let Some(seconds) = number::seconds(&value.words.take()?)? {
            value.fill_entry(&mut self.seconds, setting, seconds);
        }
        Ok(())
    }

    fn set_files(&mut self, setting: Files, value: &mut Assignment<'_>) -> Result<(), String> {
        let files = file_list(value.words)?;
        if !files.is_empty() {
            value.fill_entry(&mut self.files, setting, value.located(files));
        }
        Ok(())
    }

    fn set_forward_agent(&mut self, value: &mut Assignment<'_>) -> Result<(), String> {
        let word = value.words.take()?;
        if let Some((_, choice)) = YES_OR_NO.iter().find(|(own, _)| own.eq_ignore_ascii_case(&word))
        {
            value.fill(&mut self.forward_agent, *choice);
            return Ok(());
        }
        // As in ssh, a socket means yes if nothing was set before, and is used even after a yes.
        check_agent(&word, value.surroundings)?;
        value.fill(&mut self.forward_agent, true);
        value.fill(&mut self.forward_agent_socket, value.located(word));
        Ok(())
    }

    fn set_port(&mut self, value: &mut Assignment<'_>) -> Result<(), String> {
        let word = value.words.take()?;
        // Like every count of ssh_config, it may start with a plus sign.
        let port = parse_port(word.strip_prefix('+').unwrap_or(&word))?;
        value.fill(&mut self.port, port);
        Ok(())
    }

    fn set_proxy_command(&mut self, value: &mut Assignment<'_>) {
        let command = value.command().to_owned();
        // As in ssh, a ProxyJump that came first wins, unless it is "none".
        if self.jump().is_none() {
            value.fill(&mut self.proxy_command, value.located(command));
        }
    }

    fn set_proxy_jump(&mut self, value: &mut Assignment<'_>) -> Result<(), String> {
        // A `#` ends the list, even inside a word.
        let jump = value.command().split('#').next().unwrap_or_default().trim_end().to_owned();
        if !hops::is_none(&jump) {
            if value.active {
                hops::parse(&jump, value.location)?;
            } else if jump.split(',').any(str::is_empty) {
                // ssh checks little more than this on a line that does not apply.
                return Err("a host in the list is empty".into());
            }
        }
        // A ProxyCommand that came first wins, even if it is "none".
        if self.proxy_command.is_none() {
            value.fill(&mut self.proxy_jump, value.located(jump));
        }
        Ok(())
    }

    fn set_rekey_limit(&mut self, value: &mut Assignment<'_>) -> Result<(), String> {
        let bytes = number::size(&value.words.take()?)?;
        value.fill(&mut self.rekey_bytes, bytes);
        // As in ssh, `none` leaves the time to a later line.
        if let Some(word) = value.words.next()
            && let Some(seconds) = number::seconds(&word)?
        {
            value.fill(&mut self.rekey_seconds, seconds);
        }
        Ok(())
    }

    /// Adds one to the list, once.
    pub(super) fn add_identity_file(&mut self, file: Located<IdentityFile>) -> Result<(), String> {
        if self.identity_files.iter().any(|own| own.value == file.value) {
            return Ok(());
        }
        if self.identity_files.len() == MAX_IDENTITY_FILES {
            return Err(format!("too many identity files (at most {MAX_IDENTITY_FILES})"));
        }
        self.identity_files.push(file);
        Ok(())
    }

    fn add_certificate_file(&mut self, value: &mut Assignment<'_>) -> Result<(), String> {
        let file = value.words.take()?;
        if !value.active || self.certificate_files.iter().any(|own| own.value == file) {
            return Ok(());
        }
        if self.certificate_files.len() == MAX_CERTIFICATE_FILES {
            return Err(format!("too many certificate files (at most {MAX_CERTIFICATE_FILES})"));
        }
        self.certificate_files.push(value.located(file));
        Ok(())
    }

    /// Adds names; `-PATTERN` removes those that were added before.
    fn add_send_env(&mut self, value: &mut Assignment<'_>) -> Result<(), String> {
        let names = value.words.take_all();
        if names.is_empty() {
            return Err("missing value".into());
        }
        if names.iter().any(|name| name.is_empty() || name.contains('=')) {
            return Err("must be names of environment variables".into());
        }
        if !value.active {
            return Ok(());
        }
        for name in names {
            match name.strip_prefix('-') {
                Some(removed) => self.send_env.retain(|own| !wildcard::matches(own, removed)),
                None => self.send_env.push(name),
            }
        }
        Ok(())
    }

    /// Fixes how names become canonical, after the first pass: what the final pass sets comes too
    /// late, as in ssh (fill_default_options_for_canonicalization in readconf.c).
    pub(super) fn settle_canonical(&mut self) {
        self.canonicalize_hostname.get_or_insert(Canonicalize::No);
        self.flags.entry(Flag::CanonicalizeFallbackLocal).or_insert(true);
        let max_dots =
            Located { value: DEFAULT_CANONICALIZE_MAX_DOTS, location: Location::COMMAND_LINE };
        self.counts.entry(Count::CanonicalizeMaxDots).or_insert(max_dots);
    }
}
