//! Why a line lets nobody in.

use std::fmt;

use super::{blob, field, key};

/// How much of a name in a file goes into a message, in characters.
const SHOWN: usize = 60;

/// Why a line lets nobody in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dead<'a> {
    /// A quote in the options is not closed.
    OpenQuote,
    /// An option sshd does not know; it then refuses the whole line. Without its value.
    UnknownOption(&'a [u8]),
    /// An option whose value sshd refuses, or that has one where none belongs.
    BadValue(&'a [u8]),
    /// An option that sshd takes once a line.
    Twice(&'a [u8]),
    /// An option that says something of certificates, on a line without `cert-authority`.
    NoAuthority(&'a [u8]),
    /// A byte order mark in front: sshd takes it for a part of the first word.
    ByteOrderMark,
    Utf16,
    /// A NUL byte in front, where sshd takes the line to end.
    Nul,
    /// Another key begins inside this one's base64.
    Glued,
    /// The blob's algorithm is not the one that the line says.
    Mismatch,
    /// A kind of key that OpenSSH does not know.
    UnknownAlgorithm,
    NotBase64,
    CutShort,
    /// All there, and still no key: lengths, numbers or a point that cannot be.
    Damaged,
    /// An RSA key of so few bits that OpenSSH reads it as none.
    SmallRsa(usize),
    Certificate,
    /// Of SSH protocol 1: bits, exponent and modulus as decimal numbers.
    ProtocolOne,
    /// The frame of a private key in PEM.
    PrivateKey,
    /// None of these: no algorithm and blob stand where a key should.
    NoKey,
}

impl fmt::Display for Dead<'_> {
    /// A clause about the line: `its key is cut short`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = match self {
            Self::UnknownOption(name) => {
                return write!(f, "sshd does not know its option {:?}", shown(name));
            }
            Self::BadValue(name) => {
                return write!(f, "sshd refuses the value of its option {:?}", shown(name));
            }
            Self::Twice(name) => {
                return write!(f, "its option {:?} stands there twice", shown(name));
            }
            Self::NoAuthority(name) => {
                return write!(
                    f,
                    "its option {:?} belongs to cert-authority lines alone",
                    shown(name)
                );
            }
            Self::SmallRsa(bits) => {
                return write!(f, "its RSA key has {bits} bits, and OpenSSH takes none below 1024");
            }
            Self::OpenQuote => "a quote in its options is not closed",
            Self::ByteOrderMark => "a byte order mark stands before it",
            Self::Utf16 => "it is in UTF-16",
            Self::Nul => "a NUL byte stands before everything else in it",
            Self::Glued => "two keys are glued together in it",
            Self::Mismatch => "the algorithm it names is not its key's",
            Self::UnknownAlgorithm => "OpenSSH knows no key of its kind",
            Self::NotBase64 => "its key is not base64",
            Self::CutShort => "its key is cut short",
            Self::Damaged => "its key is damaged",
            Self::Certificate => {
                "it holds a certificate, which belongs beside the private key and not here"
            }
            Self::ProtocolOne => "its key is for SSH protocol 1, which no server speaks any more",
            Self::PrivateKey => {
                "private key text stands here, for every reader of the file; make a new key in \
                its place"
            }
            Self::NoKey => "it holds no key",
        };
        f.write_str(words)
    }
}

fn shown(name: &[u8]) -> String {
    let name = String::from_utf8_lossy(name);
    match name.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}…", &name[..at]),
        None => name.into_owned(),
    }
}

/// For a line that starts with no key, neither with its first word nor behind options.
pub(super) fn why_no_key<'a>(line: &'a [u8], behind_options: &'a [u8]) -> Dead<'a> {
    const MARK: &[u8] = b"\xef\xbb\xbf";
    if let Some(rest) = line.strip_prefix(MARK) {
        return if rest.starts_with(MARK) { Dead::NoKey } else { Dead::ByteOrderMark };
    }
    if line.starts_with(b"-----") && line.windows(11).any(|window| window == b"PRIVATE KEY") {
        return Dead::PrivateKey;
    }
    // The place where an algorithm stands is where the key was meant to be.
    for text in [line, behind_options] {
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
/// starts with the newline's other half.
pub(super) fn is_utf16(line: &[u8]) -> bool {
    let text =
        line.strip_prefix(b"\xff\xfe").or_else(|| line.strip_prefix(b"\xfe\xff")).unwrap_or(line);
    let pairs = |text: &[u8]| {
        text.len() >= 8 && text.chunks_exact(2).all(|pair| (pair[0] == 0) != (pair[1] == 0))
    };
    pairs(text) || text.strip_prefix(b"\0").is_some_and(pairs)
}
