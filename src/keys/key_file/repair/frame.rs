//! The first and the last line of the one private key in a text, wherever they are and however they
//! were altered.

use super::characters::{is_long_dash, is_quote, is_wide_space};
use super::damage::{Damage, Damages};
use crate::keys::key_file::armour;
use crate::keys::key_file::fault::Fault;
use crate::keys::key_file::surrounding_text::without_parameters;
use crate::text::is_zero_width;
use std::ops::Range;

/// The dashes on either side of a first or last line.
const DASHES: usize = 5;
/// The longest label is 21 characters; each may have grown by spaces and backslashes.
const MOST_LABEL: usize = 64;

/// The place of a key in a text.
pub(super) struct Frame<'a> {
    pub(super) label: &'static str,
    before: &'a str,
    /// The part between the first and the last line.
    pub(super) inside: &'a str,
    after: &'a str,
    has_long_dashes: bool,
    has_wide_spaces: bool,
    /// Whether the first or last line is not spaced as it should be.
    is_bent: bool,
}

/// A first or a last line.
struct Mark {
    start: usize,
    end: usize,
    label: &'static str,
    is_end: bool,
    has_long_dashes: bool,
    has_wide_spaces: bool,
    is_bent: bool,
}

impl<'a> Frame<'a> {
    /// The key in `text`; `None` if there is no first line.
    pub(super) fn find(text: &'a str) -> Result<Option<Self>, Fault> {
        let marks = marks(text);
        let mut begins = marks.iter().filter(|mark| !mark.is_end);
        let Some(begin) = begins.next() else {
            return if has_torn_begin(text) { Err(TORN_BEGIN) } else { Ok(None) };
        };
        let more = begins.count();
        if more > 0 {
            return Err(Fault::SeveralKeys { count: more + 1 });
        }
        if begin.label == armour::DSA {
            return Err(Fault::Dsa);
        }
        let end = marks
            .iter()
            .find(|mark| mark.is_end && mark.start >= begin.end)
            .ok_or(Fault::CutShort { label: begin.label })?;
        if end.label != begin.label {
            return Err(Fault::Damaged { why: "its first and last lines do not match" });
        }
        Ok(Some(Self {
            label: begin.label,
            before: &text[..begin.start],
            inside: &text[begin.end..end.start],
            after: &text[end.end..],
            has_long_dashes: begin.has_long_dashes || end.has_long_dashes,
            has_wide_spaces: begin.has_wide_spaces || end.has_wide_spaces,
            is_bent: begin.is_bent || end.is_bent,
        }))
    }

    /// What is wrong around the key and with its first and last line.
    pub(super) fn note(&self, damages: &mut Damages) {
        damages.add_if(self.has_long_dashes, Damage::LongDashes);
        damages.add_if(self.has_wide_spaces, Damage::NonBreakingSpaces);
        damages.add_if(self.is_bent, Damage::Rewrapped);
        let (mut before, mut after) = (without_parameters(self.before, self.label), self.after);
        let quoted_before = before
            .trim_end()
            .trim_end_matches('\\')
            .strip_suffix(is_quote)
            .map(|rest| rest.trim_end_matches('\\'));
        // A quote ends after the last line break, escaped or not.
        let quoted_after = after
            .trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '\\' | 'n' | 'r'))
            .strip_prefix(is_quote);
        if let (Some(rest_before), Some(rest_after)) = (quoted_before, quoted_after) {
            damages.add(Damage::Quotes);
            (before, after) =
                (rest_before, rest_after.trim_start_matches([',', ';', ')', '}', ']']));
        }
        let ignored = |c: char| c.is_whitespace() || c == '>' || is_zero_width(c);
        damages.add_if(!before.trim_matches(ignored).is_empty(), Damage::TextBefore);
        let mut rest = after.trim_start_matches(' ');
        while let Some(escaped) = ["\\n", "\\r"].iter().find_map(|escape| rest.strip_prefix(escape))
        {
            damages.add(Damage::EscapedBreaks);
            rest = escaped;
        }
        damages.add_if(!rest.trim_matches(ignored).is_empty(), Damage::TextAfter);
        let indent = self.before.rsplit(['\n', '\r']).next().unwrap_or_default();
        let blank = |c: char| c == ' ' || c == '\t';
        damages.add_if(!indent.is_empty() && indent.chars().all(blank), Damage::Indented);
        damages.add_if(indent.starts_with('>'), Damage::Cited);
        damages.add_if(
            self.before.contains(is_zero_width) || self.after.contains(is_zero_width),
            Damage::Invisible,
        );
        damages.add_if(self.after.is_empty(), Damage::NoFinalNewline);
        let own_line = self.after.split('\n').next().unwrap_or_default();
        damages.add_if(self.after.contains('\n') && own_line.ends_with('\r'), Damage::Crlf);
        damages.add_if(
            own_line.starts_with('\r') && own_line != "\r"
                || own_line == "\r" && !self.after.contains('\n'),
            Damage::Cr,
        );
        damages.add_if(
            self.after.contains('\n') && own_line.starts_with(blank),
            Damage::TrailingBlanks,
        );
    }

    /// Where the key is in the text, with its first and last lines.
    pub(super) fn range(&self, text: &str) -> Range<usize> {
        self.before.len()..text.len() - self.after.len()
    }

    /// How many line breaks are before the inside.
    pub(super) fn lines_before(&self, text: &str) -> usize {
        let start = self.inside.as_ptr() as usize - text.as_ptr() as usize;
        text[..start].matches('\n').count()
    }
}

