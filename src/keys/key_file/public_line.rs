//! A public key as one line, `type base64 comment`: read strictly, and its comment made fit for
//! authorized_keys.

use super::{fault::Fault, sound};
use crate::{ssh_string, text};
use data_encoding::BASE64;
use ssh_key::{Algorithm, PublicKey};

/// Longest comment kept, in characters: sshd(8) reads lines of 8 KiB and more, but not every server
/// does.
const MAX_COMMENT: usize = 1000;

/// The longest name of an algorithm, in characters (RFC 4251, section 6).
const MAX_NAME: usize = 64;

const HOSTS_BEFORE: Fault =
    Fault::NotAKey { why: "there are host names before the key, as in a known_hosts file" };

const NO_LINE: &str = "it has no public key line such as ssh-ed25519 AAAA… comment";

/// The lines that matter: blank lines and comments may surround a key.
pub(super) fn content(text: &str) -> impl Iterator<Item = &str> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    // After a carriage return alone, another line begins for a person, and for some programs.
    let lines = text.split(['\n', '\r']).map(str::trim);
    lines.filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// The public key of a `.pub` file: one line; blank lines and lines that start with `#` may
/// surround it. A key that was broken over several lines, as web pages and cloud APIs show it, is
/// put together.
pub(super) fn read(text: &str) -> Result<PublicKey, Fault> {
    let lines: Vec<&str> = content(text).collect();
    let [line, rest @ ..] = &*lines else { return Err(Fault::Empty) };
    let count = lines.iter().filter(|line| is_public_line(line)).count();
    if count > 1 {
        return Err(Fault::SeveralKeys { count });
    }
    if !is_public_line(line) && !is_certificate_line(line) && !is_foreign_line(line) {
        let before = lines.iter().find_map(|line| Some(&line[..options_end(line)?]));
        return Err(if let Some(before) = before {
            if are_options(before) { Fault::OptionsBefore } else { HOSTS_BEFORE }
        } else {
            Fault::NotAKey { why: NO_LINE }
        });
    }
    if rest.is_empty() { from_line(line) } else { from_line(&joined(line, rest)?) }
}

/// The options of authorized_keys before the only key of a text, and that key.
pub(super) fn read_with_options(text: &str) -> Option<(String, PublicKey)> {
    let mut lines = content(text);
    let (Some(line), None) = (lines.next(), lines.next()) else { return None };
    let (options, line) = line.split_at(options_end(line)?);
    Some((options.to_owned(), from_line(line.trim_start()).ok()?))
}

/// The line of a key of which these are the parts. Between its type and its base64 is a space,
/// whether the break is there or not.
fn joined(first: &str, rest: &[&str]) -> Result<String, Fault> {
    if first.split_whitespace().count() > 2 {
        // It ends with a comment, so what follows is not a part of it.
        return Err(Fault::NotAKey { why: NO_LINE });
    }
    let mut line = first.to_owned();
    if !first.contains([' ', '\t']) {
        line.push(' ');
    }
    for (at, part) in rest.iter().enumerate() {
        let packed = part.split([' ', '\t']).next().unwrap_or_default();
        let is_packed = packed.bytes().all(|it| it.is_ascii_alphanumeric() || b"+/=".contains(&it));
        // Only the last part has a comment behind it.
        if !is_packed || packed.len() < part.len() && at + 1 < rest.len() {
            return Err(Fault::NotAKey { why: NO_LINE });
        }
        line.push_str(part);
    }
    Ok(line)
}

/// Whether a line has the options of authorized_keys (sshd(8)) before a key.
pub(super) fn has_options(line: &str) -> bool {
    options_end(line).is_some()
}

/// Whether a text before a key can be options of authorized_keys: each has a value, or is a word
/// with a hyphen or one of two others. The host names of known_hosts are not.
fn are_options(text: &str) -> bool {
    let mut is_quoted = false;
    let mut names = text.split(|c| {
        is_quoted ^= c == '"';
        c == ',' && !is_quoted
    });
    names.all(|option| {
        let (name, has_value) =
            option.split_once('=').map_or((option, false), |(name, _)| (name, true));
        let is_word = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        let is_flag = name.contains('-') || matches!(name, "pty" | "restrict" | "");
        is_word && (has_value || is_flag)
    })
}

