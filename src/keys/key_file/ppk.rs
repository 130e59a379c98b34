//! PuTTY's private key files, PPK 2 and 3 (PuTTY's manual, appendix C): read, never written.
//! ssh-key reads them too, but rejects ED25519 and ECDSA keys whose private number has zeros at its
//! end, and does not limit what a file asks it to compute.

use super::format::Encryption;
use super::{ecdsa, fault::Fault, public_line};
use crate::secret::Passphrase;
use crate::ssh_string;
use aes::Aes256;
use cbc::cipher::{BlockModeDecrypt, KeyIvInit, block_padding::NoPadding};
use data_encoding::{BASE64, HEXLOWER_PERMISSIVE};
use ring::{digest, hmac};
use ssh_key::private::{Ed25519Keypair, KeypairData, RsaKeypair, RsaPrivateKey};
use ssh_key::public::KeyData;
use ssh_key::{Mpint, PrivateKey, PublicKey};
use std::str::Lines;
use zeroize::Zeroizing;

/// How a file begins, before its version.
pub(super) const FIRST_WORD: &str = "PuTTY-User-Key-File-";
/// Bytes of a block of AES, to which the private part is padded.
const BLOCK: usize = 16;
/// Most memory accepted for Argon2, in KiB, and most work, memory times passes: some twenty
/// seconds. puttygen writes 8 MiB and 0.1 s.
const MAX_MEMORY: u32 = 256 << 10;
const MAX_WORK: u64 = 1 << 24;
/// The prefix from which PPK 2 derives the key of its MAC.
const MAC_KEY_PREFIX: &[u8] = b"putty-private-key-file-mac-key";

const CUT_SHORT: Fault = Fault::Damaged { why: "its end is missing" };
const OUT_OF_ORDER: Fault = Fault::Damaged { why: "its lines are not those of a PuTTY key file" };

/// A key as its file holds it, its private part still closed if there is a passphrase.
pub(super) struct Container {
    version: Version,
    algorithm: String,
    cipher_name: &'static str,
    kdf: Option<Kdf>,
    comment: String,
    public_blob: Vec<u8>,
    public: PublicKey,
    private_blob: Zeroizing<Vec<u8>>,
    mac: Vec<u8>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    Two,
    Three,
}

enum Kdf {
    /// PPK 2: SHA-1 of the passphrase, once.
    Sha1,
    Argon2 {
        flavour: argon2::Algorithm,
        params: argon2::Params,
        salt: Vec<u8>,
    },
}

/// What is derived from a passphrase.
struct Keys {
    cipher: Zeroizing<[u8; 32]>,
    iv: [u8; BLOCK],
    mac: Zeroizing<Vec<u8>>,
}

/// Whether a text announces itself as a PuTTY key file.
pub(super) fn is_announced(text: &str) -> bool {
    text.strip_prefix('\u{feff}').unwrap_or(text).trim_start().starts_with(FIRST_WORD)
}

/// The same file with LF line ends and nothing around it.
pub(super) fn clean(text: &str) -> Zeroizing<String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).trim();
    let mut out = Zeroizing::new(String::with_capacity(text.len() + 1));
    for line in text.lines() {
        // Spaces at the end of the comment are covered by the MAC.
        out.push_str(line);
        out.push('\n');
    }
    out
}

/// What is left to read of the file, line by line.
struct Fields<'a>(Lines<'a>);

