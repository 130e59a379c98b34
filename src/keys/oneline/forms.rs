//! The forms that are not JSON. Each was read back with its users' readers: dotenv (npm, Python,
//! Node), sh, PyYAML.

use super::error::Error;
use super::json::quoted;
use super::plain::normalise;
use data_encoding::BASE64;
use zeroize::Zeroizing;

/// The base64 of the normalised text, on one line and padded.
pub fn base64(text: &str) -> Zeroizing<String> {
    let text = normalise(text);
    let mut out = Zeroizing::new(String::with_capacity(BASE64.encode_len(text.len())));
    BASE64.encode_append(text.as_bytes(), &mut out);
    out
}

/// A line of a `.env` file, `NAME="…\n"`: the same to npm's dotenv, python-dotenv and `node
/// --env-file`; a shell that sources it keeps the backslashes.
///
/// # Errors
///
/// If it is not the name of a variable, or the form cannot hold the text.
pub fn env(name: &str, text: &str) -> Result<Zeroizing<String>, Error> {
    check_variable(name)?;
    let text = normalise(text);
    // Within these quotes the readers treat quotes, backslashes and dollar signs differently.
    if !text.chars().all(|c| c == '\n' || (is_printable(c) && !"\"'`\\$".contains(c))) {
        return Err(Error::Unplain { form: "env" });
    }
    let mut out = with_room(name, text.len() * 2);
    out.push_str(name);
    out.push_str("=\"");
    for (at, line) in text.split('\n').enumerate() {
        if at > 0 {
            out.push_str("\\n");
        }
        out.push_str(line);
    }
    out.push('"');
    Ok(out)
}

/// A command of a POSIX shell, `export NAME='…'`, with real line breaks.
///
/// # Errors
///
/// If it is not the name of a variable.
pub fn sh(name: &str, text: &str) -> Result<Zeroizing<String>, Error> {
    check_variable(name)?;
    let text = normalise(text);
    let mut out = with_room(name, text.len() * 4);
    out.push_str("export ");
    out.push_str(name);
    out.push_str("='");
    for c in text.chars() {
        match c {
            '\'' => out.push_str(r"'\''"),
            c => out.push(c),
        }
    }
    out.push('\'');
    Ok(out)
}

/// A member of a YAML mapping, a literal block (YAML 1.1 and 1.2, section 8.1): `|` keeps one line
/// break at the end, `|-` none, `|+` all of them.
///
/// # Errors
///
/// If the form cannot hold the text.
pub fn yaml(name: &str, text: &str) -> Result<Zeroizing<String>, Error> {
    let text = normalise(text);
    // A first line that is blank or begins with a space would be read as the block's indentation.
    if text.starts_with(['\n', ' ']) || !text.chars().all(|c| c == '\n' || is_printable(c)) {
        return Err(Error::Unplain { form: "yaml" });
    }
    let body = text.trim_end_matches('\n');
    let keep = match text.len() - body.len() {
        0 => "|-",
        1 => "|",
        _ => "|+",
    };
    let mut out = with_room(name, text.len() * 3);
    if is_plain_key(name) {
        out.push_str(name);
    } else {
        out.push_str(&quoted(name));
    }
    out.push_str(": ");
    out.push_str(keep);
    for line in body.split('\n') {
        out.push('\n');
        if !line.is_empty() {
            out.push_str("  ");
            out.push_str(line);
        }
    }
    out.push_str(text[body.len()..].get(1..).unwrap_or_default());
    Ok(out)
}

/// Room for the largest form from the start: growing would leave copies of the key behind.
fn with_room(name: &str, length: usize) -> Zeroizing<String> {
    Zeroizing::new(String::with_capacity(name.len() * 6 + length + 32))
}

fn is_printable(c: char) -> bool {
    c == ' ' || c.is_ascii_graphic()
}

fn check_variable(name: &str) -> Result<(), Error> {
    let is_variable = !name.starts_with(|c: char| c.is_ascii_digit())
        && !name.is_empty()
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if is_variable { Ok(()) } else { Err(Error::Name { name: name.to_owned() }) }
}

/// Whether a name is a string to every YAML reader without quotes; `yes`, `null` and their like are
/// not.
fn is_plain_key(name: &str) -> bool {
    let words = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
        && !words.contains(&name.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_is_what_its_readers_expect() {
        assert_eq!(*env("KEY", "a\nb\n").unwrap(), r#"KEY="a\nb\n""#);
        assert_eq!(*sh("KEY", "it's\n").unwrap(), "export KEY='it'\\''s\n'");
        assert_eq!(*yaml("key", "a\n\nb\n").unwrap(), "key: |\n  a\n\n  b");
        assert_eq!(*yaml("key", "a").unwrap(), "key: |-\n  a");
        assert_eq!(*yaml("no", "a\n\n\n").unwrap(), "\"no\": |+\n  a\n\n");
    }

    #[test]
    fn text_that_a_form_cannot_hold_is_refused() {
        for name in ["", "1a", "a-b", "a b", "ä", "a;rm"] {
            assert_eq!(env(name, "").unwrap_err(), Error::Name { name: name.into() });
            assert_eq!(sh(name, "").unwrap_err(), Error::Name { name: name.into() });
        }
        for text in ["a\"b", "a$b", "a\\b", "a`b", "a'b", "a\tb", "ä"] {
            assert_eq!(env("KEY", text).unwrap_err(), Error::Unplain { form: "env" });
        }
        for text in ["\ta", "\n", " a", "a\u{85}"] {
            assert_eq!(yaml("key", text).unwrap_err(), Error::Unplain { form: "yaml" });
        }
    }
}
