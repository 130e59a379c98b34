//! The same over SFTP alone, for accounts that run no commands: look, open for append, one write,
//! read back.
//!
//! Never get, edit, put: that loses whatever others write in between, and everything if the read
//! fails. There are no locks here, so two simultaneous runs with the same key can add its line
//! twice; nothing worse can happen.

use ssh_key::PublicKey;

use super::answer::{Answer, Change};
use super::error::Error;
use super::request::InstallRequest;
use crate::accounts::authorized_keys::AuthorizedKeys;
use crate::accounts::foreign_owner;
use crate::accounts::granted::Granted;
use crate::accounts::key_line::{self, KeyFields, printable_comment};
use crate::accounts::remote_file::{self, MAX_SIZE, Made, NotAFile, shown};
use crate::accounts::remote_script::{self, cleaned};
use crate::error::Failure;
use crate::session;
use crate::session::sftp::{
    Attributes, FileKind, Handle, MAX_DATA, Open, RequestError, Sftp, Status,
};

/// How often the file may change between the look and the write.
const ATTEMPTS: usize = 5;

/// Appends the key over `sftp`, on which `user` is logged in. The default is
/// `~/.ssh/authorized_keys`, also on OpenWrt and Haiku.
pub(super) async fn append(
    sftp: &mut Sftp,
    user: &str,
    request: &InstallRequest<'_>,
) -> Result<Answer, Error> {
    let line = line(request.key)?;
    let path = request.file.path()?.unwrap_or(".ssh/authorized_keys").to_owned();
    let file = shown(&path);
    let mut append = SftpAppend {
        sftp,
        key: request.key,
        line,
        path,
        file,
        made: Made::default(),
        is_sent: false,
    };
    let outcome = append.run(user, request).await;
    let SftpAppend { file, made, is_sent, .. } = append;
    match outcome {
        Ok(outcome) => Ok(Answer { outcome, file, made }),
        Err(Stop::Error(error)) => Err(error),
        Err(Stop::Request(error)) => Err(unanswered(error, file, made, is_sent)),
    }
}

fn line(key: &PublicKey) -> Result<String, Error> {
    let KeyFields { key_type, blob } = KeyFields::of(key)?;
    let line = format!("{key_type} {blob} {}", printable_comment(key)?);
    let line = line.trim_end().to_owned();
    // With a newline before and after it, it is one write.
    if line.len() + 2 > MAX_DATA { Err(key_line::Error::Unencodable.into()) } else { Ok(line) }
}

/// Why the run ended early: a finding of its own, or a failed request that has no better name.
enum Stop {
    Error(Error),
    Request(RequestError),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl From<remote_file::Error> for Stop {
    fn from(error: remote_file::Error) -> Self {
        Self::Error(error.into())
    }
}

impl From<RequestError> for Stop {
    fn from(error: RequestError) -> Self {
        Self::Request(error)
    }
}

impl From<session::Error> for Stop {
    fn from(error: session::Error) -> Self {
        Self::Request(error.into())
    }
}

fn unanswered(error: RequestError, file: String, made: Made, is_sent: bool) -> Error {
    match error {
        RequestError::Refused { said, .. } if is_sent => {
            Error::NotReadBack { file, said: cleaned(&said) }
        }
        RequestError::Refused { said, .. } => {
            remote_file::Error::WriteFailed { file, said: cleaned(&said), made }.into()
        }
        RequestError::Session(error) => Error::Unanswered {
            kind: error.kind(),
            why: error.to_string(),
            hint: error.hint(),
            made,
            is_sent,
        },
    }
}

struct SftpAppend<'a> {
    sftp: &'a mut Sftp,
    key: &'a PublicKey,
    line: String,
    path: String,
    /// The path as messages name it.
    file: String,
    made: Made,
    /// Once the write has started, only reading the file back shows what is in it.
    is_sent: bool,
}

