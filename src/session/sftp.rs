//! A client of SFTP version 3 for one small file: one request at a time, every answer bounded in
//! size and time.
//!
//! Not the crate russh-sftp (3.0.1): it holds handles as text and so spoils those of servers that
//! make them of any bytes, takes a status of a later version for the end of the connection, and
//! brings a dozen crates more.

mod packet;

use std::time::Duration;

use russh::ChannelMsg;
use russh::client::Msg;

pub use packet::{Attributes, FileKind, Room, Status};
use packet::{Outgoing, Reply, packet_type, read_room, read_version};

use super::error::{ChannelError, ConnectionError, Error};
use super::logged_in::Session;
use super::said::{MOST_WORDS, words};
use super::step::Step;
use super::steps::Steps;

/// The longest packet that is read, in bytes: OpenSSH's own limit (sftp-common.h).
const MAX_PACKET: usize = 256 * 1024;

/// The most data that every server accepts in one packet, in bytes (section 3 of the draft).
pub const MAX_DATA: usize = 32 * 1024;

/// How long a server that has ended may take for its last words.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// How long a server may take to close its side.
const END: Duration = Duration::from_secs(2);

/// An SFTP session inside a [`Session`]. Relative paths start in the folder where the server starts
/// it, which is the home folder.
pub struct Sftp {
    channel: russh::Channel<Msg>,
    steps: Steps,
    /// What came and is not yet a whole packet.
    received: Vec<u8>,
    /// What the server's program wrote to its standard error.
    complained: Vec<u8>,
    /// The server's program has ended; the connection may go on.
    has_ended: bool,
    extensions: Vec<(String, String)>,
    last_id: u32,
}

/// An open file.
#[derive(Debug)]
pub struct Handle(Vec<u8>);

/// What an open file is for (section 6.3 of the draft).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Open {
    /// Reading.
    Read,
    /// Reading, and writing over the content.
    InPlace,
    /// Every write goes to the end. OpenSSH before 6.5, and others, go by the write's offset alone.
    Append,
    /// The same, for a file that must not exist yet.
    NewAppend {
        /// Its permissions.
        mode: u32,
    },
}

/// Why a request failed.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// The server did not do it.
    #[error("the server refused: {said:?}")]
    Refused {
        /// Its reason.
        status: Status,
        /// Its words, as they came.
        said: String,
    },
    /// The session failed, so that there is no answer.
    #[error(transparent)]
    Session(#[from] Error),
}

impl Session {
    /// Starts the SFTP subsystem on this connection.
    ///
    /// # Errors
    ///
    /// If the server opens no session or has no SFTP subsystem, or if that does not speak SFTP.
    pub async fn sftp(&self) -> Result<Sftp, Error> {
        let channel = self.open_channel().await?;
        self.steps.enter(Step::Sftp);
        let steps = self.steps.clone();
        let mut sftp = Sftp {
            channel,
            steps,
            received: Vec::new(),
            complained: Vec::new(),
            has_ended: false,
            extensions: Vec::new(),
            last_id: 0,
        };
        self.steps.bound(sftp.start()).await??;
        Ok(sftp)
    }
}

impl Sftp {
    /// Closes the channel, so that another one can be opened.
    pub async fn end(mut self) {
        // Wait for the server's close: the next channel gets the same number, and a close that came
        // late would be taken for that one's.
        if self.channel.eof().await.is_ok() {
            let closed = async {
                while self
                    .channel
                    .wait()
                    .await
                    .is_some_and(|message| !matches!(message, ChannelMsg::Close))
                {}
            };
            let _ = tokio::time::timeout(END, closed).await;
        }
        let _ = self.channel.close().await;
    }

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

    /// The user's home folder in the server's user database, whether it exists or not; `None` if
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

    /// Creates a folder with the permissions `mode`.
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
    /// more. All of it together is one step.
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

    async fn start(&mut self) -> Result<(), Error> {
        if self.channel.request_subsystem(true, "sftp").await.is_err() {
            return Err(self.ended().await);
        }
        loop {
            match self.channel.wait().await {
                Some(ChannelMsg::Success) => break,
                Some(ChannelMsg::Failure) => return Err(ChannelError::NoSftp.into()),
                other => self.take(other).await?,
            }
        }
        let answer = match self.send(Outgoing::new(packet_type::INIT, 3)).await {
            Ok(()) => self.receive().await,
            Err(error) => Err(error),
        };
        let packet = match answer {
            Ok(packet) => packet,
            Err(error) => {
                // Whatever was printed in place of a first packet tells why there is none.
                let said =
                    if self.complained.is_empty() { &self.received } else { &self.complained };
                let sent = words(said);
                return Err(if self.has_ended || !sent.is_empty() {
                    ChannelError::NotSftp { sent }.into()
                } else {
                    error
                });
            }
        };
        let Some((version, extensions)) = read_version(&packet) else {
            return Err(self.unexpected());
        };
        if version != 3 {
            let why = format!("the server speaks SFTP version {version}, not 3");
            return Err(ConnectionError::Protocol { step: Step::Sftp, why }.into());
        }
        self.extensions = extensions;
        Ok(())
    }

