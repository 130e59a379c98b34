//! One line of known_hosts (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT), parsed as hostfile.c does.
//!
//! A line that cannot be parsed is skipped, not an error: a bad line must not hide the good ones.

use data_encoding::BASE64;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use ssh_key::PublicKey;

use crate::ssh_string;
use crate::wildcard;

/// Starts a hashed name: `|1|` salt `|` HMAC-SHA1(salt, name), both in base64.
const HASH_MAGIC: &[u8] = b"|1|";
/// The length of a salt in bytes: that of a SHA-1 hash.
pub(super) const SALT_LENGTH: usize = 20;
/// What the first word of a line says about its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marker {
    /// No marker: the host has this key.
    None,
    /// `@cert-authority`: this key signs certificates for the host. Never a match for a plain key.
    CertAuthority,
    /// `@revoked`: the host must not use this key.
    Revoked,
}

/// A line that names hosts. The key is parsed only when a lookup needs it.
pub(super) struct HostsLine<'a> {
    pub marker: Marker,
    names: &'a [u8],
    key: &'a [u8],
}

impl<'a> HostsLine<'a> {
    /// `None` for a blank line, a comment and an unknown marker. Does not check the key.
    pub fn parse(line: &'a [u8]) -> Option<Self> {
        // To OpenSSH, a line is a C string.
        let line = line.split(|byte| *byte == 0).next()?;
        let rest = skip_blanks(line);
        if rest.first().is_none_or(|first| *first == b'#') {
            return None;
        }
        let (marker, rest) = split_marker(rest)?;
        let (names, rest) = split_word(rest);
        Some(Self { marker, names, key: skip_blanks(rest) })
    }

    /// Whether the line names this host, which is in lower case.
    pub fn names(&self, host: &str) -> bool {
        if self.names.starts_with(b"|") {
            hash_matches(self.names, host)
        } else {
            wildcard::list_matches_ignoring_case(host, self.names)
        }
    }

    /// Whether its names are patterns, for any number of hosts.
    pub fn has_pattern(&self) -> bool {
        self.names.iter().any(|byte| matches!(byte, b'*' | b'?' | b'!'))
    }

    /// How many names it has besides the first.
    pub fn further_names(&self) -> usize {
        self.names.iter().filter(|byte| **byte == b',').count()
    }

    /// The key, if it is valid: the type before the blob and the one inside agree, and nothing
    /// follows the key in the blob.
    pub fn key(&self) -> Option<PublicKey> {
        let (word, rest) = split_word(self.key);
        let (text, _comment) = split_word(skip_blanks(rest));
        // OpenSSH's decoder skips white space, including the CR of a CRLF line without a comment.
        let text: Vec<u8> = text.iter().copied().filter(|byte| !is_space(*byte)).collect();
        let blob = BASE64.decode(&text).ok()?;
        let inside = ssh_string::take(&mut &blob[..])?;
        // The names of the newer RSA signatures are accepted for the key type too.
        let agree = word == inside
            || (inside == b"ssh-rsa" && matches!(word, b"rsa-sha2-256" | b"rsa-sha2-512"));
        if agree { PublicKey::from_bytes(&blob).ok() } else { None }
    }
}

/// The hashed form of a name.
pub(super) fn hash(host: &str, salt: &[u8; SALT_LENGTH]) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(salt).expect("HMAC takes a key of any length");
    mac.update(host.as_bytes());
    format!("|1|{}|{}", BASE64.encode(salt), BASE64.encode(&mac.finalize().into_bytes()))
}

fn hash_matches(hashed: &[u8], host: &str) -> bool {
    let Some(rest) = hashed.strip_prefix(HASH_MAGIC) else { return false };
    let Some(salt) = rest.split(|byte| *byte == b'|').next() else { return false };
    match BASE64.decode(salt).map(<[u8; SALT_LENGTH]>::try_from) {
        // Like OpenSSH, compare the text: other encodings of the same bytes do not match.
        Ok(Ok(salt)) => hash(host, &salt).as_bytes() == hashed,
        _ => false,
    }
}

/// The marker at the start of a line. `None` for an unknown one: OpenSSH skips such lines.
///
/// A marker may end in a tab as well as in a space. OpenSSH misses such a marker if a space follows
/// later in the line, and with it the revocation; here the key stays revoked.
fn split_marker(line: &[u8]) -> Option<(Marker, &[u8])> {
    if !line.starts_with(b"@") {
        return Some((Marker::None, line));
    }
    let (word, rest) = split_word(line);
    let marker = match word {
        b"@revoked" => Marker::Revoked,
        b"@cert-authority" => Marker::CertAuthority,
        _ => return None,
    };
    Some((marker, skip_blanks(rest)))
}

