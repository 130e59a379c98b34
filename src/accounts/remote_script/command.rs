//! The exec request that carries a script and its variables, in words that every login shell parses
//! the same way.

use std::fmt::Write as _;

use super::nonce::Nonce;
use super::source::Script;

/// Joins its words with newlines and runs them. sh reads it inside single quotes, so it has none;
/// the `_` keeps `$( )` from dropping the newline.
const BOOTSTRAP: &str = r#"sh -c 'IFS=$(printf "\012_"); eval "$*"' sshk"#;

/// The longest piece of a variable, in bytes: csh stops at words of 1024.
const PIECE: usize = 700;

/// The variables of a script, by their names in its source.
#[derive(Clone, Debug, Default)]
pub(crate) struct Variables(Vec<Variable>);

#[derive(Clone, Debug)]
struct Variable {
    name: &'static str,
    value: Value,
}

#[derive(Clone, Debug)]
enum Value {
    Word(String),
    Base64(String),
    Text(String),
}

impl Variables {
    /// A number, or a word of letters, digits and `@.-_`.
    pub fn word(self, name: &'static str, value: &str) -> Self {
        debug_assert!(
            value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"@.-_".contains(&byte))
        );
        self.with(name, Value::Word(value.to_owned()))
    }

    /// 1 or 0.
    pub fn flag(self, name: &'static str, value: bool) -> Self {
        self.word(name, if value { "1" } else { "0" })
    }

    /// Base64, of any length.
    pub fn base64(self, name: &'static str, value: &str) -> Self {
        self.with(name, Value::Base64(value.to_owned()))
    }

    /// Any text, as `printf %b` of the variable prints it.
    pub fn text(self, name: &'static str, value: &str) -> Self {
        self.with(name, Value::Text(octal(value)))
    }

    fn with(mut self, name: &'static str, value: Value) -> Self {
        self.0.push(Variable { name, value });
        self
    }
}

impl Variable {
    /// The assignments, one word each, under their short names.
    fn words(&self, name: &str) -> Vec<String> {
        let in_pieces = |value: &str, quote: &str| {
            let next = |piece| format!("{name}=${{{name}}}{quote}{piece}{quote}");
            std::iter::once(format!("{name}=")).chain(pieces(value).map(next)).collect()
        };
        match &self.value {
            Value::Word(value) => vec![format!("{name}={value}")],
            Value::Base64(value) => in_pieces(value, ""),
            Value::Text(value) => in_pieces(value, "\""),
        }
    }
}

/// The bytes of the exec request. dropbear accepts up to 9000 of them.
pub(crate) fn command(script: &Script, variables: &Variables, nonce: &Nonce) -> Vec<u8> {
    let script = script.shortened();
    let (start, end) = nonce.parts();
    let mut command = BOOTSTRAP.to_owned();
    let (start_name, end_name) = (script.name("nonce_start"), script.name("nonce_end"));
    let _ = write!(command, " '{start_name}={start} {end_name}={end}'");
    let variables =
        variables.0.iter().flat_map(|variable| variable.words(script.name(variable.name)));
    for word in variables.chain(script.lines().iter().cloned()) {
        let _ = write!(command, " '{word}'");
    }
    command.into_bytes()
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

/// Cuts ASCII text into pieces of at most [`PIECE`] bytes, never inside a `\0ooo`.
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
    use super::super::source::SCRIPTS;
    use super::*;

    const NONCE: &str = "00112233445566778899aabbccddeeff";

    fn text(script: &Script, variables: &Variables) -> String {
        String::from_utf8(command(script, variables, &Nonce::known(NONCE))).unwrap()
    }

    /// Each single-quoted word after the bootstrap.
    #[track_caller]
    fn words(command: &str) -> Vec<&str> {
        let words: Vec<&str> = command.strip_prefix(BOOTSTRAP).unwrap().split('\'').collect();
        assert_eq!(words.len() % 2, 1);
        assert!(words.iter().step_by(2).all(|between| between.trim().is_empty()));
        words.into_iter().skip(1).step_by(2).collect()
    }

    #[track_caller]
    fn assert_every_shell_reads_it_alike(command: &str) {
        for word in words(command) {
            assert!(word.len() <= 800, "{word}");
            assert!(
                word.bytes().all(|byte| (b' '..=b'~').contains(&byte) && byte != b'!'),
                "{word}"
            );
            assert!(
                word.split('\\')
                    .skip(1)
                    .all(|after| after.starts_with(|c: char| c.is_ascii_digit())),
                "{word}"
            );
        }
        assert!(!command.contains(NONCE), "an echo of the command would pass for an answer");
    }

    #[test]
    fn every_word_is_read_alike_by_every_shell() {
        let long = "é'\"!\\$`;&|<>(){}[]*?~#%".repeat(40);
        let variables = Variables::default()
            .word("key_type", "ssh-ed25519")
            .base64("key_blob", &"A".repeat(2101))
            .text("key_comment", &long);
        let script = Script::of(&["# a comment\n    echo \"$key_comment\"\n"]);
        let command = text(&script, &variables);
        assert_every_shell_reads_it_alike(&command);
        assert!(command.ends_with(" 'echo \"$a\"'"), "{command}");
        for (name, script, _) in SCRIPTS {
            assert!(!words(&text(script, &variables)).is_empty(), "{name}");
            assert_every_shell_reads_it_alike(&text(script, &variables));
        }
    }

    #[test]
    fn what_is_sent_is_the_shortened_script_and_no_longer_than_before() {
        for (name, script, most) in SCRIPTS {
            let command = text(script, &Variables::default());
            assert!(command.len() <= *most, "{name}: {} bytes", command.len());
            assert_eq!(words(&command)[1..], *script.shortened().lines(), "{name}");
        }
    }

    #[test]
    fn pieces_lose_nothing_and_cut_no_escape() {
        for text in
            ["", "a", &octal(&"é".repeat(500)), &"A".repeat(2101), &format!("{}é", "a".repeat(697))]
        {
            let encoded = octal(text);
            let all: Vec<&str> = pieces(&encoded).collect();
            assert_eq!(all.concat(), encoded);
            for piece in all {
                assert!(
                    piece.len() <= PIECE && piece.split('\\').skip(1).all(|after| after.len() >= 4),
                    "{piece}"
                );
            }
        }
    }
}
