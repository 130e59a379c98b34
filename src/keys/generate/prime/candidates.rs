//! How a candidate for a prime of k bits is drawn, after Fouque and Tibouchi, "Close to Uniform
//! Prime Number Generation With Fewer Random Bits" (ICALP 2014, arXiv 1406.7078): the lowest k-20
//! bits are random, odd, and fixed for a window; the top 20 bits are drawn again and again,
//! uniformly, until the number is prime. Every prime draws a window of its own.
//!
//! The bias: a prime is met in the one window that has its lowest bits, with one chance in the
//! number N of primes there. N has the mean μ = 307,120·2/(k·ln 2), 865 for k = 1024 and 108 for k
//! = 8192, and spreads like Poisson's numbers, so that the draw has about 1/(2μ·ln 2) bits of
//! entropy less than a uniform one: under 0.002 of 1024 bits, under 0.007 of 8192. An incremental
//! search from a random start (Brandt and Damgård, 1992) loses most of a bit and prefers primes
//! after long gaps.

use super::filter::Filter;
use super::number::Number;
use super::sieve::{SmallPrimes, Survivors};
use rand::rngs::StdRng;
use rand::{CryptoRng, RngExt, SeedableRng};
use std::ops::Range;
use zeroize::Zeroizing;

/// The top bits, which vary within a window.
const TOP_BITS: usize = 20;
/// From √2·2^19, rounded up: a prime of k bits is at least √2·2^(k-1) (FIPS 186-5, A.1.3), and two
/// of them have a product of 2k bits.
const TOP: Range<u32> = 741_456..1 << TOP_BITS;
/// How many draws in a row may fail before the window counts as used up; at worst one candidate in
/// 2^11 is left.
const PATIENCE: usize = 1 << 15;

/// The random part of a window, straight from the caller's generator.
pub(super) struct Seed {
    base: Number,
    bits: usize,
    order: Zeroizing<[u8; 32]>,
}

impl Seed {
    /// For a prime of `bits` bits.
    pub(super) fn draw<R: CryptoRng + ?Sized>(bits: usize, rng: &mut R) -> Self {
        let mut base = Number::zero(bits);
        let shift = bits - TOP_BITS;
        for (at, limb) in base.limbs_mut().iter_mut().enumerate() {
            let used = shift.saturating_sub(64 * at).min(64);
            *limb = rng.next_u64() & u64::MAX.checked_shr(64 - used as u32).unwrap_or(0);
        }
        base.limbs_mut()[0] |= 1;
        let mut order = Zeroizing::new([0; 32]);
        rng.fill_bytes(order.as_mut());
        Self { base, bits, order }
    }
}

/// The candidates of one window that have no small factor, in random order.
pub(super) struct Window {
    base: Number,
    bits: usize,
    survivors: Survivors,
    order: StdRng,
}

impl Window {
    pub(super) fn open(seed: Seed, primes: &SmallPrimes, filter: Filter) -> Self {
        let survivors = Survivors::of(&seed.base, seed.bits - TOP_BITS, TOP, primes, filter);
        Self { survivors, order: StdRng::from_seed(*seed.order), base: seed.base, bits: seed.bits }
    }

    pub(super) fn bits(&self) -> usize {
        self.bits
    }

    /// The next candidate x, with x - 1 coprime to `e`, which is prime; `None` if the window is
    /// used up.
    pub(super) fn next(&mut self, e: u32) -> Option<Number> {
        for _ in 0..PATIENCE {
            let at = self.order.random_range(0..TOP.end - TOP.start);
            if self.survivors.take(at as usize) {
                let candidate = self.base.plus(u64::from(TOP.start + at), self.bits - TOP_BITS);
                if candidate.remainder(e) != 1 {
                    return Some(candidate);
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn candidates_have_the_right_length_and_range_and_share_their_window() {
        let primes = SmallPrimes::up_to(1 << 10);
        for bits in [1024, 1025, 1056, 1087] {
            let mut window = Window::open(
                Seed::draw(bits, &mut StdRng::seed_from_u64(bits as u64)),
                &primes,
                Filter::fastest(),
            );
            let mut seen = Vec::new();
            for _ in 0..500 {
                let candidate = window.next(65_537).unwrap();
                assert_eq!((candidate.bits(), candidate.limbs()[0] & 1), (bits, 1));
                assert!([3, 5, 7, 1021].iter().all(|prime| candidate.remainder(*prime) != 0));
                assert!(candidate.remainder(65_537) != 1);
                let low: Vec<u64> = (0..bits - TOP_BITS)
                    .step_by(52)
                    .map(|at| candidate.bits_at(at, 52.min(bits - TOP_BITS - at)))
                    .collect();
                let fixed: Vec<u64> = (0..bits - TOP_BITS)
                    .step_by(52)
                    .map(|at| window.base.bits_at(at, 52.min(bits - TOP_BITS - at)))
                    .collect();
                assert_eq!(low, fixed);
                let top = candidate.bits_at(bits - TOP_BITS, TOP_BITS) as u32;
                assert!(TOP.contains(&top) && !seen.contains(&top));
                seen.push(top);
            }
            // Uniform over the range: the mean of 500 is within five standard deviations of it, a
            // 15th of the length.
            let mean = seen.iter().map(|top| f64::from(*top)).sum::<f64>() / 500.0;
            let (middle, length) =
                (f64::from(TOP.start + TOP.end) / 2.0, f64::from(TOP.end - TOP.start));
            assert!((mean - middle).abs() < length / 15.0, "{mean}");
        }
    }

    #[test]
    fn the_bound_is_the_square_root_of_a_half() {
        let twice_the_square = |top: u32| 2 * u64::from(top).pow(2);
        assert!(
            twice_the_square(TOP.start) >= 1 << 40 && twice_the_square(TOP.start - 1) < 1 << 40
        );
    }

    #[test]
    fn every_seed_is_different() {
        let mut rng = StdRng::seed_from_u64(7);
        let (one, other) = (Seed::draw(1024, &mut rng), Seed::draw(1024, &mut rng));
        assert!(one.base.limbs() != other.base.limbs() && one.order != other.order);
        // Nothing above the window's fixed bits, and every limb below is drawn.
        assert!(
            one.base.bits() <= 1024 - TOP_BITS && one.base.limbs().iter().all(|limb| *limb != 0)
        );
    }
}
