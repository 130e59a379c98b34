//! How much of a key is missing, if the key itself says how long it is.

use crate::keys::key_file::fault::Fault;
use crate::keys::key_file::{armour, openssh};
use crate::ssh_string;
use data_encoding::BASE64;
use zeroize::Zeroizing;

/// More than a key of 16384 bits needs: a longer length was read from the wrong place.
const MOST: usize = 64 * 1024;

/// How much is missing from a key whose base64 text is `packed`; `None` if that cannot be known.
pub(super) fn count(label: &str, packed: &str) -> Option<Fault> {
    let digits = packed.trim_end_matches('=');
    let whole = digits.len() / 4 * 4;
    let bytes = Zeroizing::new(BASE64.decode(&digits.as_bytes()[..whole]).ok()?);
    let present = digits.len() * 3 / 4;
    let declared = if label == armour::OPENSSH { openssh_length(&bytes)? } else { der(&bytes)? };
    (present < declared && declared <= MOST)
        .then(|| Fault::Missing { bytes: declared - present, of: declared })
}

/// The length of a DER sequence with its head (X.690, section 8.1.3).
fn der(bytes: &[u8]) -> Option<usize> {
    match bytes {
        [0x30, short @ ..=0x7f, ..] => Some(2 + usize::from(*short)),
        [0x30, 0x81, length, ..] => Some(3 + usize::from(*length)),
        [0x30, 0x82, high, low, ..] => Some(4 + usize::from(u16::from_be_bytes([*high, *low]))),
        _ => None,
    }
}

/// The least length of an OpenSSH key (PROTOCOL.key): up to the end of the first of its strings
/// that is not whole.
fn openssh_length(bytes: &[u8]) -> Option<usize> {
    let mut rest = bytes.strip_prefix(openssh::MAGIC)?;
    // Cipher, key derivation, its options; the number of keys; the public key and the private
    // section.
    for is_string in [true, true, true, false, true, true] {
        let (head, after) = rest.split_first_chunk::<4>()?;
        if !is_string {
            rest = after;
        } else if ssh_string::take(&mut rest).is_none() {
            let length = usize::try_from(u32::from_be_bytes(*head)).ok()?;
            return (bytes.len() - after.len()).checked_add(length);
        }
    }
    Some(bytes.len() - rest.len())
}
