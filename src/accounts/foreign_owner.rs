//! Who else could change where a path leads, seen over SFTP: the same check as in the scripts.

use super::granted::Granted;
use crate::accounts::remote_file::{Error, shown};
use crate::session;
use crate::session::sftp::Sftp;

/// For root: the file at `path`, unless every step of the path belongs to root, as it is written
/// and with its symlinks resolved. For any other `user` nothing is checked.
pub(crate) async fn check(
    sftp: &mut Sftp,
    user: &str,
    path: &str,
) -> Result<Option<Error>, session::Error> {
    if user != "root" {
        return Ok(None);
    }
    let home = sftp.real_path(".").await.granted()?.unwrap_or_default();
    let written = if path.starts_with('/') { path.to_owned() } else { format!("{home}/{path}") };
    // The directory too: a link in it hides it from the path of the file.
    let folder = written.rsplit_once('/').map_or("/", |(folder, _)| folder).to_owned();
    let mut ways = vec![written];
    for link in [folder, ways[0].clone()] {
        ways.extend(sftp.real_path(&link).await.granted()?);
    }
    for whole in ways {
        let ends = whole.match_indices('/').map(|(at, _)| at).filter(|at| *at > 0);
        for end in ends.chain([whole.len()]) {
            let step = &whole[..end];
            let Some(found) = sftp.lstat(step).await.granted()? else { break };
            if let Some((uid, _)) = found.owner.filter(|(uid, _)| *uid != 0) {
                let (file, path) = (shown(path), step.to_owned());
                return Ok(Some(Error::ForeignOwner { file, path, uid }));
            }
        }
    }
    Ok(None)
}