/// Where the options before a key end; `None` if there are none.
fn options_end(line: &str) -> Option<usize> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    let end = line.find(|c| {
        match c {
            '"' if !is_escaped => is_quoted = !is_quoted,
            ' ' | '\t' if !is_quoted => return true,
            _ => {}
        }
        is_escaped = c == '\\' && !is_escaped;
        false
    });
    end.filter(|end| !is_public_line(line) && is_public_line(line[*end..].trim_start()))
}

/// The public key of a line `type base64 comment`.
fn from_line(line: &str) -> Result<PublicKey, Fault> {
    let not_a_key = Fault::NotAKey { why: NO_LINE };
    if is_certificate_line(line) {
        return Err(Fault::Certificate);
    }
    let (kind, rest) = line.split_once([' ', '\t']).ok_or(not_a_key.clone())?;
    let rest = rest.trim_start();
    let (packed, comment) = rest.split_once([' ', '\t']).unwrap_or((rest, ""));
    let blob = match BASE64.decode(packed.as_bytes()) {
        Ok(blob) => blob,
        Err(_) if is_public_line(line) => {
            return Err(Fault::Damaged { why: "its base64 text is incomplete" });
        }
        Err(_) => return Err(not_a_key),
    };
    let mut key = from_blob(&blob)?;
    if key.algorithm().as_str() != kind {
        return Err(Fault::Damaged { why: "the type before the key is not the type in the key" });
    }
    key.set_comment(clean_comment(comment.as_bytes()));
    Ok(key)
}

/// The key of a blob in SSH's wire format, checked.
pub(super) fn from_blob(blob: &[u8]) -> Result<PublicKey, Fault> {
    if let Some(name) = foreign_algorithm(blob) {
        return Err(Fault::Unsupported { what: format!("the key algorithm {name:?}") });
    }
    let key = PublicKey::from_bytes(blob)
        .map_err(|_| Fault::Damaged { why: "its public key cannot be read" })?;
    sound::check_public(key.key_data()).map_err(|fault| fault.of(key.key_data()))?;
    // The library ignores what follows the 32 bytes of a point in the same string.
    if key.algorithm() == Algorithm::Ed25519 && key.to_bytes().is_ok_and(|bytes| bytes != blob) {
        return Err(Fault::Damaged { why: "its public key has the wrong length" });
    }
    Ok(key)
}

fn type_of(line: &str) -> Option<&str> {
    line.split([' ', '\t']).next()
}

/// Whether a line starts with the type of a public key.
pub(super) fn is_public_line(line: &str) -> bool {
    type_of(line).is_some_and(|word| !is_foreign_algorithm(word))
}

/// The name of the algorithm of a blob if it is one that is not known here, such as
/// `ssh-mldsa44-ed25519@openssh.com` of OpenSSH 10.5.
fn foreign_algorithm(mut blob: &[u8]) -> Option<&str> {
    let name = std::str::from_utf8(ssh_string::take(&mut blob)?).ok()?;
    let is_name =
        (1..=MAX_NAME).contains(&name.len()) && name.bytes().all(|it| it.is_ascii_graphic());
    (is_name && is_foreign_algorithm(name)).then_some(name)
}

/// Whether a line is a public key of an algorithm that is not known here: its first word is also
/// the first thing in its base64.
pub(super) fn is_foreign_line(line: &str) -> bool {
    let mut words = line.split_whitespace();
    let (Some(kind), Some(packed)) = (words.next(), words.next()) else { return false };
    let blob = BASE64.decode(packed.as_bytes());
    blob.is_ok_and(|blob| foreign_algorithm(&blob) == Some(kind))
}

/// Whether this is not the name of a key algorithm that OpenSSH has.
pub(super) fn is_foreign_algorithm(name: &str) -> bool {
    !matches!(name.parse(), Ok(algorithm) if !matches!(algorithm, Algorithm::Other(_)))
}

/// Whether a line starts with the type of an OpenSSH certificate.
pub(super) fn is_certificate_line(line: &str) -> bool {
    type_of(line)
        .is_some_and(|word| word.ends_with("-cert-v01@openssh.com") && line.len() > word.len())
}

/// A comment that is one printable line, whatever a key file held: a line break in it would start a
/// second line in authorized_keys.
pub fn clean_comment(comment: &[u8]) -> String {
    let comment = String::from_utf8_lossy(comment);
    let printable: String = comment
        .chars()
        .map(|c| if text::is_hidden(c) { ' ' } else { c })
        .take(MAX_COMMENT)
        .collect();
    printable.trim().to_owned()
}
