//! The last step: from a finished evaluation to the endpoint, with defaults filled in.

use std::path::PathBuf;
use std::time::Duration;

use super::algorithms::{AlgorithmList, Algorithms};
use super::assignment::Located;
use super::endpoint::{Endpoint, Through, Written};
use super::error::Error;
use super::evaluation::Evaluation;
use super::expand::{Connection, Tokens};
use super::hops;
use super::known_hosts_command::KnownHostsCommand;
use super::location::Location;
use super::options::{DEFAULT_CANONICALIZE_MAX_DOTS, DEFAULT_PORT, Options};
use super::paths::{self, Paths};
use super::setting::{Count, Files, Flag, Purpose, Seconds, Text};
use super::surroundings::Surroundings;
use super::unused;
use super::value::{
    AddressFamily, Canonicalize, EscapeChar, ForwardAgent, LogLevel, RekeyLimit, RequestTty,
    SessionType, StrictHostKeyChecking, UpdateHostKeys,
};
use crate::hosts::address;
use crate::hosts::destination::{Destination, check_host, check_user};

/// ssh.h: SSH_RSA_MINIMUM_MODULUS_SIZE, the default of RequiredRSASize in bits.
const DEFAULT_REQUIRED_RSA_SIZE: u32 = 1024;

/// The name to connect to. Refuses what a shell or an option parser could misread.
pub(super) fn host(evaluation: &Evaluation<'_>) -> Result<String, Error> {
    let host = address::canonical(&evaluation.host_so_far()?);
    let set = evaluation.options.text(Text::HostName);
    let location = set.map_or(&evaluation.origin, |host| &host.location);
    check_host(&host).map_err(|why| refused(location, "HostName", why))?;
    Ok(host)
}

/// The endpoint of a finished evaluation, without the jump host if ProxyJump names one.
///
/// `is_literal_user`: the user comes from a flag or the destination, and holds no tokens.
pub(super) fn endpoint(
    evaluation: Evaluation<'_>,
    destination: &Destination,
    is_literal_user: bool,
) -> Result<Endpoint, Error> {
    let surroundings = evaluation.surroundings;
    let options = &evaluation.options;
    let host = host(&evaluation)?;
    let port = options.port.unwrap_or(DEFAULT_PORT);
    let host_key_alias = options.text(Text::HostKeyAlias).map(|it| it.value.to_ascii_lowercase());
    let jump = evaluation.jump_so_far().unwrap_or_default();
    let mut connection = Connection {
        original: evaluation.original,
        host: &host,
        port,
        user: "",
        key_name: host_key_alias.as_deref().unwrap_or(evaluation.original),
        jump: &jump,
    };
    let user = user(&evaluation, &connection, is_literal_user)?;
    connection.user = &user;
    let tokens = Tokens::for_connection(&connection, surroundings);
    let paths = Paths { options, tokens: &tokens, surroundings };
    let connection_attempts = connection_attempts(options)?;
    let forward_agent_socket = paths.forward_agent_socket()?;
    let text = |text| options.text(text).map(|it| it.value.clone());
    Ok(Endpoint {
        destination: destination.clone(),
        identity_files: paths.identity_files()?,
        identity_files_are_default: options.identity_files.is_empty(),
        identities_only: options.flag(Flag::IdentitiesOnly, false),
        identity_agent: paths.identity_agent()?,
        certificate_files: paths.certificate_files()?,
        through: through(&evaluation, &connection)?,
        algorithms: algorithms(&evaluation),
        required_rsa_size: options.count(Count::RequiredRsaSize, DEFAULT_REQUIRED_RSA_SIZE),
        forward_agent: forward_agent(options, forward_agent_socket.as_ref()),
        rekey_limit: rekey_limit(options),
        compression: options.flag(Flag::Compression, false),
        user_known_hosts_files: paths.user_known_hosts()?,
        global_known_hosts_files: paths.global_known_hosts()?,
        revoked_host_keys: paths.revoked_host_keys()?,
        strict_host_key_checking: options
            .strict_host_key_checking
            .unwrap_or(StrictHostKeyChecking::Ask),
        hash_known_hosts: options.flag(Flag::HashKnownHosts, false),
        check_host_ip: options.flag(Flag::CheckHostIp, false),
        known_hosts_command: known_hosts_command(options, &tokens, surroundings)?,
        update_host_keys: update_host_keys(&evaluation),
        // To ssh, 0 means no limit.
        connect_timeout: Some(options.duration(Seconds::ConnectTimeout))
            .filter(|limit| !limit.is_zero()),
        connection_attempts,
        batch_mode: options.flag(Flag::BatchMode, false),
        pubkey_authentication: options.pubkey_authentication.unwrap_or(true),
        password_authentication: options.flag(Flag::PasswordAuthentication, true),
        kbd_interactive_authentication: options.flag(Flag::KbdInteractiveAuthentication, true),
        number_of_password_prompts: options.count(Count::NumberOfPasswordPrompts, 3),
        preferred_authentications: text(Text::PreferredAuthentications)
            .map(|list| list.split(',').map(str::to_owned).collect()),
        address_family: options.address_family.unwrap_or(AddressFamily::Any),
        bind_address: text(Text::BindAddress),
        bind_interface: text(Text::BindInterface),
        server_alive_interval: options.duration(Seconds::ServerAliveInterval),
        server_alive_count_max: options.count(Count::ServerAliveCountMax, 3),
        tcp_keep_alive: options.flag(Flag::TcpKeepAlive, true),
        request_tty: options.request_tty.unwrap_or(RequestTty::Auto),
        session_type: options.session_type.unwrap_or(SessionType::Default),
        stdin_null: options.flag(Flag::StdinNull, false),
        set_env: options.set_env.clone().unwrap_or_default(),
        send_env: options.send_env.clone(),
        remote_command: remote_command(options, &tokens)?,
        local_command: local_command(options, &tokens)?,
        escape_char: options.escape_char.unwrap_or(EscapeChar::Byte(b'~')),
        log_level: options.log_level.unwrap_or(LogLevel::Info),
        host_key_alias,
        written: written(&evaluation, &tokens, forward_agent_socket),
        ignored: evaluation.ignored,
        host,
        port,
        user,
    })
}