    fn offers(&self, name: &str, version: &str) -> bool {
        self.extensions.iter().any(|(offered, its)| offered == name && its == version)
    }

    fn packet(&mut self, packet_type: u8, fill: impl FnOnce(&mut Outgoing)) -> (u32, Outgoing) {
        self.last_id = self.last_id.wrapping_add(1);
        let mut packet = Outgoing::new(packet_type, self.last_id);
        fill(&mut packet);
        (self.last_id, packet)
    }

    /// One request, as a step of its own.
    async fn ask(
        &mut self,
        packet_type: u8,
        fill: impl FnOnce(&mut Outgoing),
    ) -> Result<Reply, RequestError> {
        let packet = self.packet(packet_type, fill);
        let steps = self.steps.clone();
        steps.enter(Step::Sftp);
        steps.bound(self.exchange(packet)).await?
    }

    async fn ask_done(
        &mut self,
        packet_type: u8,
        fill: impl FnOnce(&mut Outgoing),
    ) -> Result<(), RequestError> {
        match self.ask(packet_type, fill).await? {
            Reply::Done => Ok(()),
            _ => Err(self.unexpected().into()),
        }
    }

    async fn ask_extended(&mut self, name: &str, argument: &[u8]) -> Result<Reply, RequestError> {
        self.ask(packet_type::EXTENDED, |packet| {
            packet.string(name.as_bytes());
            packet.string(argument);
        })
        .await
    }

    async fn exchange(&mut self, (id, packet): (u32, Outgoing)) -> Result<Reply, RequestError> {
        self.send(packet).await?;
        let packet = self.receive().await?;
        match Reply::read(&packet) {
            Some((got, Reply::Refused { status, said })) if got == id => {
                Err(RequestError::Refused {
                    status,
                    said: String::from_utf8_lossy(&said).into_owned(),
                })
            }
            Some((got, reply)) if got == id => Ok(reply),
            _ => Err(self.unexpected().into()),
        }
    }

    async fn send(&mut self, packet: Outgoing) -> Result<(), Error> {
        match self.channel.data_bytes(packet.into_bytes()).await {
            Ok(()) => Ok(()),
            Err(_) => Err(self.ended().await),
        }
    }

    /// The next packet, without its length.
    async fn receive(&mut self) -> Result<Vec<u8>, Error> {
        loop {
            if let Some(length) = self.received.first_chunk::<4>() {
                let length = u32::from_be_bytes(*length) as usize;
                if length > MAX_PACKET {
                    return Err(self.unexpected());
                }
                if self.received.len() >= 4 + length {
                    let rest = self.received.split_off(4 + length);
                    return Ok(std::mem::replace(&mut self.received, rest).split_off(4));
                }
            }
            let message = self.channel.wait().await;
            self.take(message).await?;
        }
    }

    async fn take(&mut self, message: Option<ChannelMsg>) -> Result<(), Error> {
        let is_last = message.is_none();
        if let Some(message) = message {
            self.keep(message);
        }
        if is_last || self.has_ended { Err(self.ended().await) } else { Ok(()) }
    }

    fn keep(&mut self, message: ChannelMsg) {
        match message {
            ChannelMsg::Data { data } => self.received.extend_from_slice(&data),
            ChannelMsg::ExtendedData { data, ext: 1 } => {
                let room = MOST_WORDS.saturating_sub(self.complained.len());
                self.complained.extend(data.iter().take(room));
            }
            ChannelMsg::Eof | ChannelMsg::Close => self.has_ended = true,
            _ => {}
        }
    }

    async fn ended(&mut self) -> Error {
        let last_words = async {
            while let Some(message) = self.channel.wait().await {
                // A server could send data without end.
                if !matches!(message, ChannelMsg::Data { .. }) {
                    self.keep(message);
                }
            }
        };
        let _ = tokio::time::timeout(LAST_WORDS, last_words).await;
        let said = words(&self.complained);
        let reason = (!said.is_empty()).then_some(said);
        ConnectionError::Closed { step: Step::Sftp, reason }.into()
    }

    fn name(&self, reply: Reply) -> Result<String, RequestError> {
        match reply {
            Reply::Name(name) => Ok(String::from_utf8_lossy(&name).into_owned()),
            _ => Err(self.unexpected().into()),
        }
    }

    fn attributes(&self, reply: Reply) -> Result<Attributes, RequestError> {
        match reply {
            Reply::Attributes(attributes) => Ok(attributes),
            _ => Err(self.unexpected().into()),
        }
    }

    fn unexpected(&self) -> Error {
        let why = "the server sent an unexpected reply".into();
        ConnectionError::Protocol { step: Step::Sftp, why }.into()
    }
}
