//! Which document a private key is in, by what is around it.

use super::armour;
use super::document::Document;
use super::public_line::is_public_line;
use crate::keys::jsonc;
use crate::text::is_hidden;
use jsonc_parser::ast::Value;
use jsonc_parser::common::Ranged;
use std::ops::Range;

/// The longest name that is shown, in characters.
const MOST_NAME: usize = 64;

/// The longest comment around a key, in lines with something in them and in bytes: a heading and a
/// greeting in an email, or the attributes that OpenSSL writes before a key. A longer one is a text
/// of its own.
const MOST_COMMENT_LINES: usize = 12;
const MOST_COMMENT: usize = 1024;

/// The document around the key at `key` in `text`; `None` if nothing is there but a comment, or
/// the name and the quotes of one value.
pub(super) fn around(text: &str, key: Range<usize>) -> Option<Document> {
    if let Some(pointer) = json_pointer(text, key.start) {
        return Some(Document::Json { pointer });
    }
    let count = |words: &str| {
        text[..key.start].matches(words).count() + text[key.end..].matches(words).count()
    };
    if count("-----BEGIN ") > 0 {
        return Some(Document::Pem { certificates: count("-----BEGIN CERTIFICATE-----") });
    }
    let line_start = text[..key.start].rfind('\n').map_or(0, |at| at + 1);
    let (above, before) = text[..key.start].split_at(line_start);
    let (behind, below) = text[key.end..].split_once('\n').unwrap_or((&text[key.end..], ""));
    let has_more_behind = behind.replace("\\n", "").contains(char::is_alphanumeric);
    let others = |above: &str| has_statements(above) || has_statements(below) || has_more_behind;
    if let Some(name) = variable(before) {
        return others(above).then_some(Document::Env { name });
    }
    if let Some(name) = yaml_name(before) {
        return others(above).then_some(Document::Yaml { name });
    }
    if let Some((name, above)) = yaml_block(above, before) {
        return others(above).then_some(Document::Yaml { name });
    }
    let lines = || above.lines().chain(below.lines());
    // What a brace opens is no comment, though it may not be JSON.
    let is_more = before.contains(['{', '['])
        || lines().any(is_public_line)
        || is_more_than_a_comment(lines());
    is_more.then_some(Document::Text)
}

/// Whether these lines around a key are more than a comment.
pub(super) fn is_more_than_a_comment<'a>(lines: impl Iterator<Item = &'a str>) -> bool {
    let lengths = lines.map(|line| line.trim().len()).filter(|length| *length > 0);
    let (count, bytes) = lengths.fold((0, 0), |(count, sum), length| (count + 1, sum + length));
    count > MOST_COMMENT_LINES || bytes > MOST_COMMENT
}

/// The text before an EC key without the block that names its curve, which OpenSSL writes in front
/// of the key and which the key repeats.
pub(super) fn without_parameters<'a>(before: &'a str, label: &str) -> &'a str {
    const BEGIN: &str = "-----BEGIN EC PARAMETERS-----";
    const END: &str = "-----END EC PARAMETERS-----";
    let trimmed = before.trim_end();
    match (label == armour::EC).then(|| trimmed.strip_suffix(END)).flatten() {
        Some(inside) => inside.rfind(BEGIN).map_or(before, |at| &before[..at]),
        None => before,
    }
}

/// Where in a JSON text the value with the byte `at` is; `None` if it is not JSON.
fn json_pointer(text: &str, at: usize) -> Option<String> {
    let bom = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut value = &jsonc::parse(&text[bom..]).ok()??;
    let at = at.checked_sub(bom)?;
    let holds = |value: &Value<'_>| (value.range().start..value.range().end).contains(&at);
    let mut pointer = String::new();
    loop {
        let (name, inner) = match value {
            Value::Object(object) => {
                let property = object.properties.iter().find(|it| holds(&it.value))?;
                let name = property.name.as_str().replace('~', "~0").replace('/', "~1");
                (shown(&name), &property.value)
            }
            Value::Array(array) => {
                let index = array.elements.iter().position(holds)?;
                (index.to_string(), &array.elements[index])
            }
            // A string alone is a form of the key, not a document.
            _ => return (!pointer.is_empty()).then_some(pointer),
        };
        pointer = format!("{pointer}/{name}");
        value = inner;
    }
}

