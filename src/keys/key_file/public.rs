//! A public key in any format.

use super::format::PublicFormat;
use super::public_line::{self, content, is_public_line};
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
    announced(text).is_some() || text.lines().any(is_public_line)
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
/// Whether a public key file has lines that are not the key's: comments, or other keys.
pub(super) fn has_other_lines(text: &str) -> bool {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    if announced(text).is_none() {
        return lines.count() > 1;
    }
    let is_end = |line: &str| line.starts_with("-----END ") || line.starts_with("---- END ");
    let is_begin = |line: &&str| line.starts_with("-----BEGIN ") || line.starts_with("---- BEGIN ");
    !lines.next().as_ref().is_some_and(is_begin)
        || !lines.by_ref().any(is_end)
        || lines.next().is_some()
}
