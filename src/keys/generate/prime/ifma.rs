//! The base-2 Fermat test of eight numbers at once, one in each 64-bit lane of an AVX-512 register,
//! 52 bits to a limb. The only file with unsafe code: the calls into functions compiled for a
//! processor that has AVX-512 IFMA.
//!
//! Columns of a product are summed without carries, Montgomery's reduction is left without its last
//! subtraction (almost Montgomery multiplication: Gueron, "Efficient software implementations of
//! modular exponentiation", 2012).
#![expect(
    clippy::needless_range_loop,
    reason = "indices say which column a product belongs to; the loops are unrolled"
)]

use super::chain::Chain;
use super::number::Number;
use std::arch::x86_64::{
    __m512i, _mm512_add_epi64, _mm512_and_si512, _mm512_cmpeq_epi64_mask, _mm512_madd52hi_epu64,
    _mm512_madd52lo_epu64, _mm512_maskz_set1_epi64, _mm512_set_epi64, _mm512_set1_epi64,
    _mm512_setzero_si512, _mm512_sllv_epi64, _mm512_srli_epi64,
};
use zeroize::Zeroizing;

/// How many numbers are tested at once.
pub(super) const LANES: usize = 8;
const LIMB_BITS: usize = 52;
const LIMB_MASK: i64 = (1 << LIMB_BITS) - 1;
/// Bits from the modulus to the radix R: then x < 4n gives x²/R + n < 2n, which may be doubled and
/// squared again.
const HEADROOM: usize = 4;
/// How many squarings run between two checks of `stop`: some 0.1 ms.
const STEPS_BETWEEN_LOOKS: usize = 64;

/// Proof that this processor has what the functions in this file need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Available(());

impl Available {
    pub(super) fn detect() -> Option<Self> {
        (is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512ifma"))
            .then_some(Self(()))
    }

    /// For each number n whether 2^(n-1) is 1 modulo n; `None` if `stop` ended it.
    ///
    /// The numbers are odd and of the same length, 64 bits or more.
    pub(super) fn fermat(
        self,
        numbers: [&Number; LANES],
        stop: &dyn Fn() -> bool,
    ) -> Option<[bool; LANES]> {
        // SAFETY: `self` exists only if `detect` saw every feature that `fermat` is compiled for.
        #[expect(
            unsafe_code,
            reason = "a call into code for this processor's features, which the type proves are \
                there"
        )]
        let passed = unsafe { fermat(numbers, stop) }?;
        Some(std::array::from_fn(|lane| passed >> lane & 1 == 1))
    }

    /// Runs `work`; the parts that the compiler inlines may use the registers of AVX-512.
    #[inline]
    pub(super) fn widely<T>(self, work: impl FnOnce() -> T) -> T {
        #[target_feature(enable = "avx512f")]
        fn wide<T>(work: impl FnOnce() -> T) -> T {
            work()
        }
        // SAFETY: `self` exists only if `detect` saw the feature that `wide` is compiled for.
        #[expect(
            unsafe_code,
            reason = "a call into code for this processor's features, which the type proves are \
                there"
        )]
        unsafe {
            wide(work)
        }
    }
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn fermat(numbers: [&Number; LANES], stop: &dyn Fn() -> bool) -> Option<u8> {
    let modulus = Modulus::new(numbers);
    let radix = modulus.limbs.len() * LIMB_BITS;
    let chains = numbers.map(|number| Chain::new(number, radix));
    let mut x = powers_of_two(chains.each_ref().map(|chain| chain.start), modulus.limbs.len());
    let mut columns = Zeroizing::new(vec![_mm512_setzero_si512(); 2 * modulus.limbs.len()]);
    for step in (0..chains[0].length).rev() {
        if step % STEPS_BETWEEN_LOOKS == 0 && stop() {
            return None;
        }
        let doubled =
            chains.iter().rev().fold(0, |mask, chain| mask << 1 | u8::from(chain.bit(step)));
        square(&x, &mut columns);
        modulus.reduce(&mut columns);
        carry(&columns[modulus.limbs.len()..], doubled, &mut x);
    }
    Some(modulus.is_one(&x, &mut columns))
}

/// Eight moduli, limb by limb.
struct Modulus {
    limbs: Zeroizing<Vec<__m512i>>,
    /// -1/n modulo 2^52.
    inverse: Zeroizing<__m512i>,
}

