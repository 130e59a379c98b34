//! An account: where it is, what may be used to log in, and where messages go.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::notices::Notices;
use crate::credentials::Credentials;
use crate::hosts::ssh_config::{Endpoint, ForwardAgent, IdentityAgent};
use crate::keys::identity_files::IdentityFiles;

/// Everything needed to reach one account.
#[derive(Clone)]
pub struct Account {
    /// Host, port, user and everything else that ssh_config(5) says.
    pub endpoint: Arc<Endpoint>,
    /// The run's secrets, and who to ask for others.
    pub credentials: Arc<Credentials>,
    /// The run's identity files.
    pub identity_files: Arc<IdentityFiles>,
    /// Where messages about it go.
    pub notices: Notices,
}

impl Account {
    /// The account at a jump host. What the user has to prove there is asked separately.
    pub(super) fn at_jump_host(&self, hop: &Arc<Endpoint>) -> Self {
        let notices = self.notices.at_jump_host(hop.destination.to_string());
        Self {
            endpoint: hop.clone(),
            credentials: self.credentials.for_jump_hosts(),
            identity_files: self.identity_files.clone(),
            notices,
        }
    }

    /// The socket of the agent that `ForwardAgent` forwards to the server, if any.
    pub fn forwarded_agent(&self) -> Option<PathBuf> {
        match &self.endpoint.forward_agent {
            ForwardAgent::No => None,
            ForwardAgent::Yes => self.agent_socket(),
            ForwardAgent::Socket(path) => Some(path.clone()),
        }
    }

    pub(super) fn agent_socket(&self) -> Option<PathBuf> {
        match &self.endpoint.identity_agent {
            IdentityAgent::None => None,
            IdentityAgent::Socket(path) => Some(path.clone()),
            IdentityAgent::Default => self.credentials.agent().map(Path::to_owned),
        }
    }
}