fn user(
    evaluation: &Evaluation<'_>,
    connection: &Connection<'_>,
    is_literal: bool,
) -> Result<String, Error> {
    // The local user's name comes from the system, so it is not checked.
    let Some(user) = evaluation.options.text(Text::User) else {
        return Ok(evaluation.surroundings.local_user.clone());
    };
    let name = if is_literal {
        user.value.clone()
    } else {
        Tokens::for_user(connection, evaluation.surroundings)
            .percent_dollar(&user.value, evaluation.surroundings)
            .map_err(|why| Error::bad_value(&user.location, "User", why))?
    };
    check_user(&name).map_err(|why| refused(&user.location, "User", why))?;
    Ok(name)
}

fn connection_attempts(options: &Options) -> Result<u32, Error> {
    match options.counts.get(&Count::ConnectionAttempts) {
        None => Ok(1),
        Some(attempts) if attempts.value == 0 => {
            Err(Error::bad_value(&attempts.location, "ConnectionAttempts", "must be at least 1"))
        }
        Some(attempts) => Ok(attempts.value),
    }
}

/// ProxyCommand. ProxyJump is resolved by the caller, as it needs a whole evaluation of its own.
fn through(evaluation: &Evaluation<'_>, connection: &Connection<'_>) -> Result<Through, Error> {
    match evaluation.options.proxy_command() {
        Some(command) if evaluation.options.jump().is_none() => {
            // `%n` puts the name into a shell command, as it is in a ProxyJump.
            check_host(evaluation.original)
                .map_err(|why| refused(&evaluation.origin, "ProxyJump", why))?;
            Ok(Through::Command {
                command: Tokens::for_proxy(connection)
                    .percent(&command.value)
                    .map_err(|why| Error::bad_value(&command.location, "ProxyCommand", why))?,
                shell: evaluation.surroundings.shell.clone(),
            })
        }
        _ => Ok(Through::Direct),
    }
}

fn algorithms(evaluation: &Evaluation<'_>) -> Algorithms {
    let list = |purpose| evaluation.options.algorithms.get(&purpose).cloned();
    let unused = |keyword| evaluation.written.word(keyword);
    let hostbased = unused("HostbasedAcceptedAlgorithms").or_else(|| unused("HostbasedKeyTypes"));
    Algorithms {
        kex: list(Purpose::Kex),
        ciphers: list(Purpose::Cipher),
        macs: list(Purpose::Mac),
        host_key: list(Purpose::HostKey),
        pubkey_accepted: list(Purpose::PubkeyAccepted),
        hostbased_accepted: hostbased.and_then(|list| AlgorithmList::parse(list).ok()),
        ca_signature: list(Purpose::CaSignature),
    }
}