const TORN_BEGIN: Fault =
    Fault::Damaged { why: "its first line, -----BEGIN …-----, is incomplete" };

/// Whether there is a part of a first line.
fn has_torn_begin(text: &str) -> bool {
    let near = |at: usize| &text.as_bytes()[at..text.len().min(at + MOST_LABEL)];
    text.match_indices("BEGIN ")
        .any(|(at, _)| near(at).windows(12).any(|words| words == b"PRIVATE KEY-"))
}

/// Every whole first and last line of a private key.
fn marks(text: &str) -> Vec<Mark> {
    let mut marks = Vec::new();
    let words = text
        .match_indices("BEGIN")
        .map(|(at, _)| (at, false))
        .chain(text.match_indices("END").map(|(at, _)| (at, true)));
    for (at, is_end) in words {
        marks.extend(mark(text, at, is_end));
    }
    marks.sort_by_key(|mark| mark.start);
    marks
}

fn is_dash(c: char) -> bool {
    c == '-' || is_long_dash(c)
}

fn mark(text: &str, at: usize, is_end: bool) -> Option<Mark> {
    let word = if is_end { "END" } else { "BEGIN" };
    let is_blank = |c: char| c.is_whitespace() || is_wide_space(c) || c == '\\';
    let head = text[..at].trim_end_matches(is_blank);
    let start = head.trim_end_matches(is_dash).len();
    let left = &head[start..];
    let rest = &text[at + word.len()..];
    let (stop, _) = rest.char_indices().take(MOST_LABEL).find(|(_, c)| is_dash(*c))?;
    let named = &rest[..stop];
    let label = armour::LABELS.into_iter().find(|label| {
        let ours = label.chars().filter(|c| *c != ' ');
        ours.eq(named.chars().filter(|c| !is_blank(*c) && !is_zero_width(*c)))
    })?;
    let right = &rest[stop..rest.len() - rest[stop..].trim_start_matches(is_dash).len()];
    // Autocorrection makes one long dash of two or three; how many there were is known.
    let is_whole =
        |dashes: &str| dashes.len() >= DASHES && dashes.is_ascii() || dashes.contains(is_long_dash);
    if !is_whole(left) || !is_whole(right) {
        return None;
    }
    // More than five may belong to the next line, if line breaks are lost.
    let right = if right.is_ascii() { &right[..DASHES] } else { right };
    let start = if left.is_ascii() { head.len() - DASHES } else { start };
    let spaced: String = named.chars().map(|c| if is_wide_space(c) { ' ' } else { c }).collect();
    let is_plain = spaced.strip_prefix(' ') == Some(label) && head.len() == at;
    Some(Mark {
        start,
        end: at + word.len() + stop + right.len(),
        label,
        is_end,
        has_long_dashes: !left.is_ascii() || !right.is_ascii(),
        has_wide_spaces: spaced != named,
        is_bent: !is_plain,
    })
}
