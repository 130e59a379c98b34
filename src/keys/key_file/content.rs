//! Whatever a key file holds: either half, in whichever format.

use super::disk::{read_bytes, text};
use super::error::Error;
use super::fault::Fault;
use super::format::PublicFormat;
use super::names::KeyFile;
use super::private::Private;
use super::repair::{Damage, diagnose};
use super::{ppk, public};
use ssh_key::PublicKey;
use std::os::unix::fs::MetadataExt;
use zeroize::Zeroizing;

/// What a text is.
#[derive(Debug)]
pub enum Content {
    Private(Box<Private>),
    Public(PublicFormat, PublicKey),
}

/// A file as it was found, whether a key is in it or not.
pub struct Found {
    /// Empty where the file is no text.
    pub text: Zeroizing<String>,
    /// The permission bits, `0o600`.
    pub mode: u32,
    /// Whether the file belongs to who asks: only then does ssh look at its mode.
    pub is_own: bool,
    pub content: Result<Content, Error>,
    /// What happened to a private key that can be undone.
    pub damages: Vec<Damage>,
    repaired: Option<Zeroizing<String>>,
}

impl Found {
    /// The key as a program would have written it, or why it cannot be had. A file that is whole as
    /// it stands is its own.
    pub fn into_repaired(self, name: &str) -> Result<Content, Error> {
        match (self.repaired, self.content) {
            (Some(text), _) => {
                Private::parse(text, name).map(|private| Content::Private(Box::new(private)))
            }
            (None, content) => content,
        }
    }

    /// The mode, where others can reach a private key because of it.
    pub fn unsafe_mode(&self) -> Option<u32> {
        (self.is_own && self.mode & 0o077 != 0 && !matches!(self.content, Ok(Content::Public(..))))
            .then_some(self.mode)
    }
}

impl Content {
    /// Reads a text. `name` stands in messages: the path as typed.
    pub fn parse(text: &str, name: &str) -> Result<Self, Error> {
        // A private key first, whatever surrounds it.
        if !text.contains("PRIVATE KEY") && !ppk::is_announced(text) && public::is_announced(text) {
            let (format, key) =
                public::read(text).map_err(|fault| Error::Key { name: name.to_owned(), fault })?;
            return Ok(Self::Public(format, key));
        }
        Private::parse(Zeroizing::new(text.to_owned()), name)
            .map(|private| Self::Private(Box::new(private)))
    }
}

impl KeyFile {
    /// Reads the file that was named, and only that, with the bounds of [`KeyFile::read_text`]. Its
    /// mode is told, not judged.
    pub fn read(&self) -> Result<Found, Error> {
        let (bytes, metadata) = read_bytes(self.path())?;
        let name = self.path().to_string_lossy();
        let diagnosis = diagnose(&bytes);
        let (text, content) = match text(self.path(), bytes) {
            Ok(text) => {
                let content = Content::parse(&text, &name);
                (text, content)
            }
            Err(error) => (Zeroizing::default(), Err(error)),
        };
        let damages = diagnosis.damages().to_vec();
        let (content, damages, repaired) = match content {
            // Public keys are no matter of the diagnosis.
            Ok(Content::Public(..)) => (content, Vec::new(), None),
            Ok(Content::Private(_)) => (content, damages, diagnosis.into_repaired(&name).ok()),
            Err(error) => match (diagnosis.fault().cloned(), error) {
                (None, _) => {
                    let fault = Fault::Repairable { what: diagnosis.summary() };
                    (
                        Err(Error::Key { name: name.clone().into_owned(), fault }),
                        damages,
                        diagnosis.into_repaired(&name).ok(),
                    )
                }
                (
                    Some(fault),
                    Error::Key {
                        fault:
                            Fault::Damaged { .. } | Fault::NotBase64 { .. } | Fault::CutShort { .. },
                        name,
                    },
                ) if !public::is_announced(&text) => {
                    (Err(Error::Key { name, fault }), Vec::new(), None)
                }
                (Some(_), error) => (Err(error), Vec::new(), None),
            },
        };
        let is_own = metadata.uid() == rustix::process::getuid().as_raw();
        Ok(Found { text, mode: metadata.mode() & 0o7777, is_own, content, damages, repaired })
    }
}
