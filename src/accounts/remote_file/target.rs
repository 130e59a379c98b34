//! The file that `-t` names.

use super::error::Error;

/// The longest path that `-t` accepts, in bytes.
const MAX_PATH: usize = 1024;

/// The file that a key goes into.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum RemoteFile {
    /// `~/.ssh/authorized_keys`; if commands run there also `/etc/dropbear/authorized_keys` for
    /// root on OpenWrt, `~/config/settings/ssh/authorized_keys` on Haiku.
    #[default]
    Default,
    /// The file that `-t` names, relative to the home directory unless it starts with a slash.
    /// Never read by a shell.
    Path(String),
}

impl RemoteFile {
    /// The file that `-t` names.
    ///
    /// # Errors
    ///
    /// [`Error::Path`] if no server can have such a file.
    pub fn named(path: &str) -> Result<Self, Error> {
        let file = Self::Path(path.to_owned());
        file.path().map(|_| file.clone())
    }

    /// The path, without the `~/` that relative paths start from anyway; nothing for the default.
    ///
    /// # Errors
    ///
    /// [`Error::Path`] if no server can have such a file.
    pub(crate) fn path(&self) -> Result<Option<&str>, Error> {
        match self {
            Self::Default => Ok(None),
            Self::Path(path) => checked(path).map(Some),
        }
    }
}

fn checked(path: &str) -> Result<&str, Error> {
    let fail = |why| Err(Error::Path { path: path.to_owned(), why });
    let inside = path.strip_prefix("~/").unwrap_or(path);
    if path.chars().any(char::is_control) {
        return fail("it contains a control character");
    }
    if inside.is_empty() || inside.ends_with('/') {
        return fail("it names no file");
    }
    if path.len() > MAX_PATH {
        return fail("it is longer than 1024 bytes");
    }
    if inside.len() != path.len() && inside.starts_with('/') || inside.starts_with('~') {
        return fail("only ~/ is supported, not ~user");
    }
    Ok(inside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_names_a_file() {
        assert_eq!(checked("~/keys"), Ok("keys"));
        assert_eq!(checked("/etc/ssh/keys/ann"), Ok("/etc/ssh/keys/ann"));
        assert_eq!(checked("a b"), Ok("a b"));
        for path in
            ["", "~/", "keys/", "/", "a\nb", "~ann/keys", "~", "~//etc/passwd", &"a".repeat(1025)]
        {
            assert!(matches!(checked(path), Err(Error::Path { .. })), "{path:?}");
        }
    }
}
