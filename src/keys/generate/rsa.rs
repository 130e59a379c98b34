//! An RSA key from two primes, checked against FIPS 186-5 (appendix A.1) and tested before anyone
//! gets it.

use super::error::Error;
use super::prime::{self, Event, Filter, SearchOptions};
use rand::CryptoRng;
use rsa::pkcs1::EncodeRsaPrivateKey;
use rsa::sha2::{Digest, Sha256};
use rsa::traits::{PrivateKeyParts, PublicKeyParts};
use rsa::{BoxedUint, Pkcs1v15Sign, RsaPrivateKey};
use ssh_key::private::RsaKeypair;
use ssh_key::public::RsaPublicKey;
use std::num::NonZero;
use std::ops::ControlFlow;
use zeroize::{Zeroize, Zeroizing};

/// The public exponent, the same as OpenSSH's and everyone else's.
const E: u32 = 65_537;
/// |p-q| is more than 2^(bits/2 - 100) (FIPS 186-5, A.1.1).
const DISTANCE: u32 = 100;
/// More than ring needs for a signature: some 10 KiB for primes of 2048 bits, the largest that it
/// accepts.
const STACK_OF_RING: usize = 64 << 10;

/// How to search for the primes of an RSA key. Other types need no search.
pub struct Search<'a> {
    /// The quick test; the other one gives the same keys more slowly.
    pub filter: Filter,
    /// At least one; more threads than cores do not help.
    pub threads: usize,
    /// Called for every event on the caller's thread, some twenty times a second or more; `Break`
    /// ends the search, with [`Error::Cancelled`], as soon as each thread has finished the step it
    /// is at: at 4096 bits within some 20 milliseconds.
    pub watch: &'a mut dyn FnMut(Event) -> ControlFlow<()>,
}

impl<'a> Search<'a> {
    /// As fast as this machine can.
    pub fn new(watch: &'a mut dyn FnMut(Event) -> ControlFlow<()>) -> Self {
        Self {
            filter: Filter::fastest(),
            threads: std::thread::available_parallelism().map_or(1, NonZero::get),
            watch,
        }
    }
}

/// An RSA key of exactly `bits` bits, an even number, with e = 65537 and p > q, as OpenSSL makes
/// them.
pub(super) fn generate<R: CryptoRng + ?Sized>(
    bits: u32,
    rng: &mut R,
    search: Search<'_>,
) -> Result<RsaKeypair, Error> {
    let plan = SearchOptions {
        sizes: [bits as usize / 2; 2],
        e: E,
        filter: search.filter,
        threads: search.threads,
    };
    let make = |primes: [&BoxedUint; 2]| match assemble(primes, bits)? {
        Some(key) => {
            try_out(&key)?;
            pair(&key).ok_or(Error::Generation).map(Some)
        }
        None => Ok(None),
    };
    loop {
        // Never seen in practice: two primes this close, or an exponent this small, come up once in
        // 2^100.
        if let Some(key) = prime::search(&plan, &make, rng, search.watch)?? {
            return Ok(key);
        }
    }
}

/// The key of these primes; `None` where FIPS 186-5 asks for others.
fn assemble([one, other]: [&BoxedUint; 2], bits: u32) -> Result<Option<RsaPrivateKey>, Error> {
    // Some readers of PKCS#1 (ring among them) want the larger prime first.
    let (p, q) = if one > other { (one, other) } else { (other, one) };
    let distance = Zeroizing::new(p.wrapping_sub(q));
    if distance.bits_vartime() <= bits / 2 - DISTANCE {
        return Ok(None);
    }
    let key = RsaPrivateKey::from_p_q(p.clone(), q.clone(), BoxedUint::from(E))
        .map_err(|_| Error::Generation)?;
    key.validate().map_err(|_| Error::Generation)?;
    if key.n().bits_vartime() != bits {
        return Err(Error::Generation);
    }
    Ok((key.d().bits_vartime() > bits / 2).then_some(key))
}

