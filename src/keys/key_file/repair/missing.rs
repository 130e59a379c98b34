//! How much of a key is missing, if the key itself says how long it is.

use super::inside::Inside;
use crate::keys::key_file::fault::Fault;
use crate::keys::key_file::{openssh, public_line};
use crate::ssh_string;
use data_encoding::BASE64;
use ssh_key::Cipher;
use zeroize::Zeroizing;

/// More than a key of 16384 bits needs: a longer length was read from the wrong place.
const MOST: usize = 64 * 1024;

/// The private numbers of a key are at most this many times as long as its public ones (RSA), and
/// its comment and padding take no more than this many bytes.
const MOST_TIMES: usize = 5;
const MOST_MORE: usize = 4096;

/// How much is missing from a key; `None` if that cannot be known.
pub(super) fn count(inside: &Inside) -> Option<Fault> {
    // What is encrypted does not say how long it is.
    if inside.has_headers() {
        return None;
    }
    let digits = inside.packed().trim_end_matches('=');
    let whole = digits.len() / 4 * 4;
    let bytes = Zeroizing::new(BASE64.decode(&digits.as_bytes()[..whole]).ok()?);
    let present = digits.len() * 3 / 4;
    let declared =
        if bytes.starts_with(openssh::MAGIC) { openssh_length(&bytes)? } else { der(&bytes)? };
    (present < declared && declared <= MOST)
        .then(|| Fault::Missing { bytes: declared - present, of: declared })
}

/// The length of a DER sequence with its head (X.690, section 8.1.3), if it goes on as a key does:
/// with its version or, if it is encrypted, with another sequence.
fn der(bytes: &[u8]) -> Option<usize> {
    let (head, length, rest) = match bytes {
        [0x30, short @ ..=0x7f, rest @ ..] => (2, usize::from(*short), rest),
        [0x30, 0x81, length, rest @ ..] => (3, usize::from(*length), rest),
        [0x30, 0x82, high, low, rest @ ..] => {
            (4, usize::from(u16::from_be_bytes([*high, *low])), rest)
        }
        _ => return None,
    };
    matches!(rest, [2, 1, 0 | 1, ..] | [0x30, ..]).then_some(head + length)
}

/// The length of an OpenSSH key (PROTOCOL.key), if everything before its last length is whole and
/// makes sense: after a lost character, numbers are read from the wrong places.
fn openssh_length(bytes: &[u8]) -> Option<usize> {
    let mut rest = bytes.strip_prefix(openssh::MAGIC)?;
    let cipher = Cipher::new(std::str::from_utf8(ssh_string::take(&mut rest)?).ok()?).ok()?;
    // The key derivation and its options.
    ssh_string::take(&mut rest)?;
    ssh_string::take(&mut rest)?;
    let (count, after) = rest.split_first_chunk()?;
    rest = after;
    let public = ssh_string::take(&mut rest).filter(|_| *count == 1u32.to_be_bytes())?;
    public_line::from_blob(public).ok()?;
    let (length, section) = rest.split_first_chunk()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let is_likely = length >= public.len()
        && length <= MOST_TIMES * public.len() + MOST_MORE
        && length.is_multiple_of(cipher.block_size());
    is_likely.then(|| bytes.len() - section.len() + length + if cipher.has_tag() { 16 } else { 0 })
}
