//! Which bytes of an authorized_keys file become `#` to disable a key, and which lines were
//! disabled that way before.

use std::ops::Range;
use std::sync::Arc;

use ssh_key::PublicKey;

use crate::accounts::authorized_keys::{
    AuthorizedKeys, Content, Line, lost_letter, unknown_option,
};
use crate::accounts::key_line::KeyFields;

/// One byte that becomes `#`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The line's number, from 1.
    pub line: usize,
    /// The byte, from 0.
    pub at: usize,
    /// The byte after the key's blob.
    pub end: usize,
    /// How much of the line the byte disables.
    pub scope: MarkScope,
    /// The key can log in by this line now.
    pub is_in_force: bool,
    /// The line as it is, without its newline; shared by the marks of one line.
    pub text: Arc<[u8]>,
}

/// How much of a line a mark disables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkScope {
    /// The whole line.
    Line,
    /// The part after another key, which comes first in the same line and stays as it is.
    PartOfLine,
}

/// Every place in `file` where `key` is used as a key, and the lines that have it only inside
/// another key's options.
pub fn marks(file: &AuthorizedKeys, key: &PublicKey) -> (Vec<Mark>, Vec<usize>) {
    let Some(wanted) = Wanted::new(key) else { return (Vec::new(), Vec::new()) };
    let (mut marks, mut in_options) = (Vec::new(), Vec::new());
    let mut start = 0;
    for line in file.lines() {
        let found = match line.content {
            Content::Blank | Content::Comment => Vec::new(),
            // As sshd reads it: a word other than the key's own type can be in front of its blob
            // (rsa-sha2-512).
            Content::Key(entry)
                if entry.key().is_some_and(|key| key.as_bytes() == wanted.bytes) =>
            {
                let end = offset(line.bytes, entry.blob) + entry.blob.trim_ascii_end().len();
                std::iter::once(0..end).collect()
            }
            _ => wanted.found_in(line.bytes).collect(),
        };
        if !found.is_empty() {
            match of_line(&line, &found) {
                Some(places) => {
                    let text: Arc<[u8]> = line.bytes.into();
                    marks.extend(places.into_iter().map(|(scope, place)| Mark {
                        line: line.number,
                        at: start + if scope == MarkScope::Line { 0 } else { place.start },
                        end: start + place.end,
                        scope,
                        is_in_force: scope == MarkScope::Line
                            && matches!(line.content, Content::Key(_)),
                        text: text.clone(),
                    }));
                }
                None => in_options.push(line.number),
            }
        }
        start += line.bytes.len() + 1;
    }
    (marks, in_options)
}

/// The places to mark in one line; `None` if the key is only inside another key's options, which
/// are not ours to change.
fn of_line(line: &Line<'_>, found: &[Range<usize>]) -> Option<Vec<(MarkScope, Range<usize>)>> {
    let whole = |place: &Range<usize>| Some(vec![(MarkScope::Line, place.clone())]);
    let parts = |places: &[Range<usize>]| {
        places.iter().map(|place| (MarkScope::PartOfLine, place.clone())).collect::<Vec<_>>()
    };
    let Content::Key(entry) = line.content else {
        // A dead line: a key in front of this one stays as it is.
        let first = &found[0];
        return if holds_a_key(&line.bytes[..first.start]) {
            Some(parts(found))
        } else {
            whole(first)
        };
    };
    // Where the line's key is in it.
    let at = offset(line.bytes, entry.blob);
    if found[0].start == 0 && found[0].end == at + entry.blob.trim_ascii_end().len() {
        return whole(&found[0]);
    }
    let behind: Vec<_> = found.iter().filter(|place| place.start >= at).cloned().collect();
    (!behind.is_empty()).then(|| parts(&behind))
}

/// Where a part of a line begins.
fn offset(line: &[u8], part: &[u8]) -> usize {
    part.as_ptr() as usize - line.as_ptr() as usize
}

/// The lines, from 1, that a [`Mark`] of this key disabled, with their bytes and newlines. Only
/// what a mark leaves counts: the key's type without its first letter, or an option of sshd(8)
/// without its first. A line that was commented out by hand, with the whole key behind its `#`, is
/// not one.
pub fn marked(file: &AuthorizedKeys, key: &PublicKey) -> Vec<(usize, Range<usize>)> {
    let Some(wanted) = Wanted::new(key) else { return Vec::new() };
    let mut lines = Vec::new();
    let mut start = 0;
    for line in file.lines() {
        let end = (start + line.bytes.len() + 1).min(file.as_bytes().len());
        if line.bytes.first() == Some(&b'#') && wanted.is_marked(&line.bytes[1..]) {
            lines.push((line.number, start..end));
        }
        start = end;
    }
    lines
}

