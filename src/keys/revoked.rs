//! Files of revoked keys, as `RevokedHostKeys` of ssh_config(5) and `RevokedKeys` of sshd_config(5)
//! name them: public keys, one a line, or a KRL.
//!
//! A file that is not understood to its end is an error, as for OpenSSH: what it revokes is then
//! unknown.

mod krl;

use std::collections::BTreeSet;

use data_encoding::BASE64;
use sha1::{Digest, Sha1};
use ssh_key::public::KeyData;
use ssh_key::{Certificate, HashAlg, PublicKey};

use self::krl::Krl;
use super::weak::{RSA_BITS, rsa_bits};
use crate::ssh_string;

/// The keys and certificates that one file revokes.
#[derive(Clone, Debug)]
pub struct RevokedKeys(Form);

#[derive(Clone, Debug)]
enum Form {
    /// The blobs of the keys (RFC 4253, section 6.6); of a certificate, its key's.
    Lines(BTreeSet<Vec<u8>>),
    Krl(Krl),
}

/// Why a file cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// A line holds no public key. Options before a key are not allowed either.
    #[error("its line {0} is not a public key")]
    Line(usize),
    /// The KRL ends too early, or has a part that must not be ignored.
    #[error("it is a KRL that {0}")]
    Krl(&'static str),
}

impl RevokedKeys {
    /// Reads the bytes of a file.
    ///
    /// # Errors
    ///
    /// If a part of it is not understood.
    pub fn parse(content: &[u8]) -> Result<Self, Malformed> {
        Ok(Self(match content.strip_prefix(krl::MAGIC) {
            Some(rest) => Form::Krl(Krl::parse(rest).map_err(Malformed::Krl)?),
            None => Form::Lines(lines(content)?),
        }))
    }

    /// Whether it revokes the plain key with this blob.
    pub fn holds_key(&self, blob: &[u8]) -> bool {
        match &self.0 {
            Form::Lines(keys) => keys.contains(blob),
            Form::Krl(krl) => {
                krl.keys.contains(blob)
                    || krl.sha256.contains(&HashAlg::Sha256.digest(blob))
                    || krl.sha1.contains(&Sha1::digest(blob).to_vec())
            }
        }
    }

    /// Whether it revokes the certificate, the key in it, or the authority that signed it.
    pub fn holds_certificate(&self, certificate: &Certificate) -> bool {
        let authority = blob(certificate.signature_key());
        self.holds_key(&blob(certificate.public_key()))
            || self.holds_key(&authority)
            || match &self.0 {
                Form::Lines(_) => false,
                Form::Krl(krl) => krl.holds_certificate(certificate, &authority),
            }
    }
}

fn blob(key: &KeyData) -> Vec<u8> {
    // Only an encoding longer than 4 GiB fails.
    PublicKey::from(key.clone()).to_bytes().unwrap_or_default()
}

/// As sshkey_in_file (authfile.c) reads them: only lines that start with `#` are comments, and one
/// bad line makes the file unusable.
fn lines(content: &[u8]) -> Result<BTreeSet<Vec<u8>>, Malformed> {
    let mut keys = BTreeSet::new();
    for (index, line) in content.split(|byte| *byte == b'\n').enumerate() {
        let mut words =
            line.split(|byte| matches!(byte, b' ' | b'\t')).filter(|word| !word.is_empty());
        let Some(name) = words.next().filter(|name| !matches!(name[0], b'#' | 0)) else { continue };
        let malformed = Malformed::Line(index + 1);
        let key = words.next().and_then(|text| key_of(name, text)).ok_or(malformed)?;
        keys.extend(key);
    }
    Ok(keys)
}

/// The blob of the key in a line. `None` if it is none; `Some(None)` for an RSA key too short to be
/// accepted anywhere, which OpenSSH passes over.
fn key_of(name: &[u8], text: &[u8]) -> Option<Option<Vec<u8>>> {
    let text: Vec<u8> = text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let bytes = BASE64.decode(&text).ok()?;
    if ssh_string::take(&mut &bytes[..])? != name {
        return None;
    }
    if let Ok(certificate) = Certificate::from_bytes(&bytes) {
        return Some(Some(blob(certificate.public_key())));
    }
    let key = PublicKey::from_bytes(&bytes).ok()?;
    let is_short = |bits| (bits as usize) < *RSA_BITS.start();
    Some((!rsa_bits(key.key_data()).is_some_and(is_short)).then_some(bytes))
}
