//! From bytes to text, in whichever encoding an editor saved it; and characters that look like
//! others.

use super::damage::{Damage, Damages};
use crate::keys::key_file::fault::Fault;
use zeroize::Zeroizing;

/// The text of a file: UTF-8, UTF-16 in either order, with or without a mark, or a Windows code
/// page.
pub(super) fn decode(bytes: &[u8], damages: &mut Damages) -> Result<Zeroizing<String>, Fault> {
    if let Some(is_little) = utf16_order(bytes) {
        damages.add(Damage::Utf16);
        return utf16(bytes, is_little);
    }
    let (bytes, has_mark) = match bytes.strip_prefix("\u{feff}".as_bytes()) {
        Some(rest) => (rest, true),
        None => (bytes, false),
    };
    damages.add_if(has_mark, Damage::ByteOrderMark);
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Zeroizing::new(text.to_owned())),
        Err(_) => {
            damages.add(Damage::CodePage);
            let mut text = Zeroizing::new(String::with_capacity(bytes.len() * 3));
            text.extend(bytes.iter().map(|byte| windows_1252(*byte)));
            Ok(text)
        }
    }
}

/// Whether a text is UTF-16 with its low bytes first, or its high bytes; `None` if it is not
/// UTF-16.
fn utf16_order(bytes: &[u8]) -> Option<bool> {
    match bytes {
        [0xff, 0xfe, ..] => Some(true),
        [0xfe, 0xff, ..] => Some(false),
        _ if bytes.len() % 2 == 1 || !bytes.contains(&0) => None,
        _ => {
            // A key is ASCII: every second byte is zero, except in the little text around it.
            let zeros = |first: usize| {
                bytes.iter().skip(first).step_by(2).filter(|byte| **byte == 0).count()
            };
            let (high_first, low_first) = (zeros(0), zeros(1));
            let is_most = |count: usize| count * 4 > bytes.len() / 2 * 3;
            if is_most(low_first) { Some(true) } else { is_most(high_first).then_some(false) }
        }
    }
}

fn utf16(bytes: &[u8], is_little: bool) -> Result<Zeroizing<String>, Fault> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(Fault::Damaged { why: "it is UTF-16 and ends in the middle of a character" });
    }
    let units = pairs
        .iter()
        .map(|pair| if is_little { u16::from_le_bytes(*pair) } else { u16::from_be_bytes(*pair) });
    let mut text = Zeroizing::new(String::with_capacity(bytes.len() * 3 / 2));
    for c in char::decode_utf16(units) {
        match c {
            Ok('\u{feff}') => {}
            Ok(c) => text.push(c),
            Err(_) => return Err(Fault::Damaged { why: "it is UTF-16 with broken characters" }),
        }
    }
    Ok(text)
}

/// The few characters of the code page that editors put into a key; other characters can only be
/// around it.
fn windows_1252(byte: u8) -> char {
    match byte {
        0..=0x7f => char::from(byte),
        0x91 | 0x92 => '\u{2019}',
        0x93 | 0x94 => '\u{201d}',
        0x96 => '\u{2013}',
        0x97 => '\u{2014}',
        0xa0 => '\u{a0}',
        _ => char::REPLACEMENT_CHARACTER,
    }
}

/// A space that is not the one of ASCII.
pub(super) fn is_wide_space(c: char) -> bool {
    c != '\u{85}' && c.is_whitespace() && !c.is_ascii()
}

/// A dash that is not the one of ASCII.
pub(super) fn is_long_dash(c: char) -> bool {
    matches!(c, '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}')
}

pub(super) fn is_quote(c: char) -> bool {
    matches!(
        c,
        '"' | '\''
            | '`'
            | '\u{2018}'
            | '\u{2019}'
            | '\u{201c}'
            | '\u{201d}'
            | '\u{201e}'
            | '\u{ab}'
            | '\u{bb}'
    )
}
