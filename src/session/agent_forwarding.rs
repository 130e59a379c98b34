//! Agent forwarding: the connections that a server opens to the user's agent, each relayed to its
//! socket. Only where it was asked for.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use russh::client::{ChannelOpenHandle, Msg};
use russh::keys::agent::AgentSessionBinding;
use russh::{Channel, ChannelOpenFailure};
use tokio::sync::Semaphore;

use super::{Notices, agent, lock};

/// Connections to the agent at a time; a login holds one for the time of a signature.
const MOST_AT_ONCE: usize = 64;

#[derive(Clone)]
struct Lent {
    socket: PathBuf,
    /// Which server it is lent to.
    binding: Option<AgentSessionBinding>,
}

/// The agent that a server may reach through this connection, if any.
#[derive(Clone)]
pub(super) struct AgentForwarding {
    lent: Arc<Mutex<Option<Lent>>>,
    room: Arc<Semaphore>,
    notices: Notices,
}

impl AgentForwarding {
    /// No agent may be reached.
    pub(super) fn new(notices: Notices) -> Self {
        Self { lent: Arc::default(), room: Arc::new(Semaphore::new(MOST_AT_ONCE)), notices }
    }

    /// From now on the server, which `binding` tells the agent of, may reach the agent at `socket`.
    pub(super) fn allow(&self, socket: &Path, binding: Option<&AgentSessionBinding>) {
        *lock(&self.lent) = Some(Lent { socket: socket.to_owned(), binding: binding.cloned() });
    }

    /// Takes a channel that the server opens to the agent, or refuses it.
    pub(super) async fn take(&self, channel: Channel<Msg>, opening: ChannelOpenHandle) {
        let Some(Lent { socket, binding }) = lock(&self.lent).clone() else {
            return opening.reject(ChannelOpenFailure::AdministrativelyProhibited).await;
        };
        let Ok(place) = self.room.clone().try_acquire_owned() else {
            return opening.reject(ChannelOpenFailure::ResourceShortage).await;
        };
        let notices = self.notices.clone();
        tokio::spawn(async move {
            match agent::lend(&socket, binding.as_ref()).await {
                Ok(mut agent) => {
                    opening.accept().await;
                    // Either side may leave at any time; that is how such a connection ends.
                    let _ =
                        tokio::io::copy_bidirectional(&mut channel.into_stream(), &mut agent).await;
                }
                Err(error) => {
                    opening.reject(ChannelOpenFailure::ConnectFailed).await;
                    notices.say(format!("the server asked for the agent in vain: {error}"));
                }
            }
            drop(place);
        });
    }
}
