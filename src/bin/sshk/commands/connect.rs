//! `sshk connect`: a shell on the account, or one command, with its streams and its exit status.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStringExt;
use std::sync::Arc;

use sshk::hosts::ssh_config::{
    self, Argument, CommandLine, Endpoint, EscapeChar, RequestTty, SessionType, Surroundings,
};
use sshk::quoting::shell_word;
use sshk::session::{
    Account, Exit, Input, Program, Pty, Request, Session, algorithm_listing, supported,
};
use sshk::text::io_reason;
use sshk::{Destination, Error, KeyFile};
use tokio::sync::mpsc;

use super::other_key;
use super::retry::Retry;
use crate::cli::Connect;
use crate::connection::{account, all, command_line};
use crate::environment;
use crate::ui::relay::{self, Local, Wanted};
use crate::ui::{self, Ui, report};
use crate::usage::Usage;

/// What ssh exits with if the connection failed.
const CONNECTION_FAILED: u8 = 255;

/// How many blocks of input or output may be in flight; more would only hide a slow reader.
const BLOCKS: usize = 16;

pub async fn run(arguments: Connect, retry: &Retry, ui: &Arc<Ui>) -> Result<u8, Error> {
    if arguments.version {
        ui.on_stderr(concat!("sshk ", env!("CARGO_PKG_VERSION")));
        return Ok(0);
    }
    if let Some(query) = &arguments.query {
        return list(query, ui);
    }
    // The parser requires it.
    let Some(destination) = &arguments.destination else { return Ok(2) };
    let ui = &match &arguments.log {
        Some(file) => match ui.logging_to(file) {
            Ok(ui) => Arc::new(ui),
            Err(error) => {
                report::run_failure(&error.into(), false, ui);
                return Ok(CONNECTION_FAILED);
            }
        },
        None => ui.clone(),
    };
    let error = match session(&arguments, destination, ui).await {
        Ok(status) => return Ok(status),
        Err(error) => error,
    };
    let is_of_host =
        error.downcast_ref::<Usage>().is_none() && error.downcast_ref::<ui::Error>().is_none();
    if is_of_host {
        let hint = other_key::hint(&error, "-i", retry, destination);
        report::host_failure(destination, &error, hint, false, ui)?;
    } else {
        report::run_failure(&error, false, ui);
    }
    // Wrong usage and an interrupted question have their own status.
    Ok(match report::status_of(&error) {
        1 => CONNECTION_FAILED,
        status => status,
    })
}

/// What `ssh -Q` lists.
fn list(query: &str, ui: &Ui) -> Result<u8, Error> {
    let names = supported(query).ok_or_else(|| {
        Usage::new(format!("-Q {query:?} is not a kind of algorithm"))
            .hint("sshk connect -Q help lists the kinds")
    })?;
    ui.data(format!("{}\n", names.join("\n")).as_bytes())?;
    Ok(0)
}

/// `-f`, with the ssh command that has it.
fn no_background(destination: &Destination) -> Usage {
    let usage = Usage::new(format!(
        "{destination}: -f is not supported: sshk does not go to the background; nothing was tried"
    ));
    let words = environment::words_after("connect");
    // The long options are sshk's own.
    if words.iter().any(|word| word.starts_with("--") && word.len() > 2) {
        return usage.hint("ssh(1) has it; see: man ssh");
    }
    let words: Vec<_> = words.iter().map(|word| shell_word(word)).collect();
    usage.hint(format!("use: ssh {}", words.join(" ")))
}

async fn session(
    arguments: &Connect,
    destination: &Destination,
    ui: &Arc<Ui>,
) -> Result<u8, Error> {
    let surroundings = environment::surroundings()?;
    let connection = &arguments.connection;
    if arguments.print_config {
        return print_config(arguments, destination, &surroundings, ui);
    }
    if arguments.background {
        return Err(no_background(destination).into());
    }
    let credentials = Arc::new(
        environment::credentials(
            ui.prompter(),
            connection.passphrase_file.clone(),
            arguments.password_file.clone(),
        )
        .await?,
    );
    let mut line = line(arguments, destination, ui);
    drop_missing_files(&mut line, &surroundings, ui);
    let account = account(destination, &line, &surroundings, &credentials, &Arc::default(), ui)?;
    let ui = &ui.under(account.endpoint.log_level);
    let request = request(arguments, destination, &account, ui)?;
    let session = log_in(&account).await?;
    if let Some(command) = &account.endpoint.local_command
        && let Err(error) = environment::run_local_command(command.clone()).await
    {
        ui.warning(format!("could not run LocalCommand: {}", io_reason(&error)));
    }
    let is_forward = matches!(request.program, Program::Forward(..));
    if account.endpoint.session_type == SessionType::None && !is_forward {
        return Err(session.outlast().await.into());
    }
    let status = relay(&session, &request, &account.endpoint, ui).await?;
    session.close().await;
    Ok(status)
}

