//! The part between a key's first and last lines: its headers and its base64 text, with damage to
//! their characters undone.

use super::characters::{is_long_dash, is_quote, is_wide_space};
use super::damage::{Damage, Damages};
use super::frame::Frame;
use crate::keys::key_file::armour;
use crate::keys::key_file::fault::Fault;
use crate::text::is_zero_width;
use std::iter::Peekable;
use std::str::Chars;
use zeroize::Zeroizing;

/// The longest line that a program writes: base64 of MIME (RFC 2045).
const MOST_WIDTH: usize = 76;

const BAD_HEADERS: Fault =
    Fault::Damaged { why: "the lines before its base64 text are incomplete" };

/// A key's own text.
pub(super) struct Inside {
    /// The two headers of an encrypted PEM file, with their line ends and the blank line; else
    /// nothing.
    headers: String,
    packed: Zeroizing<String>,
    /// The base64 text if its spaces were plus signs; `None` if there are no spaces.
    with_pluses: Option<Zeroizing<String>>,
    has_breaks: bool,
    width: Option<usize>,
}

impl Inside {
    /// The base64 text, without whitespace.
    pub(super) fn packed(&self) -> &str {
        &self.packed
    }

    /// Whether the key is an old encrypted PEM file, of which nothing shows that it is whole.
    pub(super) fn has_headers(&self) -> bool {
        !self.headers.is_empty()
    }

    /// The same with plus signs in place of the spaces in it.
    pub(super) fn with_pluses(&self, damages: &mut Damages) -> Option<Self> {
        let packed = self.with_pluses.clone()?;
        damages.add(Damage::LostPluses);
        damages.remove(&[Damage::Indented, Damage::TrailingBlanks]);
        if self.has_breaks {
            damages.remove(&[Damage::LostBreaks]);
        }
        let headers = self.headers.clone();
        Some(Self { headers, packed, with_pluses: None, has_breaks: self.has_breaks, width: None })
    }

    /// The key as a program writes it.
    pub(super) fn write(&self, label: &str) -> Zeroizing<String> {
        let width = self.width.unwrap_or(if label == armour::OPENSSH {
            armour::OPENSSH_WIDTH
        } else {
            armour::PEM_WIDTH
        });
        armour::write_packed(label, &self.headers, self.packed.as_bytes(), width)
    }
}

/// Reads what is inside `frame`, which was found in `text`.
pub(super) fn read(frame: &Frame<'_>, text: &str, damages: &mut Damages) -> Result<Inside, Fault> {
    let unescaped = unescape(frame.inside, damages)
        .map_err(|line| Fault::NotBase64 { line: frame.lines_before(text) + line })?;
    let clean = clean(&unescaped, damages);
    let has_breaks = clean.contains('\n');
    let mut lines: Vec<&str> = clean.split('\n').collect();
    if has_breaks {
        // Ends of the first line and of the last: nothing of the key is in them.
        let first = if frame.has_begin { lines.remove(0) } else { "" };
        let last = if frame.has_end { lines.pop().unwrap_or_default() } else { "" };
        damages.add_if(!first.is_empty() && first.trim().is_empty(), Damage::TrailingBlanks);
        damages.add_if(!last.is_empty() && last.trim().is_empty(), Damage::Indented);
        damages.add_if(!first.trim().is_empty() || !last.trim().is_empty(), Damage::LostBreaks);
        for line in lines.iter().filter(|line| !line.trim().is_empty()) {
            damages.add_if(line.starts_with([' ', '\t']), Damage::Indented);
            damages.add_if(line.ends_with([' ', '\t']), Damage::TrailingBlanks);
        }
    } else {
        damages.add(Damage::LostBreaks);
    }
    let (headers, body) = split_headers(&clean)?;
    let has_headers = !headers.is_empty();
    let packed_lines = || body.split('\n').map(str::trim).filter(|line| !line.is_empty());
    if has_breaks
        && packed_lines().any(|line| line.len() > MOST_WIDTH || line.contains([' ', '\t']))
    {
        damages.add(Damage::LostBreaks);
    }
    damages.add_if(has_headers && has_breaks && !has_blank_line(&lines), Damage::NoBlankLine);
    let between: Vec<_> = body.split('\n').skip(if has_headers { 2 } else { 1 }).collect();
    let has_blank = between
        .split_last()
        .is_some_and(|(_, lines)| lines.iter().any(|line| line.trim().is_empty()));
    damages.add_if(has_breaks && has_blank, Damage::BlankLines);
    let mut packed = Zeroizing::new(String::with_capacity(body.len()));
    packed.extend(body.chars().filter(|c| !c.is_ascii_whitespace()));
    if let Some(at) = body.find(|c: char| !c.is_ascii_alphanumeric() && !"+/= \t\n".contains(c)) {
        let line = clean[..clean.len() - body.len() + at].matches('\n').count();
        return Err(Fault::NotBase64 { line: frame.lines_before(text) + line + 1 });
    }
    let width =
        if damages.have(Damage::LostBreaks) { None } else { width(packed_lines().map(str::len)) };
    let with_pluses = with_pluses(body);
    Ok(Inside { headers, packed, with_pluses, has_breaks, width })
}

/// The base64 text with plus signs in place of the spaces within its lines.
fn with_pluses(body: &str) -> Option<Zeroizing<String>> {
    let body = body.trim_matches('\n');
    let body = if body.contains('\n') { body } else { body.trim() };
    body.contains(' ').then(|| {
        let mut packed = Zeroizing::new(String::with_capacity(body.len()));
        packed.extend(body.chars().filter(|c| *c != '\n').map(|c| if c == ' ' { '+' } else { c }));
        packed
    })
}

