//! Why a key was not generated.

use super::key_type::KeyType;
use super::prime;
use crate::error::{Failure, Kind};

/// Why a key was not generated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the message of a variant describes it")]
pub enum Error {
    #[error("{typed:?} is not a key type")]
    Type { typed: String },
    #[error("a key of type {kind} cannot have {bits} bits; nothing was written")]
    Bits { kind: KeyType, bits: u32 },
    #[error("generating the key failed; nothing was written")]
    Generation,
    #[error("generating the key was cancelled; nothing was written")]
    Cancelled,
}

impl From<prime::Error> for Error {
    fn from(error: prime::Error) -> Self {
        match error {
            prime::Error::Cancelled => Self::Cancelled,
            prime::Error::NoThread => Self::Generation,
        }
    }
}

impl Failure for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::Type { .. } | Self::Bits { .. } => Kind::Usage,
            Self::Generation => Kind::Generation,
            Self::Cancelled => Kind::Interrupted,
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Type { .. } => "the types are rsa, ed25519 and ecdsa".into(),
            Self::Bits { kind: KeyType::Rsa, .. } => {
                "RSA keys have 2048 to 16384 bits: -b 4096".into()
            }
            Self::Bits { kind: KeyType::Ecdsa, .. } => {
                "ECDSA keys have 256, 384 or 521 bits: -b 256".into()
            }
            Self::Bits { kind: KeyType::Ed25519, .. } => {
                "ED25519 keys have only one size: omit -b".into()
            }
            Self::Generation | Self::Cancelled => return None,
        })
    }
}
