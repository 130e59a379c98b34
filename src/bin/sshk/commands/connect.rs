//! `sshk connect`: a shell on the account, or one command, with its streams and its exit status.

use std::sync::Arc;

use anyhow::Result;
use sshk::session::{Account, Exit, Input, Pty, Request, Session};
use sshk::ssh_config::{CommandLine, Endpoint, EscapeChar, RequestTty};
use tokio::sync::mpsc;

use crate::cli::Connect;
use crate::connection::{account, command_line};
use crate::environment;
use crate::ui::relay::{self, Local, Wanted};
use crate::ui::{Ui, report};

/// What ssh returns where the connection failed.
const CONNECTION_FAILED: u8 = 255;

/// Blocks of input or output under way; more would only hide a slow reader.
const BLOCKS: usize = 16;

pub async fn run(arguments: Connect, ui: &Arc<Ui>) -> Result<u8> {
    match session(arguments, ui).await {
        Ok(status) => Ok(status),
        Err(error) => Ok(match report::run_failure(&error, false, ui) {
            1 => CONNECTION_FAILED,
            usage_or_interrupted => usage_or_interrupted,
        }),
    }
}

async fn session(arguments: Connect, ui: &Arc<Ui>) -> Result<u8> {
    let surroundings = environment::surroundings()?;
    let connection = &arguments.connection;
    let credentials =
        Arc::new(environment::credentials(ui.prompter(), connection.passphrase_file.as_deref(), arguments.password_file.as_deref())?);
    let line = with_own_options(command_line(connection), &arguments);
    let destination = &arguments.destination;
    let named = |error: sshk::Error| anyhow::Error::new(error).context(destination.to_string());
    let account = account(destination, &line, &surroundings, &credentials, ui).map_err(named)?;
    let request = request(&arguments, &account.endpoint, ui);
    let session = log_in(&account).await.map_err(named)?;
    let status = relay(&session, &request, &account.endpoint, &arguments, ui).await?;
    session.close().await;
    Ok(status)
}

/// The letters of connect alone, as the options they stand for; typed ones come before the files and before each `-o`.
fn with_own_options(mut line: CommandLine, arguments: &Connect) -> CommandLine {
    let mut own = Vec::new();
    if arguments.inet4 {
        own.push("AddressFamily=inet".to_owned());
    }
    if arguments.inet6 {
        own.push("AddressFamily=inet6".to_owned());
    }
    if let Some(escape) = &arguments.escape {
        own.push(format!("EscapeChar={escape}"));
    }
    if arguments.no_tty {
        own.push("RequestTTY=no".to_owned());
    } else if arguments.tty > 0 {
        own.push(format!("RequestTTY={}", if arguments.tty > 1 { "force" } else { "yes" }));
    }
    own.append(&mut line.options);
    line.options = own;
    line
}

async fn log_in(account: &Account) -> Result<Session, sshk::Error> {
    let identities = account.identities().await;
    Ok(account.log_in(&identities, None).await?)
}

fn request(arguments: &Connect, endpoint: &Endpoint, ui: &Ui) -> Request {
    let command = match arguments.command.as_slice() {
        [] => endpoint.remote_command.clone(),
        words => Some(words.join(" ")),
    };
    let local = !arguments.no_stdin && relay::stdin_is_terminal();
    let wanted = match endpoint.request_tty {
        RequestTty::Force => true,
        RequestTty::No => false,
        RequestTty::Yes => local,
        RequestTty::Auto => local && command.is_none(),
    };
    if endpoint.request_tty == RequestTty::Yes && !wanted {
        ui.say("no terminal was asked for, since standard input is not one; -tt asks all the same");
    }
    let pty = wanted.then(|| Pty { term: environment::term(), size: relay::window_size(), modes: relay::terminal_modes() });
    Request { command, pty, env: environment::sent_variables(endpoint) }
}

async fn relay(session: &Session, request: &Request, endpoint: &Endpoint, arguments: &Connect, ui: &Ui) -> Result<u8> {
    let (to_server, input) = mpsc::channel::<Input>(BLOCKS);
    let (output, from_server) = mpsc::channel(BLOCKS);
    let escape = match (&request.pty, endpoint.escape_char) {
        (Some(_), EscapeChar::Byte(character)) => Some(character),
        _ => None,
    };
    let wanted = Wanted { pty: request.pty.is_some(), no_stdin: arguments.no_stdin, escape };
    let local = Local::start(to_server, from_server, &wanted, ui)?;
    let exit = tokio::select! {
        exit = session.run(request, input, output) => Some(exit),
        () = local.disconnected() => None,
    };
    // Everything the server sent is out, and the terminal is as it was, before another word is said.
    local.finish().await?;
    if request.pty.is_some() {
        ui.say(format!("Connection to {} closed.", endpoint.host));
    }
    Ok(match exit.transpose()? {
        Some(Exit::Status(status)) => u8::try_from(status).unwrap_or(CONNECTION_FAILED),
        Some(Exit::Signal(signal)) => {
            ui.say(format!("the remote command was killed by signal {signal}"));
            CONNECTION_FAILED
        }
        Some(Exit::Unknown) | None => CONNECTION_FAILED,
    })
}
