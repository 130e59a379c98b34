//! Installing a public key: one exec request that appends one line to authorized_keys, and its
//! answer.
//!
//! Append, never rewrite: one write(2) with `O_APPEND` loses no line of another program, keeps
//! owner, permissions, links and attributes, and needs no space for a copy. The file's folder is
//! locked if the server has flock(1), the line is read back, and it is removed again if the disk
//! was full.

mod account;
mod answer;
mod diagnosis;
mod error;
mod not_proved;
mod options;
mod permissions;
mod request;
mod script;
mod sftp;
mod target_file;
mod writer;

pub use account::{Installation, Verified, install};
pub use answer::{Answer, Change, read_answer};
pub use diagnosis::Cause;
pub use error::Error;
pub use not_proved::{NotProved, modes};
pub use options::{InstallMethod, InstallOptions};
pub use request::InstallRequest;
pub use script::command;
