//! Which keys are offered where nobody named one: the configured files and the agent's, in ssh's order.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Account, agent_identities};
use crate::identity::Identity;
use crate::key_file::KeyFile;
use crate::ssh_config::IdentityAgent;

impl Account {
    /// The agent's keys that a configured file names, then its others, then the files it does not hold.
    /// `IdentitiesOnly` leaves the agent's others out.
    pub async fn identities(&self) -> Vec<Arc<Identity>> {
        let mut files: Vec<Identity> = Vec::new();
        for path in &self.endpoint.identity_files {
            match Identity::load_unasked(&KeyFile::new(path)) {
                Ok(identity) => files.push(identity),
                // The default files need not be there; one that was named should be.
                Err(_) if self.endpoint.identity_files_are_default => {}
                Err(error) => self.notices.say(format!("not offered: {error}")),
            }
        }
        let held = match self.agent_socket() {
            Some(socket) => match agent_identities(&socket).await {
                Ok(held) => held,
                Err(error) => {
                    self.notices.say(error.to_string());
                    Vec::new()
                }
            },
            None => Vec::new(),
        };
        let same = |a: &Identity, b: &Identity| a.public().key_data() == b.public().key_data();
        let (named, others): (Vec<_>, Vec<_>) = held.into_iter().partition(|held| files.iter().any(|file| same(file, held)));
        let mut order = Vec::new();
        for held in named {
            match files.iter().position(|file| same(file, &held)) {
                Some(at) => order.push(match held.agent() {
                    Some(socket) => files.remove(at).with_agent(socket),
                    None => files.remove(at),
                }),
                // The agent listed it twice.
                None => continue,
            }
        }
        if !self.endpoint.identities_only {
            order.extend(others);
        }
        order.extend(files);
        order.into_iter().map(Arc::new).collect()
    }

    fn agent_socket(&self) -> Option<PathBuf> {
        match &self.endpoint.identity_agent {
            IdentityAgent::None => None,
            IdentityAgent::Socket(path) => Some(path.clone()),
            IdentityAgent::Default => self.credentials.agent().map(Path::to_owned),
        }
    }
}

/// The same key with the agent at `socket` beside it, where that agent holds it. An agent that fails holds nothing.
pub async fn beside_agent(identity: Identity, socket: Option<&Path>) -> Identity {
    let Some(socket) = socket else { return identity };
    match agent_identities(socket).await {
        Ok(held) if held.iter().any(|held| held.public().key_data() == identity.public().key_data()) => identity.with_agent(socket),
        _ => identity,
    }
}
