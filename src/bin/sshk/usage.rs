//! Wrong usage: what was typed does not make a task.

use sshk::error::Failure;
use std::error::Error as _;
use std::fmt;

use clap::CommandFactory;
use clap::error::ErrorKind;
use sshk::hosts::destination;
use sshk::keys::{generate, key_file};

use crate::cli::Cli;

/// Arguments that do not make a task: exit status 2, and nothing was touched.
#[derive(Debug)]
pub struct Usage {
    message: String,
    hint: Option<String>,
}

impl Usage {
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None }
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// What the parser did not understand, in the house's words; nothing where it was asked to show
    /// help or the version.
    pub fn of_parser(error: &clap::Error, typed: &[String]) -> Option<Self> {
        use ErrorKind::{DisplayHelp, DisplayHelpOnMissingArgumentOrSubcommand, DisplayVersion};
        if matches!(
            error.kind(),
            DisplayHelp | DisplayHelpOnMissingArgumentOrSubcommand | DisplayVersion
        ) {
            return None;
        }
        if let Some((message, hint)) = library_words(error) {
            return Some(Self { message, hint });
        }
        let text = error.render().to_string();
        let paragraph: Vec<_> =
            text.lines().take_while(|line| !line.trim().is_empty()).map(str::trim).collect();
        let message = paragraph.join(" ");
        let message = message.strip_prefix("error: ").unwrap_or(&message);
        // Passing an option as a value is never what was meant: no value of sshk looks like one.
        let tip = text
            .lines()
            .find_map(|line| line.trim().strip_prefix("tip: "))
            .filter(|tip| !tip.starts_with("to pass "));
        Some(Self::new(message).hint(tip.map_or_else(|| see_help(typed), str::to_owned)))
    }

    pub fn next_step(&self) -> Option<&str> {
        self.hint.as_deref()
    }
}

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Usage {}

/// The library's own message and hint, where a value was refused by it.
fn library_words(error: &clap::Error) -> Option<(String, Option<String>)> {
    let source = error.source()?;
    let hint = if let Some(error) = source.downcast_ref::<destination::Error>() {
        error.hint()
    } else if let Some(error) = source.downcast_ref::<generate::Error>() {
        error.hint()
    } else {
        source.downcast_ref::<key_file::Error>()?.hint()
    };
    Some((source.to_string(), hint))
}

fn see_help(typed: &[String]) -> String {
    match command(typed) {
        Some(command) => format!("see: sshk {} --help", command.get_name()),
        None => "see: sshk --help".into(),
    }
}

/// Whether a script waits for JSON, as far as the words tell that the parser did not understand.
pub fn asks_for_json(typed: &[String]) -> bool {
    let has_option = command(typed).is_some_and(|command| {
        command.get_arguments().any(|argument| argument.get_long() == Some("json"))
    });
    has_option && typed.iter().take_while(|word| *word != "--").any(|word| word == "--json")
}

/// The command that is named first.
fn command(typed: &[String]) -> Option<clap::Command> {
    let sshk = Cli::command();
    typed.iter().skip(1).find_map(|word| sshk.find_subcommand(word)).cloned()
}