/// Whether another key is in this part of a line: a type and a blob that begins as that type's
/// does.
fn holds_a_key(text: &[u8]) -> bool {
    let is_blank = |byte: &u8| *byte == b' ' || *byte == b'\t';
    (4..text.len()).any(|at| {
        text[at..].starts_with(b"AAAA") && is_blank(&text[at - 1]) && {
            let name = text[..at].trim_ascii_end();
            [
                "ssh-rsa",
                "ssh-dss",
                "ssh-ed25519",
                "ecdsa-sha2-nistp256",
                "ecdsa-sha2-nistp384",
                "ecdsa-sha2-nistp521",
                "@openssh.com",
            ]
            .iter()
            .any(|kind| name.ends_with(kind.as_bytes()))
        }
    })
}

/// A key as it is in a line.
struct Wanted {
    algorithm: Vec<u8>,
    bytes: Vec<u8>,
    /// As base64.
    blob: Vec<u8>,
}

impl Wanted {
    fn new(key: &PublicKey) -> Option<Self> {
        let KeyFields { key_type, blob } = KeyFields::of(key).ok()?;
        let bytes = key.to_bytes().ok()?;
        Some(Self { algorithm: key_type.into_bytes(), bytes, blob: blob.into_bytes() })
    }

    /// From the type's first byte to the blob's last, wherever the two are with spaces or tabs
    /// between them.
    fn found_in<'a>(&'a self, text: &'a [u8]) -> impl Iterator<Item = Range<usize>> + 'a {
        let places = (0..text.len().saturating_sub(self.blob.len() - 1))
            .filter(|at| text[*at..].starts_with(&self.blob));
        places.filter_map(|at| {
            let before = text[..at].trim_ascii_end();
            (before.len() < at && before.ends_with(&self.algorithm))
                .then(|| before.len() - self.algorithm.len()..at + self.blob.len())
        })
    }

