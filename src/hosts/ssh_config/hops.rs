//! The value of ProxyJump: a list of hosts, the last one nearest to the destination.

use crate::hosts::destination::Destination;

/// Parses the whole list.
///
/// # Errors
///
/// Says which host is not valid.
pub(super) fn parse(value: &str) -> Result<Vec<Destination>, String> {
    value
        .split(',')
        .map(|hop| Destination::jump_host(hop).map_err(|error| error.to_string()))
        .collect()
}

/// `none`, which switches ProxyJump and ProxyCommand off.
pub(super) fn is_none(value: &str) -> bool {
    value.eq_ignore_ascii_case("none")
}

/// The value as `ssh -G` prints it: with the last host parsed and written again.
pub(super) fn listed(value: &str) -> String {
    let Some(last) = parse(value).ok().and_then(|mut hops| hops.pop()) else {
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