impl<'a> Fields<'a> {
    /// The value of the next line, which must have this name.
    fn value(&mut self, name: &str) -> Result<&'a str, Fault> {
        let line = self.0.next().ok_or(CUT_SHORT)?;
        let value =
            line.strip_prefix(name).and_then(|rest| rest.strip_prefix(':')).ok_or(OUT_OF_ORDER)?;
        Ok(value.strip_prefix(' ').unwrap_or(value))
    }

    fn number(&mut self, name: &str) -> Result<u32, Fault> {
        self.value(name)?.trim().parse().map_err(|_| OUT_OF_ORDER)
    }

    fn hex(&mut self, name: &str) -> Result<Vec<u8>, Fault> {
        HEXLOWER_PERMISSIVE.decode(self.value(name)?.trim().as_bytes()).map_err(|_| OUT_OF_ORDER)
    }

    /// The bytes of as many lines of base64 as the line of this name says.
    fn block(&mut self, name: &str) -> Result<Zeroizing<Vec<u8>>, Fault> {
        let count = self.number(name)?;
        let mut packed = Zeroizing::new(Vec::with_capacity(self.0.clone().map(str::len).sum()));
        for _ in 0..count {
            packed.extend_from_slice(self.0.next().ok_or(CUT_SHORT)?.trim_end().as_bytes());
        }
        let part_missing = |_| Fault::Damaged { why: "part of its base64 text is missing" };
        let mut bytes =
            Zeroizing::new(vec![0; BASE64.decode_len(packed.len()).map_err(part_missing)?]);
        let length = BASE64
            .decode_mut(&packed, &mut bytes)
            .map_err(|_| Fault::Damaged { why: "part of its base64 text is missing" })?;
        bytes.truncate(length);
        Ok(bytes)
    }
}

impl Container {
    /// Reads everything that can be read without a passphrase; a file without one is checked
    /// against its MAC by [`Self::open`].
    pub(super) fn read(text: &str) -> Result<Self, Fault> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text).trim_start();
        let (version, _) = text
            .strip_prefix(FIRST_WORD)
            .and_then(|rest| rest.split_once(':'))
            .ok_or(OUT_OF_ORDER)?;
        let version = match version {
            "2" => Version::Two,
            "3" => Version::Three,
            other if other.parse::<u32>().is_ok() => {
                return Err(Fault::Unsupported {
                    what: "a PuTTY key file of a version other than 2 and 3".into(),
                });
            }
            _ => return Err(OUT_OF_ORDER),
        };
        let mut fields = Fields(text.lines());
        let algorithm = fields.value(&text[..=FIRST_WORD.len()])?.to_owned();
        let cipher_name = match fields.value("Encryption")? {
            "none" => "none",
            "aes256-cbc" => "aes256-cbc",
            _ => {
                return Err(Fault::Unsupported {
                    what: "the encryption of this PuTTY key file".into(),
                });
            }
        };
        let comment = fields.value("Comment")?.to_owned();
        let public_blob = fields.block("Public-Lines")?.to_vec();
        let public = public_half(&algorithm, &public_blob)?;
        let kdf = match (cipher_name, version) {
            ("none", _) => None,
            (_, Version::Two) => Some(Kdf::Sha1),
            (_, Version::Three) => Some(argon2(&mut fields)?),
        };
        let private_blob = fields.block("Private-Lines")?;
        if kdf.is_some() && (private_blob.is_empty() || !private_blob.len().is_multiple_of(BLOCK)) {
            return Err(Fault::Damaged { why: "part of it is missing" });
        }
        let mac = fields.hex("Private-MAC")?;
        if fields.0.any(|line| !line.trim().is_empty()) {
            return Err(Fault::Damaged { why: "something follows the key" });
        }
        Ok(Self {
            version,
            algorithm,
            cipher_name,
            kdf,
            comment,
            public_blob,
            public,
            private_blob,
            mac,
        })
    }

    pub(super) fn version(&self) -> Version {
        self.version
    }

    pub(super) fn is_encrypted(&self) -> bool {
        self.kdf.is_some()
    }

    pub(super) fn encryption(&self) -> Option<Encryption> {
        let kdf = match self.kdf.as_ref()? {
            Kdf::Sha1 => "SHA-1, 1 round".into(),
            Kdf::Argon2 { flavour, params, .. } => {
                let (memory, passes) = (params.m_cost(), params.t_cost());
                format!("{}, {memory} KiB, {passes} passes", flavour.as_str())
            }
        };
        Some(Encryption { cipher: self.cipher_name.into(), kdf })
    }

    /// The public key with its comment: neither is encrypted.
    pub(super) fn public(&self) -> PublicKey {
        let mut public = self.public.clone();
        public.set_comment(public_line::clean_comment(self.comment.as_bytes()));
        public
    }

    /// The key. Without a passphrase only if the file has none.
    pub(super) fn open(&self, passphrase: Option<&Passphrase>) -> Result<PrivateKey, Fault> {
        let mut private = self.private_blob.clone();
        let keys = match (&self.kdf, passphrase) {
            (None, _) => None,
            (Some(_), None) => return Err(Fault::PassphraseNeeded),
            (Some(kdf), Some(passphrase)) => Some(kdf.derive(passphrase)?),
        };
        if let Some(keys) = &keys {
            let decryptor =
                cbc::Decryptor::<Aes256>::new((&*keys.cipher).into(), (&keys.iv).into());
            decryptor
                .decrypt_padded::<NoPadding>(&mut private)
                .map_err(|_| Fault::WrongPassphrase)?;
        }
        self.authenticate(&private, keys.as_ref())?;
        let key = private_half(&self.public, &private)?;
        let key = PrivateKey::new(key, public_line::clean_comment(self.comment.as_bytes()))
            .map_err(|_| Fault::Unsupported { what: "this type of key".into() })?;
        if key.public_key().key_data() != self.public.key_data() {
            return Err(Fault::unsound("its public key belongs to another key"));
        }
        Ok(key)
    }

    /// Only here does a wrong passphrase show.
    fn authenticate(&self, private: &[u8], keys: Option<&Keys>) -> Result<(), Fault> {
        let (algorithm, bare) = match self.version {
            Version::Two => {
                let bare = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, MAC_KEY_PREFIX);
                (hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, bare.as_ref().to_vec())
            }
            Version::Three => (hmac::HMAC_SHA256, Vec::new()),
        };
        let key = hmac::Key::new(algorithm, keys.map_or(&bare, |keys| &keys.mac));
        let is_right = |comment: &[u8]| {
            let parts = [
                self.algorithm.as_bytes(),
                self.cipher_name.as_bytes(),
                comment,
                &self.public_blob,
                private,
            ];
            let mut covered =
                Zeroizing::new(Vec::with_capacity(parts.iter().map(|part| part.len() + 4).sum()));
            for part in parts {
                ssh_string::put(&mut covered, part);
            }
            hmac::verify(&key, &covered, &self.mac).is_ok()
        };
        if is_right(self.comment.as_bytes()) || self.comment_bytes().is_some_and(|it| is_right(&it))
        {
            return Ok(());
        }
        Err(match keys {
            Some(_) => Fault::WrongPassphrase,
            None => Fault::Damaged {
                why: "its MAC does not match: it was changed after it was written",
            },
        })
    }

    /// The bytes of a comment that was not UTF-8 in the file; each is one character here.
    fn comment_bytes(&self) -> Option<Vec<u8>> {
        self.comment.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect()
    }
}

