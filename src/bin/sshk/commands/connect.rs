//! `sshk connect`: a shell on the account, or one command, with its streams and its exit status.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStringExt;
use std::sync::Arc;

use sshk::Error;
use sshk::hosts::ssh_config::{
    self, CommandLine, Endpoint, EscapeChar, RequestTty, SessionType, Surroundings,
};
use sshk::session::{Account, Exit, Input, Program, Pty, Request, Session, algorithm_listing};
use tokio::sync::mpsc;

use crate::cli::Connect;
use crate::connection::{account, command_line};
use crate::environment;
use crate::ui::relay::{self, Local, Wanted};
use crate::ui::{self, Ui, report};
use crate::usage::Usage;

/// What ssh exits with if the connection failed.
const CONNECTION_FAILED: u8 = 255;

/// How many blocks of input or output may be in flight; more would only hide a slow reader.
const BLOCKS: usize = 16;

pub async fn run(arguments: Connect, ui: &Arc<Ui>) -> Result<u8, Error> {
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
    let error = match session(&arguments, ui).await {
        Ok(status) => return Ok(status),
        Err(error) => error,
    };
    let is_of_host =
        error.downcast_ref::<Usage>().is_none() && error.downcast_ref::<ui::Error>().is_none();
    if is_of_host {
        report::host_failure(&arguments.destination, &error, false, ui)?;
    } else {
        report::run_failure(&error, false, ui);
    }
    // Wrong usage and an interrupted question have their own status.
    Ok(match report::status_of(&error) {
        1 => CONNECTION_FAILED,
        status => status,
    })
}

async fn session(arguments: &Connect, ui: &Arc<Ui>) -> Result<u8, Error> {
    let surroundings = environment::surroundings()?;
    let connection = &arguments.connection;
    if arguments.print_config {
        return print_config(arguments, &surroundings, ui);
    }
    let credentials = Arc::new(
        environment::credentials(
            ui.prompter(),
            connection.passphrase_file.clone(),
            arguments.password_file.clone(),
        )
        .await?,
    );
    let line = with_own_options(command_line(connection), arguments);
    let account =
        account(&arguments.destination, &line, &surroundings, &credentials, &Arc::default(), ui)?;
    let ui = &ui.under(account.endpoint.log_level);
    let request = request(arguments, &account, ui)?;
    let session = log_in(&account).await?;
    if account.endpoint.session_type == SessionType::None {
        return Err(session.outlast().await.into());
    }
    let status = relay(&session, &request, &account.endpoint, ui).await?;
    session.close().await;
    Ok(status)
}

/// What `ssh -G` prints, for the options that sshk knows. It asks nothing and contacts no host.
fn print_config(arguments: &Connect, surroundings: &Surroundings, ui: &Ui) -> Result<u8, Error> {
    let line = with_own_options(command_line(&arguments.connection), arguments);
    let endpoint = ssh_config::resolve(&arguments.destination, &line, surroundings)?;
    let mut text = String::new();
    for (keyword, value) in endpoint.listing().into_iter().chain(algorithm_listing(&endpoint)) {
        text.push_str(&format!("{keyword} {value}\n"));
    }
    ui.data(text.as_bytes())?;
    Ok(0)
}

/// The short options that only connect has, as options of ssh_config. They take precedence over the
/// files and over every `-o`.
fn with_own_options(mut line: CommandLine, arguments: &Connect) -> CommandLine {
    let mut own = Vec::new();
    let mut flag = |given: bool, option: &str| own.extend(given.then(|| option.to_owned()));
    flag(arguments.inet4, "AddressFamily=inet");
    flag(arguments.inet6, "AddressFamily=inet6");
    flag(arguments.no_stdin, "StdinNull=yes");
    flag(arguments.agent, "ForwardAgent=yes");
    flag(arguments.no_agent, "ForwardAgent=no");
    flag(arguments.compress, "Compression=yes");
    flag(arguments.nothing, "SessionType=none");
    flag(arguments.subsystem, "SessionType=subsystem");
    flag(arguments.no_tty, "RequestTTY=no");
    flag(arguments.tty == 1, "RequestTTY=yes");
    flag(arguments.tty > 1, "RequestTTY=force");
    for (keyword, value) in [
        ("BindAddress", &arguments.bind_address),
        ("BindInterface", &arguments.bind_interface),
        ("Ciphers", &arguments.ciphers),
        ("MACs", &arguments.macs),
        ("EscapeChar", &arguments.escape),
        ("Tag", &arguments.tag),
    ] {
        own.extend(value.iter().map(|value| format!("{keyword}={value}")));
    }
    own.append(&mut line.options);
    line.options = own;
    let command = arguments.command.join(OsStr::new(" "));
    line.command =
        Some(command.to_string_lossy().into_owned()).filter(|command| !command.is_empty());
    line
}

async fn log_in(account: &Account) -> Result<Session, Error> {
    let identities = account.identities().await;
    Ok(account.log_in(&identities, None).await?)
}

fn request(arguments: &Connect, account: &Account, ui: &Ui) -> Result<Request, Error> {
    let endpoint = &*account.endpoint;
    let program = program(arguments, endpoint)?;
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

fn program(arguments: &Connect, endpoint: &Endpoint) -> Result<Program, Error> {
    let destination = &arguments.destination;
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
        Some(Exit::Unknown) | None => CONNECTION_FAILED,
    })
}
