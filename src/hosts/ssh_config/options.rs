//! The settings gathered so far. The first value of a setting wins; a line that does not apply is
//! still checked.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::canonical::{self, Canonicalize};
use super::keyword::{Count, Files, Flag, Keyword, Purpose, Seconds, Text};
use super::line::{self, Words};
use super::proxy;
use super::{
    AddressFamily, AlgorithmList, EscapeChar, LogLevel, Place, RequestTty, SessionType,
    StrictHostKeyChecking, Surroundings,
};
use crate::wildcard;

/// A value, and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Placed<T> {
    pub value: T,
    pub place: Place,
}

/// An identity as it was named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Identity {
    /// By `-i`: a path, as the shell gave it.
    Given(PathBuf),
    /// By IdentityFile: still to be expanded.
    Written(String),
}

#[derive(Default)]
pub(super) struct Options {
    pub flags: BTreeMap<Flag, bool>,
    pub texts: BTreeMap<Text, Placed<String>>,
    pub counts: BTreeMap<Count, Placed<u32>>,
    pub seconds: BTreeMap<Seconds, u32>,
    pub files: BTreeMap<Files, Placed<Vec<String>>>,
    pub identities: Vec<Placed<Identity>>,
    pub canonical_domains: Option<Vec<String>>,
    pub canonicalize_hostname: Option<Canonicalize>,
    pub certificates: Vec<Placed<String>>,
    pub algorithms: BTreeMap<Purpose, AlgorithmList>,
    pub address_family: Option<AddressFamily>,
    pub escape_char: Option<EscapeChar>,
    pub forward_agent: Option<bool>,
    /// Still to be expanded.
    pub forward_agent_socket: Option<Placed<String>>,
    pub identity_agent: Option<Placed<String>>,
    pub log_level: Option<LogLevel>,
    pub port: Option<u16>,
    pub proxy_command: Option<Placed<String>>,
    /// As it was written; its hops have been checked.
    pub proxy_jump: Option<Placed<String>>,
    pub pubkey_authentication: Option<bool>,
    /// Nothing inside for the cipher's own limit.
    pub rekey_bytes: Option<Option<u64>>,
    pub rekey_seconds: Option<u32>,
    pub remote_command: Option<Placed<String>>,
    pub request_tty: Option<RequestTty>,
    pub session_type: Option<SessionType>,
    pub set_env: Option<Vec<(String, String)>>,
    pub send_env: Vec<String>,
    pub strict_host_key_checking: Option<StrictHostKeyChecking>,
}

/// ssh.h and readconf.h: SSH_MAX_IDENTITY_FILES, SSH_MAX_CERTIFICATE_FILES, SSH_MAX_HOSTS_FILES.
const MAX_IDENTITY_FILES: usize = 100;
const MAX_CERTIFICATE_FILES: usize = 100;
const MAX_HOSTS_FILES: usize = 32;

const FLAG: &[(&str, bool)] = &[("yes", true), ("no", false), ("true", true), ("false", false)];
/// The last two are ways to offer a key that OpenSSH's own servers know.
const PUBKEY: &[(&str, bool)] = &[
    ("yes", true),
    ("no", false),
    ("true", true),
    ("false", false),
    ("unbound", true),
    ("host-bound", true),
];
const STRICT: &[(&str, StrictHostKeyChecking)] = &[
    ("yes", StrictHostKeyChecking::Yes),
    ("no", StrictHostKeyChecking::No),
    ("ask", StrictHostKeyChecking::Ask),
    ("accept-new", StrictHostKeyChecking::AcceptNew),
    ("off", StrictHostKeyChecking::No),
    ("true", StrictHostKeyChecking::Yes),
    ("false", StrictHostKeyChecking::No),
];
const CANONICALIZE: &[(&str, Canonicalize)] = &[
    ("yes", Canonicalize::Yes),
    ("no", Canonicalize::No),
    ("always", Canonicalize::Always),
    ("true", Canonicalize::Yes),
    ("false", Canonicalize::No),
];
const FAMILY: &[(&str, AddressFamily)] =
    &[("any", AddressFamily::Any), ("inet", AddressFamily::Inet), ("inet6", AddressFamily::Inet6)];
