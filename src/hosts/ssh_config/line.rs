//! One line of a configuration: keyword, the words after it, and the raw rest. Quoting and escapes
//! as OpenSSH splits them.

use std::collections::VecDeque;

/// A line that says something.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line<'a> {
    /// As written, without quotes.
    pub keyword: String,
    /// Everything after the keyword and its `=`, for the keywords whose value is a command. Never
    /// empty.
    pub rest: &'a str,
}

/// The keyword of a line; nothing for blank lines and comments. `Err` says why the line cannot be
/// read.
pub(super) fn split(line: &str) -> Result<Option<Line<'_>>, &'static str> {
    // A form feed counts as blank at the end of a line only.
    let line = line.trim_end_matches([' ', '\t', '\r', '\n', '\x0c']);
    let line = line.trim_start_matches(is_blank);
    let line = line.strip_prefix('=').unwrap_or(line).trim_start_matches(is_blank);
    if line.is_empty() || line.starts_with('#') {
        return Ok(None);
    }
    let end = line.find(|c| is_blank(c) || c == '"' || c == '=').unwrap_or(line.len());
    let (keyword, rest) = match line[end..].strip_prefix('"') {
        Some(quoted) => {
            let (inside, rest) = quoted.split_once('"').ok_or("the quotes do not match")?;
            (format!("{}{inside}", &line[..end]), rest.trim_start_matches(is_blank))
        }
        None => {
            // One `=` at most belongs to the keyword, with blanks on either side.
            let rest = line[end..].trim_start_matches(is_blank);
            (
                line[..end].to_owned(),
                rest.strip_prefix('=').unwrap_or(rest).trim_start_matches(is_blank),
            )
        }
    };
    Ok(Some(Line { keyword, rest }))
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

/// The words of a value. Quotes of either kind group, `\` escapes quotes, itself and, outside
/// quotes, a blank; a `#` at the start of a word begins a comment.
pub(super) fn words(rest: &str) -> Result<Words, &'static str> {
    let mut words = VecDeque::new();
    let mut left = rest.chars().peekable();
    loop {
        while left.next_if(|c| matches!(c, ' ' | '\t')).is_some() {}
        if matches!(left.peek(), None | Some('#')) {
            return Ok(Words(words));
        }
        let (mut word, mut quote) = (String::new(), None);
        while let Some(&c) = left.peek() {
            if quote.is_none() && matches!(c, ' ' | '\t') {
                break;
            }
            left.next();
            match (c, quote) {
                ('\\', _) => {
                    let escaped = left.next_if(|next| {
                        matches!(next, '\'' | '"' | '\\') || (quote.is_none() && *next == ' ')
                    });
                    word.push(escaped.unwrap_or('\\'));
                }
                ('"' | '\'', None) => quote = Some(c),
                (c, Some(open)) if c == open => quote = None,
                (c, _) => word.push(c),
            }
        }
        if quote.is_some() {
            return Err("the quotes do not match");
        }
        words.push_back(word);
    }
}

/// The words of one line, taken from the front.
#[derive(Debug)]
pub(super) struct Words(VecDeque<String>);

impl Words {
    /// The next word, even an empty one.
    pub(super) fn next(&mut self) -> Option<String> {
        self.0.pop_front()
    }

    /// The next word; an empty one counts as missing.
    pub(super) fn take(&mut self) -> Result<String, String> {
        self.next().filter(|word| !word.is_empty()).ok_or_else(|| "its value is missing".into())
    }

    /// All that is left.
    pub(super) fn take_all(&mut self) -> Vec<String> {
        std::mem::take(&mut self.0).into()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// sshd_config(5) TIME FORMATS, in seconds: `90`, `1m30`, `2h`; nothing for `none`.
pub(super) fn seconds(word: &str) -> Result<Option<u32>, String> {
    const WANTED: &str = "its value must be a time such as 30, 5m or 1h30m";
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

/// RekeyLimit's size in bytes, `512M` and its like; nothing for `default` and for 0.
pub(super) fn scaled(word: &str) -> Result<Option<u64>, String> {
    const WANTED: &str = "its value must be default or a size such as 512M or 1G";
    /// readconf.c: less would be no session.
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
        1..LEAST => Err(format!("its size must be at least {LEAST} bytes")),
        bytes => Ok(Some(bytes)),
    }
}

/// A whole number from 0, as an int of ssh holds it.
pub(super) fn count(word: &str) -> Result<u32, String> {
    let digits = word.strip_prefix('+').unwrap_or(word);
    let number =
        digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok()).flatten();
    number
        .filter(|it| *it <= i32::MAX as u32)
        .ok_or_else(|| "its value must be a whole number".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(line: &str) -> (String, Vec<String>) {
        let line = split(line).unwrap().unwrap();
        (line.keyword.clone(), words(line.rest).unwrap().take_all())
    }

    #[test]
    fn a_keyword_ends_at_blanks_quotes_or_one_equals_sign() {
        for line in [
            "Port 22",
            " \tPort=22\r\n",
            "Port = 22",
            "Port= 22 \x0c",
            "Port \"22\"",
            "\"Port\" 22",
            "Port 2'2' # x",
            "=Port 22",
        ] {
            let (keyword, words) = of(line);
            assert!(keyword == "Port" && words == ["22"], "{line:?}: {keyword} {words:?}");
        }
        assert_eq!(of("Po\"rt\" 22"), ("Port".into(), vec!["22".into()]));
        assert_eq!(of("Port == 22"), ("Port".into(), vec!["=".into(), "22".into()]));
        for line in ["", "  \r\n", "# Port 22", "  #x"] {
            assert_eq!(split(line), Ok(None), "{line:?}");
        }
        assert!(split("Port \"22").is_ok_and(|line| words(line.unwrap().rest).is_err()));
        assert!(split("\"Port 22").is_err());
    }

    #[test]
    fn words_are_split_quoted_and_escaped_as_in_ssh() {
        let of = |rest: &str| words(rest).unwrap().take_all();
        assert_eq!(of(r#"a "b c" 'd "e' f\ g"#), ["a", "b c", "d \"e", "f g"]);
        assert_eq!(of(r#"a"b"c \"x\" "\ " \n"#), ["abc", "\"x\"", "\\ ", "\\n"]);
        assert_eq!(of("a #b c"), ["a"]);
        assert_eq!(of("a#b"), ["a#b"]);
        assert_eq!(of("\"\" x"), ["", "x"]);
    }

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
            assert_eq!(scaled(word), Ok(wanted), "{word}");
        }
        for word in ["", "x", "G", "-1", "15", "1X", "8E", "99999999999G", "1.5.5G"] {
            assert!(scaled(word).is_err(), "{word}");
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
