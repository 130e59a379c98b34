//! Text from outside (a server, a file, a name) made harmless before a terminal shows it: no escape
//! sequences, no control characters, nothing that reorders or hides text. The rest is unchanged.

use sshk::text::is_hidden;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Several lines: newlines and tabs stay, a carriage return counts as a newline.
pub fn block(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        rest = match c {
            '\x1b' => after_escape(after),
            '\u{9b}' => after_csi(after),
            '\u{90}' | '\u{98}' | '\u{9d}'..='\u{9f}' => after_string(after),
            '\r' => {
                kept.push('\n');
                after.strip_prefix('\n').unwrap_or(after)
            }
            '\n' | '\t' => {
                kept.push(c);
                after
            }
            _ => {
                if !is_hidden(c) {
                    kept.push(c);
                }
                after
            }
        };
    }
    kept
}

/// One line: as [`block`], with a space for each newline and tab, so that nothing can pass for a
/// line of its own.
pub fn line(text: &str) -> String {
    block(text).trim_end().replace(['\n', '\t'], " ")
}

/// The words of a server: each line of [`block`] after `from`, which the server cannot choose. A
/// line that is wider than the terminal is cut into several, since the terminal would go on without
/// the prefix where the server wants it to.
pub fn said(from: &str, text: &str, width: Option<usize>) -> String {
    let prefix = format!("{} says: ", line(from));
    let room = width.map_or(usize::MAX, |width| width.saturating_sub(prefix.width()).max(1));
    let text = block(text).replace('\t', "        ");
    let lines = text.trim_end().split('\n').flat_map(|line| cut(line, room));
    let lines: Vec<_> = lines.map(|line| format!("{prefix}{line}").trim_end().to_owned()).collect();
    lines.join("\n")
}

/// The text in pieces of at most `room` columns, and at least one character each.
fn cut(text: &str, room: usize) -> Vec<&str> {
    let (mut pieces, mut start, mut columns) = (Vec::new(), 0, 0);
    for (at, c) in text.char_indices() {
        let width = c.width().unwrap_or_default();
        if at > start && columns + width > room {
            pieces.push(&text[start..at]);
            (start, columns) = (at, 0);
        }
        columns += width;
    }
    pieces.push(&text[start..]);
    pieces
}

/// The text of a JSON value with hidden characters as `\uXXXX`: the same value, harmless to a
/// terminal. Such characters occur inside strings only.
pub fn json(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if is_hidden(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                escaped.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            escaped.push(c);
        }
    }
    escaped
}

/// After ESC (ECMA-35, ECMA-48). If no whole sequence follows, only the introducer goes: a cut one
/// must not swallow what should be read.
fn after_escape(text: &str) -> &str {
    match text.bytes().next() {
        Some(b'[') => after_csi(&text[1..]),
        Some(b']' | b'P' | b'X' | b'^' | b'_') => after_string(&text[1..]),
        _ => {
            let intermediates = text.bytes().take_while(|byte| matches!(byte, b' '..=b'/')).count();
            match text.as_bytes().get(intermediates) {
                Some(b'0'..=b'~') => &text[intermediates + 1..],
                _ => text,
            }
        }
    }
}

fn after_csi(text: &str) -> &str {
    let parameters = text.bytes().take_while(|byte| matches!(byte, b' '..=b'?')).count();
    match text.as_bytes().get(parameters) {
        Some(b'@'..=b'~') => &text[parameters + 1..],
        _ => text,
    }
}