const TTY: &[(&str, RequestTty)] = &[
    ("auto", RequestTty::Auto),
    ("no", RequestTty::No),
    ("yes", RequestTty::Yes),
    ("force", RequestTty::Force),
    ("false", RequestTty::No),
    ("true", RequestTty::Yes),
];
const SESSION: &[(&str, SessionType)] = &[
    ("none", SessionType::None),
    ("subsystem", SessionType::Subsystem),
    ("default", SessionType::Default),
];
const LEVEL: &[(&str, LogLevel)] = &[
    ("quiet", LogLevel::Quiet),
    ("fatal", LogLevel::Fatal),
    ("error", LogLevel::Error),
    ("info", LogLevel::Info),
    ("verbose", LogLevel::Verbose),
    ("debug", LogLevel::Debug1),
    ("debug1", LogLevel::Debug1),
    ("debug2", LogLevel::Debug2),
    ("debug3", LogLevel::Debug3),
];

impl Options {
    /// Takes one honoured setting from its line. `Err` says why its value cannot be read; never
    /// with the value itself.
    pub(super) fn set(
        &mut self,
        keyword: Keyword,
        (rest, words): (&str, &mut Words),
        active: bool,
        place: &Place,
        surroundings: &Surroundings,
    ) -> Result<(), String> {
        let placed = |value| Placed { value, place: place.clone() };
        match keyword {
            Keyword::Flag(flag) => {
                let value = choice(words, FLAG)?;
                first_of(&mut self.flags, flag, active, value);
            }
            Keyword::Text(text) => {
                let value = words.take()?;
                first_of(&mut self.texts, text, active, placed(value));
            }
            Keyword::Count(count) => {
                let value = line::count(&words.take()?)?;
                first_of(&mut self.counts, count, active, Placed { value, place: place.clone() });
            }
            Keyword::Seconds(seconds) => {
                // `none` leaves the setting open for a later line, as in ssh.
                if let Some(value) = line::seconds(&words.take()?)? {
                    first_of(&mut self.seconds, seconds, active, value);
                }
            }
            Keyword::Files(files) => {
                let value = file_list(words)?;
                if !value.is_empty() {
                    first_of(
                        &mut self.files,
                        files,
                        active,
                        Placed { value, place: place.clone() },
                    );
                }
            }
            Keyword::IdentityFile => {
                let value = words.take()?;
                if active {
                    self.add_identity(Placed {
                        value: Identity::Written(value),
                        place: place.clone(),
                    })?;
                }
            }
            Keyword::CanonicalDomains => {
                let domains = domains(words)?;
                first(&mut self.canonical_domains, active, domains);
            }
            Keyword::CanonicalizeHostname => {
                first(&mut self.canonicalize_hostname, active, choice(words, CANONICALIZE)?)
            }
            Keyword::CertificateFile => {
                let value = words.take()?;
                if active {
                    self.add_certificate(placed(value))?;
                }
            }
            Keyword::Algorithms(purpose) => {
                let list = AlgorithmList::parse(&words.take()?)?;
                first_of(&mut self.algorithms, purpose, active, list);
            }
            Keyword::ForwardAgent => {
                let value = words.take()?;
                match FLAG.iter().find(|(name, _)| name.eq_ignore_ascii_case(&value)) {
                    Some((_, forwarded)) => first(&mut self.forward_agent, active, *forwarded),
                    // As in ssh, a socket says yes where nothing was said, and is taken even behind
                    // a yes.
                    None => {
                        check_agent(&value, surroundings)?;
                        first(&mut self.forward_agent, active, true);
                        first(&mut self.forward_agent_socket, active, placed(value));
                    }
                }
            }
            Keyword::RekeyLimit => {
                let bytes = line::scaled(&words.take()?)?;
                first(&mut self.rekey_bytes, active, bytes);
                // `none` leaves the time open for a later line, as in ssh.
                if let Some(seconds) =
                    words.next().map(|word| line::seconds(&word)).transpose()?.flatten()
                {
                    first(&mut self.rekey_seconds, active, seconds);
                }
            }
            Keyword::ProxyCommand => {
                words.take_all();
                // ssh: jumps that came first keep a command out, unless they are "none".
                let open = self.proxy_jump.as_ref().is_none_or(|jump| proxy::is_none(&jump.value));
                first(&mut self.proxy_command, active && open, placed(command(rest).to_owned()));
            }
            Keyword::ProxyJump => {
                words.take_all();
                // A `#` ends the list of jumps wherever it stands.
                let value = command(rest).split('#').next().unwrap_or_default().trim_end();
                match proxy::is_none(value) {
                    false if active => drop(proxy::hops(value)?),
                    // Where it does not apply, ssh looks at little more than this.
                    false if value.split(',').any(str::is_empty) => {
                        return Err("one of its hosts is empty".into());
                    }
                    _ => {}
                }
                // A command that came first, be it "none", keeps jumps out.
                let open = self.proxy_command.is_none();
                first(&mut self.proxy_jump, active && open, placed(value.to_owned()));
            }
            Keyword::IdentityAgent => {
                let value = words.take()?;
                check_agent(&value, surroundings)?;
                first(&mut self.identity_agent, active, placed(value));
            }
            Keyword::AddressFamily => {
                first(&mut self.address_family, active, choice(words, FAMILY)?)
            }
            Keyword::PubkeyAuthentication => {
                first(&mut self.pubkey_authentication, active, choice(words, PUBKEY)?)
            }
            Keyword::RequestTty => first(&mut self.request_tty, active, choice(words, TTY)?),
            Keyword::SessionType => first(&mut self.session_type, active, choice(words, SESSION)?),
            Keyword::StrictHostKeyChecking => {
                first(&mut self.strict_host_key_checking, active, choice(words, STRICT)?)
            }
            Keyword::LogLevel => first(&mut self.log_level, active, choice(words, LEVEL)?),
            Keyword::EscapeChar => {
                first(&mut self.escape_char, active, escape_char(&words.take()?)?)
            }
            Keyword::Port => {
                let port = line::count(&words.take()?)
                    .ok()
                    .and_then(|port| u16::try_from(port).ok())
                    .filter(|port| *port > 0);
                first(
                    &mut self.port,
                    active,
                    port.ok_or("the port must be a number from 1 to 65535")?,
                );
            }
            Keyword::RemoteCommand => {
                words.take_all();
                first(&mut self.remote_command, active, placed(command(rest).to_owned()));
            }
            Keyword::SendEnv => self.add_send_env(words, active)?,
            Keyword::SetEnv => first(&mut self.set_env, active, variables(words)?),
            Keyword::Host | Keyword::Match | Keyword::Include | Keyword::RefuseConnection => {
                unreachable!("the evaluator's own keywords")
            }
            Keyword::NotYet(_) | Keyword::PassedOver => unreachable!("not honoured"),
        }
        Ok(())
    }

