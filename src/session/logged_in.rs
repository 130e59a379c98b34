//! An authenticated connection: what is known about it, and its channels.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use russh::Channel;
use russh::client::Msg;

use super::auth::{LoggedInBy, Probed};
use super::error::{ChannelError, Error};
use super::lock::lock;
use super::step::Step;
use super::steps::Steps;
use super::transport::{Transport, refusal_words};

/// How long a clean disconnect may take.
const GOODBYE: Duration = Duration::from_secs(2);

/// How often another channel is asked for.
const CHANNEL_TRIES: u32 = 6;
/// The pause before each of these.
const BETWEEN_CHANNEL_TRIES: Duration = Duration::from_millis(100);

/// An authenticated connection.
pub struct Session {
    pub(super) transport: Transport,
    pub(super) steps: Steps,
    by: LoggedInBy,
    probed: Option<Probed>,
    /// A channel has been opened before.
    was_used: AtomicBool,
}

impl Session {
    pub(super) fn new(
        transport: Transport,
        steps: Steps,
        by: LoggedInBy,
        probed: Option<Probed>,
    ) -> Self {
        Self { transport, steps, by, probed, was_used: AtomicBool::new(false) }
    }

    /// What the server accepted.
    pub fn logged_in_by(&self) -> &LoggedInBy {
        &self.by
    }

    /// Whether the server would accept the key that it was asked about during the login.
    pub fn probed(&self) -> Option<&Probed> {
        self.probed.as_ref()
    }

    /// The server's identification, `SSH-2.0-OpenSSH_9.2`, cut to printable characters.
    pub fn server(&self) -> String {
        lock(&self.transport.said).identification()
    }

    /// The address that answered; `None` behind a proxy, which alone knows it.
    pub fn peer(&self) -> Option<SocketAddr> {
        self.transport.address
    }

    /// Proves that the account gets a session: opens a channel and closes it again, running
    /// nothing.
    ///
    /// # Errors
    ///
    /// If the server opens none.
    pub async fn open_and_close(&self) -> Result<(), Error> {
        let channel = self.open_channel().await?;
        // The server has already agreed; it does not matter if it dies now.
        let _ = channel.close().await;
        Ok(())
    }

    /// Disconnects, so that the server's log shows a clean end.
    pub async fn close(self) {
        self.transport.close(GOODBYE).await;
    }

    pub(super) async fn open_channel(&self) -> Result<Channel<Msg>, Error> {
        self.steps.enter(Step::Session);
        let mut tries = if self.was_used.swap(true, Ordering::Relaxed) { CHANNEL_TRIES } else { 1 };
        let why = loop {
            tries -= 1;
            match self.steps.bound(self.transport.handle.channel_open_session()).await? {
                Ok(channel) => {
                    self.transport.update_host_keys().await;
                    return Ok(channel);
                }
                // Under MaxSessions 1, sshd still counts a command that has just ended.
                Err(russh::Error::ChannelOpenFailure(_)) if tries > 0 => {
                    tokio::time::sleep(BETWEEN_CHANNEL_TRIES).await
                }
                Err(russh::Error::ChannelOpenFailure(reason)) => {
                    break refusal_words(reason).to_owned();
                }
                Err(_) => {
                    break lock(&self.transport.said).how_it_closed(Step::Session);
                }
            }
        };
        Err(ChannelError::NoSession { why }.into())
    }
}
