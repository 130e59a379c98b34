//! The search for RSA primes, and nothing else.
//!
//! **What it buys.** Nearly all of the time that an RSA key takes goes into rejecting numbers that
//! are not prime. `candidates` draws them, `sieve` drops those with a small factor, `filter` runs
//! Fermat's test on what is left, eight numbers at once if the processor has AVX-512 IFMA, and
//! `search` does this on every core until two numbers pass. `benches/keygen.rs` measures it against
//! ssh-keygen and OpenSSL.
//!
//! **Why the only unsafe code of sshk is in `ifma`.** A function compiled for instructions that not
//! every processor has can only be called from unsafe code. That file has two such calls; both are
//! guarded by a value that exists only once the processor has been checked.
//!
//! **Nothing that it says is trusted.** The filter can only waste time, never weaken a key: every
//! number that passes is proved again by the library `crypto-primes` in `confirmation`, and the key
//! that is built from two of them is validated and signs once before anyone sees it (`rsa`). The
//! randomness is the caller's generator; the search chooses nothing.

mod candidates;
mod chain;
mod confirmation;
mod event;
mod filter;
#[cfg(target_arch = "x86_64")]
mod ifma;
mod number;
mod portable;
mod search;
mod sieve;

pub use event::{Error, Event};
pub use filter::Filter;
pub(super) use search::{SearchOptions, search};