/// After OSC, DCS, SOS, PM or APC: to BEL or ST on the same line.
fn after_string(text: &str) -> &str {
    for (at, c) in text.char_indices() {
        match c {
            '\x07' | '\u{9c}' => return &text[at + c.len_utf8()..],
            '\x1b' if text[at + 1..].starts_with('\\') => return &text[at + 2..],
            '\n' | '\r' => break,
            _ => {}
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn plain_text_in_any_script_stays() {
        for text in ["", "web1: key installed", "naïve 鍵 🔑", "نمی\u{200c}خواهم", "a\tb\n  c\n"]
        {
            assert_eq!(block(text), text);
        }
    }

    #[test]
    fn escape_sequences_are_removed_whole() {
        for (text, left) in [
            ("\x1b[31mred\x1b[0m", "red"),
            ("\x1b[38;5;1;4mx", "x"),
            ("\x1b[?25lx\x1b[ qy", "xy"),
            ("\x1b]0;title\x07x", "x"),
            ("\x1b]8;;http://e\x1b\\link\x1b]8;;\x1b\\", "link"),
            ("\x1bP1$r\x1b\\x", "x"),
            ("\x1bcx\x1b(By\x1b7z", "xyz"),
            ("\u{9b}2Jx", "x"),
            ("\u{9d}0;title\u{9c}x", "x"),
        ] {
            assert_eq!(block(text), left, "{text:?}");
        }
    }

    #[test]
    fn a_cut_sequence_hides_nothing_after_it() {
        assert_eq!(block("\x1b]0;never closed\nstill here"), "0;never closed\nstill here");
        assert_eq!(block("\x1b[31\nstill here"), "31\nstill here");
        assert_eq!(block("x\x1b"), "x");
        assert_eq!(block("\x1b鍵"), "鍵");
    }

    #[test]
    fn overwriting_becomes_a_line_of_its_own() {
        assert_eq!(
            block("password wrong\rpassword right\r\nend"),
            "password wrong\npassword right\nend"
        );
        assert_eq!(block("good\x08\x08\x08\x08evil"), "goodevil");
    }

    #[test]
    fn direction_and_invisible_characters_are_removed() {
        assert_eq!(
            block("a\u{202e}b\u{2066}c\u{2069}d\u{200f}e\u{feff}f\u{200b}g\u{2028}h"),
            "abcdefgh"
        );
    }

    #[test]
    fn a_line_cannot_forge_another() {
        assert_eq!(line("web1\nsshk: hint: run x\n"), "web1 sshk: hint: run x");
        assert_eq!(line("a\tb\r\n"), "a b");
    }

    #[test]
    fn no_line_of_a_server_can_pass_for_ours() {
        let forged = "ann@web1: installed\r\nsshk: hint: run x\rsshk: error: y\x1b[1A\u{2028}z\n";
        assert_eq!(
            said("ann@web1", forged, None),
            "ann@web1 says: ann@web1: installed\nann@web1 says: sshk: hint: run x\n\
             ann@web1 says: sshk: error: yz"
        );
        assert_eq!(said("u@h", "a\n\nb", None), "u@h says: a\nu@h says:\nu@h says: b");
        // Nor by padding a line up to the terminal's edge.
        let padded = format!("{}sshk: hint: x", " ".repeat(10));
        assert_eq!(
            said("u@h", &padded, Some(20)),
            "u@h says:\nu@h says: sshk: hint\nu@h says: : x"
        );
        assert_eq!(said("u@h", "鍵鍵鍵", Some(14)), "u@h says: 鍵鍵\nu@h says: 鍵");
        assert_eq!(said("u@h", "鍵鍵", Some(1)), "u@h says: 鍵\nu@h says: 鍵");
        assert_eq!(said("u\n@h", "a", None), "u @h says: a");
    }

    #[test]
    fn json_keeps_its_value_and_has_nothing_hidden() {
        let value = serde_json::json!({ "comment": "a\u{9b}2J\u{202e}b\u{e0041}\x7f\x1b\n" });
        let text = json(&value.to_string());
        assert_eq!(text, r#"{"comment":"a\u009b2J\u202eb\udb40\udc41\u007f\u001b\n"}"#);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
    }

    proptest! {
        #[test]
        fn nothing_hidden_is_ever_left(
            text in "(\\PC|[\x00-\x1f\x7f-\u{9f}]|\u{1b}[\\[\\]P(]|\u{202e}){0,40}",
        ) {
            prop_assert!(!block(&text).chars().any(|c| is_hidden(c) && c != '\n' && c != '\t'));
            prop_assert!(!line(&text).chars().any(is_hidden));
        }
    }
}
