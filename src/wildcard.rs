//! The wildcards of ssh_config(5) PATTERNS: `*`, `?`, and `!` in a list.
//!
//! Bytes are compared, as ssh does, and a match takes at most (text × pattern) steps.

/// match_pattern_list in match.c: a list with a pattern of this many bytes or more matches nothing.
const PATTERN_LIMIT: usize = 1023;

/// Whether the whole text matches one pattern of `*` and `?`.
pub fn matches(text: impl AsRef<[u8]>, pattern: impl AsRef<[u8]>) -> bool {
    matches_bytes(text.as_ref(), pattern.as_ref(), |own, byte| own == byte)
}

/// Whether the text matches a comma-separated list: one pattern matches, and none that starts with
/// `!` does.
pub fn list_matches(text: impl AsRef<[u8]>, list: impl AsRef<[u8]>) -> bool {
    list_matches_bytes(text.as_ref(), list.as_ref(), |own, byte| own == byte)
}

/// [`list_matches`], ignoring ASCII case, as for host names and keywords.
pub fn list_matches_ignoring_case(text: impl AsRef<[u8]>, list: impl AsRef<[u8]>) -> bool {
    list_matches_bytes(text.as_ref(), list.as_ref(), |own, byte| own.eq_ignore_ascii_case(&byte))
}

fn list_matches_bytes(text: &[u8], list: &[u8], same: fn(u8, u8) -> bool) -> bool {
    let mut found = false;
    for pattern in list.split(|byte| *byte == b',') {
        let negated = pattern.strip_prefix(b"!");
        let pattern = negated.unwrap_or(pattern);
        if pattern.len() >= PATTERN_LIMIT {
            return false;
        }
        if matches_bytes(text, pattern, same) {
            if negated.is_some() {
                return false;
            }
            found = true;
        }
    }
    found
}

fn matches_bytes(text: &[u8], pattern: &[u8], same: fn(u8, u8) -> bool) -> bool {
    matches_elements(
        text,
        pattern,
        |own| *own == b'*',
        |own, byte| *own == b'?' || same(*own, byte),
    )
}

/// Whether the text matches a pattern of any kind: each element is a star, or accepts one byte.
///
/// Only the last star ever needs another try, so no pattern takes exponential time.
pub(crate) fn matches_elements<E>(
    text: &[u8],
    pattern: &[E],
    is_star: impl Fn(&E) -> bool,
    accepts: impl Fn(&E, u8) -> bool,
) -> bool {
    let (mut at, mut next) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while at < text.len() {
        match pattern.get(next) {
            Some(element) if is_star(element) => {
                next += 1;
                retry = Some((next, at));
            }
            Some(element) if accepts(element, text[at]) => (at, next) = (at + 1, next + 1),
            _ => match &mut retry {
                Some((after_star, from)) => {
                    *from += 1;
                    (at, next) = (*from, *after_star);
                }
                None => return false,
            },
        }
    }
    pattern[next..].iter().all(is_star)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn stars_and_question_marks_match_as_in_ssh() {
        for (text, pattern) in [
            ("web1", "web?"),
            ("web1", "*"),
            ("", "*"),
            ("", ""),
            ("a.b.c", "*.c"),
            ("abcbc", "a*bc"),
            ("web1", "w*b**1"),
        ] {
            assert!(matches(text, pattern), "{text} {pattern}");
        }
        for (text, pattern) in [
            ("web1", "web"),
            ("web1", "WEB1"),
            ("", "?"),
            ("x", ""),
            ("a.b", "*.c"),
            ("[a]", "[a-z]"),
            ("web12", "web?"),
        ] {
            assert!(!matches(text, pattern), "{text} {pattern}");
        }
    }

    #[test]
    fn a_negated_pattern_anywhere_in_a_list_wins() {
        assert!(list_matches("web1", "db1,web*"));
        assert!(!list_matches("web1", "web*,!web1"));
        assert!(!list_matches("web1", "!web1,*"));
        assert!(!list_matches("web2", "!web1"), "a negated pattern alone matches nothing");
        assert!(list_matches_ignoring_case("WEB1", "Web?"));
    }

    #[test]
    fn many_stars_do_not_take_exponential_time() {
        assert!(!matches("a".repeat(5000), format!("{}b", "*a".repeat(500))));
    }

    #[test]
    fn an_overlong_pattern_makes_its_list_match_nothing_as_in_openssh() {
        assert!(list_matches("web1", format!("web1,{}", "x".repeat(PATTERN_LIMIT - 1))));
        assert!(!list_matches("web1", format!("web1,{}", "x".repeat(PATTERN_LIMIT))));
        assert!(matches("x".repeat(PATTERN_LIMIT), "x".repeat(PATTERN_LIMIT)));
    }

    proptest! {
        #[test]
        fn a_pattern_with_one_star_matches_what_starts_and_ends_like_it(
            head in "[ab]{0,4}",
            tail in "[ab]{0,4}",
            text in "[ab]{1,8}",
        ) {
            let expected = text.len() >= head.len() + tail.len()
                && text.starts_with(&head)
                && text.ends_with(&tail);
            prop_assert_eq!(matches(&text, format!("{head}*{tail}")), expected);
        }
    }
}
