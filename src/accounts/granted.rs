//! What an SFTP server may refuse without consequence.

use crate::session;
use crate::session::sftp::RequestError;

/// For requests whose refusal does not matter or is noticed later.
pub(crate) trait Granted<T> {
    /// What the server granted; `None` if it refused.
    fn granted(self) -> Result<Option<T>, session::Error>;
}

impl<T> Granted<T> for Result<T, RequestError> {
    fn granted(self) -> Result<Option<T>, session::Error> {
        match self {
            Ok(granted) => Ok(Some(granted)),
            Err(RequestError::Refused { .. }) => Ok(None),
            Err(RequestError::Session(error)) => Err(error),
        }
    }
}
