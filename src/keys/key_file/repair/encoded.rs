//! Encodings of a whole text that forms, web pages and listings put around a key.

use super::damage::Damage;
use zeroize::Zeroizing;

/// Takes one encoding off a text; `None` if it does not have it.
type Undo = fn(&str) -> Option<Zeroizing<String>>;

/// The text without the encodings that it has, and which they were; `None` if it has none.
pub(super) fn undo(text: &str) -> Option<(Zeroizing<String>, Vec<Damage>)> {
    let mut found = Vec::new();
    let mut changed = Zeroizing::new(text.to_owned());
    let steps: [(Damage, Undo); 3] = [
        (Damage::UrlEncoded, from_url),
        (Damage::HtmlBreaks, without_html_breaks),
        (Damage::LineNumbers, without_numbers),
    ];
    for (damage, step) in steps {
        if let Some(next) = step(&changed) {
            found.push(damage);
            changed = next;
        }
    }
    (!found.is_empty()).then_some((changed, found))
}

/// The text with `%0A` and the like decoded; in a form, a plus sign is a space (WHATWG URL, section
/// 5.1).
fn from_url(text: &str) -> Option<Zeroizing<String>> {
    let is_form = text.contains("PRIVATE+KEY");
    let mut out = Zeroizing::new(String::with_capacity(text.len()));
    let (mut rest, mut has_codes) = (text, false);
    while let Some(c) = rest.chars().next() {
        let code = rest.strip_prefix('%').and_then(|code| code.get(..2));
        let byte = code.and_then(|code| u8::from_str_radix(code, 16).ok());
        if let Some(byte) = byte.filter(u8::is_ascii) {
            out.push(char::from(byte));
            rest = &rest[3..];
            has_codes = true;
        } else {
            out.push(if is_form && c == '+' { ' ' } else { c });
            rest = &rest[c.len_utf8()..];
        }
    }
    has_codes.then_some(out)
}

/// The text with line breaks in place of `<br>` and `<br/>`.
fn without_html_breaks(text: &str) -> Option<Zeroizing<String>> {
    let mut out = Zeroizing::new(String::with_capacity(text.len()));
    let (mut rest, mut has_breaks) = (text, false);
    while let Some(at) = rest.find('<') {
        let (before, tag) = rest.split_at(at);
        out.push_str(before);
        let name = tag.get(1..3).is_some_and(|name| name.eq_ignore_ascii_case("br"));
        let end = tag
            .get(3..)
            .filter(|_| name)
            .and_then(|end| end.trim_start().trim_start_matches('/').strip_prefix('>'));
        match end {
            Some(end) => {
                has_breaks = true;
                // A real line break may follow.
                if !end.starts_with(['\n', '\r']) {
                    out.push('\n');
                }
                rest = end;
            }
            None => {
                out.push('<');
                rest = &tag[1..];
            }
        }
    }
    out.push_str(rest);
    has_breaks.then_some(out)
}

/// The text without the numbers of its lines, as `cat -n` and `grep -n` print them; `None` if a
/// line has none, or they do not count up by one.
fn without_numbers(text: &str) -> Option<Zeroizing<String>> {
    let mut out = Zeroizing::new(String::with_capacity(text.len()));
    let mut last: Option<u32> = None;
    for line in text.lines() {
        let line = line.trim_start();
        if line.is_empty() {
            continue;
        }
        let digits = line.find(|c: char| !c.is_ascii_digit()).unwrap_or(line.len());
        let number: u32 = line[..digits].parse().ok()?;
        if last.is_some_and(|last| last.checked_add(1) != Some(number)) {
            return None;
        }
        last = Some(number);
        let rest = &line[digits..];
        if !rest.is_empty() && !rest.starts_with([' ', '\t', ':', '.', ')', '|']) {
            return None;
        }
        let rest = rest.trim_start_matches([' ', '\t', ':', '.', ')', '|']);
        out.push_str(rest);
        out.push('\n');
    }
    last.is_some().then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn undone(text: &str) -> Option<(String, Vec<Damage>)> {
        undo(text).map(|(text, found)| (text.to_string(), found))
    }

    #[test]
    fn each_encoding_is_undone() {
        let some = |text: &str, damage| Some((text.to_owned(), vec![damage]));
        assert_eq!(undone("a%0Ab%2bc+d"), some("a\nb+c+d", Damage::UrlEncoded));
        assert_eq!(undone("PRIVATE+KEY%2B"), some("PRIVATE KEY+", Damage::UrlEncoded));
        assert_eq!(undone("a<br>b<BR />\r\nc<br/>"), some("a\nb\r\nc\n", Damage::HtmlBreaks));
        assert_eq!(undone("  9\tab\n 10\t\n 11\tc\n"), some("ab\n\nc\n", Damage::LineNumbers));
        assert_eq!(undone("1:ab\n2:c"), some("ab\nc\n", Damage::LineNumbers));
    }

    #[test]
    fn a_text_without_an_encoding_is_left_alone() {
        for text in ["", "a+b", "100%", "%zz %é0", "<b>r", "1 a\n3 b", "1 a\nb", "12345\n12347"] {
            assert_eq!(undone(text), None, "{text}");
        }
    }
}
