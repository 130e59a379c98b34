//! ssh_config(5): a [`Destination`] and the user's configuration make an [`Endpoint`], as `ssh -G`
//! would print it. The first value wins: command line, then the user's file, then the system's.
//!
//! A setting that sshk does not support yet is an error that names its line if it would change
//! which host is reached or how strictly; a harmless one is noted.

use std::sync::Arc;

use crate::hosts::destination::Destination;

mod algorithms;
mod assignment;
mod canonical;
mod command_line;
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
mod unused;
mod value;
mod written;

pub use algorithms::{AlgorithmList, Algorithms};
pub use command_line::{Argument, CommandLine, ConfigFile};
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
use reader::Owner;

/// The most hops before a destination, including those that a hop's own configuration adds. ssh has
/// no limit, and starts processes without end if a host is its own jump host.
const MAX_HOPS: usize = 16;

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
    let origin = &Location::COMMAND_LINE;
    resolve_hop(destination, line, surroundings, 0, origin)
}

/// The settings of a destination, for [`Endpoint::listing`] only: like `ssh -G`, it does not look
/// at the hops, and shows what is not supported.
///
/// # Errors
///
/// If the configuration cannot be read, is wrong or refuses the host.
pub fn resolve_settings(
    destination: &Destination,
    line: &CommandLine,
    surroundings: &Surroundings,
) -> Result<Endpoint, Error> {
    let origin = &Location::COMMAND_LINE;
    let (evaluation, is_literal_user) = evaluate(destination, line, surroundings, origin)?;
    resolution::endpoint(evaluation, destination, is_literal_user)
}

/// `before` counts the hops between this host and the destination that the user named, and `origin`
/// is where this one is named.
fn resolve_hop(
    destination: &Destination,
    line: &CommandLine,
    surroundings: &Surroundings,
    before: usize,
    origin: &Location,
) -> Result<Endpoint, Error> {
    let (evaluation, is_literal_user) = evaluate(destination, line, surroundings, origin)?;
    evaluation.refuse_unsupported()?;
    let jump = evaluation.options.jump().cloned();
    let mut endpoint = resolution::endpoint(evaluation, destination, is_literal_user)?;
    if let Some(jump) = jump {
        let hop = resolve_jump(&jump, &line.config, surroundings, before)?;
        endpoint.through = Through::Jump(Arc::new(hop));
    }
    Ok(endpoint)
}

/// Applies the command line and the files. The flag says whether the user comes from a flag or the
/// destination, and holds no tokens.
fn evaluate<'a>(
    destination: &'a Destination,
    line: &'a CommandLine,
    surroundings: &'a Surroundings,
    origin: &Location,
) -> Result<(Evaluation<'a>, bool), Error> {
    let command = line.command.as_deref();
    let mut evaluation = Evaluation::new(surroundings, destination.host(), command, origin.clone());
    let is_literal_user = line.apply(&mut evaluation, destination)?;
    read_files(&mut evaluation, &line.config)?;
    let host = resolution::host(&evaluation)?;
    let canonical = canonical::host(&evaluation, host.clone())?;
    if evaluation.wants_final_pass || canonical.is_some() {
        evaluation.host = canonical.unwrap_or(host);
        evaluation.options.settle_canonical();
        evaluation.final_pass = true;
        read_files(&mut evaluation, &line.config)?;
    }
    Ok((evaluation, is_literal_user))
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
    let hop = hops::parse(&jump.value, &jump.location)
        .map_err(fault)?
        .pop()
        .ok_or_else(|| fault("missing value".to_owned()))?;
    if before == MAX_HOPS {
        return Err(fault(format!(
            "more than {MAX_HOPS} jump hosts; one of them may be its own jump host"
        )));
    }
    let others = jump.value.rsplit_once(',').map(|(others, _)| format!("ProxyJump={others}"));
    let options = others.into_iter().chain(["SessionType=none".to_owned()]);
    let arguments = options.map(Argument::Option).collect();
    let line = CommandLine { config: config.clone(), arguments, command: None };
    resolve_hop(&hop, &line, surroundings, before + 1, &jump.location)
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
