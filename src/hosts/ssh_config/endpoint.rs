//! What a destination comes to: the settings with their defaults filled in, as `ssh -G` would list
//! them.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::algorithms::Algorithms;
use super::canonical::{self, Canonicalize};
use super::evaluate::Evaluator;
use super::expand::{Connection, Tokens, split_tilde};
use super::keyword::{Count, Files, Flag, Seconds, Text};
use super::options::{Identity, Options, Placed};
use super::proxy::{self, Hops, Through};
use super::{DEFAULT_PORT, Error, Place, Surroundings, address};
use crate::hosts::destination::Destination;
use crate::hosts::destination::{check_host, check_user};

/// Who is reached, as whom, with what and how strictly.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Endpoint {
    pub destination: Destination,
    /// The name or address to connect to.
    pub host: String,
    pub port: u16,
    pub user: String,
    /// Expanded, in the order to try them: the ones that were named, or ssh's defaults.
    pub identity_files: Vec<PathBuf>,
    /// Nobody named one: that a default one is missing is no mistake.
    pub identity_files_are_default: bool,
    /// Keys of the agent that are not among the identity files are not offered.
    pub identities_only: bool,
    pub identity_agent: IdentityAgent,
    /// Expanded, in the order to try them, besides the `-cert.pub` beside each identity file.
    pub certificate_files: Vec<PathBuf>,
    pub through: Through,
    pub algorithms: Algorithms,
    /// RSA keys of fewer bits, the server's or the user's, are refused.
    pub required_rsa_size: u32,
    pub forward_agent: ForwardAgent,
    pub rekey_limit: RekeyLimit,
    pub compression: bool,
    /// Empty for `none`.
    pub user_known_hosts_files: Vec<PathBuf>,
    /// Empty for `none`.
    pub global_known_hosts_files: Vec<PathBuf>,
    pub strict_host_key_checking: StrictHostKeyChecking,
    /// The name the host key is looked up and learnt under, in lower case.
    pub host_key_alias: Option<String>,
    pub hash_known_hosts: bool,
    /// Nothing where the configuration sets no limit.
    pub connect_timeout: Option<Duration>,
    /// At least 1.
    pub connection_attempts: u32,
    pub batch_mode: bool,
    pub pubkey_authentication: bool,
    pub password_authentication: bool,
    pub kbd_interactive_authentication: bool,
    pub number_of_password_prompts: u32,
    /// Nothing for ssh's own order.
    pub preferred_authentications: Option<Vec<String>>,
    pub address_family: AddressFamily,
    pub bind_address: Option<String>,
    /// Packets leave through this interface.
    pub bind_interface: Option<String>,
    /// Zero: off.
    pub server_alive_interval: Duration,
    pub server_alive_count_max: u32,
    pub tcp_keep_alive: bool,
    pub request_tty: RequestTty,
    pub session_type: SessionType,
    /// Stdin is to be read from /dev/null.
    pub stdin_null: bool,
    pub set_env: Vec<(String, String)>,
    /// Patterns of names.
    pub send_env: Vec<String>,
    /// Expanded; what to run where the user names no command.
    pub remote_command: Option<String>,
    pub escape_char: EscapeChar,
    pub log_level: LogLevel,
    /// Settings that apply and that sshk leaves alone, for `-v`.
    pub passed_over: Vec<Note>,
    pub(super) written: Written,
}

/// What `ssh -G` shows as it was written, not as it comes out.
#[derive(Clone, Debug)]
pub(super) struct Written {
    pub forward_agent_socket: Option<PathBuf>,
    pub identity_files: Vec<String>,
    pub certificate_files: Vec<String>,
    pub proxy_command: Option<String>,
    pub proxy_jump: Option<String>,
    pub canonical_domains: Vec<String>,
    pub canonicalize_hostname: Canonicalize,
    pub canonicalize_fallback_local: bool,
    pub canonicalize_max_dots: u32,
}

