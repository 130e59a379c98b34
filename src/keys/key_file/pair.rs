//! The private and the public key of a pair. Each file is opened and read once, so that both keys
//! come from the same moment.

use super::content::{parse_private, read_text_or_explain};
use super::disk::{is_there, read_bytes, read_text};
use super::error::Error;
use super::fault::Fault;
use super::names::KeyFile;
use super::origin::Origin;
use super::private::Private;
use super::{certificate_line, public};
use ssh_key::{Certificate, PublicKey};
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use zeroize::Zeroizing;

/// What a name refers to.
#[derive(Debug)]
pub enum Named {
    /// A key, by its private or its public file.
    Key(Box<KeyPair>),
    /// A certificate instead of a key.
    Certificate(Box<Certificate>),
}

/// The two keys of a pair, as far as the files hold them.
#[derive(Debug)]
pub struct KeyPair {
    /// `None` if there is only a public key.
    pub private: Option<Private>,
    /// `None` if there is no `.pub` and the private key is encrypted in a way that hides it.
    pub public: Option<PublicKey>,
    /// The certificate that the `.pub` beside a private key holds in place of the key, as ssh
    /// accepts it.
    pub certificate: Option<Box<Certificate>>,
}

impl KeyFile {
    /// The text of the file that was named: a regular file of at most 1 MiB, in UTF-8. A pipe or a
    /// device never makes this wait.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, or is not such a file.
    pub fn read_text(&self) -> Result<Zeroizing<String>, Error> {
        read_text(self.path()).map(|(text, _)| text)
    }

    /// As [`KeyFile::read_text`], with what [`KeyFile::replace`] needs.
    ///
    /// # Errors
    ///
    /// Those of [`KeyFile::read_text`].
    pub fn read_to_replace(&self) -> Result<(Zeroizing<String>, Origin), Error> {
        read_text(self.path()).map(|(text, metadata)| (text, Origin::of(&metadata)))
    }

    /// The bytes of the file that was named, in any encoding.
    ///
    /// # Errors
    ///
    /// Those of [`KeyFile::read_text`], but for the encoding.
    pub fn read_bytes(&self) -> Result<Zeroizing<Vec<u8>>, Error> {
        read_bytes(self.path()).map(|(bytes, _)| bytes)
    }

    /// The certificate in the file that was named: one line, `type base64 comment`.
    ///
    /// # Errors
    ///
    /// If the file cannot be read or does not hold exactly one certificate.
    pub fn read_certificate(&self) -> Result<Certificate, Error> {
        certificate_line::read(&self.read_text()?, self.path())
    }

    /// The private key.
    ///
    /// # Errors
    ///
    /// If it cannot be read, is no private key, or, in a file of the user's own, if others can
    /// reach it: ssh refuses it then too.
    pub fn read_private(&self) -> Result<Private, Error> {
        File::read(&self.private_path())?.private()
    }

    /// The public key, looked for where ssh does (authfile.c): in the file that was named, in the
    /// one with `.pub` after it, in the private key.
    ///
    /// # Errors
    ///
    /// If none of them has it. Unlike ssh, also if the `.pub` is not the private key's and both can
    /// be read.
    pub fn read_public(&self) -> Result<PublicKey, Error> {
        if self.names_public() {
            return File::read(self.path())?.public();
        }
        match File::read(self.path()) {
            Ok(file) if public::is_announced(&file.text) => file.public(),
            Ok(file) => self.public_beside(file.parse())?.ok_or_else(|| self.locked()),
            Err(error) => self.public_beside(Err(error))?.ok_or_else(|| self.locked()),
        }
    }

    /// Both keys.
    ///
    /// # Errors
    ///
    /// Those of [`KeyFile::read_private`] and [`KeyFile::read_public`]; a missing private key is
    /// not an error if there is a public key.
    pub fn read_pair(&self) -> Result<KeyPair, Error> {
        match self.read_named()? {
            Named::Key(pair) if pair.certificate.is_some() => {
                Err(key_error(&self.public_path(), Fault::Certificate))
            }
            Named::Key(pair) => Ok(*pair),
            Named::Certificate(_) => Err(key_error(self.path(), Fault::Certificate)),
        }
    }