impl Modulus {
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn new(numbers: [&Number; LANES]) -> Self {
        let length = (numbers[0].bits() + HEADROOM).div_ceil(LIMB_BITS).next_multiple_of(4);
        let limbs = (0..length)
            .map(|limb| lanes(numbers.map(|number| number.bits_at(limb * LIMB_BITS, LIMB_BITS))))
            .collect();
        Self {
            limbs: Zeroizing::new(limbs),
            inverse: Zeroizing::new(lanes(
                numbers.map(|number| negated_inverse(number.limbs()[0])),
            )),
        }
    }

    /// Adds multiples of the modulus until the lower half of `columns` is zero but for carries that
    /// went into the upper half.
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn reduce(&self, columns: &mut [__m512i]) {
        let length = self.limbs.len();
        let mut at = 0;
        while at + 8 <= length {
            self.reduce_rows::<8>(&mut columns[at..]);
            at += 8;
        }
        if at < length {
            self.reduce_rows::<4>(&mut columns[at..]);
        }
    }

    /// The same for the lowest `ROWS` of `columns`.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn reduce_rows<const ROWS: usize>(&self, columns: &mut [__m512i]) {
        let zero = _mm512_setzero_si512();
        let n: &[__m512i; ROWS] = self.limbs.first_chunk().expect("no more rows than limbs");
        let mut multiples = [zero; ROWS];
        // The sums that end in the columns of these rows, and in as many above; high halves apart,
        // to shorten the chains.
        let mut low = [[zero; ROWS]; 2];
        let mut high = [[zero; ROWS]; 2];
        low[0].copy_from_slice(&columns[..ROWS]);
        low[1].copy_from_slice(&columns[ROWS..2 * ROWS]);
        let mut carried = zero;
        let mask = _mm512_set1_epi64(LIMB_MASK);
        for row in 0..ROWS {
            let column = _mm512_add_epi64(_mm512_add_epi64(low[0][row], high[0][row]), carried);
            let multiple = _mm512_madd52lo_epu64(zero, column, *self.inverse);
            multiples[row] = multiple;
            // The lowest product makes the column a multiple of 2^52: what is carried is the column
            // over 2^52, rounded up.
            carried = _mm512_srli_epi64::<52>(_mm512_add_epi64(column, mask));
            for limb in 0..ROWS {
                let (half, place) = ((row + limb) / ROWS, (row + limb) % ROWS);
                if limb > 0 {
                    low[half][place] = _mm512_madd52lo_epu64(low[half][place], multiple, n[limb]);
                }
                let (half, place) = ((row + limb + 1) / ROWS, (row + limb + 1) % ROWS);
                high[half][place] = _mm512_madd52hi_epu64(high[half][place], multiple, n[limb]);
            }
        }
        low[1][0] = _mm512_add_epi64(low[1][0], carried);
        for place in 0..ROWS {
            low[1][place] = _mm512_add_epi64(low[1][place], high[1][place]);
        }
        columns[ROWS..2 * ROWS].copy_from_slice(&low[1]);
        multiply_rows(&multiples, &self.limbs[ROWS..], &mut columns[ROWS..]);
    }

    /// A mask of the lanes whose Montgomery form `x` is that of 1. Overwrites `columns`.
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn is_one(&self, x: &[__m512i], columns: &mut [__m512i]) -> u8 {
        let zero = _mm512_setzero_si512();
        let length = x.len();
        columns[..length].copy_from_slice(x);
        columns[length..].fill(zero);
        self.reduce(columns);
        let mut plain = Zeroizing::new(vec![zero; length]);
        carry(&columns[length..], 0, &mut plain);
        // (x + m·n) / R with x, m < R is at most n, and 1 is the only number up to there with the
        // remainder 1.
        let above =
            plain[1..].iter().fold(0xff, |mask, limb| mask & _mm512_cmpeq_epi64_mask(*limb, zero));
        above & _mm512_cmpeq_epi64_mask(plain[0], _mm512_set1_epi64(1))
    }
}

