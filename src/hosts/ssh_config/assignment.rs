//! A value on its line: how it is parsed, and how it fills a setting that has no value yet.

use std::collections::BTreeMap;

use super::hops;
use super::line::Words;
use super::location::Location;
use super::surroundings::Surroundings;
use super::value::EscapeChar;

/// readconf.h: SSH_MAX_HOSTS_FILES, MAX_CANON_DOMAINS.
const MAX_HOSTS_FILES: usize = 32;
const MAX_CANONICAL_DOMAINS: usize = 32;

/// A value and where it was set.
#[derive(Clone, Debug)]
pub(super) struct Located<T> {
    pub value: T,
    pub location: Location,
}

/// A setting's value on one line, and whether the line applies.
pub(super) struct Assignment<'a> {
    /// As written, quotes and `#` included.
    pub raw: &'a str,
    pub words: &'a mut Words,
    pub active: bool,
    pub location: &'a Location,
    pub surroundings: &'a Surroundings,
}

impl Assignment<'_> {
    pub(super) fn located<T>(&self, value: T) -> Located<T> {
        Located { value, location: self.location.clone() }
    }

    /// The word, as one of those that the setting accepts.
    pub(super) fn choice<T: Copy>(&mut self, choices: &[(&str, T)]) -> Result<T, String> {
        let word = self.words.take()?;
        let found = choices.iter().find(|(name, _)| name.eq_ignore_ascii_case(&word));
        found.map(|(_, value)| *value).ok_or_else(|| {
            let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
            format!("must be one of {}", names.join(", "))
        })
    }

    /// The rest of the line as a command: as written, without a second `=`.
    pub(super) fn command(&mut self) -> &str {
        self.words.take_all();
        self.raw.trim_start_matches([' ', '\t', '\r', '\n', '='])
    }

    /// Fills a setting that has no value yet, if the line applies.
    pub(super) fn fill<T>(&self, slot: &mut Option<T>, value: T) {
        if self.active && slot.is_none() {
            *slot = Some(value);
        }
    }

    pub(super) fn fill_entry<K: Ord, T>(&self, slots: &mut BTreeMap<K, T>, key: K, value: T) {
        if self.active {
            slots.entry(key).or_insert(value);
        }
    }
}

pub(super) fn file_list(words: &mut Words) -> Result<Vec<String>, String> {
    let files = words.take_all();
    if files.iter().any(String::is_empty) {
        return Err("a value is empty".into());
    }
    if files.len() > 1 && files.iter().any(|file| hops::is_none(file)) {
        return Err("\"none\" must be the only value".into());
    }
    if files.len() > MAX_HOSTS_FILES {
        return Err(format!("too many files (at most {MAX_HOSTS_FILES})"));
    }
    Ok(files)
}

/// Domains to look a name up in; `none` for an empty list.
pub(super) fn domains(words: &mut Words) -> Result<Vec<String>, String> {
    let domains = words.take_all();
    let is_domain = |name: &String| {
        !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
    };
    if domains.is_empty() || !domains.iter().all(is_domain) {
        return Err("must be domain names".into());
    }
    if domains.len() > MAX_CANONICAL_DOMAINS {
        return Err(format!("too many domains (at most {MAX_CANONICAL_DOMAINS})"));
    }
    if !domains.iter().any(|name| hops::is_none(name)) {
        Ok(domains)
    } else if domains.len() > 1 {
        Err("\"none\" must be the only value".into())
    } else {
        Ok(Vec::new())
    }
}

/// `none`, a character, or `^` and a letter for a control character.
pub(super) fn escape_char(word: &str) -> Result<EscapeChar, String> {
    match word.as_bytes() {
        b"none" => Ok(EscapeChar::None),
        [byte] => Ok(EscapeChar::Byte(*byte)),
        [b'^', letter @ 64..=127] => Ok(EscapeChar::Byte(letter & 31)),
        _ => Err("must be none, one character, or ^ and a letter".into()),
    }
}

pub(super) fn variables(words: &mut Words) -> Result<Vec<(String, String)>, String> {
    let mut variables: Vec<(String, String)> = Vec::new();
    for word in words.take_all() {
        let (name, value) = word.split_once('=').ok_or("must have the form NAME=VALUE")?;
        if !variables.iter().any(|(own, _)| own == name) {
            variables.push((name.to_owned(), value.to_owned()));
        }
    }
    if variables.is_empty() { Err("missing value".into()) } else { Ok(variables) }
}

/// Checks the name of an agent's socket: `${NAME}` must be set when the line is read, and `$NAME`
/// must be the name of a variable (readconf.c, parse_agent_path).
pub(super) fn check_agent(value: &str, surroundings: &Surroundings) -> Result<(), String> {
    let mut rest = value;
    while let Some((_, after)) = rest.split_once("${") {
        let (name, after) = after.split_once('}').ok_or("missing } after ${")?;
        if name.is_empty() || (surroundings.env)(name).is_none() {
            return Err(format!("environment variable {name:?} is not set"));
        }
        rest = after;
    }
    match value.strip_prefix('$') {
        Some(name) if !name.starts_with('{') && !is_variable_name(name) => {
            Err("must be a path or the name of an environment variable".into())
        }
        _ => Ok(()),
    }
}

fn is_variable_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
