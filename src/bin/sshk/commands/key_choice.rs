//! Which key is meant: the one of -i, else the one that ssh would use for the destination. If there
//! are several, the user chooses; without a terminal that is wrong usage.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sshk::keys::identity::Identity;
use sshk::keys::key_file::KeyFile;
use sshk::quoting::shell_path;
use sshk::session::{Account, Candidate};
use sshk::{Destination, Error};

use super::each_account::Accounts;
use crate::choice;
use crate::cli::Connection;
use crate::ui::Ui;
use crate::usage::Usage;

/// What `-i` may name in place of a file: a key in the agent, by its fingerprint.
const FINGERPRINT: &str = "SHA256:";

/// The key of each destination.
pub enum KeyChoice {
    /// The key of -i.
    One(Arc<Identity>),
    /// By the destination as typed.
    Each(BTreeMap<String, Arc<Identity>>),
}

impl KeyChoice {
    /// `None` for a destination that could not be resolved, or that has several keys.
    pub fn of(&self, destination: &Destination) -> Option<&Arc<Identity>> {
        match self {
            Self::One(key) => Some(key),
            Self::Each(keys) => keys.get(&destination.to_string()),
        }
    }
}

/// What to do about several keys that ssh would use.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Several {
    /// The user chooses one.
    Ask,
    /// Any of them will do.
    Keep,
}

/// The key of -i, or of each destination as the configuration says.
pub async fn choose(
    accounts: &mut Accounts,
    connection: &Connection,
    destinations: &[Destination],
    several: Several,
    ui: &Ui,
) -> Result<KeyChoice, Error> {
    // The keys to log in with say nothing about the key that is meant.
    let login_keys = if connection.identities.is_empty() {
        accounts.line.take_identity_files()
    } else {
        Vec::new()
    };
    accounts.resolve(destinations);
    let found = accounts.resolved(destinations);
    let keys = Chooser::new(accounts, several, ui).choose(connection, &found).await?;
    if !login_keys.is_empty() {
        accounts.line.set_identity_files(&login_keys);
        accounts.forget();
    }
    Ok(keys)
}

/// Chooses keys for the destinations of a run.
struct Chooser<'a> {
    accounts: &'a Accounts,
    several: Several,
    ui: &'a Ui,
    /// What was chosen from the same keys before.
    chosen: BTreeMap<Vec<String>, usize>,
    loaded: BTreeMap<String, Arc<Identity>>,
}

impl<'a> Chooser<'a> {
    fn new(accounts: &'a Accounts, several: Several, ui: &'a Ui) -> Self {
        Self { accounts, several, ui, chosen: BTreeMap::new(), loaded: BTreeMap::new() }
    }

    /// The key of -i, or of each account that could be resolved.
    async fn choose(
        mut self,
        connection: &Connection,
        found: &[(&Destination, &Account)],
    ) -> Result<KeyChoice, Error> {
        match named(connection)[..] {
            [path] => return Ok(KeyChoice::One(self.named(path, found).await?)),
            [_, another, ..] => {
                let usage =
                    format!("only one key can be used at a time, and -i also names {another:?}");
                return Err(Usage::new(usage).into());
            }
            [] => {}
        }
        let mut keys = BTreeMap::new();
        for (destination, account) in found {
            if let Some(key) = self.of_account(destination, account).await? {
                keys.insert(destination.to_string(), key);
            }
        }
        Ok(KeyChoice::Each(keys))
    }

    async fn named(
        &self,
        path: &Path,
        found: &[(&Destination, &Account)],
    ) -> Result<Arc<Identity>, Error> {
        let Some(fingerprint) = fingerprint(path) else {
            return self.accounts.identity(&KeyFile::new(path)).await;
        };
        for (_, account) in found {
            if let Some(key) = account.in_agent(fingerprint).await {
                return Ok(key);
            }
        }
        let usage = Usage::new(format!("no agent holds a key with the fingerprint {fingerprint}"));
        Err(usage.hint("see which keys it holds: ssh-add -l").into())
    }

    async fn of_account(
        &mut self,
        destination: &Destination,
        account: &Account,
    ) -> Result<Option<Arc<Identity>>, Error> {
        let folder = self.accounts.surroundings.home.join(".ssh");
        let mut candidates = account.candidates().await;
        if candidates.is_empty() {
            let others = KeyFile::find_defaults(&folder)?;
            candidates = others.into_iter().map(Candidate::File).collect();
        }
        let labels: Vec<_> = candidates.iter().map(label).collect();
        let at = match candidates.len() {
            0 => return Err(no_key(account, &folder)),
            1 => 0,
            _ if self.several == Several::Keep => return Ok(None),
            _ => match self.chosen.get(&labels) {
                Some(at) => *at,
                None => {
                    let what = format!("there are several keys for {destination}");
                    let prompter = self.ui.prompter();
                    choice::ask(&what, &labels, || naming(&candidates), &*prompter)?
                }
            },
        };
        self.chosen.insert(labels.clone(), at);
        if let Some(key) = self.loaded.get(&labels[at]) {
            return Ok(Some(key.clone()));
        }
        let key = match &candidates[at] {
            Candidate::File(file) => self.accounts.identity(file).await?,
            Candidate::InAgent(key) => key.clone(),
        };
        self.loaded.insert(labels[at].clone(), key.clone());
        Ok(Some(key))
    }
}

/// What -i names, each once.
pub fn named(connection: &Connection) -> Vec<&PathBuf> {
    let mut named: Vec<_> = connection.identities.iter().collect();
    named.dedup();
    named
}

/// The fingerprint that stands in place of a file's name.
pub fn fingerprint(path: &Path) -> Option<&str> {
    path.to_str().filter(|name| name.starts_with(FINGERPRINT) && !path.exists())
}

/// As messages name it.
fn label(candidate: &Candidate) -> String {
    match candidate {
        Candidate::File(file) => file.path().display().to_string(),
        Candidate::InAgent(key) => format!("{} {} (in the agent)", key.fingerprint(), key.name()),
    }
}

/// The option that names the first of them.
fn naming(candidates: &[Candidate]) -> String {
    match candidates.first() {
        Some(Candidate::File(file)) => format!("-i {}", shell_path(file.path())),
        Some(Candidate::InAgent(key)) => format!("-i {}", key.fingerprint()),
        None => "-i".into(),
    }
}

fn no_key(account: &Account, folder: &Path) -> Error {
    let endpoint = &account.endpoint;
    let named = (!endpoint.identity_files_are_default).then(|| endpoint.identity_files.first());
    match named.flatten() {
        Some(path) => Usage::new(format!(
            "there is no key {path:?}, which ssh_config names for {}",
            endpoint.destination
        ))
        .hint(format!("generate it: sshk keygen -f {}", shell_path(path))),
        None => Usage::new(format!("there is no key in {folder:?}"))
            .hint("generate one with: sshk keygen"),
    }
    .into()
}
