//! Revoking a key on an account: one byte of each of its lines becomes `#`, in place, and a fresh
//! connection shows that the server rejects the key.
//!
//! In place, never by a rewrite: a copy loses what other programs append in the meantime, breaks
//! hard links and ownership, and needs space. One byte is written whole or not at all, and every
//! byte around it is checked before and read back after.

mod account;
mod error;
mod key_lines;
mod marks;
mod purge;
mod write;

pub use account::{Revocation, RevokeOptions, Revoked, revoke};
pub use error::Error;
pub use marks::{Mark, MarkScope, marked, marks};

/// What the answer of a script that disabled or deleted lines says.
#[cfg(fuzzing)]
pub(super) fn read_answer(
    answer: &super::remote_script::ScriptAnswer,
) -> Result<(), crate::error::Error> {
    write::check(answer, &super::remote_file::FileSnapshot::missing("keys"), false)
}
