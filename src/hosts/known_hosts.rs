//! known_hosts (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT): whether a server's key is the one it had
//! before, and remembering a new one.
//!
//! Looks keys up as OpenSSH does; whatever cannot be read is an error, never an empty file.

mod file;
mod host_name;
mod line;

use crate::error::{Failure, Kind};
use std::path::{Path, PathBuf};

use crate::quoting::{shell_path, shell_word};
use rand::CryptoRng;
use ssh_key::public::KeyData;
use ssh_key::{Algorithm, PublicKey};

pub use self::host_name::HostName;
use self::line::{Line, SALT_LENGTH};

const USER_OPTION: &str = "UserKnownHostsFile";
const GLOBAL_OPTION: &str = "GlobalKnownHostsFile";

/// What the first word of a line says about its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marker {
    /// No marker: the host has this key.
    None,
    /// `@cert-authority`: the host has a certificate that this key signed. Never a match for a
    /// plain key.
    CertAuthority,
    /// `@revoked`: nobody may use this key as the host's.
    Revoked,
}

/// A line that names the host, and its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub file: PathBuf,
    /// Counted from 1, comments and blank lines included.
    pub line: usize,
    pub marker: Marker,
    /// Without the comment of its line.
    pub key: PublicKey,
}

/// What known_hosts says about the key a server showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostKeyStatus {
    /// The host has this key.
    Known { entry: Entry },
    /// The host has no key of this type.
    ///
    /// Where `others` is not empty the host is known under other types, and ssh takes the new one
    /// for a changed key: it refuses under `yes`, `ask` and `accept-new` alike, as whoever sits in
    /// between could offer a type of his own.
    New { others: Vec<Entry> },
    /// The host has other keys of this type; `entry` is the first of them.
    Changed { entry: Entry },
    /// The key is marked as revoked for this host. Wins over every other line.
    Revoked { entry: Entry },
}

/// What known_hosts says about the authority that signed a host's certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuthorityStatus {
    /// A `@cert-authority` line trusts it for this host.
    Trusted {
        entry: Entry,
    },
    Unknown,
    /// The authority's key is marked as revoked for this host, which goes for all that it signed.
    /// Wins over every other line.
    Revoked {
        entry: Entry,
    },
}

/// The known_hosts files of one run, as they were when they were read.
#[derive(Clone, Debug)]
pub struct KnownHosts {
    files: Vec<(PathBuf, Vec<u8>)>,
}

/// Why a known_hosts file is of no use. As long as there is one, no host key may be accepted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    #[error("{file:?} cannot be read: {source}; no host key was checked")]
    Unreadable { file: PathBuf, source: std::io::Error },
    #[error("{file:?} is {what}, not a known_hosts file; no host key was checked")]
    NotAFile { file: PathBuf, what: &'static str, option: &'static str },
    #[error("{file:?} is longer than {} MiB; no host key was checked", file::SIZE_LIMIT >> 20)]
    TooLong { file: PathBuf, option: &'static str },
    #[error(
        "{host:?} cannot stand in known_hosts, where it would be read as something else; the host \
        key was not added"
    )]
    Unrecordable { host: String },
    #[error(
        "{host}: host key has changed: {file:?} line {line} has another; the new one was not added"
    )]
    Changed { host: HostName, file: PathBuf, line: usize },
    #[error("{host}: host key is marked as revoked in {file:?} line {line}; it was not added")]
    Revoked { host: HostName, file: PathBuf, line: usize },
    #[error("{file:?} cannot be written: {source}; the host key was not added")]
    NotWritten { file: PathBuf, source: std::io::Error },
    #[error(
        "{file:?} cannot be written: {source}; the host key was not added, but the start of its \
        line is in the file"
    )]
    Torn { file: PathBuf, source: std::io::Error },
}

impl Failure for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::Changed { .. } => Kind::HostKeyChanged,
            Self::Revoked { .. } => Kind::HostKeyRevoked,
            _ => Kind::KnownHosts,
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Unreadable { file, .. } => {
                format!("see who may read it: ls -ld {}", shell_path(file))
            }
            Self::NotAFile { option, .. } | Self::TooLong { option, .. } => {
                format!("name another file: -o {option}=FILE")
            }
            Self::Unrecordable { .. } => "name it for known_hosts: -o HostKeyAlias=NAME".into(),
            Self::Changed { host, file, .. } => reinstalled(host.as_str(), file),
            Self::Revoked { .. } => "ask the host's owner which key it has now".into(),
            Self::NotWritten { file, .. } | Self::Torn { file, .. } => {
                let file = shell_path(file);
                format!("see its mode and the room left: ls -ld {file}; df {file}")
            }
        })
    }
}

impl KnownHosts {
    /// Reads the files of UserKnownHostsFile and GlobalKnownHostsFile. One that is missing is
    /// empty, as is `/dev/null`.
    ///
    /// Lines of `user` files come before those of `global` ones, each in the order given.
    pub fn read(user: &[PathBuf], global: &[PathBuf]) -> Result<Self, Error> {
        let named = user
            .iter()
            .map(|path| (path, USER_OPTION))
            .chain(global.iter().map(|path| (path, GLOBAL_OPTION)));
        let files = named
            .map(|(path, option)| Ok((path.clone(), file::read(path, option)?)))
            .collect::<Result<_, Error>>()?;
        Ok(Self { files })
    }

    /// The lines that name this host, with any marker, in the order of the files. A line whose key
    /// cannot be read is left out.
    pub fn entries(&self, host: &HostName) -> Vec<Entry> {
        self.entries_named(host.as_str())
    }