/// Whether there is a blank line after the headers, the lines that hold a colon.
fn has_blank_line(lines: &[&str]) -> bool {
    let last = lines.iter().rposition(|line| line.contains(':'));
    last.and_then(|at| lines.get(at + 1)).is_some_and(|line| line.trim().is_empty())
}

/// The length of all lines but the last, if it is the same.
fn width(lengths: impl Iterator<Item = usize>) -> Option<usize> {
    let lengths: Vec<usize> = lengths.collect();
    let (last, others) = lengths.split_last()?;
    let first = *others.first().unwrap_or(last);
    (first > 0 && *last <= first && others.iter().all(|length| *length == first)).then_some(first)
}

/// The text with its line breaks as LF, without quotes, its spaces and dashes those of ASCII.
pub(super) fn clean(inside: &str, damages: &mut Damages) -> Zeroizing<String> {
    let mut out = Zeroizing::new(String::with_capacity(inside.len()));
    let mut characters = inside.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '\r' => {
                let damage =
                    if characters.next_if_eq(&'\n').is_some() { Damage::Crlf } else { Damage::Cr };
                damages.add(damage);
                out.push('\n');
            }
            c if is_wide_space(c) => {
                damages.add(Damage::NonBreakingSpaces);
                out.push(' ');
            }
            c if is_zero_width(c) => damages.add(Damage::Invisible),
            c if is_long_dash(c) => {
                damages.add(Damage::LongDashes);
                out.push('-');
            }
            c if is_quote(c) => {
                damages.add(Damage::Quotes);
                pass_joint(&mut characters, &mut out);
            }
            // No key contains one, wherever an email wrapped its lines.
            '>' => damages.add(Damage::Cited),
            c => out.push(c),
        }
    }
    out
}

/// Skips what joins two strings, `" + "` or `", "`, after the first one's quote; a line break in it
/// counts.
fn pass_joint(characters: &mut Peekable<Chars<'_>>, out: &mut String) {
    let mut ahead = characters.clone();
    let (mut has_joint, mut has_break) = (false, false);
    while let Some(c) = ahead.next() {
        match c {
            '+' | ',' if !has_joint => has_joint = true,
            c if c.is_whitespace() => has_break |= matches!(c, '\n' | '\r'),
            c if c == '>' || is_zero_width(c) => {}
            c if is_quote(c) && has_joint => {
                *characters = ahead;
                if has_break {
                    out.push('\n');
                }
                return;
            }
            _ => return,
        }
    }
}

/// The text without backslashes, which no key contains. `Err` is the number, counted from 1, of a
/// line in which one makes no sense.
pub(super) fn unescape(text: &str, damages: &mut Damages) -> Result<Zeroizing<String>, usize> {
    let mut out = Zeroizing::new(String::with_capacity(text.len()));
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        let (damage, c) = escaped(&mut characters).ok_or_else(|| out.matches('\n').count() + 1)?;
        damages.add(damage);
        out.extend(c);
    }
    Ok(out)
}

/// What a backslash and the characters after it mean. Several in a row are one that was escaped
/// repeatedly.
fn escaped(characters: &mut Peekable<Chars<'_>>) -> Option<(Damage, Option<char>)> {
    while characters.next_if_eq(&'\\').is_some() {}
    // A line that continues on the next one: the real break after it stays.
    if matches!(characters.peek(), None | Some('\n' | '\r')) {
        return Some((Damage::Escapes, None));
    }
    let c = match characters.next()? {
        'n' => '\n',
        'r' => '\r',
        't' => ' ',
        'u' => {
            let digits: String = characters.by_ref().take(4).collect();
            char::from_u32(u32::from_str_radix(&digits, 16).ok()?).filter(char::is_ascii)?
        }
        c if is_quote(c) || "/+= :,-".contains(c) => c,
        _ => return None,
    };
    Some(match c {
        '\n' => (Damage::EscapedBreaks, Some(c)),
        // Beside a \n.
        '\r' => (Damage::EscapedBreaks, None),
        c if is_quote(c) => (Damage::Quotes, Some(c)),
        c => (Damage::Escapes, Some(c)),
    })
}

/// The headers of an encrypted PEM file (RFC 1421, as OpenSSL writes them), written anew, and the
/// base64 text after them.
///
/// A cipher's name says how long its IV is, so the IV's end is known even if the line breaks are
/// lost.
fn split_headers(text: &str) -> Result<(String, &str), Fault> {
    if !text.contains(':') {
        return Ok((String::new(), text));
    }
    let words = ["Proc-Type", ":", "4", ",", "ENCRYPTED", "DEK-Info", ":"];
    let rest = words
        .into_iter()
        .try_fold(text, |rest, word| rest.trim_start().strip_prefix(word))
        .ok_or(BAD_HEADERS)?;
    let (cipher, rest) = rest.split_once(',').ok_or(BAD_HEADERS)?;
    let (cipher, rest) = (cipher.trim(), rest.trim_start());
    let known =
        [("AES-128-CBC", 32), ("AES-192-CBC", 32), ("AES-256-CBC", 32), ("DES-EDE3-CBC", 16)];
    let length = match known.iter().find(|(name, _)| *name == cipher) {
        Some((_, length)) => *length,
        // Reported as unsupported when the whole key is read.
        None => rest.find(char::is_whitespace).ok_or(BAD_HEADERS)?,
    };
    let iv = rest
        .get(..length)
        .filter(|iv| iv.bytes().all(|byte| byte.is_ascii_hexdigit()))
        .ok_or(BAD_HEADERS)?;
    Ok((format!("Proc-Type: 4,ENCRYPTED\nDEK-Info: {cipher},{iv}\n\n"), &rest[length..]))
}
