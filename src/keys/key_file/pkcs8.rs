//! PKCS#8 (RFC 5958), plain or encrypted with PBES2 (RFC 8018). The work that a file asks of its
//! reader is limited before it starts.

use super::der::{DSA, EC, ED25519, NOT_DER, RSA};
use super::fault::{Converter, Fault};
use super::format::Encryption;
use super::{armour, der};
use crate::secret::Passphrase;
use pkcs8::der::asn1::{AnyRef, OctetStringRef};
use pkcs8::der::{Decode, Encode};
use pkcs8::pkcs5::{EncryptionScheme, pbes2};
use pkcs8::{
    AlgorithmIdentifierRef, EncryptedPrivateKeyInfoRef, ObjectIdentifier, PrivateKeyInfoRef,
};
use rand::CryptoRng;
use ssh_key::private::{Ed25519Keypair, KeypairData};
use zeroize::Zeroizing;

/// Rounds of PBKDF2-HMAC-SHA256 written: what OWASP advised in 2023.
const ROUNDS: u32 = 600_000;
/// The most rounds accepted when reading: about ten seconds.
const MAX_ROUNDS: u32 = 10_000_000;
/// Most memory accepted for scrypt when reading, in bytes (128·N·r), and most work, N·r·p.
const MAX_SCRYPT_MEMORY: u64 = 256 << 20;
const MAX_SCRYPT_WORK: u64 = 1 << 25;

/// An encrypted key, not yet unlocked: a checked `EncryptedPrivateKeyInfo`.
pub(super) struct Sealed(Vec<u8>);

/// Reads a plain `PrivateKeyInfo`.
pub(super) fn read(body: &[u8]) -> Result<KeypairData, Fault> {
    let info = PrivateKeyInfoRef::from_der(body).map_err(|_| NOT_DER)?;
    let inside = info.private_key.as_bytes();
    match info.algorithm.oid {
        RSA => der::read_rsa(inside),
        EC => {
            let oid = info.algorithm.parameters_oid().map_err(|_| Fault::Unsupported {
                what: "an elliptic curve without a name".into(),
            })?;
            der::read_ec(inside, Some(der::curve(oid)?))
        }
        ED25519 => {
            let seed = <&OctetStringRef>::from_der(inside)
                .ok()
                .and_then(|seed| <&[u8; 32]>::try_from(seed.as_bytes()).ok())
                .ok_or(NOT_DER)?;
            let pair = Ed25519Keypair::from_seed(seed);
            if info.public_key.is_some_and(|public| public.as_bytes() != Some(pair.public.as_ref()))
            {
                return Err(Fault::unsound("its public key belongs to another key"));
            }
            Ok(KeypairData::Ed25519(pair))
        }
        DSA => Err(Fault::Dsa),
        oid => Err(der::foreign(oid)),
    }
}

/// Reads an `EncryptedPrivateKeyInfo` up to its ciphertext.
pub(super) fn read_sealed(body: &[u8]) -> Result<Sealed, Fault> {
    parameters(body)?;
    Ok(Sealed(body.to_vec()))
}

fn parameters(body: &[u8]) -> Result<(pbes2::Parameters, &[u8]), Fault> {
    // The two outer layers first: an unknown cipher is not a damaged file.
    let outer =
        pkcs8::EncryptedPrivateKeyInfoRef::from_der(body).map_err(|_| unknown_or_damaged(body))?;
    let EncryptionScheme::Pbes2(parameters) = outer.encryption_algorithm else {
        return Err(unknown_or_damaged(body));
    };
    bound(&parameters.kdf)?;
    Ok((parameters, outer.encrypted_data.as_bytes()))
}

/// PBES2 of RFC 8018: a cipher of its own for each key.
const PBES2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.5.13");

/// Distinguishes a well-formed file with an unknown cipher or KDF from one that is not PKCS#8 at
/// all.
fn unknown_or_damaged(body: &[u8]) -> Fault {
    let whole = AnyRef::from_der(body).and_then(|any| {
        any.sequence(|reader| {
            let scheme = AlgorithmIdentifierRef::decode(reader)?;
            <&OctetStringRef>::decode(reader)?;
            Ok::<_, pkcs8::der::Error>(scheme)
        })
    });
    let Ok(scheme) = whole else { return NOT_DER };
    let cipher = if scheme.oid == PBES2 { cipher_of(scheme) } else { Some(scheme.oid) };
    let Some(cipher) = cipher else {
        return Fault::Unsupported { what: "the encryption of this key".into() };
    };
    let (name, by) = foreign_cipher(&cipher.to_string());
    let name = name.map_or_else(|| cipher.to_string(), str::to_owned);
    Fault::Foreign { what: format!("the encryption of this key, {name},"), by }
}

