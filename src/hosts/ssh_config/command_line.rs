//! What the command line sets: in ssh the first value wins, in the order typed.

use std::path::PathBuf;

use super::assignment::Located;
use super::error::Error;
use super::evaluation::Evaluation;
use super::location::Location;
use super::options::IdentityFile;
use super::reader;
use super::setting::Text;
use super::value::SessionType;
use crate::hosts::destination::Destination;

/// Which configuration is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ConfigFile {
    /// `~/.ssh/config`, then the system's.
    #[default]
    Default,
    /// `-F none`.
    None,
    /// `-F FILE`: only that file.
    File(PathBuf),
    /// Only this text.
    Text {
        /// The name of the file that messages give.
        name: PathBuf,
        /// What the file would hold.
        bytes: Vec<u8>,
    },
}

/// One thing that the command line sets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Argument {
    /// `-o`: `Keyword=value` or `Keyword value`.
    Option(String),
    /// `-l`
    User(String),
    /// `-p`
    Port(u16),
    /// `-i`
    IdentityFile(PathBuf),
    /// `-J`: only one, and not after a ProxyJump or ProxyCommand.
    JumpHosts(String),
    /// `-N` or `-s`: not after another SessionType.
    SessionType(SessionType),
    /// A destination: its user and port count from its place.
    Destination(Destination),
}

/// What the command line sets.
#[derive(Clone, Debug, Default)]
pub struct CommandLine {
    /// `-F`
    pub config: ConfigFile,
    /// In the order typed: the first that sets something wins. A destination that is not among them
    /// comes last.
    pub arguments: Vec<Argument>,
    /// The command to run on the host, for Match command and sessiontype. `None` for a shell, empty
    /// for a command of the program's own.
    pub command: Option<String>,
}

impl CommandLine {
    /// These in place of `-i`, before all others: for a command that logs in with other keys than
    /// the one it names.
    pub fn set_identity_files(&mut self, files: &[PathBuf]) {
        self.take_identity_files();
        self.arguments.splice(0..0, files.iter().cloned().map(Argument::IdentityFile));
    }

    /// Leaves out `-i`, and returns its files.
    pub fn take_identity_files(&mut self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        self.arguments.retain(|argument| match argument {
            Argument::IdentityFile(file) => {
                files.push(file.clone());
                false
            }
            _ => true,
        });
        files
    }

    /// Applies the arguments and the destination. Returns whether a flag or the destination set the
    /// user, rather than a `-o` option.
    pub(super) fn apply(
        &self,
        evaluation: &mut Evaluation<'_>,
        destination: &Destination,
    ) -> Result<bool, Error> {
        // At the end for one that was not typed; for the others it sets nothing more.
        let own = Argument::Destination(destination.clone());
        let mut is_literal_user = false;
        for argument in self.arguments.iter().chain([&own]) {
            match argument {
                Argument::Option(text) => reader::read_option(evaluation, text)?,
                Argument::User(user) => is_literal_user |= set_user(evaluation, user),
                Argument::Port(port) => set_port(evaluation, *port),
                Argument::IdentityFile(path) => add_identity_file(evaluation, path.clone())?,
                Argument::JumpHosts(hosts) => set_jump_hosts(evaluation, hosts)?,
                Argument::SessionType(kind) => set_session_type(evaluation, *kind)?,
                Argument::Destination(typed) if typed == destination => {
                    is_literal_user |= typed.user().is_some_and(|user| set_user(evaluation, user));
                    typed.port().into_iter().for_each(|port| set_port(evaluation, port));
                }
                Argument::Destination(_) => {}
            }
        }
        Ok(is_literal_user)
    }
}

/// Whether it was the first to set the user.
fn set_user(evaluation: &mut Evaluation<'_>, user: &str) -> bool {
    let is_first = evaluation.options.text(Text::User).is_none();
    if is_first {
        let user = Located { value: user.to_owned(), location: evaluation.origin.clone() };
        evaluation.options.texts.insert(Text::User, user);
    }
    is_first
}

fn set_port(evaluation: &mut Evaluation<'_>, port: u16) {
    evaluation.options.port.get_or_insert(port);
}

fn add_identity_file(evaluation: &mut Evaluation<'_>, path: PathBuf) -> Result<(), Error> {
    let location = Location::COMMAND_LINE;
    let file = Located { value: IdentityFile::Given(path), location: location.clone() };
    evaluation
        .options
        .add_identity_file(file)
        .map_err(|why| Error::bad_value(&location, "IdentityFile", why))
}

fn set_session_type(evaluation: &mut Evaluation<'_>, kind: SessionType) -> Result<(), Error> {
    if *evaluation.options.session_type.get_or_insert(kind) == kind {
        return Ok(());
    }
    let why = "-N and -s cannot be used after another session type";
    Err(Error::bad_value(&Location::COMMAND_LINE, "SessionType", why))
}

fn set_jump_hosts(evaluation: &mut Evaluation<'_>, hosts: &str) -> Result<(), Error> {
    let why = evaluation.options.why_no_jump_hosts();
    match why {
        Some(why) => Err(Error::bad_value(&Location::COMMAND_LINE, "ProxyJump", why)),
        None => reader::read_option(evaluation, &format!("ProxyJump={hosts}")),
    }
}
