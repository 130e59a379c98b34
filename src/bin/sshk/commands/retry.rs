//! Commands that follow from the one that was typed, in its order: for some of its destinations
//! again, or another command for one of them.

use std::ffi::{OsStr, OsString};

use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Args, Command};
use sshk::quoting::shell_word;
use sshk::{Destination, Error};

use crate::cli::Connection;

/// What was typed.
pub struct Retry {
    /// `sshk`, and the command.
    command: String,
    options: Vec<Given>,
    destinations: Vec<(usize, OsString)>,
}

/// An option that was given, quoted for a shell.
struct Given {
    /// On the command line: the first of some options wins, and a destination is one of them.
    place: usize,
    words: String,
    /// Whether it says how a host is reached; all commands that reach hosts have these.
    of_connection: bool,
}

impl Retry {
    /// From what the parser found by the definition `sshk`. Commands without destinations have
    /// nothing to retry: their options, which may be secrets, are not kept.
    pub fn of(sshk: &Command, matches: &ArgMatches) -> Self {
        let found = matches
            .subcommand()
            .and_then(|(name, matches)| Some((sshk.find_subcommand(name)?, matches)));
        let Some((command, matches)) = found else {
            return Self { command: "sshk".into(), options: Vec::new(), destinations: Vec::new() };
        };
        let connection = Connection::augment_args(Command::default());
        let is_of_connection =
            |arg: &Arg| connection.get_arguments().any(|own| own.get_id() == arg.get_id());
        let destinations: Vec<_> = match command.get_positionals().next() {
            Some(arg) if ["destinations", "destination"].contains(&arg.get_id().as_str()) => {
                typed(arg, matches)
            }
            _ => Vec::new(),
        };
        let options = command
            .get_arguments()
            .filter(|arg| !destinations.is_empty() && !arg.is_positional())
            .flat_map(|arg| {
                let of_connection = is_of_connection(arg);
                let given = move |(place, words)| Given { place, words, of_connection };
                words(arg, matches).into_iter().map(given)
            })
            .collect();
        Self { command: format!("sshk {}", command.get_name()), options, destinations }
    }

    /// The same call for these destinations, ready to paste.
    pub fn line(&self, destinations: &[&Destination]) -> String {
        self.ordered(&self.command, |_| true, destinations)
    }

    /// Whether an option that was typed names this.
    pub fn names(&self, value: &str) -> bool {
        let word = shell_word(value);
        self.options.iter().any(|given| given.words.ends_with(&word))
    }

    /// The same call for this destination, with an option and its value before all others.
    pub fn with(&self, option: &str, value: &str, destination: &Destination) -> String {
        let command = format!("{} {option} {}", self.command, shell_word(value));
        self.ordered(&command, |_| true, &[destination])
    }

    /// Another command for this destination, reached in the same way.
    pub fn other(&self, command: &str, destination: &Destination) -> String {
        self.ordered(&format!("sshk {command}"), |given| given.of_connection, &[destination])
    }

    fn ordered(
        &self,
        command: &str,
        keeps: impl Fn(&Given) -> bool,
        destinations: &[&Destination],
    ) -> String {
        let options = self.options.iter().filter(|given| keeps(given));
        let destinations = destinations.iter().map(|destination| {
            let text = destination.to_string();
            let own = self.destinations.iter().find(|(_, typed)| *typed == *text);
            (own.map_or(usize::MAX, |(place, _)| *place), shell_word(&text).to_string())
        });
        let mut words: Vec<_> =
            options.map(|given| (given.place, given.words.clone())).chain(destinations).collect();
        words.sort_by_key(|(place, _)| *place);
        let words = words.into_iter().map(|(_, words)| words);
        std::iter::once(command.to_owned()).chain(words).collect::<Vec<_>>().join(" ")
    }

    /// The hint of a failure, with `sshk VERB DESTINATION` filled in.
    pub fn hint(&self, error: &Error, destination: &Destination) -> Option<String> {
        Some(self.filled_in(error.hint()?, destination))
    }

    fn filled_in(&self, hint: String, destination: &Destination) -> String {
        let call = hint.split_once(" DESTINATION").and_then(|(before, after)| {
            let (before, verb) = before.rsplit_once("sshk ")?;
            let is_verb = verb.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
            is_verb.then(|| format!("{before}{}{after}", self.other(verb, destination)))
        });
        call.unwrap_or(hint)
    }
}

/// The values of an argument, each with its place.
fn typed(arg: &Arg, matches: &ArgMatches) -> Vec<(usize, OsString)> {
    let id = arg.get_id().as_str();
    let values = matches.get_raw(id).into_iter().flatten().map(OsString::from);
    matches.indices_of(id).into_iter().flatten().zip(values).collect()
}

