//! The file of `RevokedKeys` in sshd_config(5): public keys, one a line, or a KRL (PROTOCOL.krl).

use std::collections::BTreeSet;

use sha1::{Digest, Sha1};
use ssh_key::HashAlg;

use crate::accounts::authorized_keys::{AuthorizedKeys, Content};
use crate::ssh_string;

/// How a KRL begins.
const MAGIC: &[u8] = b"SSHKRL\n\0";

/// Sections of a KRL: keys, and their fingerprints.
const KEYS: u8 = 2;
const SHA1_FINGERPRINTS: u8 = 3;
const SHA256_FINGERPRINTS: u8 = 5;

/// The keys that a server rejects wherever they are.
#[derive(Clone, Debug, Default)]
pub(super) struct RevokedKeys {
    file: String,
    state: State,
    /// Blobs, and fingerprints of them.
    keys: BTreeSet<Vec<u8>>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    NoFile,
    Read,
    /// sshd then rejects every key.
    Missing,
    Unread,
}

impl RevokedKeys {
    pub(super) fn missing(file: &str) -> Self {
        Self { file: file.to_owned(), state: State::Missing, ..Self::default() }
    }

    pub(super) fn unread(file: &str) -> Self {
        Self { file: file.to_owned(), state: State::Unread, ..Self::default() }
    }

    pub(super) fn read(file: &str, content: &[u8]) -> Self {
        let keys = match content.strip_prefix(MAGIC) {
            Some(krl) => of_krl(krl),
            None => Some(of_lines(content)),
        };
        match keys {
            Some(keys) => Self { file: file.to_owned(), state: State::Read, keys },
            None => Self::unread(file),
        }
    }

    pub(super) fn refuses_all_keys(&self) -> Option<String> {
        (self.state == State::Missing)
            .then(|| format!("RevokedKeys {}, which does not exist", self.file))
    }

    pub(super) fn objection(&self, blob: &[u8]) -> Option<String> {
        if self.keys.is_empty() {
            return None;
        }
        let is_in = self.keys.contains(blob)
            || self.keys.contains(&HashAlg::Sha256.digest(blob))
            || self.keys.contains(&Sha1::digest(blob).to_vec());
        is_in.then(|| format!("RevokedKeys {}", self.file))
    }

    pub(super) fn unknown(&self) -> Option<String> {
        (self.state == State::Unread).then(|| {
            format!(
                "sshd rejects the keys in {:?} (RevokedKeys), which this account cannot read",
                self.file
            )
        })
    }
}

fn of_lines(content: &[u8]) -> BTreeSet<Vec<u8>> {
    let content = AuthorizedKeys::new(content);
    let blobs = content.lines().filter_map(|line| match line.content {
        Content::Key(entry) => Some(entry.key()?.as_bytes().to_vec()),
        _ => None,
    });
    blobs.collect()
}

/// Behind the magic: the version of the format, that of the list, a date and flags; then two
/// strings, then the sections. Certificates are left out: no line is one.
fn of_krl(krl: &[u8]) -> Option<BTreeSet<Vec<u8>>> {
    let mut rest = krl.get(4 + 3 * 8..)?;
    ssh_string::take(&mut rest)?;
    ssh_string::take(&mut rest)?;
    let mut keys = BTreeSet::new();
    while let Some((section, after)) = rest.split_first() {
        rest = after;
        let mut entries = ssh_string::take(&mut rest)?;
        if matches!(*section, KEYS | SHA1_FINGERPRINTS | SHA256_FINGERPRINTS) {
            while !entries.is_empty() {
                keys.insert(ssh_string::take(&mut entries)?.to_vec());
            }
        }
    }
    Some(keys)
}