fn forward_agent(options: &Options, socket: Option<&PathBuf>) -> ForwardAgent {
    match (options.forward_agent, socket) {
        (Some(true), Some(socket)) => ForwardAgent::Socket(socket.clone()),
        // A socket in a variable that is not set means no agent.
        (Some(true), None) if options.forward_agent_socket.is_none() => ForwardAgent::Yes,
        _ => ForwardAgent::No,
    }
}

fn rekey_limit(options: &Options) -> RekeyLimit {
    let seconds = options.rekey_seconds.filter(|seconds| *seconds > 0);
    RekeyLimit {
        bytes: options.rekey_bytes.flatten(),
        after: seconds.map(|seconds| Duration::from_secs(seconds.into())),
    }
}

fn remote_command(options: &Options, tokens: &Tokens) -> Result<Option<String>, Error> {
    command("RemoteCommand", options.remote_command.as_ref(), tokens)
}

fn known_hosts_command(
    options: &Options,
    tokens: &Tokens,
    surroundings: &Surroundings,
) -> Result<Option<KnownHostsCommand>, Error> {
    let Some(command) = options.known_hosts_command() else { return Ok(None) };
    KnownHostsCommand::parse(&command.value, tokens, surroundings)
        .map(Some)
        .map_err(|why| Error::bad_value(&command.location, "KnownHostsCommand", why))
}

/// By default, only if host keys are in the usual file and not in the DNS (fill_default_options of
/// readconf.c).
fn update_host_keys(evaluation: &Evaluation<'_>) -> UpdateHostKeys {
    let options = &evaluation.options;
    let files = options.files.get(&Files::UserKnownHosts);
    let is_usual = files.is_none_or(|files| files.value == ["~/.ssh/known_hosts"]);
    let dns = evaluation.written.word("VerifyHostKeyDNS").unwrap_or("no");
    let asks_dns = !["no", "false"].iter().any(|no| no.eq_ignore_ascii_case(dns));
    let default = if is_usual && !asks_dns { UpdateHostKeys::Yes } else { UpdateHostKeys::No };
    options.update_host_keys.unwrap_or(default)
}

fn local_command(options: &Options, tokens: &Tokens) -> Result<Option<String>, Error> {
    let is_permitted = options.flag(Flag::PermitLocalCommand, false);
    let written = options.local_command.as_ref().filter(|_| is_permitted);
    command("LocalCommand", written, &tokens.with_tunnel())
}

fn command(
    keyword: &'static str,
    written: Option<&Located<String>>,
    tokens: &Tokens,
) -> Result<Option<String>, Error> {
    let Some(command) = written.filter(|command| !hops::is_none(&command.value)) else {
        return Ok(None);
    };
    let expanded = tokens.percent(&command.value);
    expanded.map(Some).map_err(|why| Error::bad_value(&command.location, keyword, why))
}

fn written(
    evaluation: &Evaluation<'_>,
    tokens: &Tokens,
    forward_agent_socket: Option<PathBuf>,
) -> Written {
    let (options, lines) = (&evaluation.options, &evaluation.written);
    let has_jump = options.jump().is_some();
    Written {
        lines: lines.clone(),
        unused: unused::lines(lines, tokens, evaluation.surroundings, has_jump),
        connect_timeout: options.seconds.get(&Seconds::ConnectTimeout).copied(),
        forward_agent_socket,
        identity_files: paths::written_identity_files(options),
        certificate_files: options.certificate_files.iter().map(|it| it.value.clone()).collect(),
        revoked_host_keys: paths::written_revoked_host_keys(options),
        known_hosts_command: options.known_hosts_command().map(|it| it.value.clone()),
        proxy_command: options.proxy_command().map(|command| command.value.clone()),
        proxy_jump: options.jump().map(|jump| hops::listed(&jump.value, &jump.location)),
        canonical_domains: options.canonical_domains.clone().unwrap_or_default(),
        canonicalize_hostname: options.canonicalize_hostname.unwrap_or(Canonicalize::No),
        canonicalize_fallback_local: options.flag(Flag::CanonicalizeFallbackLocal, true),
        canonicalize_max_dots: options
            .count(Count::CanonicalizeMaxDots, DEFAULT_CANONICALIZE_MAX_DOTS),
    }
}

fn refused(location: &Location, keyword: &'static str, why: &'static str) -> Error {
    Error::Unsafe { location: location.clone(), keyword, why }
}
