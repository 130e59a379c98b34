//! A public key in any format.

use super::format::PublicFormat;
use super::public_line::{self, content, has_options, is_foreign_line, is_public_line};
use super::{fault::Fault, public_pem, rfc4716};
use ssh_key::PublicKey;

/// The format that the first line of a text announces, if that is not a line `type base64
/// comment`.
pub(super) fn announced(text: &str) -> Option<PublicFormat> {
    match content(text).next()? {
        rfc4716::BEGIN => Some(PublicFormat::Rfc4716),
        public_pem::PKCS1 => Some(PublicFormat::Pem),
        public_pem::PKIX => Some(PublicFormat::Pkcs8),
        _ => None,
    }
}

/// Whether a text announces itself as a public key.
pub(super) fn is_announced(text: &str) -> bool {
    let is_line = |line: &str| is_public_line(line) || has_options(line) || is_foreign_line(line);
    announced(text).is_some() || public_line::content(text).any(is_line)
}

/// The public key of a text, in whichever format it is.
pub(super) fn read(text: &str) -> Result<(PublicFormat, PublicKey), Fault> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let Some(format) = announced(text) else {
        return public_line::read(text).map(|key| (PublicFormat::OpenSsh, key));
    };
    let key = match format {
        PublicFormat::Rfc4716 => rfc4716::read(text),
        PublicFormat::Pem => public_pem::read(text, public_pem::PKCS1),
        PublicFormat::Pkcs8 | PublicFormat::OpenSsh => public_pem::read(text, public_pem::PKIX),
    }?;
    Ok((format, key))
}
/// What of a public key file is not the key's: comments, or other keys.
pub(super) fn other_lines(text: &str) -> impl Iterator<Item = &str> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let is_end = |line: &str| line.starts_with("-----END ") || line.starts_with("---- END ");
    let is_begin = |line: &str| line.starts_with("-----BEGIN ") || line.starts_with("---- BEGIN ");
    let is_block = announced(text).is_some();
    let (mut is_inside, mut is_over) = (false, false);
    text.lines().map(str::trim).filter(move |line| {
        if !is_block {
            return line.starts_with('#');
        }
        is_inside = is_inside || !is_over && is_begin(line);
        let is_others = !is_inside && !line.is_empty();
        if is_inside && is_end(line) {
            (is_inside, is_over) = (false, true);
        }
        is_others
    })
}