/// A setting that was passed over. Its display names file, line and keyword.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// `command line` for a `-o` text.
    pub file: PathBuf,
    /// From 1; 0 for the command line.
    pub line: u32,
    /// In its official spelling.
    pub keyword: &'static str,
}

impl Endpoint {
    /// Whether `SendEnv` lets this variable go to the server; an entry that starts with `-` takes
    /// back what those before it gave.
    pub fn sends_env(&self, name: &str) -> bool {
        self.send_env.iter().any(|pattern| crate::wildcard::matches(name, pattern))
    }
}

impl Note {
    pub(super) fn new(place: &Place, keyword: &'static str) -> Self {
        Self {
            file: place.file.clone().unwrap_or_else(|| "command line".into()),
            line: place.line,
            keyword,
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = Place { file: (self.line > 0).then(|| self.file.clone()), line: self.line };
        write!(f, "{place}: {} is passed over", self.keyword)
    }
}

/// Where keys are asked for besides the files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IdentityAgent {
    /// The socket that `SSH_AUTH_SOCK` names.
    Default,
    None,
    Socket(PathBuf),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ForwardAgent {
    No,
    /// The agent that serves the login.
    Yes,
    /// The one at this socket.
    Socket(PathBuf),
}

/// When a connection's keys are changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RekeyLimit {
    /// Bytes in one direction; nothing for the cipher's own limit.
    pub bytes: Option<u64>,
    /// Nothing for no limit.
    pub after: Option<Duration>,
}

