//! A public key on an account: installing it, verifying that it logs in, listing and revoking the
//! keys that are there.

pub mod audit;
pub mod authorized_keys;
mod foreign_owner;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
mod granted;
pub mod install;
pub mod judge;
pub mod key_line;
pub mod proof;
pub mod remote_file;
pub mod remote_script;
pub mod revoke;
mod session_failure;
pub mod survey;
