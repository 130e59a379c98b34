//! The criteria of a Match line.

use super::error::Error;
use super::evaluation::Evaluation;
use super::location::Location;
use super::network::Network;
use super::setting::Text;
use super::value::SessionType;
use crate::text::io_reason;
use crate::wildcard;

/// What a criterion tests.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Attribute {
    All,
    Canonical,
    Command,
    Exec,
    Final,
    Host,
    LocalNetwork,
    LocalUser,
    OriginalHost,
    SessionType,
    Tagged,
    User,
    /// The version of OpenSSH: unsupported, since sshk is not OpenSSH.
    Version,
}

const ATTRIBUTES: [(&str, Attribute); 13] = [
    ("all", Attribute::All),
    ("canonical", Attribute::Canonical),
    ("command", Attribute::Command),
    ("exec", Attribute::Exec),
    ("final", Attribute::Final),
    ("host", Attribute::Host),
    ("localnetwork", Attribute::LocalNetwork),
    ("localuser", Attribute::LocalUser),
    ("originalhost", Attribute::OriginalHost),
    ("sessiontype", Attribute::SessionType),
    ("tagged", Attribute::Tagged),
    ("user", Attribute::User),
    ("version", Attribute::Version),
];

impl Attribute {
    fn has_value(self) -> bool {
        !matches!(self, Self::All | Self::Canonical | Self::Final)
    }

    fn may_be_empty(self) -> bool {
        matches!(self, Self::Tagged | Self::Command)
    }
}

struct Criterion {
    attribute: Attribute,
    negated: bool,
    /// Empty for an attribute without a value.
    value: String,
}

/// Whether all criteria of a line match.
///
/// `never`: the line cannot apply, whatever it says. An unsupported criterion is an error, unless
/// the line does not apply for another reason.
pub(super) fn match_all(
    evaluation: &mut Evaluation<'_>,
    words: Vec<String>,
    location: &Location,
    never: bool,
) -> Result<bool, Error> {
    let criteria = parse(words).map_err(|why| Error::bad_value(location, "Match", why))?;
    let mut applies = true;
    let mut asks_version = false;
    for criterion in criteria {
        match criterion.attribute {
            Attribute::Version => asks_version = true,
            // Like ssh, run nothing for a line that does not apply anyway.
            Attribute::Exec if !applies || asks_version || never => {}
            _ => applies &= matches(evaluation, &criterion, location)? != criterion.negated,
        }
    }
    if asks_version && applies && !never {
        return Err(Error::Unsupported {
            location: location.clone(),
            what: "Match version".to_owned(),
        });
    }
    Ok(applies)
}

fn parse(words: Vec<String>) -> Result<Vec<Criterion>, String> {
    let mut words = words.into_iter();
    let mut criteria = Vec::new();
    while let Some(word) = words.next() {
        let (negated, word) = match word.strip_prefix('!') {
            Some(word) => (true, word),
            None => (false, word.as_str()),
        };
        let (name, inline) = match word.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (word, None),
        };
        let known = ATTRIBUTES.into_iter().find(|(own, _)| own.eq_ignore_ascii_case(name));
        let (name, attribute) = known
            .filter(|(_, attribute)| inline.is_none() || attribute.has_value())
            .ok_or("unsupported Match attribute")?;
        let value = if attribute.has_value() {
            inline
                .or_else(|| words.next())
                .filter(|value| attribute.may_be_empty() || !value.is_empty())
                .ok_or_else(|| format!("missing argument for Match {name:?}"))?
        } else {
            String::new()
        };
        // ssh allows one criterion before it, for `Match final all`.
        if attribute == Attribute::All && (criteria.len() > 1 || words.len() > 0) {
            return Err("\"all\" cannot be combined with other Match attributes".into());
        }
        criteria.push(Criterion { attribute, negated, value });
    }
    if criteria.is_empty() {
        return Err("one or more attributes required for Match".into());
    }
    Ok(criteria)
}

/// Whether one criterion matches, before its `!` is applied.
fn matches(
    evaluation: &mut Evaluation<'_>,
    criterion: &Criterion,
    location: &Location,
) -> Result<bool, Error> {
    let value = &criterion.value;
    Ok(match criterion.attribute {
        Attribute::All => true,
        Attribute::Canonical => evaluation.final_pass,
        Attribute::Final => {
            evaluation.wants_final_pass |= !criterion.negated && !evaluation.final_pass;
            evaluation.final_pass
        }
        Attribute::Command => matches_or_both_empty(evaluation.command.unwrap_or_default(), value),
        Attribute::Exec => evaluation.succeeds(value, location)?,
        Attribute::Host => wildcard::list_matches_ignoring_case(evaluation.host_so_far()?, value),
        Attribute::LocalNetwork => is_local(evaluation, value, location)?,
        Attribute::LocalUser => wildcard::list_matches(&evaluation.surroundings.local_user, value),
        Attribute::OriginalHost => wildcard::list_matches_ignoring_case(evaluation.original, value),
        Attribute::SessionType => wildcard::list_matches(session_type(evaluation), value),
        Attribute::Tagged => {
            let tag = evaluation.options.text(Text::Tag);
            matches_or_both_empty(tag.map_or("", |tag| &tag.value), value)
        }
        Attribute::User => wildcard::list_matches(evaluation.user_so_far(), value),
        Attribute::Version => unreachable!("match_all does not ask for the version"),
    })
}

/// An empty text matches only an empty list, not `*`.
fn matches_or_both_empty(text: &str, list: &str) -> bool {
    if text.is_empty() { list.is_empty() } else { wildcard::list_matches(text, list) }
}

/// The type of session, by the command line and the settings so far; RemoteCommand does not count.
fn session_type(evaluation: &Evaluation<'_>) -> &'static str {
    match (evaluation.options.session_type, evaluation.command) {
        (Some(SessionType::None), _) => "none",
        (Some(SessionType::Subsystem), _) => "subsystem",
        (_, Some(_)) => "exec",
        (_, None) => "shell",
    }
}

/// Whether this machine has an address in a list of networks such as `10.0.0.0/8,!10.1.0.0/16`.
fn is_local(evaluation: &Evaluation<'_>, list: &str, location: &Location) -> Result<bool, Error> {
    let (mut included, mut excluded) = (Vec::new(), Vec::new());
    for entry in list.split(',') {
        let (networks, text) = match entry.strip_prefix('!') {
            Some(negated) => (&mut excluded, negated),
            None => (&mut included, entry),
        };
        networks.push(Network::parse(text).ok_or_else(|| {
            let why = "localnetwork needs addresses or networks such as 10.0.0.0/8";
            Error::bad_value(location, "Match", why)
        })?);
    }
    let addresses = (evaluation.surroundings.addresses)().map_err(|error| Error::Undecided {
        location: location.clone(),
        criterion: "localnetwork",
        why: format!("cannot read the addresses of this machine: {}", io_reason(&error)),
    })?;
    // As addr_match_cidr_list (addrmatch.c): a negated network rules an address out, whatever else
    // contains it.
    Ok(addresses.iter().any(|address| {
        included.iter().any(|network| network.contains(*address))
            && !excluded.iter().any(|network| network.contains(*address))
    }))
}
