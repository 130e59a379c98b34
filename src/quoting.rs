//! Words for a POSIX shell: every command in a hint can be pasted as it stands.

use std::path::Path;

/// The text as one word, quoted only where a shell needs it. A `~` in it is itself.
pub fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+@%:,=~".contains(c);
    match !text.is_empty() && text.chars().all(plain) && !text.starts_with('~') {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}

/// The path as one word that no program takes for an option.
pub fn shell_path(path: &Path) -> String {
    let text = path.to_string_lossy();
    match text.starts_with('-') {
        true => shell_word(&format!("./{text}")),
        false => shell_word(&text),
    }
}

/// A path on a server as one word: `~` and `~/` are left to its shell. The text may be the
/// server's, so control characters are dropped.
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
    fn words_are_quoted_only_where_a_shell_needs_it() {
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
    fn a_path_on_a_server_leaves_the_home_folder_to_its_shell() {
        assert_eq!(remote_path("~/.ssh/authorized_keys"), "~/.ssh/authorized_keys");
        assert_eq!(remote_path("~"), "~");
        assert_eq!(remote_path("~/a b"), "~/'a b'");
        assert_eq!(remote_path("/x/$(id)'\u{1b}"), r"'/x/$(id)'\'''");
        assert_eq!(remote_path("~ann/x"), "'~ann/x'");
    }
}
