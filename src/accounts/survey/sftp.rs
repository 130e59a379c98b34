//! The same over SFTP alone: the server's settings cannot be queried there, so the default files
//! are checked.

use crate::accounts::authorized_keys::AuthorizedKeys;
use crate::accounts::granted::Granted;
use crate::accounts::remote_file::{
    self, FileSnapshot, FileState, MAX_SIZE, Node, NotAFile, shown,
};
use crate::accounts::remote_script::cleaned;
use crate::session::sftp::{FileKind, Open, RequestError, Sftp, Status};

/// What SFTP shows of an account.
pub(super) struct SftpAccount {
    /// Where logins begin.
    pub home: String,
    pub uid: Option<u32>,
    pub gid: Option<u32>,
}

pub(super) async fn find_account(
    sftp: &mut Sftp,
    user: &str,
) -> Result<SftpAccount, crate::error::Error> {
    let home = sftp.real_path(".").await.granted()?.unwrap_or_default();
    // The directory where logins begin belongs to the account, unless it is a chroot, which is
    // root's.
    let owner = sftp.stat(".").await.granted()?.and_then(|it| it.owner);
    let (uid, gid) = owner.filter(|(uid, _)| *uid != 0 || user == "root").unzip();
    Ok(SftpAccount { home, uid, gid })
}

pub(super) async fn look(
    sftp: &mut Sftp,
    files: &[String],
) -> Result<Vec<FileSnapshot>, crate::error::Error> {
    let mut looked = Vec::new();
    let mut room = MAX_SIZE;
    for path in files {
        let (state, is_link) = (state(sftp, path, room).await?, is_link(sftp, path).await?);
        if let FileState::Read(content) = &state {
            room -= content.as_bytes().len();
        }
        let nodes = nodes(sftp, path).await?;
        looked.push(FileSnapshot { state, is_link, nodes, ..FileSnapshot::missing(path) });
    }
    Ok(looked)
}

async fn is_link(sftp: &mut Sftp, path: &str) -> Result<bool, crate::error::Error> {
    Ok(sftp.lstat(path).await.granted()?.is_some_and(|it| it.kind() == Some(FileKind::Link)))
}

/// Reads at most `room` bytes.
async fn state(sftp: &mut Sftp, path: &str, room: usize) -> Result<FileState, crate::error::Error> {
    match sftp.stat(path).await {
        Ok(attributes) => {
            if let Some(what) = NotAFile::from_sftp(attributes.kind()) {
                return Ok(FileState::NotAFile(what));
            }
        }
        Err(RequestError::Refused { status: Status::NoSuchFile, .. }) => {
            return Ok(if is_link(sftp, path).await? {
                FileState::NotAFile(NotAFile::DanglingLink)
            } else {
                FileState::Missing
            });
        }
        Err(RequestError::Refused { .. }) => return Ok(FileState::Unreadable),
        Err(RequestError::Session(error)) => return Err(error.into()),
    }
    let Some(handle) = sftp.open(path, Open::Read).await.granted()? else {
        return Ok(FileState::Unreadable);
    };
    let content = match sftp.read(&handle, 0, room).await {
        Ok(content) => content,
        Err(RequestError::Refused { said, .. }) => {
            let (file, said) = (shown(path), cleaned(&said));
            return Err(remote_file::Error::NotRead { file, said }.into());
        }
        Err(RequestError::Session(error)) => return Err(error.into()),
    };
    sftp.close_file(handle).await.granted()?;
    Ok(if content.len() > room {
        FileState::TooLarge
    } else {
        FileState::Read(AuthorizedKeys::new(content))
    })
}

/// The file, if it exists, and its directories up to the home directory, where relative paths
/// begin. SFTP follows symlinks in the middle of a path.
async fn nodes(sftp: &mut Sftp, path: &str) -> Result<Vec<Node>, crate::error::Error> {
    let mut nodes = Vec::new();
    let mut at = path.to_owned();
    loop {
        if let Some(found) = sftp.stat(&at).await.granted()?
            && let (Some(mode), Some((uid, gid))) = (found.mode, found.owner)
        {
            let path = if at == "." { "~".into() } else { shown(&at) };
            nodes.push(Node { path, mode: mode & 0o7777, uid, gid, ..Node::default() });
        }
        at = match at.rsplit_once('/') {
            _ if at == "." || at == "/" => return Ok(nodes),
            Some(("", _)) => "/".into(),
            Some((folder, _)) => folder.to_owned(),
            None => ".".into(),
        };
    }
}