/// The cipher among the parameters of PBES2.
fn cipher_of(scheme: AlgorithmIdentifierRef<'_>) -> Option<ObjectIdentifier> {
    let cipher = scheme.parameters?.sequence(|reader| {
        AlgorithmIdentifierRef::decode(reader)?;
        AlgorithmIdentifierRef::decode(reader).map(|cipher| cipher.oid)
    });
    cipher.ok()
}

/// The name of an encryption that is not read here, as `openssl pkcs8` takes it, and what reads it:
/// RFC 8018 appendix A, RFC 7292 appendix C, RFC 3657 section 3, RFC 5794 section 4.
fn foreign_cipher(oid: &str) -> (Option<&'static str>, Converter) {
    let legacy = Converter::OpensslPkcs8Legacy;
    match oid {
        "1.2.840.113549.1.5.1" => (Some("PBE-MD2-DES"), legacy),
        "1.2.840.113549.1.5.3" => (Some("PBE-MD5-DES"), legacy),
        "1.2.840.113549.1.5.4" => (Some("PBE-MD2-RC2-64"), legacy),
        "1.2.840.113549.1.5.6" => (Some("PBE-MD5-RC2-64"), legacy),
        "1.2.840.113549.1.5.10" => (Some("PBE-SHA1-DES"), legacy),
        "1.2.840.113549.1.5.11" => (Some("PBE-SHA1-RC2-64"), legacy),
        "1.2.840.113549.1.12.1.1" => (Some("PBE-SHA1-RC4-128"), legacy),
        "1.2.840.113549.1.12.1.2" => (Some("PBE-SHA1-RC4-40"), legacy),
        "1.2.840.113549.1.12.1.3" => (Some("PBE-SHA1-3DES"), Converter::OpensslPkcs8),
        "1.2.840.113549.1.12.1.4" => (Some("PBE-SHA1-2DES"), Converter::OpensslPkcs8),
        "1.2.840.113549.1.12.1.5" => (Some("PBE-SHA1-RC2-128"), legacy),
        "1.2.840.113549.1.12.1.6" => (Some("PBE-SHA1-RC2-40"), legacy),
        "1.3.14.3.2.7" => (Some("DES-CBC"), legacy),
        "1.2.840.113549.3.2" => (Some("RC2-CBC"), legacy),
        "1.2.392.200011.61.1.1.1.2" => (Some("CAMELLIA-128-CBC"), Converter::OpensslPkcs8),
        "1.2.392.200011.61.1.1.1.3" => (Some("CAMELLIA-192-CBC"), Converter::OpensslPkcs8),
        "1.2.392.200011.61.1.1.1.4" => (Some("CAMELLIA-256-CBC"), Converter::OpensslPkcs8),
        "1.2.410.200046.1.1.2" => (Some("ARIA-128-CBC"), Converter::OpensslPkcs8),
        "1.2.410.200046.1.1.7" => (Some("ARIA-192-CBC"), Converter::OpensslPkcs8),
        "1.2.410.200046.1.1.12" => (Some("ARIA-256-CBC"), Converter::OpensslPkcs8),
        _ => (None, Converter::OpensslPkcs8),
    }
}

/// Whether this is a PKCS#12 file: version 3, then a content in the form of PKCS#7 (RFC 7292,
/// section 4). Its lengths may be those of BER.
pub(super) fn is_pkcs12(body: &[u8]) -> bool {
    const VERSION: [u8; 3] = [2, 1, 3];
    const PKCS7: [u8; 10] = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7];
    let head = &body[..body.len().min(32)];
    let find = |bytes: &[u8]| head.windows(bytes.len()).position(|window| window == bytes);
    body.starts_with(&[0x30])
        && find(&VERSION).is_some_and(|version| find(&PKCS7).is_some_and(|oid| version < oid))
}

fn bound(kdf: &pbes2::Kdf) -> Result<(), Fault> {
    match kdf {
        pbes2::Kdf::Pbkdf2(it) if it.iteration_count == 0 => Err(NOT_DER),
        pbes2::Kdf::Pbkdf2(it) if it.iteration_count > MAX_ROUNDS => Err(Fault::Cost {
            what: format!("{} rounds of PBKDF2; the limit is {MAX_ROUNDS}", it.iteration_count),
        }),
        pbes2::Kdf::Pbkdf2(_) => Ok(()),
        pbes2::Kdf::Scrypt(it) => {
            let (n, r, p) =
                (it.cost_parameter, u64::from(it.block_size), u64::from(it.parallelization));
            // pkcs5 panics on N = 0.
            if !n.is_power_of_two() || n < 2 || r == 0 || p == 0 {
                return Err(NOT_DER);
            }
            let work = n.saturating_mul(r);
            if work.saturating_mul(128) > MAX_SCRYPT_MEMORY
                || work.saturating_mul(p) > MAX_SCRYPT_WORK
            {
                return Err(Fault::Cost {
                    what: format!("scrypt with N={n}, r={r}, p={p}; the limit is 256 MiB"),
                });
            }
            Ok(())
        }
        _ => Err(Fault::Unsupported { what: "the encryption of this key".into() }),
    }
}

