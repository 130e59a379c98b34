//! The proof that counts: whether a number is prime, by the kept library `crypto-primes` alone.
//!
//! Baillie-PSW, strengthened (Baillie, Fiori and Wagstaff, 2021), and as many rounds of Miller-Rabin with random bases as
//! FIPS 186-5 asks for (appendix B.3 and C.1). Each is a job of its own, so that processors share the work on both primes.

use crypto_primes::fips::{self, FipsOptions};
use crypto_primes::hazmat::minimum_mr_iterations;
use crypto_primes::{Flavor, is_prime};
use rand::CryptoRng;
use rsa::BoxedUint;

/// One part of the proof; a number is taken as prime when every part held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Test {
    BailliePsw,
    MillerRabin,
}

impl Test {
    /// The whole proof for a number of so many bits, the longest part first.
    pub(super) fn all(bits: u32) -> Vec<Self> {
        let mut tests = vec![Self::BailliePsw];
        tests.resize(1 + rounds(bits), Self::MillerRabin);
        tests
    }

    pub(super) fn holds<R: CryptoRng + ?Sized>(self, number: &BoxedUint, rng: &mut R) -> bool {
        match self {
            Self::BailliePsw => is_prime(Flavor::Any, number),
            Self::MillerRabin => fips::is_prime(rng, Flavor::Any, number, FipsOptions::with_mr_iterations(1)),
        }
    }
}

/// Rounds of Miller-Rabin for a prime of `bits` bits, so that a composite passes with less than one chance in 2^strength.
///
/// The strengths are those of the modulus, twice as long (SP 800-57 part 1, table 2), and never less than the 144 bits that
/// FIPS 186-5 (table B.1) has for a modulus of 4096 bits.
fn rounds(bits: u32) -> usize {
    let strength = match bits {
        0..=2048 => 144,
        2049..=4096 => 200,
        _ => 256,
    };
    // Small numbers cannot have an average-case bound that low; 4^-rounds holds for any.
    minimum_mr_iterations(bits, strength).unwrap_or(strength as usize / 2)
}
