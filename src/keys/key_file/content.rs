//! The content of a key file: a private or a public key, in any format.

use super::disk::{read_bytes, text};
use super::document::Document;
use super::error::Error;
use super::fault::Fault;
use super::format::PublicFormat;
use super::names::KeyFile;
use super::origin::Origin;
use super::private::Private;
use super::repair::{Damage, Diagnosis, diagnose};
use super::{ppk, public, public_line, surrounding_text};
use ssh_key::PublicKey;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use zeroize::Zeroizing;

/// What a text is.
#[derive(Debug)]
pub enum Content {
    /// A private key.
    Private(Box<Private>),
    /// A public key.
    Public(PublicFormat, PublicKey),
}

/// A file as it was found, whether a key is in it or not.
pub struct Found {
    /// Empty if the file is not text.
    pub text: Zeroizing<String>,
    /// Whether the file is UTF-8. If not, each character of the text is one of its bytes.
    pub is_utf8: bool,
    /// The permission bits, `0o600`.
    pub mode: u32,
    /// Whether the file belongs to the user: only then does ssh check its permissions.
    pub is_own: bool,
    /// Which file it was, for replacing it.
    pub origin: Origin,
    /// The key in it, or what is wrong with it.
    pub content: Result<Content, Error>,
    /// Damage to a private key that can be repaired.
    pub damages: Vec<Damage>,
    /// What a private key is in, if the file holds more than the key: replacing the file by the key
    /// would lose the rest.
    pub document: Option<Document>,
    /// The options of authorized_keys before the only public key, and that key: such a line is not
    /// a public key file, and what installs keys refuses it.
    pub behind_options: Option<(String, PublicKey)>,
    repaired: Option<Zeroizing<String>>,
}

impl Found {
    /// The private key in a damaged file or a [`Document`], for looking at it. `name` is for
    /// messages.
    pub fn repaired(&self, name: &str) -> Option<Private> {
        Private::parse(self.repaired.clone()?, name).ok()
    }

    /// The key as a program would have written it, or why it cannot be repaired. The content of a
    /// public key file is left as it is.
    ///
    /// # Errors
    ///
    /// If there is no whole key, even after the repair.
    pub fn into_repaired(self, name: &str) -> Result<Content, Error> {
        match (self.repaired, self.content) {
            (Some(text), _) => {
                Private::parse(text, name).map(|private| Content::Private(Box::new(private)))
            }
            (None, content) => content,
        }
    }

    /// The permission bits, if others can reach a private key because of them.
    pub fn unsafe_mode(&self) -> Option<u32> {
        (self.is_own && self.mode & 0o077 != 0 && !matches!(self.content, Ok(Content::Public(..))))
            .then_some(self.mode)
    }
}

impl Content {
    /// Reads a text. `name` is for messages: the path as typed.
    ///
    /// # Errors
    ///
    /// If there is no whole key in it.
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
    /// permissions are reported, not checked.
    ///
    /// # Errors
    ///
    /// If the file cannot be read. A file without a key is no error.
    pub fn read(&self) -> Result<Found, Error> {
        let (bytes, metadata) = read_bytes(self.path())?;
        let name = self.path().to_string_lossy();
        let diagnosis = diagnose(&bytes);
        let is_utf8 = std::str::from_utf8(&bytes).is_ok();
        let (text, content) = match text(self.path(), bytes) {
            Ok(text) => {
                let content = Content::parse(&text, &name);
                (text, content)
            }
            Err(error) => (Zeroizing::default(), Err(error)),
        };
        let damages = diagnosis.damages().to_vec();
        let document = match &content {
            Ok(Content::Public(..)) => {
                surrounding_text::is_more_than_a_comment(public::other_lines(&text))
                    .then_some(Document::Public)
            }
            _ => diagnosis.document().cloned(),
        };
        let (content, damages, repaired) = match content {
            // The diagnosis covers private keys only.
            Ok(Content::Public(..)) => (content, Vec::new(), None),
            // A comment in another code page is no damage.
            Ok(Content::Private(_)) if !is_utf8 && ppk::is_announced(&text) => {
                (content, Vec::new(), None)
            }
            Ok(Content::Private(_)) => (content, damages, diagnosis.into_repaired(&name).ok()),
            Err(error) => {
                let error = explained(error, &diagnosis, &name, &text);
                match diagnosis.into_repaired(&name) {
                    Ok(repaired) => (Err(error), damages, Some(repaired)),
                    Err(_) => (Err(error), Vec::new(), None),
                }
            }
        };
        let is_own = metadata.uid() == rustix::process::getuid().as_raw();
        let mode = metadata.mode() & 0o7777;
        let origin = Origin::of(&metadata);
        let behind_options = match &content {
            Err(Error::Key { fault: Fault::OptionsBefore, .. }) => {
                public_line::read_with_options(&text)
            }
            _ => None,
        };
        Ok(Found {
            text,
            is_utf8,
            mode,
            is_own,
            origin,
            content,
            damages,
            document,
            behind_options,
            repaired,
        })
    }
}

/// The private key in a text; if it is damaged, the error says how, and whether it can be repaired.
/// `name` is for messages.
///
/// # Errors
///
/// If there is no whole key in it.
pub fn parse_private(text: &str, name: &str) -> Result<Private, Error> {
    Private::parse(Zeroizing::new(text.to_owned()), name).map_err(|error| match &error {
        // A hint to convert a public key would be of no use.
        Error::Key { fault: Fault::Public | Fault::Certificate, .. } => error,
        _ => explained(error, &diagnose(text.as_bytes()), name, text),
    })
}

/// The text of a file, or what it is instead: a binary file may hold a key all the same.
pub(super) fn read_text_or_explain(path: &Path) -> Result<(Zeroizing<String>, Metadata), Error> {
    let (bytes, metadata) = read_bytes(path)?;
    match text(path, bytes.clone()) {
        Ok(text) => Ok((text, metadata)),
        Err(error) => Err(explained(error, &diagnose(&bytes), &path.to_string_lossy(), "")),
    }
}

/// Why a text is not a private key: what a repair would undo, or what the strict reader or the
/// diagnosis says.
fn explained(error: Error, diagnosis: &Diagnosis, name: &str, text: &str) -> Error {
    let fault = match (diagnosis.fault(), diagnosis.document(), diagnosis.damages()) {
        (Some(fault), ..) => return sharper(error, fault.clone(), name, text),
        (None, Some(document), _) => Fault::InDocument { document: document.clone() },
        (None, None, [Damage::Der]) => Fault::Der,
        (None, None, _) => Fault::Repairable { what: diagnosis.summary() },
    };
    Error::Key { name: name.to_owned(), fault }
}

/// The error of the strict reader, or the fault that the diagnosis found, if that says more.
fn sharper(error: Error, found: Fault, name: &str, text: &str) -> Error {
    let is_vague = match &error {
        Error::Key { fault, .. } => matches!(
            fault,
            Fault::Damaged { .. }
                | Fault::NotBase64 { .. }
                | Fault::CutShort { .. }
                | Fault::NotAKey { .. }
        ),
        // Unless the diagnosis did not get further either.
        Error::NotText { .. } => !matches!(found, Fault::Damaged { .. }),
        _ => false,
    };
    let says_more = !matches!(found, Fault::NotAKey { .. } | Fault::Empty);
    if is_vague && says_more && !public::is_announced(text) {
        Error::Key { name: name.to_owned(), fault: found }
    } else {
        error
    }
}
