//! Reads the configuration line by line: Host, Match, Include, and which lines apply.

use std::path::Path;

use super::assignment::{Assignment, Located};
use super::criteria;
use super::error::Error;
use super::evaluation::Evaluation;
use super::expand;
use super::glob;
use super::keyword::{self, Keyword};
use super::line::{self, Words};
use super::location::{IgnoredSetting, Location};
use super::setting::Text;
use super::source;
use crate::wildcard;

/// readconf.c: READCONF_MAX_DEPTH.
const MAX_DEPTH: usize = 16;

/// Whose file it is (the user's or the system's): relative includes and `~` depend on it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    User,
    System,
}

/// The context of a line.
#[derive(Clone)]
struct Scope {
    location: Location,
    owner: Owner,
    /// Whether the lines that follow apply.
    active: bool,
    /// Included from a block that does not apply: nothing in this file can.
    never: bool,
    depth: usize,
}

impl Scope {
    fn of_file(path: &Path, owner: Owner) -> Self {
        let location = Location { file: Some(path.to_owned()), line: 0 };
        Self { location, owner, active: true, never: false, depth: 0 }
    }
}

/// Reads a `-o` option.
pub(super) fn read_option(evaluation: &mut Evaluation<'_>, text: &str) -> Result<(), Error> {
    let mut scope = Scope {
        location: Location::COMMAND_LINE,
        owner: Owner::User,
        active: true,
        never: false,
        depth: 0,
    };
    read_line(evaluation, text, &mut scope)
}

/// Reads a file and what it includes. Returns whether it exists.
///
/// With `check_owner`, the file must be safe from other users.
pub(super) fn read_file(
    evaluation: &mut Evaluation<'_>,
    path: &Path,
    owner: Owner,
    check_owner: bool,
) -> Result<bool, Error> {
    read_lines(evaluation, path, Scope::of_file(path, owner), check_owner)
}

/// Reads the text of a user's file that would be called `name`.
pub(super) fn read_text(
    evaluation: &mut Evaluation<'_>,
    name: &Path,
    bytes: &[u8],
) -> Result<(), Error> {
    read_bytes(evaluation, name, bytes, Scope::of_file(name, Owner::User))
}

fn read_lines(
    evaluation: &mut Evaluation<'_>,
    path: &Path,
    scope: Scope,
    check_owner: bool,
) -> Result<bool, Error> {
    let uid = check_owner.then_some(evaluation.surroundings.uid);
    let Some(bytes) = source::read(path, uid)? else { return Ok(false) };
    read_bytes(evaluation, path, &bytes, scope)?;
    Ok(true)
}

fn read_bytes(
    evaluation: &mut Evaluation<'_>,
    path: &Path,
    bytes: &[u8],
    mut scope: Scope,
) -> Result<(), Error> {
    for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        scope.location = Location {
            file: Some(path.to_owned()),
            line: u32::try_from(index + 1).unwrap_or(u32::MAX),
        };
        match std::str::from_utf8(line) {
            Ok(line) if !line.contains('\0') => read_line(evaluation, line, &mut scope)?,
            _ if line.trim_ascii_start().starts_with(b"#") => {}
            _ => {
                let why = "not valid UTF-8 text";
                return Err(Error::BadLine { location: scope.location, why });
            }
        }
    }
    Ok(())
}

