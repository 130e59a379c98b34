//! authorized_keys as sshd reads it, line by line, byte-preserving: nothing is ever written back
//! from what was parsed.
//!
//! Follows sshd(8) "AUTHORIZED_KEYS FILE FORMAT" and what OpenSSH 9.2 and 10.5 do with lines it
//! does not describe.

mod blob;
mod dead;
mod line;
mod options;

use ssh_key::PublicKey;

pub use blob::Blob;
pub use dead::Dead;
use line::content;
pub use line::{Content, Entry, Line};
pub use options::Expiry;

/// The bytes of an authorized_keys file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuthorizedKeys(Vec<u8>);

impl AuthorizedKeys {
    /// From the bytes of a file.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }
    /// The bytes of the file.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Every line, also the last one if its newline is missing.
    pub fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        let text = self.0.strip_suffix(b"\n").unwrap_or(&self.0);
        let lines = (!self.0.is_empty()).then(|| text.split(|byte| *byte == b'\n'));
        lines.into_iter().flatten().zip(1..).map(|(bytes, number)| Line {
            number,
            bytes,
            content: content(bytes),
        })
    }

    /// The lines by which this key can log in, compared by blob; comments and options do not count.
    /// The options of the first apply, unless its `from=` does not match the client.
    pub fn find(&self, key: &PublicKey) -> impl Iterator<Item = (Line<'_>, Entry<'_>)> {
        let blob = key.to_bytes().ok();
        self.lines().filter_map(move |line| match line.content {
            Content::Key(entry)
                if !entry.is_authority()
                    && entry.key().map(|key| key.as_bytes().to_vec()) == blob =>
            {
                Some((line, entry))
            }
            _ => None,
        })
    }

    /// What one write at the end must contain so that `line`, which has no newline, becomes a line
    /// of its own.
    pub fn addition(&self, line: &str) -> Vec<u8> {
        let glued = self.0.last().is_some_and(|byte| *byte != b'\n');
        let start = if glued { "\n" } else { "" };
        format!("{start}{line}\n").into_bytes()
    }
}

/// The letter that, in front of a line, makes its first word begin with an option of sshd(8).
pub(crate) fn lost_letter(line: &[u8]) -> Option<u8> {
    let is_of_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-';
    let end = line.iter().position(|byte| !is_of_name(byte)).unwrap_or(line.len());
    options::first_letter(&line[..end])
}

