//! What lies between here and the host: ProxyCommand and ProxyJump, each hop by a configuration of
//! its own.

use std::path::PathBuf;
use std::sync::Arc;

use super::evaluate::Evaluator;
use super::expand::{Connection, Tokens};
use super::options::Placed;
use super::{CommandLine, ConfigFile, Endpoint, Error};
use crate::hosts::destination::Destination;

/// Hops of one way, those that a hop's own configuration adds included. ssh has no limit, and
/// starts processes without end where a host is its own jump host.
const MAX_HOPS: usize = 16;

/// What lies between here and the host.
#[derive(Clone, Debug)]
pub enum Through {
    Direct,
    /// `ProxyCommand`, expanded: the user's shell runs it, and its standard input and output are
    /// the connection.
    Command {
        command: String,
        shell: PathBuf,
    },
    /// `ProxyJump`: the host that opens the connection, by its own configuration and behind what
    /// lies before it.
    Jump(Arc<Endpoint>),
}

/// How the hops of a way are resolved.
pub(super) struct Hops<'a> {
    /// The same files serve them all; what else the command line says is for the host itself, as
    /// for ssh.
    pub config: &'a ConfigFile,
    /// How many hosts lie between this one and the user's destination.
    pub before: usize,
}

/// The hops of a ProxyJump value: the last one is the nearest to the host. `Err` says what is wrong
/// with it.
pub(super) fn hops(value: &str) -> Result<Vec<Destination>, String> {
    value
        .split(',')
        .map(|hop| Destination::jump_host(hop).map_err(|error| error.to_string()))
        .collect()
}

pub(super) fn through(
    evaluator: &Evaluator<'_>,
    connection: &Connection<'_>,
    hops: &Hops<'_>,
) -> Result<Through, Error> {
    let options = &evaluator.options;
    if let Some(jump) = options.proxy_jump.as_ref().filter(|jump| !is_none(&jump.value)) {
        return jump_host(evaluator, jump, hops);
    }
    match options.proxy_command.as_ref().filter(|command| !is_none(&command.value)) {
        Some(Placed { value, place }) => {
            let command = Tokens::for_proxy(connection).percent(value).map_err(|why| {
                Error::BadValue { place: place.clone(), keyword: "ProxyCommand", why }
            })?;
            Ok(Through::Command { command, shell: evaluator.surroundings.shell.clone() })
        }
        None => Ok(Through::Direct),
    }
}

fn jump_host(
    evaluator: &Evaluator<'_>,
    jump: &Placed<String>,
    from: &Hops<'_>,
) -> Result<Through, Error> {
    let fault = |why| Error::BadValue { place: jump.place.clone(), keyword: "ProxyJump", why };
    let hop = hops(&jump.value)
        .map_err(fault)?
        .pop()
        .ok_or_else(|| fault("its value is missing".into()))?;
    if from.before == MAX_HOPS {
        return Err(fault(format!(
            "more than {MAX_HOPS} hosts lie on the way; one of them may be its own jump host"
        )));
    }
    // As `ssh -J the,others hop`: they go before what the hop's own configuration says.
    let others = jump.value.rsplit_once(',').map(|(others, _)| format!("ProxyJump={others}"));
    // `ssh -W`, which runs nothing there.
    let options = others.into_iter().chain(["SessionType=none".to_owned()]).collect();
    let line = CommandLine { config: from.config.clone(), options, ..CommandLine::default() };
    let hops = Hops { config: from.config, before: from.before + 1 };
    super::resolve_hop(&hop, &line, evaluator.surroundings, &hops)
        .map(|endpoint| Through::Jump(Arc::new(endpoint)))
}

/// The value as `ssh -G` prints it: the last hop taken apart and put together again.
pub(super) fn listed(value: &str) -> String {
    let Some(last) = hops(value).ok().and_then(|mut hops| hops.pop()) else {
        return value.to_owned();
    };
    let others = value.rsplit_once(',').map(|(others, _)| format!("{others},")).unwrap_or_default();
    let user = last.user().map(|user| format!("{user}@")).unwrap_or_default();
    let host = if last.host().contains(':') {
        format!("[{}]", last.host())
    } else {
        last.host().to_owned()
    };
    let port = last.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{others}{user}{host}{port}")
}

pub(super) fn is_none(value: &str) -> bool {
    value.eq_ignore_ascii_case("none")
}
