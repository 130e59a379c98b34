//! The same over SFTP alone: what a server reads cannot be asked there, so it is the usual files.

use super::{Error, File, Hazard, MAX_FILE, Node, State, Survey, shown};
use crate::accounts::authorized_keys::AuthorizedKeys;
use crate::accounts::remote_script::bounded;
use crate::session::sftp::{FileKind, Open, RequestError, Sftp, Status};

pub(super) async fn survey(
    sftp: &mut Sftp,
    user: &str,
    server: String,
) -> Result<Survey, crate::error::Error> {
    let home = granted(sftp.real_path(".").await)?.unwrap_or_default();
    // Where logins begin belongs to who logs in, but for a chroot, which is root's.
    let owner = granted(sftp.stat(".").await)?.and_then(|it| it.owner);
    let (uid, gid) = owner.filter(|(uid, _)| *uid != 0 || user == "root").unzip();
    Ok(Survey {
        user: user.to_owned(),
        uid,
        gid,
        passwd_home: home.clone(),
        home,
        server,
        ..Survey::default()
    })
}

pub(super) async fn look(
    sftp: &mut Sftp,
    files: &[String],
) -> Result<Vec<File>, crate::error::Error> {
    let mut looked = Vec::new();
    for path in files {
        let (state, is_link) = (state(sftp, path).await?, is_link(sftp, path).await?);
        let nodes = nodes(sftp, path).await?;
        looked.push(File { path: path.clone(), state, is_link, nodes, context: String::new() });
    }
    Ok(looked)
}

async fn is_link(sftp: &mut Sftp, path: &str) -> Result<bool, crate::error::Error> {
    Ok(granted(sftp.lstat(path).await)?.is_some_and(|it| it.kind() == Some(FileKind::Link)))
}

async fn state(sftp: &mut Sftp, path: &str) -> Result<State, crate::error::Error> {
    match sftp.stat(path).await {
        Ok(attributes) => match attributes.kind() {
            None | Some(FileKind::File) => {}
            Some(FileKind::Folder) => return Ok(State::NoFile("a folder")),
            Some(FileKind::Fifo) => return Ok(State::NoFile("a FIFO")),
            Some(_) => return Ok(State::NoFile("a device or socket")),
        },
        Err(RequestError::Refused { status: Status::NoSuchFile, .. }) => {
            return Ok(if is_link(sftp, path).await? {
                State::NoFile("a symlink to nothing")
            } else {
                State::Missing
            });
        }
        Err(RequestError::Refused { .. }) => return Ok(State::Unreadable),
        Err(RequestError::Session(error)) => return Err(error.into()),
    }
    let handle = match sftp.open(path, Open::Read).await {
        Ok(handle) => handle,
        Err(RequestError::Refused { .. }) => return Ok(State::Unreadable),
        Err(RequestError::Session(error)) => return Err(error.into()),
    };
    let content = match sftp.read(&handle, 0, MAX_FILE).await {
        Ok(content) => content,
        Err(RequestError::Refused { said, .. }) => {
            return Err(Error::Refused { file: shown(path), said: bounded(&said) }.into());
        }
        Err(RequestError::Session(error)) => return Err(error.into()),
    };
    granted(sftp.close_file(handle).await)?;
    Ok(if content.len() > MAX_FILE {
        State::TooLarge
    } else {
        State::Read(AuthorizedKeys::new(content))
    })
}

/// The file, where it is there, and its folders up to the home folder, which is where relative
/// paths begin. Links in the middle are seen through, since SFTP shows what stands behind them.
async fn nodes(sftp: &mut Sftp, path: &str) -> Result<Vec<Node>, crate::error::Error> {
    let mut nodes = Vec::new();
    let mut at = path.to_owned();
    loop {
        if let Some(found) = granted(sftp.stat(&at).await)?
            && let (Some(mode), Some((uid, gid))) = (found.mode, found.owner)
        {
            nodes.push(Node {
                path: if at == "." { "~".into() } else { shown(&at) },
                mode: mode & 0o7777,
                uid,
                gid,
                ..Node::default()
            });
        }
        at = match at.rsplit_once('/') {
            _ if at == "." || at == "/" => return Ok(nodes),
            Some(("", _)) => "/".into(),
            Some((folder, _)) => folder.to_owned(),
            None => ".".into(),
        };
    }
}

pub(super) async fn mend(sftp: &mut Sftp, hazards: &[Hazard]) -> Result<(), crate::error::Error> {
    for hazard in hazards {
        let path = hazard.path.strip_prefix("~/").unwrap_or(if hazard.path == "~" {
            "."
        } else {
            &hazard.path
        });
        granted(sftp.set_mode(path, hazard.mode & !0o022).await)?;
    }
    Ok(())
}

/// What the server granted; `None` for what it refused.
fn granted<T>(result: Result<T, RequestError>) -> Result<Option<T>, crate::error::Error> {
    match result {
        Ok(granted) => Ok(Some(granted)),
        Err(RequestError::Refused { .. }) => Ok(None),
        Err(RequestError::Session(error)) => Err(error.into()),
    }
}
