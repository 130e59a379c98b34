//! sshk: the life of an SSH key, as a library that never prints, prompts, exits or reads the environment.
//!
//! Keys on disk are in [`key_file`], made by [`keygen`], put on one line by [`oneline`], explained by
//! [`inspection`], put into another form by [`conversion`]. A [`Destination`] becomes an
//! [`ssh_config::Endpoint`], an endpoint becomes a [`session::Session`]; [`install`] puts a public key on an account,
//! [`proof`] shows that it logs in, [`revoke`] puts it out of force again; [`survey`] says which files a server reads, [`audit`] who is let in by them. [`fleet`] does any of
//! these for many hosts.
#![deny(clippy::print_stdout, clippy::print_stderr, clippy::exit, clippy::dbg_macro)]
#![deny(unsafe_code)]

pub mod audit;
pub mod authorized_keys;
pub mod certificate;
pub mod conversion;
pub mod credentials;
pub mod destination;
pub mod error;
pub mod fleet;
pub mod identity;
pub mod inspection;
pub mod install;
pub mod key_file;
pub mod keygen;
pub mod known_hosts;
pub mod oneline;
pub mod prompter;
pub mod proof;
pub mod quoting;
pub mod remote_script;
pub mod revoke;
pub mod secret;
pub mod session;
pub mod ssh_config;
pub mod survey;
pub mod weak_keys;

pub use destination::Destination;
pub use error::Error;
pub use key_file::KeyFile;
pub use secret::{Passphrase, Password};
