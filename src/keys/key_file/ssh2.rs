//! What Node's ssh2, and WebSSH2 with it, takes of the key files that are read here: its
//! lib/protocol/keyParser.js, 1.17.0.

use super::Format;
use ssh_key::public::KeyData;

/// Why it refuses the text of a whole private key, and `None` where it takes it. `public` is its
/// other half, where that can be seen.
pub(super) fn refusal(
    text: &str,
    format: Format,
    is_chacha: bool,
    public: Option<&KeyData>,
) -> Option<&'static str> {
    if public.is_some_and(|key| key.is_sk_ed25519() || key.is_sk_ecdsa_p256()) {
        return Some("it does not sign with security keys");
    }
    match format {
        Format::Pkcs8 => return Some("it has no PKCS#8"),
        Format::Ppk3 => return Some("it has no PPK 3"),
        Format::Ppk2 if !public.is_some_and(KeyData::is_rsa) => {
            return Some("of PPK 2 it has RSA keys alone");
        }
        Format::Ppk2 | Format::OpenSsh | Format::Pem => {}
    }
    if is_chacha {
        return Some("it cannot open the cipher chacha20-poly1305");
    }
    // It trims the text, of a byte order mark too, and then its first line must be the key's first
    // and its last line the key's last.
    let text = text.trim_start_matches('\u{feff}').trim();
    if format == Format::Ppk2 {
        return None;
    }
    let first = text.lines().next().unwrap_or_default();
    let last = first.replacen("BEGIN", "END", 1);
    let is_bare = first.starts_with("-----BEGIN ")
        && first.ends_with("PRIVATE KEY-----")
        && text.ends_with(&format!("\n{last}"));
    if is_bare { None } else { Some("something stands before or after the key") }
}
