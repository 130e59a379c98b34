//! Which numbers of a window have no small factor: the sieve of Eratosthenes over `base` +
//! i·2^`shift`, for i in a range.

use super::filter::Filter;
use super::number::Number;
use std::ops::Range;
use zeroize::Zeroizing;

/// How many primes are handled at a time: as many as the widest registers work on at once, four
/// times over.
const BLOCK: usize = 32;
/// The low half of a double digit.
const DIGIT: u64 = u32::MAX as u64;

/// The product of the low halves: one instruction, for many lanes at once, if the compiler can see
/// that they are halves.
#[inline(always)]
fn product(one: u64, other: u64) -> u64 {
    (one & DIGIT) * (other & DIGIT)
}

/// The odd primes up to a bound, computed once per search.
pub(super) struct SmallPrimes(Vec<u32>);

impl SmallPrimes {
    pub(super) fn up_to(bound: u32) -> Self {
        // Odd numbers only: the index i stands for 2i + 1.
        let length = (bound as usize).div_ceil(2);
        let mut left = Bits::all(length);
        // 1 is not a prime.
        left.clear(0);
        for prime in (3..).step_by(2).take_while(|prime| prime * prime <= bound as usize) {
            if left.has(prime / 2) {
                left.strike(prime * prime / 2, prime);
            }
        }
        Self(left.set().map(|at| 2 * at as u32 + 1).collect())
    }
}

/// A bit for each number, wiped when dropped.
struct Bits {
    words: Zeroizing<Vec<u64>>,
    length: usize,
}

impl Bits {
    /// This many bits, all of them set.
    fn all(length: usize) -> Self {
        Self { words: Zeroizing::new(vec![u64::MAX; length.div_ceil(64)]), length }
    }

    fn has(&self, at: usize) -> bool {
        self.words[at / 64] >> (at % 64) & 1 == 1
    }

    fn clear(&mut self, at: usize) {
        self.words[at / 64] &= !(1 << (at % 64));
    }

    /// Clears every `step`th bit from `first` on.
    fn strike(&mut self, first: usize, step: usize) {
        if step < 64 {
            return self.strike_words(first, step);
        }
        for at in (first..self.length).step_by(step) {
            self.clear(at);
        }
    }

    /// The same for steps below 64, which strike every word: a word at a time.
    fn strike_words(&mut self, first: usize, step: usize) {
        let pattern = (0..64).step_by(step).fold(0u64, |pattern, at| pattern | 1 << at);
        let (mut words, moved) = (self.words.iter_mut().skip(first / 64), 64 % step);
        if let Some(word) = words.next() {
            *word &= !(pattern << (first % 64));
        }
        let mut at = first % 64 % step;
        for word in words {
            // The first bit to strike moves by 64 from word to word, modulo the step.
            at = if at < moved { at + step - moved } else { at - moved };
            *word &= !(pattern << at);
        }
    }

    /// The numbers whose bit is set, in order.
    fn set(&self) -> impl Iterator<Item = usize> {
        let words = self.words.iter().enumerate().flat_map(|(at, word)| {
            let rest = std::iter::successors(Some(*word), |word| Some(word & word.wrapping_sub(1)))
                .take_while(|word| *word != 0);
            rest.map(move |word| 64 * at + word.trailing_zeros() as usize)
        });
        words.take_while(|at| *at < self.length)
    }
}

/// The numbers that are left, one bit each.
pub(super) struct Survivors(Bits);

impl Survivors {
    /// Sieves `base` + i·2^`shift` for i in `range`. A number that is itself one of the small
    /// primes is removed too.
    pub(super) fn of(
        base: &Number,
        shift: usize,
        range: Range<u32>,
        primes: &SmallPrimes,
        filter: Filter,
    ) -> Self {
        let mut left = Bits::all(range.len());
        let digits = Digits::of(base, shift);
        for block in primes.0.chunks(BLOCK) {
            let mut padded = [3; BLOCK];
            padded[..block.len()].copy_from_slice(block);
            let quotients = filter.widely(|| digits.over_power_of_two(&padded.map(u64::from)));
            for (prime, quotient) in block.iter().zip(quotients) {
                // base + i·2^shift is 0 modulo the prime where i is -base/2^shift; and i is
                // `range.start` plus the bit's number.
                let first = prime - 1 - (quotient as u32 + range.start + prime - 1) % prime;
                left.strike(first as usize, *prime as usize);
            }
        }
        Self(left)
    }