/// `NAME=` in front of a value, quoted or not.
fn variable(before: &str) -> Option<String> {
    let name = before.trim_end_matches(['"', '\'', '$']).strip_suffix('=')?.trim();
    let name = name.strip_prefix("export ").unwrap_or(name).trim_start();
    is_name(name, "_").then(|| shown(name))
}

/// `name:` in front of a value on the same line.
fn yaml_name(before: &str) -> Option<String> {
    let key = before.trim_end_matches(['"', '\'']).trim_end().strip_suffix(':')?;
    let key = key.trim_start().trim_start_matches("- ").trim();
    let key = key.trim_matches(['"', '\'']);
    is_name(key, "_-.").then(|| shown(key))
}

/// `name: |` on the line before an indented block, and what is above it.
fn yaml_block<'a>(above: &'a str, indent: &str) -> Option<(String, &'a str)> {
    if indent.is_empty() || !indent.trim().is_empty() {
        return None;
    }
    let above = above.trim_end();
    let line_start = above.rfind('\n').map_or(0, |at| at + 1);
    let head =
        above[line_start..].trim_end_matches(|c: char| c.is_ascii_digit() || "+-".contains(c));
    let name = yaml_name(head.strip_suffix(['|', '>'])?.trim_end())?;
    Some((name, &above[..line_start]))
}

/// Whether there are lines other than comments and blank ones.
fn has_statements(text: &str) -> bool {
    let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim);
    lines.into_iter().any(|line| !line.is_empty() && !line.starts_with('#') && line != "---")
}

fn is_name(text: &str, others: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || others.contains(c))
}

/// A name as messages show it.
fn shown(name: &str) -> String {
    name.chars().filter(|c| !is_hidden(*c)).take(MOST_NAME).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is around the word KEY.
    fn around(text: &str) -> String {
        let start = text.find("KEY").unwrap();
        match super::around(text, start..start + 3) {
            Some(document) => {
                format!("{} {}", document.kind(), document.place().unwrap_or("-"))
            }
            None => "-".into(),
        }
    }

    #[test]
    fn the_document_around_a_key_is_named_with_its_place() {
        for (text, wanted) in [
            (r#"{"user": {"name": "ann", "privateKey": "KEY\n"}}"#, "json /user/privateKey"),
            ("\u{feff}{\r\n \"a/b\": [1, {\"c~\": \"KEY\"}] // é\r\n}", "json /a~1b/1/c~0"),
            (r#"[{"k": "KEY"}, 1]"#, "json /0/k"),
            (r#"{"user": "KEY""#, "text -"),
            (r#"{user: {name: "ann", privateKey: "KEY"}}"#, "text -"),
            (r#""privateKey": "KEY\n", "name": "ann""#, "yaml privateKey"),
            (r#""user": "KEY","#, "-"),
            ("PORT=22\nexport SSH_ID=\"KEY\"\n", "env SSH_ID"),
            ("A='x'\nB='KEY'\n", "env B"),
            ("host: a\nprivateKey: |\n  KEY\nport: 22\n", "yaml privateKey"),
            ("- host: a\n  key: |2-\n\n    KEY\n", "yaml key"),
            ("key: \"KEY\"\nport: 22\n", "yaml key"),
            ("x\n-----BEGIN CERTIFICATE-----\nAA\n-----END CERTIFICATE-----\nKEY\n", "pem -"),
            ("Dear Ann,\n\nKEY\n\nRegards\n", "-"),
            ("a b=KEY\n", "-"),
            ("# Ann's\nB='KEY'\n\n", "-"),
            ("---\nkey: |\n  KEY\n", "-"),
            ("KEY\nssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA ann\n", "text -"),
            (&format!("{}KEY", "line\n".repeat(13)), "text -"),
            (&format!("{}\nKEY", "long ".repeat(300)), "text -"),
        ] {
            assert_eq!(around(text), wanted, "{text:?}");
        }
    }

    #[test]
    fn the_block_that_names_the_curve_belongs_to_the_key() {
        let block =
            "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";
        assert_eq!(without_parameters(block, armour::EC), "");
        assert_eq!(without_parameters(block, armour::RSA), block);
        let with_text = format!("x\n{block}");
        assert_eq!(without_parameters(&with_text, armour::EC), "x\n");
    }
}
