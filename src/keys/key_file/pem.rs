//! Legacy PEM: PKCS#1 and SEC 1 keys, plain or under RFC 1421's `Proc-Type: 4,ENCRYPTED` as OpenSSL
//! does it.
//!
//! The encryption is weak by design (one round of MD5, no integrity); it is written only because
//! the readers of this format know no other.

use super::armour::{self, Block};
use super::der;
use super::fault::{Converter, Fault};
use super::format::Encryption;
use crate::secret::Passphrase;
use aes::{Aes128, Aes192, Aes256};
use cbc::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit, block_padding::Pkcs7};
use data_encoding::HEXUPPER;
use des::TdesEde3;
use md5::{Digest, Md5};
use rand::CryptoRng;
use ssh_key::private::KeypairData;
use zeroize::Zeroizing;

#[derive(Clone, Copy)]
enum Cipher {
    Aes128,
    Aes192,
    Aes256,
    TripleDes,
}

impl Cipher {
    /// Bytes in a block, and in the IV.
    fn block(self) -> usize {
        if matches!(self, Self::TripleDes) { 8 } else { 16 }
    }
}

/// An encrypted key, not yet unlocked.
pub(super) struct Sealed {
    label: &'static str,
    cipher: Cipher,
    iv: Vec<u8>,
    body: Vec<u8>,
}

/// A key in this format.
pub(super) enum Content {
    Plain(KeypairData),
    Sealed(Sealed),
}

/// Reads a block under `RSA PRIVATE KEY` or `EC PRIVATE KEY`.
pub(super) fn read(block: &Block<'_>) -> Result<Content, Fault> {
    if block.header("Proc-Type").is_none_or(|value| !value.ends_with("ENCRYPTED")) {
        return inside(block.label, &block.body).map(Content::Plain);
    }
    let (name, iv) = block
        .header("DEK-Info")
        .and_then(|value| value.split_once(','))
        .ok_or(Fault::Damaged { why: "its DEK-Info line is missing or incomplete" })?;
    let cipher = match name.trim() {
        "AES-128-CBC" => Cipher::Aes128,
        "AES-192-CBC" => Cipher::Aes192,
        "AES-256-CBC" => Cipher::Aes256,
        "DES-EDE3-CBC" => Cipher::TripleDes,
        other => return Err(foreign_cipher(other)),
    };
    let iv = HEXUPPER
        .decode(iv.trim().to_ascii_uppercase().as_bytes())
        .ok()
        .filter(|iv| iv.len() == cipher.block());
    let iv = iv.ok_or(Fault::Damaged { why: "its DEK-Info line is missing or incomplete" })?;
    if !block.body.len().is_multiple_of(cipher.block()) {
        return Err(Fault::Damaged { why: "part of it is missing" });
    }
    Ok(Content::Sealed(Sealed { label: block.label, cipher, iv, body: block.body.to_vec() }))
}

/// A cipher that OpenSSL has, by its name there, or another one.
fn foreign_cipher(name: &str) -> Fault {
    let what = format!("the cipher {name:?}");
    let starts = |families: &[&str]| families.iter().any(|family| name.starts_with(family));
    if starts(&["CAMELLIA-", "ARIA-"]) {
        Fault::Foreign { what, by: Converter::OpensslPkcs8 }
    } else if starts(&["BF-", "CAST5-", "DES-", "IDEA-", "RC2-", "SEED-"]) {
        Fault::Foreign { what, by: Converter::OpensslPkcs8Legacy }
    } else {
        Fault::Unsupported { what }
    }
}

fn inside(label: &str, body: &[u8]) -> Result<KeypairData, Fault> {
    if label == armour::RSA { der::read_rsa(body) } else { der::read_ec(body, None) }
}

