//! Segura: only RSA in PEM format is known to work.

use super::subject::{Acceptance, Family, Fix, Objection, Subject};
use crate::keys::key_file::{Format, Private};

pub(super) fn check(subject: &Subject<'_>, private: &Private) -> Acceptance {
    let fix = match subject.family(private) {
        Family::Rsa | Family::Hidden if private.format() == Format::Pem => {
            return subject.is_bare_pem();
        }
        Family::Rsa => Some(Fix::Copy(Format::Pem)),
        // Not every kind of key has a PEM form, and only the passphrase shows which kind it is.
        Family::Hidden => None,
        Family::Ecdsa | Family::Ed25519 | Family::SecurityKey => Some(Fix::NewRsaKey),
    };
    Err(Objection { reason: "only RSA in PEM format is known to work", fix })
}
