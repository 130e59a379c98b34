//! What known_hosts says about a host: its lines, and what they mean for a key that a server
//! presented.

use std::path::PathBuf;
use std::sync::Arc;

use ssh_key::public::KeyData;
use ssh_key::{Algorithm, PublicKey};

use super::error::Error;
use super::file;
use super::host_name::HostName;
use super::line::{HostsLine, Marker};

pub(super) const USER_OPTION: &str = "UserKnownHostsFile";
const GLOBAL_OPTION: &str = "GlobalKnownHostsFile";

/// The name of what KnownHostsCommand printed, in place of a file's.
const COMMAND: &str = "KnownHostsCommand";

/// Where a line comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A file of UserKnownHostsFile.
    User,
    /// A file of GlobalKnownHostsFile.
    Global,
    /// KnownHostsCommand.
    Command,
}

/// A line that names the host, and its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostKeyEntry {
    /// The file that holds the line.
    pub file: PathBuf,
    /// Who named the file.
    pub origin: Origin,
    /// From 1, counting comments and blank lines.
    pub line: usize,
    /// What the line says about the key.
    pub marker: Marker,
    /// Without the comment on its line.
    pub key: PublicKey,
}

/// What known_hosts says about a key that a server presented.
#[expect(missing_docs, reason = "the variants describe their entry")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostKeyStatus {
    /// The host has this key.
    Known { entry: HostKeyEntry },
    /// The host has no key of this type.
    ///
    /// If `others` is not empty, the host has keys of other types, and ssh treats the new key as a
    /// changed one: it refuses it under `yes`, `ask` and `accept-new` alike, as an attacker in the
    /// middle could present a key of another type.
    New { others: Vec<HostKeyEntry> },
    /// The host has other keys of this type; `entry` is the first of them.
    Changed { entry: HostKeyEntry },
    /// The key is marked as revoked for this host. Overrides every other line.
    Revoked { entry: HostKeyEntry },
}

/// What known_hosts says about the authority that signed a host certificate.
#[expect(missing_docs, reason = "the variants describe their entry")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuthorityStatus {
    /// A `@cert-authority` line trusts it for this host.
    Trusted { entry: HostKeyEntry },
    /// No line mentions it.
    Unknown,
    /// The authority's key is marked as revoked for this host, and with it everything that it
    /// signed. Overrides every other line.
    Revoked { entry: HostKeyEntry },
}

/// The content of the known_hosts files at the time they were read.
#[derive(Clone, Debug)]
pub struct KnownHosts {
    files: Vec<Content>,
}

#[derive(Clone, Debug)]
struct Content {
    file: PathBuf,
    origin: Origin,
    bytes: Arc<[u8]>,
}

impl KnownHosts {
    /// Reads the files of UserKnownHostsFile and GlobalKnownHostsFile. A missing file counts as
    /// empty, as does `/dev/null`.
    ///
    /// The lines of `user` files come before those of `global` ones, each in the given order.
    ///
    /// # Errors
    ///
    /// If a file cannot be read, is not a regular file, or is too large.
    pub fn read(user: &[PathBuf], global: &[PathBuf]) -> Result<Self, Error> {
        let named = user
            .iter()
            .map(|path| (path, Origin::User))
            .chain(global.iter().map(|path| (path, Origin::Global)));
        let files = named
            .map(|(path, origin)| {
                let option = if origin == Origin::User { USER_OPTION } else { GLOBAL_OPTION };
                Ok(Content { file: path.clone(), origin, bytes: file::read(path, option)?.into() })
            })
            .collect::<Result<_, Error>>()?;
        Ok(Self { files })
    }

    /// With the lines that KnownHostsCommand printed for one name, behind all others.
    pub fn with_output(&self, bytes: Vec<u8>) -> Self {
        let mut all = self.clone();
        let (file, bytes) = (COMMAND.into(), bytes.into());
        all.files.push(Content { file, origin: Origin::Command, bytes });
        all
    }

    /// The text of one file, under the name that messages give.
    pub fn of_text(name: impl Into<PathBuf>, bytes: impl Into<Vec<u8>>) -> Self {
        let bytes: Vec<u8> = bytes.into();
        let (file, origin, bytes) = (name.into(), Origin::User, bytes.into());
        Self { files: vec![Content { file, origin, bytes }] }
    }

    /// The lines that name this host, with any marker, in the order of the files. A line whose key
    /// cannot be parsed is left out.
    pub fn entries(&self, host: &HostName) -> Vec<HostKeyEntry> {
        self.entries_named(host.as_str(), true)
    }

