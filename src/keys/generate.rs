//! Generating a key: the request, checked, and the key itself. Nothing here touches the disk.

mod error;
mod key_type;
mod prime;
mod rsa;

pub use error::Error;
pub use key_type::KeyType;
pub use prime::{Event, Filter};
pub use rsa::Search;

use crate::keys::key_file::clean_comment;
use rand::CryptoRng;
use ssh_key::private::{EcdsaKeypair, Ed25519Keypair, KeypairData};
use ssh_key::{EcdsaCurve, PrivateKey};
use std::ops::ControlFlow;
use std::str::FromStr;

impl FromStr for KeyType {
    type Err = Error;

    fn from_str(typed: &str) -> Result<Self, Error> {
        match typed.to_ascii_lowercase().as_str() {
            "rsa" => Ok(Self::Rsa),
            "ed25519" => Ok(Self::Ed25519),
            "ecdsa" => Ok(Self::Ecdsa),
            _ => Err(Error::Type { typed: typed.to_owned() }),
        }
    }
}

/// A key that can be generated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct KeySpec {
    kind: KeyType,
    bits: u32,
}

impl KeySpec {
    /// A key of this type; `bits` is 4096 for RSA and 256 for ECDSA if it is `None`.
    ///
    /// RSA keys have 2048 to 16384 bits (an odd number is rounded down), ECDSA keys 256, 384 or
    /// 521. ED25519 has one size; like ssh-keygen this accepts 256 for it too, but nothing else.
    ///
    /// # Errors
    ///
    /// If keys of this type cannot have that size.
    pub fn new(kind: KeyType, bits: Option<u32>) -> Result<Self, Error> {
        let bits = match (kind, bits) {
            (KeyType::Rsa, None) => 4096,
            (KeyType::Ecdsa | KeyType::Ed25519, None) => 256,
            // An odd size is rounded down, as by ssh-keygen: some programs reject primes of
            // different lengths.
            (KeyType::Rsa, Some(bits @ 2048..=16384)) => bits & !1,
            (KeyType::Ecdsa, Some(bits @ (256 | 384 | 521))) => bits,
            (KeyType::Ed25519, Some(256)) => 256,
            (_, Some(bits)) => return Err(Error::Bits { kind, bits }),
        };
        Ok(Self { kind, bits })
    }

    /// The type of the key.
    pub fn kind(&self) -> KeyType {
        self.kind
    }

    /// The size as ssh-keygen's `-l` shows it.
    pub fn bits(&self) -> u32 {
        self.bits
    }
}

/// Generates a key. The comment becomes one printable line. RSA takes a fraction of a second, 16384
/// bits up to minutes.
///
/// # Errors
///
/// If no thread can be started, or the key fails its checks.
pub fn generate<R: CryptoRng + ?Sized>(
    spec: KeySpec,
    comment: &str,
    rng: &mut R,
) -> Result<PrivateKey, Error> {
    generate_with(spec, comment, rng, Search::new(&mut |_| ControlFlow::Continue(())))
}

/// Generates a key like [`generate`], with control over the search and its end.
///
/// With one thread, the same generator gives the same key with either filter.
///
/// # Errors
///
/// Those of [`generate`], and [`Error::Cancelled`] if the caller ended the search.
pub fn generate_with<R: CryptoRng + ?Sized>(
    spec: KeySpec,
    comment: &str,
    rng: &mut R,
    search: Search<'_>,
) -> Result<PrivateKey, Error> {
    let ecdsa = |curve, rng: &mut R| {
        EcdsaKeypair::random(rng, curve).map(KeypairData::Ecdsa).map_err(|_| Error::Generation)
    };
    let key = match (spec.kind, spec.bits) {
        (KeyType::Rsa, bits) => KeypairData::Rsa(rsa::generate(bits, rng, search)?),
        (KeyType::Ed25519, _) => KeypairData::Ed25519(Ed25519Keypair::random(rng)),
        (KeyType::Ecdsa, 384) => ecdsa(EcdsaCurve::NistP384, rng)?,
        (KeyType::Ecdsa, 521) => ecdsa(EcdsaCurve::NistP521, rng)?,
        (KeyType::Ecdsa, _) => ecdsa(EcdsaCurve::NistP256, rng)?,
    };
    PrivateKey::new(key, clean_comment(comment.as_bytes())).map_err(|_| Error::Generation)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Failure;

    #[test]
    fn key_types_are_accepted_in_any_case() {
        for (typed, kind) in [
            ("rsa", KeyType::Rsa),
            ("RSA", KeyType::Rsa),
            ("Ed25519", KeyType::Ed25519),
            ("ECDSA", KeyType::Ecdsa),
        ] {
            assert_eq!(typed.parse(), Ok(kind));
        }
        for typed in ["dsa", "", "rsa1", "ecdsa-sk"] {
            let error = typed.parse::<KeyType>().unwrap_err();
            assert_eq!(
                (error.to_string(), error.kind().as_str()),
                (format!("{typed:?} is not a key type"), "usage")
            );
            assert_eq!(error.hint().unwrap(), "the types are rsa, ed25519 and ecdsa");
        }
    }

    #[test]
    fn each_key_type_has_its_own_sizes() {
        let bits = |kind, bits| KeySpec::new(kind, bits).map(|spec| spec.bits());
        assert_eq!(
            [bits(KeyType::Rsa, None), bits(KeyType::Ecdsa, None), bits(KeyType::Ed25519, None)],
            [Ok(4096), Ok(256), Ok(256)]
        );
        for taken in [2048, 3000, 16384] {
            assert_eq!(bits(KeyType::Rsa, Some(taken)), Ok(taken));
        }
        for taken in [256, 384, 521] {
            assert_eq!(bits(KeyType::Ecdsa, Some(taken)), Ok(taken));
        }
        for (kind, wrong, hint) in [
            (KeyType::Rsa, 2047, "RSA keys have 2048 to 16384 bits: -b 4096"),
            (KeyType::Rsa, 16385, "RSA keys have 2048 to 16384 bits: -b 4096"),
            (KeyType::Ecdsa, 512, "ECDSA keys have 256, 384 or 521 bits: -b 256"),
            (KeyType::Ed25519, 4096, "ED25519 keys have only one size: omit -b"),
        ] {
            let error = KeySpec::new(kind, Some(wrong)).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("a key of type {kind} cannot have {wrong} bits; nothing was written")
            );
            assert_eq!((error.kind().as_str(), error.hint().unwrap().as_str()), ("usage", hint));
        }
    }

    #[test]
    fn an_rsa_key_has_the_requested_size_and_its_larger_prime_first() {
        // 2056 bits: a size that is no multiple of a machine word.
        let key = generate(KeySpec::new(KeyType::Rsa, Some(2056)).unwrap(), "c", &mut rand::rng())
            .unwrap();
        let KeypairData::Rsa(pair) = key.key_data() else { panic!() };
        let n = pair.public().n().as_positive_bytes().unwrap();
        assert_eq!((n.len(), n[0] >= 0x80), (257, true));
        assert_eq!(pair.public().e().as_positive_bytes().unwrap(), [1, 0, 1]);
        let (p, q) = (
            pair.private().p().as_positive_bytes().unwrap(),
            pair.private().q().as_positive_bytes().unwrap(),
        );
        assert!((p.len(), p) > (q.len(), q));
    }
}
