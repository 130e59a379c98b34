//! One line of authorized_keys, as sshd reads it.

use super::blob::{self, Blob};
use super::dead::Dead;
use super::options::{self, Expiry, Quotes};

/// One line, with what sshd makes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// From 1.
    pub number: usize,
    /// The whole line except its newline.
    pub bytes: &'a [u8],
    /// What it is to sshd.
    pub content: Content<'a>,
}

/// What a line is to sshd.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content<'a> {
    /// Nothing but spaces and tabs.
    Blank,
    /// The first byte that is not a space or tab is `#`. A `#` anywhere else does not start a
    /// comment.
    Comment,
    /// A key with its options.
    Key(Entry<'a>),
    /// sshd ignores it.
    Dead(Dead<'a>),
}

/// `[options] algorithm blob [comment]`, as the bytes are in the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// Empty if there are none.
    pub options: &'a [u8],
    /// As the line names it.
    pub algorithm: &'a [u8],
    /// Base64.
    pub blob: &'a [u8],
    /// The rest of the line.
    pub comment: &'a [u8],
}

impl<'a> Entry<'a> {
    /// Each option, as it is between commas outside quotes.
    pub fn options(&self) -> impl Iterator<Item = &'a [u8]> {
        options::split(self.options)
    }

    /// With `cert-authority`, the key signs certificates and cannot log in itself.
    pub fn is_authority(&self) -> bool {
        self.options().any(|option| option.eq_ignore_ascii_case(b"cert-authority"))
    }

    /// Whether an option restricts where logins come from: `from=`.
    pub fn depends_on_client(&self) -> bool {
        options::values(self.options, "from").next().is_some()
    }

    /// When sshd stops accepting it; the earliest if there are several.
    pub fn expiry(&self) -> Option<Expiry> {
        options::earliest_expiry(self.options)
    }

    /// The key itself.
    pub fn key(&self) -> Option<Blob> {
        Blob::read(self.algorithm, self.blob).ok()
    }

    /// Whether another key is in the comment, as when a line was appended to a file without a
    /// final newline.
    pub fn has_glued_key(&self) -> bool {
        (0..self.comment.len()).any(|at| {
            blob::starts_with_name(&self.comment[at..]) && key(&self.comment[at..]).is_ok()
        })
    }
}

pub(super) fn content(line: &[u8]) -> Content<'_> {
    if is_utf16(line) {
        return Content::Dead(Dead::Utf16);
    }
    // sshd reads the line as a C string.
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
    if rest.is_empty() {
        return Content::Dead(why_no_key(line, rest));
    }
    let Ok(entry) = key(skip_blanks(rest)).map(|entry| Entry { options, ..entry }) else {
        return Content::Dead(why_no_key(line, skip_blanks(rest)));
    };
    match options::refusal(options) {
        Some(dead) => Content::Dead(dead),
        None => Content::Key(entry),
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

/// For a line with no key, neither at its start nor after options.
fn why_no_key<'a>(line: &'a [u8], behind_options: &'a [u8]) -> Dead<'a> {
    const MARK: &[u8] = b"\xef\xbb\xbf";
    if let Some(rest) = line.strip_prefix(MARK) {
        return if rest.starts_with(MARK) { Dead::NoKey } else { Dead::ByteOrderMark };
    }
    if line.starts_with(b"-----") && line.windows(11).any(|window| window == b"PRIVATE KEY") {
        return Dead::PrivateKey;
    }
    // The key was meant to start at the name of an algorithm.
    for text in [line, behind_options].into_iter().filter(|text| !text.is_empty()) {
        let (word, rest) = field(text);
        let (blob, _) = field(rest);
        if blob::has_name_inside(blob) {
            return Dead::Glued;
        }
        if blob::is_name(word) {
            return key(text).err().unwrap_or(Dead::NoKey);
        }
        if blob::names_itself(word, blob) {
            return Dead::UnknownAlgorithm;
        }
        if [word, blob, field(field(rest).1).0]
            .iter()
            .all(|word| !word.is_empty() && word.iter().all(u8::is_ascii_digit))
        {
            return Dead::ProtocolOne;
        }
    }
    Dead::NoKey
}

/// Whether every other byte of what can be text is NUL: in this encoding each line but the first
/// starts with the second byte of the newline.
fn is_utf16(line: &[u8]) -> bool {
    let text =
        line.strip_prefix(b"\xff\xfe").or_else(|| line.strip_prefix(b"\xfe\xff")).unwrap_or(line);
    let pairs = |text: &[u8]| {
        text.len() >= 8 && text.chunks_exact(2).all(|pair| (pair[0] == 0) != (pair[1] == 0))
    };
    pairs(text) || text.strip_prefix(b"\0").is_some_and(pairs)
}
