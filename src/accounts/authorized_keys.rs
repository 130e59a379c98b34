//! authorized_keys as sshd reads it, line by line, byte-preserving: nothing is ever written back
//! from what was parsed.
//!
//! Follows sshd(8) "AUTHORIZED_KEYS FILE FORMAT" and what OpenSSH 9.2 and 10.5 do with lines it
//! does not describe.

mod blob;
mod dead;
mod options;

use ssh_key::PublicKey;

pub use blob::Blob;
pub use dead::Dead;
pub use options::Expiry;
use options::Quotes;

/// The bytes of an authorized_keys file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuthorizedKeys(Vec<u8>);

/// One line, with what sshd makes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// From 1.
    pub number: usize,
    /// All of the line but its newline.
    pub bytes: &'a [u8],
    pub content: Content<'a>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content<'a> {
    Blank,
    /// The first byte that is not a blank is `#`. A `#` anywhere else comments nothing out.
    Comment,
    Key(Entry<'a>),
    /// sshd passes over it.
    Dead(Dead<'a>),
}

/// `[options] algorithm blob [comment]`, as the bytes stand in the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// Empty where there are none.
    pub options: &'a [u8],
    pub algorithm: &'a [u8],
    /// Base64.
    pub blob: &'a [u8],
    pub comment: &'a [u8],
}

impl AuthorizedKeys {
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Every line, also the last one where its newline is missing.
    pub fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        let text = self.0.strip_suffix(b"\n").unwrap_or(&self.0);
        let lines = (!self.0.is_empty()).then(|| text.split(|byte| *byte == b'\n'));
        lines.into_iter().flatten().zip(1..).map(|(bytes, number)| Line {
            number,
            bytes,
            content: content(bytes),
        })
    }

    /// The lines that let this key in, compared by blob, whatever comment or options. The first is
    /// the one whose options count, unless its `from=` does not match the client.
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

    /// What one write at the end must hold so that `line`, which has no newline, becomes a line of
    /// its own.
    pub fn addition(&self, line: &str) -> Vec<u8> {
        let glued = self.0.last().is_some_and(|byte| *byte != b'\n');
        let start = if glued { "\n" } else { "" };
        format!("{start}{line}\n").into_bytes()
    }
}

impl<'a> Entry<'a> {
    /// Each option, as it stands between commas outside quotes.
    pub fn options(&self) -> impl Iterator<Item = &'a [u8]> {
        options::split(self.options)
    }

    /// Behind `cert-authority` a key signs certificates and logs nobody in itself.
    pub fn is_authority(&self) -> bool {
        self.options().any(|option| option.eq_ignore_ascii_case(b"cert-authority"))
    }

    /// Whether an option narrows who is let in: `from=`.
    pub fn depends_on_client(&self) -> bool {
        options::values(self.options, "from").next().is_some()
    }

    /// When sshd stops to let it in; the earliest where there are several.
    pub fn expiry(&self) -> Option<Expiry> {
        options::earliest_expiry(self.options)
    }

    /// The key itself.
    pub fn key(&self) -> Option<Blob> {
        Blob::read(self.algorithm, self.blob).ok()
    }

    /// Whether another key stands in the comment, as where a line was appended to a file without a
    /// final newline.
    pub fn has_glued_key(&self) -> bool {
        (0..self.comment.len()).any(|at| {
            blob::starts_with_name(&self.comment[at..]) && key(&self.comment[at..]).is_ok()
        })
    }
}