impl SftpAppend<'_> {
    async fn run(&mut self, user: &str, request: &InstallRequest<'_>) -> Result<Change, Stop> {
        self.check_home(user).await?;
        if !request.force
            && let Some(error) = foreign_owner::check(self.sftp, user, &self.path).await?
        {
            return Err(error.into());
        }
        for _ in 0..ATTEMPTS {
            let before = self.look().await?;
            if let Some(found) = before.as_ref().and_then(|before| self.find(before)) {
                // After our write it is our line, wherever other programs have moved it.
                return Ok(if self.is_sent {
                    Change::Installed { added_newline: false }
                } else {
                    found
                });
            }
            if request.dry_run {
                return self.rehearse(before.is_some()).await;
            }
            let opened = match &before {
                Some(_) => self.open(Open::Append).await?,
                None => {
                    self.make_folder().await?;
                    self.open(Open::NewAppend { mode: 0o600 }).await?
                }
            };
            let Some(handle) = opened else { continue };
            if let Some(change) = self.add(handle, &before.unwrap_or_default()).await? {
                return Ok(change);
            }
        }
        Err(Error::ConcurrentChange { file: self.file.clone() }.into())
    }

    /// A server puts an account whose home is missing into `/`, and a key of root's would land in
    /// `/.ssh`. Inside a chroot, `/` is where the account belongs.
    async fn check_home(&mut self, user: &str) -> Result<(), Stop> {
        if self.path.starts_with('/') || self.sftp.real_path(".").await? != "/" {
            return Ok(());
        }
        if self.sftp.stat("/etc/passwd").await.granted()?.is_none() {
            return Ok(());
        }
        let home = self.sftp.home(user).await?;
        if home.as_deref() == Some("/") {
            return Ok(());
        }
        Err(Error::from(remote_script::Error::NoHome {
            home: cleaned(home.as_deref().unwrap_or("~")),
        })
        .into())
    }

    /// What is in the file; `None` if there is none.
    async fn look(&mut self) -> Result<Option<AuthorizedKeys>, Stop> {
        let file = self.file.clone();
        match self.sftp.stat(&self.path).await {
            Ok(attributes) => {
                if let Some(what) = NotAFile::from_sftp(attributes.kind()) {
                    return Err(remote_file::Error::NotAFile { file, what }.into());
                }
            }
            Err(RequestError::Refused { status: Status::NoSuchFile, .. }) => {
                return match self.sftp.lstat(&self.path).await.granted()? {
                    Some(attributes) if attributes.kind() == Some(FileKind::Link) => {
                        let what = NotAFile::DanglingLink;
                        Err(remote_file::Error::NotAFile { file, what }.into())
                    }
                    _ => Ok(None),
                };
            }
            Err(RequestError::Refused { .. }) => {
                return Err(remote_file::Error::Unreadable { file, made: self.made }.into());
            }
            Err(error) => return Err(error.into()),
        }
        let content = self.read(0).await?;
        if content.len() > MAX_SIZE {
            return Err(remote_file::Error::TooLarge { file }.into());
        }
        Ok(Some(AuthorizedKeys::new(content)))
    }

    /// From `offset` on; one byte over [`MAX_SIZE`] if it is longer.
    async fn read(&mut self, offset: u64) -> Result<Vec<u8>, Stop> {
        let handle = match self.sftp.open(&self.path, Open::Read).await {
            Err(RequestError::Refused { .. }) if !self.is_sent => {
                return Err(remote_file::Error::Unreadable {
                    file: self.file.clone(),
                    made: self.made,
                }
                .into());
            }
            other => other?,
        };
        let content = self.sftp.read(&handle, offset, MAX_SIZE).await?;
        self.sftp.close_file(handle).await.granted()?;
        Ok(content)
    }

    fn find(&self, before: &AuthorizedKeys) -> Option<Change> {
        let (line, entry) = before.find(self.key).next()?;
        Some(match entry.options.len() {
            0 => Change::Present { line: line.number },
            1..=4000 => Change::PresentRestricted {
                line: line.number,
                options: String::from_utf8_lossy(entry.options).into_owned(),
            },
            _ => Change::PresentRestricted { line: line.number, options: "...".into() },
        })
    }

    /// All the steps that leave no trace.
    async fn rehearse(&mut self, is_there: bool) -> Result<Change, Stop> {
        if !is_there {
            self.missing_folders().await?;
        } else if let Some(handle) = self.open(Open::Append).await? {
            self.sftp.close_file(handle).await.granted()?;
        }
        Ok(Change::WouldInstall)
    }

    /// The directories to make, the outermost first.
    async fn missing_folders(&mut self) -> Result<Vec<String>, Stop> {
        let mut missing = Vec::new();
        let mut rest = self.path.as_str();
        while let Some((folder, _)) = rest.rsplit_once('/').filter(|(folder, _)| !folder.is_empty())
        {
            rest = folder;
            match self.sftp.stat(folder).await {
                Ok(attributes) if matches!(attributes.kind(), None | Some(FileKind::Folder)) => {
                    break;
                }
                Ok(_) => return Err(self.not_a_folder(folder).into()),
                Err(RequestError::Refused { status: Status::NoSuchFile, .. }) => {
                    match self.sftp.lstat(folder).await.granted()? {
                        None => missing.push(folder.to_owned()),
                        Some(found) if found.kind() == Some(FileKind::Link) => {
                            return Err(self.not_a_folder(folder).into());
                        }
                        // Another program has just created it.
                        Some(_) => break,
                    }
                }
                Err(RequestError::Refused { .. }) => {
                    return Err(remote_file::Error::Denied {
                        file: self.file.clone(),
                        made: self.made,
                    }
                    .into());
                }
                Err(error) => return Err(error.into()),
            }
        }
        missing.reverse();
        Ok(missing)
    }

    fn not_a_folder(&self, folder: &str) -> remote_file::Error {
        remote_file::Error::NotADirectory { folder: shown(folder) }
    }

    async fn make_folder(&mut self) -> Result<(), Stop> {
        for folder in self.missing_folders().await? {
            match self.sftp.make_folder(&folder, 0o700).await {
                Ok(()) => {
                    self.made.folder = true;
                    // Some servers ignore the mode of a new directory; if it cannot be set either,
                    // the verification will show it.
                    self.sftp.set_mode(&folder, 0o700).await.granted()?;
                }
                Err(RequestError::Refused { status, said }) => {
                    // Another program may have created it in the meantime.
                    let there = self.sftp.stat(&folder).await.granted()?;
                    if !there.is_some_and(|it| matches!(it.kind(), None | Some(FileKind::Folder))) {
                        return Err(self.refusal(status, &said).await?.into());
                    }
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// For appending. `None` if another program has created or removed the file since it was
    /// checked.
    async fn open(&mut self, how: Open) -> Result<Option<Handle>, Stop> {
        let (status, said) = match self.sftp.open(&self.path, how).await {
            Ok(handle) => {
                if how != Open::Append {
                    self.made.file = true;
                    self.sftp.set_mode(&self.path, 0o600).await.granted()?;
                }
                return Ok(Some(handle));
            }
            Err(RequestError::Refused { status, said }) => (status, said),
            Err(error) => return Err(error.into()),
        };
        let is_there = self.sftp.stat(&self.path).await.granted()?.is_some();
        if is_there != (how == Open::Append) {
            Ok(None)
        } else {
            Err(self.refusal(status, &said).await?.into())
        }
    }

    /// Writes the line once. `None` if another program wrote to the file at the same time, so that
    /// it has to be read again.
    async fn add(
        &mut self,
        handle: Handle,
        before: &AuthorizedKeys,
    ) -> Result<Option<Change>, Stop> {
        let start = before.as_bytes().len() as u64;
        if size(self.sftp.fstat(&handle).await.granted()?).is_some_and(|size| size != start) {
            self.sftp.close_file(handle).await.granted()?;
            return Ok(None);
        }
        let addition = before.addition(&self.line);
        self.is_sent = true;
        // The end as the offset, for servers that look at nothing else.
        match self.sftp.write(&handle, start, &addition).await {
            Ok(()) => {}
            Err(RequestError::Refused { status, said }) => {
                // Before anything is removed: that can make room again.
                let refusal = self.refusal(status, &said).await?;
                let removed = self.remove_partial_line(&handle, start, &addition).await;
                self.sftp.close_file(handle).await.granted()?;
                removed?;
                return Err(refusal.into());
            }
            Err(error) => return Err(error.into()),
        }
        // Only what is read back counts; some servers show it only once the file is closed.
        self.sftp.sync(&handle).await.granted()?;
        self.sftp.close_file(handle).await.granted()?;
        let tail = self.read(start).await?;
        let line = format!("\n{}\n", self.line);
        let is_there = tail.starts_with(&addition)
            || tail.windows(line.len()).any(|window| window == line.as_bytes());
        Ok(is_there.then_some(Change::Installed { added_newline: addition.starts_with(b"\n") }))
    }

    /// After a failed write: removes what it left in the file, if that is still the end of the
    /// file.
    async fn remove_partial_line(
        &mut self,
        handle: &Handle,
        start: u64,
        addition: &[u8],
    ) -> Result<(), Stop> {
        let partial = self.read(start).await?;
        if !addition.starts_with(&partial) {
            return Err(Error::ConcurrentChange { file: self.file.clone() }.into());
        }
        if !partial.is_empty() {
            if size(self.sftp.fstat(handle).await.granted()?) == Some(start + partial.len() as u64)
            {
                self.sftp.set_size(handle, start).await.granted()?;
            }
            if self.read(start).await?.starts_with(&partial) {
                return Err(Error::PartialLine { file: self.file.clone() }.into());
            }
        }
        Ok(())
    }

    /// Why the server refused to create or write: most servers report a full disk and everything
    /// else as "Failure".
    async fn refusal(&mut self, status: Status, said: &str) -> Result<remote_file::Error, Stop> {
        let (file, made) = (self.file.clone(), self.made);
        if status == Status::PermissionDenied {
            return Ok(remote_file::Error::Denied { file, made });
        }
        let mut room = self.sftp.room(&self.path).await?;
        let mut folder = self.path.as_str();
        // A missing file has no file system, but the directory it would be in does.
        while room.is_none()
            && let Some((above, _)) = folder.rsplit_once('/')
        {
            folder = above;
            room = self.sftp.room(if above.is_empty() { "/" } else { above }).await?;
        }
        Ok(match room {
            Some(room) if room.is_read_only => remote_file::Error::ReadOnly { file, made },
            Some(room) if room.is_full => remote_file::Error::NoSpace { file, made },
            _ => remote_file::Error::WriteFailed { file, said: cleaned(said), made },
        })
    }
}

fn size(attributes: Option<Attributes>) -> Option<u64> {
    attributes?.size
}
