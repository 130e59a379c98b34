//! The formats that a key file can have, and how a private key in one is encrypted.

use std::fmt;

/// The format of a private key file, by the names of ssh-keygen's `-m`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// `BEGIN OPENSSH PRIVATE KEY`, PROTOCOL.key.
    OpenSsh,
    /// PKCS#1 (`BEGIN RSA PRIVATE KEY`) or SEC 1 (`BEGIN EC PRIVATE KEY`).
    Pem,
    /// `BEGIN PRIVATE KEY` or `BEGIN ENCRYPTED PRIVATE KEY`, RFC 5958. OpenSSH 9.2 cannot read an
    /// ED25519 key in it.
    Pkcs8,
    /// PuTTY's `PuTTY-User-Key-File-2`; read, never written.
    Ppk2,
    /// PuTTY's `PuTTY-User-Key-File-3`; read, never written.
    Ppk3,
}

impl Format {
    /// Whether a passphrase is cheap to guess, because this format stretches it with one round of a
    /// hash.
    pub fn encryption_is_weak(self) -> bool {
        matches!(self, Self::Pem | Self::Ppk2)
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OpenSsh => "openssh",
            Self::Pem => "pem",
            Self::Pkcs8 => "pkcs8",
            Self::Ppk2 => "ppk2",
            Self::Ppk3 => "ppk3",
        })
    }
}

/// The format of a public key, by the names of ssh-keygen's `-m`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PublicFormat {
    /// One line, `type base64 comment`: the only one that servers and websites accept.
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

/// How a private key file is encrypted, in words for the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encryption {
    /// `aes256-ctr`, by the name that its format uses.
    pub cipher: String,
    /// `bcrypt, 24 rounds`.
    pub kdf: String,
}
