//! What an audit found, and which keys several accounts share.

use std::collections::BTreeMap;

use super::finding::Finding;
use super::key::Key;
use crate::keys::weak;

/// What was found on an account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audit {
    /// In the order in which the server reads them; files that do not exist are left out.
    pub files: Vec<FileReport>,
    /// About the server, whatever is in the files.
    pub findings: Vec<Finding>,
}

/// What was found in one file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileReport {
    /// As messages name it: `~/.ssh/authorized_keys`.
    pub name: String,
    /// In the order of the lines; comments and empty lines are left out.
    pub lines: Vec<LineReport>,
    /// About the file as a whole.
    pub findings: Vec<Finding>,
}

/// What was found in one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineReport {
    /// Its number, from 1.
    pub line: usize,
    /// Whether anyone can log in by it.
    pub status: LineStatus,
    /// Nothing if sshd finds none in the line.
    pub key: Option<Key>,
    /// About the line.
    pub findings: Vec<Finding>,
}

/// Whether anyone can log in by a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineStatus {
    /// Anyone who has the private key, within what the options allow.
    InForce,
    /// Anyone with a certificate from this authority.
    Authority,
    /// Nobody.
    Dead {
        /// A clause about the line: `its key is incomplete`.
        why: String,
    },
}

impl LineReport {
    pub(super) fn dead(line: usize, key: Option<Key>, kind: &'static str, why: String) -> Self {
        let findings = vec![Finding::new(kind, why.clone())];
        Self { line, status: LineStatus::Dead { why }, key, findings }
    }
}

impl Audit {
    /// Every finding and remark: of the server, of files, of lines.
    pub fn all_findings(&self) -> impl Iterator<Item = &Finding> {
        let of_files = self.files.iter().flat_map(|file| {
            file.findings.iter().chain(file.lines.iter().flat_map(|line| &line.findings))
        });
        self.findings.iter().chain(of_files)
    }

    /// Every line of every file.
    pub fn lines(&self) -> impl Iterator<Item = &LineReport> {
        self.files.iter().flat_map(|file| &file.lines)
    }
}

/// A key, and what shows only if the accounts are seen together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedKey {
    /// As in its first line.
    pub key: Key,
    /// In the order given, each once.
    pub destinations: Vec<String>,
    /// What to say about it.
    pub finding: Finding,
}

/// Every key of several destinations, each once, in the order in which they were found.
#[derive(Clone, Debug, Default)]
pub struct AllKeys(Vec<(Key, Vec<String>)>);

impl AllKeys {
    /// The keys of these destinations, in force or not.
    pub fn of<'a>(audits: impl IntoIterator<Item = (String, &'a Audit)>) -> Self {
        Self::gather(audits, |_| true)
    }

    fn gather<'a>(
        audits: impl IntoIterator<Item = (String, &'a Audit)>,
        is_wanted: impl Fn(&LineReport) -> bool,
    ) -> Self {
        let mut found: Vec<(Key, Vec<String>)> = Vec::new();
        let mut places: BTreeMap<&str, usize> = BTreeMap::new();
        for (destination, audit) in audits {
            let wanted = audit.lines().filter(|line| is_wanted(line));
            for key in wanted.filter_map(|line| line.key.as_ref()) {
                let place = *places.entry(&key.fingerprint).or_insert(found.len());
                match found.get_mut(place) {
                    Some((_, destinations)) if destinations.contains(&destination) => {}
                    Some((_, destinations)) => destinations.push(destination.clone()),
                    None => found.push((key.clone(), vec![destination.clone()])),
                }
            }
        }
        Self(found)
    }

    /// RSA keys that have a prime in common with another one of these. It may compute for half a
    /// minute, and is bounded by that.
    pub fn common_primes(&self) -> Vec<SharedKey> {
        let blobs: Vec<&[u8]> = self.0.iter().map(|(key, _)| key.blob.as_slice()).collect();
        let weak = weak::common_primes(&blobs, |at| self.0[at].0.fingerprint.clone());
        weak.into_iter()
            .map(|(at, weakness)| {
                let (key, destinations) = self.0[at].clone();
                let message = format!("{}; it is on {}", weakness.message, destinations.join(", "));
                SharedKey { key, destinations, finding: Finding::new(weakness.kind, message) }
            })
            .collect()
    }
}

/// Keys that can log in to more than one of these destinations, in the order in which they were
/// found.
pub fn shared<'a>(audits: impl IntoIterator<Item = (String, &'a Audit)>) -> Vec<SharedKey> {
    let found = AllKeys::gather(audits, |line| line.status == LineStatus::InForce);
    let several = found.0.into_iter().filter(|(_, destinations)| destinations.len() > 1);
    several
        .map(|(key, destinations)| {
            let message = format!(
                "one key can log in to {} destinations: {}",
                destinations.len(),
                destinations.join(", ")
            );
            let finding = Finding::remark("shared", message);
            SharedKey { key, destinations, finding }
        })
        .collect()
}