fn read_line(evaluation: &mut Evaluation<'_>, text: &str, scope: &mut Scope) -> Result<(), Error> {
    let location = scope.location.clone();
    let bad_line = |why| Error::BadLine { location: location.clone(), why };
    let Some(line) = line::split(text).map_err(bad_line)? else { return Ok(()) };
    let Some((name, keyword)) = keyword::lookup(&line.keyword) else {
        if ignores_unknown(evaluation, &line.keyword) {
            return Ok(());
        }
        return Err(Error::BadOption { location, keyword: line.keyword });
    };
    let mut words = line::words(line.rest).map_err(bad_line)?;
    let fault = |why: String| Error::bad_value(&location, name, why);
    if line.rest.is_empty() {
        return Err(fault("missing value".into()));
    }
    if scope.active {
        evaluation.written.add(name, line.rest, words.left());
    }
    match keyword {
        Keyword::Host | Keyword::Match | Keyword::Include if location.file.is_none() => {
            return Err(fault("not supported as a command-line option".into()));
        }
        Keyword::Host => {
            let applies = host_applies(&evaluation.host, &mut words).map_err(fault)?;
            scope.active = applies && !scope.never;
        }
        Keyword::Match => {
            let words = words.take_all();
            let applies = criteria::match_all(evaluation, words, &location, scope.never)?;
            scope.active = applies && !scope.never;
        }
        Keyword::Include => include(evaluation, words.take_all(), scope)?,
        Keyword::RefuseConnection => {
            let reason = words.take().map_err(fault)?;
            if scope.active {
                return Err(Error::Refused { location, reason });
            }
        }
        Keyword::Unsupported(_) | Keyword::Ignored => {
            let value = words.next().unwrap_or_default();
            words.take_all();
            if scope.active {
                note(evaluation, keyword, name, Located { value, location: location.clone() });
            }
        }
        Keyword::Setting(setting) => {
            let surroundings = evaluation.surroundings;
            let value = Assignment {
                raw: line.rest,
                words: &mut words,
                active: scope.active,
                location: &location,
                surroundings,
            };
            evaluation.options.set(setting, value).map_err(fault)?;
        }
    }
    if words.is_empty() { Ok(()) } else { Err(fault("extra arguments at end of line".into())) }
}

fn ignores_unknown(evaluation: &Evaluation<'_>, keyword: &str) -> bool {
    evaluation
        .options
        .text(Text::IgnoreUnknown)
        .is_some_and(|list| wildcard::list_matches_ignoring_case(keyword, &list.value))
}

/// Remembers an ignored keyword, or an unsupported one: whether that one matters is known only at
/// the end.
fn note(
    evaluation: &mut Evaluation<'_>,
    keyword: Keyword,
    name: &'static str,
    value: Located<String>,
) {
    if let Keyword::Unsupported(harmless) = keyword {
        if !evaluation.unsupported.iter().any(|(own, ..)| *own == name) {
            evaluation.unsupported.push((name, harmless, value));
        }
        return;
    }
    let setting = IgnoredSetting { location: value.location, keyword: name };
    if !evaluation.ignored.contains(&setting) {
        evaluation.ignored.push(setting);
    }
}

fn include(
    evaluation: &mut Evaluation<'_>,
    names: Vec<String>,
    scope: &Scope,
) -> Result<(), Error> {
    let surroundings = evaluation.surroundings;
    let location = &scope.location;
    let fault = |why: String| Error::bad_value(location, "Include", why);
    for name in names {
        if name.is_empty() {
            return Err(fault("a value is empty".into()));
        }
        let name =
            evaluation.tokens_so_far()?.percent_dollar(&name, surroundings).map_err(fault)?;
        if name.starts_with('~') && scope.owner == Owner::System {
            return Err(fault("~ cannot be used in a system file".into()));
        }
        let folder = match scope.owner {
            Owner::User => surroundings.home.join(".ssh"),
            Owner::System => surroundings.system_folder().to_owned(),
        };
        let (home, rest) = expand::split_tilde(&name, surroundings).map_err(fault)?;
        for path in glob::paths(&home.unwrap_or(folder).join(rest)) {
            if scope.depth == MAX_DEPTH {
                return Err(Error::TooDeep { location: location.clone(), limit: MAX_DEPTH });
            }
            // ssh opens a directory and finds nothing in it.
            if path.is_dir() {
                continue;
            }
            // A Host or Match in the included file ends with it.
            let inner = Scope { depth: scope.depth + 1, never: !scope.active, ..scope.clone() };
            read_lines(evaluation, &path, inner, true)?;
        }
    }
    Ok(())
}

/// Whether one pattern of a Host line matches the host and no negated one does. Case counts, as in
/// ssh.
fn host_applies(host: &str, words: &mut Words) -> Result<bool, String> {
    let patterns = words.take_all();
    if patterns.iter().any(String::is_empty) {
        return Err("a value is empty".into());
    }
    let mut applies = false;
    for pattern in &patterns {
        match pattern.strip_prefix('!') {
            Some(negated) if wildcard::matches(host, negated) => return Ok(false),
            Some(_) => {}
            None => applies |= wildcard::matches(host, pattern),
        }
    }
    Ok(applies)
}
