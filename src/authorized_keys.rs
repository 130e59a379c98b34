//! authorized_keys as sshd reads it, line by line, byte-preserving: nothing is ever written back from what was parsed.
//!
//! Follows sshd(8) "AUTHORIZED_KEYS FILE FORMAT" and what OpenSSH 9.2 and 10.5 do with lines it does not describe.

use ssh_key::PublicKey;

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

/// Why a line lets nobody in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dead<'a> {
    /// A quote in the options is not closed.
    OpenQuote,
    /// No algorithm and blob that belong together stand where a key should: glued lines, a byte order mark, UTF-16, a cut line.
    NoKey,
    /// An option sshd does not know; it then refuses the whole line. Without its value.
    UnknownOption(&'a [u8]),
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
        lines.into_iter().flatten().zip(1..).map(|(bytes, number)| Line { number, bytes, content: content(bytes) })
    }

    /// The lines that let this key in, compared by blob, whatever comment or options. The first is the one whose options count,
    /// unless its `from=` does not match the client.
    pub fn find(&self, key: &PublicKey) -> impl Iterator<Item = (Line<'_>, Entry<'_>)> {
        let blob = key.to_bytes().ok();
        self.lines().filter_map(move |line| match line.content {
            Content::Key(entry) if !entry.is_authority() && entry.decoded() == blob => Some((line, entry)),
            _ => None,
        })
    }

    /// What one write at the end must hold so that `line`, which has no newline, becomes a line of its own.
    pub fn addition(&self, line: &str) -> Vec<u8> {
        let glued = self.0.last().is_some_and(|byte| *byte != b'\n');
        let start = if glued { "\n" } else { "" };
        format!("{start}{line}\n").into_bytes()
    }
}

impl<'a> Entry<'a> {
    /// Each option, as it stands between commas outside quotes.
    pub fn options(&self) -> impl Iterator<Item = &'a [u8]> {
        split_options(self.options)
    }

    /// Behind `cert-authority` a key signs certificates and logs nobody in itself.
    pub fn is_authority(&self) -> bool {
        self.options().any(|option| option.eq_ignore_ascii_case(b"cert-authority"))
    }

    fn decoded(&self) -> Option<Vec<u8>> {
        data_encoding::BASE64.decode(self.blob).ok()
    }
}

/// Where a text with options is outside quotes: a quote after a backslash is none, and a backslash does not escape a backslash.
#[derive(Default)]
struct Quotes {
    open: bool,
    backslash: bool,
}

impl Quotes {
    /// Whether this byte stands outside.
    fn pass(&mut self, byte: u8) -> bool {
        if byte == b'"' && !self.backslash {
            self.open = !self.open;
        }
        self.backslash = byte == b'\\';
        !self.open
    }
}

fn content(line: &[u8]) -> Content<'_> {
    // sshd holds the line as a C string.
    let line = line.split(|byte| *byte == 0).next().unwrap_or_default();
    let line = skip_blanks(line.strip_suffix(b"\r").unwrap_or(line));
    match line.first() {
        None => return Content::Blank,
        Some(b'#') => return Content::Comment,
        Some(_) => {}
    }
    if let Some(entry) = key(line) {
        return Content::Key(entry);
    }
    let mut quotes = Quotes::default();
    let end = line.iter().position(|byte| quotes.pass(*byte) && is_blank(*byte)).unwrap_or(line.len());
    if quotes.open {
        return Content::Dead(Dead::OpenQuote);
    }
    let (options, rest) = line.split_at(end);
    let Some(entry) = key(skip_blanks(rest)).map(|entry| Entry { options, ..entry }) else {
        return Content::Dead(Dead::NoKey);
    };
    match unknown_option(options) {
        Some(unknown) => Content::Dead(Dead::UnknownOption(unknown)),
        None => Content::Key(entry),
    }
}

/// The first option, without its value, for which sshd refuses the line: one it does not know, or knows in another form.
pub fn unknown_option(options: &[u8]) -> Option<&[u8]> {
    let unknown = split_options(options).find(|option| !is_known(option))?;
    unknown.split(|byte| *byte == b'=').next()
}

/// Empty ones are passed over, as sshd does (`restrict,,pty`).
fn split_options(options: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut quotes = Quotes::default();
    options.split(move |byte| quotes.pass(*byte) && *byte == b',').filter(|option| !option.is_empty())
}

/// `algorithm blob [comment]`, where the blob is whole and names the same algorithm.
fn key(text: &[u8]) -> Option<Entry<'_>> {
    let (algorithm, rest) = field(text);
    let (blob, comment) = field(rest);
    let decoded = data_encoding::BASE64.decode(blob).ok()?;
    let (length, name) = decoded.split_first_chunk::<4>()?;
    let name = name.get(..usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
    (name == algorithm).then_some(Entry { options: b"", algorithm, blob, comment })
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

/// sshd(8) lists them; `no-` may go before the ones that can be denied (auth-options.c).
fn is_known(option: &[u8]) -> bool {
    const FLAGS: [&str; 2] = ["cert-authority", "restrict"];
    const DENIABLE: [&str; 7] =
        ["agent-forwarding", "port-forwarding", "pty", "touch-required", "user-rc", "verify-required", "x11-forwarding"];
    const VALUED: [&str; 8] = ["command", "environment", "expiry-time", "from", "permitlisten", "permitopen", "principals", "tunnel"];
    let option = String::from_utf8_lossy(option).to_ascii_lowercase();
    match option.split_once('=') {
        Some((name, value)) => VALUED.contains(&name) && value.len() > 1 && value.starts_with('"') && value.ends_with('"'),
        None => FLAGS.contains(&&*option) || DENIABLE.contains(&option.strip_prefix("no-").unwrap_or(&option)),
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
        first.map(|(line, entry)| (line.number, String::from_utf8_lossy(entry.options).into_owned()))
    }

    fn dead(line: &str) -> String {
        match content(line.as_bytes()) {
            Content::Dead(Dead::UnknownOption(option)) => format!("unknown {}", String::from_utf8_lossy(option)),
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
        assert_eq!(found(format!(r#"from="10.*",command="echo \"a b\" c" {key} ann"#)), behind(r#"from="10.*",command="echo \"a b\" c""#));
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
        assert_eq!(dead(&format!("{key}{key}")), "Dead(NoKey)");
        assert_eq!(dead(" \t"), "Blank");
    }

    #[test]
    fn a_missing_newline_goes_first_in_the_same_write() {
        let addition = |file: &str| String::from_utf8(AuthorizedKeys::new(file).addition("k")).unwrap();
        assert_eq!(addition(""), "k\n");
        assert_eq!(addition("a\n"), "k\n");
        assert_eq!(addition("a"), "\nk\n");
        assert_eq!(addition("a\0"), "\nk\n");
        assert_eq!(AuthorizedKeys::new("").lines().count(), 0);
        assert_eq!(AuthorizedKeys::new("a\n\nb").lines().count(), 3);
    }
}