/// The first option, without its value, for which sshd rejects the line: one it does not know, or
/// in a form it does not accept.
pub fn unknown_option(options: &[u8]) -> Option<&[u8]> {
    match options::refusal(options)? {
        Dead::UnknownOption(name)
        | Dead::BadValue(name)
        | Dead::Twice(name)
        | Dead::NoAuthority(name) => Some(name),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLOB: &str = "AAAAC3NzaC1lZDI1NTE5AAAAIJ0dN5o9dr0YnBBdKhTlX1hZsCQvDk4oA8uYqZlHxW2R";

    fn found(file: impl Into<Vec<u8>>) -> Option<(usize, String)> {
        let key = PublicKey::from_openssh(&format!("ssh-ed25519 {BLOB}")).unwrap();
        let file = AuthorizedKeys::new(file);
        let first = file.find(&key).next();
        first
            .map(|(line, entry)| (line.number, String::from_utf8_lossy(entry.options).into_owned()))
    }

    fn dead(line: &str) -> String {
        match content(line.as_bytes()) {
            Content::Dead(Dead::UnknownOption(option)) => {
                format!("unknown {}", String::from_utf8_lossy(option))
            }
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn finds_a_key_by_its_blob_as_a_field_of_its_own() {
        let plain = |line| Some((line, String::new()));
        let behind = |options: &str| Some((1, options.to_owned()));
        let key = format!("ssh-ed25519 {BLOB}");
        assert_eq!(found(&*key), plain(1));
        assert_eq!(found(format!("# a\n\n{key} ann\n")), plain(3));
        assert_eq!(found(format!("{key}\r\n")), plain(1));
        assert_eq!(found(format!(" \tssh-ed25519 \t{BLOB}\tann # {{}}\n")), plain(1));
        assert_eq!(found(format!("{key}\0rest\n")), plain(1));
        assert_eq!(
            found(format!(r#"from="10.*",command="echo \"a b\" c" {key} ann"#)),
            behind(r#"from="10.*",command="echo \"a b\" c""#)
        );
        assert_eq!(found(format!("RESTRICT,no-PTY  {key}")), behind("RESTRICT,no-PTY"));
        assert_eq!(found(format!("restrict {key}\n{key}\n")), behind("restrict"));
    }

    #[test]
    fn ignores_what_sshd_ignores() {
        let key = format!("ssh-ed25519 {BLOB}");
        for line in [
            format!("#{key}"),
            format!("  # {key}"),
            format!(r#"ssh-rsa AAAA # snapd {{"origin":"store"}}{key}"#),
            format!("{key}{key}"),
            format!("\u{feff}{key}"),
            format!("\0{key}"),
            format!("ssh-rsa {BLOB}"),
            format!("ssh-ed25519 {}", &BLOB[..60]),
            format!(r#"cert-authority,principals="a b" {key}"#),
            format!(r#"command="open {key}"#),
            format!("no-such-option {key}"),
            format!("command=x {key}"),
            key.encode_utf16().flat_map(u16::to_le_bytes).map(char::from).collect(),
        ] {
            assert_eq!(found(&*line), None, "{line:?}");
        }
        assert_eq!(dead(&format!(r#"from="a",foo="b c" {key}"#)), "unknown foo");
        assert_eq!(dead(&format!(r#"command="open {key}"#)), "Dead(OpenQuote)");
        assert_eq!(dead(&format!("{key}{key}")), "Dead(Glued)");
        assert_eq!(dead(" \t"), "Blank");
    }

    #[test]
    fn why_a_line_is_dead_is_said() {
        const RSA_1000: &str = "AAAAB3NzaC1yc2EAAAADAQABAAAAfdc=";
        let key = format!("ssh-ed25519 {BLOB}");
        let words = |line: &[u8]| match content(line) {
            Content::Dead(dead) => dead.to_string(),
            other => format!("{other:?}"),
        };
        let utf16 = |mark: &str| -> Vec<u8> {
            format!("{mark}{key} ann").encode_utf16().flat_map(u16::to_le_bytes).collect()
        };
        assert_eq!(words(&utf16("\u{feff}")), "it is in UTF-16");
        assert_eq!(words(&[b"\0", &*utf16("")].concat()), "it is in UTF-16");
        for (line, why) in [
            (format!("\u{feff}{key}"), "it starts with a byte order mark"),
            (format!("\0{key}"), "it starts with a NUL byte"),
            (format!("{key}{key}"), "two keys are glued together in it"),
            (format!("restrict {key}{key}"), "two keys are glued together in it"),
            (format!("ssh-rsa {BLOB}"), "the algorithm it names is not that of its key"),
            (format!("restrict ssh-rsa {BLOB}"), "the algorithm it names is not that of its key"),
            ("ssh-foo AAAAB3NzaC1mb28AAAABAA==".into(), "OpenSSH does not know its type of key"),
            (format!("ssh-ed25519 {}", &BLOB[..60]), "its key is incomplete"),
            (format!("ssh-ed25519 {}", &BLOB[..59]), "its key is incomplete"),
            ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5".into(), "its key is incomplete"),
            (format!("ssh-ed25519 {BLOB}AAAA"), "its key is incomplete"),
            (format!("ssh-ed25519 {BLOB}{}", "A".repeat(16)), "its key is damaged"),
            (
                format!("restrict sk-ssh-ed25519@openssh.com {BLOB}"),
                "the algorithm it names is not that of its key",
            ),
            (format!("ssh-ed25519 {}...", &BLOB[..40]), "its key is not base64"),
            ("ssh-ed25519".into(), "its key is incomplete"),
            (format!("ssh-rsa {RSA_1000}"), "its key is incomplete"),
            (
                "ssh-ed25519-cert-v01@openssh.com AAAA".into(),
                "it contains a certificate, which belongs next to the private key and not here",
            ),
            (
                "1024 65537 1234567 ann".into(),
                "its key is for SSH protocol 1, which no server supports any more",
            ),
            (
                "-----BEGIN OPENSSH PRIVATE KEY-----".into(),
                "it contains private key text, readable by everyone who can read the file; \
                replace the key with a new one",
            ),
            ("garbage".into(), "it contains no key"),
            ("restrict".into(), "it contains no key"),
            (format!("pty restrict {key}"), "it contains no key"),
            (
                format!("{} {key}", "x".repeat(99)),
                &*format!("sshd does not know its option \"{}…\"", "x".repeat(60)),
            ),
        ] {
            assert_eq!(words(line.as_bytes()), why, "{line:?}");
        }
        assert_eq!(words(b"\0"), "Blank");
    }

    #[test]
    fn a_key_that_is_part_of_a_comment_is_found() {
        let glued =
            |comment: &str| match content(format!("ssh-ed25519 {BLOB} {comment}").as_bytes()) {
                Content::Key(entry) => entry.has_glued_key(),
                _ => panic!("{comment}"),
            };
        assert!(glued(&format!("ann # snapd {{}}ssh-ed25519 {BLOB} bob")));
        assert!(glued(&format!("annrestrict ssh-ed25519 {BLOB}")));
        assert!(!glued("ann ssh-ed25519 key"));
        assert!(!glued(""));
    }

    #[test]
    fn a_missing_newline_goes_first_in_the_same_write() {
        let addition =
            |file: &str| String::from_utf8(AuthorizedKeys::new(file).addition("k")).unwrap();
        assert_eq!(addition(""), "k\n");
        assert_eq!(addition("a\n"), "k\n");
        assert_eq!(addition("a"), "\nk\n");
        assert_eq!(addition("a\0"), "\nk\n");
        assert_eq!(AuthorizedKeys::new("").lines().count(), 0);
        assert_eq!(AuthorizedKeys::new("a\n\nb").lines().count(), 3);
    }
}
