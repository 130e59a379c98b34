//! Wrong usage: arguments that do not go together, or that the parser rejected.

use std::error::Error as _;
use std::fmt;

use clap::Command;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use sshk::error::{Failure, Kind};
use sshk::hosts::destination;
use sshk::keys::{generate, key_file};

/// Wrong usage: exit status 2, and nothing was changed.
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

    /// What the parser of `sshk` rejected among the words `typed`; `None` if it was asked for help
    /// or for the version.
    pub fn of_parser(error: &clap::Error, typed: &[String], sshk: &Command) -> Option<Self> {
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
        if error.kind() == ErrorKind::InvalidSubcommand {
            return Some(unknown_command(error, sshk));
        }
        let text = error.render().to_string();
        let paragraph: Vec<_> =
            text.lines().take_while(|line| !line.trim().is_empty()).map(str::trim).collect();
        let message = paragraph.join(" ");
        let message = message.strip_prefix("error: ").unwrap_or(&message);
        // clap proposes to pass an unknown option as a value: no value of sshk looks like one.
        let tip = text
            .lines()
            .find_map(|line| line.trim().strip_prefix("tip: "))
            .filter(|tip| !tip.starts_with("to pass "));
        let hint = tip.map_or_else(|| see_help(typed, sshk), str::to_owned);
        Some(Self::new(message).hint(hint))
    }
}

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Usage {}

impl Failure for Usage {
    fn kind(&self) -> Kind {
        Kind::Usage
    }

    fn hint(&self) -> Option<String> {
        self.hint.clone()
    }
}

/// The library's own message and hint, if it was the library that rejected a value.
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

/// A command that does not exist, after `sshk` or `sshk help`.
fn unknown_command(error: &clap::Error, sshk: &Command) -> Usage {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        Some(ContextValue::Strings(texts)) => texts.first().map(String::as_str),
        _ => None,
    };
    let typed = text(ContextKind::InvalidSubcommand).unwrap_or_default();
    let names: Vec<_> = sshk.get_subcommands().map(Command::get_name).collect();
    let hint = match text(ContextKind::SuggestedSubcommand) {
        Some(similar) => format!("did you mean: sshk {similar}"),
        None => format!("the commands are {}", names.join(", ")),
    };
    Usage::new(format!("unknown command {typed:?}")).hint(hint)
}

fn see_help(typed: &[String], sshk: &Command) -> String {
    match command(typed, sshk) {
        Some(command) => format!("see: sshk {} --help", command.get_name()),
        None => "see: sshk --help".into(),
    }
}

/// Whether JSON was asked for, judging by words that the parser rejected.
pub fn asks_for_json(typed: &[String], sshk: &Command) -> bool {
    let has_option = command(typed, sshk).is_some_and(|command| {
        command.get_arguments().any(|argument| argument.get_long() == Some("json"))
    });
    has_option && typed.iter().take_while(|word| *word != "--").any(|word| word == "--json")
}

/// The command that is named first.
fn command<'a>(typed: &[String], sshk: &'a Command) -> Option<&'a Command> {
    typed.iter().skip(1).find_map(|word| sshk.find_subcommand(word))
}
