//! Why nobody can log in by a line.

use std::fmt;

use crate::text::start_of;

/// How many characters of a name in a file a message shows.
const SHOWN: usize = 60;

/// Why nobody can log in by a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dead<'a> {
    /// A quote in the options is not closed.
    OpenQuote,
    /// An option sshd does not know; it then rejects the whole line. Without its value.
    UnknownOption(&'a [u8]),
    /// An option whose value sshd rejects, or that has a value and must not.
    BadValue(&'a [u8]),
    /// An option that sshd accepts only once per line.
    Twice(&'a [u8]),
    /// An option about certificates, on a line without `cert-authority`.
    NoAuthority(&'a [u8]),
    /// A byte order mark in front: sshd reads it as part of the first word.
    ByteOrderMark,
    /// Two bytes per character: sshd reads one.
    Utf16,
    /// A NUL byte at the start: to sshd the line ends there.
    Nul,
    /// Another key begins inside this one's base64.
    Glued,
    /// The blob's algorithm is not the one that the line names.
    Mismatch,
    /// A kind of key that OpenSSH does not know.
    UnknownAlgorithm,
    /// The key is not base64.
    NotBase64,
    /// A part of the key is missing.
    CutShort,
    /// Complete, but not a key: impossible lengths, numbers or point.
    Damaged,
    /// An RSA key too short for OpenSSH to read.
    SmallRsa(usize),
    /// A certificate in place of a key.
    Certificate,
    /// A key of SSH protocol 1: bits, exponent and modulus as decimal numbers.
    ProtocolOne,
    /// The first or last line of a private key in PEM.
    PrivateKey,
    /// Anything else without an algorithm and blob where the key should be.
    NoKey,
}

impl fmt::Display for Dead<'_> {
    /// A clause about the line: `its key is incomplete`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = match self {
            Self::UnknownOption(name) => {
                return write!(f, "sshd does not know its option {:?}", shown(name));
            }
            Self::BadValue(name) => {
                return write!(f, "sshd rejects the value of its option {:?}", shown(name));
            }
            Self::Twice(name) => {
                return write!(f, "it has the option {:?} twice", shown(name));
            }
            Self::NoAuthority(name) => {
                return write!(f, "its option {:?} is only for cert-authority lines", shown(name));
            }
            Self::SmallRsa(bits) => {
                return write!(
                    f,
                    "its RSA key has {bits} bits, and OpenSSH accepts none below 1024"
                );
            }
            Self::OpenQuote => "a quote in its options is not closed",
            Self::ByteOrderMark => "it starts with a byte order mark",
            Self::Utf16 => "it is in UTF-16",
            Self::Nul => "it starts with a NUL byte",
            Self::Glued => "two keys are glued together in it",
            Self::Mismatch => "the algorithm it names is not that of its key",
            Self::UnknownAlgorithm => "OpenSSH does not know its type of key",
            Self::NotBase64 => "its key is not base64",
            Self::CutShort => "its key is incomplete",
            Self::Damaged => "its key is damaged",
            Self::Certificate => {
                "it contains a certificate, which belongs next to the private key and not here"
            }
            Self::ProtocolOne => "its key is for SSH protocol 1, which no server supports any more",
            Self::PrivateKey => {
                "it contains private key text, readable by everyone who can read the file; \
                replace the key with a new one"
            }
            Self::NoKey => "it contains no key",
        };
        f.write_str(words)
    }
}

fn shown(name: &[u8]) -> String {
    start_of(&String::from_utf8_lossy(name), SHOWN)
}
