//! A server's words, as they go into a message.

use crate::text::{end_of, is_hidden};

/// How many of a server's characters go into a message.
pub(super) const MOST: usize = 200;

/// One line without hidden characters or spaces at its ends; the end of a long one, which says what
/// happened.
pub(crate) fn cleaned(words: &str) -> String {
    let words: String = words
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|c| !is_hidden(*c))
        .collect();
    end_of(words.trim(), MOST)
}
