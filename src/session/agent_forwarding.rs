//! Agent forwarding: the connections that a server opens to the user's agent, each relayed to its
//! socket. Only if it was requested.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use russh::client::{ChannelOpenHandle, Msg};
use russh::keys::agent::AgentSessionBinding;
use russh::{Channel, ChannelOpenFailure};
use tokio::sync::Semaphore;

use super::agent;
use super::lock::lock;
use super::notices::Notices;

/// How many connections to the agent may be open at a time; a login needs one for as long as a
/// signature takes.
const MOST_AT_ONCE: usize = 64;

#[derive(Clone)]
struct Forwarded {
    socket: PathBuf,
    /// Which server it is forwarded to.
    binding: Option<AgentSessionBinding>,
}

/// The agent that a server may reach through this connection, if any.
#[derive(Clone)]
pub(super) struct AgentForwarding {
    forwarded: Arc<Mutex<Option<Forwarded>>>,
    room: Arc<Semaphore>,
    notices: Notices,
}

impl AgentForwarding {
    /// No agent may be reached.
    pub(super) fn new(notices: Notices) -> Self {
        Self { forwarded: Arc::default(), room: Arc::new(Semaphore::new(MOST_AT_ONCE)), notices }
    }

    /// From now on the server may reach the agent at `socket`; `binding` tells the agent which
    /// server it is.
    pub(super) fn allow(&self, socket: &Path, binding: Option<&AgentSessionBinding>) {
        *lock(&self.forwarded) =
            Some(Forwarded { socket: socket.to_owned(), binding: binding.cloned() });
    }

    /// Accepts a channel that the server opens to the agent, or refuses it.
    pub(super) async fn serve(&self, channel: Channel<Msg>, opening: ChannelOpenHandle) {
        let Some(Forwarded { socket, binding }) = lock(&self.forwarded).clone() else {
            return opening.reject(ChannelOpenFailure::AdministrativelyProhibited).await;
        };
        let Ok(place) = self.room.clone().try_acquire_owned() else {
            return opening.reject(ChannelOpenFailure::ResourceShortage).await;
        };
        let notices = self.notices.clone();
        tokio::spawn(async move {
            match agent::connect_forwarded(&socket, binding.as_ref()).await {
                Ok(mut agent) => {
                    opening.accept().await;
                    // Either side may hang up at any time; such a connection ends that way.
                    let _ =
                        tokio::io::copy_bidirectional(&mut channel.into_stream(), &mut agent).await;
                }
                Err(error) => {
                    opening.reject(ChannelOpenFailure::ConnectFailed).await;
                    notices.say(format!("the server could not reach the agent: {error}"));
                }
            }
            drop(place);
        });
    }
}
