//! The search for RSA primes, and nothing else.

mod candidates;
mod chain;
mod confirmation;
mod filter;
#[cfg(target_arch = "x86_64")]
mod ifma;
mod number;
mod portable;
pub(super) mod search;
mod sieve;

pub use filter::Filter;
