//! The two words of a key, algorithm and base64, checked as sshkey_read of OpenSSH's sshkey.c does.

use super::dead::Dead;
use crate::keys::weak::RSA_BITS;
use crate::ssh_string::{self, bit_length};

/// What OpenSSH calls a key's algorithm, and how many strings its blob has, the algorithm's name
/// among them (RFC 4253, RFC 5656, RFC 8709, PROTOCOL.u2f).
const ALGORITHMS: [(&str, usize); 8] = [
    ("ssh-ed25519", 2),
    ("ssh-rsa", 3),
    ("ssh-dss", 5),
    ("ecdsa-sha2-nistp256", 3),
    ("ecdsa-sha2-nistp384", 3),
    ("ecdsa-sha2-nistp521", 3),
    ("sk-ssh-ed25519@openssh.com", 3),
    ("sk-ecdsa-sha2-nistp256@openssh.com", 4),
];

/// Names of signature algorithms that OpenSSH accepts in front of a blob.
const SIGNATURES: [(&str, &str); 3] = [
    ("rsa-sha2-256", "ssh-rsa"),
    ("rsa-sha2-512", "ssh-rsa"),
    ("webauthn-sk-ecdsa-sha2-nistp256@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com"),
];

/// A complete key, without its line: exactly the parts that its algorithm has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blob(Vec<u8>);

impl Blob {
    /// From the algorithm and the base64 of a line.
    pub(super) fn read(word: &[u8], base64: &[u8]) -> Result<Self, Dead<'static>> {
        let algorithm =
            algorithm(word).ok_or(if is_name(word) { Dead::Certificate } else { Dead::NoKey })?;
        let bytes = decoded(base64)?;
        let strings = strings(&bytes).ok_or(Dead::CutShort)?;
        let name = *strings.first().ok_or(Dead::CutShort)?;
        if name.ends_with(b"-cert-v01@openssh.com") {
            return Err(Dead::Certificate);
        }
        if name != algorithm.0.as_bytes() {
            return Err(if is_name(name) { Dead::Mismatch } else { Dead::Damaged });
        }
        match strings.len() {
            count if count < algorithm.1 => return Err(Dead::CutShort),
            count if count > algorithm.1 => return Err(Dead::Damaged),
            _ => {}
        }
        check(algorithm.0, &strings)?;
        Ok(Self(bytes))
    }
    /// As in a line, but decoded from base64.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// As OpenSSH names it.
    pub fn algorithm(&self) -> &'static str {
        let name = self.string(0);
        ALGORITHMS.iter().find(|(known, _)| known.as_bytes() == name).map_or("", |(known, _)| known)
    }

    /// The size that ssh-keygen -l shows.
    pub fn bits(&self) -> usize {
        match self.algorithm() {
            "ssh-rsa" => bit_length(self.string(2)),
            "ssh-dss" => bit_length(self.string(1)),
            "ecdsa-sha2-nistp384" => 384,
            "ecdsa-sha2-nistp521" => 521,
            _ => 256,
        }
    }

    fn string(&self, index: usize) -> &[u8] {
        strings(&self.0).and_then(|strings| strings.get(index).copied()).unwrap_or_default()
    }
}

/// Whether OpenSSH knows a key's algorithm under this name, certificates included.
pub(super) fn is_name(word: &[u8]) -> bool {
    let plain = word.strip_suffix(b"-cert-v01@openssh.com").unwrap_or(word);
    algorithm(word).is_some()
        || ALGORITHMS
            .iter()
            .any(|(name, _)| name.trim_end_matches("@openssh.com").as_bytes() == plain)
}

/// Whether a blob gives its algorithm this name, whatever the algorithm.
pub(super) fn names_itself(word: &[u8], base64: &[u8]) -> bool {
    !word.is_empty()
        && decoded(base64)
            .ok()
            .and_then(|bytes| Some(strings(&bytes)?.first() == Some(&word)))
            .unwrap_or(false)
}

/// Whether a word that is not the name of an algorithm contains one.
pub(super) fn has_name_inside(word: &[u8]) -> bool {
    let inside = word.get(1..).unwrap_or_default();
    !is_name(word)
        && ALGORITHMS
            .iter()
            .any(|(name, _)| inside.windows(name.len()).any(|window| window == name.as_bytes()))
}

