//! Wildcards: the `*`, `?` and `!` of ssh_config(5) PATTERNS, and the file names of glob(7) for
//! `Include`. Bytes are compared, as ssh does, and a match takes at most (text × pattern) steps.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// One step of a pattern.
#[derive(Clone, Debug)]
enum Piece {
    Star,
    One,
    Byte(u8),
    Set { negated: bool, ranges: Vec<(u8, u8)> },
}

impl Piece {
    fn takes(&self, byte: u8) -> bool {
        match self {
            Self::Star | Self::One => true,
            Self::Byte(own) => *own == byte,
            Self::Set { negated, ranges } => {
                ranges.iter().any(|(low, high)| (*low..=*high).contains(&byte)) != *negated
            }
        }
    }
}

/// Whether the whole text matches one pattern of `*` and `?`.
pub fn matches(text: &str, pattern: &str) -> bool {
    let pieces: Vec<Piece> = pattern
        .bytes()
        .map(|byte| match byte {
            b'*' => Piece::Star,
            b'?' => Piece::One,
            byte => Piece::Byte(byte),
        })
        .collect();
    run(text.as_bytes(), &pieces)
}

/// Whether a comma-separated list takes the text: one entry matches, and none that starts with `!`
/// does.
pub fn list_matches(text: &str, list: &str) -> bool {
    let mut found = false;
    for entry in list.split(',') {
        match entry.strip_prefix('!') {
            Some(negated) if matches(text, negated) => return false,
            Some(_) => {}
            None => found |= matches(text, entry),
        }
    }
    found
}

/// [`list_matches`] without regard to ASCII case, as for host names and keywords.
pub fn list_matches_caseless(text: &str, list: &str) -> bool {
    list_matches(&text.to_ascii_lowercase(), &list.to_ascii_lowercase())
}

/// Only the last star ever needs another try, so there is no exponential case.
fn run(text: &[u8], pieces: &[Piece]) -> bool {
    let (mut at, mut piece) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while at < text.len() {
        match pieces.get(piece) {
            Some(Piece::Star) => {
                retry = Some((piece + 1, at));
                piece += 1;
            }
            Some(own) if own.takes(text[at]) => (at, piece) = (at + 1, piece + 1),
            _ => match &mut retry {
                Some((after, from)) => {
                    *from += 1;
                    (at, piece) = (*from, *after);
                }
                None => return false,
            },
        }
    }
    pieces[piece..].iter().all(|piece| matches!(piece, Piece::Star))
}

/// The existing paths that an absolute glob(7) pattern names, sorted by bytes as glob(3) does in
/// the C locale. A pattern without wildcards names itself where it exists; folders that cannot be
/// read hold nothing.
pub fn glob(pattern: &Path) -> Vec<PathBuf> {
    let mut found = vec![PathBuf::from("/")];
    for component in pattern.components() {
        let std::path::Component::Normal(name) = component else {
            if component == std::path::Component::ParentDir {
                found.iter_mut().for_each(|path| path.push(".."));
            }
            continue;
        };
        found = found.iter().flat_map(|folder| entries(folder, name.as_bytes())).collect();
    }
    found.sort();
    found
}

fn entries(folder: &Path, pattern: &[u8]) -> Vec<PathBuf> {
    let Some(pieces) = glob_pieces(pattern) else {
        let path = folder.join(OsStr::from_bytes(&unescaped(pattern)));
        return if path.symlink_metadata().is_ok() { vec![path] } else { Vec::new() };
    };
    let Ok(listing) = folder.read_dir() else { return Vec::new() };
    let hidden_too = pattern.first() == Some(&b'.');
    let names = listing.filter_map(|entry| Some(entry.ok()?.file_name()));
    names
        .filter(|name| {
            (hidden_too || !name.as_bytes().starts_with(b".")) && run(name.as_bytes(), &pieces)
        })
        .map(|name| folder.join(name))
        .collect()
}

