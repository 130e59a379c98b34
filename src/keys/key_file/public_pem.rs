//! Public keys in PEM: PKCS#1 (`BEGIN RSA PUBLIC KEY`, RFC 8017 appendix A.1.1) and PKIX (`BEGIN
//! PUBLIC KEY`, RFC 5280 section 4.1.2.7).

use super::der::{DSA, EC, ED25519, NOT_DER, RSA};
use super::{armour, der, ecdsa, fault::Fault, sound};
use pkcs8::SubjectPublicKeyInfoRef;
use pkcs8::der::Decode;
use ssh_key::public::{EcdsaPublicKey, Ed25519PublicKey, KeyData, RsaPublicKey};
use ssh_key::{Mpint, PublicKey};

pub(super) const PKCS1: &str = "-----BEGIN RSA PUBLIC KEY-----";
pub(super) const PKIX: &str = "-----BEGIN PUBLIC KEY-----";

/// The key of a text that holds the line `begin`, [`PKCS1`] or [`PKIX`]. Neither has a comment.
pub(super) fn read(text: &str, begin: &'static str) -> Result<PublicKey, Fault> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let start = lines
        .iter()
        .position(|line| *line == begin)
        .ok_or(Fault::Damaged { why: "its first line is missing" })?
        + 1;
    let end = begin.replacen("BEGIN", "END", 1);
    let length = lines[start..]
        .iter()
        .position(|line| *line == end)
        .ok_or(Fault::Damaged { why: "its last line is missing" })?;
    let body = armour::decode(&lines[start..start + length], start)?;
    let key = if begin == PKCS1 { KeyData::Rsa(rsa(&body)?) } else { pkix(&body)? };
    sound::check_public(&key).map_err(|fault| fault.of(&key))?;
    Ok(key.into())
}

fn rsa(body: &[u8]) -> Result<RsaPublicKey, Fault> {
    let key = pkcs1::RsaPublicKey::from_der(body).map_err(|_| NOT_DER)?;
    let part = |part: pkcs1::UintRef<'_>| Mpint::from_positive_bytes(part.as_bytes());
    RsaPublicKey::new(part(key.public_exponent), part(key.modulus)).map_err(|_| NOT_DER)
}

fn pkix(body: &[u8]) -> Result<KeyData, Fault> {
    let info = SubjectPublicKeyInfoRef::from_der(body).map_err(|_| NOT_DER)?;
    let inside = info.subject_public_key.as_bytes().ok_or(NOT_DER)?;
    match info.algorithm.oid {
        RSA => rsa(inside).map(KeyData::Rsa),
        EC => {
            let oid = info.algorithm.parameters_oid().map_err(|_| Fault::Unsupported {
                what: "an elliptic curve without a name".into(),
            })?;
            let point = ecdsa::uncompressed(der::curve(oid)?, inside)?;
            EcdsaPublicKey::from_sec1_bytes(&point).map(KeyData::Ecdsa).map_err(|_| NOT_DER)
        }
        ED25519 => Ed25519PublicKey::try_from(inside).map(KeyData::Ed25519).map_err(|_| NOT_DER),
        DSA => Err(Fault::Dsa),
        oid => Err(der::foreign(oid)),
    }
}