    /// Identities add up; the same one twice is one.
    pub(super) fn add_identity(&mut self, identity: Placed<Identity>) -> Result<(), String> {
        if self.identities.iter().any(|own| own.value == identity.value) {
            return Ok(());
        }
        if self.identities.len() == MAX_IDENTITY_FILES {
            return Err(format!("too many identity files (at most {MAX_IDENTITY_FILES})"));
        }
        self.identities.push(identity);
        Ok(())
    }

    /// Certificates add up like identities.
    fn add_certificate(&mut self, certificate: Placed<String>) -> Result<(), String> {
        if self.certificates.iter().any(|own| own.value == certificate.value) {
            return Ok(());
        }
        if self.certificates.len() == MAX_CERTIFICATE_FILES {
            return Err(format!("too many certificate files (at most {MAX_CERTIFICATE_FILES})"));
        }
        self.certificates.push(certificate);
        Ok(())
    }

    /// Names add up too; `-PATTERN` takes names out again.
    fn add_send_env(&mut self, words: &mut Words, active: bool) -> Result<(), String> {
        let names = words.take_all();
        if names.is_empty() {
            return Err("its value is missing".into());
        }
        if names.iter().any(|name| name.is_empty() || name.contains('=')) {
            return Err("its values must be names of environment variables".into());
        }
        for name in names.into_iter().filter(|_| active) {
            match name.strip_prefix('-') {
                Some(removed) => self.send_env.retain(|own| !wildcard::matches(own, removed)),
                None => self.send_env.push(name),
            }
        }
        Ok(())
    }

    /// The first pass decides how names become canonical; what a final pass says of it comes too
    /// late, as in ssh (fill_default_options_for_canonicalization in readconf.c).
    pub(super) fn settle_canonical(&mut self) {
        self.canonicalize_hostname.get_or_insert(Canonicalize::No);
        self.flags.entry(Flag::CanonicalizeFallbackLocal).or_insert(true);
        let default = Placed { value: canonical::DEFAULT_MAX_DOTS, place: Place::COMMAND_LINE };
        self.counts.entry(Count::CanonicalizeMaxDots).or_insert(default);
    }

