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
