//! What a server does outside its replies to our requests: it sends its key and its banner, says
//! why it hangs up, and opens channels that nobody asked for.

use std::io;
use std::sync::{Arc, Mutex};

use russh::Channel;
use russh::Names;
use russh::client::{self, ChannelOpenHandle, DisconnectReason, Msg};
use russh::keys::PublicKeyOrCertificate;
use ssh_key::{Algorithm, PublicKey};

use super::agent_forwarding::AgentForwarding;
use super::algorithms::no_common_algorithm;
use super::error::{ConnectionError, Error, HostKeyError};
use super::host_key::Trust;
use super::lock::lock;
use super::notices::Notices;
use super::said::{ServerSaid, words};
use super::step::Step;
use super::steps::Steps;
use crate::text::without_os_error;

/// Our side of russh's callbacks: checks the host key, keeps the server's messages, and refuses
/// every channel except to a forwarded agent.
pub(super) struct Client {
    trust: Trust,
    steps: Steps,
    said: Arc<Mutex<ServerSaid>>,
    notices: Notices,
    /// The account, `user@host`.
    account: String,
    /// The type of the host key that was checked.
    checked: Option<Algorithm>,
    agent: AgentForwarding,
}

impl Client {
    pub(super) fn new(
        trust: Trust,
        steps: Steps,
        said: Arc<Mutex<ServerSaid>>,
        (notices, account): (Notices, String),
        agent: AgentForwarding,
    ) -> Self {
        Self { trust, steps, said, notices, account, checked: None, agent }
    }
}

/// Whether a key exchange used the same type of host key as the first one.
///
/// russh shows the host key in the first key exchange only. A later one runs inside the connection
/// that the first has authenticated, so only the same server can answer it. ssh still refuses
/// another key there, and this refuses as much as it can see: a key of another type.
fn check_type(checked: &mut Option<Algorithm>, found: &Algorithm) -> Result<(), Error> {
    match checked.get_or_insert_with(|| found.clone()) {
        first if first == found => Ok(()),
        first => {
            let (first, then) = (first.to_string(), found.to_string());
            Err(HostKeyError::Switched { first, then }.into())
        }
    }
}

/// Methods for channels that a server may not open. russh accepts them unless told otherwise;
/// dropping the `ChannelOpenHandle` refuses them.
macro_rules! refused {
    ($($method:ident($($about:ty),*);)*) => {
        $(
            async fn $method(
                &mut self,
                _: Channel<Msg>,
                $(_: $about,)*
                _: ChannelOpenHandle,
                _: &mut client::Session,
            ) -> Result<(), Error> {
                Ok(())
            }
        )*
    };
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
        check_type(&mut self.checked, &names.key)
    }

    async fn auth_banner(&mut self, banner: &str, _: &mut client::Session) -> Result<(), Error> {
        lock(&self.said).banner =
            banner.lines().rfind(|line| !line.trim().is_empty()).map(|line| words(line.as_bytes()));
        self.notices.banner(&self.account, banner);
        Ok(())
    }

    async fn openssh_ext_host_keys_announced(
        &mut self,
        keys: Vec<PublicKey>,
        _: &mut client::Session,
    ) -> Result<(), Error> {
        // It comes right after the login, before any channel is opened; a second one is ignored.
        if let Some(keys) = self.trust.announced(keys) {
            lock(&self.said).host_keys.get_or_insert(keys);
        }
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

    async fn server_channel_open_agent_forward(
        &mut self,
        channel: Channel<Msg>,
        opening: ChannelOpenHandle,
        _: &mut client::Session,
    ) -> Result<(), Error> {
        self.agent.serve(channel, opening).await;
        Ok(())
    }

    refused! {
        server_channel_open_session();
        server_channel_open_x11(&str, u32);
        server_channel_open_direct_tcpip(&str, u32, &str, u32);
        server_channel_open_direct_streamlocal(&str);
        server_channel_open_forwarded_tcpip(&str, u32, &str, u32);
        server_channel_open_forwarded_streamlocal(&str);
    }
}

/// So that the handler fails with our own errors. The caller that knows the step fills it in.
impl From<russh::Error> for Error {
    fn from(error: russh::Error) -> Self {
        let closed = |reason| ConnectionError::Closed { step: Step::Connect, reason }.into();
        let protocol = |why| ConnectionError::Protocol { step: Step::Connect, why }.into();
        match error {
            russh::Error::NoCommonAlgo { kind, theirs, .. } => {
                no_common_algorithm(&kind, theirs).into()
            }
            russh::Error::SshEncoding(ssh_key::encoding::Error::CharacterEncoding) => {
                ConnectionError::NotUtf8.into()
            }
            // By the cipher or by the MAC, which may be checked only after a false length was
            // found.
            russh::Error::PacketAuth | russh::Error::DecryptionError => {
                ConnectionError::Corrupted { step: Step::Connect }.into()
            }
            russh::Error::KeepaliveTimeout => ConnectionError::NotResponding.into(),
            russh::Error::Disconnect | russh::Error::HUP => closed(None),
            russh::Error::IO(error) => match error.kind() {
                // Whether a reset or the end of the stream is seen first depends on who wrote last.
                io::ErrorKind::UnexpectedEof
                | io::ErrorKind::ConnectionReset
                | io::ErrorKind::BrokenPipe => closed(None),
                _ if error.raw_os_error().is_some() => {
                    closed(Some(without_os_error(&error.to_string()).to_owned()))
                }
                _ => protocol(error.to_string()),
            },
            other => protocol(other.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Failure;

    #[test]
    fn a_host_key_of_another_type_in_a_later_key_exchange_is_refused() {
        let mut checked = None;
        check_type(&mut checked, &Algorithm::Ed25519).unwrap();
        check_type(&mut checked, &Algorithm::Ed25519).unwrap();
        let error = check_type(&mut checked, &Algorithm::Rsa { hash: None }).unwrap_err();
        assert_eq!(
            error.to_string(),
            "host key changed during the connection: the server first presented ssh-ed25519 and \
            then ssh-rsa; the connection was closed"
        );
        assert_eq!(error.kind().as_str(), "host-key-changed");
    }
}
