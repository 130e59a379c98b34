//! ssh_config(5): a [`Destination`] and the user's configuration make an [`Endpoint`], as `ssh -G`
//! would print it. The first value wins: command line, then the user's file, then the system's.
//!
//! A setting that sshk does not support yet is an error that names its line if it would change
//! which host is reached or how strictly; a harmless one is noted.

use std::path::PathBuf;
use std::sync::Arc;

use crate::hosts::destination::Destination;

mod algorithms;
mod assignment;
mod canonical;
mod criteria;
mod endpoint;
mod error;
mod evaluation;
mod expand;
mod glob;
mod hops;
mod keyword;
mod known_hosts_command;
mod line;
mod listing;
mod location;
mod network;
mod number;
mod options;
mod paths;
mod reader;
mod resolution;
mod setting;
mod source;
mod surroundings;
mod value;

pub use algorithms::{AlgorithmList, Algorithms};
pub use endpoint::{Endpoint, Through};
pub use error::Error;
pub use known_hosts_command::KnownHostsCommand;
pub use location::{IgnoredSetting, Location};
pub use surroundings::{Environment, Runner, Surroundings};
pub use value::{
    AddressFamily, EscapeChar, ForwardAgent, IdentityAgent, LogLevel, RekeyLimit, RequestTty,
    SessionType, StrictHostKeyChecking, UpdateHostKeys,
};

use assignment::Located;
use evaluation::Evaluation;
use options::IdentityFile;
use reader::Owner;
use setting::Text;

/// The most hops before a destination, including those that a hop's own configuration adds. ssh has
/// no limit, and starts processes without end if a host is its own jump host.
const MAX_HOPS: usize = 16;

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

/// What the command line sets.
///
/// The `-o` options come first, in their order, then `-p`, `-l` and `-i`, then the destination. ssh
/// instead goes by their order on the command line.
#[derive(Clone, Debug, Default)]
pub struct CommandLine {
    /// `-F`
    pub config: ConfigFile,
    /// `-o`: `Keyword=value` or `Keyword value`.
    pub options: Vec<String>,
    /// `-l`
    pub user: Option<String>,
    /// `-p`
    pub port: Option<u16>,
    /// `-i`
    pub identity_files: Vec<PathBuf>,
    /// The command to run on the host, for Match command and sessiontype. `None` for a shell, empty
    /// for a command of the program's own.
    pub command: Option<String>,
}

/// Resolves a destination. Reads files but connects to nothing; CanonicalizeHostname looks up names
/// and Match exec runs commands, both by the functions in `surroundings`.
///
/// # Errors
///
/// If the configuration cannot be read, is wrong, refuses the host, or sets something that matters
/// and that sshk does not support.
pub fn resolve(
    destination: &Destination,
    line: &CommandLine,
    surroundings: &Surroundings,
) -> Result<Endpoint, Error> {
    resolve_hop(destination, line, surroundings, 0)
}

/// `before` counts the hops between this host and the destination that the user named.
fn resolve_hop(
    destination: &Destination,
    line: &CommandLine,
    surroundings: &Surroundings,
    before: usize,
) -> Result<Endpoint, Error> {
    let mut evaluation = Evaluation::new(surroundings, destination.host(), line.command.as_deref());
    for option in &line.options {
        reader::read_option(&mut evaluation, option)?;
    }
    let is_literal_user = apply_flags(&mut evaluation, destination, line)?;
    read_files(&mut evaluation, &line.config)?;
    let host = resolution::host(&evaluation)?;
    let canonical = canonical::host(&evaluation, host.clone())?;
    if evaluation.wants_final_pass || canonical.is_some() {
        evaluation.host = canonical.unwrap_or(host);
        evaluation.options.settle_canonical();
        evaluation.final_pass = true;
        read_files(&mut evaluation, &line.config)?;
    }
    evaluation.refuse_unsupported()?;
    let jump = evaluation.options.jump().cloned();
    let mut endpoint = resolution::endpoint(evaluation, destination, is_literal_user)?;
    if let Some(jump) = jump {
        let hop = resolve_jump(&jump, &line.config, surroundings, before)?;
        endpoint.through = Through::Jump(Arc::new(hop));
    }
    Ok(endpoint)
}

/// Resolves the last hop of a ProxyJump, as `ssh -J OTHERS -W HOST:PORT HOP` would. The rest of the
/// user's command line is for the destination, not for its hops.
fn resolve_jump(
    jump: &Located<String>,
    config: &ConfigFile,
    surroundings: &Surroundings,
    before: usize,
) -> Result<Endpoint, Error> {
    let fault = |why| Error::bad_value(&jump.location, "ProxyJump", why);
    let hop = hops::parse(&jump.value)
        .map_err(fault)?
        .pop()
        .ok_or_else(|| fault("missing value".to_owned()))?;
    if before == MAX_HOPS {
        return Err(fault(format!(
            "more than {MAX_HOPS} jump hosts; one of them may be its own jump host"
        )));
    }
    let others = jump.value.rsplit_once(',').map(|(others, _)| format!("ProxyJump={others}"));
    let options = others.into_iter().chain(["SessionType=none".to_owned()]).collect();
    let line = CommandLine { config: config.clone(), options, ..CommandLine::default() };
    resolve_hop(&hop, &line, surroundings, before + 1)
}

/// Applies the flags and the destination itself. Returns whether they set the user, rather than a
/// `-o` option.
fn apply_flags(
    evaluation: &mut Evaluation<'_>,
    destination: &Destination,
    line: &CommandLine,
) -> Result<bool, Error> {
    let location = Location::COMMAND_LINE;
    let options = &mut evaluation.options;
    options.port = options.port.or(line.port).or(destination.port());
    for path in &line.identity_files {
        let file = Located { value: IdentityFile::Given(path.clone()), location: location.clone() };
        options
            .add_identity_file(file)
            .map_err(|why| Error::bad_value(&location, "IdentityFile", why))?;
    }
    match line.user.as_deref().or(destination.user()) {
        Some(user) if options.text(Text::User).is_none() => {
            options.texts.insert(Text::User, Located { value: user.to_owned(), location });
            Ok(true)
        }
        _ => Ok(false),
    }
}

fn read_files(evaluation: &mut Evaluation<'_>, config: &ConfigFile) -> Result<(), Error> {
    let surroundings = evaluation.surroundings;
    match config {
        ConfigFile::None => {}
        ConfigFile::File(path) => {
            if !reader::read_file(evaluation, path, Owner::User, false)? {
                return Err(Error::Unreadable {
                    path: path.clone(),
                    source: rustix::io::Errno::NOENT.into(),
                });
            }
        }
        ConfigFile::Text { name, bytes } => reader::read_text(evaluation, name, bytes)?,
        ConfigFile::Default => {
            let user = surroundings.home.join(".ssh/config");
            reader::read_file(evaluation, &user, Owner::User, true)?;
            reader::read_file(evaluation, &surroundings.system_config, Owner::System, false)?;
        }
    }
    Ok(())
}
