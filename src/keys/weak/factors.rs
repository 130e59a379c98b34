//! RSA moduli that fall apart at once: a small factor, a square, a prime, or two primes so close
//! that Fermat's method finds them (Böck, "Fermat Factorization in the Wild", 2023).

use super::weakness::Weakness;
use crypto_primes::{Flavor, is_prime};
use rsa::BoxedUint;
use ssh_key::encoding::bigint::ConcatenatingSquare;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Primes up to this one are tried as factors.
const LARGEST_PRIME: usize = 1 << 13;

/// How many steps Fermat's method gets; the flawed generators that are known need at most 20.
const STEPS: usize = 100;

/// The largest modulus that is tested with long arithmetic, in bits, since that takes time in
/// proportion to the third power of the size.
const MOST_BITS: usize = 4096;

/// How many moduli a run tests with long arithmetic: a hostile file of a server can list 20,000.
const MOST_KEYS: usize = 4000;
static LEFT: AtomicUsize = AtomicUsize::new(MOST_KEYS);

static PRIMES: LazyLock<Vec<u32>> = LazyLock::new(|| {
    let mut is_composite = vec![false; LARGEST_PRIME + 1];
    let mut primes = Vec::new();
    for number in 3..=LARGEST_PRIME {
        if number % 2 == 1 && !is_composite[number] {
            primes.push(number as u32);
            (number * number..=LARGEST_PRIME)
                .step_by(number)
                .for_each(|it| is_composite[it] = true);
        }
    }
    primes
});

/// Why the private key can be computed from an odd modulus (big endian), if it is so easy.
pub(super) fn weakness(modulus: &[u8], bits: usize) -> Option<Weakness> {
    if let Some(prime) = PRIMES.iter().find(|prime| remainder(modulus, **prime) == 0) {
        return Some(computable("rsa-modulus", &format!("its modulus is divisible by {prime}")));
    }
    if bits > MOST_BITS
        || LEFT
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1))
            .is_err()
    {
        return None;
    }
    let modulus = BoxedUint::from_be_slice_vartime(modulus);
    let root = modulus.floor_sqrt_vartime();
    if root.concatenating_square() == modulus {
        Some(computable("rsa-modulus", "its modulus is the square of a number"))
    } else if has_close_factors(&modulus, root) {
        Some(computable("rsa-close-primes", "its two primes are too close to each other"))
    } else if is_prime(Flavor::Any, &modulus) {
        Some(computable("rsa-modulus", "its modulus is a prime number"))
    } else {
        None
    }
}

fn computable(kind: &'static str, why: &str) -> Weakness {
    Weakness::weak(kind, format!("{why}, so its private key can be computed"))
}

/// Whether one of the next numbers above the root, squared, exceeds the modulus by a square.
fn has_close_factors(modulus: &BoxedUint, root: BoxedUint) -> bool {
    let one = BoxedUint::one();
    let mut middle = root.concatenating_add(&one);
    // a² - n; the next one is (a + 1)² - n, which is 2a + 1 more.
    let mut difference = middle.concatenating_square().wrapping_sub(modulus);
    for _ in 0..STEPS {
        if may_be_square(&difference) {
            let root = difference.floor_sqrt_vartime();
            if root.concatenating_square() == difference {
                return true;
            }
        }
        difference = difference.wrapping_add(middle.concatenating_add(&middle).wrapping_add(&one));
        middle = middle.wrapping_add(&one);
    }
    false
}

/// `false` for five numbers of six that are no square: of 64 remainders only 12 are those of one.
fn may_be_square(number: &BoxedUint) -> bool {
    let low = number.to_le_bytes().first().map_or(0, |byte| u64::from(byte & 63));
    (0..32).any(|root: u64| root * root % 64 == low)
}

fn remainder(number: &[u8], divisor: u32) -> u32 {
    let divisor = u64::from(divisor);
    let rest = number.chunks(4).fold(0, |rest: u64, bytes| {
        let digits = bytes.iter().fold(0, |value, byte| value << 8 | u64::from(*byte));
        ((rest << (8 * bytes.len())) | digits) % divisor
    });
    rest as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crypto_primes::random_prime;
    use rand::SeedableRng;
    use rand::rngs::StdRng;
    use ssh_key::encoding::bigint::ConcatenatingMul;

    /// What is said of the product of two numbers.
    fn said(p: &BoxedUint, q: &BoxedUint) -> Option<(&'static str, String)> {
        let modulus = p.concatenating_mul(q);
        let bits = modulus.bits_vartime() as usize;
        weakness(&modulus.to_be_bytes(), bits).map(|it| (it.kind, it.message))
    }

    #[test]
    fn a_modulus_that_falls_apart_is_named() {
        let mut rng = StdRng::seed_from_u64(12);
        let mut prime = || random_prime::<BoxedUint, _>(&mut rng, Flavor::Any, 512);
        let (p, q) = (prime(), prime());
        let kind = |said: Option<(&'static str, String)>| said.map(|(kind, _)| kind);
        assert_eq!(said(&p, &q), None);
        assert_eq!(kind(said(&p, &p)), Some("rsa-modulus"));
        assert_eq!(kind(said(&p, &BoxedUint::one())), Some("rsa-modulus"));
        assert_eq!(kind(said(&p, &BoxedUint::from(8191u32))), Some("rsa-modulus"));
        // The next prime above p, and one some way above: what a flawed generator takes.
        let mut near = p.clone();
        for _ in 0..3 {
            near = near.wrapping_add(BoxedUint::from(2u8));
            while !is_prime(Flavor::Any, &near) {
                near = near.wrapping_add(BoxedUint::from(2u8));
            }
            assert_eq!(kind(said(&p, &near)), Some("rsa-close-primes"));
        }
    }

    #[test]
    fn remainders_are_those_of_long_division() {
        let number = [0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde];
        let value = number.iter().fold(0u64, |value, byte| value << 8 | u64::from(*byte));
        for divisor in [3, 5, 167, 8191] {
            assert_eq!(u64::from(remainder(&number, divisor)), value % u64::from(divisor));
        }
        assert_eq!(PRIMES.len(), 1027);
        assert_eq!(PRIMES.last(), Some(&8191));
    }
}