/// The option as often as it was given; never, if its value is a default.
fn words(arg: &Arg, matches: &ArgMatches) -> Vec<(usize, String)> {
    let id = arg.get_id().as_str();
    if matches.value_source(id) != Some(ValueSource::CommandLine) {
        return Vec::new();
    }
    let (flag, glue) = match (arg.get_short(), arg.get_long()) {
        (Some(letter), _) => (format!("-{letter}"), ""),
        (None, long) => (format!("--{}", long.unwrap_or(id)), "="),
    };
    if !arg.get_action().takes_values() {
        let times = match arg.get_action() {
            clap::ArgAction::Count => matches.get_count(id).into(),
            _ => 1,
        };
        let place = matches.index_of(id).unwrap_or_default();
        return vec![(place, flag); times];
    }
    let given = |value: &OsStr| {
        let value = value.to_string_lossy();
        // As a separate word it would be read as an option.
        let separator = if value.starts_with('-') && value != "-" { glue } else { " " };
        format!("{flag}{separator}{}", shell_word(&value))
    };
    typed(arg, matches).into_iter().map(|(place, value)| (place, given(&value))).collect()
}

#[cfg(test)]
mod tests {
    use clap::{ArgAction, CommandFactory};

    use super::*;
    use crate::cli::Cli;

    const COMMANDS: [&str; 4] = ["copy-id", "test", "revoke", "audit"];

    fn sshk() -> Command {
        let mut sshk = Cli::command();
        sshk.build();
        sshk
    }

    fn retry(words: &[&str]) -> Retry {
        let sshk = sshk();
        let matches = sshk.clone().try_get_matches_from([&["sshk"], words].concat()).unwrap();
        Retry::of(&sshk, &matches)
    }

    fn web2() -> Destination {
        "web2".parse().unwrap()
    }

    #[test]
    fn every_option_of_a_command_with_destinations_is_in_its_retry_hint() {
        for name in COMMANDS {
            let sshk = sshk();
            let command = sshk.find_subcommand(name).unwrap();
            let options = command.get_opts().chain(command.get_arguments().filter(|arg| {
                !arg.is_positional()
                    && matches!(arg.get_action(), ArgAction::SetTrue | ArgAction::Count)
            }));
            let mut seen = 0;
            for arg in options {
                let flag = match (arg.get_short(), arg.get_long()) {
                    (Some(letter), _) => format!("-{letter}"),
                    (None, long) => format!("--{}", long.unwrap()),
                };
                let value = arg.get_possible_values().first().map(|it| it.get_name().to_owned());
                let value = value.unwrap_or_else(|| "7".into());
                let mut words = vec![flag.as_str()];
                if arg.get_action().takes_values() {
                    words.push(&value);
                }
                let hint = retry(&[&[name], &words[..], &["web1"]].concat()).line(&[&web2()]);
                assert_eq!(hint, format!("sshk {name} {} web2", words.join(" ")));
                seen += 1;
            }
            assert!(seen >= 11, "{name}: {seen} options");
        }
    }

    #[test]
    fn a_hint_names_the_destination_as_it_was_typed() {
        let filled_in = |words: &[&str], hint: &str| {
            let words = [words, &["web1"]].concat();
            retry(&words).filled_in(hint.to_owned(), &web2())
        };
        let see = "see: sshk connect DESTINATION echo hello";
        assert_eq!(
            filled_in(&["copy-id", "-s", "-i", "my key", "-p2"], see),
            "see: sshk connect -i 'my key' -p 2 web2 echo hello"
        );
        assert_eq!(
            filled_in(&["connect", "-t", "-l", "ann"], see),
            "see: sshk connect -l ann web2 echo hello"
        );
        for hint in ["for the DESTINATION", "sshk x y DESTINATION", "run it again"] {
            assert_eq!(filled_in(&["test"], hint), hint);
        }
    }

    #[test]
    fn no_option_of_these_commands_is_a_secret() {
        let secret = |arg: &&Arg| {
            let id = arg.get_id().as_str();
            (id.contains("pass") || id.contains("secret")) && !id.ends_with("_file")
        };
        for name in COMMANDS {
            let sshk = sshk();
            assert!(sshk.find_subcommand(name).unwrap().get_arguments().find(secret).is_none());
        }
        assert_eq!(retry(&["keygen", "-N", "hunter2"]).line(&[]), "sshk keygen");
    }

    #[test]
    fn values_are_quoted_and_repeated_as_they_were_given() {
        let words = ["-v", "copy-id", "-i", "my key", "-ox=1", "-vo", "y=2", "-t-a", "web1"];
        let retry = retry(&words);
        assert_eq!(retry.line(&[&web2()]), "sshk copy-id -i 'my key' -o x=1 -v -o y=2 -t-a web2");
        assert_eq!(retry.other("test", &web2()), "sshk test -i 'my key' -o x=1 -o y=2 web2");
    }

    #[test]
    fn a_retry_hint_keeps_the_order_by_which_the_first_word_wins() {
        let retry = retry(&["test", "-oPort=3", "ann@web1", "-p", "2", "-l", "bob", "web2"]);
        let ann = "ann@web1".parse().unwrap();
        assert_eq!(retry.line(&[&ann]), "sshk test -o Port=3 ann@web1 -p 2 -l bob");
        assert_eq!(retry.line(&[&web2(), &ann]), "sshk test -o Port=3 ann@web1 -p 2 -l bob web2");
    }
}
