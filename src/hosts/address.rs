//! Numeric addresses, rewritten as ssh does before it connects or looks in known_hosts: the short
//! and octal forms of inet_aton(3) become dotted quads, IPv6 the text of RFC 5952.

use std::net::{Ipv4Addr, Ipv6Addr};

/// The name to connect to: an address in its canonical form, any other name in lower case.
pub(super) fn canonical(host: &str) -> String {
    match numeric(host) {
        // ssh keeps the spelling if only the case differs.
        Some(address) if !address.eq_ignore_ascii_case(host) => address,
        Some(_) => host.to_owned(),
        None if looks_numeric(host) => host.to_owned(),
        None => host.to_ascii_lowercase(),
    }
}

/// Whether this is an address rather than a name to look up.
pub(super) fn is_numeric(host: &str) -> bool {
    numeric(host).is_some()
}

fn looks_numeric(host: &str) -> bool {
    host.contains(['%', ':']) || host.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

fn numeric(host: &str) -> Option<String> {
    if host.contains(':') { ipv6(host) } else { Some(inet_aton(host)?.to_string()) }
}

/// An IPv6 address in the text form of RFC 5952, with its zone (`%eth0`) if it has one.
pub(super) fn ipv6(host: &str) -> Option<String> {
    match host.split_once('%') {
        Some((address, zone)) => Some(format!("{}%{zone}", address.parse::<Ipv6Addr>().ok()?)),
        None => Some(host.parse::<Ipv6Addr>().ok()?.to_string()),
    }
}

/// One to four numbers, decimal, octal (`0`) or hexadecimal (`0x`); the last one fills the
/// remaining bytes.
fn inet_aton(host: &str) -> Option<Ipv4Addr> {
    let numbers: Vec<u32> = host.split('.').map(number).collect::<Option<_>>()?;
    let (last, front) = numbers.split_last().filter(|(_, front)| front.len() < 4)?;
    let last_width = 8 * (4 - front.len() as u32);
    if front.iter().any(|byte| *byte > 255) || (last_width < 32 && *last >= 1 << last_width) {
        return None;
    }
    let front = front.iter().enumerate().map(|(at, byte)| byte << (24 - 8 * at)).sum::<u32>();
    Some(Ipv4Addr::from(front | last))
}

fn number(text: &str) -> Option<u32> {
    let (digits, radix) = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(hex) => (hex, 16),
        None if text.len() > 1 && text.starts_with('0') => (&text[1..], 8),
        None => (text, 10),
    };
    // from_str_radix would accept a sign.
    if !digits.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    u32::from_str_radix(digits, radix).ok()
}

#[cfg(test)]
mod tests {
    use super::canonical;

    #[test]
    fn addresses_become_canonical_and_names_lower_case() {
        for (host, wanted) in [
            ("Web1.Example", "web1.example"),
            ("127.1", "127.0.0.1"),
            ("2130706433", "127.0.0.1"),
            ("0x7f.0.0.010", "127.0.0.8"),
            ("0:0:0::1", "::1"),
            ("FE80::1", "FE80::1"),
            ("fe80:0::1%lo", "fe80::1%lo"),
            ("1.2.3.4.5", "1.2.3.4.5"),
            ("256.1.1.1", "256.1.1.1"),
            ("1.2.3.256", "1.2.3.256"),
            ("0xG", "0xg"),
        ] {
            assert_eq!(canonical(host), wanted, "{host}");
        }
    }
}
