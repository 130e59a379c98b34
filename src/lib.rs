//! sshk: the life of an SSH key, as a library that never prints, prompts, exits or reads the environment.
#![deny(clippy::print_stdout, clippy::print_stderr, clippy::exit, clippy::dbg_macro)]
#![deny(unsafe_code)]

pub mod authorized_keys;
pub mod destination;
pub mod error;
pub mod install;
pub mod key_file;
pub mod keygen;
pub mod known_hosts;
pub mod oneline;
pub mod prompter;
pub mod secret;
pub mod ssh_config;

pub use destination::Destination;
pub use error::Error;
pub use key_file::KeyFile;
pub use secret::{Passphrase, Password};
