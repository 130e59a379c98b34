//! A key as bytes and files. This room never sees a host.

pub mod certificate;
pub mod consumers;
pub mod convert;
pub mod generate;
pub mod identity;
pub mod identity_files;
pub mod inspect;
mod jsonc;
pub mod key_file;
pub mod oneline;
pub mod revoked;
pub mod weak;
