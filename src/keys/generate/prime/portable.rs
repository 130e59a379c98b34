//! The base-2 Fermat test of one number on any processor, 64 bits to a limb: Montgomery squarings
//! and doublings.
//!
//! Intermediate numbers are any residues below the radix R, so that only a carry out of the top
//! asks for a subtraction.

use super::chain::Chain;
use super::number::Number;
use zeroize::Zeroizing;

/// How many squarings run between two checks of `stop`: some 0.1 ms.
const STEPS_BETWEEN_LOOKS: usize = 64;

/// Whether 2^(n-1) is 1 modulo n; `None` if `stop` ended it. The number is odd and has 64 bits or
/// more.
pub(super) fn fermat(number: &Number, stop: &dyn Fn() -> bool) -> Option<bool> {
    let modulus = Modulus::new(number);
    let length = modulus.limbs.len();
    let chain = Chain::new(number, length * 64);
    let mut x = Zeroizing::new(vec![0; length]);
    x[chain.start / 64] = 1 << (chain.start % 64);
    let mut product = Zeroizing::new(vec![0; 2 * length]);
    for step in (0..chain.length).rev() {
        if step % STEPS_BETWEEN_LOOKS == 0 && stop() {
            return None;
        }
        square(&x, &mut product);
        modulus.reduce(&mut product, &mut x);
        if chain.bit(step) {
            modulus.double(&mut x);
        }
    }
    Some(modulus.is_one(&x))
}

struct Modulus<'a> {
    limbs: &'a [u64],
    /// -1/n modulo 2^64.
    inverse: u64,
}

impl<'a> Modulus<'a> {
    fn new(number: &'a Number) -> Self {
        let limbs = &number.limbs()[..number.bits().div_ceil(64)];
        // Newton's iteration: n is its own inverse modulo 8, and each step doubles the bits that
        // are right.
        let n = limbs[0];
        let inverse = (0..5)
            .fold(n, |inverse, _| inverse.wrapping_mul(2u64.wrapping_sub(n.wrapping_mul(inverse))));
        Self { limbs, inverse: inverse.wrapping_neg() }
    }

    /// `x` = `product` / R modulo n, below R. Overwrites `product`.
    fn reduce(&self, product: &mut [u64], x: &mut [u64]) {
        let length = self.limbs.len();
        let mut carried = false;
        for at in 0..length {
            let row = &mut product[at..=at + length];
            let multiple = row[0].wrapping_mul(self.inverse);
            let carry = multiply_add(&mut row[..length], self.limbs, multiple);
            let (sum, first) = row[length].overflowing_add(carry);
            let (sum, second) = sum.overflowing_add(u64::from(carried));
            row[length] = sum;
            carried = first || second;
        }
        x.copy_from_slice(&product[length..]);
        self.subtract_while(x, carried);
    }

    fn double(&self, x: &mut [u64]) {
        let mut carried = 0;
        for limb in x.iter_mut() {
            (*limb, carried) = (*limb << 1 | carried, *limb >> 63);
        }
        self.subtract_while(x, carried == 1);
    }

    /// Takes the modulus off a number that has one bit more than `x` shows, until that bit is gone.
    fn subtract_while(&self, x: &mut [u64], mut carried: bool) {
        while carried {
            carried = !subtract(x, self.limbs);
        }
    }

    /// Whether the Montgomery form `x` is that of 1.
    fn is_one(&self, x: &[u64]) -> bool {
        let mut product = Zeroizing::new(x.to_vec());
        product.resize(2 * x.len(), 0);
        let mut plain = Zeroizing::new(vec![0; x.len()]);
        self.reduce(&mut product, &mut plain);
        // (x + m·n) / R with x, m < R is at most n, and 1 is the only number up to there with the
        // remainder 1.
        plain[0] == 1 && plain[1..].iter().all(|limb| *limb == 0)
    }
}

/// The square of `x`, whole.
fn square(x: &[u64], product: &mut [u64]) {
    let length = x.len();
    product.fill(0);
    for (at, limb) in x.iter().enumerate() {
        let above = &x[at + 1..];
        product[at + length] = multiply_add(&mut product[2 * at + 1..at + length], above, *limb);
    }
    // The products of different limbs occur twice in the square.
    let (mut doubled, mut carried) = (0, 0);
    for (limb, pair) in x.iter().zip(product.chunks_exact_mut(2)) {
        let square = u128::from(*limb) * u128::from(*limb);
        let twice = [pair[0] << 1 | doubled, pair[1] << 1 | pair[0] >> 63];
        doubled = pair[1] >> 63;
        let low = u128::from(twice[0]) + u128::from(square as u64) + carried;
        let high = u128::from(twice[1]) + (square >> 64) + (low >> 64);
        (pair[0], pair[1]) = (low as u64, high as u64);
        carried = high >> 64;
    }
}