/// Adds `rows` times `limbs` to `columns`; the lowest product belongs to the first column.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn multiply_rows<const ROWS: usize>(
    rows: &[__m512i; ROWS],
    limbs: &[__m512i],
    columns: &mut [__m512i],
) {
    let mut sums =
        Sums { low: [_mm512_setzero_si512(); ROWS], high: [_mm512_setzero_si512(); ROWS] };
    sums.low.copy_from_slice(&columns[..ROWS]);
    let (chunks, rest) = limbs.as_chunks::<ROWS>();
    let mut at = 0;
    for chunk in chunks {
        let columns = &mut columns[at..at + 2 * ROWS];
        // Written out, because a loop would leave the sums in memory.
        macro_rules! multiply {
            ($($limb:literal)*) => { $(
                if $limb < ROWS {
                    columns[$limb] =
                        sums.multiply::<$limb>(rows, chunk[$limb], columns[ROWS + $limb]);
                }
            )* };
        }
        multiply!(0 1 2 3 4 5 6 7);
        at += ROWS;
    }
    let columns = &mut columns[at..];
    for place in 0..ROWS {
        columns[place] = _mm512_add_epi64(sums.low[place], sums.high[place]);
    }
    if let Ok(rest) = <&[__m512i; 4]>::try_from(rest) {
        multiply_rows(rest, rows, columns);
    }
}

/// The unfinished sums of as many neighbouring columns as there are rows: a column waits in the
/// slot that is its number modulo `ROWS`. Low and high halves are summed apart, which makes the
/// chains of dependent instructions half as long.
struct Sums<const ROWS: usize> {
    low: [__m512i; ROWS],
    high: [__m512i; ROWS],
}

impl<const ROWS: usize> Sums<ROWS> {
    /// Adds the products of one limb with every row; `LIMB` is the limb's number modulo `ROWS`.
    ///
    /// That finishes the column of the limb, which is returned; its slot goes to the column that
    /// lies `ROWS` above, `next`.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn multiply<const LIMB: usize>(
        &mut self,
        rows: &[__m512i; ROWS],
        limb: __m512i,
        next: __m512i,
    ) -> __m512i {
        let done =
            _mm512_add_epi64(_mm512_madd52lo_epu64(self.low[LIMB], rows[0], limb), self.high[LIMB]);
        self.low[LIMB] = next;
        self.high[LIMB] = _mm512_setzero_si512();
        for row in 0..ROWS {
            let (here, above) = ((LIMB + row) % ROWS, (LIMB + row + 1) % ROWS);
            if row > 0 {
                self.low[here] = _mm512_madd52lo_epu64(self.low[here], rows[row], limb);
            }
            self.high[above] = _mm512_madd52hi_epu64(self.high[above], rows[row], limb);
        }
        done
    }
}

/// The square of `x`, in columns without carries.
#[target_feature(enable = "avx512f,avx512ifma")]
fn square(x: &[__m512i], columns: &mut [__m512i]) {
    columns.fill(_mm512_setzero_si512());
    let mut at = 0;
    while at + 8 <= x.len() {
        square_rows::<8>(&x[at..], &mut columns[2 * at..]);
        at += 8;
    }
    if at < x.len() {
        square_rows::<4>(&x[at..], &mut columns[2 * at..]);
    }
    // What was summed so far occurs twice in the square.
    for (limb, pair) in x.iter().zip(columns.chunks_exact_mut(2)) {
        pair[0] = _mm512_madd52lo_epu64(_mm512_add_epi64(pair[0], pair[0]), *limb, *limb);
        pair[1] = _mm512_madd52hi_epu64(_mm512_add_epi64(pair[1], pair[1]), *limb, *limb);
    }
}

/// The products of each of the lowest `ROWS` limbs of `x` with every limb above it.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn square_rows<const ROWS: usize>(x: &[__m512i], columns: &mut [__m512i]) {
    let rows: &[__m512i; ROWS] = x.first_chunk().expect("no more rows than limbs");
    let mut sums = [[_mm512_setzero_si512(); ROWS]; 2];
    sums[0].copy_from_slice(&columns[..ROWS]);
    sums[1].copy_from_slice(&columns[ROWS..2 * ROWS]);
    for row in 0..ROWS {
        for limb in row + 1..ROWS {
            let (half, place) = ((row + limb) / ROWS, (row + limb) % ROWS);
            sums[half][place] = _mm512_madd52lo_epu64(sums[half][place], rows[row], rows[limb]);
            let (half, place) = ((row + limb + 1) / ROWS, (row + limb + 1) % ROWS);
            sums[half][place] = _mm512_madd52hi_epu64(sums[half][place], rows[row], rows[limb]);
        }
    }
    columns[..ROWS].copy_from_slice(&sums[0]);
    columns[ROWS..2 * ROWS].copy_from_slice(&sums[1]);
    multiply_rows(rows, &x[ROWS..], &mut columns[ROWS..]);
}

