//! The proof that counts: whether a number is prime, by the library `crypto-primes` alone.
//!
//! Baillie-PSW, strengthened (Baillie, Fiori and Wagstaff, 2021), and as many rounds of
//! Miller-Rabin with random bases as FIPS 186-5 requires (appendix B.3 and C.1). Each is a separate
//! task, so that all cores share the work on both primes.

use crypto_primes::fips::{self, FipsOptions};
use crypto_primes::hazmat::minimum_mr_iterations;
use crypto_primes::{Flavor, is_prime};
use rand::CryptoRng;
use rsa::BoxedUint;

/// One part of the proof; a number counts as prime when every part holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Test {
    BailliePsw,
    MillerRabin,
}

impl Test {
    /// The whole proof for a number of this many bits, the longest part first.
    pub(super) fn all(bits: u32) -> Vec<Self> {
        let mut tests = vec![Self::BailliePsw];
        tests.resize(1 + rounds(bits), Self::MillerRabin);
        tests
    }

    pub(super) fn holds<R: CryptoRng + ?Sized>(self, number: &BoxedUint, rng: &mut R) -> bool {
        match self {
            Self::BailliePsw => is_prime(Flavor::Any, number),
            Self::MillerRabin => {
                fips::is_prime(rng, Flavor::Any, number, FipsOptions::with_mr_iterations(1))
            }
        }
    }
}

/// Rounds of Miller-Rabin for a prime of `bits` bits, so that a composite passes with less than one
/// chance in 2^[`strength`].
///
/// The library would need longer to compute this than for a round: its answers are listed here for
/// the sizes that keys have, and a test compares the two.
fn rounds(bits: u32) -> usize {
    match bits {
        1024..1124 => 7,
        1124..1340 => 6,
        1340..1668 => 5,
        1668..=2048 => 4,
        2049..2460 => 6,
        2460..3036 => 5,
        3036..4060 => 4,
        4060..=4096 => 3,
        4097..4796 => 5,
        4796..6396 => 4,
        6396..=8192 => 3,
        // Small numbers cannot have an average-case bound that low; 4^-rounds holds for any.
        _ => minimum_mr_iterations(bits, strength(bits)).unwrap_or(strength(bits) as usize / 2),
    }
}

/// That of the modulus, twice as long as the prime (SP 800-57 part 1, table 2), and never less than
/// the 144 bits that FIPS 186-5 (table B.1) has for a modulus of 4096 bits.
fn strength(bits: u32) -> u32 {
    match bits {
        0..=2048 => 144,
        2049..=4096 => 200,
        _ => 256,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rounds_are_those_that_the_library_computes() {
        // Where the number of rounds changes, and the usual sizes.
        for bits in [
            1024, 1124, 1340, 1668, 2048, 2049, 2460, 3036, 4060, 4096, 4097, 4796, 6396, 8192,
            1025, 1536, 3000,
        ] {
            assert_eq!(
                minimum_mr_iterations(bits, strength(bits)),
                Some(rounds(bits)),
                "{bits} bits"
            );
        }
        // Just below these sizes the table may only ask for more rounds.
        for bits in [1123, 1339, 1667, 2459, 3035, 4059, 4795, 6395] {
            assert!(
                minimum_mr_iterations(bits, strength(bits)).unwrap() <= rounds(bits),
                "{bits} bits"
            );
        }
        assert_eq!(
            [rounds(1024), rounds(1536), rounds(2048)],
            [7, 5, 4],
            "and never less than table B.1 of FIPS 186-5 has for 2^-144"
        );
        assert_eq!(rounds(64), 66, "reckoned where the table ends");
    }
}
