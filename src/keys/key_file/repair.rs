//! What pasting, secrets stores and editors do to a private key: recognised, named, and repaired if
//! nothing is missing.
//!
//! The steps: bytes become text (`characters`), the key is found in it (`frame`), its lines are
//! cleaned (`inside`) and written anew; what comes out must be read as a whole key. What its first
//! and last lines should say follows from what is in it (`content`). What is uncertain is refused,
//! never guessed.

mod characters;
mod content;
mod damage;
mod encoded;
mod frame;
mod inside;
mod missing;

use super::disk::MAX_BYTES;
use super::document::Document;
use super::error::Error;
use super::fault::Fault;
use super::ppk::{self, FIRST_WORD};
use super::private::Private;
use super::surrounding_text;
pub use damage::Damage;
use damage::Damages;
use data_encoding::BASE64_NOPAD;
use frame::Frame;
use inside::Inside;
use std::fmt;
use zeroize::Zeroizing;

/// How often base64 of base64 is undone: a secret encoded by hand for a store that encodes it
/// again, and once more.
const MAX_WRAPPINGS: usize = 3;
/// How the base64 of `-----BEGIN` begins.
const PACKED_BEGIN: &str = "LS0tLS1CRUdJT";

/// What was found in a text that should be a private key.
pub struct Diagnosis {
    damages: Vec<Damage>,
    document: Option<Document>,
    repaired: Result<Zeroizing<String>, Fault>,
}

impl fmt::Debug for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Diagnosis")
            .field("damages", &self.damages)
            .field("fault", &self.fault())
            .finish_non_exhaustive()
    }
}

impl Diagnosis {
    /// The damage, from the outside to the inside; empty if the text is as a program writes it.
    pub fn damages(&self) -> &[Damage] {
        &self.damages
    }

    /// What the key is in, if there is more than the key: a repair in its place would lose the
    /// rest.
    pub fn document(&self) -> Option<&Document> {
        self.document.as_ref()
    }

    /// What cannot be repaired.
    pub fn fault(&self) -> Option<&Fault> {
        self.repaired.as_ref().err()
    }

    /// The key's text as a program writes it, in the format it had, still encrypted if it was.
    /// `name` is for messages.
    ///
    /// # Errors
    ///
    /// What cannot be repaired: [`Diagnosis::fault`].
    pub fn into_repaired(self, name: &str) -> Result<Zeroizing<String>, Error> {
        self.repaired.map_err(|fault| Error::Key { name: name.to_owned(), fault })
    }

    /// All the damage in one clause for the user; empty if there is none.
    pub fn summary(&self) -> String {
        let words: Vec<_> = self.damages.iter().map(Damage::to_string).collect();
        match words.as_slice() {
            [] => String::new(),
            [one] => one.clone(),
            [several @ .., last] => format!("{}, and {last}", several.join(", ")),
        }
    }
}

/// Looks at the content of a file. Whether the key is encrypted makes no difference; nothing is
/// decrypted.
pub fn diagnose(bytes: &[u8]) -> Diagnosis {
    let mut damages = Damages::default();
    let repaired = if bytes.len() as u64 > MAX_BYTES {
        Err(Fault::NotAKey { why: "it is larger than 1 MiB" })
    } else {
        repair(bytes, &mut damages, 0)
    };
    if repaired.as_ref().is_ok_and(|text| damages.is_empty() && text.as_bytes() != bytes) {
        damages.add(Damage::Rewrapped);
    }
    let (damages, document) = damages.into_parts();
    let is_altered = damages.iter().any(|damage| *damage != Damage::Der);
    let repaired = repaired.map_err(|fault| match fault {
        // The program that reads the format would not read this file.
        Fault::Foreign { what, .. } if is_altered => Fault::Unsupported { what },
        fault => fault,
    });
    Diagnosis { damages, document, repaired }
}

fn repair(bytes: &[u8], damages: &mut Damages, depth: usize) -> Result<Zeroizing<String>, Fault> {
    if let Some(key) = content::key(bytes).filter(|_| depth == 0) {
        damages.add(Damage::Der);
        return key;
    }
    let text = characters::decode(bytes, damages)?;
    let mut others = damages.clone();
    let repaired = repair_text(&text, damages, depth);
    // Only if it cannot be read as it is: in a document, other values may look encoded.
    if repaired.is_err()
        && let Some((plain, encodings)) = encoded::undo(&text)
    {
        encodings.into_iter().for_each(|damage| others.add(damage));
        let again = repair_text(&plain, &mut others, depth);
        if !matches!(again, Err(Fault::NotAKey { .. } | Fault::Empty)) {
            *damages = others;
            return again;
        }
    }
    repaired
}

fn repair_text(
    text: &str,
    damages: &mut Damages,
    depth: usize,
) -> Result<Zeroizing<String>, Fault> {
    if let Some(frame) = Frame::find(text)? {
        return repair_framed(text, &frame, damages);
    }
    if let Some(at) = text.find(FIRST_WORD) {
        return repair_putty(text, at, damages);
    }
    let not_found = || {
        content::fault(text)
            .unwrap_or(Fault::NotAKey { why: "it has no -----BEGIN … PRIVATE KEY----- line" })
    };
    let mut inner = Damages::default();
    let Some(packed) = packed(text, &mut inner).filter(|_| depth < MAX_WRAPPINGS) else {
        return Err(not_found());
    };
    if let Some(key) = content::key(&packed) {
        damages.add(Damage::NoFirstLine);
        damages.add(Damage::NoLastLine);
        damages.add_all(inner);
        return key;
    }
    let repaired = repair(&packed, &mut inner, depth + 1);
    if let Err(Fault::NotAKey { .. } | Fault::Empty) = repaired {
        return Err(not_found());
    }
    damages.add(Damage::Base64);
    damages.add_all(inner);
    repaired
}

