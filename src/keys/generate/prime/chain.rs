//! The exponent of the base-2 Fermat test, arranged so that only squarings and doublings are left.
//!
//! 2^(n-1) is 1 modulo n exactly when 2^-(n-1) is. A plain power of two 2^t is the Montgomery form
//! of 2^-(r-t), r being the radix in bits: the chain starts there, without a division, with the top
//! bits of the exponent already done.

use super::number::Number;
use zeroize::Zeroizing;

/// From 2^`start`, for each of `length` steps (the highest first): square, and double if the step's
/// bit is set.
pub(super) struct Chain {
    pub(super) start: usize,
    pub(super) length: usize,
    /// Bit `i` belongs to the step `i`.
    bits: Zeroizing<Vec<u64>>,
}

impl Chain {
    /// The chain for the odd number n and the Montgomery radix 2^`radix`, which is more than n.
    ///
    /// From 64 bits on 2^(2·start) is less than n·2^radix, so that the first squaring gives a
    /// number below 2n.
    pub(super) fn new(number: &Number, radix: usize) -> Self {
        let length = number.bits() - radix.ilog2() as usize;
        // n is odd: n - 1 is n without its lowest bit, and -(n-1) has the bits of !(n-1), plus one.
        let mut bits: Zeroizing<Vec<u64>> =
            Zeroizing::new(number.limbs().iter().map(|limb| !limb).collect());
        bits[0] |= 1;
        for limb in bits.iter_mut() {
            let (sum, carried) = limb.overflowing_add(1);
            *limb = sum;
            if !carried {
                break;
            }
        }
        // ceil((n-1) / 2^length): one more than the quotient if any bit below is set.
        let low_is_zero = (0..length).all(|bit| bits[bit / 64] >> (bit % 64) & 1 == 0);
        let top =
            number.bits_at(length, radix.ilog2() as usize) as usize + usize::from(!low_is_zero);
        Self { start: radix - top, length, bits }
    }

    pub(super) fn bit(&self, step: usize) -> bool {
        self.bits[step / 64] >> (step % 64) & 1 == 1
    }
}
