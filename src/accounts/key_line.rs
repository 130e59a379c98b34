//! A public key as its line in authorized_keys: type, base64 blob and a printable comment.

use ssh_key::PublicKey;

use crate::error::{Failure, Kind};
use crate::text::{is_hidden, is_zero_width};

/// Why a key cannot be written as a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A private key was pasted into the comment.
    #[error("the key's comment contains private key text; nothing was sent")]
    PrivateText,
    /// It has no encoding as a line.
    #[error("the key cannot be written as a public key line; nothing was sent")]
    Unencodable,
}

impl Failure for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::PrivateText => Kind::PrivateKeyText,
            Self::Unencodable => Kind::Key,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::PrivateText => Some("give the key another comment, with ssh-keygen -c".into()),
            Self::Unencodable => None,
        }
    }
}

/// What every server compares: the key's type, and its blob as base64.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeyFields {
    /// As OpenSSH names it, a word of letters, digits and `@.-_`.
    pub key_type: String,
    pub blob: String,
}

impl KeyFields {
    pub(crate) fn of(key: &PublicKey) -> Result<Self, Error> {
        let key_type = key.algorithm().as_str().to_owned();
        let is_word =
            key_type.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"@.-_".contains(&byte));
        let bytes = key.to_bytes().map_err(|_| Error::Unencodable)?;
        let blob = data_encoding::BASE64.encode(&bytes);
        if is_word { Ok(Self { key_type, blob }) } else { Err(Error::Unencodable) }
    }
}

/// The comment as one printable line: a newline would start a second line in the file, and a
/// control character could reach a terminal.
pub(crate) fn printable_comment(key: &PublicKey) -> Result<String, Error> {
    let comment = String::from_utf8_lossy(key.comment().as_bytes());
    if comment.contains("PRIVATE KEY") {
        return Err(Error::PrivateText);
    }
    let line: String = comment
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|c| !is_hidden(*c) && !is_zero_width(*c))
        .collect();
    Ok(line.split_whitespace().collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_is_one_printable_line() {
        let key = |comment: &str| {
            let mut key = PublicKey::from_openssh(
                "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0dN5o9dr0YnBBdKhTlX1hZsCQvDk4oA8uYqZlHxW2R",
            )
            .unwrap();
            key.set_comment(comment);
            key
        };
        let clean = |comment: &str| printable_comment(&key(comment)).unwrap();
        assert_eq!(clean("ann@web1"), "ann@web1");
        assert_eq!(clean(" a\t b\r\nssh-rsa AAAA x\u{1b}[2J\u{202e}\0 "), "a b ssh-rsa AAAA x[2J");
        assert_eq!(clean("Zoë's \"k\" \\ 鍵"), "Zoë's \"k\" \\ 鍵");
        assert_eq!(
            printable_comment(&key("-----BEGIN RSA PRIVATE KEY-----")),
            Err(Error::PrivateText)
        );
    }
}
