//! The exec request: script and key in words that every login shell reads alike.

use ssh_key::PublicKey;

use super::{Error, RemoteFile, Request};
use crate::accounts::remote_script::{self, Given, Nonce};

/// What the account runs. It says of itself what it needs and what it answers.
const APPEND: &str = concat!(include_str!("../remote_script/lock.sh"), include_str!("append.sh"));

/// The bytes of the exec request. Script and key travel in this one packet: a cut link leaves all
/// or nothing, and no rc file can eat the key. For keys up to RSA 16384 with a comment of usual
/// length it stays under the 9000 bytes that dropbear takes.
pub fn command(request: &Request, nonce: &Nonce) -> Result<Vec<u8>, Error> {
    let comment = printable_comment(request.key)?;
    let blob =
        data_encoding::BASE64.encode(&request.key.to_bytes().map_err(|_| Error::Unencodable)?);
    let path = match &request.file {
        RemoteFile::Default => "",
        RemoteFile::Path(path) => check_path(path)?,
    };
    let algorithm = request.key.algorithm();
    if !algorithm
        .as_str()
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"@.-_".contains(&byte))
    {
        return Err(Error::Unencodable);
    }
    let given = Given::default()
        .word('n', if request.dry_run { "1" } else { "0" })
        .word('t', algorithm.as_str())
        .base64('k', &blob)
        .text('c', &comment)
        .text('p', path)
        .text('g', &request.also.join("\n"))
        .word('j', &request.after.to_string());
    Ok(remote_script::command(APPEND, &given, nonce))
}

/// The comment as one printable line: a newline in it would be a second line in the file, a control
/// character a message to a terminal.
pub(super) fn printable_comment(key: &PublicKey) -> Result<String, Error> {
    let comment = String::from_utf8_lossy(key.comment().as_bytes());
    if comment.contains("PRIVATE KEY") {
        return Err(Error::PrivateText);
    }
    let line: String = comment
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|c| prints(*c))
        .collect();
    Ok(line.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Neither a control character nor one that shows nothing and moves what stands beside it
/// (Unicode's bidirectional and format characters).
fn prints(c: char) -> bool {
    let format = matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}');
    !c.is_control() && !format
}

impl RemoteFile {
    /// The file that `-t` names, where a server could have such a file.
    pub fn named(path: &str) -> Result<Self, Error> {
        check_path(path).map(|_| Self::Path(path.to_owned()))
    }
}

/// A path that names a file on any server, without the `~/` that stands for where relative paths
/// start anyway.
pub(super) fn check_path(path: &str) -> Result<&str, Error> {
    let fail = |why| Err(Error::Path { path: path.to_owned(), why });
    let inside = path.strip_prefix("~/").unwrap_or(path);
    if path.chars().any(char::is_control) {
        return fail("it holds a control character");
    }
    if inside.is_empty() || inside.ends_with('/') {
        return fail("it names no file");
    }
    if path.len() > 1024 {
        return fail("it is longer than 1024 bytes");
    }
    if inside.len() != path.len() && inside.starts_with('/') || inside.starts_with('~') {
        return fail("only ~/ is understood of the forms with ~");
    }
    Ok(inside)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0dN5o9dr0YnBBdKhTlX1hZsCQvDk4oA8uYqZlHxW2R";

    fn key(comment: &str) -> PublicKey {
        let mut key = PublicKey::from_openssh(KEY).unwrap();
        key.set_comment(comment);
        key
    }

    fn text(comment: &str, file: RemoteFile) -> Result<String, Error> {
        let request =
            Request { key: &key(comment), file, also: Vec::new(), after: 0, dry_run: false };
        command(&request, &Nonce::new(&mut rand::rng()))
            .map(|bytes| String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn the_command_is_small_enough_for_dropbear_with_the_largest_key() {
        let script = text("", RemoteFile::Default).unwrap().len();
        // RSA 16384: 2048 bytes of modulus, as base64; an encoded comment of 60 odd characters.
        assert!(script + 2800 + 300 < 9000, "{script}");
    }

    #[test]
    fn a_comment_is_one_printable_line() {
        let clean = |comment: &str| printable_comment(&key(comment)).unwrap();
        assert_eq!(clean("ann@web1"), "ann@web1");
        assert_eq!(clean(" a\t b\r\nssh-rsa AAAA x\u{1b}[2J\u{202e}\0 "), "a b ssh-rsa AAAA x[2J");
        assert_eq!(clean("Zoë's \"k\" \\ 鍵"), "Zoë's \"k\" \\ 鍵");
        assert_eq!(
            printable_comment(&key("-----BEGIN RSA PRIVATE KEY-----")),
            Err(Error::PrivateText)
        );
    }

    #[test]
    fn a_path_names_a_file() {
        assert_eq!(check_path("~/keys"), Ok("keys"));
        assert_eq!(check_path("/etc/ssh/keys/ann"), Ok("/etc/ssh/keys/ann"));
        assert_eq!(check_path("a b"), Ok("a b"));
        for path in
            ["", "~/", "keys/", "/", "a\nb", "~ann/keys", "~", "~//etc/passwd", &"a".repeat(1025)]
        {
            assert!(matches!(check_path(path), Err(Error::Path { .. })), "{path:?}");
        }
    }
}
