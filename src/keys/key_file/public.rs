//! A public key: which format, and the key. The line `type base64 comment` is read here, strictly,
//! and the comment made fit to stand in authorized_keys.

use super::{fault::Fault, public_pem, rfc4716, sound};
use data_encoding::BASE64;
use ssh_key::{Algorithm, PublicKey};
use std::fmt;

/// Longest comment kept, in characters: sshd(8) reads lines of 8 KiB and more, but not every server
/// does.
const MAX_COMMENT: usize = 1000;

/// The format of a public key, by the names ssh-keygen's `-m` has for the foreign ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PublicFormat {
    /// One line, `type base64 comment`: the only one that servers and sites take.
    OpenSsh,
    /// `---- BEGIN SSH2 PUBLIC KEY ----`.
    Rfc4716,
    /// `-----BEGIN RSA PUBLIC KEY-----`, PKCS#1.
    Pem,
    /// `-----BEGIN PUBLIC KEY-----`, PKIX.
    Pkcs8,
}

impl fmt::Display for PublicFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OpenSsh => "openssh",
            Self::Rfc4716 => "rfc4716",
            Self::Pem => "pem",
            Self::Pkcs8 => "pkcs8",
        })
    }
}

impl PublicFormat {
    /// The format that the first line of a text announces, where that is not a line `type base64
    /// comment`.
    pub(super) fn announced(text: &str) -> Option<Self> {
        match content(text).next()? {
            rfc4716::BEGIN => Some(Self::Rfc4716),
            public_pem::PKCS1 => Some(Self::Pem),
            public_pem::PKIX => Some(Self::Pkcs8),
            _ => None,
        }
    }
}

/// The lines that say something: blank ones and comments may stand around a key.
fn content(text: &str) -> impl Iterator<Item = &str> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// Whether a text announces itself as a public key.
pub(super) fn is_announced(text: &str) -> bool {
    PublicFormat::announced(text).is_some() || text.lines().any(is_public_line)
}

/// The public key of a text, in whichever format it is.
pub(super) fn read(text: &str) -> Result<(PublicFormat, PublicKey), Fault> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let Some(format) = PublicFormat::announced(text) else {
        return read_line(text).map(|key| (PublicFormat::OpenSsh, key));
    };
    let key = match format {
        PublicFormat::Rfc4716 => rfc4716::read(text),
        PublicFormat::Pem => public_pem::read(text, public_pem::PKCS1),
        PublicFormat::Pkcs8 | PublicFormat::OpenSsh => public_pem::read(text, public_pem::PKIX),
    }?;
    Ok((format, key))
}

/// The public key of a `.pub` file: one line; blank lines and lines that start with `#` may stand
/// around it.
fn read_line(text: &str) -> Result<PublicKey, Fault> {
    let mut lines = content(text);
    let line = lines.next().ok_or(Fault::Empty)?;
    match lines.count() {
        0 => from_line(line),
        more if is_public_line(line) => Err(Fault::SeveralKeys { count: more + 1 }),
        _ => Err(Fault::NotAKey {
            why: "it does not hold a line such as ssh-ed25519 AAAA… comment",
        }),
    }
}

/// The public key of a line `type base64 comment`.
fn from_line(line: &str) -> Result<PublicKey, Fault> {
    let not_a_key =
        Fault::NotAKey { why: "it does not hold a line such as ssh-ed25519 AAAA… comment" };
    if is_certificate_line(line) {
        return Err(Fault::Certificate);
    }
    let (kind, rest) = line.split_once([' ', '\t']).ok_or(not_a_key.clone())?;
    let rest = rest.trim_start();
    let (packed, comment) = rest.split_once([' ', '\t']).unwrap_or((rest, ""));
    let blob = match BASE64.decode(packed.as_bytes()) {
        Ok(blob) => blob,
        Err(_) if is_public_line(line) => {
            return Err(Fault::Damaged { why: "its base64 text is not whole" });
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
    let key = PublicKey::from_bytes(blob)
        .map_err(|_| Fault::Damaged { why: "its public half cannot be read" })?;
    sound::check_public(key.key_data())?;
    Ok(key)
}

fn type_of(line: &str) -> Option<&str> {
    line.split([' ', '\t']).next()
}

/// Whether a line starts with the type of a public key.
pub(super) fn is_public_line(line: &str) -> bool {
    type_of(line).is_some_and(|word| !is_foreign_algorithm(word))
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

/// A comment that is one printable line, whatever a key file held: a line break in it would become
/// a second line in authorized_keys.
pub fn clean_comment(comment: &[u8]) -> String {
    let text = String::from_utf8_lossy(comment);
    let printable: String =
        text.chars().map(|c| if is_unprintable(c) { ' ' } else { c }).take(MAX_COMMENT).collect();
    printable.trim().to_owned()
}

/// Control characters, line and paragraph separators, and what turns the writing direction around.
fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}
