//! Whatever a key file holds: either half, in whichever format.

use super::{Error, KeyFile, Private, PublicFormat, ppk, public, read_text};
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
    pub text: Zeroizing<String>,
    /// The permission bits, `0o600`.
    pub mode: u32,
    /// Whether the file belongs to who asks: only then does ssh look at its mode.
    pub is_own: bool,
    pub content: Result<Content, Error>,
}

impl Found {
    /// The mode, where others can reach a private key because of it.
    pub fn unsafe_mode(&self) -> Option<u32> {
        (self.is_own && self.mode & 0o077 != 0 && !matches!(self.content, Ok(Content::Public(..)))).then_some(self.mode)
    }
}

impl Content {
    /// Reads a text. `name` stands in messages: the path as typed.
    pub fn parse(text: &str, name: &str) -> Result<Self, Error> {
        // A private key first, whatever surrounds it.
        if !text.contains("PRIVATE KEY") && !ppk::is_announced(text) && public::is_announced(text) {
            let (format, key) = public::read(text).map_err(|fault| Error::Key { name: name.to_owned(), fault })?;
            return Ok(Self::Public(format, key));
        }
        Private::parse(Zeroizing::new(text.to_owned()), name).map(|private| Self::Private(Box::new(private)))
    }
}

impl KeyFile {
    /// Reads the file that was named, and only that, with the bounds of [`KeyFile::read_text`]. Its mode is told, not judged.
    pub fn read(&self) -> Result<Found, Error> {
        let (text, metadata) = read_text(&self.path)?;
        let content = Content::parse(&text, &self.path.to_string_lossy());
        let is_own = metadata.uid() == rustix::process::getuid().as_raw();
        Ok(Found { text, mode: metadata.mode() & 0o7777, is_own, content })
    }
}