fn content(line: &[u8]) -> Content<'_> {
    if dead::is_utf16(line) {
        return Content::Dead(Dead::Utf16);
    }
    // sshd holds the line as a C string.
    let whole = line;
    let line = line.split(|byte| *byte == 0).next().unwrap_or_default();
    let line = skip_blanks(line.strip_suffix(b"\r").unwrap_or(line));
    match line.first() {
        None if whole.iter().any(|byte| !byte.is_ascii_whitespace() && *byte != 0) => {
            return Content::Dead(Dead::Nul);
        }
        None => return Content::Blank,
        Some(b'#') => return Content::Comment,
        Some(_) => {}
    }
    if let Ok(entry) = key(line) {
        return Content::Key(entry);
    }
    let mut quotes = Quotes::default();
    let end =
        line.iter().position(|byte| quotes.pass(*byte) && is_blank(*byte)).unwrap_or(line.len());
    if quotes.open {
        return Content::Dead(Dead::OpenQuote);
    }
    let (options, rest) = line.split_at(end);
    let Ok(entry) = key(skip_blanks(rest)).map(|entry| Entry { options, ..entry }) else {
        return Content::Dead(dead::why_no_key(line, skip_blanks(rest)));
    };
    match options::refusal(options) {
        Some(dead) => Content::Dead(dead),
        None => Content::Key(entry),
    }
}

/// The first option, without its value, for which sshd refuses the line: one it does not know, or
/// in a form it does not take.
pub fn unknown_option(options: &[u8]) -> Option<&[u8]> {
    match options::refusal(options)? {
        Dead::UnknownOption(name)
        | Dead::BadValue(name)
        | Dead::Twice(name)
        | Dead::NoAuthority(name) => Some(name),
        _ => None,
    }
}

/// `algorithm blob [comment]`, where the blob is whole and names the same algorithm.
fn key(text: &[u8]) -> Result<Entry<'_>, Dead<'_>> {
    let (algorithm, rest) = field(text);
    let (blob, comment) = field(rest);
    Blob::read(algorithm, blob).map(|_| Entry { options: b"", algorithm, blob, comment })
}

fn field(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| is_blank(*byte)).unwrap_or(text.len());
    (&text[..end], skip_blanks(&text[end..]))
}

fn skip_blanks(text: &[u8]) -> &[u8] {
    &text[text.iter().position(|byte| !is_blank(*byte)).unwrap_or(text.len())..]
}

fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
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
    fn passes_over_what_sshd_passes_over() {
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
    fn why_a_line_is_dead_is_told() {
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
            (format!("\u{feff}{key}"), "a byte order mark stands before it"),
            (format!("\0{key}"), "a NUL byte stands before everything else in it"),
            (format!("{key}{key}"), "two keys are glued together in it"),
            (format!("restrict {key}{key}"), "two keys are glued together in it"),
            (format!("ssh-rsa {BLOB}"), "the algorithm it names is not its key's"),
            (format!("restrict ssh-rsa {BLOB}"), "the algorithm it names is not its key's"),
            ("ssh-foo AAAAB3NzaC1mb28AAAABAA==".into(), "OpenSSH knows no key of its kind"),
            (format!("ssh-ed25519 {}", &BLOB[..60]), "its key is cut short"),
            (format!("ssh-ed25519 {}", &BLOB[..59]), "its key is cut short"),
            ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5".into(), "its key is cut short"),
            (format!("ssh-ed25519 {BLOB}AAAA"), "its key is cut short"),
            (format!("ssh-ed25519 {BLOB}{}", "A".repeat(16)), "its key is damaged"),
            (
                format!("restrict sk-ssh-ed25519@openssh.com {BLOB}"),
                "the algorithm it names is not its key's",
            ),
            (format!("ssh-ed25519 {}...", &BLOB[..40]), "its key is not base64"),
            ("ssh-ed25519".into(), "its key is cut short"),
            (format!("ssh-rsa {RSA_1000}"), "its key is cut short"),
            (
                "ssh-ed25519-cert-v01@openssh.com AAAA".into(),
                "it holds a certificate, which belongs beside the private key and not here",
            ),
            (
                "1024 65537 1234567 ann".into(),
                "its key is for SSH protocol 1, which no server speaks any more",
            ),
            (
                "-----BEGIN OPENSSH PRIVATE KEY-----".into(),
                "private key text stands here, for every reader of the file; make a new key in \
                its place",
            ),
            ("garbage".into(), "it holds no key"),
            ("restrict".into(), "it holds no key"),
            (format!("pty restrict {key}"), "it holds no key"),
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
    fn a_key_that_a_comment_swallowed_is_seen() {
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
