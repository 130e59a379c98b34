//! Damage to the text of a key that can be repaired.

use crate::keys::key_file::document::Document;
use std::fmt;

/// One kind of damage, which can be repaired.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Damage {
    /// UTF-16, with or without its mark.
    Utf16,
    /// Neither UTF-8 nor UTF-16: a Windows code page.
    CodePage,
    /// UTF-8 with a byte order mark.
    ByteOrderMark,
    /// DER, the binary form of PEM.
    Der,
    /// Percent signs and two digits in place of characters, as in a URL.
    UrlEncoded,
    /// `<br>` in place of line breaks.
    HtmlBreaks,
    /// A number before each line, as `cat -n` prints it.
    LineNumbers,
    /// Base64 around the file itself.
    Base64,
    /// Text before the first line.
    TextBefore,
    /// Text after the last line.
    TextAfter,
    /// Quotes of JSON, a shell or a programming language.
    Quotes,
    /// The two characters `\n`.
    EscapedBreaks,
    /// Other escapes with a backslash: `\/`, `\u002b`, a line continued by a backslash.
    Escapes,
    /// Spaces instead of line breaks, or nothing.
    LostBreaks,
    /// Windows line ends.
    Crlf,
    /// Line ends of old Macs.
    Cr,
    /// Spaces or tabs before the lines.
    Indented,
    /// Spaces or tabs after the lines.
    TrailingBlanks,
    /// `>` before the lines, as in a reply to an email.
    Cited,
    /// Spaces other than that of ASCII.
    NonBreakingSpaces,
    /// Zero-width characters, which cannot be seen.
    Invisible,
    /// Dashes other than that of ASCII.
    LongDashes,
    /// No blank line between `DEK-Info` and the base64 text.
    NoBlankLine,
    /// No line break after the last line.
    NoFinalNewline,
    /// Between the lines of the base64 text, where OpenSSL accepts none.
    BlankLines,
    /// No line `-----BEGIN …-----`, or only a part of it.
    NoFirstLine,
    /// No line `-----END …-----`, or only a part of it.
    NoLastLine,
    /// Fewer than five dashes in the first or last line.
    FewDashes,
    /// The first or last line names another format than that of the key.
    Relabelled,
    /// Spaces instead of plus signs, as after decoding a form that was not encoded.
    LostPluses,
    /// Lines of other lengths, blank lines before or after the key, extra spaces in its first or
    /// last line.
    Rewrapped,
}

impl Damage {
    /// A short kebab word for scripts.
    pub fn kind(self) -> &'static str {
        self.words().0
    }

    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Utf16 => ("utf-16", "it is UTF-16"),
            Self::CodePage => ("code-page", "it is not UTF-8"),
            Self::ByteOrderMark => ("byte-order-mark", "it starts with a byte order mark"),
            Self::Der => ("der", "it is DER, the binary form of PEM"),
            Self::UrlEncoded => ("url-encoded", "it is URL-encoded (%0A)"),
            Self::HtmlBreaks => ("html-breaks", "its line breaks are <br>"),
            Self::LineNumbers => ("line-numbers", "its lines are numbered"),
            Self::Base64 => ("base64", "all of it is base64-encoded"),
            Self::TextBefore => ("text-before", "there is text before it"),
            Self::TextAfter => ("text-after", "there is text after it"),
            Self::Quotes => ("quotes", "it is in quotes"),
            Self::EscapedBreaks => ("escaped-breaks", "its line breaks are the two characters \\n"),
            Self::Escapes => ("escapes", "some of its characters are escaped with backslashes"),
            Self::LostBreaks => ("lost-breaks", "its line breaks are lost"),
            Self::Crlf => ("crlf", "its lines end as on Windows (CRLF)"),
            Self::Cr => ("cr", "its lines end as on old Macs (CR)"),
            Self::Indented => ("indented", "its lines are indented"),
            Self::TrailingBlanks => ("trailing-blanks", "its lines end in spaces"),
            Self::Cited => ("cited", "its lines begin with >"),
            Self::NonBreakingSpaces => {
                ("non-breaking-spaces", "some of its spaces are non-breaking")
            }
            Self::Invisible => ("invisible", "it contains invisible characters"),
            Self::LongDashes => ("long-dashes", "some of its dashes are long dashes"),
            Self::NoBlankLine => {
                ("no-blank-line", "the blank line after its DEK-Info line is missing")
            }
            Self::NoFinalNewline => ("no-final-newline", "its last line has no line break"),
            Self::BlankLines => ("blank-lines", "there are blank lines between its lines"),
            Self::NoFirstLine => {
                ("no-first-line", "its first line, -----BEGIN …-----, is missing or incomplete")
            }
            Self::NoLastLine => {
                ("no-last-line", "its last line, -----END …-----, is missing or incomplete")
            }
            Self::FewDashes => ("few-dashes", "its first or last line has too few dashes"),
            Self::Relabelled => ("relabelled", "its first or last line names another format"),
            Self::LostPluses => ("lost-pluses", "its plus signs have become spaces"),
            Self::Rewrapped => ("rewrapped", "its lines are wrapped differently"),
        }
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words().1)
    }
}

/// What was found so far.
#[derive(Clone, Default)]
pub(super) struct Damages {
    /// Each kind once.
    found: Vec<Damage>,
    /// What the key is in, if there is more than the key.
    document: Option<Document>,
}

impl Damages {
    pub(super) fn add(&mut self, damage: Damage) {
        self.add_if(true, damage);
    }

    pub(super) fn add_if(&mut self, found: bool, damage: Damage) {
        if found && !self.found.contains(&damage) {
            self.found.push(damage);
        }
    }

    /// What turned out to be something else.
    pub(super) fn remove(&mut self, damages: &[Damage]) {
        self.found.retain(|damage| !damages.contains(damage));
    }

    /// Of several documents within each other, the outermost counts.
    pub(super) fn is_in(&mut self, document: Option<Document>) {
        if self.document.is_none() {
            self.document = document;
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    pub(super) fn add_all(&mut self, others: Self) {
        others.found.into_iter().for_each(|damage| self.add(damage));
        self.is_in(others.document);
    }

    pub(super) fn have(&self, damage: Damage) -> bool {
        self.found.contains(&damage)
    }

    /// Text before the key or after it was found.
    pub(super) fn have_text(&self) -> bool {
        self.have(Damage::TextBefore) || self.have(Damage::TextAfter)
    }

    /// The damage, from the outside to the inside, and the document.
    pub(super) fn into_parts(mut self) -> (Vec<Damage>, Option<Document>) {
        // If all line breaks are lost, the last one need not be named.
        if self.have(Damage::LostBreaks) {
            self.found.retain(|damage| *damage != Damage::NoFinalNewline);
        }
        self.found.sort();
        (self.found, self.document)
    }
}
