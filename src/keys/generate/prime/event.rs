//! What a search for primes reports, and why it failed.

/// The progress of a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// This many numbers were tested; two primes take `expected` on average.
    #[expect(missing_docs, reason = "described above")]
    Tested { candidates: usize, expected: usize },
    /// A number passed the quick test; the proof that it is prime has begun.
    Found,
    /// A number is prime. A key needs two.
    Proved,
}

/// Why a search ended without primes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// The caller ended it.
    Cancelled,
    /// No thread could be started, or all of them have ended.
    NoThread,
}
