//! The quick test that rejects nearly every number that is not prime: Fermat's, to base 2.
//!
//! It is a filter and nothing more: every number that passes is then proved by the library
//! `crypto-primes` (`confirmation`). A bug here can cost time, never a weak key.

#[cfg(target_arch = "x86_64")]
use super::ifma;
use super::number::Number;
use super::portable;
use rsa::BoxedUint;

/// How numbers are tested: eight at once with AVX-512 IFMA, or one at a time on any processor. Both
/// give the same answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Filter(Arithmetic);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Arithmetic {
    #[cfg(target_arch = "x86_64")]
    Ifma(ifma::Available),
    Portable,
}

impl Filter {
    /// The fastest one this processor has.
    pub fn fastest() -> Self {
        Self::ifma().unwrap_or(Self::portable())
    }

    /// Eight numbers at once; `None` if the processor has no AVX-512 IFMA.
    pub fn ifma() -> Option<Self> {
        #[cfg(target_arch = "x86_64")]
        return ifma::Available::detect().map(|available| Self(Arithmetic::Ifma(available)));
        #[cfg(not(target_arch = "x86_64"))]
        None
    }

    /// One number at a time.
    pub const fn portable() -> Self {
        Self(Arithmetic::Portable)
    }

    /// Its name for people.
    pub fn name(&self) -> &'static str {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            Arithmetic::Ifma(_) => "AVX-512 IFMA",
            Arithmetic::Portable => "portable",
        }
    }

    /// For each number n whether 2^(n-1) is 1 modulo n: true for every odd prime, and false for
    /// nearly every other number.
    ///
    /// The answer is `None` where this test cannot be created: for even numbers, and below 64 bits.
    pub fn passes(&self, numbers: &[BoxedUint]) -> Vec<Option<bool>> {
        let numbers: Vec<Number> = numbers.iter().map(Number::from).collect();
        let mut answers = Vec::with_capacity(numbers.len());
        for alike in numbers.chunk_by(|one, other| shape(one) == shape(other)) {
            for batch in alike.chunks(self.width()) {
                let batch: Vec<&Number> = batch.iter().collect();
                let passed =
                    if shape(batch[0]).is_some() { self.test(&batch, &|| false) } else { None };
                answers.extend((0..batch.len()).map(|at| passed.as_ref().map(|passed| passed[at])));
            }
        }
        answers
    }

    /// Runs `work`, which the compiler may optimise for the registers that this filter uses.
    #[inline]
    pub(super) fn widely<T>(self, work: impl FnOnce() -> T) -> T {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            Arithmetic::Ifma(available) => available.widely(work),
            Arithmetic::Portable => work(),
        }
    }

    /// How many numbers it tests for the price of one.
    pub(super) fn width(&self) -> usize {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            Arithmetic::Ifma(_) => ifma::LANES,
            Arithmetic::Portable => 1,
        }
    }

    /// Tests 1 to [`Self::width`] odd numbers of one length; `None` if `stop` ended it.
    pub(super) fn test(&self, numbers: &[&Number], stop: &dyn Fn() -> bool) -> Option<Vec<bool>> {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            Arithmetic::Ifma(available) => {
                // Unused lanes repeat a number.
                let passed = available
                    .fermat(std::array::from_fn(|lane| numbers[lane % numbers.len()]), stop)?;
                Some(passed[..numbers.len()].to_vec())
            }
            Arithmetic::Portable => {
                numbers.iter().map(|number| portable::fermat(number, stop)).collect()
            }
        }
    }
}

/// The length of a number that can be tested; numbers of one length are tested together.
fn shape(number: &Number) -> Option<usize> {
    (number.bits() >= 64 && number.limbs()[0] & 1 == 1).then(|| number.bits())
}