/// Signs and verifies once: a key whose parts do not match is rejected.
fn try_out(key: &RsaPrivateKey) -> Result<(), Error> {
    const MESSAGE: &[u8] = b"a key that was just made";
    let digest = Sha256::digest(MESSAGE);
    let by_ring = sign_with_ring(key, MESSAGE);
    wipe_stack();
    let signature = match by_ring {
        Some(signature) => signature,
        None => key.sign(Pkcs1v15Sign::new::<Sha256>(), &digest).map_err(|_| Error::Generation)?,
    };
    key.to_public_key()
        .verify(Pkcs1v15Sign::new::<Sha256>(), &digest, &signature)
        .map_err(|_| Error::Generation)
}

/// A signature by ring, which is quicker and signs most logins; `None` for the sizes that it does
/// not accept.
fn sign_with_ring(key: &RsaPrivateKey, message: &[u8]) -> Option<Vec<u8>> {
    let der = key.to_pkcs1_der().ok()?;
    let key = ring::rsa::KeyPair::from_der(der.as_bytes()).ok()?;
    let mut signature = vec![0; key.public().modulus_len()];
    let random = ring::rand::SystemRandom::new();
    key.sign(&ring::signature::RSA_PKCS1_SHA256, &random, message, &mut signature).ok()?;
    Some(signature)
}

/// Overwrites what the functions called before have left behind on the stack: of ring's, a table of
/// powers and a prime.
#[inline(never)]
fn wipe_stack() {
    let mut below = [0u8; STACK_OF_RING];
    below.zeroize();
}

/// The key for ssh-key, whose own conversion panics over primes that differ in limbs.
fn pair(key: &RsaPrivateKey) -> Option<RsaKeypair> {
    let [p, q] = key.primes() else { return None };
    let iqmp = Zeroizing::new(key.qinv()?.retrieve());
    let private =
        ssh_key::private::RsaPrivateKey::new(key.d().into(), (&*iqmp).into(), p.into(), q.into())
            .ok()?;
    RsaKeypair::new(RsaPublicKey::try_from(key.to_public_key()).ok()?, private).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crypto_primes::{Flavor, is_prime, random_prime};

    fn prime(bits: u32) -> BoxedUint {
        // The product of two of them has twice the length.
        let top = |prime: &BoxedUint| prime.bit_vartime(bits - 2);
        std::iter::repeat_with(|| random_prime(&mut rand::rng(), Flavor::Any, bits))
            .find(top)
            .unwrap()
    }

    #[test]
    fn a_key_is_built_from_two_primes_and_tried_out() {
        let (one, other) = (prime(512), prime(512));
        let key = assemble([&one, &other], 1024).unwrap().expect("two primes far apart");
        assert_eq!(try_out(&key), Ok(()));
        assert!(pair(&key).is_some());
        let [p, q] = key.primes() else { panic!() };
        assert!(p > q && (*p == one || *p == other));
    }

    #[test]
    fn primes_too_close_to_each_other_are_rejected() {
        let one = prime(512);
        let after = |distance: u32| {
            let start = one
                .wrapping_sub(BoxedUint::one_with_precision(512).shl_vartime(distance).unwrap())
                .wrapping_sub(BoxedUint::from(2u32));
            std::iter::successors(Some(start), |number| {
                Some(number.wrapping_sub(BoxedUint::from(2u32)))
            })
            .find(|number| is_prime(Flavor::Any, number))
            .unwrap()
        };
        assert!(assemble([&one, &after(DISTANCE)], 1024).unwrap().is_none());
        // 2^412 is the bound for primes of 512 bits.
        assert!(assemble([&one, &after(410)], 1024).unwrap().is_none());
        assert!(assemble([&after(413), &one], 1024).unwrap().is_some());
        assert!(assemble([&one, &one], 1024).unwrap().is_none());
    }

    #[test]
    fn wrong_lengths_and_composites_are_rejected() {
        let (one, other) = (prime(512), prime(512));
        assert_eq!(assemble([&one, &other], 1026).err(), Some(Error::Generation));
        assert_eq!(assemble([&one, &prime(511)], 1024).err(), Some(Error::Generation));
        // A composite with two factors of its own: the exponents of the key are then wrong.
        let composite =
            crypto_bigint::ConcatenatingMul::concatenating_mul(&prime(256), &prime(256));
        let refused = assemble([&composite, &other], 1024)
            .and_then(|key| key.map_or(Ok(()), |key| try_out(&key)));
        assert_eq!(refused, Err(Error::Generation));
    }
}
