//! The criteria of a Match line.

use super::evaluate::{Evaluator, Scope};
use super::keyword::Text;
use super::network::Network;
use super::{Error, Place, SessionType};
use crate::wildcard;

/// Asks for the version of OpenSSH, which sshk is not.
const NOT_YET: &[&str] = &["version"];
const WITH_VALUE: &[&str] = &[
    "command",
    "exec",
    "host",
    "localnetwork",
    "localuser",
    "originalhost",
    "sessiontype",
    "tagged",
    "user",
    "version",
];

/// Whether all criteria hold. One that is not honoured yet is an error, unless another decides that
/// the line does not apply.
pub(super) fn hold(
    evaluator: &mut Evaluator<'_>,
    words: Vec<String>,
    scope: &Scope,
) -> Result<bool, Error> {
    let place = &scope.place;
    let mut words = words.into_iter().peekable();
    let (mut result, mut seen) = (true, 0);
    let mut undecided = None;
    while let Some(word) = words.next() {
        let (negated, criterion) = match word.strip_prefix('!') {
            Some(criterion) => (true, criterion),
            None => (false, word.as_str()),
        };
        let (criterion, inline) = match criterion.split_once('=') {
            Some((criterion, value)) => (criterion.to_ascii_lowercase(), Some(value.to_owned())),
            None => (criterion.to_ascii_lowercase(), None),
        };
        if inline.is_some() && !WITH_VALUE.contains(&criterion.as_str()) {
            return Err(fault(place, "unsupported Match attribute".into()));
        }
        if criterion == "all" {
            // ssh lets one other criterion stand before it, for `Match final all`.
            if seen > 1 || words.next().is_some() {
                return Err(fault(
                    place,
                    "\"all\" cannot be combined with other Match attributes".into(),
                ));
            }
            seen += 1;
            result &= !negated;
            break;
        }
        seen += 1;
        if matches!(criterion.as_str(), "final" | "canonical") {
            evaluator.wants_final_pass |= criterion == "final" && !negated && !evaluator.final_pass;
            result &= evaluator.final_pass != negated;
            continue;
        }
        let Some(criterion) = WITH_VALUE.iter().copied().find(|known| **known == criterion) else {
            return Err(fault(place, "unsupported Match attribute".into()));
        };
        let may_be_empty = matches!(criterion, "tagged" | "command");
        let value =
            inline.or_else(|| words.next()).filter(|value| may_be_empty || !value.is_empty());
        let value = value
            .ok_or_else(|| fault(place, format!("missing argument for Match {criterion:?}")))?;
        match NOT_YET.contains(&criterion) {
            true => undecided = undecided.or(Some(criterion)),
            // ssh runs nothing for a line that does not apply already.
            false if criterion == "exec" && !(result && undecided.is_none() && !scope.never) => {}
            false if criterion == "exec" => result &= evaluator.runs(&value, place)? != negated,
            false if criterion == "localnetwork" => {
                result &= is_local(evaluator, &value, place)? != negated
            }
            false => result &= holds(evaluator, criterion, &value)? != negated,
        }
    }
    if seen == 0 {
        return Err(fault(place, "one or more attributes required for Match".into()));
    }
    match undecided {
        Some(criterion) if result && !scope.never => {
            Err(evaluator.not_honoured(place, format!("Match {criterion}")))
        }
        _ => Ok(result),
    }
}

fn holds(evaluator: &Evaluator<'_>, criterion: &str, value: &str) -> Result<bool, Error> {
    Ok(match criterion {
        "host" => wildcard::list_matches_caseless(&evaluator.host_so_far()?, value),
        "originalhost" => wildcard::list_matches_caseless(evaluator.original, value),
        "user" => wildcard::list_matches(evaluator.user_so_far(), value),
        "localuser" => wildcard::list_matches(&evaluator.surroundings.local_user, value),
        "command" => matches_or_both_empty(evaluator.command.unwrap_or_default(), value),
        "sessiontype" => wildcard::list_matches(session_type(evaluator), value),
        _ => matches_or_both_empty(
            evaluator.options.text(Text::Tag).map_or("", |tag| &tag.value),
            value,
        ),
    })
}

/// What is empty is matched by the empty list alone, not by `*`.
fn matches_or_both_empty(text: &str, list: &str) -> bool {
    match text {
        "" => list.is_empty(),
        text => wildcard::list_matches(text, list),
    }
}

/// As the command line and the settings so far make it; RemoteCommand does not count.
fn session_type(evaluator: &Evaluator<'_>) -> &'static str {
    match (evaluator.options.session_type, evaluator.command) {
        (Some(SessionType::None), _) => "none",
        (Some(SessionType::Subsystem), _) => "subsystem",
        (_, Some(_)) => "exec",
        (_, None) => "shell",
    }
}

/// Whether an address of this machine lies in one of the networks, `10.0.0.0/8,!10.1.0.0/16` and
/// their like.
fn is_local(evaluator: &Evaluator<'_>, list: &str, place: &Place) -> Result<bool, Error> {
    let networks: Vec<(bool, Network)> = list
        .split(',')
        .map(|entry| match entry.strip_prefix('!') {
            Some(negated) => Network::parse(negated).map(|network| (true, network)),
            None => Network::parse(entry).map(|network| (false, network)),
        })
        .collect::<Option<_>>()
        .ok_or_else(|| {
            fault(place, "localnetwork takes addresses and networks such as 10.0.0.0/8".into())
        })?;
    let addresses = (evaluator.surroundings.addresses)().map_err(|error| Error::Undecided {
        place: place.clone(),
        criterion: "localnetwork",
        why: format!("the addresses of this machine cannot be read: {error}"),
    })?;
    // As addr_match_cidr_list (addrmatch.c): a negated network takes an address out, whatever else
    // has it.
    Ok(addresses.iter().any(|address| {
        let mut lies = networks.iter().filter(|(_, network)| network.contains(*address));
        lies.clone().next().is_some() && !lies.any(|(negated, _)| *negated)
    }))
}

fn fault(place: &Place, why: String) -> Error {
    Error::BadValue { place: place.clone(), keyword: "Match", why }
}
