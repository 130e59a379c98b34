//! Numbers, times and sizes, as ssh_config(5) writes them. An error says what the value must be,
//! never what it is.

/// Seconds, in the TIME FORMATS of sshd_config(5): `90`, `1m30`, `2h`. `None` for `none`.
pub(super) fn seconds(word: &str) -> Result<Option<u32>, String> {
    const WANTED: &str = "must be a time such as 30, 5m or 1h30m";
    if word == "none" {
        return Ok(None);
    }
    let (mut total, mut rest) = (0u32, word);
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number: u32 = rest[..digits].parse().map_err(|_| WANTED)?;
        let mut tail = rest[digits..].chars();
        let unit = match tail.next().map(|c| c.to_ascii_lowercase()) {
            None | Some('s') => 1,
            Some('m') => 60,
            Some('h') => 60 * 60,
            Some('d') => 24 * 60 * 60,
            Some('w') => 7 * 24 * 60 * 60,
            Some(_) => return Err(WANTED.into()),
        };
        // ssh counts in an int.
        total = number
            .checked_mul(unit)
            .and_then(|it| it.checked_add(total))
            .filter(|it| *it <= i32::MAX as u32)
            .ok_or(WANTED)?;
        rest = tail.as_str();
    }
    Ok(Some(total))
}

/// Bytes, as RekeyLimit has them: `512M`, `1.5G`. `None` for `default` and for 0.
pub(super) fn size(word: &str) -> Result<Option<u64>, String> {
    const WANTED: &str = "must be default or a size such as 512M or 1G";
    /// The minimum that readconf.c accepts.
    const LEAST: u64 = 16;
    if word == "default" {
        return Ok(None);
    }
    let (number, shift) =
        match word.char_indices().last().map(|(at, unit)| (&word[..at], unit.to_ascii_uppercase()))
        {
            Some((number, unit)) if !unit.is_ascii_digit() => {
                (number, 10 * "BKMGTPE".find(unit).ok_or(WANTED)?)
            }
            _ => (word, 0),
        };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |text: &str| {
        text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<u128>().ok()).flatten()
    };
    let (whole, parts) = digits(whole).zip(digits(fraction)).ok_or(WANTED)?;
    let of = 10u128.checked_pow(fraction.len() as u32).ok_or(WANTED)?;
    let bytes = whole
        .checked_mul(of)
        .and_then(|it| it.checked_add(parts)?.checked_mul(1 << shift))
        .ok_or(WANTED)?
        / of;
    // ssh counts in a signed 64-bit number.
    match u64::try_from(bytes).ok().filter(|bytes| *bytes <= i64::MAX as u64).ok_or(WANTED)? {
        0 => Ok(None),
        1..LEAST => Err(format!("must be at least {LEAST} bytes")),
        bytes => Ok(Some(bytes)),
    }
}

/// A whole number that fits ssh's int, from 0.
pub(super) fn count(word: &str) -> Result<u32, String> {
    let digits = word.strip_prefix('+').unwrap_or(word);
    let number =
        digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok()).flatten();
    number.filter(|it| *it <= i32::MAX as u32).ok_or_else(|| "must be a whole number".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units_and_bounds() {
        for (word, wanted) in [
            ("default", None),
            ("0", None),
            ("16", Some(16)),
            ("512m", Some(512 << 20)),
            ("1G", Some(1 << 30)),
            ("1.5k", Some(1536)),
            ("7E", Some(7 << 60)),
        ] {
            assert_eq!(size(word), Ok(wanted), "{word}");
        }
        for word in ["", "x", "G", "-1", "15", "1X", "8E", "99999999999G", "1.5.5G"] {
            assert!(size(word).is_err(), "{word}");
        }
    }

    #[test]
    fn times_have_units_and_bounds() {
        for (word, wanted) in
            [("30", 30), ("1m30", 90), ("2H", 7200), ("1d1s", 86401), ("1w", 604800)]
        {
            assert_eq!(seconds(word), Ok(Some(wanted)), "{word}");
        }
        assert_eq!(seconds("none"), Ok(None));
        for word in ["x", "5x", "-1", "99999999999", "99999w", "m"] {
            assert!(seconds(word).is_err(), "{word}");
        }
        assert!(count("+3") == Ok(3) && count("007") == Ok(7));
        assert!(["", "-1", "2147483648", "1x", "++1"].iter().all(|word| count(word).is_err()));
    }
}