fn public_half(algorithm: &str, blob: &[u8]) -> Result<PublicKey, Fault> {
    if algorithm.ends_with("-cert-v01@openssh.com") {
        return Err(Fault::Unsupported {
            what: "a PuTTY key file with a certificate in it".into(),
        });
    }
    if public_line::is_foreign_algorithm(algorithm) {
        return Err(Fault::Unsupported { what: "the key algorithm of this PuTTY key file".into() });
    }
    let public = public_line::from_blob(blob)?;
    if public.algorithm().as_str() != algorithm {
        return Err(Fault::Damaged { why: "the type before the key is not the type in the key" });
    }
    Ok(public)
}

/// Reads and limits PPK 3's parameters for Argon2.
fn argon2(fields: &mut Fields<'_>) -> Result<Kdf, Fault> {
    let flavour = match fields.value("Key-Derivation")? {
        "Argon2id" => argon2::Algorithm::Argon2id,
        "Argon2i" => argon2::Algorithm::Argon2i,
        "Argon2d" => argon2::Algorithm::Argon2d,
        _ => {
            return Err(Fault::Unsupported {
                what: "the key derivation of this PuTTY key file".into(),
            });
        }
    };
    let memory = fields.number("Argon2-Memory")?;
    let passes = fields.number("Argon2-Passes")?;
    let parallelism = fields.number("Argon2-Parallelism")?;
    if memory > MAX_MEMORY || u64::from(memory) * u64::from(passes) > MAX_WORK {
        let most = "the limit is 256 MiB, or 16384 passes over 1 MiB";
        return Err(Fault::Cost {
            what: format!("Argon2 with {memory} KiB and {passes} passes; {most}"),
        });
    }
    let salt = fields.hex("Argon2-Salt")?;
    let params =
        argon2::Params::new(memory, passes, parallelism, None).map_err(|_| OUT_OF_ORDER)?;
    if salt.len() < argon2::MIN_SALT_LEN {
        return Err(OUT_OF_ORDER);
    }
    Ok(Kdf::Argon2 { flavour, params, salt })
}

