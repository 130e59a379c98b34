//! The authorized_keys file on a server: what it is called, what was found there, and why it cannot
//! be read or written. Survey, install, audit and revoke all use these terms.

mod error;
mod name;
mod snapshot;
mod target;

pub use error::{Error, Made};
pub(crate) use name::{folder_of, shown};
pub use snapshot::{FileSnapshot, FileState, Hazard, MAX_SIZE, Node, NotAFile, Unsafe};
pub use target::RemoteFile;