/// The pattern in pieces, or nothing where it holds no wildcard.
fn glob_pieces(pattern: &[u8]) -> Option<Vec<Piece>> {
    let (mut pieces, mut wild, mut at) = (Vec::new(), false, 0);
    while at < pattern.len() {
        let (piece, taken) = match pattern[at] {
            b'*' => (Piece::Star, 1),
            b'?' => (Piece::One, 1),
            b'\\' if at + 1 < pattern.len() => (Piece::Byte(pattern[at + 1]), 2),
            b'[' => set(&pattern[at..]).unwrap_or((Piece::Byte(b'['), 1)),
            byte => (Piece::Byte(byte), 1),
        };
        wild |= !matches!(piece, Piece::Byte(_));
        pieces.push(piece);
        at += taken;
    }
    wild.then_some(pieces)
}

/// `[abc]`, `[a-z]`, `[!a]`, `[]a]`, and how many bytes it takes; an unclosed bracket is a plain
/// one.
fn set(pattern: &[u8]) -> Option<(Piece, usize)> {
    let negated = matches!(pattern.get(1), Some(b'!' | b'^'));
    let first = if negated { 2 } else { 1 };
    let end = first + 1 + pattern.get(first + 1..)?.iter().position(|byte| *byte == b']')?;
    let mut ranges = Vec::new();
    let mut inside = &pattern[first..end];
    while let Some(&low) = inside.first() {
        let range = inside.len() > 2 && inside[1] == b'-';
        ranges.push((low, if range { inside[2] } else { low }));
        inside = &inside[if range { 3 } else { 1 }..];
    }
    Some((Piece::Set { negated, ranges }, end + 1))
}

fn unescaped(pattern: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(pattern.len());
    let mut bytes = pattern.iter().copied();
    while let Some(byte) = bytes.next() {
        out.push(if byte == b'\\' { bytes.next().unwrap_or(byte) } else { byte });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_and_question_marks_match_as_in_ssh() {
        for (text, pattern) in [
            ("web1", "web?"),
            ("web1", "*"),
            ("", "*"),
            ("", ""),
            ("a.b.c", "*.c"),
            ("abcbc", "a*bc"),
            ("web1", "w*b**1"),
        ] {
            assert!(matches(text, pattern), "{text} {pattern}");
        }
        for (text, pattern) in [
            ("web1", "web"),
            ("web1", "WEB1"),
            ("", "?"),
            ("x", ""),
            ("a.b", "*.c"),
            ("[a]", "[a-z]"),
            ("web12", "web?"),
        ] {
            assert!(!matches(text, pattern), "{text} {pattern}");
        }
    }

    #[test]
    fn a_list_is_vetoed_by_one_negated_entry_wherever_it_stands() {
        assert!(list_matches("web1", "db1,web*"));
        assert!(!list_matches("web1", "web*,!web1"));
        assert!(!list_matches("web1", "!web1,*"));
        assert!(!list_matches("web2", "!web1"), "a negated entry alone matches nothing");
        assert!(list_matches_caseless("WEB1", "Web?"));
    }

    #[test]
    fn many_stars_take_no_exponential_time() {
        assert!(!matches(&"a".repeat(5000), &format!("{}b", "*a".repeat(500))));
    }

    #[test]
    fn globs_know_sets_hidden_files_and_order() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.conf", "a.conf", ".hidden.conf", "c.txt", "[x].conf", "B.conf"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let names = |pattern: &str| -> Vec<String> {
            glob(&folder.path().join(pattern))
                .iter()
                .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
                .collect()
        };
        assert_eq!(names("*.conf"), ["B.conf", "[x].conf", "a.conf", "b.conf"]);
        assert_eq!(names("[ab].conf"), ["a.conf", "b.conf"]);
        assert_eq!(names("[!a-z].conf"), ["B.conf"]);
        assert_eq!(names("\\[x\\].conf"), ["[x].conf"]);
        assert_eq!(names(".*.conf"), [".hidden.conf"]);
        assert_eq!(names("a.conf"), ["a.conf"]);
        assert_eq!(names("none.conf"), [] as [&str; 0]);
    }
}
