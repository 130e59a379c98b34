//! The ASN.1 inside PEM and PKCS#8: PKCS#1 for RSA (RFC 8017, appendix A) and SEC 1 for ECDSA (RFC
//! 5915).

use super::{ecdsa, fault::Fault, sound};
use pkcs1::UintRef;
use pkcs8::ObjectIdentifier;
use pkcs8::der::{Decode, Encode};
use rsa::BoxedUint;
use sec1::{EcParameters, EcPrivateKey};
use ssh_key::private::{EcdsaKeypair, KeypairData, RsaKeypair, RsaPrivateKey};
use ssh_key::public::{KeyData, RsaPublicKey};
use ssh_key::{EcdsaCurve, Mpint};
use zeroize::Zeroizing;

// The algorithms of a key: RFC 8017 appendix C, RFC 5480 section 2.1.1, RFC 8410 section 3, RFC
// 3279 section 2.3.2.
pub(super) const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
pub(super) const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
pub(super) const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
pub(super) const DSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10040.4.1");

// RFC 5480, section 2.1.1.1.
const CURVES: [(EcdsaCurve, ObjectIdentifier); 3] = [
    (EcdsaCurve::NistP256, ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7")),
    (EcdsaCurve::NistP384, ObjectIdentifier::new_unwrap("1.3.132.0.34")),
    (EcdsaCurve::NistP521, ObjectIdentifier::new_unwrap("1.3.132.0.35")),
];

/// The bytes are not the ASN.1 that the format announces.
pub(super) const NOT_DER: Fault =
    Fault::Damaged { why: "its content does not match its first line" };

/// The curve of an object identifier; ssh has no others.
pub(super) fn curve(oid: ObjectIdentifier) -> Result<EcdsaCurve, Fault> {
    CURVES
        .into_iter()
        .find(|(_, known)| *known == oid)
        .map(|(curve, _)| curve)
        .ok_or_else(|| Fault::Unsupported { what: format!("the elliptic curve {}", name(oid)) })
}

/// An algorithm that no SSH program has.
pub(super) fn foreign(algorithm: ObjectIdentifier) -> Fault {
    Fault::Unsupported { what: format!("the key algorithm {}", name(algorithm)) }
}

/// The usual name of what an object identifier stands for: RFC 8017 appendix C, RFC 8410 section 3,
/// RFC 3279 section 2.3.3, SEC 2 appendix A.2, RFC 5639 appendix A, RFC 9881 section 2.
fn name(oid: ObjectIdentifier) -> String {
    let text = oid.to_string();
    let name = match &*text {
        "1.2.840.113549.1.1.10" => "RSA-PSS",
        "1.2.840.113549.1.3.1" => "DH",
        "1.3.101.110" => "X25519",
        "1.3.101.111" => "X448",
        "1.3.101.113" => "Ed448",
        "1.3.132.0.10" => "secp256k1",
        "1.3.132.0.33" => "P-224",
        "1.2.840.10045.3.1.1" => "P-192",
        "1.3.36.3.3.2.8.1.1.7" => "brainpoolP256r1",
        "1.3.36.3.3.2.8.1.1.11" => "brainpoolP384r1",
        "1.3.36.3.3.2.8.1.1.13" => "brainpoolP512r1",
        "2.16.840.1.101.3.4.3.17" => "ML-DSA-44",
        "2.16.840.1.101.3.4.3.18" => "ML-DSA-65",
        "2.16.840.1.101.3.4.3.19" => "ML-DSA-87",
        _ => return text,
    };
    name.to_owned()
}

/// The object identifier of a curve.
pub(super) fn curve_oid(curve: EcdsaCurve) -> ObjectIdentifier {
    match curve {
        EcdsaCurve::NistP256 => CURVES[0].1,
        EcdsaCurve::NistP384 => CURVES[1].1,
        EcdsaCurve::NistP521 => CURVES[2].1,
    }
}

/// Reads PKCS#1's `RSAPrivateKey`; its CRT exponents, which ssh-key has no place for, are checked
/// here.
pub(super) fn read_rsa(der: &[u8]) -> Result<KeypairData, Fault> {
    let key = pkcs1::RsaPrivateKey::from_der(der).map_err(|_| NOT_DER)?;
    if key.other_prime_infos.is_some() {
        return Err(Fault::Unsupported { what: "an RSA key of more than two primes".into() });
    }
    let part = |part: UintRef<'_>| Mpint::from_positive_bytes(part.as_bytes());
    let public =
        RsaPublicKey::new(part(key.public_exponent), part(key.modulus)).map_err(|_| NOT_DER)?;
    let private = RsaPrivateKey::new(
        part(key.private_exponent),
        part(key.coefficient),
        part(key.prime1),
        part(key.prime2),
    )
    .map_err(|_| Fault::unsound("one of its numbers is not positive"))?;
    let pair = RsaKeypair::new(public, private).map_err(|_| NOT_DER)?;
    let public = KeyData::Rsa(pair.public().clone());
    let pair = KeypairData::Rsa(pair);
    sound::check(&pair).map_err(|fault| fault.of(&public))?;
    if let KeypairData::Rsa(pair) = &pair {
        let (dp, dq) = (key.exponent1.as_bytes(), key.exponent2.as_bytes());
        sound::check_crt_exponents(pair, dp, dq).map_err(|fault| fault.of(&public))?;
    }
    Ok(pair)
}

/// Writes PKCS#1's `RSAPrivateKey`.
pub(super) fn write_rsa(pair: &RsaKeypair) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let unsound = Fault::unsound("one of its numbers is not positive");
    let bytes = |part: &'_ Mpint| {
        part.as_positive_bytes().map(|bytes| Zeroizing::new(bytes.to_vec())).ok_or(unsound.clone())
    };
    let (public, private) = (pair.public(), pair.private());
    let (n, e, d) = (bytes(public.n())?, bytes(public.e())?, bytes(private.d())?);
    let (p, q, iqmp) = (bytes(private.p())?, bytes(private.q())?, bytes(private.iqmp())?);
    let exponent = |prime: &[u8]| -> Result<Zeroizing<Vec<u8>>, Fault> {
        let below = BoxedUint::from_be_slice_vartime(prime)
            .wrapping_sub(BoxedUint::one())
            .into_nz()
            .into_option()
            .ok_or(unsound.clone())?;
        Ok(Zeroizing::new(
            BoxedUint::from_be_slice_vartime(&d).rem_vartime(&below).to_be_bytes().into_vec(),
        ))
    };
    let (dp, dq) = (exponent(&p)?, exponent(&q)?);
    fn part(bytes: &[u8]) -> Result<UintRef<'_>, Fault> {
        UintRef::new(bytes).map_err(|_| NOT_DER)
    }
    let key = pkcs1::RsaPrivateKey {
        modulus: part(&n)?,
        public_exponent: part(&e)?,
        private_exponent: part(&d)?,
        prime1: part(&p)?,
        prime2: part(&q)?,
        exponent1: part(&dp)?,
        exponent2: part(&dq)?,
        coefficient: part(&iqmp)?,
        other_prime_infos: None,
    };
    key.to_der().map(Zeroizing::new).map_err(|_| NOT_DER)
}

