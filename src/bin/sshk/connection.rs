//! From the connection options to an account: what all commands that reach a host share.

use std::path::Path;
use std::sync::Arc;

use sshk::credentials::Credentials;
use sshk::hosts::ssh_config::{self, CommandLine, ConfigFile, Surroundings};
use sshk::keys::identity_files::IdentityFiles;
use sshk::session::{Account, Notice, Notices};
use sshk::{Destination, Error};

use crate::cli::Connection;
use crate::ui::Ui;

/// The connection options for the library.
pub fn command_line(connection: &Connection) -> CommandLine {
    let config = match &connection.config {
        None => ConfigFile::Default,
        Some(path) if path.as_os_str() == "none" => ConfigFile::None,
        Some(path) => ConfigFile::File(path.clone()),
    };
    // As with ssh, -J takes precedence over every -o.
    let jump = connection.jump.iter().map(|jump| format!("ProxyJump={jump}"));
    CommandLine {
        config,
        options: jump.chain(connection.options.iter().cloned()).collect(),
        user: connection.user.clone(),
        port: connection.port,
        identity_files: connection.identities.clone(),
        // All commands but connect run a program of their own.
        command: Some(String::new()),
    }
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
