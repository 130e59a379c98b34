//! The criteria of a Match line.

use super::evaluate::{Evaluator, Scope};
use super::keyword::Text;
use super::pattern;
use super::{Error, Place};

/// The criteria that need a program, an interface or a session to decide.
const NOT_YET: &[&str] = &["command", "exec", "localnetwork", "sessiontype", "version"];
const WITH_VALUE: &[&str] =
    &["command", "exec", "host", "localnetwork", "localuser", "originalhost", "sessiontype", "tagged", "user", "version"];

/// Whether all criteria hold. One that is not honoured yet is an error, unless another decides that the line does not apply.
pub(super) fn hold(evaluator: &mut Evaluator<'_>, words: Vec<String>, scope: &Scope) -> Result<bool, Error> {
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
                return Err(fault(place, "\"all\" cannot be combined with other Match attributes".into()));
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
        let value = inline.or_else(|| words.next()).filter(|value| may_be_empty || !value.is_empty());
        let value = value.ok_or_else(|| fault(place, format!("missing argument for Match {criterion:?}")))?;
        match NOT_YET.contains(&criterion) {
            true => undecided = undecided.or(Some(criterion)),
            false => result &= holds(evaluator, criterion, &value)? != negated,
        }
    }
    if seen == 0 {
        return Err(fault(place, "one or more attributes required for Match".into()));
    }
    match undecided {
        Some(criterion) if result && !scope.never => Err(evaluator.not_honoured(place, format!("Match {criterion}"))),
        _ => Ok(result),
    }
}

fn holds(evaluator: &Evaluator<'_>, criterion: &str, value: &str) -> Result<bool, Error> {
    Ok(match criterion {
        "host" => pattern::list_matches_caseless(&evaluator.host_so_far()?, value),
        "originalhost" => pattern::list_matches_caseless(evaluator.original, value),
        "user" => pattern::list_matches(evaluator.user_so_far(), value),
        "localuser" => pattern::list_matches(&evaluator.surroundings.local_user, value),
        _ => match evaluator.options.text(Text::Tag) {
            Some(tag) => pattern::list_matches(&tag.value, value),
            None => value.is_empty(),
        },
    })
}

fn fault(place: &Place, why: String) -> Error {
    Error::BadValue { place: place.clone(), keyword: "Match", why }
}