impl Sealed {
    pub(super) fn encryption(&self) -> Encryption {
        let Ok((parameters, _)) = parameters(&self.0) else {
            unreachable!("read_sealed has read them")
        };
        let cipher = match parameters.encryption {
            pbes2::EncryptionScheme::Aes128Cbc { .. } => "AES-128-CBC",
            pbes2::EncryptionScheme::Aes192Cbc { .. } => "AES-192-CBC",
            pbes2::EncryptionScheme::Aes256Cbc { .. } => "AES-256-CBC",
            pbes2::EncryptionScheme::DesEde3Cbc { .. } => "DES-EDE3-CBC",
            _ => "another cipher",
        };
        let kdf = match &parameters.kdf {
            pbes2::Kdf::Pbkdf2(it) => format!("PBKDF2, {} rounds", it.iteration_count),
            pbes2::Kdf::Scrypt(it) => format!(
                "scrypt, N={}, r={}, p={}",
                it.cost_parameter, it.block_size, it.parallelization
            ),
            _ => "another key derivation".into(),
        };
        Encryption { cipher: cipher.into(), kdf }
    }

    pub(super) fn open(&self, passphrase: &Passphrase) -> Result<KeypairData, Fault> {
        let (parameters, ciphertext) = parameters(&self.0)?;
        let mut buffer = Zeroizing::new(ciphertext.to_vec());
        let plain =
            parameters.decrypt_in_place(passphrase.expose(), &mut buffer).map_err(|error| {
                match error {
                    pkcs8::pkcs5::Error::UnsupportedAlgorithm { oid } => Fault::Unsupported {
                        what: format!("the algorithm {oid} of its encryption"),
                    },
                    _ => Fault::WrongPassphrase,
                }
            })?;
        // A wrong passphrase leaves a valid padding once in 256; what comes out then is not DER.
        read(plain).map_err(|fault| {
            if matches!(fault, Fault::Damaged { .. }) { Fault::WrongPassphrase } else { fault }
        })
    }
}

/// Writes a key, encrypted with PBKDF2-HMAC-SHA256 and AES-256-CBC if there is a passphrase.
pub(super) fn write<R: CryptoRng + ?Sized>(
    key: &KeypairData,
    passphrase: Option<&Passphrase>,
    rng: &mut R,
) -> Result<Zeroizing<String>, Fault> {
    let body = plain(key)?;
    let Some(passphrase) = passphrase else {
        return Ok(armour::write(armour::PKCS8, "", &body, armour::PEM_WIDTH));
    };
    let (mut salt, mut iv) = ([0; 16], [0; 16]);
    rng.fill_bytes(&mut salt);
    rng.fill_bytes(&mut iv);
    let too_big = |_| Fault::Unsupported { what: "a key of this size".into() };
    let parameters =
        pbes2::Parameters::generate_pbkdf2_sha256_aes256cbc(ROUNDS, &salt, iv).map_err(too_big)?;
    let sealed = parameters.encrypt(passphrase.expose(), &body).map_err(too_big)?;
    let encrypted_data = <&OctetStringRef>::try_from(sealed.as_slice()).map_err(|_| NOT_DER)?;
    let info =
        EncryptedPrivateKeyInfoRef { encryption_algorithm: parameters.into(), encrypted_data };
    let body = info.to_der().map_err(|_| NOT_DER)?;
    Ok(armour::write(armour::PKCS8_ENCRYPTED, "", &body, armour::PEM_WIDTH))
}

fn plain(key: &KeypairData) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let curve;
    let (oid, parameters, inside) = match key {
        KeypairData::Rsa(pair) => (RSA, Some(AnyRef::NULL), der::write_rsa(pair)?),
        KeypairData::Ecdsa(pair) => {
            curve = der::curve_oid(pair.curve());
            (EC, Some(AnyRef::from(&curve)), der::write_ec(pair, false)?)
        }
        KeypairData::Ed25519(pair) => {
            let seed = <&OctetStringRef>::try_from(pair.private.as_ref().as_slice())
                .map_err(|_| NOT_DER)?;
            (ED25519, None, Zeroizing::new(seed.to_der().map_err(|_| NOT_DER)?))
        }
        _ => return Err(Fault::Unsupported { what: "PKCS#8 format for this type of key".into() }),
    };
    let private_key = <&OctetStringRef>::try_from(inside.as_slice()).map_err(|_| NOT_DER)?;
    let info = PrivateKeyInfoRef {
        algorithm: AlgorithmIdentifierRef { oid, parameters },
        private_key,
        public_key: None,
    };
    info.to_der().map(Zeroizing::new).map_err(|_| NOT_DER)
}
