//! How messages name a file on the server.

/// A path on the server as messages name it: with `~/` if it is below the home directory.
pub(crate) fn shown(path: &str) -> String {
    if path.starts_with('/') { path.to_owned() } else { format!("~/{path}") }
}

/// The directory of a file that messages name.
pub(crate) fn folder_of(file: &str) -> &str {
    match file.rsplit_once('/') {
        Some(("", _)) => "/",
        Some((folder, _)) => folder,
        None => "~",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_of_a_file_is_named_for_a_hint() {
        assert_eq!(folder_of("~/.ssh/authorized_keys"), "~/.ssh");
        assert_eq!(folder_of("/k"), "/");
    }
}