/// Adds `limbs` times `factor` to `sum`, which is as long, and returns what is carried out of it.
#[inline(always)]
fn multiply_add(sum: &mut [u64], limbs: &[u64], factor: u64) -> u64 {
    let mut carried = 0;
    for (sum, limb) in sum.iter_mut().zip(limbs) {
        let product =
            u128::from(*limb) * u128::from(factor) + u128::from(*sum) + u128::from(carried);
        (*sum, carried) = (product as u64, (product >> 64) as u64);
    }
    carried
}

/// Takes `other` off `x`, and returns whether it had to borrow.
fn subtract(x: &mut [u64], other: &[u64]) -> bool {
    let mut borrowed = false;
    for (limb, other) in x.iter_mut().zip(other) {
        let (difference, first) = limb.overflowing_sub(*other);
        let (difference, second) = difference.overflowing_sub(u64::from(borrowed));
        (*limb, borrowed) = (difference, first || second);
    }
    borrowed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crypto_bigint::modular::{BoxedMontyForm, BoxedMontyParams};
    use crypto_bigint::{BoxedUint, Odd};
    use proptest::prelude::*;

    /// Whether 2^(n-1) is 1 modulo n, according to the library that keys are built with.
    fn expected(n: &BoxedUint) -> bool {
        let params = BoxedMontyParams::new_vartime(Odd::new(n.clone()).unwrap());
        let one = BoxedMontyForm::one(&params);
        let two = &one + &one;
        two.pow(&n.wrapping_sub(BoxedUint::one())) == one
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        #[test]
        fn the_answer_is_that_of_the_kept_library(
            mut limbs in proptest::collection::vec(
                prop_oneof![Just(u64::MAX), Just(0), Just(1), Just(1 << 63), any::<u64>()],
                1..20,
            ),
            top in 1u64..,
        ) {
            limbs[0] |= 1;
            limbs.push(top);
            let bytes: Vec<u8> = limbs.iter().flat_map(|limb| limb.to_le_bytes()).collect();
            let boxed = BoxedUint::from_le_slice_vartime(&bytes);
            prop_assert_eq!(fermat(&Number::from(&boxed), &|| false), Some(expected(&boxed)));
        }

        #[test]
        fn a_step_is_montgomerys(
            mut n in proptest::collection::vec(
                prop_oneof![Just(u64::MAX), Just(0), any::<u64>()],
                1..20,
            ),
            x in proptest::collection::vec(prop_oneof![Just(u64::MAX), Just(0), any::<u64>()], 20),
            doubled: bool,
        ) {
            n[0] |= 1;
            let last = n.len() - 1;
            // The top bits keep the number of subtractions after a carry small.
            n[last] |= 1 << 60;
            let to_boxed = |limbs: &[u64]| {
                let bytes: Vec<u8> = limbs.iter().flat_map(|limb| limb.to_le_bytes()).collect();
                BoxedUint::from_le_slice_vartime(&bytes)
            };
            let boxed = to_boxed(&n);
            let number = Number::from(&boxed);
            let modulus = Modulus::new(&number);
            let mut result = x[..n.len()].to_vec();
            let mut product = vec![0; 2 * n.len()];
            square(&result, &mut product);
            modulus.reduce(&mut product, &mut result);
            if doubled {
                modulus.double(&mut result);
            }
            let nonzero = boxed.into_nz().unwrap();
            let x = to_boxed(&x[..n.len()]);
            let twice = BoxedUint::from(1 + u64::from(doubled));
            let expected = crypto_bigint::ConcatenatingMul::concatenating_mul(&x, &x);
            let expected = crypto_bigint::ConcatenatingMul::concatenating_mul(&expected, &twice)
                .rem_vartime(&nonzero);
            let mut shifted = vec![0; n.len()];
            shifted.extend(&result);
            prop_assert_eq!(to_boxed(&shifted).rem_vartime(&nonzero), expected);
        }
    }

    #[test]
    fn a_pseudoprime_passes_and_a_stop_is_obeyed() {
        // 2^67 - 1 = 193707721 · 761838257287.
        let number = Number::from(&BoxedUint::from((1u128 << 67) - 1));
        assert_eq!(fermat(&number, &|| false), Some(true));
        assert_eq!(fermat(&number, &|| true), None);
    }
}
