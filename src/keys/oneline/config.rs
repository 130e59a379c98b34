//! A key put into a JSON file, with or without comments: the bytes of one value are replaced or one
//! member is added, and every other byte stays.

use super::error::Error;
use super::json::{json_string, member, quoted};
use super::plain::normalise;
use crate::keys::jsonc::{self, NotJson};
use jsonc_parser::ast::{Object, ObjectProp, Value};
use jsonc_parser::common::Ranged;
use std::fmt;
use std::str::FromStr;
use zeroize::Zeroizing;

/// The indentation of a file that has none.
const INDENT: &str = "  ";

/// A place in a JSON document (RFC 6901) that names at least one member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pointer(Vec<String>);

impl FromStr for Pointer {
    type Err = Error;

    fn from_str(typed: &str) -> Result<Self, Error> {
        let wrong = || Error::Pointer { pointer: typed.to_owned() };
        let rest = typed.strip_prefix('/').ok_or_else(wrong)?;
        let unescape = |token: &str| {
            let is_escape = |(at, _)| matches!(token.as_bytes().get(at + 1), Some(b'0' | b'1'));
            token
                .match_indices('~')
                .all(is_escape)
                .then(|| token.replace("~1", "/").replace("~0", "~"))
        };
        rest.split('/').map(unescape).collect::<Option<_>>().map(Self).ok_or_else(wrong)
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|token| write!(f, "/{}", token.replace('~', "~0").replace('/', "~1")))
    }
}

impl Pointer {
    /// The first `count` of its names, as text.
    fn upto(&self, count: usize) -> String {
        Self(self.0[..count].to_vec()).to_string()
    }
}

/// A document with the key in it.
#[derive(Debug)]
pub struct Placed {
    /// The whole document.
    pub text: Zeroizing<String>,
    /// The other members of the same object that are set: neither null nor an empty string.
    pub neighbours: Vec<String>,
}

/// Puts the key's text at `pointer`; a document of `None` is created.
///
/// Only a string or null is replaced. Missing objects on the way are created, laid out like their
/// neighbours.
///
/// # Errors
///
/// If the document is not JSON or has no place for the key.
pub fn place(document: Option<&str>, pointer: &Pointer, key: &str) -> Result<Placed, Error> {
    let key = normalise(key);
    let Some(document) = document else {
        let text = nested(&pointer.0, &key, Some(("\n", "")));
        return Ok(Placed { text: concat(&[&text, "\n"]), neighbours: Vec::new() });
    };
    // A byte order mark stays where it is.
    let start = if document.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let root = parse(&document[start..])?;
    let (edit, neighbours) = find(&document[start..], &root, pointer, &key)?;
    let (before, after) = (&document[..start + edit.start], &document[start + edit.end..]);
    let text = concat(&[before, &edit.text, after]);
    Ok(Placed { text, neighbours })
}

/// Whether the text is a JSON object or array, comments allowed: what [`place`] puts a key into.
pub fn is_json(document: &str) -> bool {
    let text = document.strip_prefix('\u{feff}').unwrap_or(document);
    matches!(parse(text), Ok(Value::Object(_) | Value::Array(_)))
}

fn parse(text: &str) -> Result<Value<'_>, Error> {
    match jsonc::parse(text) {
        Ok(value) => value.ok_or(Error::Empty),
        Err(NotJson { line, column }) => Err(Error::NotJson { line, column }),
    }
}

/// Replaces the bytes `start..end` by `text`.
struct Edit {
    start: usize,
    end: usize,
    text: Zeroizing<String>,
}

