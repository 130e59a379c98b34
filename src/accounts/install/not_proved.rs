//! A key that is in the file and did not log in: what is reported about it.

use super::diagnosis::Cause;
use super::permissions::repaired;
use crate::accounts::authorized_keys::unknown_option;
use crate::accounts::remote_file::{Hazard, folder_of};
use crate::accounts::session_failure::is_key_rejected;
use crate::error::{Failure, Kind};
use crate::quoting::remote_path;
use crate::session;

/// The line is in the file, but the key did not log in.
#[derive(Debug, thiserror::Error)]
#[error(
    "the key {} {file:?} on the server, but it does not log in: {}{}",
    if *.installed { "was written to" } else { "is in" },
    .cause.as_ref().map_or_else(|| why.to_string(), |cause| cause.to_string()),
    if .repaired.is_empty() { String::new() } else { format!("; mode changed: {}", modes(.repaired)) }
)]
pub struct NotProved {
    /// As messages name it.
    pub file: String,
    /// Written by this run; otherwise it was there before.
    pub installed: bool,
    /// The number of its line and the options in front of it, if it has any.
    pub restricted: Option<(usize, String)>,
    /// The failure of the login.
    pub why: Box<session::Error>,
    /// The reason, if it could be found on the account.
    pub cause: Option<Box<Cause>>,
    /// Files whose permissions were repaired without success, with the previous ones.
    pub repaired: Vec<Hazard>,
}

/// The files whose permissions were or would be changed, with the old and the new ones.
pub fn modes(changed: &[Hazard]) -> String {
    let list: Vec<_> = changed
        .iter()
        .map(|it| format!("{:?} from {:04o} to {:04o}", it.path, it.mode, repaired(it.mode)))
        .collect();
    list.join(", ")
}

impl Failure for NotProved {
    fn kind(&self) -> Kind {
        Kind::NotProved
    }

    fn hint(&self) -> Option<String> {
        if let Some(cause) = &self.cause {
            return Some(cause.hint());
        }
        if !is_key_rejected(&self.why) {
            return self.why.hint();
        }
        Some(match &self.restricted {
            Some((line, options)) => format!(
                "{}; look on the server: sed -n {line}p {}",
                about_options(*line, options),
                remote_path(&self.file)
            ),
            None => format!(
                "servers ignore the file if others can write to it, its directory or the home \
                directory, \
                or if AuthorizedKeysFile names another; look on the server: ls -ld ~ {} {}",
                remote_path(folder_of(&self.file)),
                remote_path(&self.file)
            ),
        })
    }
}

fn about_options(line: usize, options: &str) -> String {
    match unknown_option(options.as_bytes()) {
        // The script leaves out what is too long to show.
        Some(unknown) if options != "..." => format!(
            "line {line} has the option {:?} in a form that OpenSSH does not accept, so it ignores \
            the line",
            String::from_utf8_lossy(unknown)
        ),
        _ => format!("line {line} has the options {options:?}, which may reject logins from here"),
    }
}
