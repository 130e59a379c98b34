//! A client of SFTP version 3, for one small file.
//!
//! Not the crate russh-sftp (3.0.1): it keeps handles as text, which breaks servers whose handles
//! are arbitrary bytes, treats a status code of a later version as the end of the connection, and
//! depends on a dozen more crates.

mod exchange;
mod packet;

#[cfg(fuzzing)]
pub(super) use packet::read_packet;

pub use exchange::{RequestError, Sftp};
pub use packet::{Attributes, FileKind, Room, Status};

use super::step::Step;
use packet::{Reply, packet_type, read_room};

/// The most data that every server accepts in one packet, in bytes (section 3 of the draft).
pub const MAX_DATA: usize = 32 * 1024;

/// An open file.
#[derive(Debug)]
pub struct Handle(Vec<u8>);

/// What an open file is for (section 6.3 of the draft).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Open {
    /// Reading.
    Read,
    /// Reading, and overwriting the content.
    InPlace,
    /// Every write goes to the end. OpenSSH before 6.5, and others, use only the write's offset.
    Append,
    /// The same, for a file that must not exist yet.
    NewAppend {
        /// Its permissions.
        mode: u32,
    },
}

impl Sftp {
    /// The absolute form of a path.
    ///
    /// # Errors
    ///
    /// If the server refuses or the session fails.
    pub async fn real_path(&mut self, path: &str) -> Result<String, RequestError> {
        let reply =
            self.ask(packet_type::REALPATH, |packet| packet.string(path.as_bytes())).await?;
        self.name(reply)
    }

