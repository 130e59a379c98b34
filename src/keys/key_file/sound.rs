//! Whether a key's numbers fit together. ssh-key parses without asking; a key with a wrong `qInv`
//! reveals its factors with its first signature, and with e = 1 a signature proves nothing. That p
//! and q are prime is not proved, nor does BoringSSL prove it.

use super::{ecdsa, fault::Fault};
use crate::keys::weak::{self, RSA_BITS};
use crate::ssh_string::bit_length;
use rsa::BoxedUint;
use ssh_key::encoding::bigint::ConcatenatingMul;
use ssh_key::private::{EcdsaKeypair, Ed25519Keypair, KeypairData, RsaKeypair};
use ssh_key::public::{EcdsaPublicKey, KeyData, RsaPublicKey};

/// Checks the private and public parts of a private key against each other.
pub(super) fn check(key: &KeypairData) -> Result<(), Fault> {
    match key {
        KeypairData::Rsa(pair) => check_rsa(pair),
        KeypairData::Ecdsa(pair) => check_ecdsa(pair),
        KeypairData::Ed25519(pair) => check_ed25519(pair),
        // The private key of a security key is in the hardware: there is nothing to compare.
        KeypairData::SkEd25519(_) | KeypairData::SkEcdsaSha2NistP256(_) => Ok(()),
        KeypairData::Dsa(_) => Err(Fault::Dsa),
        _ => Err(Fault::Unsupported { what: "this type of key".into() }),
    }
}

/// Checks what a public key shows by itself.
pub(super) fn check_public(key: &KeyData) -> Result<(), Fault> {
    match key {
        KeyData::Rsa(public) => check_rsa_public(public),
        KeyData::Ecdsa(public) => {
            let point = match public {
                EcdsaPublicKey::NistP256(point) => point.as_bytes(),
                EcdsaPublicKey::NistP384(point) => point.as_bytes(),
                EcdsaPublicKey::NistP521(point) => point.as_bytes(),
            };
            if ecdsa::on_curve(public.curve(), point) {
                Ok(())
            } else {
                Err(Fault::unsound("its point is not on the curve"))
            }
        }
        KeyData::Ed25519(public) => check_ed25519_public(&public.0),
        KeyData::SkEd25519(public) => check_ed25519_public(&public.public_key().0),
        KeyData::SkEcdsaSha2NistP256(_) => Ok(()),
        KeyData::Dsa(_) => Err(Fault::Dsa),
        KeyData::Certificate(_) => Err(Fault::Certificate),
        _ => Err(Fault::Unsupported { what: "this type of key".into() }),
    }
}

fn check_ed25519_public(point: &[u8]) -> Result<(), Fault> {
    if weak::has_small_order(point) {
        return Err(Fault::unsound(weak::SMALL_ORDER));
    }
    Ok(())
}

fn check_rsa_public(public: &RsaPublicKey) -> Result<(), Fault> {
    let (Some(n), Some(e)) = (public.n().as_positive_bytes(), public.e().as_positive_bytes())
    else {
        return Err(Fault::unsound("its modulus or exponent is not a positive number"));
    };
    let bits = bit_length(n);
    if bits < *RSA_BITS.start() {
        return Err(Fault::unsound("it has fewer than 1024 bits"));
    }
    if bits > *RSA_BITS.end() {
        return Err(Fault::unsound("it has more than 16384 bits"));
    }
    // An exponent above 2^33 makes every verification a denial of service; no tool makes one.
    let e_bits = bit_length(e);
    if !(2..=33).contains(&e_bits) || e.last().is_none_or(|low| low % 2 == 0) {
        return Err(Fault::unsound("its public exponent is not an odd number from 3 to 2^33"));
    }
    if n.last().is_none_or(|low| low % 2 == 0) {
        return Err(Fault::unsound("its modulus is even"));
    }
    Ok(())
}

fn check_rsa(pair: &RsaKeypair) -> Result<(), Fault> {
    check_rsa_public(pair.public())?;
    let private = pair.private();
    let (p, q) = (number(private.p())?, number(private.q())?);
    if p == q {
        return Err(Fault::unsound("its two primes are the same"));
    }
    // Also bounds the size of every number before any arithmetic: n is bounded, and n = p·q is
    // checked below.
    let limit = bit_length(pair.public().n().as_bytes());
    for part in [private.d(), private.p(), private.q(), private.iqmp()] {
        if bit_length(part.as_bytes()) > limit {
            return Err(Fault::unsound("one of its numbers is larger than its modulus"));
        }
    }
    rsa::RsaPrivateKey::try_from(pair)
        .map_err(|_| Fault::unsound("its exponents and primes do not match its modulus"))?;
    let modulus =
        p.clone().into_nz().into_option().ok_or(Fault::unsound("one of its primes is zero"))?;
    let iqmp = number(private.iqmp())?;
    if iqmp >= p || !bool::from(q.concatenating_mul(&iqmp).rem_vartime(&modulus).is_one()) {
        return Err(Fault::unsound(
            "its CRT coefficient is wrong, so its signatures would reveal the key",
        ));
    }
    Ok(())
}

/// Checks the two exponents that PKCS#1 adds: `d mod (p-1)` and `d mod (q-1)`.
pub(super) fn check_crt_exponents(pair: &RsaKeypair, dp: &[u8], dq: &[u8]) -> Result<(), Fault> {
    let d = number(pair.private().d())?;
    for (prime, exponent) in [(pair.private().p(), dp), (pair.private().q(), dq)] {
        let below = number(prime)?.wrapping_sub(BoxedUint::one()).into_nz().into_option();
        let below = below.ok_or(Fault::unsound("one of its primes is one"))?;
        if d.rem_vartime(&below) != BoxedUint::from_be_slice_vartime(exponent) {
            return Err(Fault::unsound(
                "its CRT exponents are wrong, so its signatures would reveal the key",
            ));
        }
    }
    Ok(())
}

fn check_ecdsa(pair: &EcdsaKeypair) -> Result<(), Fault> {
    let made = ecdsa::keypair(pair.curve(), pair.private_key_bytes())?;
    if made.public_key_bytes() == pair.public_key_bytes() {
        Ok(())
    } else {
        Err(Fault::unsound("its public key belongs to another key"))
    }
}

fn check_ed25519(pair: &Ed25519Keypair) -> Result<(), Fault> {
    let made = Ed25519Keypair::from_seed(pair.private.as_ref());
    if made.public == pair.public {
        Ok(())
    } else {
        Err(Fault::unsound("its public key belongs to another key"))
    }
}

fn number(part: &ssh_key::Mpint) -> Result<BoxedUint, Fault> {
    let bytes =
        part.as_positive_bytes().ok_or(Fault::unsound("one of its numbers is not positive"))?;
    Ok(BoxedUint::from_be_slice_vartime(bytes))
}
