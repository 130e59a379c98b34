//! How messages name a host key.

use ssh_key::{HashAlg, PublicKey};

/// Type and fingerprint, as messages name a key: `ED25519 SHA256:…`.
pub fn describe(key: &PublicKey) -> String {
    format!("{} {}", type_name(key), key.fingerprint(HashAlg::Sha256))
}

pub(super) fn type_name(key: &PublicKey) -> &'static str {
    use ssh_key::Algorithm;
    match key.algorithm() {
        Algorithm::Rsa { .. } => "RSA",
        Algorithm::Ed25519 => "ED25519",
        Algorithm::Ecdsa { .. } => "ECDSA",
        Algorithm::SkEd25519 => "ED25519-SK",
        Algorithm::SkEcdsaSha2NistP256 => "ECDSA-SK",
        Algorithm::Dsa => "DSA",
        _ => "unknown-type",
    }
}
