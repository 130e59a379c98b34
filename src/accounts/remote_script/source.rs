//! The scripts as they are written, and as they are sent: without comments and indentation, and
//! with one letter for each name.
//!
//! A variable or function of a script is known by the underscore in its name. Nothing else in a
//! script has one, but for names in capitals and names of files behind a slash.

use std::collections::{BTreeMap, BTreeSet};

const PREAMBLE: &str = include_str!("preamble.sh");
const ACCOUNT: &str = include_str!("account.sh");
const LOCK: &str = include_str!("lock.sh");
const OWNER: &str = include_str!("owner.sh");
const EXISTING_FILE: &str = include_str!("existing_file.sh");

/// Adds a key line.
pub(crate) const APPEND: Script =
    Script { parts: &[PREAMBLE, ACCOUNT, LOCK, OWNER, include_str!("append.sh")] };
/// Disables lines of a key.
pub(crate) const MARK: Script =
    Script { parts: &[PREAMBLE, ACCOUNT, LOCK, OWNER, EXISTING_FILE, include_str!("mark.sh")] };
/// Removes disabled lines.
pub(crate) const DROP: Script =
    Script { parts: &[PREAMBLE, ACCOUNT, LOCK, OWNER, EXISTING_FILE, include_str!("drop.sh")] };
/// Shows files with their permissions and owners.
pub(crate) const LOOK: Script = Script { parts: &[PREAMBLE, ACCOUNT, include_str!("look.sh")] };
/// Says which files the server reads.
pub(crate) const SURVEY: Script = Script { parts: &[PREAMBLE, include_str!("survey.sh")] };
/// Removes group and other write permission.
pub(crate) const REMOVE_WRITE_PERMISSION: Script =
    Script { parts: &[PREAMBLE, include_str!("remove_write_permission.sh")] };

/// Every script, with the most bytes that its command may have.
#[cfg(test)]
pub(super) const SCRIPTS: &[(&str, &Script, usize)] = &[
    ("append", &APPEND, 5600),
    ("mark", &MARK, 2800),
    ("drop", &DROP, 3550),
    ("look", &LOOK, 1980),
    ("survey", &SURVEY, 2472),
    ("remove_write_permission", &REMOVE_WRITE_PERMISSION, 649),
];

/// Short names of variables. Nothing in a script is named by a single letter.
const LETTERS: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// A script as it is written.
#[derive(Debug)]
pub(crate) struct Script {
    parts: &'static [&'static str],
}

/// A script as it is sent.
#[derive(Debug)]
pub(super) struct Shortened {
    lines: Vec<String>,
    names: BTreeMap<String, String>,
}

impl Script {
    #[cfg(test)]
    pub(super) fn of(parts: &'static [&'static str]) -> Self {
        Self { parts }
    }

    pub(super) fn shortened(&self) -> Shortened {
        let names = self.short_names();
        let lines = self.lines().map(|line| with_names(line, &names)).collect();
        Shortened { lines, names }
    }

    /// The lines that do something, without their indentation.
    fn lines(&self) -> impl Iterator<Item = &'static str> {
        let lines = self.parts.iter().flat_map(|part| part.lines()).map(str::trim_start);
        lines.filter(|line| !line.is_empty() && !line.starts_with('#'))
    }

    /// A function keeps an underscore: a letter alone can be an alias of the shell (`r` of ksh).
    fn short_names(&self) -> BTreeMap<String, String> {
        let names: BTreeSet<&str> =
            self.lines().flat_map(words).filter(|word| is_name(word)).collect();
        let is_function =
            |name: &str| self.lines().any(|line| line.starts_with(&format!("{name}()")));
        let (functions, variables): (Vec<&str>, Vec<&str>) =
            names.into_iter().partition(|name| is_function(name));
        let variables = variables.into_iter().zip(LETTERS.chars());
        let functions = functions.into_iter().zip(LETTERS.chars());
        variables
            .map(|(name, letter)| (name.to_owned(), letter.to_string()))
            .chain(functions.map(|(name, letter)| (name.to_owned(), format!("_{letter}"))))
            .collect()
    }
}