impl Kdf {
    fn derive(&self, passphrase: &Passphrase) -> Result<Keys, Fault> {
        let passphrase = passphrase.expose().as_bytes();
        let mut cipher = Zeroizing::new([0; 32]);
        match self {
            Self::Sha1 => {
                let sha1 = |before: &[u8]| {
                    let mut context = digest::Context::new(&digest::SHA1_FOR_LEGACY_USE_ONLY);
                    context.update(before);
                    context.update(passphrase);
                    context.finish()
                };
                let (first, second) = (sha1(&[0, 0, 0, 0]), sha1(&[0, 0, 0, 1]));
                cipher[..20].copy_from_slice(first.as_ref());
                cipher[20..].copy_from_slice(&second.as_ref()[..12]);
                Ok(Keys {
                    cipher,
                    iv: [0; BLOCK],
                    mac: Zeroizing::new(sha1(MAC_KEY_PREFIX).as_ref().to_vec()),
                })
            }
            Self::Argon2 { flavour, params, salt } => {
                let mut out = Zeroizing::new([0; 80]);
                argon2::Argon2::new(*flavour, argon2::Version::V0x13, params.clone())
                    .hash_password_into(passphrase, salt, &mut *out)
                    .map_err(|_| Fault::WrongPassphrase)?;
                cipher.copy_from_slice(&out[..32]);
                let mut iv = [0; BLOCK];
                iv.copy_from_slice(&out[32..48]);
                Ok(Keys { cipher, iv, mac: Zeroizing::new(out[48..].to_vec()) })
            }
        }
    }
}

/// The key pair of a decrypted private part; its public numbers come from the public part.
fn private_half(public: &PublicKey, blob: &[u8]) -> Result<KeypairData, Fault> {
    let mut rest = blob;
    let mut string =
        || ssh_string::take(&mut rest).ok_or(Fault::Damaged { why: "part of it is missing" });
    let pair = match public.key_data() {
        KeyData::Rsa(public) => {
            let mut part =
                || string().map(|digits| Mpint::from_positive_bytes(without_zeros(digits)));
            let (d, p, q, iqmp) = (part()?, part()?, part()?, part()?);
            let unsound = |_| Fault::unsound("one of its numbers is not positive");
            let private = RsaPrivateKey::new(d, iqmp, p, q).map_err(unsound)?;
            KeypairData::Rsa(RsaKeypair::new(public.clone(), private).map_err(unsound)?)
        }
        KeyData::Ecdsa(public) => KeypairData::Ecdsa(ecdsa::keypair(public.curve(), string()?)?),
        KeyData::Ed25519(_) => {
            // A number with its lowest byte first, the zeros at its end omitted.
            let digits = string()?;
            let mut seed = Zeroizing::new([0; 32]);
            let place = seed
                .get_mut(..digits.len())
                .ok_or(Fault::unsound("its private scalar is out of range for the curve"))?;
            place.copy_from_slice(digits);
            KeypairData::Ed25519(Ed25519Keypair::from_seed(&seed))
        }
        _ => return Err(Fault::Unsupported { what: "this type of key".into() }),
    };
    if rest.len() >= BLOCK {
        return Err(Fault::Damaged { why: "something follows the key" });
    }
    Ok(pair)
}

fn without_zeros(digits: &[u8]) -> &[u8] {
    &digits[digits.iter().take_while(|byte| **byte == 0).count()..]
}
