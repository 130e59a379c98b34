//! New lines for a known_hosts file.

use std::path::Path;

use rand::CryptoRng;
use ssh_key::PublicKey;

use super::error::Error;
use super::file;
use super::host_name::HostName;
use super::line::{self, SALT_LENGTH};
use super::lookup::{HostKeyStatus, KnownHosts, USER_OPTION};

/// Adds the key of a host to `file`, on one line for all of its names, or under hashed names, on a
/// line each, if `hash` is set (HashKnownHosts). Returns whether anything was added: not if the key
/// is already in the file, or the file is `/dev/null`.
///
/// The lines are appended in one write. A missing file is created with mode 0600, its directory
/// with 0700.
///
/// # Errors
///
/// If the file has another key for the host or revokes this one, if a name cannot be recorded, or
/// if the file cannot be read or written.
pub fn learn(
    file: &Path,
    names: &[&HostName],
    key: &PublicKey,
    hash: bool,
    rng: &mut (impl CryptoRng + ?Sized),
) -> Result<bool, Error> {
    let known = KnownHosts::read(&[file.to_owned()], &[])?;
    let mut new = Vec::new();
    for &host in names {
        if !host.is_recordable() {
            return Err(Error::Unrecordable { host: host.to_string() });
        }
        match known.status(host, key) {
            HostKeyStatus::Known { .. } => {}
            HostKeyStatus::Changed { entry } => {
                let (host, file, line) = (host.clone(), entry.file, entry.line);
                return Err(Error::Changed { host, file, line });
            }
            HostKeyStatus::Revoked { entry } => {
                let (host, file, line) = (host.clone(), entry.file, entry.line);
                return Err(Error::Revoked { host, file, line });
            }
            HostKeyStatus::New { .. } => new.push(host),
        }
    }
    if new.is_empty() {
        return Ok(false);
    }
    let lines = lines_for(&new, key, hash, rng).map_err(|error| Error::NotWritten {
        file: file.to_owned(),
        source: std::io::Error::other(error),
    })?;
    file::append(file, &lines, USER_OPTION)
}

/// The lines, each with its newline, that ssh would write for a key of these names.
pub(super) fn lines_for(
    names: &[&HostName],
    key: &PublicKey,
    hash: bool,
    rng: &mut (impl CryptoRng + ?Sized),
) -> ssh_key::Result<String> {
    // Drop the comment that came with the key.
    let key = PublicKey::from(key.key_data().clone()).to_openssh()?;
    let mut hashed = |name: &&HostName| {
        let mut salt = [0; SALT_LENGTH];
        rng.fill_bytes(&mut salt);
        line::hash(name.as_str(), &salt)
    };
    let names: Vec<String> = if hash {
        names.iter().map(&mut hashed).collect()
    } else {
        vec![names.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(",")]
    };
    Ok(names.iter().map(|name| format!("{name} {key}\n")).collect())
}
