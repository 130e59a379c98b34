//! WebSSH2, an SSH client in the browser: which key files its library reads (Node's ssh2,
//! lib/protocol/keyParser.js, 1.17.0), and where its config file holds a key.

use super::subject::{Acceptance, Family, Fix, Objection, Subject};
use crate::keys::key_file::{Format, Private};
use ssh_key::public::KeyData;

/// Where its config file holds the key: a JSON pointer (RFC 6901).
pub const POINTER: &str = "/user/privateKey";
/// The name of that member.
pub const MEMBER: &str = "privateKey";

pub(super) fn check(subject: &Subject<'_>, private: &Private) -> Acceptance {
    let Some(reason) = rejection(private) else { return Ok(()) };
    let is_other_form = matches!(private.format(), Format::Pkcs8 | Format::Ppk2 | Format::Ppk3)
        || is_chacha(private);
    let fix = match subject.family(private) {
        Family::SecurityKey => None,
        _ if !is_other_form => Some(Fix::Repair),
        Family::Rsa | Family::Ecdsa => Some(Fix::Copy(Format::Pem)),
        // An ED25519 key has no other form that it reads, and a hidden key may be one.
        Family::Ed25519 | Family::Hidden => Some(Fix::Copy(Format::OpenSsh)),
    };
    Err(Objection { reason, fix })
}

/// Why it does not accept a private key as it is in its file; `None` if it does.
pub fn rejection(private: &Private) -> Option<&'static str> {
    let public = private.public();
    let public = public.as_ref().map(|key| key.key_data());
    if public.is_some_and(|key| key.is_sk_ed25519() || key.is_sk_ecdsa_p256()) {
        return Some("it does not sign with security keys");
    }
    match private.format() {
        Format::Pkcs8 => return Some("it does not read PKCS#8"),
        Format::Ppk3 => return Some("it does not read PPK 3"),
        Format::Ppk2 if !public.is_some_and(KeyData::is_rsa) => {
            return Some("in PPK 2 it reads only RSA keys");
        }
        Format::Ppk2 => return None,
        Format::OpenSsh | Format::Pem => {}
    }
    if is_chacha(private) {
        return Some("it cannot decrypt chacha20-poly1305");
    }
    // It trims the text, a byte order mark too, and then its first line must be the key's first and
    // its last line the key's last.
    let text = private.text().trim_start_matches('\u{feff}').trim();
    let first = text.lines().next().unwrap_or_default();
    let last = first.replacen("BEGIN", "END", 1);
    let is_bare = first.starts_with("-----BEGIN ")
        && first.ends_with("PRIVATE KEY-----")
        && text.ends_with(&format!("\n{last}"));
    if is_bare { None } else { Some("there is text before or after the key") }
}

fn is_chacha(private: &Private) -> bool {
    private.encryption().is_some_and(|it| it.cipher.starts_with("chacha20"))
}

/// The format of a copy that it accepts.
pub fn accepted_format(private: &Private) -> Format {
    match private.public() {
        Some(key) if !key.key_data().is_ed25519() => Format::Pem,
        None if private.format() == Format::Pem => Format::Pem,
        // Hidden, it may be an ED25519 key, which has no PEM form.
        _ => Format::OpenSsh,
    }
}

/// What prevents it from logging in with a key in its config file. `beside` names the members of
/// `user` that are set, if they are known.
pub fn warnings(private: &Private, beside: Option<&[String]>) -> Vec<&'static str> {
    let has = |name: &str| beside.is_some_and(|names| names.iter().any(|it| it == name));
    let mut warnings = Vec::new();
    if private.is_encrypted() && !has("passphrase") {
        warnings.push("the key is encrypted: WebSSH2 needs its passphrase in user.passphrase");
    }
    if has("password") {
        warnings.push("user.password is set: WebSSH2 logs in with it and never offers the key");
    }
    if beside.is_some() && !has("name") {
        warnings.push("user.name is not set: without it WebSSH2 does not use the key");
    }
    warnings
}
