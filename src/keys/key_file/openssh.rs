//! OpenSSH's own private key format (PROTOCOL.key). ssh-key reads and writes it too, but loses the
//! comment of an encrypted key, uses 16 rounds, and rejects ECDSA keys whose private number has
//! leading zeros, one P-256 key in 512.

use super::format::Encryption;
use super::{armour, ecdsa, fault::Fault, public_line};
use crate::secret::Passphrase;
use crate::ssh_string;
use rand::CryptoRng;
use ssh_key::encoding::{Decode, Encode};
use ssh_key::private::KeypairData;
use ssh_key::{Algorithm, Cipher, EcdsaCurve, Kdf, PrivateKey, PublicKey};
use zeroize::Zeroizing;

/// How the bytes of a key begin.
pub(super) const MAGIC: &[u8] = b"openssh-key-v1\0";
/// Rounds of bcrypt_pbkdf written by default: DEFAULT_ROUNDS of the current sshkey.c.
const ROUNDS: u32 = 24;
/// The most rounds read and written: a few minutes.
pub(super) const MAX_ROUNDS: u32 = 10_000;

const SHORT: Fault = Fault::Damaged { why: "part of it is missing" };

/// What is left to read.
struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], Fault> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(SHORT)?;
        self.rest = rest;
        Ok(taken)
    }

    fn number(&mut self) -> Result<u32, Fault> {
        let (bytes, rest) = self.rest.split_first_chunk().ok_or(SHORT)?;
        self.rest = rest;
        Ok(u32::from_be_bytes(*bytes))
    }

    fn string(&mut self) -> Result<&'a [u8], Fault> {
        ssh_string::take(&mut self.rest).ok_or(SHORT)
    }

    fn word(&mut self) -> Result<&'a str, Fault> {
        std::str::from_utf8(self.string()?)
            .map_err(|_| Fault::Damaged { why: "one of its names is not text" })
    }
}

/// A key as its file holds it, its private section still closed if there is a passphrase.
pub(super) struct Container {
    cipher: Cipher,
    kdf: Kdf,
    public: PublicKey,
    section: Zeroizing<Vec<u8>>,
    tag: Vec<u8>,
}

impl Container {
    /// Reads everything that can be read without a passphrase.
    pub(super) fn read(body: &[u8]) -> Result<Self, Fault> {
        let rest = body
            .strip_prefix(MAGIC)
            .ok_or(Fault::Damaged { why: "its content does not match its first line" })?;
        let mut reader = Reader { rest };
        let cipher_name = reader.word()?;
        let cipher = Cipher::new(cipher_name)
            .map_err(|_| Fault::Unsupported { what: format!("the cipher {cipher_name:?}") })?;
        let kdf_name = reader.word()?;
        let mut options = Reader { rest: reader.string()? };
        let kdf = match kdf_name {
            "none" => Kdf::None,
            "bcrypt" => Kdf::Bcrypt { salt: options.string()?.to_vec(), rounds: options.number()? },
            other => {
                return Err(Fault::Unsupported { what: format!("the key derivation {other:?}") });
            }
        };
        if cipher.is_none() != kdf.is_none() {
            return Err(Fault::Damaged {
                why: "it names a cipher without a key derivation, or vice versa",
            });
        }
        if let Kdf::Bcrypt { rounds, .. } = kdf
            && rounds > MAX_ROUNDS
        {
            return Err(Fault::Cost {
                what: format!("{rounds} rounds of bcrypt; the limit is {MAX_ROUNDS}"),
            });
        }
        match reader.number()? {
            1 => {}
            count => {
                return Err(Fault::SeveralKeys {
                    count: usize::try_from(count).unwrap_or(usize::MAX),
                });
            }
        }
        let public = public_line::from_blob(reader.string()?)?;
        let section = reader.string()?;
        if section.is_empty() || !section.len().is_multiple_of(cipher.block_size()) {
            return Err(SHORT);
        }
        let tag = reader.take(if cipher.has_tag() { 16 } else { 0 })?;
        if !reader.rest.is_empty() {
            return Err(Fault::Damaged { why: "something follows the key" });
        }
        Ok(Self {
            cipher,
            kdf,
            public,
            section: Zeroizing::new(section.to_vec()),
            tag: tag.to_vec(),
        })
    }

    pub(super) fn is_encrypted(&self) -> bool {
        self.cipher.is_some()
    }

    pub(super) fn encryption(&self) -> Option<Encryption> {
        match &self.kdf {
            Kdf::Bcrypt { rounds, .. } => Some(Encryption {
                cipher: self.cipher.as_str().into(),
                kdf: format!("bcrypt, {rounds} rounds"),
            }),
            _ => None,
        }
    }

    /// The public key, which is not encrypted, without its comment, which is.
    pub(super) fn public(&self) -> &PublicKey {
        &self.public
    }

    /// The key of a section that is not encrypted.
    pub(super) fn open_plain(&self) -> Result<PrivateKey, Fault> {
        let mut reader = Reader { rest: &self.section };
        if reader.number()? != reader.number()? {
            return Err(Fault::Damaged { why: "its check numbers differ" });
        }
        self.key(reader)
    }

    pub(super) fn open(&self, passphrase: &Passphrase) -> Result<PrivateKey, Fault> {
        let (key, iv) = self
            .kdf
            .derive_key_and_iv(self.cipher, passphrase.expose())
            .map_err(|_| Fault::WrongPassphrase)?;
        let mut section = self.section.clone();
        let tag = self.tag.as_slice().try_into().ok();
        self.cipher.decrypt(&key, &iv, &mut section, tag).map_err(|_| Fault::WrongPassphrase)?;
        let mut reader = Reader { rest: &section };
        if reader.number()? != reader.number()? {
            return Err(Fault::WrongPassphrase);
        }
        self.key(reader)
    }

