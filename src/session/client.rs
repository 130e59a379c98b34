//! What a server says outside the replies to our requests: its key, its banner, its reasons to
//! leave, channels that nobody asked for.

use std::sync::{Arc, Mutex};

use russh::Channel;
use russh::Names;
use russh::client::{self, ChannelOpenHandle, DisconnectReason, Msg};
use russh::keys::PublicKeyOrCertificate;
use ssh_key::Algorithm;

use super::agent_forwarding::AgentForwarding;
use super::host_key::Trust;
use super::sftp::words;
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
    /// The last line of the last banner, cleaned and bounded; PAM's reason to refuse an account
    /// comes as one.
    pub(super) banner: Option<String>,
    /// How the connection broke off, where no such message came.
    broken: Option<Error>,
}

impl ServerSaid {
    /// The identification line, cut to printable characters; empty where there was none.
    pub(super) fn identification(&self) -> String {
        let lines = self.greeting.split(|&byte| byte == b'\n');
        let line = lines.into_iter().find(|line| line.starts_with(b"SSH-")).unwrap_or_default();
        line.iter()
            .filter(|byte| (b' '..=b'~').contains(byte))
            .map(|&byte| char::from(byte))
            .collect()
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

/// Our side of russh's callbacks: judges the host key, keeps the server's words, and lets it open
/// nothing.
pub(super) struct Client {
    trust: Trust,
    steps: Steps,
    said: Arc<Mutex<ServerSaid>>,
    notices: Notices,
    /// The kind of the host key that was judged.
    judged: Option<Algorithm>,
    agent: AgentForwarding,
}

impl Client {
    pub(super) fn new(
        trust: Trust,
        steps: Steps,
        said: Arc<Mutex<ServerSaid>>,
        notices: Notices,
        agent: AgentForwarding,
    ) -> Self {
        Self { trust, steps, said, notices, judged: None, agent }
    }
}

/// Whether a key exchange went by the kind of host key that the first one went by.
///
/// russh shows the host key in the first key exchange only. A later one runs inside the connection
/// that the first has authenticated, so that nobody but the same server can answer in it; all the
/// same ssh refuses another key there, and this refuses what can be seen of one: a key of another
/// kind.
fn check_kind(judged: &mut Option<Algorithm>, kind: &Algorithm) -> Result<(), Error> {
    match judged.get_or_insert_with(|| kind.clone()) {
        first if first == kind => Ok(()),
        first => Err(Error::HostKeyTraded { first: first.to_string(), then: kind.to_string() }),
    }
}

impl client::Handler for Client {
    type Error = Error;

    async fn check_server_key(&mut self, key: &PublicKeyOrCertificate) -> Result<bool, Error> {
        self.steps.enter(Step::HostKey);
        match key {
            PublicKeyOrCertificate::PublicKey { key, .. } => {
                self.trust.check(key).await.map(|()| true)
            }
            PublicKeyOrCertificate::Certificate(certificate) => {
                self.trust.check_certificate(certificate).await.map(|()| true)
            }
        }
    }

    async fn kex_done(
        &mut self,
        _: Option<&[u8]>,
        names: &Names,
        _: &mut client::Session,
    ) -> Result<(), Error> {
        check_kind(&mut self.judged, &names.key)
    }

    async fn auth_banner(&mut self, banner: &str, _: &mut client::Session) -> Result<(), Error> {
        lock(&self.said).banner =
            banner.lines().rfind(|line| !line.trim().is_empty()).map(|line| words(line.as_bytes()));
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

    // russh accepts what a server opens unless told otherwise; but for the agent nothing was asked
    // for. A dropped handle refuses.

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
        channel: Channel<Msg>,
        opening: ChannelOpenHandle,
        _: &mut client::Session,
    ) -> Result<(), Error> {
        self.agent.take(channel, opening).await;
        Ok(())
    }

    async fn server_channel_open_session(
        &mut self,
        _: Channel<Msg>,
        _: ChannelOpenHandle,
        _: &mut client::Session,
    ) -> Result<(), Error> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Failure;

    #[test]
    fn a_host_key_of_another_kind_in_a_later_key_exchange_is_refused() {
        let mut judged = None;
        check_kind(&mut judged, &Algorithm::Ed25519).unwrap();
        check_kind(&mut judged, &Algorithm::Ed25519).unwrap();
        let error = check_kind(&mut judged, &Algorithm::Rsa { hash: None }).unwrap_err();
        assert_eq!(
            error.to_string(),
            "host key has changed in the middle of the connection: the server began with \
            ssh-ed25519 and went on with ssh-rsa; it was ended"
        );
        assert_eq!(error.kind().as_str(), "host-key-changed");
    }
}
