//! The first and the last line of the one private key in a text, wherever they are and however they
//! were altered.

use super::characters::{is_long_dash, is_quote, is_wide_space};
use super::damage::{Damage, Damages};
use crate::keys::key_file::armour;
use crate::keys::key_file::fault::Fault;
use crate::keys::key_file::surrounding_text::without_parameters;
use crate::text::is_zero_width;
use std::ops::Range;

/// Fault of a text with a last line and no first one.
const NO_BEGIN: Fault = Fault::Damaged { why: "its first line, -----BEGIN …-----, is missing" };

/// The dashes on either side of a first or last line.
const DASHES: usize = 5;
/// How every label ends.
const WORDS: &str = "PRIVATE KEY";
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
    has_few_dashes: bool,
    /// Whether the first and last lines name different formats.
    is_crossed: bool,
    pub(super) has_begin: bool,
    has_torn_begin: bool,
    pub(super) has_end: bool,
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
    has_few_dashes: bool,
}

impl<'a> Frame<'a> {
    /// The key in `text`; `None` if there is neither a first nor a last line. If only one of them
    /// is there, the key may be whole all the same; otherwise see [`Frame::fault`].
    pub(super) fn find(text: &'a str) -> Result<Option<Self>, Fault> {
        let marks = marks(text);
        let mut begins = marks.iter().filter(|mark| !mark.is_end);
        let begin = begins.next();
        let more = begins.count();
        if more > 0 {
            return Err(Fault::SeveralKeys { count: more + 1 });
        }
        let from = begin.map_or(0, |begin| begin.end);
        let end = marks.iter().find(|mark| mark.is_end && mark.start >= from);
        let Some(either) = begin.or(end) else {
            return if has_torn_begin(text) { Err(TORN_BEGIN) } else { Ok(None) };
        };
        let (before, from) = match begin {
            Some(begin) => (begin.start, begin.end),
            None => torn_begin_of(&text[..either.start]),
        };
        let (to, after) = match end {
            Some(end) => (end.start, end.end),
            None => torn_end_of(text, from),
        };
        let any = |is: fn(&Mark) -> bool| begin.is_some_and(is) || end.is_some_and(is);
        Ok(Some(Self {
            label: either.label,
            before: &text[..before],
            inside: &text[from..to],
            after: &text[after..],
            has_long_dashes: any(|mark| mark.has_long_dashes),
            has_wide_spaces: any(|mark| mark.has_wide_spaces),
            is_bent: any(|mark| mark.is_bent),
            has_few_dashes: any(|mark| mark.has_few_dashes),
            is_crossed: begin.zip(end).is_some_and(|(begin, end)| begin.label != end.label),
            has_begin: begin.is_some(),
            has_torn_begin: begin.is_none() && has_torn_begin(&text[..from]),
            has_end: end.is_some(),
        }))
    }

    /// Why the key is not whole, if its first and last lines say so by themselves.
    pub(super) fn fault(&self) -> Option<Fault> {
        if !self.has_end {
            Some(Fault::CutShort { label: self.label })
        } else if !self.has_begin {
            Some(if self.has_torn_begin { TORN_BEGIN } else { NO_BEGIN })
        } else if self.is_crossed {
            Some(Fault::Damaged { why: "its first and last lines do not match" })
        } else {
            None
        }
    }

    /// What is wrong around the key and with its first and last line.
    pub(super) fn note(&self, damages: &mut Damages) {
        damages.add_if(self.has_long_dashes, Damage::LongDashes);
        damages.add_if(self.has_wide_spaces, Damage::NonBreakingSpaces);
        damages.add_if(self.is_bent, Damage::Rewrapped);
        damages.add_if(self.has_few_dashes, Damage::FewDashes);
        damages.add_if(!self.has_begin, Damage::NoFirstLine);
        damages.add_if(!self.has_end, Damage::NoLastLine);
        damages.add_if(self.is_crossed, Damage::Relabelled);
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
        damages.add_if(self.after.is_empty() && self.has_end, Damage::NoFinalNewline);
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

/// Where the line of a torn first line begins and where the key after it does, in a text up to the
/// last line.
fn torn_begin_of(text: &str) -> (usize, usize) {
    let words = text.rfind(WORDS).map(|at| at + WORDS.len());
    let dashes = text.rfind("--").map(|at| at + 2);
    let from = words.max(dashes).unwrap_or(0);
    let from = text.len() - text[from..].trim_start_matches(is_dash).len();
    (text[..from].rfind('\n').map_or(0, |at| at + 1), from)
}

/// Where the key that begins at `from` ends, and where the line of its torn last line does. No key
/// has two dashes or a space behind the letters END; the headers of one have single dashes.
fn torn_end_of(text: &str, from: usize) -> (usize, usize) {
    let rest = &text[from..];
    let marks = ["--", "\n-", "END "].iter().filter_map(|mark| rest.find(mark));
    let key = &rest[..marks.min().unwrap_or(rest.len())];
    let to = from + key.trim_end_matches(is_dash).len();
    let line = text[to..].trim_start_matches(['\r', '\n']);
    (to, line.find('\n').map_or(text.len(), |at| text.len() - line.len() + at + 1))
}

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
    // A line with too few dashes counts only if there is no better one.
    for is_end in [false, true] {
        let is_one = |mark: &Mark| mark.is_end == is_end;
        if marks.iter().any(|mark| is_one(mark) && !mark.has_few_dashes) {
            marks.retain(|mark| !is_one(mark) || !mark.has_few_dashes);
        }
    }
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
    if left.is_empty() || right.is_empty() {
        return None;
    }
    // More than five may belong to the next line, if line breaks are lost.
    let right = if right.is_ascii() { &right[..DASHES.min(right.len())] } else { right };
    let start = if left.is_ascii() { head.len() - DASHES.min(left.len()) } else { start };
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
        has_few_dashes: !is_whole(left) || !is_whole(right),
    })
}