/// What `ssh -G` prints. It asks nothing and contacts no host.
fn print_config(
    arguments: &Connect,
    destination: &Destination,
    surroundings: &Surroundings,
    ui: &Ui,
) -> Result<u8, Error> {
    let mut line = line(arguments, destination, ui);
    // Of no use but to be printed.
    let option = |text: &str| Argument::Option(text.to_owned());
    if arguments.no_x11 {
        line.arguments.insert(0, option("ForwardX11=no"));
    }
    if !arguments.forwards.is_empty() {
        line.arguments.extend(["ClearAllForwardings=yes", "ExitOnForwardFailure=yes"].map(option));
    }
    if arguments.background {
        line.arguments.extend(["ForkAfterAuthentication=yes", "StdinNull=yes"].map(option));
    }
    let endpoint = ssh_config::resolve_settings(destination, &line, surroundings)?;
    let mut text = String::new();
    for (keyword, value) in endpoint.listing(algorithm_listing(&endpoint)) {
        text.push_str(&format!("{keyword} {value}\n"));
    }
    ui.data(text.as_bytes())?;
    Ok(0)
}

/// The command line for the library.
fn line(arguments: &Connect, destination: &Destination, ui: &Ui) -> CommandLine {
    let others = vec![
        ("destination", vec![Argument::Destination(destination.clone())]),
        ("nothing", vec![Argument::SessionType(SessionType::None)]),
        ("subsystem", vec![Argument::SessionType(SessionType::Subsystem)]),
        ("tags", all(&arguments.tags, |tag| Argument::Option(format!("Tag={tag}")))),
    ];
    let mut line = command_line(&arguments.connection, others);
    line.arguments.splice(0..0, own_options(arguments, ui));
    let command = arguments.command.join(OsStr::new(" "));
    line.command =
        Some(command.to_string_lossy().into_owned()).filter(|command| !command.is_empty());
    line
}

/// The short options that only connect has, as options of ssh_config. As in ssh, they take
/// precedence over every `-o` and over the files, and the last of them over the others.
fn own_options(arguments: &Connect, ui: &Ui) -> Vec<Argument> {
    let tty = if arguments.tty > 1 { "RequestTTY=force" } else { "RequestTTY=yes" };
    let text = |keyword: &str, value: &Option<String>| {
        value.as_ref().map(|value| format!("{keyword}={value}"))
    };
    let flag = |given: bool, option: &str| given.then(|| option.to_owned());
    let options = [
        ("inet4", flag(arguments.inet4, "AddressFamily=inet")),
        ("inet6", flag(arguments.inet6, "AddressFamily=inet6")),
        ("no_stdin", flag(arguments.no_stdin, "StdinNull=yes")),
        ("agent", flag(arguments.agent, "ForwardAgent=yes")),
        ("no_agent", flag(arguments.no_agent, "ForwardAgent=no")),
        ("compress", flag(arguments.compress, "Compression=yes")),
        ("nothing", flag(arguments.nothing, "RequestTTY=no")),
        ("forwards", flag(!arguments.forwards.is_empty(), "SessionType=none")),
        ("forwards", flag(!arguments.forwards.is_empty(), "RequestTTY=no")),
        ("no_tty", flag(arguments.no_tty, "RequestTTY=no")),
        ("tty", flag(arguments.tty > 0, tty)),
        ("bind_address", text("BindAddress", &arguments.bind_address)),
        ("bind_interface", text("BindInterface", &arguments.bind_interface)),
        ("ciphers", text("Ciphers", &arguments.ciphers)),
        ("macs", text("MACs", &arguments.macs)),
        ("escape", text("EscapeChar", &arguments.escape)),
    ];
    let order = &arguments.connection.order;
    let mut given: Vec<_> = options
        .into_iter()
        .filter_map(|(id, option)| Some((order.of(id).last(), option?)))
        .collect();
    given.sort_by(|(one, _), (other, _)| other.cmp(one));
    let level = ui.asked_log_level().map(|level| format!("LogLevel={level}"));
    given.into_iter().map(|(_, option)| option).chain(level).map(Argument::Option).collect()
}

/// As in ssh, a file of `-i` that does not exist counts as not given: the default keys are tried.
/// Unlike in ssh, its public key file is enough, if the agent may hold the key.
fn drop_missing_files(line: &mut CommandLine, surroundings: &Surroundings, ui: &Ui) {
    line.arguments.retain(|argument| {
        let Argument::IdentityFile(path) = argument else { return true };
        let expanded = match path.strip_prefix("~") {
            Ok(below) => &surroundings.home.join(below),
            Err(_) => path,
        };
        let public = KeyFile::new(expanded).public_path();
        let found = expanded.metadata().or_else(|error| public.metadata().map_err(|_| error));
        if let Err(error) = &found {
            ui.warning(format!("identity file {path:?} is not accessible: {}", io_reason(error)));
        }
        found.is_ok()
    });
}

