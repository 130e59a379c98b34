//! The hint for a login that was denied: a key in `~/.ssh` that was not offered.

use sshk::keys::key_file::KeyFile;
use sshk::session::{self, LoginError};
use sshk::{Destination, Error};

use super::retry::Retry;
use crate::environment;

/// The failure's own hint, or the call with `option` and a key that may log in.
pub fn hint(
    error: &Error,
    option: &str,
    retry: &Retry,
    destination: &Destination,
) -> Option<String> {
    retry.hint(error, destination).or_else(|| {
        let Some(session::Error::Login(LoginError::Denied { tried, takes_keys: true, .. })) =
            error.downcast_ref()
        else {
            return None;
        };
        // After a password that was rejected, the right one is the next step.
        if tried.iter().any(|tried| !tried.starts_with("publickey ")) {
            return None;
        }
        let said = tried.join(", ");
        let keys = KeyFile::find_pairs(&environment::home().ok()?.join(".ssh")).ok()?;
        let mut paths = keys.iter().map(|key| key.path().display().to_string());
        let other = paths.find(|path| !said.contains(path.as_str()) && !retry.names(path))?;
        let call = retry.with(option, &other, destination);
        Some(format!("another key may log in: {call}"))
    })
}
