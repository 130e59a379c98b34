//! The kinds of keys that can be generated.

use std::fmt;

/// The kind of a key, by the names ssh-keygen's `-t` has for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyType {
    /// RSA, of 2048 to 16384 bits.
    Rsa,
    /// Ed25519.
    Ed25519,
    /// ECDSA, on one of the three NIST curves.
    Ecdsa,
}

impl fmt::Display for KeyType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rsa => "rsa",
            Self::Ed25519 => "ed25519",
            Self::Ecdsa => "ecdsa",
        })
    }
}