    /// The user's home directory in the server's user database, whether it exists or not; `None` if
    /// the server does not say.
    ///
    /// # Errors
    ///
    /// If the session fails.
    pub async fn home(&mut self, user: &str) -> Result<Option<String>, RequestError> {
        // OpenSSH from 9.1 on (PROTOCOL, section 4.11).
        if !self.offers("home-directory", "1") {
            return Ok(None);
        }
        match self.ask_extended("home-directory", user.as_bytes()).await {
            Ok(reply) => self.name(reply).map(Some),
            Err(RequestError::Refused { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// What a path is; symlinks are followed.
    ///
    /// # Errors
    ///
    /// If the server refuses or the session fails.
    pub async fn stat(&mut self, path: &str) -> Result<Attributes, RequestError> {
        let reply = self.ask(packet_type::STAT, |packet| packet.string(path.as_bytes())).await?;
        self.attributes(reply)
    }

    /// What a path is; a symlink is not followed.
    ///
    /// # Errors
    ///
    /// If the server refuses or the session fails.
    pub async fn lstat(&mut self, path: &str) -> Result<Attributes, RequestError> {
        let reply = self.ask(packet_type::LSTAT, |packet| packet.string(path.as_bytes())).await?;
        self.attributes(reply)
    }

    /// What an open file is.
    ///
    /// # Errors
    ///
    /// If the server refuses or the session fails.
    pub async fn fstat(&mut self, handle: &Handle) -> Result<Attributes, RequestError> {
        let reply = self.ask(packet_type::FSTAT, |packet| packet.string(&handle.0)).await?;
        self.attributes(reply)
    }

    /// Creates a directory with the permissions `mode`.
    ///
    /// # Errors
    ///
    /// If the server refuses or the session fails.
    pub async fn make_folder(&mut self, path: &str, mode: u32) -> Result<(), RequestError> {
        self.ask_done(packet_type::MKDIR, |packet| {
            packet.string(path.as_bytes());
            packet.mode(Some(mode));
        })
        .await
    }

    /// Sets a path's permissions.
    ///
    /// # Errors
    ///
    /// If the server refuses or the session fails.
    pub async fn set_mode(&mut self, path: &str, mode: u32) -> Result<(), RequestError> {
        self.ask_done(packet_type::SETSTAT, |packet| {
            packet.string(path.as_bytes());
            packet.mode(Some(mode));
        })
        .await
    }

    /// Cuts or extends an open file to `size` bytes.
    ///
    /// # Errors
    ///
    /// If the server refuses or the session fails.
    pub async fn set_size(&mut self, handle: &Handle, size: u64) -> Result<(), RequestError> {
        self.ask_done(packet_type::FSETSTAT, |packet| {
            packet.string(&handle.0);
            packet.size(size);
        })
        .await
    }

    /// Opens a file.
    ///
    /// # Errors
    ///
    /// If the server refuses or the session fails.
    pub async fn open(&mut self, path: &str, how: Open) -> Result<Handle, RequestError> {
        const READ: u32 = 0x1;
        const WRITE: u32 = 0x2;
        const APPEND: u32 = 0x4;
        const CREATE: u32 = 0x8;
        const EXCLUSIVE: u32 = 0x20;
        let (flags, mode) = match how {
            Open::Read => (READ, None),
            Open::InPlace => (READ | WRITE, None),
            Open::Append => (WRITE | APPEND, None),
            Open::NewAppend { mode } => (WRITE | APPEND | CREATE | EXCLUSIVE, Some(mode)),
        };
        let reply = self.ask(packet_type::OPEN, |packet| {
            packet.string(path.as_bytes());
            packet.u32(flags);
            packet.mode(mode);
        });
        match reply.await? {
            Reply::Handle(handle) => Ok(Handle(handle)),
            _ => Err(self.unexpected().into()),
        }
    }

    /// The content of a file from `offset` to its end, or the first `limit` bytes of that and one
    /// more. The whole read is one step.
    ///
    /// # Errors
    ///
    /// If the server refuses or the session fails.
    pub async fn read(
        &mut self,
        handle: &Handle,
        offset: u64,
        limit: usize,
    ) -> Result<Vec<u8>, RequestError> {
        let steps = self.steps.clone();
        steps.enter(Step::Sftp);
        steps.bound(self.read_on(handle, offset, limit)).await?
    }

    async fn read_on(
        &mut self,
        handle: &Handle,
        offset: u64,
        limit: usize,
    ) -> Result<Vec<u8>, RequestError> {
        let mut content = Vec::new();
        while content.len() <= limit {
            let length = MAX_DATA.min(limit + 1 - content.len());
            let packet = self.packet(packet_type::READ, |packet| {
                packet.string(&handle.0);
                packet.u64(offset + content.len() as u64);
                packet.u32(length as u32);
            });
            match self.exchange(packet).await {
                Ok(Reply::Data(data)) if (1..=length).contains(&data.len()) => content.extend(data),
                Ok(_) => return Err(self.unexpected().into()),
                Err(RequestError::Refused { status: Status::Eof, .. }) => break,
                Err(error) => return Err(error),
            }
        }
        Ok(content)
    }

    /// Writes at most [`MAX_DATA`] bytes at `offset`.
    ///
    /// # Errors
    ///
    /// If the server refuses or the session fails.
    pub async fn write(
        &mut self,
        handle: &Handle,
        offset: u64,
        data: &[u8],
    ) -> Result<(), RequestError> {
        self.ask_done(packet_type::WRITE, |packet| {
            packet.string(&handle.0);
            packet.u64(offset);
            packet.string(data);
        })
        .await
    }

    /// Writes an open file to the disk, if the server can (OpenSSH's PROTOCOL, section 4.6).
    ///
    /// # Errors
    ///
    /// If the server refuses or the session fails.
    pub async fn sync(&mut self, handle: &Handle) -> Result<(), RequestError> {
        if !self.offers("fsync@openssh.com", "1") {
            return Ok(());
        }
        self.ask_extended("fsync@openssh.com", &handle.0).await.map(drop)
    }

    /// Closes a file.
    ///
    /// # Errors
    ///
    /// If the server refuses or the session fails.
    pub async fn close_file(&mut self, handle: Handle) -> Result<(), RequestError> {
        self.ask_done(packet_type::CLOSE, |packet| packet.string(&handle.0)).await
    }

    /// The space on a path's file system; `None` if the server does not say.
    ///
    /// # Errors
    ///
    /// If the session fails.
    pub async fn room(&mut self, path: &str) -> Result<Option<Room>, RequestError> {
        if !self.offers("statvfs@openssh.com", "2") {
            return Ok(None);
        }
        match self.ask_extended("statvfs@openssh.com", path.as_bytes()).await {
            Ok(Reply::Extended(reply)) => Ok(read_room(&reply)),
            Ok(_) | Err(RequestError::Refused { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