/// Whether a text begins with the name of an algorithm, as a word.
pub(super) fn starts_with_name(text: &[u8]) -> bool {
    ALGORITHMS.iter().any(|(name, _)| {
        text.strip_prefix(name.as_bytes())
            .is_some_and(|rest| matches!(rest.first(), Some(b' ' | b'\t')))
    })
}

fn algorithm(word: &[u8]) -> Option<(&'static str, usize)> {
    let signs =
        SIGNATURES.iter().find(|(name, _)| name.as_bytes() == word).map(|(_, key)| key.as_bytes());
    ALGORITHMS.into_iter().find(|(name, _)| name.as_bytes() == signs.unwrap_or(word))
}

fn decoded(base64: &[u8]) -> Result<Vec<u8>, Dead<'static>> {
    // b64_pton skips white space of every kind; spaces and tabs have ended the word before.
    let digits: Vec<u8> =
        base64.iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\x0b' | b'\x0c')).collect();
    data_encoding::BASE64.decode(&digits).map_err(|_| {
        let text = digits.strip_suffix(b"=").unwrap_or(&digits);
        let is_base64 =
            text.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'));
        if is_base64 && !text.is_empty() { Dead::CutShort } else { Dead::NotBase64 }
    })
}

/// More strings than any blob has.
const TOO_MANY: usize = 6;

/// A blob's strings, at most [`TOO_MANY`]; `None` if the last of all is incomplete.
fn strings(mut rest: &[u8]) -> Option<Vec<&[u8]>> {
    let mut strings = Vec::new();
    while !rest.is_empty() {
        let string = ssh_string::take(&mut rest)?;
        if strings.len() < TOO_MANY {
            strings.push(string);
        }
    }
    Some(strings)
}

fn check(algorithm: &str, strings: &[&[u8]]) -> Result<(), Dead<'static>> {
    let is_sound = match algorithm {
        "ssh-rsa" => {
            let bits = bit_length(strings[2]);
            if bits < *RSA_BITS.start() && is_number(strings[2]) {
                return Err(Dead::SmallRsa(bits));
            }
            is_number(strings[1]) && is_number(strings[2]) && RSA_BITS.contains(&bits)
        }
        "ssh-dss" => strings[1..].iter().all(|number| is_number(number)),
        "ssh-ed25519" | "sk-ssh-ed25519@openssh.com" => strings[1].len() == 32,
        "sk-ecdsa-sha2-nistp256@openssh.com" => is_point("nistp256", strings[1], strings[2]),
        _ => is_point(algorithm.trim_start_matches("ecdsa-sha2-"), strings[1], strings[2]),
    };
    if is_sound { Ok(()) } else { Err(Dead::Damaged) }
}

/// Not negative.
fn is_number(mpint: &[u8]) -> bool {
    mpint.first().is_none_or(|first| *first < 0x80)
}

/// On the curve of that name, uncompressed: OpenSSH reads no other form.
fn is_point(curve: &str, named: &[u8], point: &[u8]) -> bool {
    let is_on_it = match curve {
        "nistp256" => p256::PublicKey::from_sec1_bytes(point).is_ok(),
        "nistp384" => p384::PublicKey::from_sec1_bytes(point).is_ok(),
        _ => p521::PublicKey::from_sec1_bytes(point).is_ok(),
    };
    named == curve.as_bytes() && point.first() == Some(&4) && is_on_it
}

#[cfg(test)]
mod tests {
    use super::*;
    use data_encoding::BASE64;
    use ssh_key::{Algorithm, EcdsaCurve, PrivateKey};

    #[test]
    fn a_point_is_on_the_curve_that_is_named() {
        let key =
            PrivateKey::random(&mut rand::rng(), Algorithm::Ecdsa { curve: EcdsaCurve::NistP256 })
                .unwrap();
        let bytes = key.public_key().to_bytes().unwrap();
        let read = |bytes: &[u8]| {
            Blob::read(b"ecdsa-sha2-nistp256", BASE64.encode(bytes).as_bytes())
                .map(|blob| blob.bits())
        };
        assert_eq!(read(&bytes), Ok(256));
        let with = |at: usize, byte: u8| [&bytes[..at], &[byte], &bytes[at + 1..]].concat();
        // The last character of the curve, the form of the point, and its last byte.
        assert_eq!(read(&with(34, b'7')), Err(Dead::Damaged));
        assert_eq!(read(&with(39, 6)), Err(Dead::Damaged));
        assert_eq!(read(&with(bytes.len() - 1, bytes[bytes.len() - 1] ^ 1)), Err(Dead::Damaged));
    }
}