fn find(
    text: &str,
    root: &Value<'_>,
    pointer: &Pointer,
    key: &str,
) -> Result<(Edit, Vec<String>), Error> {
    let mut value = root;
    for (depth, name) in pointer.0.iter().enumerate() {
        let Value::Object(object) = value else {
            return Err(Error::NotAnObject { at: pointer.upto(depth), what: json_type(value) });
        };
        let at_end = depth + 1 == pointer.0.len();
        let neighbours = if at_end { neighbours(object) } else { Vec::new() };
        let mut named = object.properties.iter().filter(|property| property.name.as_str() == name);
        let found = named.next();
        if named.next().is_some() {
            return Err(Error::Twice { at: pointer.upto(depth + 1) });
        }
        match found {
            None => return Ok((insertion(text, object, &pointer.0[depth..], key), neighbours)),
            Some(property) if !at_end => value = &property.value,
            Some(ObjectProp {
                value: old @ (Value::StringLit(_) | Value::NullKeyword(_)), ..
            }) => {
                let range = old.range();
                return Ok((
                    Edit { start: range.start, end: range.end, text: json_string(key) },
                    neighbours,
                ));
            }
            Some(property) => {
                return Err(Error::Occupied {
                    at: pointer.upto(depth + 1),
                    what: json_type(&property.value),
                });
            }
        }
    }
    unreachable!("a pointer names at least one member")
}

