//! What the terminal and the standard streams fail with.

use std::io;
use std::path::PathBuf;

use sshk::error::{Failure, Kind};
use sshk::text::io_reason;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("could not write to standard output: {}", io_reason(source))]
    Output { source: io::Error },
    #[error("could not open the log file {path:?}: {}", io_reason(source))]
    Log { path: PathBuf, source: io::Error },
    #[error("could not set up the terminal: {}", io_reason(source))]
    Terminal { source: io::Error },
}

impl Failure for Error {
    fn kind(&self) -> Kind {
        Kind::Io
    }

    fn hint(&self) -> Option<String> {
        None
    }
}
