//! UpdateHostKeys: which lines of known_hosts follow the host keys that a server announced, and the
//! files with these changes. The rules are those of client_input_hostkeys (clientloop.c).

use std::path::{Path, PathBuf};

use rand::CryptoRng;
use ssh_key::PublicKey;

use super::error::Error;
use super::file;
use super::host_name::HostName;
use super::learn::lines_for;
use super::line::{HostsLine, Marker};
use super::lookup::USER_OPTION;

/// The changes that make known_hosts agree with a server's host keys.
#[derive(Debug)]
pub struct Update {
    files: Vec<PathBuf>,
    host: HostName,
    /// With CheckHostIP.
    address: Option<HostName>,
    keys: Vec<PublicKey>,
    new: Vec<PublicKey>,
    old: Vec<PublicKey>,
}

/// Whose name a line has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Names {
    host: bool,
    address: bool,
}

impl Update {
    /// Compares the keys of a server with `files`, those of UserKnownHostsFile. `None` if nothing
    /// is to be done, or if nothing may be: a line for the host has a marker or several names, or
    /// one of the keys is also under another name. New keys are added only if they are `usable`.
    ///
    /// A key that the server still has is never removed. (ssh removes it if HostKeyAlgorithms
    /// excludes it, though that may be for one connection.)
    ///
    /// # Errors
    ///
    /// If a file cannot be read.
    pub fn find(
        files: &[PathBuf],
        (host, address): (HostName, Option<HostName>),
        keys: Vec<PublicKey>,
        usable: impl Fn(&PublicKey) -> bool,
    ) -> Result<Option<Self>, Error> {
        let (files, old) = (files.to_vec(), Vec::new());
        let mut update = Self { files, host, address, new: keys.clone(), keys, old };
        let mut elsewhere = Vec::new();
        for path in &update.files {
            for text in file::read(path, USER_OPTION)?.split(|byte| *byte == b'\n') {
                let Some(line) = HostsLine::parse(text) else { continue };
                let Some(key) = line.key() else { continue };
                let names = names(&line, &update.host, update.address.as_ref());
                if names == Names::default() {
                    elsewhere.push(key);
                } else if line.marker != Marker::None || is_foreign(&line, names, &update.address) {
                    return Ok(None);
                } else if has(&update.keys, &key) {
                    update.new.retain(|new| new.key_data() != key.key_data());
                } else if !has(&update.old, &key) {
                    update.old.push(key);
                }
            }
        }
        let (new, is_usable) = (update.new.clone(), usable);
        update.keys.retain(|key| is_usable(key) || !has(&new, key));
        update.new.retain(is_usable);
        let is_elsewhere = |key: &PublicKey| has(&update.keys, key) || has(&update.old, key);
        if elsewhere.iter().any(is_elsewhere) || (update.new.is_empty() && update.old.is_empty()) {
            return Ok(None);
        }
        Ok(Some(update))
    }

    /// The keys that the server has to prove before they are added.
    pub fn new_keys(&self) -> &[PublicKey] {
        &self.new
    }

    /// The keys that it no longer has.
    pub fn old_keys(&self) -> &[PublicKey] {
        &self.old
    }

    /// The file that gets the new keys.
    pub fn file(&self) -> Option<&Path> {
        self.files.first().map(PathBuf::as_path)
    }

    /// Changes the files: the first one gets the new keys, lines with keys that the server no
    /// longer has go, and so do the host's lines in the other files, as in ssh. All other bytes
    /// stay. The last content of a file that loses lines is kept as `FILE.old`.
    ///
    /// # Errors
    ///
    /// If a file cannot be read or written.
    pub fn apply(&self, hash: bool, rng: &mut (impl CryptoRng + ?Sized)) -> Result<(), Error> {
        for (index, path) in self.files.iter().enumerate() {
            let before = file::read(path, USER_OPTION)?;
            let stays: &[PublicKey] = if index == 0 { &self.keys } else { &[] };
            let kept = self.without_old(&before, stays);
            let added = if index == 0 {
                self.missing_lines(path, &kept, hash, rng)?
            } else {
                String::new()
            };
            if kept.len() < before.len() {
                file::replace(path, &before, &with_lines(kept, &added))?;
            } else if !added.is_empty() {
                file::append(path, &added, USER_OPTION)?;
            }
        }
        Ok(())
    }

    /// The content without the lines for the host whose keys are not among `stays`.
    fn without_old(&self, content: &[u8], stays: &[PublicKey]) -> Vec<u8> {
        let goes = |text: &[u8]| {
            let text = text.strip_suffix(b"\n").unwrap_or(text);
            HostsLine::parse(text).is_some_and(|line| {
                line.marker == Marker::None
                    && names(&line, &self.host, self.address.as_ref()) != Names::default()
                    && line.key().is_some_and(|key| !has(stays, &key))
            })
        };
        let lines = content.split_inclusive(|byte| *byte == b'\n');
        lines.filter(|text| !goes(text)).flatten().copied().collect()
    }

    /// A line for each key, with the names under which the content does not have it yet.
    fn missing_lines(
        &self,
        path: &Path,
        content: &[u8],
        hash: bool,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<String, Error> {
        let mut lines = String::new();
        for key in &self.keys {
            let (mut host, mut address) = (Some(&self.host), self.address.as_ref());
            for text in content.split(|byte| *byte == b'\n') {
                let Some(line) = HostsLine::parse(text) else { continue };
                let has_key = || line.key().is_some_and(|other| other.key_data() == key.key_data());
                let names = names(&line, &self.host, self.address.as_ref());
                if line.marker == Marker::None && names != Names::default() && has_key() {
                    host = host.filter(|_| !names.host);
                    address = address.filter(|_| !names.address);
                }
            }
            let missing: Vec<_> = host.into_iter().chain(address).collect();
            if !missing.is_empty() {
                let made = lines_for(&missing, key, hash, rng);
                lines.push_str(&made.map_err(|error| Error::NotWritten {
                    file: path.to_owned(),
                    source: std::io::Error::other(error),
                })?);
            }
        }
        Ok(lines)
    }
}

fn names(line: &HostsLine<'_>, host: &HostName, address: Option<&HostName>) -> Names {
    Names {
        host: line.names(host.as_str()),
        address: address.is_some_and(|address| line.names(address.as_str())),
    }
}

/// Whether the line may be about more than this host: it has a pattern or more than two names, or,
/// with CheckHostIP, another name beside the host's or the address's.
fn is_foreign(line: &HostsLine<'_>, names: Names, address: &Option<HostName>) -> bool {
    let others = line.further_names();
    line.has_pattern()
        || others > 1
        || others == 1 && address.is_some() && !(names.host && names.address)
}

fn has(keys: &[PublicKey], key: &PublicKey) -> bool {
    keys.iter().any(|other| other.key_data() == key.key_data())
}

fn with_lines(mut content: Vec<u8>, lines: &str) -> Vec<u8> {
    if !lines.is_empty() && content.last().is_some_and(|last| *last != b'\n') {
        content.push(b'\n');
    }
    content.extend_from_slice(lines.as_bytes());
    content
}
