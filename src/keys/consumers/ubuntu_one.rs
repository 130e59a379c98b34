//! Ubuntu One, whose keys are Launchpad's: it wants a public key.

use super::openssh;
use super::subject::{Acceptance, Fix, Objection, Subject};
use crate::keys::key_file::Private;
use crate::quoting::shell_path;

/// A private key is answered with the command that prints its public key.
pub(super) fn check_private(subject: &Subject<'_>, private: &Private) -> Acceptance {
    let print = |path: String| format!("ssh-keygen -y -f {path}");
    let command = match (subject.public_file, openssh::check_private(subject, private)) {
        (Some(path), _) => Some(format!("cat {}", shell_path(path))),
        (None, Ok(())) => Some(print(subject.word())),
        // Only a copy or a repaired file can be read by ssh-keygen.
        (None, Err(Objection { fix, .. })) => fix.map(|fix| {
            let path = match fix {
                Fix::Copy(format) => subject.copy(format),
                _ => subject.word(),
            };
            format!("{} && {}", subject.command(&fix), print(path))
        }),
    };
    let reason = "it needs the public key, never this file";
    Err(Objection { reason, fix: command.map(Fix::Run) })
}
