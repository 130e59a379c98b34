//! A private key as text: which format, whether it is encrypted, and the key itself; and the way
//! back.

use super::armour::{self, Block};
use super::error::Error;
use super::fault::{Converter, Fault};
use super::format::{Encryption, Format};
use super::public_line::{clean_comment, is_certificate_line, is_public_line};
use super::{openssh, pem, pkcs8, ppk, public, sound};
use crate::secret::Passphrase;
use rand::CryptoRng;
use ssh_key::private::KeypairData;
use ssh_key::{PrivateKey, PublicKey};
use std::fmt;
use std::str::FromStr;
use zeroize::Zeroizing;

impl FromStr for Format {
    type Err = Error;

    fn from_str(typed: &str) -> Result<Self, Error> {
        match typed.to_ascii_lowercase().as_str() {
            "openssh" => Ok(Self::OpenSsh),
            "pem" => Ok(Self::Pem),
            "pkcs8" => Ok(Self::Pkcs8),
            _ => Err(Error::Format { typed: typed.to_owned() }),
        }
    }
}

/// A whole private key, read and checked as far as can be without its passphrase.
pub struct Private {
    name: String,
    text: Zeroizing<String>,
    format: Format,
    label: Option<&'static str>,
    body: Body,
}

enum Body {
    Plain(PrivateKey),
    OpenSsh(openssh::Container),
    Pem(pem::Sealed),
    Pkcs8(pkcs8::Sealed),
    Ppk(ppk::Container),
}

impl fmt::Debug for Private {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Private")
            .field("name", &self.name)
            .field("format", &self.format)
            .finish_non_exhaustive()
    }
}

impl Private {
    /// Reads a text. `name` is for messages: the path as typed, or `standard input`.
    ///
    /// # Errors
    ///
    /// With what the text is instead (a public key, cut short, several keys …), and for an
    /// unencrypted key whose numbers do not match.
    pub fn parse(text: Zeroizing<String>, name: &str) -> Result<Self, Error> {
        match parts(&text) {
            Ok((format, label, body)) => {
                Ok(Self { name: name.to_owned(), text, format, label, body })
            }
            Err(fault) => Err(Error::Key { name: name.to_owned(), fault }),
        }
    }

    /// The format of the text.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Whether it needs a passphrase.
    pub fn is_encrypted(&self) -> bool {
        !matches!(self.body, Body::Plain(_))
    }

    /// How the file is encrypted, if it is.
    pub fn encryption(&self) -> Option<Encryption> {
        match &self.body {
            Body::Plain(_) => None,
            Body::OpenSsh(container) => container.encryption(),
            Body::Pem(sealed) => Some(sealed.encryption()),
            Body::Pkcs8(sealed) => Some(sealed.encryption()),
            Body::Ppk(container) => container.encryption(),
        }
    }

    /// The text as it was given, for a copy of it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The label of its first line: `RSA PRIVATE KEY`; `None` for PuTTY's formats.
    pub fn label(&self) -> Option<&'static str> {
        self.label
    }

    /// The public key, if it can be read without a passphrase: always in OpenSSH's format (without
    /// its comment, which is encrypted too) and in PuTTY's, otherwise only of keys that are not
    /// encrypted.
    pub fn public(&self) -> Option<PublicKey> {
        match &self.body {
            Body::Plain(key) => Some(key.public_key().clone()),
            Body::OpenSsh(container) => Some(container.public().clone()),
            Body::Ppk(container) => Some(container.public()),
            Body::Pem(_) | Body::Pkcs8(_) => None,
        }
    }

    /// The key, checked for soundness. A passphrase for a key that has none is ignored, as ssh
    /// does.
    ///
    /// # Errors
    ///
    /// If the passphrase is missing or wrong, or the key is unsound.
    pub fn unlock(&self, passphrase: Option<&Passphrase>) -> Result<PrivateKey, Error> {
        self.open(passphrase).map_err(|fault| Error::Key { name: self.name.clone(), fault })
    }

    fn open(&self, passphrase: Option<&Passphrase>) -> Result<PrivateKey, Fault> {
        let passphrase = || passphrase.ok_or(Fault::PassphraseNeeded);
        let key = match &self.body {
            Body::Plain(key) => return Ok(key.clone()),
            Body::OpenSsh(container) => container.open(passphrase()?)?,
            Body::Pem(sealed) => without_comment(sealed.open(passphrase()?)?)?,
            Body::Pkcs8(sealed) => without_comment(sealed.open(passphrase()?)?)?,
            Body::Ppk(container) => container.open(Some(passphrase()?))?,
        };
        check(&key)?;
        Ok(key)
    }
}

fn check(key: &PrivateKey) -> Result<(), Fault> {
    sound::check(key.key_data()).map_err(|fault| fault.of(key.public_key().key_data()))
}

