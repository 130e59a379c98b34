//! A key on an account: found, installed, proved, audited and revoked.

pub mod audit;
pub mod authorized_keys;
pub mod install;
pub mod proof;
pub mod remote_script;
pub mod revoke;
pub mod survey;
