//! Who can log in by the authorized_keys files of an account, line by line as sshd reads them, and
//! what is wrong with each line.
//!
//! Everything but [`audit`] is computed from bytes alone; nothing here changes anything.

mod account;
mod finding;
mod key;
mod lines;
mod report;
#[cfg(test)]
mod tests;

pub use account::audit;
pub use finding::{Finding, Level};
pub use key::Key;
pub use lines::{Measure, ServerFile, read};
pub use report::{AllKeys, Audit, FileReport, LineReport, LineStatus, SharedKey, shared};
