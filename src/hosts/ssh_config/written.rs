//! The lines of a configuration that apply, as they were written: `-G` prints keywords that sshk
//! has no other use for.

use std::collections::BTreeMap;

/// By keyword, in its official spelling, and in the order read.
#[derive(Clone, Debug, Default)]
pub(super) struct WrittenLines(BTreeMap<&'static str, Vec<WrittenLine>>);

/// The value of one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct WrittenLine {
    /// As written, for commands.
    pub rest: String,
    /// Without quotes.
    pub words: Vec<String>,
}

impl WrittenLines {
    pub(super) fn add(&mut self, keyword: &'static str, rest: &str, words: Vec<String>) {
        let line = WrittenLine { rest: rest.to_owned(), words };
        let lines = self.0.entry(keyword).or_default();
        // The files may be read twice.
        if !lines.contains(&line) {
            lines.push(line);
        }
    }

    pub(super) fn lines(&self, keyword: &str) -> &[WrittenLine] {
        self.0.get(keyword).map_or(&[], Vec::as_slice)
    }

    /// The first line that was read: the one that counts.
    pub(super) fn first(&self, keyword: &str) -> Option<&WrittenLine> {
        self.lines(keyword).first()
    }

    /// The first word of that line.
    pub(super) fn word(&self, keyword: &str) -> Option<&str> {
        self.first(keyword)?.words.first().map(String::as_str)
    }

    /// Whether the first word is one of those for yes.
    pub(super) fn is_yes(&self, keyword: &str) -> bool {
        self.word(keyword)
            .is_some_and(|word| ["yes", "true"].iter().any(|yes| yes.eq_ignore_ascii_case(word)))
    }
}
