//! SSH's string (RFC 4251, section 5): four bytes of length, most significant first, then as many
//! bytes. Keys, signatures, agents and SFTP are made of them.

/// Appends one string.
///
/// # Panics
///
/// If `bytes` is longer than `u32::MAX`.
pub fn put(out: &mut Vec<u8>, bytes: &[u8]) {
    let length = u32::try_from(bytes.len()).expect("an SSH string is shorter than 4 GiB");
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(bytes);
}

/// Removes one string from the front; `None`, with `rest` unchanged, if it is incomplete.
pub fn take<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, after) = rest.split_first_chunk()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let (bytes, after) = after.split_at_checked(length)?;
    *rest = after;
    Some(bytes)
}

/// The bits of an unsigned number, most significant byte first; leading zeros do not count.
pub fn bit_length(number: &[u8]) -> usize {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    let digits = &number[zeros..];
    digits.first().map_or(0, |first| digits.len() * 8 - first.leading_zeros() as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_is_taken() {
        let mut out = Vec::new();
        put(&mut out, b"ssh-ed25519");
        put(&mut out, b"");
        let mut rest = &out[..];
        assert_eq!((take(&mut rest), take(&mut rest)), (Some(&b"ssh-ed25519"[..]), Some(&b""[..])));
        assert_eq!((take(&mut rest), rest), (None, &b""[..]));
    }

    #[test]
    fn a_string_that_is_not_whole_is_left_alone() {
        for bytes in [&b"\0\0\0\x02a"[..], b"\0\0\0", b"\xff\xff\xff\xffab"] {
            let mut rest = bytes;
            assert_eq!((take(&mut rest), rest), (None, bytes));
        }
    }

    #[test]
    fn leading_zeros_are_no_bits() {
        assert_eq!(
            [&b""[..], b"\0", b"\x01", b"\0\x80", b"\x01\0"].map(bit_length),
            [0, 0, 1, 8, 9]
        );
    }
}
