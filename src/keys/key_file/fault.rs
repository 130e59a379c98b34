//! What can be wrong with the text of a key, in whichever format.

use super::document::Document;
use crate::error::Kind;
use crate::quoting::shell_path;
use std::path::Path;

/// Why a text is not the key that was asked for. Nothing was changed, and no content of the text is
/// repeated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the message of a variant describes it")]
pub enum Fault {
    #[error("it is empty")]
    Empty,
    #[error("this is not a key: {why}")]
    NotAKey { why: &'static str },
    #[error("this is a public key, not a private key")]
    Public,
    /// What sshd would obey would be lost.
    #[error("there are options before the key: this is a line of an authorized_keys file")]
    OptionsBefore,
    #[error("this is a certificate, not a key")]
    Certificate,
    #[error("it holds {count} keys, and one is expected")]
    SeveralKeys { count: usize },
    #[error("the key is cut short: its last line, -----END {label}-----, is missing")]
    CutShort { label: &'static str },
    #[error("the key is incomplete: {bytes} of its {of} bytes are missing")]
    Missing { bytes: usize, of: usize },
    /// All the damage can be repaired.
    #[error("the key is damaged: {what}")]
    Repairable { what: String },
    /// The key is whole, but the file is not its own.
    #[error("{document}; it is not a key file")]
    InDocument { document: Document },
    #[error("the key is damaged: {why}")]
    Damaged { why: &'static str },
    #[error("the key is damaged: line {line} is not base64")]
    NotBase64 { line: usize },
    #[error("this is a DSA key, which OpenSSH and current servers no longer accept")]
    Dsa,
    #[error("{what} is not supported")]
    Unsupported { what: String },
    #[error("opening this key would take too much time or memory: {what}")]
    Cost { what: String },
    #[error("the key is encrypted and needs a passphrase")]
    PassphraseNeeded,
    #[error("wrong passphrase")]
    WrongPassphrase,
    #[error("the key is not safe to use: {why}")]
    Unsound { why: &'static str },
}

impl Fault {
    /// The [`Kind`] of the failure.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Public => Kind::PublicKey,
            Self::Certificate => Kind::Certificate,
            Self::SeveralKeys { .. } => Kind::SeveralKeys,
            Self::InDocument { .. } => Kind::KeyInDocument,
            Self::PassphraseNeeded => Kind::PassphraseNeeded,
            Self::WrongPassphrase => Kind::WrongPassphrase,
            Self::Unsound { .. } => Kind::UnsoundKey,
            Self::Dsa | Self::Unsupported { .. } | Self::Cost { .. } => Kind::UnsupportedKey,
            Self::Empty
            | Self::NotAKey { .. }
            | Self::OptionsBefore
            | Self::CutShort { .. }
            | Self::Missing { .. }
            | Self::Repairable { .. }
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
                        Some(format!("give the private key: {}", shell_path(Path::new(private))))
                    }
                    None => Some("give the private key, the file without .pub".into()),
                }
            }
            Self::OptionsBefore => {
                Some("save the key alone, from its type on, to a file of its own".into())
            }
            Self::SeveralKeys { .. } => Some("split it into files with one key each".into()),
            Self::Dsa => Some("generate a new key: sshk keygen".into()),
            Self::PassphraseNeeded => {
                Some("give it with --passphrase-file FILE or SSHK_PASSPHRASE".into())
            }
            Self::Repairable { .. } => {
                Some(format!("sshk convert {} --repair", shell_path(Path::new(name))))
            }
            Self::InDocument { .. } => Some(save_key_of(name)),
            Self::CutShort { .. }
            | Self::Missing { .. }
            | Self::Damaged { .. }
            | Self::NotBase64 { .. } => Some("copy the whole file again from its source".into()),
            Self::Unsound { .. } => {
                Some("generate a new key (sshk keygen) and stop using this one".into())
            }
            Self::Empty
            | Self::NotAKey { .. }
            | Self::Unsupported { .. }
            | Self::Cost { .. }
            | Self::WrongPassphrase => None,
        }
    }
}

/// The command that writes the key in a document to a file of its own.
pub(super) fn save_key_of(name: &str) -> String {
    format!(
        "save the key to a file of its own: sshk convert {} --repair -f {}",
        shell_path(Path::new(name)),
        shell_path(Path::new(&format!("{name}.key")))
    )
}
