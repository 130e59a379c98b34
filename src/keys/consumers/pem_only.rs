//! Programs that read keys in PEM format and no other: JSch 0.1.55, trilead, paramiko's RSAKey.

use super::subject::{Acceptance, Family, Fix, Objection, Subject};
use crate::keys::key_file::{Format, Private};

pub(super) fn check(subject: &Subject<'_>, private: &Private) -> Acceptance {
    let (reason, fix) = match subject.family(private) {
        Family::Ed25519 | Family::SecurityKey => {
            ("keys of this type have no PEM format", Some(Fix::NewRsaKey))
        }
        Family::Hidden if private.format() != Format::Pem => {
            // Not every kind of key has a PEM form.
            ("it is not in PEM format, and only its passphrase shows whether it has one", None)
        }
        _ if private.format() != Format::Pem => {
            ("it is not in PEM format", Some(Fix::Copy(Format::Pem)))
        }
        _ => return subject.is_bare_pem(),
    };
    Err(Objection { reason, fix })
}
