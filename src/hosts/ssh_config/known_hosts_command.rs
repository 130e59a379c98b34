//! KnownHostsCommand: a program that prints lines of known_hosts, and its arguments.

use std::path::PathBuf;

use super::expand::{Part, Tokens};
use super::line::arguments;
use super::surroundings::Surroundings;

/// The tokens whose value a server's key decides (ssh_config(5), TOKENS).
const OF_KEYS: &str = "HIKft";

/// The command, expanded but for the tokens that depend on what is looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownHostsCommand {
    /// An absolute path.
    pub program: PathBuf,
    arguments: Vec<Vec<Part>>,
}

impl KnownHostsCommand {
    /// As load_hostkeys_command (sshconnect.c) splits it: no shell runs it, and what replaces a
    /// token is never split.
    pub(super) fn parse(
        text: &str,
        tokens: &Tokens,
        surroundings: &Surroundings,
    ) -> Result<Self, String> {
        let mut words = arguments(text)?.into_iter();
        let program = words.next().filter(|program| program.starts_with('/'));
        let program = program.ok_or("must start with the absolute path of a program")?;
        let arguments = words.map(|word| tokens.parts(&word, surroundings, OF_KEYS));
        Ok(Self { program: program.into(), arguments: arguments.collect::<Result<_, _>>()? })
    }

    /// The arguments, with the values of `%H`, `%I`, `%K`, `%f` and `%t`.
    pub fn arguments(&self, value: impl Fn(char) -> String) -> Vec<String> {
        let part = |part: &Part| match part {
            Part::Text(text) => text.clone(),
            Part::Token(token) => value(*token),
        };
        self.arguments.iter().map(|parts| parts.iter().map(part).collect()).collect()
    }
}
