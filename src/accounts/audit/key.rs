//! One key: what it is, and what its numbers and its date say against it.

use std::time::{SystemTime, UNIX_EPOCH};

use data_encoding::BASE64_NOPAD;
use ssh_key::HashAlg;

use super::finding::Finding;
use crate::accounts::authorized_keys::{Blob, Entry, Expiry};
use crate::keys::weak::{self, Blacklist, Severity};

/// The largest offset of a time zone from UTC, in seconds.
const DAY: i64 = 24 * 60 * 60;

/// A key as its line shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// As OpenSSH names it: `ssh-ed25519`.
    pub algorithm: &'static str,
    /// The size, as ssh-keygen shows it.
    pub bits: usize,
    /// `SHA256:…`
    pub fingerprint: String,
    /// As in the line; anything that is not UTF-8 is replaced. A server's words: clean or quote
    /// them.
    pub options: String,
    /// The same goes for it.
    pub comment: String,
    /// The key itself (RFC 4253, section 6.6).
    pub(super) blob: Vec<u8>,
}

impl Key {
    pub(super) fn new(blob: &Blob, entry: &Entry) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        Self {
            algorithm: blob.algorithm(),
            bits: blob.bits(),
            fingerprint: format!(
                "SHA256:{}",
                BASE64_NOPAD.encode(&HashAlg::Sha256.digest(blob.as_bytes()))
            ),
            options: text(entry.options),
            comment: text(entry.comment),
            blob: blob.as_bytes().to_vec(),
        }
    }
}

/// What is wrong with the key itself.
pub(super) fn weaknesses(blob: &Blob, blacklist: &Blacklist) -> Vec<Finding> {
    let finding = |weakness: weak::Weakness| match weakness.severity {
        Severity::Weak => Finding::new(weakness.kind, weakness.message),
        Severity::Remark => Finding::remark(weakness.kind, weakness.message),
    };
    weak::weaknesses(blob.as_bytes(), blacklist).into_iter().map(finding).collect()
}

/// A finding if the time has passed in every time zone; a remark if it depends on the server's.
pub(super) fn expiry(expiry: Expiry, now: SystemTime) -> Option<Finding> {
    let now =
        now.duration_since(UNIX_EPOCH).ok().and_then(|past| i64::try_from(past.as_secs()).ok())?;
    let past = now - expiry.seconds;
    let doubt = if expiry.is_utc { 0 } else { DAY };
    if past > doubt {
        Some(Finding::new("expired", "its expiry-time has passed"))
    } else if past >= -doubt && !expiry.is_utc {
        Some(Finding::remark(
            "expiry",
            "its expiry-time is today, in the server's time zone: it has expired or is about to",
        ))
    } else {
        None
    }
}
