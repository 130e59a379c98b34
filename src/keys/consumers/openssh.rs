//! OpenSSH: which private key files its ssh reads.

use super::subject::{Acceptance, Family, Fix, Objection, Subject};
use crate::keys::key_file::{Format, Private};
use ssh_key::PublicKey;

pub(super) fn check_private(subject: &Subject<'_>, private: &Private) -> Acceptance {
    let objection = |reason, fix| Err(Objection { reason, fix: Some(fix) });
    match private.format() {
        Format::Ppk2 | Format::Ppk3 => {
            return objection("it does not read PuTTY key files", Fix::Copy(Format::OpenSsh));
        }
        Format::Pkcs8 if subject.family(private) == Family::Ed25519 => {
            let reason = "many versions cannot read an ED25519 key in PKCS#8";
            return objection(reason, Fix::Copy(Format::OpenSsh));
        }
        // It looks for the first and the last line with their line breaks (sshkey.c, MARK_BEGIN and
        // MARK_END).
        Format::OpenSsh
            if !subject.text.starts_with("-----BEGIN OPENSSH PRIVATE KEY-----\n")
                || !subject.text.contains("\n-----END OPENSSH PRIVATE KEY-----\n") =>
        {
            let reason = "in this format it accepts no byte order mark, CRLF, surrounding text or \
                missing final newline";
            return objection(reason, Fix::Repair);
        }
        Format::OpenSsh | Format::Pem | Format::Pkcs8 => {}
    }
    if subject.is_exposed {
        return objection("it ignores a private key that others can access", Fix::Permissions);
    }
    Ok(())
}

/// Which OpenSSH cannot read this key in this format, for a warning when it is written; `None` if
/// all can.
pub fn warning(key: &PublicKey, format: Format) -> Option<&'static str> {
    (key.key_data().is_ed25519() && format == Format::Pkcs8).then_some(
        "OpenSSH before 9.6 does not read an ed25519 key in the PKCS#8 format; every OpenSSH since \
        6.5 reads -m openssh",
    )
}
