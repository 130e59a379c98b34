//! A key that stands in the file and was not seen to log in: what is told of it.

use super::diagnosis::Cause;
use crate::accounts::authorized_keys::unknown_option;
use crate::accounts::survey::Hazard;
use crate::error::{Failure, Kind};
use crate::quoting::remote_path;
use crate::session::{self, LoginError};

/// The line is in the file, and yet the key was not seen to log in.
#[derive(Debug, thiserror::Error)]
#[error(
    "the key {} {file:?} on the server, but it does not log in: {}{}",
    if *.installed { "was written to" } else { "is in" },
    .cause.as_ref().map_or_else(|| why.to_string(), |cause| cause.to_string()),
    if .mended.is_empty() { String::new() } else { format!("; {}", modes_changed(.mended)) }
)]
pub struct NotProved {
    pub file: String,
    /// By this run; otherwise it was there before.
    pub installed: bool,
    /// The number of its line and the options it stands behind, where it has any.
    pub restricted: Option<(usize, String)>,
    pub why: Box<session::Error>,
    /// What the account shows of the reason.
    pub cause: Option<Box<Cause>>,
    /// Whose modes were mended without avail, with what they were before.
    pub mended: Vec<Hazard>,
}

/// What was done to modes, in words.
pub fn modes_changed(mended: &[Hazard]) -> String {
    let list: Vec<_> = mended
        .iter()
        .map(|it| format!("{:?} from {:04o} to {:04o}", it.path, it.mode, it.mode & !0o022))
        .collect();
    format!("mode changed: {}", list.join(", "))
}

impl Failure for NotProved {
    fn kind(&self) -> Kind {
        Kind::NotProved
    }

    fn hint(&self) -> Option<String> {
        if let Some(cause) = &self.cause {
            return Some(cause.hint());
        }
        match *self.why {
            session::Error::Login(LoginError::KeyRefused { .. }) if self.restricted.is_some() => self.restricted.as_ref().map(|(line, options)| {
                let why = match unknown_option(options.as_bytes()) {
                    // The script leaves out what is too long to show.
                    Some(unknown) if options != "..." => {
                        let unknown = String::from_utf8_lossy(unknown);
                        format!(
                            "line {line} has the option {unknown:?} in a form that OpenSSH does \
                            not take, and it passes over such a line"
                        )
                    }
                    _ => format!("line {line} stands behind {options:?}, which can keep a login \
                        from here out"),
                };
                format!("{why}; look on the server: sed -n {line}p {}", remote_path(&self.file))
            }),
            session::Error::Login(LoginError::KeyRefused { .. }) => {
                let folder = super::folder_of(&self.file);
                Some(format!(
                    "servers pass over the file where others can write to it, its folder or the \
                    home folder, and where AuthorizedKeysFile names \
                     another; look on the server: ls -ld ~ {} {}",
                    remote_path(folder),
                    remote_path(&self.file)
                ))
            }
            _ => self.why.hint(),
        }
    }
}
