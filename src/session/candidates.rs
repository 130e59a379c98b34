//! Which keys could be meant if none is named: those that ssh would use for the account.

use std::sync::Arc;

use ssh_key::HashAlg;
use ssh_key::public::KeyData;

use super::account::Account;
use super::notices::Notices;
use crate::keys::identity::Identity;
use crate::keys::identity_files::IdentityFile;
use crate::keys::key_file::{self, Fault, KeyFile};

/// A key that ssh would use.
#[derive(Clone)]
pub enum Candidate {
    /// An identity file.
    File(KeyFile),
    /// A key that only the agent holds.
    InAgent(Arc<Identity>),
}

impl Account {
    /// The keys that ssh would log in with, certificates aside: the identity files that the
    /// configuration names, if there is one of them; otherwise ssh's default files and the keys in
    /// the agent. Nothing is asked, and no host is contacted.
    pub async fn candidates(&self) -> Vec<Candidate> {
        let (mut files, mut unreadable, mut known) = (Vec::new(), Vec::new(), Vec::new());
        for path in &self.endpoint.identity_files {
            let file = KeyFile::new(path);
            match self.identity_files.get(&file) {
                Ok(IdentityFile::Key(key)) => {
                    let data = key.public().key_data().clone();
                    if !known.contains(&data) {
                        known.push(data);
                        files.push(Candidate::File(file));
                    }
                }
                Ok(IdentityFile::Certificate(_)) => {}
                Err(error) if is_locked(&error) => files.push(Candidate::File(file)),
                Err(_) if exists(&file) => unreadable.push(Candidate::File(file)),
                Err(_) => {}
            }
        }
        let is_named = !self.endpoint.identity_files_are_default && !files.is_empty();
        if !is_named && !self.endpoint.identities_only {
            files.extend(self.held_besides(&known).await.into_iter().map(Candidate::InAgent));
        }
        // Reading it again gives the reason.
        if files.is_empty() { unreadable } else { files }
    }

    /// The key in the agent with this SHA-256 fingerprint.
    pub async fn in_agent(&self, fingerprint: &str) -> Option<Arc<Identity>> {
        let mut held = self.held_besides(&[]).await.into_iter();
        held.find(|key| key.public().fingerprint(HashAlg::Sha256).to_string() == fingerprint)
    }

    async fn held_besides(&self, known: &[KeyData]) -> Vec<Arc<Identity>> {
        // The login will say whatever there is to say about the agent.
        let quiet = Self { notices: Notices::new(|_| ()), ..self.clone() };
        let held = quiet.plain_held().await.into_iter();
        held.filter(|key| !known.contains(key.public().key_data())).map(Arc::new).collect()
    }
}

fn is_locked(error: &key_file::Error) -> bool {
    matches!(error, key_file::Error::Key { fault: Fault::PassphraseNeeded, .. })
}

fn exists(file: &KeyFile) -> bool {
    file.private_path().exists() || file.public_path().exists()
}