impl Shortened {
    /// Each is one word of the command.
    pub fn lines(&self) -> &[String] {
        &self.lines
    }

    /// The short form of a name of the source.
    pub fn name<'a>(&'a self, name: &'a str) -> &'a str {
        self.names.get(name).map_or(name, String::as_str)
    }
}

fn with_names(line: &str, names: &BTreeMap<String, String>) -> String {
    words(line).map(|word| names.get(word).map_or(word, String::as_str)).collect()
}

/// The line in pieces: names with everything that could belong to them, and what is between them. A
/// slash belongs to the name after it.
fn words(line: &str) -> impl Iterator<Item = &str> {
    let is_of_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let mut rest = line;
    std::iter::from_fn(move || {
        let bytes = rest.as_bytes();
        let slash = usize::from(bytes.first() == Some(&b'/'));
        let name = bytes[slash..].iter().take_while(|byte| is_of_name(**byte)).count();
        let length = if name > 0 { slash + name } else { rest.chars().next()?.len_utf8() };
        let (word, after) = rest.split_at(length);
        rest = after;
        Some(word)
    })
}

/// Whether a word is a variable or function of a script.
fn is_name(word: &str) -> bool {
    word.contains('_')
        && word.starts_with(|c: char| c.is_ascii_lowercase())
        && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_letters_and_nothing_else_changes() {
        let script = Script::of(&[
            "# names\n  say_line() { echo $1 >/etc/my_file; }\n\n",
            "new_line=x_y; PATH=$PATH:/a_b say_line \"${new_line}z\" $new_line_X\n",
        ]);
        let short = script.shortened();
        assert_eq!(
            short.lines(),
            ["_a() { echo $1 >/etc/my_file; }", "a=b; PATH=$PATH:/a_b _a \"${a}z\" $new_line_X",]
        );
        assert_eq!((short.name("new_line"), short.name("say_line")), ("a", "_a"));
    }

    #[test]
    fn every_name_of_a_script_has_a_letter_of_its_own() {
        for (script_name, script, _) in SCRIPTS {
            let short = script.shortened();
            let distinct: BTreeSet<_> = short.names.values().collect();
            assert_eq!(distinct.len(), short.names.len(), "{script_name}");
            let names: BTreeSet<_> =
                script.lines().flat_map(words).filter(|word| is_name(word)).collect();
            assert_eq!(names.len(), short.names.len(), "{script_name} has more names than letters");
            // Expanded again, it is the source.
            let long = short.names.iter().map(|(long, short)| (short.clone(), long.clone()));
            let (long, mut restored): (BTreeMap<_, _>, Vec<_>) = (long.collect(), Vec::new());
            for (line, source) in short.lines.iter().zip(script.lines()) {
                let back = words(line).zip(words(source)).map(|(short, source)| {
                    if is_name(source) { long[short].as_str() } else { short }
                });
                restored.push(back.collect::<String>());
            }
            assert!(restored.iter().map(String::as_str).eq(script.lines()), "{script_name}");
        }
    }

    #[test]
    fn no_script_has_a_variable_or_function_without_an_underscore() {
        for (script_name, script, _) in SCRIPTS {
            for line in script.lines() {
                let pieces: Vec<&str> = words(line).collect();
                for (at, word) in pieces.iter().enumerate() {
                    let is_used =
                        pieces[..at].ends_with(&["$"]) || pieces[..at].ends_with(&["$", "{"]);
                    let is_assigned = at == 0 && pieces.get(1) == Some(&"=");
                    let is_short =
                        word.starts_with(|c: char| c.is_ascii_lowercase()) && !is_name(word);
                    assert!(
                        !(is_short && (is_used || is_assigned)),
                        "{script_name}: {word:?} in {line}"
                    );
                }
            }
        }
    }
}