fn repair_framed(
    text: &str,
    frame: &Frame<'_>,
    damages: &mut Damages,
) -> Result<Zeroizing<String>, Fault> {
    frame.note(damages);
    if damages.have_text() {
        damages.is_in(surrounding_text::around(text, frame.range(text)));
    }
    let torn = || frame.fault();
    let inside = inside::read(frame, text, damages).map_err(|fault| torn().unwrap_or(fault))?;
    let fault = match key_inside(frame, &inside, damages) {
        Ok(key) => return Ok(key),
        Err(fault) => fault,
    };
    let mut with_pluses = damages.clone();
    if let Some(inside) = inside.with_pluses(&mut with_pluses)
        && let Ok(key) = key_inside(frame, &inside, &mut with_pluses)
    {
        *damages = with_pluses;
        return Ok(key);
    }
    match (torn(), fault) {
        (None, fault @ Fault::Damaged { .. }) => Err(missing::count(&inside).unwrap_or(fault)),
        (Some(torn), Fault::Damaged { .. }) => Err(torn),
        (_, fault) => Err(fault),
    }
}

/// The key of a frame: in the format that its first line names, or else in the one that it has.
fn key_inside(
    frame: &Frame<'_>,
    inside: &Inside,
    damages: &mut Damages,
) -> Result<Zeroizing<String>, Fault> {
    // Nothing but both lines shows that an encrypted PEM file is whole, and what is in it.
    if inside.has_headers()
        && let Some(fault) = frame.fault()
    {
        return Err(fault);
    }
    let as_named = inside.write(frame.label);
    let Some(fault) = content::fault(&as_named) else { return Ok(as_named) };
    if inside.has_headers() || !matches!(fault, Fault::Damaged { .. } | Fault::Dsa) {
        return Err(fault);
    }
    match content::first(|label| inside.write(label)) {
        Some(Ok(key)) => {
            damages.add(Damage::Relabelled);
            Ok(key)
        }
        Some(Err(known)) if fault != Fault::Dsa => Err(known),
        _ => Err(fault),
    }
}

/// A PuTTY file, which is all lines: the same damage, but what a comment may contain stays, unless
/// the file cannot be read with it.
fn repair_putty(text: &str, at: usize, damages: &mut Damages) -> Result<Zeroizing<String>, Fault> {
    let parse = |text: &str| match Private::parse(Zeroizing::new(text.to_owned()), "") {
        Ok(private) => Ok(ppk::clean(private.text())),
        Err(Error::Key { fault, .. }) => Err(fault),
        Err(_) => Err(Fault::NotAKey { why: "it cannot be read" }),
    };
    damages.add_if(text.contains("\r\n"), Damage::Crlf);
    if let Ok(repaired) = parse(text) {
        return Ok(repaired);
    }
    let before = text[..at].trim_end_matches(characters::is_quote).trim();
    if !before.is_empty() && before != ">" {
        damages.add(Damage::TextBefore);
        damages.is_in(surrounding_text::around(text, at..text.len()));
    }
    let Ok(unescaped) = inside::unescape(&text[at..], damages) else { return parse(text) };
    let clean = inside::clean(&unescaped, damages);
    let mut lines = Zeroizing::new(String::with_capacity(clean.len() + 1));
    for line in clean.lines().map(str::trim).filter(|line| !line.is_empty()) {
        lines.push_str(line);
        lines.push('\n');
    }
    damages.add_if(clean.lines().any(|line| line.starts_with([' ', '\t'])), Damage::Indented);
    parse(&lines)
}

/// The base64 of a key file in `text`: what begins like `-----BEGIN` in base64, or everything
/// except a name.
fn packed(text: &str, damages: &mut Damages) -> Option<Zeroizing<Vec<u8>>> {
    let text = inside::clean(&inside::unescape(text, damages).ok()?, damages);
    let text = text.trim();
    let is_base64 = |c: char| c.is_ascii_alphanumeric() || "+/-_".contains(c);
    let is_end = |c: char| c == '=' || c.is_whitespace();
    let (before, rest) = match (text.find(PACKED_BEGIN), text.find(['=', ':'])) {
        (Some(at), _) => text.split_at(at),
        // After a name, as in NAME=…; an = at the end belongs to the base64.
        (None, Some(at)) if !text[at..].chars().all(is_end) => text.split_at(at + 1),
        (None, _) => ("", text),
    };
    let end = rest.find(|c| !is_base64(c) && !is_end(c)).unwrap_or(rest.len());
    damages.add_if(!before.is_empty(), Damage::TextBefore);
    damages.add_if(end < rest.len(), Damage::TextAfter);
    if damages.have_text() {
        damages.is_in(surrounding_text::around(text, before.len()..before.len() + end));
    }
    let mut packed = Zeroizing::new(Vec::with_capacity(end));
    packed.extend(rest[..end].bytes().filter(|byte| is_base64(char::from(*byte))).map(|byte| {
        match byte {
            b'-' => b'+',
            b'_' => b'/',
            byte => byte,
        }
    }));
    // One character beyond whole groups holds no byte; the key inside will turn out to be cut
    // short.
    if packed.len() % 4 == 1 {
        packed.pop();
    }
    let mut lenient = BASE64_NOPAD.specification();
    lenient.check_trailing_bits = false;
    lenient.encoding().ok()?.decode(&packed).ok().map(Zeroizing::new)
}
