//! A server's words, as messages show them.

use crate::text::{end_of, is_hidden};

/// How many characters of a server's text a message shows.
pub(super) const MOST: usize = 200;

/// One line without hidden characters or spaces at its ends; of a long one the end, which says what
/// happened.
pub(crate) fn cleaned(words: &str) -> String {
    let words: String = words
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|c| !is_hidden(*c))
        .collect();
    end_of(words.trim(), MOST)
}
