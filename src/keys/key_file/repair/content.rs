//! A key's format by its content, for keys whose first and last lines are missing or wrong.

use crate::keys::key_file::armour;
use crate::keys::key_file::error::Error;
use crate::keys::key_file::fault::{Converter, Fault};
use crate::keys::key_file::private::Private;
use crate::keys::key_file::{openssh, pkcs8};
use zeroize::Zeroizing;

/// The key in these bytes under the label of its format, or why there is none that can be used;
/// `None` if the bytes are in no format of a private key.
pub(super) fn key(bytes: &[u8]) -> Option<Result<Zeroizing<String>, Fault>> {
    if pkcs8::is_pkcs12(bytes) {
        let what = "a PKCS#12 file".into();
        return Some(Err(Fault::Foreign { what, by: Converter::OpensslPkcs12 }));
    }
    let is_openssh = bytes.starts_with(openssh::MAGIC);
    if !is_openssh && bytes.first() != Some(&DER_SEQUENCE) {
        return None;
    }
    let width = if is_openssh { armour::OPENSSH_WIDTH } else { armour::PEM_WIDTH };
    first(|label| armour::write(label, "", bytes, width))
}

/// The first byte of every key in DER (X.690, section 8.9).
const DER_SEQUENCE: u8 = 0x30;

/// The first of the texts that `write` makes under the known labels that is a whole key; otherwise
/// the fault of one that is a key all the same.
pub(super) fn first(
    write: impl Fn(&'static str) -> Zeroizing<String>,
) -> Option<Result<Zeroizing<String>, Fault>> {
    let mut known = None;
    for label in armour::LABELS.into_iter().filter(|label| *label != armour::DSA) {
        let text = write(label);
        match fault(&text) {
            None => return Some(Ok(text)),
            Some(Fault::Damaged { .. } | Fault::NotBase64 { .. }) => {}
            Some(fault) => known = known.or(Some(Err(fault))),
        }
    }
    known
}

/// Why a text is not a whole key.
pub(super) fn fault(text: &str) -> Option<Fault> {
    match Private::parse(Zeroizing::new(text.to_owned()), "") {
        Ok(_) => None,
        Err(Error::Key { fault, .. }) => Some(fault),
        Err(_) => Some(Fault::NotAKey { why: "it cannot be read" }),
    }
}