/// Reads SEC 1's `ECPrivateKey`. `named` is the curve if the format around it names one, as PKCS#8
/// does.
pub(super) fn read_ec(der: &[u8], named: Option<EcdsaCurve>) -> Result<KeypairData, Fault> {
    let key = EcPrivateKey::from_der(der).map_err(|_| NOT_DER)?;
    let inside = key.parameters.and_then(EcParameters::named_curve).map(curve).transpose()?;
    let curve = match (named, inside) {
        (Some(named), Some(inside)) if named != inside => {
            return Err(Fault::unsound("it names two different curves"));
        }
        (Some(curve), _) | (None, Some(curve)) => curve,
        (None, None) => return Err(Fault::Damaged { why: "it does not say which curve it is on" }),
    };
    let pair = ecdsa::keypair(curve, key.private_key)?;
    if key.public_key.is_some_and(|point| !ecdsa::same_point(curve, point, pair.public_key_bytes()))
    {
        return Err(Fault::unsound("its public key belongs to another key"));
    }
    Ok(KeypairData::Ecdsa(pair))
}

/// Writes SEC 1's `ECPrivateKey`, as OpenSSL does: with the curve by itself, without it inside
/// PKCS#8.
pub(super) fn write_ec(pair: &EcdsaKeypair, with_curve: bool) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let key = EcPrivateKey {
        private_key: pair.private_key_bytes(),
        parameters: with_curve.then(|| EcParameters::NamedCurve(curve_oid(pair.curve()))),
        public_key: Some(pair.public_key_bytes()),
    };
    key.to_der().map(Zeroizing::new).map_err(|_| NOT_DER)
}
