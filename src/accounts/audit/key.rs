//! One key: what it is, and what its numbers and its date say against it.

use std::time::{SystemTime, UNIX_EPOCH};

use data_encoding::BASE64_NOPAD;
use ssh_key::HashAlg;

use super::Finding;
use crate::accounts::authorized_keys::{Blob, Entry, Expiry};
use crate::keys::weak::{Blacklist, is_roca};

/// Under it an RSA key is weak today; NIST SP 800-131A lets no smaller one sign since 2014.
const WEAK_RSA: usize = 2048;

/// Under it an RSA key is weaker than the 128 bits of everything else in SSH (NIST SP 800-57, part
/// 1, table 2); ssh-keygen's default.
const MODEST_RSA: usize = 3072;

/// No time zone is further from UTC, in seconds.
const DAY: i64 = 24 * 60 * 60;

/// A key as its line shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// As OpenSSH names it: `ssh-ed25519`.
    pub algorithm: &'static str,
    pub bits: usize,
    /// `SHA256:…`
    pub fingerprint: String,
    /// As they stand in the line; what is no UTF-8 is replaced. A server's words: clean or quote
    /// them.
    pub options: String,
    /// The same goes for it.
    pub comment: String,
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
        }
    }
}

/// What is wrong with the key itself.
pub(super) fn weaknesses(blob: &Blob, blacklist: &Blacklist) -> Vec<Finding> {
    let mut findings = Vec::new();
    if blob.algorithm() == "ssh-dss" {
        findings.push(Finding::new(
            "dsa",
            "DSA is weak: OpenSSH takes it from 7.0 on only where it is \
                told to, and from 10.0 on not at all",
        ));
    }
    if let Some((exponent, modulus)) = blob.rsa() {
        findings.extend(of_rsa(blob.bits(), exponent, modulus));
    }
    if blacklist.holds(blob.as_bytes()) {
        let message = "it is one of the keys that Debian's OpenSSL made until 2008 \
            (CVE-2008-0166): its private half is public";
        findings.push(Finding::new("debian-2008", message));
    }
    findings
}

fn of_rsa(bits: usize, exponent: &[u8], modulus: &[u8]) -> Vec<Finding> {
    let mut findings = Vec::new();
    if bits < WEAK_RSA {
        findings.push(Finding::new(
            "rsa-bits",
            format!("RSA with {bits} bits is weak; {MODEST_RSA} and more are strong"),
        ));
    } else if bits < MODEST_RSA {
        findings.push(Finding::remark(
            "rsa-bits",
            format!("RSA with {bits} bits is modest; new keys have {MODEST_RSA} or more"),
        ));
    }
    let is_one =
        exponent.iter().rev().skip(1).all(|byte| *byte == 0) && exponent.last() == Some(&1);
    if is_one {
        findings
            .push(Finding::new("rsa-exponent", "its exponent is 1, with which anybody can sign"));
    } else if is_even(exponent) {
        findings.push(Finding::new("rsa-exponent", "its exponent is even, which no RSA key has"));
    }
    if is_even(modulus) {
        findings.push(Finding::new(
            "rsa-modulus",
            "its modulus is even, so that its private half can be computed",
        ));
    } else if is_roca(modulus) {
        let message = "it was made by a chip with the ROCA fault (CVE-2017-15361), so that its \
            private half can be computed";
        findings.push(Finding::new("roca", message));
    }
    findings
}

fn is_even(number: &[u8]) -> bool {
    number.last().is_none_or(|last| last.is_multiple_of(2))
}

/// A finding where the time has passed, whatever the server's time zone; a remark where that zone
/// decides.
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
            "its expiry-time is today's, in the server's time zone: it has expired or is about to",
        ))
    } else {
        None
    }
}
