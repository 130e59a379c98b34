//! The file names of an Include: glob(7) over the directories of this machine.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

use crate::wildcard;

/// One element of the pattern for a file name.
#[derive(Clone, Debug)]
enum Element {
    Star,
    AnyByte,
    Byte(u8),
    Set { negated: bool, ranges: Vec<(u8, u8)> },
}

impl Element {
    fn accepts(&self, byte: u8) -> bool {
        match self {
            Self::Star | Self::AnyByte => true,
            Self::Byte(own) => *own == byte,
            Self::Set { negated, ranges } => {
                ranges.iter().any(|(low, high)| (*low..=*high).contains(&byte)) != *negated
            }
        }
    }
}

/// The existing paths that match an absolute pattern, sorted by bytes as glob(3) does in the C
/// locale.
///
/// A pattern without wildcards matches its own path, if that exists; folders that cannot be read
/// count as empty.
pub(super) fn paths(pattern: &Path) -> Vec<PathBuf> {
    let mut found = vec![PathBuf::from("/")];
    for component in pattern.components() {
        match component {
            Component::Normal(name) => {
                found = found.iter().flat_map(|folder| entries(folder, name.as_bytes())).collect();
            }
            Component::ParentDir => found.iter_mut().for_each(|path| path.push("..")),
            _ => {}
        }
    }
    found.sort();
    found
}

fn entries(folder: &Path, pattern: &[u8]) -> Vec<PathBuf> {
    let elements = elements(pattern);
    if elements.iter().all(|element| matches!(element, Element::Byte(_))) {
        let path = folder.join(OsStr::from_bytes(&unescaped(pattern)));
        return if path.symlink_metadata().is_ok() { vec![path] } else { Vec::new() };
    }
    let Ok(listing) = folder.read_dir() else { return Vec::new() };
    let includes_hidden = pattern.first() == Some(&b'.');
    let is_star = |element: &Element| matches!(element, Element::Star);
    let names = listing.filter_map(|entry| Some(entry.ok()?.file_name()));
    names
        .filter(|name| includes_hidden || !name.as_bytes().starts_with(b"."))
        .filter(|name| {
            wildcard::matches_elements(name.as_bytes(), &elements, is_star, Element::accepts)
        })
        .map(|name| folder.join(name))
        .collect()
}

fn elements(pattern: &[u8]) -> Vec<Element> {
    let (mut elements, mut at) = (Vec::new(), 0);
    while at < pattern.len() {
        let (element, length) = match pattern[at] {
            b'*' => (Element::Star, 1),
            b'?' => (Element::AnyByte, 1),
            b'\\' if at + 1 < pattern.len() => (Element::Byte(pattern[at + 1]), 2),
            b'[' => set(&pattern[at..]).unwrap_or((Element::Byte(b'['), 1)),
            byte => (Element::Byte(byte), 1),
        };
        elements.push(element);
        at += length;
    }
    elements
}

/// `[abc]`, `[a-z]`, `[!a]` or `[]a]` at the start of the pattern, and its length in bytes. `None`
/// if the bracket is not closed: then it is an ordinary character.
fn set(pattern: &[u8]) -> Option<(Element, usize)> {
    let negated = matches!(pattern.get(1), Some(b'!' | b'^'));
    let first = if negated { 2 } else { 1 };
    let end = first + 1 + pattern.get(first + 1..)?.iter().position(|byte| *byte == b']')?;
    let mut ranges = Vec::new();
    let mut inside = &pattern[first..end];
    while let Some(&low) = inside.first() {
        let is_range = inside.len() > 2 && inside[1] == b'-';
        ranges.push((low, if is_range { inside[2] } else { low }));
        inside = &inside[if is_range { 3 } else { 1 }..];
    }
    Some((Element::Set { negated, ranges }, end + 1))
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
    fn globs_know_sets_and_hidden_files_and_are_sorted() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.conf", "a.conf", ".hidden.conf", "c.txt", "[x].conf", "B.conf"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let names = |pattern: &str| -> Vec<String> {
            paths(&folder.path().join(pattern))
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
