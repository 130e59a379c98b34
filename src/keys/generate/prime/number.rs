//! A natural number as the search handles it: 64-bit limbs, the lowest first, wiped when dropped.

use rsa::BoxedUint;
use zeroize::Zeroizing;

/// A number that may be a prime of somebody's key. It has no `Debug` and no `Clone`.
pub(super) struct Number(Zeroizing<Vec<u64>>);

impl Number {
    /// Zero, with room for this many bits.
    pub(super) fn zero(bits: usize) -> Self {
        Self(Zeroizing::new(vec![0; bits.div_ceil(64)]))
    }

    pub(super) fn limbs(&self) -> &[u64] {
        &self.0
    }

    pub(super) fn limbs_mut(&mut self) -> &mut [u64] {
        &mut self.0
    }

    /// A copy with `value` added at the bit `at`; both must fit into this number's room.
    pub(super) fn plus(&self, value: u64, at: usize) -> Self {
        let mut sum = Self(self.0.clone());
        let shifted = u128::from(value) << (at % 64);
        let mut carry = shifted;
        for limb in sum.0.iter_mut().skip(at / 64) {
            carry += u128::from(*limb);
            *limb = carry as u64;
            carry >>= 64;
        }
        debug_assert_eq!(carry, 0, "the sum has room");
        sum
    }

    /// How long the number is; 0 for zero.
    pub(super) fn bits(&self) -> usize {
        let used = self.0.iter().rposition(|limb| *limb != 0).map_or(0, |top| top + 1);
        used * 64 - self.0[..used].last().map_or(0, |top| top.leading_zeros() as usize)
    }

    /// `count` bits (at most 52) from the bit `at` on; zeros above the number's room.
    pub(super) fn bits_at(&self, at: usize, count: usize) -> u64 {
        let limb = |index: usize| u128::from(self.0.get(index).copied().unwrap_or(0));
        let both = limb(at / 64) | limb(at / 64 + 1) << 64;
        (both >> (at % 64)) as u64 & ((1 << count) - 1)
    }

    pub(super) fn remainder(&self, divisor: u32) -> u32 {
        let divisor = u64::from(divisor);
        let digits = self.0.iter().rev().flat_map(|limb| [limb >> 32, limb & 0xffff_ffff]);
        digits.fold(0, |remainder, digit| (remainder << 32 | digit) % divisor) as u32
    }

    /// The number for the libraries that keys are built with, without spare room.
    pub(super) fn to_boxed(&self) -> BoxedUint {
        let bytes: Zeroizing<Vec<u8>> =
            Zeroizing::new(self.0.iter().flat_map(|limb| limb.to_le_bytes()).collect());
        BoxedUint::from_le_slice_vartime(&bytes[..self.bits().div_ceil(8)])
    }
}

impl From<&BoxedUint> for Number {
    fn from(number: &BoxedUint) -> Self {
        let bytes = Zeroizing::new(number.to_le_bytes().to_vec());
        let limbs = bytes
            .chunks(8)
            .map(|chunk| chunk.iter().rev().fold(0, |limb, byte| limb << 8 | u64::from(*byte)));
        Self(Zeroizing::new(limbs.collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn limbs_bits_and_remainders_are_those_of_the_library(
            bytes in proptest::collection::vec(any::<u8>(), 1..80),
            divisor in 2u32..,
        ) {
            let boxed = BoxedUint::from_be_slice_vartime(&bytes);
            let number = Number::from(&boxed);
            prop_assert_eq!(number.bits(), boxed.bits_vartime() as usize);
            let limb = BoxedUint::from(u64::from(divisor)).into_nz().unwrap();
            prop_assert_eq!(BoxedUint::from(number.remainder(divisor)), boxed.rem_vartime(&limb));
            prop_assert_eq!(number.to_boxed(), boxed.clone());
            for at in [0, 1, 51, 52, 63, 64, 104, 200] {
                let bit = |at: usize| {
                    bytes.iter().rev().nth(at / 8).is_some_and(|byte| byte >> (at % 8) & 1 == 1)
                };
                let expected = (0..52)
                    .filter(|place| bit(at + place))
                    .fold(0, |bits, place| bits | 1 << place);
                prop_assert_eq!(number.bits_at(at, 52), expected);
            }
        }

        #[test]
        fn a_sum_carries_through(
            limbs in proptest::collection::vec(
                prop_oneof![Just(u64::MAX), Just(0), any::<u64>()],
                1..6,
            ),
            value: u64,
            at in 0usize..300,
        ) {
            let at = at % (limbs.len() * 64);
            let mut number = Number::zero((limbs.len() + 2) * 64);
            number.limbs_mut()[..limbs.len()].copy_from_slice(&limbs);
            let mut shifted = vec![0; number.limbs().len() * 8];
            let bytes = (u128::from(value) << (at % 8)).to_le_bytes();
            shifted[at / 8..][..9].copy_from_slice(&bytes[..9]);
            let bytes: Vec<u8> =
                number.limbs().iter().flat_map(|limb| limb.to_le_bytes()).collect();
            let one = BoxedUint::from_le_slice_vartime(&bytes);
            let expected = one.wrapping_add(BoxedUint::from_le_slice_vartime(&shifted));
            prop_assert_eq!(number.plus(value, at).to_boxed(), expected);
        }
    }
}