    /// What the files say about this key for this host: a plain key, not a certificate.
    ///
    /// If they say nothing about `[host]:port`, the lines of `host` without a port count, as in ssh
    /// ("checking without port identifier"). A key that is revoked there is revoked: ssh prints
    /// its warning, but then goes on as if the key were new.
    pub fn status(&self, host: &HostName, key: &PublicKey) -> HostKeyStatus {
        let found = check(self.entries(host), key);
        match (&found, host.without_port()) {
            (HostKeyStatus::New { others }, Some(plain)) if others.is_empty() => {
                match check(self.entries_named(plain, false), key) {
                    fallback @ (HostKeyStatus::Known { .. } | HostKeyStatus::Revoked { .. }) => {
                        fallback
                    }
                    _ => found,
                }
            }
            _ => found,
        }
    }

    /// The types of the keys that [`KnownHosts::status`] would find known, each once. Ask the
    /// server for these first, as ssh does.
    ///
    /// RSA has no hash here: it stands for every signature algorithm of an RSA key.
    pub fn algorithms(&self, host: &HostName) -> Vec<Algorithm> {
        let known = usable_algorithms(&self.entries(host));
        match host.without_port() {
            Some(plain) if known.is_empty() => usable_algorithms(&self.entries_named(plain, false)),
            _ => known,
        }
    }

    /// What the files say about the key of a certificate authority for this host. If they say
    /// nothing for `[host]:port`, the lines of `host` count, as for [`KnownHosts::status`].
    pub fn authority(&self, host: &HostName, key: &KeyData) -> AuthorityStatus {
        let check = |entries: Vec<HostKeyEntry>| {
            let find = |marker| {
                entries
                    .iter()
                    .find(|entry| entry.marker == marker && plain(entry.key.key_data()) == key)
                    .cloned()
            };
            match (find(Marker::Revoked), find(Marker::CertAuthority)) {
                (Some(entry), _) => AuthorityStatus::Revoked { entry },
                (None, Some(entry)) => AuthorityStatus::Trusted { entry },
                (None, None) => AuthorityStatus::Unknown,
            }
        };
        match (check(self.entries(host)), host.without_port()) {
            (AuthorityStatus::Unknown, Some(plain)) => check(self.entries_named(plain, false)),
            (found, _) => found,
        }
    }

    /// Whether any authority is trusted for this host. If so, ask the server for a certificate
    /// first, as ssh does.
    pub fn has_authority(&self, host: &HostName) -> bool {
        let trusts = |entries: Vec<HostKeyEntry>| {
            entries.iter().any(|entry| entry.marker == Marker::CertAuthority)
        };
        trusts(self.entries(host))
            || host.without_port().is_some_and(|plain| trusts(self.entries_named(plain, false)))
    }

    /// `of_command`: as in ssh, KnownHostsCommand is not asked for a name without its port.
    fn entries_named(&self, name: &str, of_command: bool) -> Vec<HostKeyEntry> {
        let files = self.files.iter().filter(|it| of_command || it.origin != Origin::Command);
        let lines = files.flat_map(|content| {
            content.bytes.split(|byte| *byte == b'\n').enumerate().map(move |line| (content, line))
        });
        lines
            .filter_map(|(content, (index, text))| {
                let line = HostsLine::parse(text).filter(|line| line.names(name))?;
                Some(HostKeyEntry {
                    file: content.file.clone(),
                    origin: content.origin,
                    line: index + 1,
                    marker: line.marker,
                    key: line.key()?,
                })
            })
            .collect()
    }
}

/// What the entries of one name say about a key (check_key_in_hostkeys in hostfile.c).
fn check(mut entries: Vec<HostKeyEntry>, key: &PublicKey) -> HostKeyStatus {
    if let Some(index) = entries.iter().position(|entry| revokes(entry, key.key_data())) {
        return HostKeyStatus::Revoked { entry: entries.swap_remove(index) };
    }
    entries.retain(|entry| entry.marker == Marker::None);
    if let Some(index) = entries.iter().position(|entry| entry.key.key_data() == key.key_data()) {
        return HostKeyStatus::Known { entry: entries.swap_remove(index) };
    }
    match entries.iter().position(|entry| entry.key.algorithm() == key.algorithm()) {
        Some(index) => HostKeyStatus::Changed { entry: entries.swap_remove(index) },
        None => HostKeyStatus::New { others: entries },
    }
}

fn revokes(entry: &HostKeyEntry, key: &KeyData) -> bool {
    entry.marker == Marker::Revoked && plain(entry.key.key_data()) == plain(key)
}

/// The key of a certificate, so that a revoked certificate revokes its key (sshkey_equal_public).
fn plain(key: &KeyData) -> &KeyData {
    key.certificate().map_or(key, |certificate| certificate.public_key())
}

fn usable_algorithms(entries: &[HostKeyEntry]) -> Vec<Algorithm> {
    let mut algorithms = Vec::new();
    for entry in entries.iter().filter(|entry| entry.marker == Marker::None) {
        let algorithm = entry.key.algorithm();
        if !algorithms.contains(&algorithm)
            && !entries.iter().any(|other| revokes(other, entry.key.key_data()))
        {
            algorithms.push(algorithm);
        }
    }
    algorithms
}