    /// `rest` is what is behind the `#`.
    fn is_marked(&self, rest: &[u8]) -> bool {
        // The line was the key alone.
        let blob = |text: &[u8]| {
            let text = text.strip_suffix(b"\r").unwrap_or(text);
            let trimmed = text.trim_ascii_start();
            trimmed.len() < text.len()
                && trimmed
                    .strip_prefix(&*self.blob)
                    .is_some_and(|after| after.first().is_none_or(u8::is_ascii_whitespace))
        };
        if rest.strip_prefix(&self.algorithm[1..]).is_some_and(blob) {
            return true;
        }
        if !rest.windows(self.blob.len()).any(|window| window == self.blob) {
            return false;
        }
        // It began with an option: with its letter back, it is a line of this key that sshd
        // accepts.
        lost_letter(rest).is_some_and(|letter| {
            let restored = AuthorizedKeys::new([&[letter], rest].concat());
            let mut lines = restored.lines();
            matches!(lines.next().map(|line| line.content), Some(Content::Key(entry))
                if entry.blob == self.blob
                    && !entry.options.is_empty()
                    && unknown_option(entry.options).is_none())
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const A: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0dN5o9dr0YnBBdKhTlX1hZsCQvDk4oA8uYqZlHxW2R";
    const B: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti";

    fn key(text: &str) -> PublicKey {
        PublicKey::from_openssh(text).unwrap()
    }

    /// The file when A is disabled, and the lines that have A only in options.
    fn revoked(file: &str) -> (String, Vec<usize>) {
        let mut bytes = file.as_bytes().to_vec();
        let (marks, in_options) = marks(&AuthorizedKeys::new(file), &key(A));
        for mark in marks {
            assert!(bytes[..mark.end].ends_with(A.split_once(' ').unwrap().1.as_bytes()));
            bytes[mark.at] = b'#';
        }
        (String::from_utf8(bytes).unwrap(), in_options)
    }

    #[test]
    fn one_byte_of_each_line_changes() {
        let a = &A[1..];
        for (file, wanted) in [
            (format!("{A}\n"), format!("#{a}\n")),
            (format!("{B}\n{A} ann\r\n{B}\n{A}"), format!("{B}\n#{a} ann\r\n{B}\n#{a}")),
            (
                format!("restrict,command=\"echo {B}\" {A} x\n"),
                format!("#estrict,command=\"echo {B}\" {A} x\n"),
            ),
            (format!("cert-authority {A}\n"), format!("#ert-authority {A}\n")),
            (format!("frobnicate {A}\n"), format!("#robnicate {A}\n")),
            (format!("  {A}\n"), format!("# {A}\n")),
            (format!("\t{A}\n"), format!("#{A}\n")),
            (format!("ssh-ed25519 \t {}\n", &A[12..]), format!("#sh-ed25519 \t {}\n", &A[12..])),
            // Two keys on one line: the other key stays, and its line with it if it comes first.
            (format!("{A} ann{B} bob\n"), format!("#{a} ann{B} bob\n")),
            (format!("{B} bob{A} ann\n"), format!("{B} bob#{a} ann\n")),
            (format!("{B}{A}\n"), format!("{B}#{a}\n")),
            (format!("{A}{B}\n"), format!("#{a}{B}\n")),
            (
                format!("{B} # snapd {{\"origin\":\"store\"}}{A}\n"),
                format!("{B} # snapd {{\"origin\":\"store\"}}#{a}\n"),
            ),
            (format!("{A}{A}\n"), format!("#{a}{A}\n")),
        ] {
            assert_eq!(revoked(&file), (wanted, vec![]), "{file:?}");
        }
        let bom = format!("\u{feff}{A}\n");
        let (marks, _) = marks(&AuthorizedKeys::new(bom), &key(A));
        assert_eq!(
            (marks[0].at, marks[0].scope, marks[0].is_in_force),
            (0, MarkScope::Line, false)
        );
    }

    #[test]
    fn what_is_not_the_key_is_left_alone() {
        for file in [
            String::new(),
            format!("{B}\n"),
            format!("#{A}\n # {A}\n"),
            format!("{B} {}\n", &A[12..]),
            format!("{A}x\n").replace("W2Rx", "W2x"),
        ] {
            assert_eq!(revoked(&file), (file.clone(), vec![]), "{file:?}");
        }
        let quoted = format!("{B}\ncommand=\"echo {A}\" {B}\n");
        assert_eq!(revoked(&quoted), (quoted, vec![2]));
    }

    #[test]
    fn only_lines_that_a_mark_disabled_count_as_disabled() {
        let lines = |file: &str| {
            marked(&AuthorizedKeys::new(file), &key(A))
                .into_iter()
                .map(|(line, _)| line)
                .collect::<Vec<_>>()
        };
        for line in [
            A.to_owned(),
            format!("{A} ann"),
            format!("restrict {A}"),
            format!("from=\"10.*\",command=\"a b\" {A} x"),
            format!("{A} ann\r"),
        ] {
            let (file, _) = revoked(&format!("{B}\n{line}\n{B}\n"));
            assert_eq!(lines(&file), [2], "{file:?}");
            let (file, _) = revoked(&line);
            assert_eq!(marked(&AuthorizedKeys::new(&*file), &key(A)), [(1, 0..file.len())]);
        }
        for line in [
            A.to_owned(),
            format!("#{A}"),
            format!("# {A}"),
            format!("#{}", &B[1..]),
            format!("{B} ann#{}", &A[1..]),
            format!("# was: {A}"),
        ] {
            assert_eq!(lines(&line), [0; 0], "{line:?}");
        }
    }

    #[test]
    fn a_carriage_return_behind_the_blob_hides_no_key() {
        let (marks, _) = marks(&AuthorizedKeys::new(format!("{A}\r ann\n")), &key(A));
        assert_eq!(
            (marks.len(), marks[0].at, marks[0].scope, marks[0].is_in_force),
            (1, 0, MarkScope::Line, true)
        );
    }

    #[test]
    fn a_marked_file_has_nothing_left_to_mark() {
        let (file, _) = revoked(&format!("{A}\nrestrict {A}\n{B}{A}\n"));
        assert_eq!(revoked(&file), (file.clone(), vec![]));
    }

    fn in_force(file: &[u8]) -> Vec<(usize, Vec<u8>)> {
        let keys = AuthorizedKeys::new(file);
        let blobs = keys.lines().filter_map(|line| match line.content {
            // Not its base64, which can contain a carriage return.
            Content::Key(entry) => Some((line.number, entry.key()?.as_bytes().to_vec())),
            _ => None,
        });
        blobs.collect()
    }

    proptest! {
        #[test]
        fn the_key_is_disabled_and_every_other_stays(parts in prop::collection::vec(
            prop::sample::select(vec![
            A, B, &A[1..], &A[12..], "\n", "\n", "\n", " ", "\t", "\r", "\0", "#", "\"", "\\",
            ",", "restrict", "command=\"a b\"",
            "cert-authority", "from=\"", "frobnicate", "ann", "\u{feff}", "ssh-ed25519", "x",
        ]), 0..40)) {
            let before = parts.concat().into_bytes();
            let (marks, _) = marks(&AuthorizedKeys::new(before.clone()), &key(A));
            let mut after = before.clone();
            for mark in &marks {
                prop_assert!(before[mark.at] != b'\n' && before[mark.at] != b'#');
                after[mark.at] = b'#';
            }
            let blob = key(A).to_bytes().unwrap();
            let is_another = |(_, key): &(_, Vec<u8>)| *key != blob;
            let wanted: Vec<_> = in_force(&before).into_iter().filter(is_another).collect();
            prop_assert_eq!(in_force(&after), wanted);
            // Nothing is left to mark.
            prop_assert!(super::marks(&AuthorizedKeys::new(after), &key(A)).0.is_empty());
        }
    }
}