    /// Whether the number is still left; from now on it is not.
    pub(super) fn take(&mut self, at: usize) -> bool {
        let left = self.0.has(at);
        self.0.clear(at);
        left
    }
}

/// The lowest bits of a number, cut for Montgomery's reduction: a first piece of up to 31 bits,
/// then pieces of 32.
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
    #[inline(always)]
    fn over_power_of_two(&self, primes: &[u64; BLOCK]) -> [u64; BLOCK] {
        let mut inverses = [0; BLOCK];
        let mut remainders = [0; BLOCK];
        let (first, first_bits) = self.first;
        let mask = (1u64 << first_bits) - 1;
        for ((remainder, inverse), prime) in remainders.iter_mut().zip(&mut inverses).zip(primes) {
            // -1/p modulo 2^32, by Newton's iteration from the three bits in which p is its own
            // inverse.
            let mut positive = *prime;
            for _ in 0..4 {
                positive = product(positive, 2u64.wrapping_sub(product(*prime, positive)));
            }
            *inverse = positive.wrapping_neg();
            *remainder = (first + product(product(first, *inverse) & mask, *prime)) >> first_bits;
        }
        for digit in self.rest.iter() {
            for ((remainder, inverse), prime) in remainders.iter_mut().zip(&inverses).zip(primes) {
                // Below 2^33 + 2^32·p, for a remainder that is again at most p + 1.
                let sum = *remainder + u64::from(*digit);
                *remainder = (sum + product(product(sum, *inverse), *prime)) >> 32;
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
    fn no_small_prime_is_missing() {
        let primes = SmallPrimes::up_to(1 << 20).0;
        // π(2^20) is 82,025 (OEIS A007053); 2 is left out.
        assert_eq!((primes.len(), primes[0], primes[82_023]), (82_024, 3, 1_048_573));
        assert_eq!(SmallPrimes::up_to(10).0, [3, 5, 7]);
        assert_eq!(SmallPrimes::up_to(11).0, [3, 5, 7, 11]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn what_is_left_has_no_small_factor_and_the_rest_has(
            limbs in proptest::collection::vec(any::<u64>(), 1..8),
            cut in 0usize..64,
            start in 0u32..1 << 20,
            length in 1u32..400,
        ) {
            let shift = limbs.len() * 64 - cut;
            let mut base = Number::zero(limbs.len() * 64 + 64);
            base.limbs_mut()[..limbs.len()].copy_from_slice(&limbs);
            if cut > 0 {
                base.limbs_mut()[limbs.len() - 1] &= u64::MAX >> cut;
            }
            base.limbs_mut()[0] |= 1;
            let primes = SmallPrimes::up_to(1000);
            for filter in [Filter::fastest(), Filter::portable()] {
                let mut survivors =
                    Survivors::of(&base, shift, start..start + length, &primes, filter);
                for at in 0..length {
                    let number = base.plus(u64::from(start + at), shift);
                    let has_none = primes.0.iter().all(|prime| number.remainder(*prime) != 0);
                    prop_assert_eq!(survivors.take(at as usize), has_none, "{} of {}, \
                        {}", at, length, filter.name());
                    prop_assert!(!survivors.take(at as usize));
                }
            }
        }

        #[test]
        fn every_step_is_struck_and_nothing_else(
            length in 1usize..700,
            step in 1usize..200,
            first in 0usize..800,
        ) {
            let mut bits = Bits::all(length);
            bits.strike(first, step);
            let left: Vec<usize> =
                (0..length).filter(|at| *at < first || (at - first) % step != 0).collect();
            prop_assert!(left.iter().all(|at| bits.has(*at)));
            prop_assert_eq!(bits.set().collect::<Vec<_>>(), left);
        }
    }
}
