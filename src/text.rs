//! Text from outside, made ready for a reader: which characters are invisible, how it is cut to a
//! length, and what the operating system says about a failure.

use std::io;

/// Whether a character is invisible and can mislead a reader: control characters (C0, DEL, C1),
/// line separators, what changes the direction of text (UAX #9), and invisible format characters.
///
/// Not the zero-width joiners, which some scripts need to be readable: see [`is_zero_width`].
pub fn is_hidden(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') || is_format(c)
}

/// Whether a character has no width, for places where none belongs, such as base64: format
/// characters and joiners. Control characters and line separators are not among them.
pub fn is_zero_width(c: char) -> bool {
    is_format(c) || matches!(c, '\u{200c}' | '\u{200d}')
}

fn is_format(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// The first `most` characters, with an ellipsis if there were more.
pub fn start_of(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

/// The last `most` characters, after an ellipsis if there were more.
pub fn end_of(text: &str, most: usize) -> String {
    match text.char_indices().rev().nth(most) {
        Some((at, dropped)) => format!("…{}", &text[at + dropped.len_utf8()..]),
        None => text.to_owned(),
    }
}

/// Each line of a text from outside after `prefix`, so that none can pass for a line of our own. A
/// carriage return counts as a newline.
pub fn after_prefix(prefix: &str, text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let lines: Vec<_> = text.split('\n').map(|line| format!("{prefix}{line}")).collect();
    lines.join("\n")
}

/// A message of the operating system without the "(os error 2)" that Rust adds.
pub fn without_os_error(message: &str) -> &str {
    message.split(" (os error").next().unwrap_or(message)
}

/// What the operating system says about a failure, to follow a colon: `permission denied`.
///
/// Only an ordinary first word is put into lower case; a name in front keeps its spelling.
pub fn io_reason(error: &io::Error) -> String {
    let message = error.to_string();
    let words = without_os_error(&message);
    let (first, rest) = words.split_at(words.find(' ').unwrap_or(words.len()));
    if first.chars().skip(1).all(char::is_lowercase) {
        format!("{}{rest}", first.to_lowercase())
    } else {
        words.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_misleads_is_hidden_and_what_scripts_need_is_not() {
        for c in ['\0', '\n', '\u{7f}', '\u{9b}', '\u{2028}', '\u{202e}', '\u{2066}', '\u{feff}'] {
            assert!(is_hidden(c), "{c:?}");
        }
        for c in ['a', ' ', 'é', '鍵', '🔑', '\u{200c}', '\u{200d}'] {
            assert!(!is_hidden(c), "{c:?}");
        }
        assert!(is_zero_width('\u{200d}') && is_zero_width('\u{200b}'));
        assert!(!is_zero_width('\n') && !is_zero_width('\u{2028}'));
    }

    #[test]
    fn text_is_cut_between_characters() {
        assert_eq!((start_of("héé", 3), start_of("héé", 2)), ("héé".into(), "hé…".into()));
        assert_eq!((end_of("ééh", 3), end_of("ééh", 2)), ("ééh".into(), "…éh".into()));
        assert_eq!((start_of("", 0), end_of("a", 0)), (String::new(), "…".into()));
    }

    #[test]
    fn no_line_of_a_text_is_without_its_prefix() {
        for (text, lines) in [
            ("Code: ", "> Code: "),
            ("a\nsshk: hint: b\r\nc\rsshk: d", "> a\n> sshk: hint: b\n> c\n> sshk: d"),
            ("", "> "),
        ] {
            assert_eq!(after_prefix("> ", text), lines, "{text:?}");
        }
    }

    #[test]
    fn the_systems_words_come_without_their_number() {
        let reason = |code| io_reason(&io::Error::from_raw_os_error(code));
        assert_eq!(reason(2), "no such file or directory");
        let named = io::Error::other("SO_BINDTODEVICE: Operation not permitted (os error 1)");
        assert_eq!(io_reason(&named), "SO_BINDTODEVICE: Operation not permitted");
    }
}
