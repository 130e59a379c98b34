//! A private key in another form: format, passphrase, comment. A passphrase stays unless its
//! removal was asked for.

use crate::error::{Failure, Kind};
use crate::keys::key_file::{self, Fault, Format, encode};
use crate::secret::Passphrase;
use rand::CryptoRng;
use ssh_key::{PrivateKey, PublicKey};
use zeroize::Zeroizing;

/// What is to change; `None` and `Keep` change nothing.
#[derive(Debug)]
pub struct Conversion {
    /// The new format.
    pub format: Option<Format>,
    /// The new passphrase.
    pub passphrase: NewPassphrase,
    /// The new comment.
    pub comment: Option<String>,
}

/// What happens to the passphrase.
#[derive(Debug)]
pub enum NewPassphrase {
    /// It stays.
    Keep,
    /// It is replaced by this one.
    Set(Passphrase),
    /// It is removed.
    Drop,
}

/// A key file's text in its new form.
pub struct Converted {
    /// The content of the file.
    pub text: Zeroizing<String>,
    /// Its format.
    pub format: Format,
    /// Whether it needs a passphrase.
    pub is_encrypted: bool,
}

/// Why a key was not converted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the message of a variant describes it")]
pub enum Error {
    #[error(
        "an empty passphrase would leave the key unprotected; nothing was \
        written"
    )]
    EmptyPassphrase,
    #[error("{name:?}: public keys can only be written in the openssh format; nothing was written")]
    PublicFormat { name: String },
    #[error("{name:?}: this is a public key, which has no passphrase; nothing was written")]
    PublicPassphrase { name: String },
    #[error(transparent)]
    KeyFile(#[from] key_file::Error),
}

impl Failure for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::EmptyPassphrase | Self::PublicFormat { .. } | Self::PublicPassphrase { .. } => {
                Kind::Usage
            }
            Self::KeyFile(error) => error.kind(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::EmptyPassphrase => Some("to remove the passphrase, use --no-passphrase".into()),
            Self::PublicFormat { .. } => Some("use -m openssh".into()),
            Self::PublicPassphrase { .. } => Some("give the private key".into()),
            Self::KeyFile(error) => error.hint(),
        }
    }
}

impl Conversion {
    /// The format written for a key that comes in `source`. PuTTY's are never written.
    pub fn target(&self, source: Format) -> Format {
        self.format.unwrap_or(match source {
            Format::Ppk2 | Format::Ppk3 => Format::OpenSsh,
            source => source,
        })
    }

    /// Whether nothing changes, so that the key need not be opened.
    pub fn is_nothing(&self) -> bool {
        self.format.is_none()
            && self.comment.is_none()
            && matches!(self.passphrase, NewPassphrase::Keep)
    }

    /// The new text of `key`, which was in the format `source` with the passphrase `old`.
    ///
    /// # Errors
    ///
    /// If the new passphrase is empty, or those of [`encode`].
    pub fn apply<R: CryptoRng + ?Sized>(
        &self,
        mut key: PrivateKey,
        source: Format,
        old: Option<&Passphrase>,
        rng: &mut R,
    ) -> Result<Converted, Error> {
        if let Some(comment) = &self.comment {
            key.set_comment(key_file::clean_comment(comment.as_bytes()));
        }
        let passphrase = match &self.passphrase {
            NewPassphrase::Keep => old,
            NewPassphrase::Set(new) if new.is_empty() => return Err(Error::EmptyPassphrase),
            NewPassphrase::Set(new) => Some(new),
            NewPassphrase::Drop => None,
        };
        let format = self.target(source);
        let text = encode(&key, format, passphrase, None, rng)?;
        Ok(Converted { text, format, is_encrypted: passphrase.is_some_and(|it| !it.is_empty()) })
    }

    /// The line of a public key, of which only the comment can change.
    ///
    /// # Errors
    ///
    /// If another format or a passphrase is asked for.
    pub fn apply_to_public(&self, key: PublicKey, name: &str) -> Result<String, Error> {
        if self.format.is_some_and(|format| format != Format::OpenSsh) {
            return Err(Error::PublicFormat { name: name.to_owned() });
        }
        if !matches!(self.passphrase, NewPassphrase::Keep) {
            return Err(Error::PublicPassphrase { name: name.to_owned() });
        }
        self.comment_public(key, name)
    }

    /// The line of a public key, with the new comment if there is one.
    ///
    /// # Errors
    ///
    /// If the key has no such line.
    pub fn comment_public(&self, mut key: PublicKey, name: &str) -> Result<String, Error> {
        if let Some(comment) = &self.comment {
            key.set_comment(key_file::clean_comment(comment.as_bytes()));
        }
        let line = key.to_openssh().map_err(|_| {
            let fault = Fault::Unsupported { what: "this type of key".into() };
            key_file::Error::Key { name: name.to_owned(), fault }
        })?;
        Ok(line.trim_end().to_owned() + "\n")
    }
}
