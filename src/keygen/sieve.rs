//! Which numbers of a window have no small factor: the sieve of Eratosthenes over `base` + i·2^`shift`, for i in a range.

use super::number::Number;
use std::ops::Range;
use zeroize::Zeroizing;

/// How many primes are taken at a time: as many as the widest registers work on at once, four times over.
const BLOCK: usize = 32;

/// The odd primes up to a bound, made once a search.
pub(super) struct SmallPrimes(Vec<u32>);

impl SmallPrimes {
    pub(super) fn up_to(bound: u32) -> Self {
        // Odd numbers only: the index i stands for 2i + 1.
        let length = (bound as usize).div_ceil(2);
        let mut composite = vec![false; length];
        let mut primes = Vec::new();
        for at in 1..length {
            if !composite[at] {
                let prime = 2 * at + 1;
                primes.push(prime as u32);
                for multiple in (prime * prime / 2..length).step_by(prime) {
                    composite[multiple] = true;
                }
            }
        }
        Self(primes)
    }
}

/// The numbers that are left, one bit each.
pub(super) struct Survivors {
    bits: Zeroizing<Vec<u64>>,
}

impl Survivors {
    /// Sieves `base` + i·2^`shift` for i in `range`. A number that is itself one of the small primes is thrown out too.
    pub(super) fn of(base: &Number, shift: usize, range: Range<u32>, primes: &SmallPrimes) -> Self {
        let length = range.len();
        let mut bits = Zeroizing::new(vec![u64::MAX; length.div_ceil(64)]);
        let digits = Digits::of(base, shift);
        for block in primes.0.chunks(BLOCK) {
            let mut padded = [3; BLOCK];
            padded[..block.len()].copy_from_slice(block);
            let quotients = digits.over_power_of_two(&padded);
            for (prime, quotient) in block.iter().zip(quotients) {
                // base + i·2^shift is 0 modulo the prime where i is -base/2^shift; and i is `range.start` plus the bit's number.
                let first = prime - 1 - ((u64::from(quotient) + u64::from(range.start) + u64::from(prime - 1)) % u64::from(*prime)) as u32;
                for at in (first as usize..length).step_by(*prime as usize) {
                    bits[at / 64] &= !(1 << (at % 64));
                }
            }
        }
        Self { bits }
    }

    /// Whether the number is left; it is not any more, from now on.
    pub(super) fn take(&mut self, at: usize) -> bool {
        let bit = 1 << (at % 64);
        let left = self.bits[at / 64] & bit != 0;
        self.bits[at / 64] &= !bit;
        left
    }
}

/// The lowest bits of a number, cut for Montgomery's reduction: a first piece of up to 31 bits, then pieces of 32.
struct Digits {
    first: (u64, u32),
    rest: Zeroizing<Vec<u32>>,
}

impl Digits {
    fn of(number: &Number, bits: usize) -> Self {
        let odd_bits = bits % 32;
        let rest = (odd_bits..bits).step_by(32).map(|at| number.bits_at(at, 32) as u32).collect();
        Self { first: (number.bits_at(0, odd_bits), odd_bits as u32), rest: Zeroizing::new(rest) }
    }

    /// The number divided by 2^bits, modulo each prime; at most one more than the prime.
    fn over_power_of_two(&self, primes: &[u32; BLOCK]) -> [u32; BLOCK] {
        let mut inverses = [0; BLOCK];
        let mut remainders = [0; BLOCK];
        let (first, first_bits) = self.first;
        let mask = (1u64 << first_bits) - 1;
        for ((remainder, inverse), prime) in remainders.iter_mut().zip(&mut inverses).zip(primes) {
            // -1/p modulo 2^32, by Newton's iteration from the three bits in which p is its own inverse.
            let mut positive = *prime;
            for _ in 0..4 {
                positive = positive.wrapping_mul(2u32.wrapping_sub(prime.wrapping_mul(positive)));
            }
            *inverse = positive.wrapping_neg();
            let multiple = (first * u64::from(*inverse)) & mask;
            *remainder = ((first + multiple * u64::from(*prime)) >> first_bits) as u32;
        }
        for digit in self.rest.iter() {
            for ((remainder, inverse), prime) in remainders.iter_mut().zip(&inverses).zip(primes) {
                // Below 2^33 + 2^32·p, for a remainder that is again at most p + 1.
                let sum = u64::from(*remainder) + u64::from(*digit);
                let multiple = (sum as u32).wrapping_mul(*inverse);
                *remainder = ((sum + u64::from(multiple) * u64::from(*prime)) >> 32) as u32;
            }
        }
        remainders
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_small_primes_are_all_there() {
        let primes = SmallPrimes::up_to(1 << 20).0;
        // π(2^20) is 82,025 (OEIS A007053); 2 is left out.
        assert_eq!((primes.len(), primes[0], primes[82_023]), (82_024, 3, 1_048_573));
        assert_eq!(SmallPrimes::up_to(10).0, [3, 5, 7]);
        assert_eq!(SmallPrimes::up_to(11).0, [3, 5, 7, 11]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]

        #[test]
        fn what_is_left_has_no_small_factor_and_the_rest_has(
            limbs in proptest::collection::vec(any::<u64>(), 1..8), cut in 0usize..64, start in 0u32..1 << 20, length in 1u32..400,
        ) {
            let shift = limbs.len() * 64 - cut;
            let mut base = Number::zero(limbs.len() * 64 + 64);
            base.limbs_mut()[..limbs.len()].copy_from_slice(&limbs);
            if cut > 0 {
                base.limbs_mut()[limbs.len() - 1] &= u64::MAX >> cut;
            }
            base.limbs_mut()[0] |= 1;
            let primes = SmallPrimes::up_to(1000);
            let mut survivors = Survivors::of(&base, shift, start..start + length, &primes);
            for at in 0..length {
                let number = base.plus(u64::from(start + at), shift);
                let has_none = primes.0.iter().all(|prime| number.remainder(*prime) != 0);
                prop_assert_eq!(survivors.take(at as usize), has_none, "{} of {}", at, length);
                prop_assert!(!survivors.take(at as usize));
            }
        }
    }
}