    pub(super) fn text(&self, text: Text) -> Option<&Placed<String>> {
        self.texts.get(&text)
    }
}

fn first<T>(slot: &mut Option<T>, active: bool, value: T) {
    if active && slot.is_none() {
        *slot = Some(value);
    }
}

fn first_of<K: Ord, T>(slots: &mut BTreeMap<K, T>, key: K, active: bool, value: T) {
    if active {
        slots.entry(key).or_insert(value);
    }
}

fn choice<T: Copy>(words: &mut Words, choices: &[(&str, T)]) -> Result<T, String> {
    let word = words.take()?;
    let found =
        choices.iter().find(|(name, _)| name.eq_ignore_ascii_case(&word)).map(|(_, value)| *value);
    found.ok_or_else(|| {
        format!(
            "its value must be one of {}",
            choices.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
        )
    })
}

/// A command line is taken raw, quotes and `#` included.
pub(super) fn command(rest: &str) -> &str {
    rest.trim_start_matches([' ', '\t', '\r', '\n', '='])
}

fn file_list(words: &mut Words) -> Result<Vec<String>, String> {
    let files = words.take_all();
    if files.iter().any(String::is_empty) {
        return Err("one of its values is empty".into());
    }
    if files.len() > 1 && files.iter().any(|file| file.eq_ignore_ascii_case("none")) {
        return Err("\"none\" must stand alone".into());
    }
    if files.len() > MAX_HOSTS_FILES {
        return Err(format!("too many files (at most {MAX_HOSTS_FILES})"));
    }
    Ok(files)
}

/// Domains to look a name up in; `none` for none at all.
fn domains(words: &mut Words) -> Result<Vec<String>, String> {
    /// readconf.h: MAX_CANON_DOMAINS.
    const MAX_DOMAINS: usize = 32;
    let domains = words.take_all();
    let is_domain = |name: &String| {
        !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
    };
    if domains.is_empty() || !domains.iter().all(is_domain) {
        return Err("its values must be domain names".into());
    }
    if domains.len() > MAX_DOMAINS {
        return Err(format!("too many domains (at most {MAX_DOMAINS})"));
    }
    match domains.iter().any(|name| name.eq_ignore_ascii_case("none")) {
        true if domains.len() > 1 => Err("\"none\" must stand alone".into()),
        true => Ok(Vec::new()),
        false => Ok(domains),
    }
}

/// `none`, a character, or `^` and a letter for a control character.
fn escape_char(word: &str) -> Result<EscapeChar, String> {
    match word.as_bytes() {
        b"none" => Ok(EscapeChar::None),
        [byte] => Ok(EscapeChar::Byte(*byte)),
        [b'^', letter @ 64..=127] => Ok(EscapeChar::Byte(letter & 31)),
        _ => Err("its value must be none, one character, or ^ and a letter".into()),
    }
}

fn variables(words: &mut Words) -> Result<Vec<(String, String)>, String> {
    let mut variables: Vec<(String, String)> = Vec::new();
    for word in words.take_all() {
        let (name, value) =
            word.split_once('=').ok_or("its values must be of the form NAME=VALUE")?;
        if !variables.iter().any(|(own, _)| own == name) {
            variables.push((name.to_owned(), value.to_owned()));
        }
    }
    match variables.is_empty() {
        true => Err("its value is missing".into()),
        false => Ok(variables),
    }
}

/// `${NAME}` must be set already where the line stands; `$NAME` must be a name (readconf.c,
/// parse_agent_path).
fn check_agent(value: &str, surroundings: &Surroundings) -> Result<(), String> {
    let mut rest = value;
    while let Some((_, after)) = rest.split_once("${") {
        let (name, after) = after.split_once('}').ok_or("a ${ is not closed")?;
        if name.is_empty() || (surroundings.env)(name).is_none() {
            return Err(format!("the environment variable {name:?} is not set"));
        }
        rest = after;
    }
    match value.strip_prefix('$') {
        Some(name) if !name.starts_with('{') && !is_variable_name(name) => {
            Err("its value is not the name of an environment variable".into())
        }
        _ => Ok(()),
    }
}

fn is_variable_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
