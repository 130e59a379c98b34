//! What a server says outside the replies to our requests: its key, its banner, its reasons to leave, channels that nobody asked for.

use std::sync::{Arc, Mutex};

use russh::Channel;
use russh::client::{self, ChannelOpenHandle, DisconnectReason, Msg};
use russh::keys::PublicKeyOrCertificate;

use super::host_key::Trust;
use super::steps::{Step, Steps};
use super::transport::closed;
use super::{Error, Notices, lock};

/// What the server let us know outside the replies to our requests.
#[derive(Default)]
pub(super) struct ServerSaid {
    /// The first bytes of the connection.
    pub(super) greeting: Vec<u8>,
    /// The text of a disconnect message.
    pub(super) disconnect: Option<String>,
    /// How the connection broke off, where no such message came.
    broken: Option<Error>,
}

impl ServerSaid {
    /// The identification line, cut to printable characters; empty where there was none.
    pub(super) fn identification(&self) -> String {
        let lines = self.greeting.split(|&byte| byte == b'\n');
        let line = lines.into_iter().find(|line| line.starts_with(b"SSH-")).unwrap_or_default();
        line.iter().filter(|byte| (b' '..=b'~').contains(byte)).map(|&byte| char::from(byte)).collect()
    }

    /// Why a connection that was in use is gone.
    pub(super) fn loss(&mut self) -> Error {
        match (self.disconnect.clone(), self.broken.take()) {
            (None, Some(Error::Protocol { why, .. })) => match closed(&why) {
                Some(reason) => Error::Lost { reason },
                None => Error::Protocol { step: Step::Command, why },
            },
            (None, Some(error)) => error,
            (reason, _) => Error::Lost { reason },
        }
    }
}

/// Our side of russh's callbacks: judges the host key, keeps the server's words, and lets it open nothing.
pub(super) struct Client {
    pub(super) trust: Trust,
    pub(super) steps: Steps,
    pub(super) said: Arc<Mutex<ServerSaid>>,
    pub(super) notices: Notices,
}

impl client::Handler for Client {
    type Error = Error;

    async fn check_server_key(&mut self, key: &PublicKeyOrCertificate) -> Result<bool, Error> {
        self.steps.enter(Step::HostKey);
        match key {
            PublicKeyOrCertificate::PublicKey { key, .. } => self.trust.check(key).await.map(|()| true),
            // No certificate algorithm is offered, so a server that sends one breaks the protocol.
            PublicKeyOrCertificate::Certificate(_) => Ok(false),
        }
    }

    async fn auth_banner(&mut self, banner: &str, _: &mut client::Session) -> Result<(), Error> {
        self.notices.banner(banner);
        Ok(())
    }

    async fn disconnected(&mut self, reason: DisconnectReason<Error>) -> Result<(), Error> {
        match reason {
            DisconnectReason::ReceivedDisconnect(info) => {
                lock(&self.said).disconnect = Some(info.message);
                Ok(())
            }
            DisconnectReason::Error(error) => {
                lock(&self.said).broken = Some(error);
                Ok(())
            }
        }
    }

    // russh accepts what a server opens unless told otherwise; nothing here was asked for. A dropped handle refuses.

    async fn server_channel_open_forwarded_tcpip(
        &mut self,
        _: Channel<Msg>,
        _: &str,
        _: u32,
        _: &str,
        _: u32,
        _: ChannelOpenHandle,
        _: &mut client::Session,
    ) -> Result<(), Error> {
        Ok(())
    }

    async fn server_channel_open_forwarded_streamlocal(
        &mut self,
        _: Channel<Msg>,
        _: &str,
        _: ChannelOpenHandle,
        _: &mut client::Session,
    ) -> Result<(), Error> {
        Ok(())
    }

    async fn server_channel_open_agent_forward(
        &mut self,
        _: Channel<Msg>,
        _: ChannelOpenHandle,
        _: &mut client::Session,
    ) -> Result<(), Error> {
        Ok(())
    }

    async fn server_channel_open_session(&mut self, _: Channel<Msg>, _: ChannelOpenHandle, _: &mut client::Session) -> Result<(), Error> {
        Ok(())
    }

    async fn server_channel_open_direct_tcpip(
        &mut self,
        _: Channel<Msg>,
        _: &str,
        _: u32,
        _: &str,
        _: u32,
        _: ChannelOpenHandle,
        _: &mut client::Session,
    ) -> Result<(), Error> {
        Ok(())
    }

    async fn server_channel_open_direct_streamlocal(
        &mut self,
        _: Channel<Msg>,
        _: &str,
        _: ChannelOpenHandle,
        _: &mut client::Session,
    ) -> Result<(), Error> {
        Ok(())
    }

    async fn server_channel_open_x11(
        &mut self,
        _: Channel<Msg>,
        _: &str,
        _: u32,
        _: ChannelOpenHandle,
        _: &mut client::Session,
    ) -> Result<(), Error> {
        Ok(())
    }
}
