//! Requests and replies on the SFTP channel, one at a time; every reply is bounded in size and
//! time.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use russh::ChannelMsg;
use russh::client::Msg;

use super::packet::{Attributes, Outgoing, Reply, Status, packet_type, read_version};
use crate::session::error::{ChannelError, ConnectionError, Error};
use crate::session::lock::lock;
use crate::session::logged_in::Session;
use crate::session::said::{MOST_WORDS, ServerSaid, words};
use crate::session::step::Step;
use crate::session::steps::Steps;

/// The longest packet that is read, in bytes: OpenSSH's own limit (sftp-common.h).
const MAX_PACKET: usize = 256 * 1024;

/// How long a program that has ended may take to deliver its last output.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// How long a server may take to close its side.
const END: Duration = Duration::from_secs(2);

/// An SFTP session inside a [`Session`]. Relative paths start in the directory where the server
/// starts it, which is the home directory.
pub struct Sftp {
    channel: russh::Channel<Msg>,
    pub(super) steps: Steps,
    said: Arc<Mutex<ServerSaid>>,
    /// What was received but is not yet a complete packet.
    received: Vec<u8>,
    /// What the server's program wrote to its standard error.
    complained: Vec<u8>,
    /// The server's program has ended; the connection may go on.
    has_ended: bool,
    extensions: Vec<(String, String)>,
    last_id: u32,
}

/// Why a request failed.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// The server did not do it.
    #[error("the server refused: {said:?}")]
    Refused {
        /// Its reason.
        status: Status,
        /// Its words, as received.
        said: String,
    },
    /// The session failed, so there is no answer.
    #[error(transparent)]
    Session(#[from] Error),
}

impl Session {
    /// Starts the SFTP subsystem on this connection.
    ///
    /// # Errors
    ///
    /// If the server opens no session or has no SFTP subsystem, or if the subsystem does not speak
    /// SFTP.
    pub async fn sftp(&self) -> Result<Sftp, Error> {
        let channel = self.open_channel().await?;
        self.steps.enter(Step::Sftp);
        let steps = self.steps.clone();
        let mut sftp = Sftp {
            channel,
            steps,
            said: self.transport.said.clone(),
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
        // Wait for the server's close: the next channel gets the same number, and a late close
        // would be mistaken for that one's.
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
                // Whatever was printed instead of the first packet shows why there is none.
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

    pub(super) fn offers(&self, name: &str, version: &str) -> bool {
        self.extensions.iter().any(|(offered, its)| offered == name && its == version)
    }

    pub(super) fn packet(
        &mut self,
        packet_type: u8,
        fill: impl FnOnce(&mut Outgoing),
    ) -> (u32, Outgoing) {
        self.last_id = self.last_id.wrapping_add(1);
        let mut packet = Outgoing::new(packet_type, self.last_id);
        fill(&mut packet);
        (self.last_id, packet)
    }

    /// One request, as a step of its own.
    pub(super) async fn ask(
        &mut self,
        packet_type: u8,
        fill: impl FnOnce(&mut Outgoing),
    ) -> Result<Reply, RequestError> {
        let packet = self.packet(packet_type, fill);
        let steps = self.steps.clone();
        steps.enter(Step::Sftp);
        steps.bound(self.exchange(packet)).await?
    }

    pub(super) async fn ask_done(
        &mut self,
        packet_type: u8,
        fill: impl FnOnce(&mut Outgoing),
    ) -> Result<(), RequestError> {
        match self.ask(packet_type, fill).await? {
            Reply::Done => Ok(()),
            _ => Err(self.unexpected().into()),
        }
    }

    pub(super) async fn ask_extended(
        &mut self,
        name: &str,
        argument: &[u8],
    ) -> Result<Reply, RequestError> {
        self.ask(packet_type::EXTENDED, |packet| {
            packet.string(name.as_bytes());
            packet.string(argument);
        })
        .await
    }

    pub(super) async fn exchange(
        &mut self,
        (id, packet): (u32, Outgoing),
    ) -> Result<Reply, RequestError> {
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
        if let Some(fault) = lock(&self.said).fault(Step::Sftp) {
            return fault;
        }
        let said = words(&self.complained);
        let reason = (!said.is_empty()).then_some(said);
        ConnectionError::Closed { step: Step::Sftp, reason }.into()
    }

    pub(super) fn name(&self, reply: Reply) -> Result<String, RequestError> {
        match reply {
            Reply::Name(name) => Ok(String::from_utf8_lossy(&name).into_owned()),
            _ => Err(self.unexpected().into()),
        }
    }

    pub(super) fn attributes(&self, reply: Reply) -> Result<Attributes, RequestError> {
        match reply {
            Reply::Attributes(attributes) => Ok(attributes),
            _ => Err(self.unexpected().into()),
        }
    }

    pub(super) fn unexpected(&self) -> Error {
        let why = "the server sent an unexpected reply".into();
        ConnectionError::Protocol { step: Step::Sftp, why }.into()
    }
}