/// Brings sums down to limbs of 52 bits, doubled in the lanes of the mask. There is no carry out of
/// the last.
#[target_feature(enable = "avx512f,avx512ifma")]
fn carry(columns: &[__m512i], doubled: u8, limbs: &mut [__m512i]) {
    let mask = _mm512_set1_epi64(LIMB_MASK);
    let shift = _mm512_maskz_set1_epi64(doubled, 1);
    let mut carried = _mm512_setzero_si512();
    for (limb, column) in limbs.iter_mut().zip(columns) {
        let sum = _mm512_add_epi64(_mm512_sllv_epi64(*column, shift), carried);
        *limb = _mm512_and_si512(sum, mask);
        carried = _mm512_srli_epi64::<52>(sum);
    }
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn powers_of_two(exponents: [usize; LANES], length: usize) -> Zeroizing<Vec<__m512i>> {
    let limb = |at: usize| {
        exponents.map(
            |exponent| if exponent / LIMB_BITS == at { 1 << (exponent % LIMB_BITS) } else { 0 },
        )
    };
    Zeroizing::new((0..length).map(|at| lanes(limb(at))).collect())
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn lanes(values: [u64; LANES]) -> __m512i {
    let [a, b, c, d, e, f, g, h] = values.map(u64::cast_signed);
    _mm512_set_epi64(h, g, f, e, d, c, b, a)
}

/// -1/n modulo 2^52, by Newton's iteration: n is its own inverse modulo 8, and each step doubles
/// the bits that are right.
fn negated_inverse(n: u64) -> u64 {
    let inverse = (0..5)
        .fold(n, |inverse, _| inverse.wrapping_mul(2u64.wrapping_sub(n.wrapping_mul(inverse))));
    inverse.wrapping_neg() & LIMB_MASK.cast_unsigned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crypto_bigint::{BoxedUint, ConcatenatingMul};
    use proptest::prelude::*;
    use std::arch::x86_64::{_mm512_maskz_mov_epi64, _mm512_reduce_add_epi64};

    /// 2^(52·limbs)·`factor`.
    fn radix(limbs: usize, factor: u64) -> BoxedUint {
        let at = limbs * LIMB_BITS;
        let mut bytes = vec![0; at / 8];
        bytes.extend((u128::from(factor) << (at % 8)).to_le_bytes());
        BoxedUint::from_le_slice_vartime(&bytes)
    }

    fn from_limbs(limbs: &[u64]) -> BoxedUint {
        let terms = limbs.iter().enumerate().map(|(at, limb)| radix(at, *limb));
        terms.fold(radix(limbs.len() + 1, 0), |sum, term| sum.wrapping_add(term))
    }

    #[target_feature(enable = "avx512f,avx512ifma")]
    fn one_step(numbers: [&Number; LANES], x: &[[u64; LANES]], doubled: u8) -> Vec<[u64; LANES]> {
        let modulus = Modulus::new(numbers);
        let mut x: Vec<__m512i> = x.iter().map(|limb| lanes(*limb)).collect();
        let mut columns = vec![_mm512_setzero_si512(); 2 * x.len()];
        square(&x, &mut columns);
        modulus.reduce(&mut columns);
        carry(&columns[x.len()..], doubled, &mut x);
        let values = |limb: &__m512i| {
            let mut values = [0; LANES];
            for (lane, value) in values.iter_mut().enumerate() {
                let only = _mm512_maskz_mov_epi64(1 << lane, *limb);
                *value = _mm512_reduce_add_epi64(only).cast_unsigned();
            }
            values
        };
        x.iter().map(values).collect()
    }

    /// Limbs that carries run through, and others.
    fn limb() -> impl Strategy<Value = u64> {
        let mask = LIMB_MASK.cast_unsigned();
        prop_oneof![Just(mask), Just(0), Just(1), Just(mask - 1), Just(1 << 51), (0..=mask)]
    }

    /// For a number of limbs that is a multiple of four: eight odd moduli of one length, and
    /// numbers up to a quarter of the radix.
    fn operands() -> impl Strategy<Value = (usize, Vec<Vec<u64>>, Vec<Vec<u64>>, u8)> {
        let lengths =
            prop_oneof![Just(4usize), Just(8), Just(12), Just(16), Just(20), Just(24), Just(40)];
        lengths.prop_flat_map(|limbs| {
            let eight =
                || proptest::collection::vec(proptest::collection::vec(limb(), limbs), LANES);
            (Just(limbs), eight(), eight(), any::<u8>())
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(
            if Available::detect().is_some() { 400 } else { 0 }
        ))]

        #[test]
        fn a_step_is_montgomerys(
            (limbs, mut moduli, mut x, doubled) in operands(),
        ) {
            for (modulus, x) in moduli.iter_mut().zip(&mut x) {
                // As long as fits below the radix, from one bit up to all ones.
                modulus[limbs - 1] = (modulus[limbs - 1] | 1 << 47) & ((1 << 48) - 1);
                modulus[0] |= 1;
                x[limbs - 1] >>= 2;
            }
            let boxed: Vec<BoxedUint> = moduli.iter().map(|modulus| from_limbs(modulus)).collect();
            let numbers: Vec<Number> = boxed.iter().map(Number::from).collect();
            let columns: Vec<[u64; LANES]> =
                (0..limbs).map(|at| std::array::from_fn(|lane| x[lane][at])).collect();
            // SAFETY: on a processor without the features there are no cases to run.
            #[expect(unsafe_code, reason = "a call into code for this processor's features")]
            let result = unsafe {
                one_step(std::array::from_fn(|lane| &numbers[lane]), &columns, doubled)
            };
            for lane in 0..LANES {
                let digits: Vec<u64> = result.iter().map(|limb| limb[lane]).collect();
                prop_assert!(digits.iter().all(|digit| *digit <= LIMB_MASK.cast_unsigned()));
                let got = from_limbs(&digits);
                prop_assert!(got <= radix(limbs, 1).wrapping_shr(2), "more than a quarter of the \
                    radix");
                let n = boxed[lane].clone().into_nz().unwrap();
                let x = from_limbs(&x[lane]);
                let factor = BoxedUint::from(1 + u64::from(doubled >> lane & 1));
                let expected = x.concatenating_mul(&x).concatenating_mul(&factor).rem_vartime(&n);
                prop_assert_eq!(got.concatenating_mul(&radix(limbs, 1)).rem_vartime(&n), expected);
            }
        }

        #[test]
        fn lanes_say_what_the_portable_test_says(
            bits in 64usize..900,
            limbs in proptest::collection::vec(
                prop_oneof![Just(u64::MAX), Just(0), Just(1), any::<u64>()],
                15,
            ),
            flips in any::<[u64; LANES]>(),
        ) {
            let numbers: Vec<Number> = flips.iter().map(|flip| {
                let mut number = Number::zero(bits);
                let room = number.limbs().len();
                number.limbs_mut().copy_from_slice(&limbs[..room]);
                number.limbs_mut()[0] ^= flip;
                number.limbs_mut()[0] |= 1;
                let top = bits - 1;
                number.limbs_mut()[top / 64] &= u64::MAX >> (63 - top % 64);
                number.limbs_mut()[top / 64] |= 1 << (top % 64);
                number
            }).collect();
            let available = Available::detect().expect("no cases are run without");
            let passed =
                available.fermat(std::array::from_fn(|lane| &numbers[lane]), &|| false).unwrap();
            for (number, passed) in numbers.iter().zip(passed) {
                prop_assert_eq!(super::super::portable::fermat(number, &|| false), Some(passed));
            }
        }
    }

    #[test]
    fn the_lanes_are_independent_and_stop_on_request() {
        let Some(available) = Available::detect() else { return };
        // 2^127 - 1 is prime, and so is no other number here.
        let prime = Number::from(&BoxedUint::from(u128::MAX >> 1));
        let composite = Number::from(&BoxedUint::from((u128::MAX >> 1) - 2));
        for pattern in 0..=u8::MAX {
            let bit = |lane: usize| pattern >> lane & 1 == 1;
            let numbers = std::array::from_fn(|lane| if bit(lane) { &prime } else { &composite });
            assert_eq!(available.fermat(numbers, &|| false), Some(std::array::from_fn(bit)));
        }
        assert_eq!(available.fermat([&prime; LANES], &|| true), None);
    }
}