    /// The rest of a section, after its check numbers.
    fn key(&self, mut reader: Reader<'_>) -> Result<PrivateKey, Fault> {
        let key = read_keypair(&mut reader)?;
        let comment = public_line::clean_comment(reader.string()?);
        if !reader.rest.iter().zip(1u8..=255).all(|(byte, expected)| *byte == expected)
            || reader.rest.len() > 255
        {
            return Err(Fault::Damaged { why: "its padding is wrong" });
        }
        let key = PrivateKey::new(key, comment).map_err(|_| SHORT)?;
        if key.public_key().key_data() != self.public.key_data() {
            return Err(Fault::unsound("its public key belongs to another key"));
        }
        Ok(key)
    }
}

fn read_keypair(reader: &mut Reader<'_>) -> Result<KeypairData, Fault> {
    let mut ahead = Reader { rest: reader.rest };
    let name = ahead.word()?;
    match name.parse::<Algorithm>() {
        Ok(Algorithm::Ecdsa { curve }) => {
            if ahead.word()?.parse::<EcdsaCurve>() != Ok(curve) {
                return Err(Fault::unsound("it names two different curves"));
            }
            let (point, scalar) = (ahead.string()?, ahead.string()?);
            let pair = ecdsa::keypair(curve, scalar)?;
            if pair.public_key_bytes() != point {
                return Err(Fault::unsound("its public key belongs to another key"));
            }
            reader.rest = ahead.rest;
            Ok(KeypairData::Ecdsa(pair))
        }
        // The library ignores what follows the bytes that it expects in a string.
        Ok(Algorithm::Ed25519) if ahead.string()?.len() != 32 || ahead.string()?.len() != 64 => {
            Err(Fault::Damaged { why: "its private numbers have the wrong length" })
        }
        Ok(Algorithm::Dsa) => Err(Fault::Dsa),
        Ok(Algorithm::Other(_)) | Err(_) => {
            Err(Fault::Unsupported { what: format!("the key algorithm {name:?}") })
        }
        Ok(_) => KeypairData::decode(&mut reader.rest)
            .map_err(|_| Fault::Damaged { why: "its private numbers cannot be read" }),
    }
}

/// Writes a key with its comment: plain, or with aes256-ctr and bcrypt as ssh-keygen does.
pub(super) fn write<R: CryptoRng + ?Sized>(
    key: &PrivateKey,
    passphrase: Option<&Passphrase>,
    rounds: Option<u32>,
    rng: &mut R,
) -> Result<Zeroizing<String>, Fault> {
    let (cipher, kdf) = match passphrase {
        None => (Cipher::None, Kdf::None),
        Some(_) => {
            let mut salt = vec![0; 16];
            rng.fill_bytes(&mut salt);
            (Cipher::Aes256Ctr, Kdf::Bcrypt { salt, rounds: rounds.unwrap_or(ROUNDS) })
        }
    };
    let mut section = section(key, cipher.block_size(), rng.next_u32())?;
    if let Some(passphrase) = passphrase {
        let too_big = |_| Fault::Unsupported { what: "this number of bcrypt rounds".into() };
        let (key, iv) = kdf.derive_key_and_iv(cipher, passphrase.expose()).map_err(too_big)?;
        cipher.encrypt(&key, &iv, &mut section).map_err(|_| SHORT)?;
    }
    let public = key.public_key().to_bytes().map_err(|_| SHORT)?;
    let mut body = Zeroizing::new(Vec::with_capacity(section.len() + public.len() + 256));
    body.extend_from_slice(MAGIC);
    ssh_string::put(&mut body, cipher.as_str().as_bytes());
    kdf.encode(&mut *body).map_err(|_| SHORT)?;
    body.extend_from_slice(&1u32.to_be_bytes());
    ssh_string::put(&mut body, &public);
    ssh_string::put(&mut body, &section);
    Ok(armour::write(armour::OPENSSH, "", &body, armour::OPENSSH_WIDTH))
}

/// The private section: two equal check numbers, the key, its comment, and 1, 2, 3 … up to the
/// cipher's block.
fn section(key: &PrivateKey, block: usize, check: u32) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let length = key.key_data().encoded_len().map_err(|_| SHORT)? + key.comment().len() + 64;
    let mut out = Zeroizing::new(Vec::with_capacity(length));
    out.extend_from_slice(&check.to_be_bytes());
    out.extend_from_slice(&check.to_be_bytes());
    match key.key_data() {
        KeypairData::Ecdsa(pair) => {
            ssh_string::put(&mut out, pair.algorithm().as_str().as_bytes());
            ssh_string::put(&mut out, pair.curve().as_str().as_bytes());
            ssh_string::put(&mut out, pair.public_key_bytes());
            put_number(&mut out, pair.private_key_bytes());
        }
        other => other.encode(&mut *out).map_err(|_| SHORT)?,
    }
    ssh_string::put(&mut out, key.comment().as_bytes());
    let padding = (block - out.len() % block) % block;
    out.extend((1u8..).take(padding));
    Ok(out)
}

/// A positive number without superfluous zeros, as RFC 4251 wants it.
fn put_number(out: &mut Vec<u8>, bytes: &[u8]) {
    let digits = &bytes[bytes.iter().take_while(|byte| **byte == 0).count()..];
    let sign: &[u8] = if digits.first().is_some_and(|byte| *byte >= 0x80) { &[0] } else { &[] };
    ssh_string::put(out, &Zeroizing::new([sign, digits].concat()));
}
