//! Debian's weak keys of 2008, from the lists of the package openssh-blacklist: one line per key,
//! the last 20 hexadecimal digits of its MD5 fingerprint.

use std::collections::HashSet;

use data_encoding::HEXLOWER_PERMISSIVE;
use md5::{Digest, Md5};

/// The keys that Debian's OpenSSL generated from 2006 to 2008 (CVE-2008-0166): few enough to be
/// listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Blacklist(HashSet<[u8; 10]>);

impl Blacklist {
    /// Adds a list; comments and all other lines that hold no fingerprint are skipped.
    pub fn add(&mut self, list: &str) {
        let line = |line: &str| -> Option<[u8; 10]> {
            HEXLOWER_PERMISSIVE.decode(line.trim().as_bytes()).ok()?.try_into().ok()
        };
        self.0.extend(list.lines().filter_map(line));
    }

    /// Whether there are no lists, so that no key can be recognised.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the key with this blob (RFC 4253, section 6.6) is listed.
    pub fn holds(&self, blob: &[u8]) -> bool {
        let digest = Md5::digest(blob);
        digest.last_chunk::<10>().is_some_and(|end| self.0.contains(end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_holds_the_end_of_md5_fingerprints() {
        let mut blacklist = Blacklist::default();
        blacklist.add("# none\n\nnot hexadecimal digits\n");
        assert!(blacklist.is_empty());
        // md5("abc") = 900150983cd24fb0d6963f7d28e17f72
        blacklist.add("# a list\n4fb0d6963f7d28e17f72\r\n00000000000000000000\nd6963f7d28e17f72\n");
        assert!(blacklist.holds(b"abc") && !blacklist.holds(b"abd"));
        assert_eq!(blacklist.0.len(), 2);
    }
}