/// The text up to the first space or tab, and the rest from there.
fn split_word(text: &[u8]) -> (&[u8], &[u8]) {
    text.split_at(text.iter().position(|byte| is_blank(*byte)).unwrap_or(text.len()))
}

fn skip_blanks(text: &[u8]) -> &[u8] {
    let start = text.iter().position(|byte| !is_blank(*byte)).unwrap_or(text.len());
    &text[start..]
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// isspace(3) in the C locale; u8::is_ascii_whitespace leaves out the vertical tab.
fn is_space(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte == 0x0b
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ED25519: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti";

    fn matches(names: &str, host: &str) -> bool {
        let line = format!("{names} {ED25519}");
        HostsLine::parse(line.as_bytes()).is_some_and(|line| line.names(host))
    }

    #[test]
    fn names_match_as_patterns() {
        for (names, host, expected) in [
            ("web1", "web1", true),
            ("web1", "web11", false),
            ("WEB1.Example", "web1.example", true),
            ("a,web1,b", "web1", true),
            (",web1,", "web1", true),
            ("web?", "web1", true),
            ("web?", "web", false),
            ("*", "[web1]:2222", true),
            ("[*]:2222", "[web1]:2222", true),
            ("*.example", "a.b.example", true),
            ("*.example", "example", false),
            ("w*b*1", "wxbyb1", true),
            ("*web1*", "web1", true),
            ("*,!web1", "web1", false),
            ("!web1,*", "web1", false),
            ("!web1", "web2", false),
            ("!web1,web?", "web2", true),
            ("!*", "web1", false),
        ] {
            assert_eq!(matches(names, host), expected, "{names} for {host}");
        }
    }

    #[test]
    fn an_overlong_pattern_makes_its_list_match_nothing_as_in_openssh() {
        assert!(matches(&format!("web1,{}", "x".repeat(1022)), "web1"));
        assert!(!matches(&format!("web1,{}", "x".repeat(1023)), "web1"));
    }

    #[test]
    fn many_wildcards_take_little_time() {
        let names = format!("{}b", "*a".repeat(400));
        assert!(!matches(&names, &"a".repeat(2000)));
    }

    #[test]
    fn a_hashed_name_matches_only_as_it_is_written() {
        let hashed = hash("web1", &[7; SALT_LENGTH]);
        assert!(matches(&hashed, "web1"));
        assert!(!matches(&hashed, "web2"));
        for bad in [
            format!("{hashed},web1"),
            format!("{hashed}="),
            hashed.replace("|1|", "|2|"),
            "|1|".into(),
            "|1|AAAA|AAAA".into(),
            "|".into(),
            "|,web1".into(),
        ] {
            assert!(!matches(&bad, "web1"), "{bad}");
        }
    }

    #[test]
    fn a_revocation_counts_if_a_tab_follows_its_marker() {
        let line = format!("@revoked\tweb1 {ED25519}");
        let line = HostsLine::parse(line.as_bytes()).unwrap();
        assert_eq!(line.marker, Marker::Revoked);
        assert!(line.names("web1") && line.key().is_some());
    }

    #[test]
    fn keys_whose_type_or_length_is_wrong_are_skipped() {
        let blob = ED25519.split_once(' ').unwrap().1;
        let key = |text: &str| {
            HostsLine::parse(format!("web1 {text}").as_bytes()).and_then(|line| line.key())
        };
        assert!(key(ED25519).is_some());
        assert!(key(&format!("{ED25519}\r")).is_some());
        assert!(key(&format!("{ED25519}\0 garbage")).is_some());
        for bad in [
            format!("ssh-rsa {blob}"),
            format!("ssh-ed25519 {blob}AAAA"),
            format!("ssh-ed25519 {}", &blob[..blob.len() - 1]),
            format!("ssh-ed25519 {}", &blob[..8]),
            "ssh-ed25519".into(),
            "ssh-ed25519 #".into(),
            "1024 35 1234".into(),
            "# ssh-ed25519".into(),
        ] {
            assert!(key(&bad).is_none(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_line_makes_the_parser_panic(
            line in proptest::collection::vec(any::<u8>(), 0..200),
            host in "[a-z\\[\\]:0-9]{0,12}",
        ) {
            if let Some(line) = HostsLine::parse(&line) {
                line.names(&host);
                line.key();
            }
        }

        #[test]
        fn no_almost_right_line_makes_the_parser_panic(
            line in "[ \t]{0,2}(@revoked|@cert-authority|@x|\\|1\\||)[ \t]{0,2}\
                [a-z*?!,|\\[\\]=]{0,12}[ \t](ssh-ed25519|ssh-rsa|x)[ \t][A-Za-z0-9+/=]{0,40}",
        ) {
            if let Some(line) = HostsLine::parse(line.as_bytes()) {
                line.names("web1");
                line.key();
            }
        }
    }
}