/// What becomes of a host key that is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StrictHostKeyChecking {
    /// Refused.
    Yes,
    /// Learnt; a changed key of a known host does not end the connection, though ssh then allows no
    /// password.
    No,
    Ask,
    /// Learnt where the host is new, refused where its key changed.
    AcceptNew,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressFamily {
    Any,
    Inet,
    Inet6,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestTty {
    /// For a shell on a terminal.
    Auto,
    No,
    /// Where stdin is a terminal.
    Yes,
    /// Always.
    Force,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionType {
    /// A shell or a command.
    Default,
    /// No session at all (`-N`).
    None,
    /// The command names a subsystem (`-s`).
    Subsystem,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EscapeChar {
    None,
    Byte(u8),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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

/// ssh.h: SSH_RSA_MINIMUM_MODULUS_SIZE, the default of RequiredRSASize.
const DEFAULT_REQUIRED_RSA_SIZE: u32 = 1024;

/// pathnames.h: the kinds that OpenSSH 9.2 and 10.5 both try, in their order.
const DEFAULT_IDENTITIES: [&str; 5] =
    ["id_rsa", "id_ecdsa", "id_ecdsa_sk", "id_ed25519", "id_ed25519_sk"];

/// The name to connect to, once all of its settings are known. Refuses what a shell or an option
/// parser could misread.
pub(super) fn host(evaluator: &Evaluator<'_>) -> Result<String, Error> {
    let host = address::canonical(&evaluator.host_so_far()?);
    let place =
        evaluator.options.text(Text::HostName).map_or(&Place::COMMAND_LINE, |host| &host.place);
    check_host(&host).map_err(|why| refused(place, "HostName", why))?;
    Ok(host)
}

fn refused(place: &Place, keyword: &'static str, why: &'static str) -> Error {
    Error::Unsafe { place: place.clone(), keyword, why }
}

/// The endpoint of a finished evaluation. `literal_user` comes from a flag or the destination, and
/// holds no tokens.
pub(super) fn finish(
    evaluator: Evaluator<'_>,
    destination: &Destination,
    literal_user: bool,
    hops: &Hops<'_>,
) -> Result<Endpoint, Error> {
    let surroundings = evaluator.surroundings;
    let host = host(&evaluator)?;
    let alias =
        evaluator.options.text(Text::HostKeyAlias).map(|alias| alias.value.to_ascii_lowercase());
    let port = evaluator.options.port.unwrap_or(DEFAULT_PORT);
    let key_name = alias.as_deref().unwrap_or(evaluator.original);
    let jump = evaluator.jump_so_far();
    let jump = jump.as_deref().unwrap_or_default();
    let user = user(
        &evaluator,
        &Connection { original: evaluator.original, host: &host, port, user: "", key_name, jump },
        literal_user,
    )?;
    let connection =
        Connection { original: evaluator.original, host: &host, port, user: &user, key_name, jump };
    let tokens = Tokens::for_connection(&connection, surroundings);
    let options = &evaluator.options;
    let flag = |flag, default| options.flags.get(&flag).copied().unwrap_or(default);
    let count = |count, default| options.counts.get(&count).map_or(default, |it| it.value);
    let text = |text| options.text(text).map(|it| it.value.clone());
    if let Some(attempts) =
        options.counts.get(&Count::ConnectionAttempts).filter(|it| it.value == 0)
    {
        return Err(bad(
            &attempts.place,
            "ConnectionAttempts",
            "its value must be at least 1".into(),
        ));
    }
    let forward_agent_socket = forward_agent_socket(options, &tokens, surroundings)?;
    let seconds = |which| {
        Duration::from_secs(options.seconds.get(&which).copied().unwrap_or_default().into())
    };
    Ok(Endpoint {
        destination: destination.clone(),
        identity_files: identity_files(&evaluator, &tokens)?,
        identity_files_are_default: options.identities.is_empty(),
        identities_only: flag(Flag::IdentitiesOnly, false),
        identity_agent: identity_agent(options.identity_agent.as_ref(), &tokens, surroundings)?,
        certificate_files: certificate_files(&evaluator, &tokens)?,
        through: proxy::through(&evaluator, &connection, hops)?,
        algorithms: Algorithms::of(options),
        required_rsa_size: count(Count::RequiredRsaSize, DEFAULT_REQUIRED_RSA_SIZE),
        forward_agent: match (options.forward_agent, &forward_agent_socket) {
            (Some(true), Some(socket)) => ForwardAgent::Socket(socket.clone()),
            (Some(true), None) if options.forward_agent_socket.is_none() => ForwardAgent::Yes,
            _ => ForwardAgent::No,
        },
        rekey_limit: RekeyLimit {
            bytes: options.rekey_bytes.flatten(),
            after: options
                .rekey_seconds
                .filter(|it| *it > 0)
                .map(|it| Duration::from_secs(it.into())),
        },
        compression: flag(Flag::Compression, false),
        user_known_hosts_files: user_known_hosts(&evaluator, &tokens)?,
        global_known_hosts_files: global_known_hosts(&evaluator)?,
        strict_host_key_checking: options
            .strict_host_key_checking
            .unwrap_or(StrictHostKeyChecking::Ask),
        hash_known_hosts: flag(Flag::HashKnownHosts, false),
        // ssh waits without limit for 0.
        connect_timeout: Some(seconds(Seconds::ConnectTimeout)).filter(|it| !it.is_zero()),
        connection_attempts: count(Count::ConnectionAttempts, 1),
        batch_mode: flag(Flag::BatchMode, false),
        pubkey_authentication: options.pubkey_authentication.unwrap_or(true),
        password_authentication: flag(Flag::PasswordAuthentication, true),
        kbd_interactive_authentication: flag(Flag::KbdInteractiveAuthentication, true),
        number_of_password_prompts: count(Count::NumberOfPasswordPrompts, 3),
        preferred_authentications: text(Text::PreferredAuthentications)
            .map(|list| list.split(',').map(str::to_owned).collect()),
        address_family: options.address_family.unwrap_or(AddressFamily::Any),
        bind_address: text(Text::BindAddress),
        bind_interface: text(Text::BindInterface),
        server_alive_interval: seconds(Seconds::ServerAliveInterval),
        server_alive_count_max: count(Count::ServerAliveCountMax, 3),
        tcp_keep_alive: flag(Flag::TcpKeepAlive, true),
        request_tty: options.request_tty.unwrap_or(RequestTty::Auto),
        session_type: options.session_type.unwrap_or(SessionType::Default),
        stdin_null: flag(Flag::StdinNull, false),
        set_env: options.set_env.clone().unwrap_or_default(),
        send_env: options.send_env.clone(),
        remote_command: remote_command(options.remote_command.as_ref(), &tokens)?,
        escape_char: options.escape_char.unwrap_or(EscapeChar::Byte(b'~')),
        log_level: options.log_level.unwrap_or(LogLevel::Info),
        host_key_alias: alias,
        written: Written {
            forward_agent_socket,
            identity_files: written_identities(options),
            certificate_files: options.certificates.iter().map(|file| file.value.clone()).collect(),
            proxy_command: options.proxy_command.as_ref().map(|command| command.value.clone()),
            proxy_jump: options.proxy_jump.as_ref().map(|jump| proxy::listed(&jump.value)),
            canonical_domains: options.canonical_domains.clone().unwrap_or_default(),
            canonicalize_hostname: options.canonicalize_hostname.unwrap_or(Canonicalize::No),
            canonicalize_fallback_local: flag(Flag::CanonicalizeFallbackLocal, true),
            canonicalize_max_dots: count(Count::CanonicalizeMaxDots, canonical::DEFAULT_MAX_DOTS),
        },
        passed_over: evaluator.passed_over,
        host,
        port,
        user,
    })
}

fn bad(place: &Place, keyword: &'static str, why: String) -> Error {
    Error::BadValue { place: place.clone(), keyword, why }
}

fn user(
    evaluator: &Evaluator<'_>,
    connection: &Connection<'_>,
    literal: bool,
) -> Result<String, Error> {
    // The own account's name comes from the system, and is not anybody's input.
    let Some(user) = evaluator.options.text(Text::User) else {
        return Ok(evaluator.surroundings.local_user.clone());
    };
    let name = match literal {
        true => user.value.clone(),
        false => Tokens::for_user(connection, evaluator.surroundings)
            .percent_dollar(&user.value, evaluator.surroundings)
            .map_err(|why| bad(&user.place, "User", why))?,
    };
    check_user(&name).map_err(|why| refused(&user.place, "User", why))?;
    Ok(name)
}

fn identity_files(evaluator: &Evaluator<'_>, tokens: &Tokens) -> Result<Vec<PathBuf>, Error> {
    let surroundings = evaluator.surroundings;
    if evaluator.options.identities.is_empty() {
        return Ok(DEFAULT_IDENTITIES
            .iter()
            .map(|name| surroundings.home.join(".ssh").join(name))
            .collect());
    }
    let mut files = Vec::new();
    for Placed { value, place } in &evaluator.options.identities {
        match value {
            Identity::Given(path) => files
                .push(given(path, surroundings).map_err(|why| bad(place, "IdentityFile", why))?),
            Identity::Written(text) if text.eq_ignore_ascii_case("none") => {}
            Identity::Written(text) => files.push(
                tokens.path(text, surroundings).map_err(|why| bad(place, "IdentityFile", why))?,
            ),
        }
    }
    Ok(files)
}

fn written_identities(options: &Options) -> Vec<String> {
    if options.identities.is_empty() {
        return DEFAULT_IDENTITIES.iter().map(|name| format!("~/.ssh/{name}")).collect();
    }
    let written = options.identities.iter().map(|identity| match &identity.value {
        Identity::Given(path) => path.display().to_string(),
        Identity::Written(text) => text.clone(),
    });
    written.collect()
}

/// A `~` that the shell left alone (`-i=~/key`) is taken as ssh takes it; percent signs are the
/// file's own.
fn given(path: &Path, surroundings: &Surroundings) -> Result<PathBuf, String> {
    match path.to_str().map(|text| split_tilde(text, surroundings)).transpose()? {
        Some((Some(home), rest)) => Ok(home.join(rest)),
        _ => Ok(path.to_owned()),
    }
}

fn identity_agent(
    value: Option<&Placed<String>>,
    tokens: &Tokens,
    surroundings: &Surroundings,
) -> Result<IdentityAgent, Error> {
    let Some(Placed { value, place }) = value else { return Ok(IdentityAgent::Default) };
    match value.as_str() {
        "SSH_AUTH_SOCK" => Ok(IdentityAgent::Default),
        "none" => Ok(IdentityAgent::None),
        // The older form; an unset variable means no agent.
        value if value.starts_with('$') && !value.starts_with("${") => {
            Ok((surroundings.env)(&value[1..])
                .map_or(IdentityAgent::None, |socket| IdentityAgent::Socket(socket.into())))
        }
        value => tokens
            .path(value, surroundings)
            .map(IdentityAgent::Socket)
            .map_err(|why| bad(place, "IdentityAgent", why)),
    }
}

fn certificate_files(evaluator: &Evaluator<'_>, tokens: &Tokens) -> Result<Vec<PathBuf>, Error> {
    let named = evaluator
        .options
        .certificates
        .iter()
        .filter(|file| !file.value.eq_ignore_ascii_case("none"));
    let expanded = named.map(|file| {
        tokens
            .path(&file.value, evaluator.surroundings)
            .map_err(|why| bad(&file.place, "CertificateFile", why))
    });
    expanded.collect()
}

/// The socket that ForwardAgent names, whether or not it is lent. An unset variable means no agent,
/// as for IdentityAgent.
fn forward_agent_socket(
    options: &Options,
    tokens: &Tokens,
    surroundings: &Surroundings,
) -> Result<Option<PathBuf>, Error> {
    match &options.forward_agent_socket {
        None => Ok(None),
        Some(Placed { value: name, .. }) if name.starts_with('$') && !name.starts_with("${") => {
            Ok((surroundings.env)(&name[1..]).map(PathBuf::from))
        }
        Some(Placed { value: path, place }) => {
            tokens.path(path, surroundings).map(Some).map_err(|why| bad(place, "ForwardAgent", why))
        }
    }
}

fn user_known_hosts(evaluator: &Evaluator<'_>, tokens: &Tokens) -> Result<Vec<PathBuf>, Error> {
    let surroundings = evaluator.surroundings;
    let Some(Placed { value, place }) = evaluator.options.files.get(&Files::UserKnownHosts) else {
        return Ok(["known_hosts", "known_hosts2"]
            .iter()
            .map(|name| surroundings.home.join(".ssh").join(name))
            .collect());
    };
    let named = value.iter().filter(|name| !name.eq_ignore_ascii_case("none"));
    named
        .map(|name| tokens.path(name, surroundings))
        .collect::<Result<_, _>>()
        .map_err(|why| bad(place, "UserKnownHostsFile", why))
}

/// Takes `~`, and no tokens.
fn global_known_hosts(evaluator: &Evaluator<'_>) -> Result<Vec<PathBuf>, Error> {
    let surroundings = evaluator.surroundings;
    let Some(Placed { value, place }) = evaluator.options.files.get(&Files::GlobalKnownHosts)
    else {
        return Ok(["ssh_known_hosts", "ssh_known_hosts2"]
            .iter()
            .map(|name| surroundings.system_folder().join(name))
            .collect());
    };
    let named = value.iter().filter(|name| !name.eq_ignore_ascii_case("none"));
    let expanded = named.map(|name| given(Path::new(name), surroundings));
    expanded.collect::<Result<_, _>>().map_err(|why| bad(place, "GlobalKnownHostsFile", why))
}

fn remote_command(
    value: Option<&Placed<String>>,
    tokens: &Tokens,
) -> Result<Option<String>, Error> {
    let command = value.filter(|command| !command.value.eq_ignore_ascii_case("none"));
    command
        .map(|command| {
            tokens.percent(&command.value).map_err(|why| bad(&command.place, "RemoteCommand", why))
        })
        .transpose()
}
