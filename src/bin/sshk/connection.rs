//! From the connection options to an account and to the key: what all commands that reach a host
//! share.

use std::path::Path;
use std::sync::Arc;

use sshk::credentials::Credentials;
use sshk::hosts::ssh_config::{self, Argument, CommandLine, ConfigFile, Surroundings};
use sshk::keys::identity_files::IdentityFiles;
use sshk::keys::key_file::KeyFile;
use sshk::prompter::{Answer, Prompter, Question};
use sshk::quoting::shell_path;
use sshk::session::{Account, Notice, Notices};
use sshk::{Destination, Error};

use crate::cli::Connection;
use crate::ui::Ui;
use crate::usage::Usage;

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

/// The key of `-i`, else the only default key. If there are several, the user chooses one; without
/// a terminal that is wrong usage.
pub fn chosen_key(
    connection: &Connection,
    home: &Path,
    prompter: &dyn Prompter,
) -> Result<KeyFile, Error> {
    let mut named: Vec<_> = connection.identities.iter().collect();
    named.dedup();
    match named[..] {
        [path] => Ok(KeyFile::new(path)),
        [_, another, ..] => {
            let usage =
                format!("only one key can be used at a time, and -i also names {another:?}");
            Err(Usage::new(usage).into())
        }
        [] => {
            let folder = home.join(".ssh");
            the_one(&KeyFile::find_defaults(&folder)?, &folder, "-i", prompter)
        }
    }
}

/// The only key of those found in `folder`. `naming` is what precedes a key on the command line.
pub fn the_one(
    found: &[KeyFile],
    folder: &Path,
    naming: &str,
    prompter: &dyn Prompter,
) -> Result<KeyFile, Error> {
    match found {
        [] => Err(Usage::new(format!("there is no key in {folder:?}"))
            .hint("generate one with: sshk keygen")
            .into()),
        [one] => Ok(one.clone()),
        several if prompter.can_ask() => ask_which(several, naming, prompter),
        several => {
            let list: Vec<_> = several.iter().map(|key| format!("{:?}", key.path())).collect();
            let hint = format!("name one with {naming} {}", shell_path(several[0].path()));
            Err(Usage::new(format!("there are several keys in {folder:?}: {}", list.join(", ")))
                .hint(hint)
                .into())
        }
    }
}

fn ask_which(keys: &[KeyFile], naming: &str, prompter: &dyn Prompter) -> Result<KeyFile, Error> {
    let mut prompt = String::from("There are several keys:\n");
    for (index, key) in keys.iter().enumerate() {
        prompt.push_str(&format!("  {}  {}\n", index + 1, key.path().display()));
    }
    prompt.push_str(&format!("Which one (1-{})? ", keys.len()));
    loop {
        let answer = prompter.ask(&Question {
            prompt: prompt.clone(),
            answer: Answer::Text,
            wanted: "the choice of a key".into(),
            instead: format!("name one with {naming} {}", shell_path(keys[0].path())),
        })?;
        match answer.trim().parse::<usize>() {
            Ok(number) if (1..=keys.len()).contains(&number) => return Ok(keys[number - 1].clone()),
            _ => prompt = format!("Please type a number from 1 to {}: ", keys.len()),
        }
    }
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
