//! The fingerprint of a key, as ssh-keygen writes it.

use data_encoding::HEXLOWER;
use md5::{Digest, Md5};
use ssh_key::{HashAlg, PublicKey};
use std::str::FromStr;

/// How a fingerprint is written: ssh-keygen's `-E`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FingerprintHash {
    /// `SHA256:` and base64.
    Sha256,
    /// `MD5:` and pairs of hexadecimal digits.
    Md5,
}

impl FromStr for FingerprintHash {
    type Err = &'static str;

    fn from_str(typed: &str) -> Result<Self, Self::Err> {
        match typed.to_ascii_lowercase().as_str() {
            "sha256" => Ok(Self::Sha256),
            "md5" => Ok(Self::Md5),
            _ => Err("fingerprint hashes are sha256 and md5"),
        }
    }
}

impl FingerprintHash {
    /// The fingerprint of a key; `None` if it has no blob.
    pub(super) fn of(self, key: &PublicKey) -> Option<String> {
        match self {
            Self::Sha256 => Some(key.fingerprint(HashAlg::Sha256).to_string()),
            Self::Md5 => {
                let digest = Md5::digest(key.to_bytes().ok()?);
                let pairs: Vec<String> =
                    digest.iter().map(|byte| HEXLOWER.encode(&[*byte])).collect();
                Some(format!("MD5:{}", pairs.join(":")))
            }
        }
    }
}
