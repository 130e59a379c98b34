//! The exec request: script and key in words that every login shell reads alike.

use std::fmt::Write as _;

use ssh_key::PublicKey;

use super::{Error, Nonce, RemoteFile, Request};

/// What the account runs. It says of itself what it needs and what it answers.
const APPEND: &str = include_str!("append.sh");

/// Joins its words with newlines and runs them. sh reads it inside single quotes, so it holds none; the `_` keeps `$( )` from
/// dropping the newline.
const BOOTSTRAP: &str = r#"sh -c 'IFS=$(printf "\012_"); eval "$*"' sshk"#;

/// csh stops at words of 1024 bytes.
const PIECE: usize = 700;

/// The bytes of the exec request. Script and key travel in this one packet: a cut link leaves all or nothing, and no rc file can eat
/// the key. For keys up to RSA 16384 with a comment of usual length it stays under the 9000 bytes that dropbear takes.
pub fn command(request: &Request, nonce: &Nonce) -> Result<Vec<u8>, Error> {
    let comment = printable_comment(request.key)?;
    let blob = data_encoding::BASE64.encode(&request.key.to_bytes().map_err(|_| Error::Unencodable)?);
    let path = match &request.file {
        RemoteFile::Default => "",
        RemoteFile::Path(path) => check_path(path)?,
    };
    let algorithm = request.key.algorithm();
    if !algorithm.as_str().bytes().all(|byte| byte.is_ascii_alphanumeric() || b"@.-_".contains(&byte)) {
        return Err(Error::Unencodable);
    }
    let (first, second) = nonce.halves();
    let mut words =
        vec![format!("m={first} e={second} n={}", u8::from(request.dry_run)), format!("t={}", algorithm.as_str()), "k= c= p=".to_owned()];
    words.extend(pieces(&blob).map(|piece| format!("k=${{k}}{piece}")));
    words.extend(pieces(&octal(&comment)).map(|piece| format!("c=${{c}}\"{piece}\"")));
    words.extend(pieces(&octal(path)).map(|piece| format!("p=${{p}}\"{piece}\"")));
    words.extend(APPEND.lines().map(str::trim_start).filter(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned));

    let mut command = BOOTSTRAP.to_owned();
    for word in words {
        let _ = write!(command, " '{word}'");
    }
    Ok(command.into_bytes())
}

/// The comment as one printable line: a newline in it would be a second line in the file, a control character a message to a terminal.
pub(super) fn printable_comment(key: &PublicKey) -> Result<String, Error> {
    let comment = String::from_utf8_lossy(key.comment().as_bytes());
    if comment.contains("PRIVATE KEY") {
        return Err(Error::PrivateText);
    }
    let line: String = comment.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(|c| prints(*c)).collect();
    Ok(line.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Neither a control character nor one that shows nothing and moves what stands beside it (Unicode's bidirectional and format characters).
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

/// A path that names a file on any server, without the `~/` that stands for where relative paths start anyway.
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

/// For `printf %b`: all but the plainest bytes as `\0ooo`.
fn octal(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"@._:+/=,-".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "\\0{byte:03o}");
        }
    }
    encoded
}

/// Cuts ASCII text into words' lengths, never inside a `\0ooo`.
fn pieces(mut text: &str) -> impl Iterator<Item = &str> {
    std::iter::from_fn(move || {
        let mut at = text.len().min(PIECE);
        if let Some(escape) = text[..at].rfind('\\')
            && at < escape + 5
            && at < text.len()
        {
            at = escape;
        }
        let (piece, rest) = text.split_at(at);
        text = rest;
        (!piece.is_empty()).then_some(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0dN5o9dr0YnBBdKhTlX1hZsCQvDk4oA8uYqZlHxW2R";

    fn key(comment: &str) -> PublicKey {
        let mut key = PublicKey::from_openssh(KEY).unwrap();
        key.set_comment(comment);
        key
    }

    fn text(comment: &str, file: RemoteFile) -> Result<String, Error> {
        let request = Request { key: &key(comment), file, dry_run: false };
        command(&request, &Nonce("00112233445566778899aabbccddeeff".into())).map(|bytes| String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn every_word_is_read_alike_by_every_shell() {
        let long = "é'\"!\\$`;&|<>(){}[]*?~#%".repeat(40);
        let text = text(&long, RemoteFile::Path(long.clone())).unwrap();
        let words: Vec<&str> = text.strip_prefix(BOOTSTRAP).unwrap().split('\'').collect();
        assert_eq!(words.len() % 2, 1);
        for word in words.iter().skip(1).step_by(2) {
            assert!(word.len() <= 800, "{word}");
            assert!(word.bytes().all(|byte| (b' '..=b'~').contains(&byte) && byte != b'!'), "{word}");
            assert!(word.split('\\').skip(1).all(|after| after.starts_with(|c: char| c.is_ascii_digit())), "{word}");
        }
        assert!(words.iter().step_by(2).all(|between| between.trim().is_empty()));
        assert!(!text.contains("00112233445566778899aabbccddeeff"), "an echo of the command would be taken for an answer");
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
        assert_eq!(printable_comment(&key("-----BEGIN RSA PRIVATE KEY-----")), Err(Error::PrivateText));
    }

    #[test]
    fn a_path_names_a_file() {
        assert_eq!(check_path("~/keys"), Ok("keys"));
        assert_eq!(check_path("/etc/ssh/keys/ann"), Ok("/etc/ssh/keys/ann"));
        assert_eq!(check_path("a b"), Ok("a b"));
        for path in ["", "~/", "keys/", "/", "a\nb", "~ann/keys", "~", "~//etc/passwd", &"a".repeat(1025)] {
            assert!(matches!(check_path(path), Err(Error::Path { .. })), "{path:?}");
        }
    }

    #[test]
    fn pieces_lose_nothing_and_cut_no_escape() {
        for text in ["", "a", &octal(&"é".repeat(500)), &"A".repeat(2101), &format!("{}é", "a".repeat(697))] {
            let encoded = octal(text);
            let all: Vec<&str> = pieces(&encoded).collect();
            assert_eq!(all.concat(), encoded);
            for piece in all {
                assert!(piece.len() <= PIECE && piece.split('\\').skip(1).all(|after| after.len() >= 4), "{piece}");
            }
        }
    }
}
