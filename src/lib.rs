//! sshk: the life of an SSH key, as a library that never prints, prompts, exits or reads the
//! environment.
//!
//! Keys on disk are in [`key_file`], made by [`keygen`], put on one line by [`oneline`], explained
//! by [`inspection`], put into another form by [`conversion`]. A [`Destination`] becomes an
//! [`ssh_config::Endpoint`], an endpoint becomes a [`session::Session`]; [`install`] puts a public
//! key on an account, [`proof`] shows that it logs in, [`revoke`] puts it out of force again;
//! [`survey`] says which files a server reads, [`audit`] who is let in by them. [`fleet`] does any
//! of these for many hosts.
#![deny(clippy::print_stdout, clippy::print_stderr, clippy::exit, clippy::dbg_macro)]
#![deny(unsafe_code)]

pub mod accounts;
pub mod credentials;
pub mod error;
pub mod fleet;
pub mod hosts;
pub mod keys;
pub mod prompter;
pub mod quoting;
pub mod secret;
pub mod session;
pub mod ssh_string;
pub mod text;
pub mod wildcard;

pub use error::Error;
pub use hosts::destination::Destination;
pub use keys::key_file::KeyFile;
pub use secret::{Passphrase, Password};
