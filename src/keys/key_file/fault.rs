//! What can be wrong with a key, apart from where it lies: the readers of all formats word their
//! findings here.

use crate::error::Kind;
use crate::quoting::shell_path;
use std::path::Path;

/// Why a text is not the key that was asked for. Nothing was changed, and no content of the text is
/// repeated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    #[error("there is nothing in it")]
    Empty,
    #[error("this is not a key: {why}")]
    NotAKey { why: &'static str },
    #[error("this is a public key, not a private key")]
    Public,
    #[error("this is a certificate, not a key")]
    Certificate,
    #[error("there are {count} keys in it, and one is wanted")]
    SeveralKeys { count: usize },
    #[error("the key is cut short: its last line, -----END {label}-----, is missing")]
    CutShort { label: &'static str },
    #[error("the key is not whole: {bytes} of its {of} bytes are missing")]
    Missing { bytes: usize, of: usize },
    /// All that happened to it can be undone.
    #[error("the key is damaged: {what}")]
    Mendable { what: String },
    #[error("the key is damaged: {why}")]
    Damaged { why: &'static str },
    #[error("the key is damaged: line {line} is not base64")]
    NotBase64 { line: usize },
    #[error("this is a DSA key; OpenSSH and the servers of today take none")]
    Dsa,
    #[error("{what} is not supported")]
    Unsupported { what: String },
    #[error("opening this key would cost too much: {what}")]
    Cost { what: String },
    #[error("the key is encrypted, and a passphrase is needed")]
    PassphraseNeeded,
    #[error("wrong passphrase")]
    WrongPassphrase,
    #[error("the key is unsound and must not be used: {why}")]
    Unsound { why: &'static str },
}

impl Fault {
    /// The [`Kind`] of the failure.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Public => Kind::PublicKey,
            Self::Certificate => Kind::Certificate,
            Self::SeveralKeys { .. } => Kind::SeveralKeys,
            Self::PassphraseNeeded => Kind::PassphraseNeeded,
            Self::WrongPassphrase => Kind::WrongPassphrase,
            Self::Unsound { .. } => Kind::UnsoundKey,
            Self::Dsa | Self::Unsupported { .. } | Self::Cost { .. } => Kind::UnsupportedKey,
            Self::Empty
            | Self::NotAKey { .. }
            | Self::CutShort { .. }
            | Self::Missing { .. }
            | Self::Mendable { .. }
            | Self::Damaged { .. }
            | Self::NotBase64 { .. } => Kind::NotAKey,
        }
    }

    /// One next step, ready to paste. `name` is the file as typed.
    pub(super) fn hint(&self, name: &str) -> Option<String> {
        match self {
            Self::Public | Self::Certificate => {
                match name.strip_suffix("-cert.pub").or_else(|| name.strip_suffix(".pub")) {
                    Some(private) => {
                        Some(format!("name the private key: {}", shell_path(Path::new(private))))
                    }
                    None => Some("name the private key, the file without .pub".into()),
                }
            }
            Self::SeveralKeys { .. } => Some("split it: one key a file".into()),
            Self::Dsa => Some("make a new key: sshk keygen".into()),
            Self::PassphraseNeeded => {
                Some("give it with --passphrase-file FILE or SSHK_PASSPHRASE".into())
            }
            Self::Mendable { .. } => {
                Some(format!("sshk convert {} --repair", shell_path(Path::new(name))))
            }
            Self::CutShort { .. }
            | Self::Missing { .. }
            | Self::Damaged { .. }
            | Self::NotBase64 { .. } => {
                Some("copy the whole file again from where it came from".into())
            }
            Self::Unsound { .. } => {
                Some("make a new key (sshk keygen), and take this one out of use".into())
            }
            Self::Empty
            | Self::NotAKey { .. }
            | Self::Unsupported { .. }
            | Self::Cost { .. }
            | Self::WrongPassphrase => None,
        }
    }
}
