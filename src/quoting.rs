//! Quotes words for a POSIX shell, so that every command in a hint can be pasted as printed.

use std::path::Path;

/// The text as one word, quoted only if a shell needs it. A `~` at its start is not expanded.
pub fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+@%:,=~".contains(c);
    if !text.is_empty() && text.chars().all(plain) && !text.starts_with('~') {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

/// The path as one word that no program mistakes for an option.
pub fn shell_path(path: &Path) -> String {
    let text = path.to_string_lossy();
    if text.starts_with('-') { shell_word(&format!("./{text}")) } else { shell_word(&text) }
}

/// A path on a server as one word, with `~` or `~/` at its start left for the shell to expand. The
/// text may come from the server, so control characters are dropped.
pub fn remote_path(path: &str) -> String {
    let shown: String = path.chars().filter(|c| !c.is_control()).collect();
    match shown.strip_prefix("~/") {
        Some("") => "~/".into(),
        Some(rest) => format!("~/{}", shell_word(rest)),
        None if shown == "~" => shown,
        None => shell_word(&shown),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_only_if_a_shell_needs_it() {
        assert_eq!(shell_word("/home/ann/.ssh/work"), "/home/ann/.ssh/work");
        assert_eq!(shell_word("StrictHostKeyChecking=no"), "StrictHostKeyChecking=no");
        assert_eq!(shell_word("my key"), "'my key'");
        assert_eq!(shell_word("it's"), r"'it'\''s'");
        assert_eq!(shell_word("~/k"), "'~/k'");
        assert_eq!(shell_word("schlüssel"), "'schlüssel'");
        assert_eq!(shell_word(""), "''");
        assert_eq!(shell_path(Path::new("-k")), "./-k");
        assert_eq!(shell_path(Path::new("-a b")), "'./-a b'");
    }

    #[test]
    fn the_shell_expands_the_home_directory_of_a_path_on_a_server() {
        assert_eq!(remote_path("~/.ssh/authorized_keys"), "~/.ssh/authorized_keys");
        assert_eq!(remote_path("~"), "~");
        assert_eq!(remote_path("~/a b"), "~/'a b'");
        assert_eq!(remote_path("/x/$(id)'\u{1b}"), r"'/x/$(id)'\'''");
        assert_eq!(remote_path("~ann/x"), "'~ann/x'");
    }
}