fn json_type(value: &Value<'_>) -> &'static str {
    match value {
        Value::StringLit(_) => "a string",
        Value::NumberLit(_) => "a number",
        Value::BooleanLit(_) => "true or false",
        Value::Object(_) => "an object",
        Value::Array(_) => "an array",
        Value::NullKeyword(_) => "null",
    }
}

fn neighbours(object: &Object<'_>) -> Vec<String> {
    let mut names: Vec<&str> = object.properties.iter().map(|it| it.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let is_set = |name: &&str| {
        // Of several, the last one counts to JSON.parse.
        let named = object.properties.iter().rfind(|property| property.name.as_str() == *name);
        named.is_some_and(|property| match &property.value {
            Value::NullKeyword(_) => false,
            Value::StringLit(text) => !text.value.is_empty(),
            _ => true,
        })
    };
    names.into_iter().filter(is_set).map(str::to_owned).collect()
}

/// A new member at the end of an object, laid out as its others are.
fn insertion(text: &str, object: &Object<'_>, names: &[String], key: &str) -> Edit {
    let line_break = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let brace = object.range.end - 1;
    let Some(last) = object.properties.last() else {
        // Comments in it go before the new member.
        let inside = &text[object.range.start + 1..brace];
        let outer = indentation(text, object.range.start);
        let inner = format!("{outer}{}", unit(text));
        let new = nested_member(names, key, Some((line_break, &inner)));
        let start = object.range.start + 1 + inside.trim_end().len();
        return Edit {
            start,
            end: brace,
            text: concat(&[line_break, &inner, &new, line_break, outer]),
        };
    };
    let tail = &text[last.range.end..brace];
    let kept = tail.trim_end();
    let own_line =
        text[..last.range.start].rsplit('\n').next().is_some_and(|before| before.trim().is_empty());
    let is_long = own_line && text[..last.range.start].contains('\n')
        || kept.contains('\n')
        || kept.contains("//");
    let indent = indentation(text, last.range.start);
    let comma = if has_comma(kept) { "" } else { "," };
    let new = nested_member(names, key, is_long.then_some((line_break, indent)));
    let gap = if is_long { concat(&[line_break, indent]) } else { concat(&[" "]) };
    Edit {
        start: last.range.end,
        end: last.range.end + kept.len(),
        text: concat(&[comma, kept, &gap, &new]),
    }
}

/// Whether there is a comma between the last member and the brace, outside of comments.
fn has_comma(tail: &str) -> bool {
    let mut rest = tail.trim_start();
    loop {
        let comment_end = if rest.starts_with("//") {
            rest.find('\n').map(|at| at + 1)
        } else if rest.starts_with("/*") {
            rest.find("*/").map(|at| at + 2)
        } else {
            return rest.starts_with(',');
        };
        rest = comment_end.map_or("", |end| rest[end..].trim_start());
    }
}

/// The whitespace at the beginning of the line that holds the byte `at`.
fn indentation(text: &str, at: usize) -> &str {
    let line = text[..at].rsplit('\n').next().unwrap_or_default();
    &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
}

/// The indentation of the first line that has one: one step, where the file is laid out as programs
/// do it.
fn unit(text: &str) -> &str {
    let blanks = |line| indentation(line, str::len(line));
    text.lines().map(blanks).find(|indent| !indent.is_empty()).unwrap_or(INDENT)
}

/// `"name": "…"`, or the objects around it; `layout` is the line break and the indentation of the
/// member, `None` for one line.
fn nested_member(names: &[String], key: &str, layout: Option<(&str, &str)>) -> Zeroizing<String> {
    match names {
        [name] => member(name, key),
        [name, inner @ ..] => concat(&[&quoted(name), ": ", &nested(inner, key, layout)]),
        [] => Zeroizing::default(),
    }
}

fn nested(names: &[String], key: &str, layout: Option<(&str, &str)>) -> Zeroizing<String> {
    match layout {
        None => concat(&["{ ", &nested_member(names, key, None), " }"]),
        Some((line_break, outer)) => {
            let inner = format!("{outer}{INDENT}");
            let new = nested_member(names, key, Some((line_break, &inner)));
            concat(&["{", line_break, &inner, &new, line_break, outer, "}"])
        }
    }
}

/// The parts joined in one allocation: growing would leave copies of the key behind.
fn concat(parts: &[&str]) -> Zeroizing<String> {
    let mut out = Zeroizing::new(String::with_capacity(parts.iter().map(|part| part.len()).sum()));
    parts.iter().for_each(|part| out.push_str(part));
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn placed(document: &str, at: &str) -> Result<String, Error> {
        place(Some(document), &at.parse()?, "K\n").map(|placed| placed.text.to_string())
    }

    #[test]
    fn one_value_is_replaced_or_one_member_added_and_the_rest_stays() {
        for (before, after) in [
            (r#"{"user":{"privateKey":null}}"#, r#"{"user":{"privateKey":"K\n"}}"#),
            (
                r#"{"user": {"privateKey" :"old" , "a":1}}"#,
                r#"{"user": {"privateKey" :"K\n" , "a":1}}"#,
            ),
            (r#"{"user": {"name": "ann"}}"#, r#"{"user": {"name": "ann", "privateKey": "K\n"}}"#),
            (r#"{"a": [1]}"#, r#"{"a": [1], "user": { "privateKey": "K\n" }}"#),
            ("{}\n", "{\n  \"user\": {\n    \"privateKey\": \"K\\n\"\n  }\n}\n"),
            ("{\n\t\"user\": {}\n}\n", "{\n\t\"user\": {\n\t\t\"privateKey\": \"K\\n\"\n\t}\n}\n"),
            (
                "{\r\n    \"user\": {\r\n        \"a\": 1\r\n    }\r\n}",
                "{\r\n    \"user\": {\r\n        \"a\": \
                1,\r\n        \"privateKey\": \"K\\n\"\r\n    }\r\n}",
            ),
            (
                "{ \"user\": {\n  \"a\": 1 // one\n  // two\n} }",
                "{ \"user\": {\n  \"a\": 1, // one\n  // two\n  \"privateKey\": \"K\\n\"\n} }",
            ),
            (
                "{ \"user\": {\n  \"a\": 1, // one, two\n} }",
                "{ \"user\": {\n  \"a\": 1, // one, two\n  \"privateKey\": \"K\\n\"\n} }",
            ),
            (
                "{\"user\": { /* none */ }}",
                "{\"user\": { /* none */\n  \"privateKey\": \"K\\n\"\n}}",
            ),
            (
                "\u{feff}{\"user\":{\"privateKey\":\"\"}} // é",
                "\u{feff}{\"user\":{\"privateKey\":\"K\\n\"}} // é",
            ),
        ] {
            assert_eq!(placed(before, "/user/privateKey").unwrap(), after);
        }
        let new = place(None, &"/a~1b/c~0d".parse().unwrap(), "K").unwrap();
        assert_eq!(*new.text, "{\n  \"a/b\": {\n    \"c~d\": \"K\"\n  }\n}\n");
    }

    #[test]
    fn a_document_without_a_place_for_the_key_is_refused() {
        let at = |at: &str| at.to_owned();
        let not_json = |line, column| Error::NotJson { line, column };
        for (document, error) in [
            ("", Error::Empty),
            ("// nothing", Error::Empty),
            ("{", not_json(1, 1)),
            ("{'a': 1}", not_json(1, 2)),
            ("{a: 1}", not_json(1, 2)),
            ("{\"a\": 1 \"b\": 2}", not_json(1, 8)),
            ("{}{}", not_json(1, 3)),
            ("user: a", not_json(1, 1)),
            ("[]", Error::NotAnObject { at: at(""), what: "an array" }),
            ("{\"user\": \"ann\"}", Error::NotAnObject { at: at("/user"), what: "a string" }),
            (
                "{\"user\": {\"privateKey\": {}}}",
                Error::Occupied { at: at("/user/privateKey"), what: "an object" },
            ),
            (
                "{\"user\": {\"privateKey\": 1}}",
                Error::Occupied { at: at("/user/privateKey"), what: "a number" },
            ),
            ("{\"user\": {}, \"user\": {}}", Error::Twice { at: at("/user") }),
        ] {
            assert_eq!(placed(document, "/user/privateKey").unwrap_err(), error, "{document}");
        }
        for pointer in ["", "user", "/a~2", "/a~"] {
            assert_eq!(placed("{}", pointer).unwrap_err(), Error::Pointer { pointer: at(pointer) });
        }
        assert!(matches!(placed(&"[".repeat(100_000), "/a"), Err(Error::NotJson { .. })));
    }

    #[test]
    fn the_members_beside_the_key_are_reported() {
        let see = |document: &str| {
            place(Some(document), &"/user/privateKey".parse().unwrap(), "K").unwrap().neighbours
        };
        let nothing: [&str; 0] = [];
        assert_eq!(see("{\"user\": {\"name\": \"\", \"password\": null}}"), nothing);
        let all = ["name", "passphrase", "password"];
        assert_eq!(
            see("{\"user\": {\"name\": \"a\", \"password\": \"b\", \"passphrase\": \"c\"}}"),
            all
        );
        assert_eq!(see("{\"name\": \"a\"}"), nothing);
    }

    fn json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<i32>().prop_map(Into::into),
            "[ -~\"\\\\\n/é]{0,8}".prop_map(Into::into)
        ];
        leaf.prop_recursive(3, 16, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Into::into),
                prop::collection::vec(("[abu]|user|privateKey", inner), 0..4)
                    .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        /// serde_json reads the key at the pointer, and everything else as it was.
        #[test]
        fn a_placed_key_is_found_there_and_nothing_else_has_changed(
            mut document in json(),
            pretty: bool,
            key in "[ -~\n]{0,20}",
        ) {
            let text = if pretty {
                serde_json::to_string_pretty(&document)
            } else {
                serde_json::to_string(&document)
            };
            let pointer = "/user/privateKey".parse().unwrap();
            let Ok(placed) = place(Some(&text.unwrap()), &pointer, &key) else { return Ok(()) };
            let mut after: serde_json::Value = serde_json::from_str(&placed.text).unwrap();
            prop_assert_eq!(&after["user"]["privateKey"], &serde_json::Value::from(key));
            let forget = |document: &mut serde_json::Value| {
                let user = document.as_object_mut().and_then(|it| it.get_mut("user"));
                let is_empty = user.and_then(|it| it.as_object_mut()).is_none_or(|user| {
                    user.remove("privateKey");
                    user.is_empty()
                });
                if is_empty { document.as_object_mut().map(|it| it.remove("user")); }
            };
            forget(&mut document);
            forget(&mut after);
            prop_assert_eq!(document, after);
        }

        #[test]
        fn no_document_makes_it_panic(document: String, odd in "[{}\\[\\]\":,/* \na\\\\]{0,40}") {
            let pointer: Pointer = "/a/b".parse().unwrap();
            let _ = place(Some(&document), &pointer, "K");
            if let Ok(placed) = place(Some(&odd), &pointer, "K") {
                prop_assert!(place(Some(&placed.text), &pointer, "K").is_ok(), "{}", *placed.text);
            }
        }
    }
}
