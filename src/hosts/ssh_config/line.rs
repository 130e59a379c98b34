//! One line of a configuration, split as OpenSSH splits it: the keyword, the words after it with
//! their quotes and escapes resolved, and the raw rest.

use std::collections::VecDeque;

/// A line that is neither blank nor a comment.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ConfigLine<'a> {
    /// As written, without quotes.
    pub keyword: String,
    /// Everything after the keyword and its `=`, for the keywords whose value is a command.
    pub rest: &'a str,
}

/// Splits off the keyword; `None` for blank lines and comments.
///
/// # Errors
///
/// Says why the line cannot be parsed.
pub(super) fn split(line: &str) -> Result<Option<ConfigLine<'_>>, &'static str> {
    // A form feed is whitespace only at the end of a line.
    let line = line.trim_end_matches([' ', '\t', '\r', '\n', '\x0c']);
    let line = line.trim_start_matches(is_blank);
    let line = line.strip_prefix('=').unwrap_or(line).trim_start_matches(is_blank);
    if line.is_empty() || line.starts_with('#') {
        return Ok(None);
    }
    let end = line.find(|c| is_blank(c) || c == '"' || c == '=').unwrap_or(line.len());
    let (keyword, rest) = match line[end..].strip_prefix('"') {
        Some(quoted) => {
            let (inside, rest) = quoted.split_once('"').ok_or("unbalanced quotes")?;
            (format!("{}{inside}", &line[..end]), rest.trim_start_matches(is_blank))
        }
        None => {
            // At most one `=` belongs to the keyword, with whitespace on either side.
            let rest = line[end..].trim_start_matches(is_blank);
            (
                line[..end].to_owned(),
                rest.strip_prefix('=').unwrap_or(rest).trim_start_matches(is_blank),
            )
        }
    };
    Ok(Some(ConfigLine { keyword, rest }))
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

/// Splits a value into words. Single and double quotes group, `\` escapes quotes, itself and,
/// outside quotes, a space; a `#` at the start of a word begins a comment.
///
/// # Errors
///
/// If a quote is not closed.
pub(super) fn words(rest: &str) -> Result<Words, &'static str> {
    split_words(rest, true).map(Words)
}

/// The words of a command: the same, except that there are no comments in it.
///
/// # Errors
///
/// If a quote is not closed.
pub(super) fn arguments(command: &str) -> Result<Vec<String>, &'static str> {
    split_words(command, false).map(Vec::from)
}

fn split_words(rest: &str, has_comments: bool) -> Result<VecDeque<String>, &'static str> {
    let mut words = VecDeque::new();
    let mut left = rest.chars().peekable();
    loop {
        while left.next_if(|c| matches!(c, ' ' | '\t')).is_some() {}
        if left.peek().is_none() || has_comments && left.peek() == Some(&'#') {
            return Ok(words);
        }
        let (mut word, mut quote) = (String::new(), None);
        while let Some(&c) = left.peek() {
            if quote.is_none() && matches!(c, ' ' | '\t') {
                break;
            }
            left.next();
            match (c, quote) {
                ('\\', _) => {
                    let escaped = left.next_if(|next| {
                        matches!(next, '\'' | '"' | '\\') || (quote.is_none() && *next == ' ')
                    });
                    word.push(escaped.unwrap_or('\\'));
                }
                ('"' | '\'', None) => quote = Some(c),
                (c, Some(open)) if c == open => quote = None,
                (c, _) => word.push(c),
            }
        }
        if quote.is_some() {
            return Err("unbalanced quotes");
        }
        words.push_back(word);
    }
}

/// The words of one line, taken one after the other.
#[derive(Debug)]
pub(super) struct Words(VecDeque<String>);

impl Words {
    /// The next word, which may be empty.
    pub(super) fn next(&mut self) -> Option<String> {
        self.0.pop_front()
    }

    /// The next word; an empty one counts as missing.
    pub(super) fn take(&mut self) -> Result<String, String> {
        self.next().filter(|word| !word.is_empty()).ok_or_else(|| "missing value".into())
    }

    /// The remaining words.
    pub(super) fn take_all(&mut self) -> Vec<String> {
        std::mem::take(&mut self.0).into()
    }

    /// The words that are left, without taking them.
    pub(super) fn left(&self) -> Vec<String> {
        self.0.iter().cloned().collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(line: &str) -> (String, Vec<String>) {
        let line = split(line).unwrap().unwrap();
        (line.keyword.clone(), words(line.rest).unwrap().take_all())
    }

    #[test]
    fn a_keyword_ends_at_whitespace_quotes_or_one_equals_sign() {
        for line in [
            "Port 22",
            " \tPort=22\r\n",
            "Port = 22",
            "Port= 22 \x0c",
            "Port \"22\"",
            "\"Port\" 22",
            "Port 2'2' # x",
            "=Port 22",
        ] {
            let (keyword, words) = of(line);
            assert!(keyword == "Port" && words == ["22"], "{line:?}: {keyword} {words:?}");
        }
        assert_eq!(of("Po\"rt\" 22"), ("Port".into(), vec!["22".into()]));
        assert_eq!(of("Port == 22"), ("Port".into(), vec!["=".into(), "22".into()]));
        for line in ["", "  \r\n", "# Port 22", "  #x"] {
            assert_eq!(split(line), Ok(None), "{line:?}");
        }
        assert!(split("Port \"22").is_ok_and(|line| words(line.unwrap().rest).is_err()));
        assert!(split("\"Port 22").is_err());
    }

    #[test]
    fn words_are_split_quoted_and_escaped_as_in_ssh() {
        let of = |rest: &str| words(rest).unwrap().take_all();
        assert_eq!(of(r#"a "b c" 'd "e' f\ g"#), ["a", "b c", "d \"e", "f g"]);
        assert_eq!(of(r#"a"b"c \"x\" "\ " \n"#), ["abc", "\"x\"", "\\ ", "\\n"]);
        assert_eq!(of("a #b c"), ["a"]);
        assert_eq!(of("a#b"), ["a#b"]);
        assert_eq!(of("\"\" x"), ["", "x"]);
    }
}
