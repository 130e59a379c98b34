//! Agent forwarding: the connections that a server opens to the user's agent, each relayed to its socket. Only where it was asked for.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use russh::client::{ChannelOpenHandle, Msg};
use russh::{Channel, ChannelOpenFailure};
use tokio::net::UnixStream;
use tokio::sync::Semaphore;

use super::{Notices, lock};

/// Connections to the agent at a time; a login holds one for the time of a signature.
const MOST_AT_ONCE: usize = 64;

/// The agent that a server may reach through this connection, if any.
#[derive(Clone)]
pub(super) struct AgentForwarding {
    socket: Arc<Mutex<Option<PathBuf>>>,
    room: Arc<Semaphore>,
    notices: Notices,
}

impl AgentForwarding {
    /// No agent may be reached.
    pub(super) fn new(notices: Notices) -> Self {
        Self { socket: Arc::default(), room: Arc::new(Semaphore::new(MOST_AT_ONCE)), notices }
    }

    /// From now on the server may reach the agent at `socket`.
    pub(super) fn allow(&self, socket: &Path) {
        *lock(&self.socket) = Some(socket.to_owned());
    }

    /// Takes a channel that the server opens to the agent, or refuses it.
    pub(super) async fn take(&self, channel: Channel<Msg>, opening: ChannelOpenHandle) {
        let Some(socket) = lock(&self.socket).clone() else {
            return opening.reject(ChannelOpenFailure::AdministrativelyProhibited).await;
        };
        let Ok(place) = self.room.clone().try_acquire_owned() else {
            return opening.reject(ChannelOpenFailure::ResourceShortage).await;
        };
        let notices = self.notices.clone();
        tokio::spawn(async move {
            match UnixStream::connect(&socket).await {
                Ok(mut agent) => {
                    opening.accept().await;
                    // Either side may leave at any time; that is how such a connection ends.
                    let _ = tokio::io::copy_bidirectional(&mut channel.into_stream(), &mut agent).await;
                }
                Err(error) => {
                    opening.reject(ChannelOpenFailure::ConnectFailed).await;
                    let why = error.to_string();
                    let why = why.split(" (os error").next().unwrap_or(&why).to_lowercase();
                    notices.say(format!("the server asked for the agent at {socket:?}, which cannot be reached: {why}"));
                }
            }
            drop(place);
        });
    }
}