async fn log_in(account: &Account) -> Result<Session, Error> {
    let identities = account.identities().await;
    Ok(account.log_in(&identities, None).await?)
}

fn request(
    arguments: &Connect,
    destination: &Destination,
    account: &Account,
    ui: &Ui,
) -> Result<Request, Error> {
    let endpoint = &*account.endpoint;
    let program = program(arguments, destination, endpoint)?;
    if let Program::Forward(..) = program {
        return Ok(Request { program, ..Request::default() });
    }
    let local = !endpoint.stdin_null && relay::stdin_is_terminal();
    let asked = match endpoint.request_tty {
        RequestTty::Force | RequestTty::Yes => true,
        RequestTty::No => false,
        RequestTty::Auto => {
            program == Program::Shell && endpoint.session_type == SessionType::Default
        }
    };
    let wanted = asked && (local || endpoint.request_tty == RequestTty::Force);
    if asked && !wanted {
        ui.say("Pseudo-terminal will not be allocated because stdin is not a terminal.");
    }
    let pty = wanted.then(|| Pty {
        term: environment::term(endpoint),
        size: relay::window_size(),
        modes: relay::terminal_modes(),
    });
    Ok(Request {
        program,
        pty,
        agent: account.forwarded_agent(),
        env: environment::sent_variables(endpoint),
    })
}

fn program(
    arguments: &Connect,
    destination: &Destination,
    endpoint: &Endpoint,
) -> Result<Program, Error> {
    match &arguments.forwards[..] {
        [] => {}
        [(host, port)] => return Ok(Program::Forward(host.clone(), *port)),
        [..] => {
            let usage = format!("{destination}: only one -W is allowed; nothing was tried");
            return Err(Usage::new(usage).into());
        }
    }
    let without = |setting: &str| {
        format!("to ignore that setting once: sshk connect -o {setting} {destination}")
    };
    let typed = Some(arguments.command.join(OsStr::new(" ")).into_vec())
        .filter(|command| !command.is_empty());
    match (typed, &endpoint.remote_command, endpoint.session_type) {
        (Some(_), Some(_), SessionType::Default) => {
            let usage = Usage::new(format!(
                "{destination}: RemoteCommand is set, so no other command can be run; nothing was \
                    tried"
            ));
            Err(usage.hint(without("RemoteCommand=none")).into())
        }
        (Some(_), _, SessionType::None) => {
            let usage = Usage::new(format!(
                "{destination}: -N (SessionType none) runs no command, and one was given; nothing \
                    was \
                tried"
            ));
            Err(usage.hint(without("SessionType=default")).into())
        }
        (None, _, SessionType::None) => Ok(Program::Shell),
        (Some(name), _, SessionType::Subsystem) => match String::from_utf8(name) {
            Ok(name) => Ok(Program::Subsystem(name)),
            Err(_) => Err(Usage::new(format!(
                "{destination}: the name of the subsystem is not UTF-8; nothing was tried"
            ))
            .into()),
        },
        (None, _, SessionType::Subsystem) => {
            let usage = Usage::new(format!(
                "{destination}: -s needs the name of a subsystem; nothing was tried"
            ));
            Err(usage.hint(format!("for example: sshk connect -s {destination} sftp")).into())
        }
        (Some(command), None, SessionType::Default) => Ok(Program::Command(command)),
        (None, Some(command), SessionType::Default) => {
            Ok(Program::Command(command.clone().into_bytes()))
        }
        (None, None, SessionType::Default) => Ok(Program::Shell),
    }
}

async fn relay(
    session: &Session,
    request: &Request,
    endpoint: &Endpoint,
    ui: &Ui,
) -> Result<u8, Error> {
    let (to_server, input) = mpsc::channel::<Input>(BLOCKS);
    let (output, from_server) = mpsc::channel(BLOCKS);
    let escape = match (&request.pty, endpoint.escape_char) {
        (Some(_), EscapeChar::Byte(character)) => Some(character),
        _ => None,
    };
    let wanted = Wanted { pty: request.pty.is_some(), no_stdin: endpoint.stdin_null, escape };
    let local = Local::start(to_server, from_server, &wanted, ui)?;
    let exit = tokio::select! {
        exit = session.run(request, input, output) => Some(exit),
        () = local.over() => None,
    };
    // Everything that the server sent is written, and the terminal restored, before anything else
    // is printed.
    local.finish().await?;
    let exit = exit.transpose()?;
    if request.pty.is_some() {
        ui.tell(format!("Connection to {} closed.", endpoint.host));
    }
    Ok(match exit {
        Some(Exit::Status(status)) => u8::try_from(status).unwrap_or(CONNECTION_FAILED),
        Some(Exit::Signal(signal)) => {
            ui.say(format!("the remote command was killed by signal {signal}"));
            CONNECTION_FAILED
        }
        // A connection to another host has no status.
        Some(Exit::Unknown) if matches!(request.program, Program::Forward(..)) => 0,
        Some(Exit::Unknown) | None => CONNECTION_FAILED,
    })
}
