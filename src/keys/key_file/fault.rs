//! What can be wrong with the text of a key, in whichever format.

use super::document::Document;
use crate::error::Kind;
use crate::quoting::shell_path;
use ssh_key::PublicKey;
use ssh_key::public::KeyData;
use std::path::Path;

/// The name of a stream in messages.
pub const STANDARD_INPUT: &str = "standard input";

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
    /// The key is whole, and some programs read it as it is.
    #[error("this is a private key in DER, the binary form of PEM, which ssh does not read")]
    Der,
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
    /// Another program converts it.
    #[error("{what} is not supported")]
    Foreign { what: String, by: Converter },
    #[error("opening this key would take too much time or memory: {what}")]
    Cost { what: String },
    #[error("the key is encrypted and needs a passphrase")]
    PassphraseNeeded,
    #[error("wrong passphrase")]
    WrongPassphrase,
    #[error("the key is not safe to use: {why}")]
    Unsound {
        why: &'static str,
        /// For telling which key it is, if that can be known.
        public: Option<Box<PublicKey>>,
    },
}

impl Fault {
    /// A key whose numbers are wrong.
    pub(super) fn unsound(why: &'static str) -> Self {
        Self::Unsound { why, public: None }
    }

    /// The same, naming the key if the fault is that it is unsound.
    pub(super) fn of(self, key: &KeyData) -> Self {
        match self {
            Self::Unsound { why, public: None } => {
                Self::Unsound { why, public: Some(Box::new(key.clone().into())) }
            }
            fault => fault,
        }
    }

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
            Self::Dsa
            | Self::Der
            | Self::Unsupported { .. }
            | Self::Foreign { .. }
            | Self::Cost { .. } => Kind::UnsupportedKey,
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
                let private = name.strip_suffix("-cert.pub").or_else(|| name.strip_suffix(".pub"));
                Some(match private.filter(|private| Path::new(private).exists()) {
                    Some(private) => {
                        format!("give the private key: {}", shell_path(Path::new(private)))
                    }
                    None => "give the private key, the file without .pub".into(),
                })
            }
            Self::OptionsBefore => {
                Some("save the key alone, from its type on, to a file of its own".into())
            }
            Self::SeveralKeys { .. } => Some("split it into files with one key each".into()),
            Self::Dsa => Some("generate a new key: sshk keygen".into()),
            Self::PassphraseNeeded => {
                Some("give it with --passphrase-file or SSHK_PASSPHRASE".into())
            }
            Self::Repairable { .. } if name == STANDARD_INPUT => {
                Some("repair it first: sshk oneline --decode -".into())
            }
            // Its commands are about files.
            Self::Der | Self::Foreign { .. } | Self::InDocument { .. }
                if name == STANDARD_INPUT =>
            {
                Some("save it to a file, and try it with sshk show".into())
            }
            Self::Repairable { .. } => {
                Some(format!("sshk convert {} --repair", shell_path(Path::new(name))))
            }
            Self::Der => Some(format!(
                "write it as PEM: sshk convert {} --repair -f {}",
                shell_path(Path::new(name)),
                shell_path(Path::new(&format!("{}.pem", name.trim_end_matches(".der"))))
            )),
            Self::Foreign { by, .. } => Some(by.command(name)),
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

/// The program that reads what sshk does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names describe it")]
pub enum Converter {
    OpensslPkcs12,
    OpensslPkcs8,
    /// With the ciphers that OpenSSL 3 has only in its legacy provider.
    OpensslPkcs8Legacy,
    Puttygen,
}

impl Converter {
    /// The command that writes a copy of the file `name` that sshk reads.
    fn command(self, name: &str) -> String {
        let file = shell_path(Path::new(name));
        let copy = |end: &str| shell_path(Path::new(&format!("{name}.{end}")));
        let pkcs8 = "openssl pkcs8 -topk8 -v2 aes-256-cbc";
        match self {
            Self::OpensslPkcs12 => {
                let copy = copy("pem");
                format!("extract the key: openssl pkcs12 -nocerts -in {file} -out {copy}")
            }
            Self::OpensslPkcs8 => {
                format!("encrypt it again: {pkcs8} -in {file} -out {}", copy("pkcs8"))
            }
            Self::OpensslPkcs8Legacy => format!(
                "encrypt it again: {pkcs8} -provider default -provider legacy -in {file} -out {}",
                copy("pkcs8")
            ),
            Self::Puttygen => {
                format!("convert it: puttygen {file} -O private-openssh -o {}", copy("openssh"))
            }
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
