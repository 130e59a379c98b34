//! A public key as one line, `type base64 comment`: read strictly, and the comment made fit to stand in authorized_keys.

use super::{fault::Fault, sound};
use data_encoding::BASE64;
use ssh_key::{Algorithm, PublicKey};

/// Longest comment kept, in characters: sshd(8) reads lines of 8 KiB and more, but not every server does.
const MAX_COMMENT: usize = 1000;

/// First lines of public keys in other formats, and what ssh-keygen's `-m` calls these.
const FOREIGN: [(&str, &str); 3] =
    [("-----BEGIN PUBLIC KEY-----", "PKCS8"), ("-----BEGIN RSA PUBLIC KEY-----", "PEM"), ("---- BEGIN SSH2 PUBLIC KEY ----", "RFC4716")];

/// Which other format a first line announces, in ssh-keygen's words.
pub(super) fn foreign_format(line: &str) -> Option<&'static str> {
    FOREIGN.into_iter().find(|(first, _)| *first == line).map(|(_, format)| format)
}

/// The public key of a `.pub` file: one line; blank lines and lines that start with `#` may stand around it.
pub(super) fn read(text: &str) -> Result<PublicKey, Fault> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let line = lines.next().ok_or(Fault::Empty)?;
    if let Some(format) = foreign_format(line) {
        return Err(Fault::ForeignPublic { format });
    }
    match lines.count() {
        0 => from_line(line),
        more if is_public_line(line) => Err(Fault::SeveralKeys { count: more + 1 }),
        _ => Err(Fault::NotAKey { why: "it does not hold a line such as ssh-ed25519 AAAA… comment" }),
    }
}

/// The public key of a line `type base64 comment`.
fn from_line(line: &str) -> Result<PublicKey, Fault> {
    let not_a_key = Fault::NotAKey { why: "it does not hold a line such as ssh-ed25519 AAAA… comment" };
    if is_certificate_line(line) {
        return Err(Fault::Certificate);
    }
    let (kind, rest) = line.split_once([' ', '\t']).ok_or(not_a_key.clone())?;
    let rest = rest.trim_start();
    let (packed, comment) = rest.split_once([' ', '\t']).unwrap_or((rest, ""));
    let blob = match BASE64.decode(packed.as_bytes()) {
        Ok(blob) => blob,
        Err(_) if is_public_line(line) => return Err(Fault::Damaged { why: "its base64 text is not whole" }),
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
    let key = PublicKey::from_bytes(blob).map_err(|_| Fault::Damaged { why: "its public half cannot be read" })?;
    sound::check_public(key.key_data())?;
    Ok(key)
}

fn type_of(line: &str) -> Option<&str> {
    line.split([' ', '\t']).next()
}

/// Whether a line starts with the type of a public key.
pub(super) fn is_public_line(line: &str) -> bool {
    type_of(line).is_some_and(|word| matches!(word.parse(), Ok(algorithm) if !matches!(algorithm, Algorithm::Other(_))))
}

/// Whether a line starts with the type of an OpenSSH certificate.
pub(super) fn is_certificate_line(line: &str) -> bool {
    type_of(line).is_some_and(|word| word.ends_with("-cert-v01@openssh.com") && line.len() > word.len())
}

/// A comment that is one printable line, whatever a key file held: a line break in it would become a second line in authorized_keys.
pub fn clean_comment(comment: &[u8]) -> String {
    let text = String::from_utf8_lossy(comment);
    let printable: String = text.chars().map(|c| if is_unprintable(c) { ' ' } else { c }).take(MAX_COMMENT).collect();
    printable.trim().to_owned()
}

/// Control characters, line and paragraph separators, and what turns the writing direction around.
fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}
