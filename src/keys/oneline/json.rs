//! A key as a JSON string, and as a member of an object.

use super::plain::normalise;
use zeroize::Zeroizing;

/// A JSON string, quotes included: what `jq -Rs .` prints for the normalised text (RFC 8259,
/// section 7).
pub fn json_string(text: &str) -> Zeroizing<String> {
    quoted(&normalise(text))
}

/// A text as it is, as a JSON string: a name is not a key, and loses nothing.
pub(super) fn quoted(text: &str) -> Zeroizing<String> {
    // An escape takes at most six characters: growing would leave copies of the key behind.
    let mut out = Zeroizing::new(String::with_capacity(text.len() * 6 + 2));
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            // jq escapes DEL as well, which RFC 8259 leaves open.
            '\0'..='\u{1f}' | '\u{7f}' => {
                let digits = b"0123456789abcdef";
                out.push_str("\\u00");
                out.push(char::from(digits[(c as usize) >> 4]));
                out.push(char::from(digits[(c as usize) & 15]));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A JSON member, `"privateKey": "…\n"`, ready to go into an object.
pub fn member(name: &str, text: &str) -> Zeroizing<String> {
    let (name, value) = (quoted(name), json_string(text));
    let mut out = Zeroizing::new(String::with_capacity(name.len() + value.len() + 2));
    out.push_str(&name);
    out.push_str(": ");
    out.push_str(&value);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_is_ready_to_go_into_an_object() {
        assert_eq!(
            *member("privateKey", "-----BEGIN\n\"x\\\n"),
            r#""privateKey": "-----BEGIN\n\"x\\\n""#
        );
        assert_eq!(*member("a\"b", ""), r#""a\"b": """#);
        assert_eq!(*member("\u{feff}a\r\nb", ""), "\"\u{feff}a\\r\\nb\": \"\"");
        assert_eq!(*json_string("\u{1}\u{1f}\u{7f}"), r#""\u0001\u001f\u007f""#);
    }
}
