//! Who is let in by the authorized_keys files of an account, line by line as sshd reads them, and
//! what is wrong with each.
//!
//! Everything but [`audit`] is computed from bytes alone; nothing here changes anything.

mod account;
mod key;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::SystemTime;

use crate::accounts::authorized_keys::{AuthorizedKeys, Blob, Content};
use crate::keys::weak::Blacklist;
pub use account::audit;
pub use key::Key;

/// One of the files a server reads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct File {
    /// As messages name it: `~/.ssh/authorized_keys`.
    pub name: String,
    pub content: AuthorizedKeys,
    /// Modes and owners that let others write to it, in words.
    pub hazards: Vec<String>,
}

/// What a key or line is held against.
#[derive(Clone, Copy, Debug)]
pub struct Measure<'a> {
    /// Without a list, keys of Debian's OpenSSL of 2008 are not told.
    pub blacklist: &'a Blacklist,
    pub now: SystemTime,
}

/// What was found on an account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audit {
    /// In the order in which the server reads them; those that are not there have none.
    pub files: Vec<FileReport>,
    /// About the server, whatever stands in the files.
    pub findings: Vec<Finding>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileReport {
    pub name: String,
    /// In the order of the lines; comments and empty lines have none.
    pub entries: Vec<Entry>,
    /// About the file as a whole.
    pub findings: Vec<Finding>,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// From 1.
    pub line: usize,
    pub status: Status,
    /// Nothing where sshd finds none in the line.
    pub key: Option<Key>,
    pub findings: Vec<Finding>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// It lets in who has the private key, as far as its options go.
    InForce,
    /// It lets in who has a certificate of this authority.
    Authority,
    /// It lets nobody in.
    Dead {
        /// A clause about the line: `its key is cut short`.
        why: String,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// A short word for scripts; words are added, never changed or taken away.
    pub kind: &'static str,
    pub level: Level,
    pub message: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Worth a look, and no fault.
    Remark,
    /// To be mended.
    Finding,
}

impl Finding {
    pub(crate) fn new(kind: &'static str, message: impl Into<String>) -> Self {
        Self { kind, level: Level::Finding, message: message.into() }
    }

    pub(crate) fn remark(kind: &'static str, message: impl Into<String>) -> Self {
        Self { kind, level: Level::Remark, message: message.into() }
    }
}

impl Audit {
    /// Every finding and remark: of the server, of files, of lines.
    pub fn all_findings(&self) -> impl Iterator<Item = &Finding> {
        let of_files = self.files.iter().flat_map(|file| {
            file.findings.iter().chain(file.entries.iter().flat_map(|entry| &entry.findings))
        });
        self.findings.iter().chain(of_files)
    }

    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.files.iter().flat_map(|file| &file.entries)
    }
}

/// Reads every line of an account's files, which stand in the order in which the server reads them.
pub fn read(files: &[File], measure: Measure) -> Vec<FileReport> {
    let mut seen = Seen::default();
    files.iter().map(|file| seen.read(file, measure)).collect()
}

/// The lines so far that let a key in, for what sshd does with a second one: the first that lets
/// the client in counts.
#[derive(Default)]
struct Seen(BTreeMap<(Vec<u8>, bool), First>);

struct First {
    file: String,
    line: usize,
    options: Vec<u8>,
    depends_on_client: bool,
}

impl Seen {
    fn read(&mut self, file: &File, measure: Measure) -> FileReport {
        let findings = file
            .hazards
            .iter()
            .map(|hazard| Finding::new("bad-permissions", hazard.clone()))
            .collect();
        let entries = file.content.lines().filter_map(|line| match line.content {
            Content::Blank | Content::Comment => None,
            Content::Key(entry) => Some(self.key(file, line.number, &entry, measure)),
            Content::Dead(dead) => {
                Some(Entry::dead(line.number, None, "dead-line", dead.to_string()))
            }
        });
        FileReport { name: file.name.clone(), entries: entries.collect(), findings }
    }

    fn key(
        &mut self,
        file: &File,
        line: usize,
        entry: &crate::accounts::authorized_keys::Entry,
        measure: Measure,
    ) -> Entry {
        let Some(blob) = entry.key() else {
            return Entry::dead(line, None, "dead-line", "it holds no key".into());
        };
        let key = Key::new(&blob, entry);
        let expiry = entry.expiry().and_then(|expiry| key::expiry(expiry, measure.now));
        if let Some(why) = expiry.as_ref().filter(|finding| finding.level == Level::Finding) {
            return Entry::dead(line, Some(key), why.kind, why.message.clone());
        }
        let mut findings = key::weaknesses(&blob, measure.blacklist);
        findings.extend(self.duplicate(file, line, entry, &blob));
        findings.extend(expiry);
        if entry.has_glued_key() {
            findings.push(Finding::new(
                "glued",
                "another key is glued to its comment, and lets nobody in there",
            ));
        }
        let status = if entry.is_authority() { Status::Authority } else { Status::InForce };
        Entry { line, status, key: Some(key), findings }
    }

    fn duplicate(
        &mut self,
        file: &File,
        line: usize,
        entry: &crate::accounts::authorized_keys::Entry,
        blob: &Blob,
    ) -> Option<Finding> {
        let place = (blob.as_bytes().to_vec(), entry.is_authority());
        let Some(first) = self.0.get(&place) else {
            let (file, options) = (file.name.clone(), entry.options.to_vec());
            self.0.insert(
                place,
                First { file, line, options, depends_on_client: entry.depends_on_client() },
            );
            return None;
        };
        let where_ = match first.file == file.name {
            true => format!("line {}", first.line),
            false => format!("line {} of {}", first.line, first.file),
        };
        let message = match first.options == entry.options {
            true => format!("the same key as {where_}"),
            false if first.depends_on_client => {
                format!(
                    "the same key as {where_} with other options, which count where its from= \
                    matches; else these do"
                )
            }
            false => {
                format!("the same key as {where_} with other options, which count; these do not")
            }
        };
        Some(Finding::new("duplicate", message))
    }
}

impl Entry {
    fn dead(line: usize, key: Option<Key>, kind: &'static str, why: String) -> Self {
        let findings = vec![Finding::new(kind, why.clone())];
        Self { line, status: Status::Dead { why }, key, findings }
    }
}

/// A key that several accounts let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shared {
    pub key: Key,
    /// In the order given, each once.
    pub destinations: Vec<String>,
    pub finding: Finding,
}

/// Keys that are in force on more than one of these destinations, in the order in which they were
/// met.
pub fn shared<'a>(audits: impl IntoIterator<Item = (String, &'a Audit)>) -> Vec<Shared> {
    let mut found: Vec<(&Key, Vec<String>)> = Vec::new();
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for (destination, audit) in audits {
        let in_force = audit
            .entries()
            .filter(|entry| entry.status == Status::InForce)
            .filter_map(|entry| entry.key.as_ref());
        for key in in_force {
            let place = *places.entry(&key.fingerprint).or_insert(found.len());
            match found.get_mut(place) {
                Some((_, destinations)) if destinations.contains(&destination) => {}
                Some((_, destinations)) => destinations.push(destination.clone()),
                None => found.push((key, vec![destination.clone()])),
            }
        }
    }
    let several = found.into_iter().filter(|(_, destinations)| destinations.len() > 1);
    several
        .map(|(key, destinations)| {
            let message = format!(
                "one key is in force on {} destinations: {}",
                destinations.len(),
                destinations.join(", ")
            );
            Shared { key: key.clone(), destinations, finding: Finding::remark("shared", message) }
        })
        .collect()
}
