//! Group and other write permission, for which sshd ignores an authorized_keys file: who can remove
//! it, and how.

use crate::accounts::granted::Granted;
use crate::accounts::remote_file::Hazard;
use crate::accounts::remote_script::{self, MAX_ANSWER, REMOVE_WRITE_PERMISSION, Variables};
use crate::accounts::survey::Survey;
use crate::session::Session;
use crate::session::sftp::Sftp;

/// Group and other write permission.
const WRITE_BITS: u32 = 0o022;

/// The permissions without group and other write permission.
pub(super) fn repaired(mode: u32) -> u32 {
    mode & !WRITE_BITS
}

/// The hazards, if the account with this uid can repair all of them, and may: a directory such as
/// /tmp is shared on purpose.
pub(super) fn repairable(hazards: &[Hazard], uid: Option<u32>) -> &[Hazard] {
    let may = |hazard: &Hazard| Some(hazard.uid) == uid && !is_shared(hazard);
    if hazards.iter().all(may) { hazards } else { &[] }
}

/// Whether it is a directory in which everyone may have files (the sticky bit of chmod(1)).
pub(super) fn is_shared(hazard: &Hazard) -> bool {
    const STICKY: u32 = 0o1000;
    hazard.mode & STICKY != 0
}

/// Removes group and other write permission. Anything the account may not change stays as it is.
pub(super) async fn repair(
    survey: &Survey,
    session: &Session,
    hazards: &[Hazard],
) -> Result<(), crate::error::Error> {
    if !survey.runs_commands {
        let mut sftp = session.sftp().await?;
        let repaired = repair_over_sftp(&mut sftp, hazards).await;
        sftp.end().await;
        return repaired;
    }
    let paths: Vec<_> = hazards.iter().map(|hazard| hazard.path.as_str()).collect();
    let variables = Variables::default().text("given_paths", &paths.join("\n"));
    let (answer, ..) =
        remote_script::run(session, &REMOVE_WRITE_PERMISSION, &variables, MAX_ANSWER).await?;
    if answer.words().any(|(word, _)| word == "done") { Ok(()) } else { Err(answer.ended().into()) }
}

async fn repair_over_sftp(sftp: &mut Sftp, hazards: &[Hazard]) -> Result<(), crate::error::Error> {
    for hazard in hazards {
        let path = match hazard.path.as_str() {
            "~" => ".",
            path => path.strip_prefix("~/").unwrap_or(path),
        };
        sftp.set_mode(path, repaired(hazard.mode)).await.granted()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::remote_file::Unsafe;

    #[test]
    fn a_shared_directory_is_never_repaired() {
        let hazard = |mode| Hazard { path: "/tmp".into(), mode, uid: 0, why: Unsafe::World };
        assert_eq!(repairable(&[hazard(0o777)], Some(0)).len(), 1);
        assert_eq!(repairable(&[hazard(0o777), hazard(0o1777)], Some(0)), []);
        assert_eq!(repairable(&[hazard(0o777)], Some(1000)), []);
    }
}