impl Sealed {
    pub(super) fn encryption(&self) -> Encryption {
        let cipher = match self.cipher {
            Cipher::Aes128 => "AES-128-CBC",
            Cipher::Aes192 => "AES-192-CBC",
            Cipher::Aes256 => "AES-256-CBC",
            Cipher::TripleDes => "DES-EDE3-CBC",
        };
        Encryption { cipher: cipher.into(), kdf: "MD5, 1 round".into() }
    }

    pub(super) fn open(&self, passphrase: &Passphrase) -> Result<KeypairData, Fault> {
        let mut buffer = Zeroizing::new(self.body.clone());
        let key = derive(passphrase, &self.iv);
        let plain = match self.cipher {
            Cipher::Aes128 => decrypt::<cbc::Decryptor<Aes128>>(&key[..16], &self.iv, &mut buffer),
            Cipher::Aes192 => decrypt::<cbc::Decryptor<Aes192>>(&key[..24], &self.iv, &mut buffer),
            Cipher::Aes256 => decrypt::<cbc::Decryptor<Aes256>>(&key[..], &self.iv, &mut buffer),
            Cipher::TripleDes => {
                decrypt::<cbc::Decryptor<TdesEde3>>(&key[..24], &self.iv, &mut buffer)
            }
        };
        let plain = plain.ok_or(Fault::WrongPassphrase)?;
        // A wrong passphrase leaves a valid padding once in 256; what comes out then is not DER.
        inside(self.label, plain).map_err(|fault| {
            if matches!(fault, Fault::Damaged { .. }) { Fault::WrongPassphrase } else { fault }
        })
    }
}

fn decrypt<'a, D: KeyIvInit + BlockModeDecrypt>(
    key: &[u8],
    iv: &[u8],
    buffer: &'a mut [u8],
) -> Option<&'a [u8]> {
    D::new_from_slices(key, iv).ok()?.decrypt_padded::<Pkcs7>(buffer).ok()
}

/// OpenSSL's EVP_BytesToKey with MD5 and one round, salted with the first eight bytes of the IV.
fn derive(passphrase: &Passphrase, iv: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut key = Zeroizing::new([0; 32]);
    let first = Md5::new().chain_update(passphrase.expose()).chain_update(&iv[..8]).finalize();
    let second = Md5::new()
        .chain_update(first)
        .chain_update(passphrase.expose())
        .chain_update(&iv[..8])
        .finalize();
    key[..16].copy_from_slice(&first);
    key[16..].copy_from_slice(&second);
    key
}

/// Writes an RSA or ECDSA key, encrypted with AES-128-CBC, as ssh-keygen does, if there is a
/// passphrase.
pub(super) fn write<R: CryptoRng + ?Sized>(
    key: &KeypairData,
    passphrase: Option<&Passphrase>,
    rng: &mut R,
) -> Result<Zeroizing<String>, Fault> {
    let (label, body) = match key {
        KeypairData::Rsa(pair) => (armour::RSA, der::write_rsa(pair)?),
        KeypairData::Ecdsa(pair) => (armour::EC, der::write_ec(pair, true)?),
        _ => return Err(Fault::Unsupported { what: "PEM format for this type of key".into() }),
    };
    let Some(passphrase) = passphrase else {
        return Ok(armour::write(label, "", &body, armour::PEM_WIDTH));
    };
    let mut iv = [0; 16];
    rng.fill_bytes(&mut iv);
    let mut buffer = Zeroizing::new(vec![0; body.len() + 16]);
    buffer[..body.len()].copy_from_slice(&body);
    let sealed = cbc::Encryptor::<Aes128>::new_from_slices(&derive(passphrase, &iv)[..16], &iv)
        .ok()
        .and_then(|it| it.encrypt_padded::<Pkcs7>(&mut buffer, body.len()).ok())
        .ok_or_else(|| Fault::Unsupported { what: "a key of this size".into() })?;
    let headers =
        format!("Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,{}\n\n", HEXUPPER.encode(&iv));
    Ok(armour::write(label, &headers, sealed, armour::PEM_WIDTH))
}