    /// What is known about this key for this host: a plain key, not a certificate.
    ///
    /// Where nothing is known of `[host]:port`, the key of plain `host` counts too, as for ssh
    /// ("checking without port identifier"). A key revoked for plain `host` is then revoked: ssh
    /// prints its warning there, and goes on as if the key were new.
    pub fn status(&self, host: &HostName, key: &PublicKey) -> HostKeyStatus {
        let found = judge(self.entries(host), key);
        match (&found, host.without_port()) {
            (HostKeyStatus::New { others }, Some(plain)) if others.is_empty() => {
                match judge(self.entries_named(plain), key) {
                    fallback @ (HostKeyStatus::Known { .. } | HostKeyStatus::Revoked { .. }) => {
                        fallback
                    }
                    _ => found,
                }
            }
            _ => found,
        }
    }

    /// The types of the keys that [`KnownHosts::status`] would find known, each once: ask the
    /// server for these first, as ssh does.
    ///
    /// RSA stands without a hash, for every signature algorithm of an RSA key.
    pub fn algorithms(&self, host: &HostName) -> Vec<Algorithm> {
        let known = usable_algorithms(&self.entries(host));
        match host.without_port() {
            Some(plain) if known.is_empty() => usable_algorithms(&self.entries_named(plain)),
            _ => known,
        }
    }

    /// What is known about the key of a certificate authority for this host; where no line of
    /// `[host]:port` speaks of it, the lines of plain `host` do, as for [`KnownHosts::status`].
    pub fn authority(&self, host: &HostName, key: &KeyData) -> AuthorityStatus {
        let judge = |entries: Vec<Entry>| {
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
        match (judge(self.entries(host)), host.without_port()) {
            (AuthorityStatus::Unknown, Some(plain)) => judge(self.entries_named(plain)),
            (found, _) => found,
        }
    }

    /// Whether some authority is trusted for this host: then ask the server for a certificate
    /// first, as ssh does.
    pub fn has_authority(&self, host: &HostName) -> bool {
        let trusts =
            |entries: Vec<Entry>| entries.iter().any(|entry| entry.marker == Marker::CertAuthority);
        trusts(self.entries(host))
            || host.without_port().is_some_and(|plain| trusts(self.entries_named(plain)))
    }

    fn entries_named(&self, name: &str) -> Vec<Entry> {
        let lines = self.files.iter().flat_map(|(file, bytes)| {
            bytes.split(|byte| *byte == b'\n').enumerate().map(move |line| (file, line))
        });
        lines
            .filter_map(|(file, (index, text))| {
                let line = Line::parse(text).filter(|line| line.names(name))?;
                Some(Entry {
                    file: file.clone(),
                    line: index + 1,
                    marker: line.marker,
                    key: line.key()?,
                })
            })
            .collect()
    }
}

/// Records a host's key in `file`: one append, hashing the name where `hash` says so
/// (HashKnownHosts).
///
/// A file without a final newline gets one first; a missing file is made with mode 0600, its folder
/// with 0700; `/dev/null` stays as it is. Nothing is written where the key is in the file already,
/// and a changed or revoked key is refused. Says whether a line was added.
pub fn learn(
    file: &Path,
    host: &HostName,
    key: &PublicKey,
    hash: bool,
    rng: &mut (impl CryptoRng + ?Sized),
) -> Result<bool, Error> {
    host.check_recordable()?;
    let host_name = || host.clone();
    match KnownHosts::read(&[file.to_owned()], &[])?.status(host, key) {
        HostKeyStatus::Known { .. } => return Ok(false),
        HostKeyStatus::Changed { entry } => {
            return Err(Error::Changed { host: host_name(), file: entry.file, line: entry.line });
        }
        HostKeyStatus::Revoked { entry } => {
            return Err(Error::Revoked { host: host_name(), file: entry.file, line: entry.line });
        }
        HostKeyStatus::New { .. } => {}
    }
    let name = if hash {
        let mut salt = [0; SALT_LENGTH];
        rng.fill_bytes(&mut salt);
        line::hash(host.as_str(), &salt)
    } else {
        host.to_string()
    };
    // A comment that came with the key is not this file's business.
    let key = PublicKey::from(key.key_data().clone());
    let key = key.to_openssh().map_err(|error| Error::NotWritten {
        file: file.to_owned(),
        source: std::io::Error::other(error),
    })?;
    file::append(file, &format!("{name} {key}\n"), USER_OPTION)
}

/// What one name's entries say about a key (check_key_in_hostkeys in hostfile.c).
fn judge(mut entries: Vec<Entry>, key: &PublicKey) -> HostKeyStatus {
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

fn revokes(entry: &Entry, key: &KeyData) -> bool {
    entry.marker == Marker::Revoked && plain(entry.key.key_data()) == plain(key)
}

/// A certificate that is revoked takes its key along (sshkey_equal_public).
fn plain(key: &KeyData) -> &KeyData {
    key.certificate().map_or(key, |certificate| certificate.public_key())
}

fn usable_algorithms(entries: &[Entry]) -> Vec<Algorithm> {
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

/// The hint for a key that has changed: how to forget the old one, in the file that holds it.
pub(crate) fn reinstalled(host: &str, file: &Path) -> String {
    format!(
        "if the host was reinstalled, compare the fingerprint with its owner's, then run: \
        ssh-keygen -R {} -f {}",
        shell_word(host),
        shell_path(file),
    )
}