type Parts = (Format, Option<&'static str>, Body);

fn parts(text: &str) -> Result<Parts, Fault> {
    let parts = if ppk::is_announced(text) {
        let (format, body) = ppk_parts(text)?;
        (format, None, body)
    } else {
        let block = Block::read(text)?.ok_or_else(|| instead(text))?;
        let (format, body) = block_parts(&block)?;
        (format, Some(block.label), body)
    };
    if let Body::Plain(key) = &parts.2 {
        check(key)?;
    }
    Ok(parts)
}

/// What a text is if it lacks the first line of a private key.
fn instead(text: &str) -> Fault {
    let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty());
    let Some(first) = lines().next() else {
        return Fault::Empty;
    };
    if armour::LABELS.iter().any(|label| text.contains(&format!("-----BEGIN {label}-----"))) {
        let why = if text.contains("\\n") {
            "its line breaks are the two characters \\n"
        } else if lines().any(|line| armour::begin(line).and_then(armour::private_label).is_some())
        {
            "its lines are indented"
        } else {
            "its line breaks are lost"
        };
        return Fault::Damaged { why };
    }
    if armour::LABELS.iter().any(|label| text.contains(&format!("-----END {label}-----"))) {
        return Fault::Damaged { why: "its first line, -----BEGIN …-----, is missing" };
    }
    if public::announced(text).is_some() {
        return Fault::Public;
    }
    if first.starts_with("---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----") {
        let what = "the private key format of ssh.com".into();
        return Fault::Foreign { what, by: Converter::Puttygen };
    }
    if first.starts_with("-----BEGIN CERTIFICATE") {
        return Fault::NotAKey { why: "it holds an X.509 certificate" };
    }
    if lines().any(is_certificate_line) {
        return Fault::Certificate;
    }
    if lines().any(is_public_line) {
        return Fault::Public;
    }
    Fault::NotAKey { why: "it has no -----BEGIN … PRIVATE KEY----- line" }
}

fn ppk_parts(text: &str) -> Result<(Format, Body), Fault> {
    let container = ppk::Container::read(text)?;
    let format = match container.version() {
        ppk::Version::Two => Format::Ppk2,
        ppk::Version::Three => Format::Ppk3,
    };
    let body = if container.is_encrypted() {
        Body::Ppk(container)
    } else {
        Body::Plain(container.open(None)?)
    };
    Ok((format, body))
}

fn block_parts(block: &Block<'_>) -> Result<(Format, Body), Fault> {
    Ok(match block.label {
        armour::OPENSSH => {
            let container = openssh::Container::read(&block.body)?;
            let body = if container.is_encrypted() {
                Body::OpenSsh(container)
            } else {
                Body::Plain(container.open_plain()?)
            };
            (Format::OpenSsh, body)
        }
        armour::PKCS8 => (Format::Pkcs8, Body::Plain(without_comment(pkcs8::read(&block.body)?)?)),
        armour::PKCS8_ENCRYPTED => (Format::Pkcs8, Body::Pkcs8(pkcs8::read_sealed(&block.body)?)),
        _ => match pem::read(block)? {
            pem::Content::Plain(key) => (Format::Pem, Body::Plain(without_comment(key)?)),
            pem::Content::Sealed(sealed) => (Format::Pem, Body::Pem(sealed)),
        },
    })
}

/// PEM and PKCS#8 cannot hold a comment.
fn without_comment(key: KeypairData) -> Result<PrivateKey, Fault> {
    PrivateKey::new(key, "").map_err(|_| Fault::Unsupported { what: "this type of key".into() })
}

/// The shortest passphrase for PEM and PKCS#8, in characters: ssh-keygen's limit.
const MIN_PASSPHRASE: usize = 5;

/// Whether the format accepts this passphrase, to be checked before a long search for a key. An
/// empty one is none.
///
/// # Errors
///
/// If it is too short.
pub fn check_passphrase(format: Format, passphrase: &Passphrase) -> Result<(), Error> {
    let length = passphrase.expose().chars().count();
    if format != Format::OpenSsh && (1..MIN_PASSPHRASE).contains(&length) {
        return Err(Error::PassphraseTooShort { format });
    }
    Ok(())
}

/// The text of a key file, with LF line ends. An empty passphrase is none, as for ssh-keygen's `-N
/// ''`.
///
/// Encrypted with aes256-ctr and `rounds` of bcrypt (24 if `None`; only OpenSSH's format has them),
/// with PBKDF2-HMAC-SHA256 and AES-256-CBC in PKCS#8, and with AES-128-CBC after one round of MD5,
/// the best that this format has, in PEM. Only OpenSSH's format keeps the comment.
///
/// # Errors
///
/// If the format cannot hold the key or the passphrase.
pub fn encode<R: CryptoRng + ?Sized>(
    key: &PrivateKey,
    format: Format,
    passphrase: Option<&Passphrase>,
    rounds: Option<u32>,
    rng: &mut R,
) -> Result<Zeroizing<String>, Error> {
    let passphrase = passphrase.filter(|passphrase| !passphrase.is_empty());
    passphrase.map_or(Ok(()), |passphrase| check_passphrase(format, passphrase))?;
    if rounds.is_some_and(|rounds| !(1..=openssh::MAX_ROUNDS).contains(&rounds)) {
        return Err(Error::Rounds { most: openssh::MAX_ROUNDS });
    }
    let algorithm = key.algorithm();
    let fits = match key.key_data() {
        KeypairData::Rsa(_) | KeypairData::Ecdsa(_) => true,
        KeypairData::Ed25519(_) => format != Format::Pem,
        _ => format == Format::OpenSsh,
    };
    if !fits {
        return Err(Error::NoSuchForm { algorithm: algorithm.to_string(), format });
    }
    let comment = clean_comment(key.comment().as_bytes());
    let text = match format {
        Format::OpenSsh if comment.as_bytes() != key.comment().as_bytes() => {
            let mut key = key.clone();
            key.set_comment(comment);
            openssh::write(&key, passphrase, rounds, rng)
        }
        Format::OpenSsh => openssh::write(key, passphrase, rounds, rng),
        Format::Pem => pem::write(key.key_data(), passphrase, rng),
        Format::Pkcs8 => pkcs8::write(key.key_data(), passphrase, rng),
        Format::Ppk2 | Format::Ppk3 => return Err(Error::ReadOnlyFormat { format }),
    };
    text.map_err(|fault| Error::Key { name: algorithm.to_string(), fault })
}
