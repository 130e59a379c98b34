//! Public keys as RFC 4716 has them, between `---- BEGIN SSH2 PUBLIC KEY ----` and its END: what
//! ssh.com, PuTTY and many appliances write.

use super::{armour, fault::Fault, public_line};
use ssh_key::PublicKey;

pub(super) const BEGIN: &str = "---- BEGIN SSH2 PUBLIC KEY ----";
const END: &str = "---- END SSH2 PUBLIC KEY ----";

/// The key of a text whose first line is [`BEGIN`], with the comment of its header.
pub(super) fn read(text: &str) -> Result<PublicKey, Fault> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let start = lines
        .iter()
        .position(|line| *line == BEGIN)
        .ok_or(Fault::Damaged { why: "its first line is missing" })?
        + 1;
    let length = lines[start..]
        .iter()
        .position(|line| *line == END)
        .ok_or(Fault::Damaged { why: "its last line is missing" })?;
    let inside = &lines[start..start + length];
    let (mut comment, mut at) = (String::new(), 0);
    // A header has a colon, base64 never; a backslash at the end of its line goes on in the next
    // (section 3.3).
    while let Some((name, value)) = inside.get(at).and_then(|line| line.split_once(':')) {
        let mut value = value.trim().to_owned();
        at += 1;
        while let (Some(shorter), Some(more)) =
            (value.strip_suffix('\\').map(str::to_owned), inside.get(at))
        {
            value = shorter + more;
            at += 1;
        }
        if name.eq_ignore_ascii_case("comment") {
            let bare = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
            comment = bare.unwrap_or(&value).to_owned();
        }
    }
    let blob = armour::decode(&inside[at..], start + at)?;
    let mut key = public_line::from_blob(&blob)?;
    key.set_comment(public_line::clean_comment(comment.as_bytes()));
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = "AAAAC3NzaC1lZDI1NTE5AAAAIAi20TtA/IXNpkJ4WX+kqgSpqMygyvIMyJ2r1GYV\n/lBj";

    fn comment(headers: &str) -> String {
        read(&format!("{BEGIN}\n{headers}{BODY}\n{END}\n")).unwrap().comment().to_string()
    }

    #[test]
    fn the_comment_is_read_in_every_form_of_its_header() {
        assert_eq!(comment(""), "");
        assert_eq!(comment("Comment: \"my comment\"\n"), "my comment");
        assert_eq!(comment("comment: my comment\n"), "my comment");
        assert_eq!(
            comment("Subject: ann\nComment: \"my com\\\nment: it\"\nx-a: b\n"),
            "my comment: it"
        );
    }

    #[test]
    fn what_is_missing_is_named() {
        let fault = |text: String| read(&text).unwrap_err().to_string();
        assert_eq!(
            fault(format!("{BEGIN}\n{BODY}\n")),
            "the key is damaged: its last line is missing"
        );
        assert_eq!(
            fault(format!("{BEGIN}\n{}\n{END}\n", &BODY[..64])),
            "the key is damaged: its public key cannot be read"
        );
        assert_eq!(
            fault(format!("{BEGIN}\nComment: \\\n{END}\n")),
            "the key is damaged: there is nothing between its first and last lines"
        );
    }
}
