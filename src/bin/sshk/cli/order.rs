//! Where on the command line each option was typed, for those whose order matters.

use std::collections::BTreeMap;

use clap::error::Error;
use clap::parser::ValueSource;
use clap::{ArgMatches, Args, Command, FromArgMatches};

/// The places of all arguments of a command, by their ids. It adds no argument of its own, and must
/// be the first field of its struct: the others take their values out of the matches.
#[derive(Debug)]
pub struct Order(BTreeMap<String, Vec<usize>>);

impl Order {
    /// The places of an argument, one for each of its values, or the last one of a flag.
    pub fn of(&self, id: &str) -> impl Iterator<Item = usize> {
        self.0.get(id).into_iter().flatten().copied()
    }

    fn read(matches: &ArgMatches) -> Self {
        let typed = matches.ids().map(|id| id.as_str()).filter(|id| {
            // Groups have places too, but no source.
            matches.value_source(id) == Some(ValueSource::CommandLine)
        });
        let place = |id: &str| Some((id.to_owned(), matches.indices_of(id)?.collect()));
        Self(typed.filter_map(place).collect())
    }
}

impl FromArgMatches for Order {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        Ok(Self::read(matches))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::read(matches);
        Ok(())
    }
}

impl Args for Order {
    fn augment_args(command: Command) -> Command {
        command
    }

    fn augment_args_for_update(command: Command) -> Command {
        command
    }
}
