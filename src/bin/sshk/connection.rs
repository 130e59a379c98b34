//! From the connection options to an account: what all commands that reach a host share.

use std::path::Path;
use std::sync::Arc;

use sshk::credentials::Credentials;
use sshk::hosts::ssh_config::{self, Argument, CommandLine, ConfigFile, Surroundings};
use sshk::keys::identity_files::IdentityFiles;
use sshk::session::{Account, Notice, Notices};
use sshk::{Destination, Error};

use crate::cli::Connection;
use crate::ui::Ui;

/// The values of an option or of the destinations, after its id in the definition.
pub type Typed<'a> = (&'a str, Vec<Argument>);

/// The connection options for the library, and the `others` of a command in between.
pub fn command_line(connection: &Connection, others: Vec<Typed<'_>>) -> CommandLine {
    let config = match &connection.config {
        None => ConfigFile::Default,
        Some(path) if path.as_os_str() == "none" => ConfigFile::None,
        Some(path) => ConfigFile::File(path.clone()),
    };
    CommandLine {
        config,
        arguments: arguments(connection, others),
        // All commands but connect run a program of their own.
        command: Some(String::new()),
    }
}

/// In the order typed.
fn arguments(connection: &Connection, others: Vec<Typed<'_>>) -> Vec<Argument> {
    let own = [
        ("options", all(&connection.options, Argument::Option)),
        ("users", all(&connection.users, Argument::User)),
        ("ports", all(&connection.ports, Argument::Port)),
        ("identities", all(&connection.identities, Argument::IdentityFile)),
        ("jumps", all(&connection.jumps, Argument::JumpHosts)),
    ];
    let order = &connection.order;
    let mut typed: Vec<_> =
        own.into_iter().chain(others).flat_map(|(id, values)| order.of(id).zip(values)).collect();
    typed.sort_by_key(|(place, _)| *place);
    typed.into_iter().map(|(_, argument)| argument).collect()
}

/// The arguments that these values make.
pub fn all<T: Clone>(values: &[T], argument: impl Fn(T) -> Argument) -> Vec<Argument> {
    values.iter().cloned().map(argument).collect()
}

/// The account that the configuration gives for a destination.
pub fn account(
    destination: &Destination,
    line: &CommandLine,
    surroundings: &Surroundings,
    credentials: &Arc<Credentials>,
    identity_files: &Arc<IdentityFiles>,
    ui: &Arc<Ui>,
) -> Result<Account, Error> {
    let endpoint = ssh_config::resolve(destination, line, surroundings)?;
    let ui = &ui.under(endpoint.log_level);
    for note in &endpoint.ignored {
        ui.verbose(1, format!("{destination}: {note}"));
    }
    ui.verbose(
        1,
        format!("{destination}: {} port {} as {}", endpoint.host, endpoint.port, endpoint.user),
    );
    Ok(Account {
        endpoint: Arc::new(endpoint),
        credentials: credentials.clone(),
        identity_files: identity_files.clone(),
        notices: notices(destination, ui),
    })
}

fn notices(destination: &Destination, ui: &Ui) -> Notices {
    let ui = ui.clone();
    let destination = destination.clone();
    Notices::new(move |notice| match notice {
        Notice::Note(text) => ui.say(format!("{destination}: {text}")),
        Notice::Detail(text) => ui.verbose(1, format!("{destination}: {text}")),
        // With -v it was shown before.
        Notice::Reason(_) if ui.is_verbose() => {}
        Notice::Reason(text) => ui.say(format!("{destination}: {text}")),
        Notice::Banner { from, text } => ui.said(&from, &text),
    })
}

/// The path for a message: `~/…` below the home directory.
pub fn display_path(path: &Path, home: &Path) -> String {
    match path.strip_prefix(home) {
        Ok(below) if !below.as_os_str().is_empty() => {
            Path::new("~").join(below).display().to_string()
        }
        _ => path.display().to_string(),
    }
}
