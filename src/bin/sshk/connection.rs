//! From the connection options to accounts and to the one key: what copy-id, test and connect
//! share.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use sshk::Destination;
use sshk::credentials::Credentials;
use sshk::hosts::ssh_config::{self, CommandLine, ConfigFile, Surroundings};
use sshk::keys::key_file::KeyFile;
use sshk::prompter::{Answer, Prompter, Question};
use sshk::quoting::{shell_path, shell_word};
use sshk::session::{Account, Notice, Notices};

use crate::cli::Connection;
use crate::ui::Ui;
use crate::usage::Usage;

/// The connection options as the library takes them.
pub fn command_line(connection: &Connection) -> CommandLine {
    let config = match &connection.config {
        None => ConfigFile::Default,
        Some(path) if path.as_os_str() == "none" => ConfigFile::None,
        Some(path) => ConfigFile::File(path.clone()),
    };
    // What -J says comes before each -o, as for ssh.
    let jump = connection.jump.iter().map(|jump| format!("ProxyJump={jump}"));
    CommandLine {
        config,
        options: jump.chain(connection.options.iter().cloned()).collect(),
        user: connection.user.clone(),
        port: connection.port,
        identity_files: connection.identities.clone(),
        // Each command but connect runs a program of its own there.
        command: Some(String::new()),
    }
}

/// One destination's account, as the configuration has it.
pub fn account(
    destination: &Destination,
    line: &CommandLine,
    surroundings: &Surroundings,
    credentials: &Arc<Credentials>,
    ui: &Arc<Ui>,
) -> Result<Account, sshk::Error> {
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
        notices: notices(destination, ui),
    })
}

fn notices(destination: &Destination, ui: &Ui) -> Notices {
    let ui = ui.clone();
    let destination = destination.clone();
    Notices::new(move |notice| match notice {
        Notice::Note(text) => ui.say(format!("{destination}: {text}")),
        Notice::Banner(text) => ui.say_block(&text),
    })
}

/// The key of `-i`, else the one default key there is. Where there are several, a person chooses or
/// the call is wrong.
pub fn chosen_key(
    connection: &Connection,
    home: &Path,
    prompter: &dyn Prompter,
) -> Result<KeyFile> {
    match &connection.identities[..] {
        [path] => Ok(KeyFile::new(path)),
        [_, another, ..] => Err(Usage::new(format!(
            "one key is handled at a time, and -i names {another:?} as well"
        ))
        .into()),
        [] => {
            let folder = home.join(".ssh");
            the_one(&KeyFile::find_defaults(&folder)?, &folder, "-i", prompter)
        }
    }
}

/// The only key of those found in `folder`. `naming` is what stands before a key on the command
/// line.
pub fn the_one(
    found: &[KeyFile],
    folder: &Path,
    naming: &str,
    prompter: &dyn Prompter,
) -> Result<KeyFile> {
    match found {
        [] => {
            let hint = format!("make one with sshk keygen, or name a key with {naming} KEY");
            Err(Usage::new(format!("there is no key in {folder:?}")).hint(hint).into())
        }
        [one] => Ok(one.clone()),
        several if prompter.can_ask() => ask_which(several, naming, prompter),
        several => {
            let list: Vec<_> = several.iter().map(|key| format!("{:?}", key.path())).collect();
            let hint = format!("name one with {naming} {}", shell_path(several[0].path()));
            Err(Usage::new(format!("{folder:?} holds several keys: {}", list.join(", ")))
                .hint(hint)
                .into())
        }
    }
}

fn ask_which(keys: &[KeyFile], naming: &str, prompter: &dyn Prompter) -> Result<KeyFile> {
    let mut prompt = String::from("Several keys could be meant:\n");
    for (index, key) in keys.iter().enumerate() {
        prompt.push_str(&format!("  {}  {}\n", index + 1, key.path().display()));
    }
    prompt.push_str(&format!("Which one (1-{})? ", keys.len()));
    loop {
        let answer = prompter
            .ask(&Question {
                prompt: prompt.clone(),
                answer: Answer::Text,
                wanted: "the choice of a key".into(),
                instead: format!("name one with {naming} KEY"),
            })
            .map_err(sshk::Error::from)?;
        match answer.trim().parse::<usize>() {
            Ok(number) if (1..=keys.len()).contains(&number) => return Ok(keys[number - 1].clone()),
            _ => prompt = format!("Please type a number from 1 to {}: ", keys.len()),
        }
    }
}

/// The path as a person reads it: `~/…` below the home folder.
pub fn display_path(path: &Path, home: &Path) -> String {
    match path.strip_prefix(home) {
        Ok(below) if !below.as_os_str().is_empty() => {
            Path::new("~").join(below).display().to_string()
        }
        _ => path.display().to_string(),
    }
}

/// The absolute path of a file the user named, without following links: what JSON shows.
pub fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path)
        .with_context(|| io::Error::other(format!("{path:?} has no absolute path")))
}

/// The same call for these destinations alone, ready to paste. `own` are the command's own options,
/// as words.
pub fn retry(
    command: &str,
    connection: &Connection,
    own: &[String],
    destinations: &[&Destination],
) -> String {
    let mut words = vec![command.to_owned()];
    let mut add =
        |letter: &str, value: String| words.extend([letter.to_owned(), shell_word(&value)]);
    for path in &connection.identities {
        add("-i", path.display().to_string());
    }
    if let Some(port) = connection.port {
        add("-p", port.to_string());
    }
    if let Some(user) = &connection.user {
        add("-l", user.clone());
    }
    if let Some(jump) = &connection.jump {
        add("-J", jump.clone());
    }
    if let Some(path) = &connection.config {
        add("-F", path.display().to_string());
    }
    for option in &connection.options {
        add("-o", option.clone());
    }
    if let Some(path) = &connection.passphrase_file {
        add("--passphrase-file", path.display().to_string());
    }
    words.extend(own.iter().map(|word| shell_word(word)));
    words.extend(destinations.iter().map(|destination| shell_word(&destination.to_string())));
    words.join(" ")
}
