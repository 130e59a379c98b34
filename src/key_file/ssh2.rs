//! What Node's ssh2, and WebSSH2 with it, takes of the key files that OpenSSH reads: its lib/protocol/keyParser.js, 1.17.0.

use super::Format;

/// Why it refuses the text of a whole private key, and `None` where it takes it.
pub(super) fn refusal(text: &str, format: Format, is_chacha: bool) -> Option<&'static str> {
    match format {
        Format::Pkcs8 => return Some("it has no PKCS#8"),
        Format::Ppk3 => return Some("it has no PPK 3"),
        Format::Ppk2 if text.contains("User-Key-File-2: ssh-rsa") => return None,
        Format::Ppk2 => return Some("of PPK 2 it has RSA keys alone"),
        Format::OpenSsh | Format::Pem => {}
    }
    if is_chacha {
        return Some("it cannot open the cipher chacha20-poly1305");
    }
    // It trims the text, and then its first line must be the key's first and its last line the key's last.
    let text = text.trim();
    let first = text.lines().next().unwrap_or_default();
    let last = first.replacen("BEGIN", "END", 1);
    let is_bare = first.starts_with("-----BEGIN ") && first.ends_with("PRIVATE KEY-----") && text.ends_with(&format!("\n{last}"));
    if is_bare { None } else { Some("something stands before or after the key") }
}