    /// Both keys, or the certificate that was named instead of one.
    ///
    /// # Errors
    ///
    /// Those of [`KeyFile::read_pair`] and [`KeyFile::read_certificate`].
    pub fn read_named(&self) -> Result<Named, Error> {
        let private = match File::read(&self.private_path()) {
            Ok(file) if file.is_certificate() => return file.certificate(),
            // `-i` may name a public key by a name of its own.
            Ok(file) if !self.names_public() && public::is_announced(&file.text) => {
                let public = Some(file.public()?);
                let pair = KeyPair { private: None, public, certificate: None };
                return Ok(Named::Key(Box::new(pair)));
            }
            Ok(file) => match file.private() {
                Err(Error::Key { fault: Fault::Public | Fault::Certificate, .. }) => None,
                private => Some(private?),
            },
            Err(Error::Missing { .. }) if is_there(&self.public_path()) => None,
            Err(error) => return Err(error),
        };
        if !self.names_public() {
            let (public, certificate) = match &private {
                Some(private) => self.beside(private)?,
                None => (Some(File::read(&self.public_path())?.public()?), None),
            };
            return Ok(Named::Key(Box::new(KeyPair { private, public, certificate })));
        }
        let file = File::read(self.path())?;
        if file.is_certificate() {
            return file.certificate();
        }
        let public = Some(file.public()?);
        Ok(Named::Key(Box::new(KeyPair { private, public, certificate: None })))
    }

    /// What is in the `.pub` beside this private key, the public key or the certificate for it; the
    /// public key that the private one shows if there is no `.pub`.
    fn beside(&self, private: &Private) -> Result<Beside, Error> {
        let beside = self.public_path();
        if !is_there(&beside) {
            return Ok((private.public(), None));
        }
        let file = File::read(&beside)?;
        if !file.is_certificate() {
            return Ok((Some(self.of_pair(&file, private.public().as_ref())?), None));
        }
        let certificate = certificate_line::read(&file.text, &beside)?;
        match private.public() {
            Some(inside) if inside.key_data() != certificate.public_key() => {
                Err(self.not_a_pair(&beside))
            }
            _ => {
                let public = certificate.public_key().clone().into();
                Ok((Some(public), Some(Box::new(certificate))))
            }
        }
    }

    /// The public key of the `.pub`, or the one that was read from the private key, `inside`.
    fn public_beside(
        &self,
        inside: Result<Option<PublicKey>, Error>,
    ) -> Result<Option<PublicKey>, Error> {
        let beside = self.public_path();
        if !is_there(&beside) {
            return inside;
        }
        let file = File::read(&beside)?;
        self.of_pair(&file, inside.ok().flatten().as_ref()).map(Some)
    }

    /// The public key of a `.pub`, which is that of the private key, `inside`, if it is known.
    fn of_pair(&self, file: &File<'_>, inside: Option<&PublicKey>) -> Result<PublicKey, Error> {
        let public = file.public()?;
        match inside {
            Some(inside) if inside.key_data() != public.key_data() => {
                Err(self.not_a_pair(file.path))
            }
            _ => Ok(public),
        }
    }

    fn not_a_pair(&self, public: &Path) -> Error {
        Error::NotAPair { public: public.to_owned(), private: self.path().to_owned() }
    }

    fn locked(&self) -> Error {
        key_error(self.path(), Fault::PassphraseNeeded)
    }
}

/// The public key, and the certificate that the file holds in its place.
type Beside = (Option<PublicKey>, Option<Box<Certificate>>);

/// One file as it was read.
struct File<'a> {
    path: &'a Path,
    text: Zeroizing<String>,
    metadata: Metadata,
}

impl<'a> File<'a> {
    fn read(path: &'a Path) -> Result<Self, Error> {
        read_text_or_explain(path).map(|(text, metadata)| Self { path, text, metadata })
    }

    /// The public key inside a private one, if it is not encrypted.
    fn parse(self) -> Result<Option<PublicKey>, Error> {
        Private::parse(self.text, &self.path.to_string_lossy()).map(|private| private.public())
    }

    fn private(self) -> Result<Private, Error> {
        let name = self.path.to_string_lossy();
        let private = parse_private(&self.text, &name)?;
        // As ssh does: permissions matter only in the user's own files.
        let mode = self.metadata.mode() & 0o7777;
        if self.metadata.uid() == rustix::process::getuid().as_raw() && mode & 0o077 != 0 {
            return Err(Error::UnsafeMode { path: self.path.to_owned(), mode });
        }
        Ok(private)
    }

    fn public(&self) -> Result<PublicKey, Error> {
        // First of all: a private key is never read as a public one, whatever surrounds it.
        if self.text.contains("PRIVATE KEY") || self.text.contains("PuTTY-User-Key-File-") {
            return Err(Error::PrivateInPublic { path: self.path.to_owned() });
        }
        public::read(&self.text).map(|(_, key)| key).map_err(|fault| key_error(self.path, fault))
    }

    fn is_certificate(&self) -> bool {
        !self.text.contains("PRIVATE KEY") && certificate_line::is_announced(&self.text)
    }

    fn certificate(&self) -> Result<Named, Error> {
        certificate_line::read(&self.text, self.path)
            .map(|certificate| Named::Certificate(Box::new(certificate)))
    }
}

fn key_error(path: &Path, fault: Fault) -> Error {
    Error::Key { name: path.to_string_lossy().into_owned(), fault }
}
