//! The text of a key from which every form is made.

use zeroize::Zeroizing;

/// The text with LF line ends and without a byte order mark; nothing else is changed: the last line
/// break is neither added nor removed.
pub fn normalise(text: &str) -> Zeroizing<String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut out = Zeroizing::new(String::with_capacity(text.len()));
    for line in text.split_inclusive('\n') {
        match line.strip_suffix("\r\n") {
            Some(line) => {
                out.push_str(line);
                out.push('\n');
            }
            None => out.push_str(line),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_become_lf_and_the_last_one_is_neither_added_nor_removed() {
        for (text, normal) in [
            ("", ""),
            ("a", "a"),
            ("a\n", "a\n"),
            ("\u{feff}a\r\nb\r\n", "a\nb\n"),
            ("a\rb\n\r\n", "a\rb\n\n"),
            ("a\r", "a\r"),
        ] {
            assert_eq!(*normalise(text), normal, "{text:?}");
        }
    }
}
