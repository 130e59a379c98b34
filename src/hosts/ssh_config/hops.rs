//! The value of ProxyJump: a list of hosts, the last one nearest to the destination.

use super::location::Location;
use crate::hosts::destination::Destination;

/// Parses the whole list. As in ssh, unsafe characters are refused on the command line only: those
/// of a file are, when the host is known that they stand for.
///
/// # Errors
///
/// Says which host is not valid.
pub(super) fn parse(value: &str, location: &Location) -> Result<Vec<Destination>, String> {
    let hop = match location.file {
        Some(_) => Destination::configured_jump_host,
        None => Destination::jump_host,
    };
    value.split(',').map(|typed| hop(typed).map_err(|error| error.to_string())).collect()
}

/// `none`, which switches ProxyJump and ProxyCommand off.
pub(super) fn is_none(value: &str) -> bool {
    value.eq_ignore_ascii_case("none")
}

/// The value as `ssh -G` prints it: with the last host parsed and written again.
pub(super) fn listed(value: &str, location: &Location) -> String {
    let Some(last) = parse(value, location).ok().and_then(|mut hops| hops.pop()) else {
        return value.to_owned();
    };
    let others = value.rsplit_once(',').map(|(others, _)| format!("{others},")).unwrap_or_default();
    let user = last.user().map(|user| format!("{user}@")).unwrap_or_default();
    let is_numeric = last.host().bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let host = if is_numeric || last.host().contains(':') {
        format!("[{}]", last.host())
    } else {
        last.host().to_owned()
    };
    let port = last.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{others}{user}{host}{port}")
}
