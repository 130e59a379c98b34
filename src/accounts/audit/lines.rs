//! Every line of an account's files, as sshd reads them.

use std::collections::BTreeMap;
use std::time::SystemTime;

use super::finding::{Finding, Level};
use super::key::{self, Key};
use super::report::{FileReport, LineReport, LineStatus};
use crate::accounts::authorized_keys::{AuthorizedKeys, Blob, Content, Entry};
use crate::accounts::judge::{Judge, Judged};
use crate::keys::weak::Blacklist;

/// One of the files a server reads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerFile {
    /// As messages name it: `~/.ssh/authorized_keys`.
    pub name: String,
    /// Its lines.
    pub content: AuthorizedKeys,
    /// Permissions and owners that let others write to it, in words.
    pub hazards: Vec<String>,
    /// Why the server ignores all of it, if it does for certain.
    pub ignored: Option<String>,
}

/// What keys and lines are checked against.
#[derive(Clone, Copy, Debug)]
pub struct Measure<'a> {
    /// If it is empty, the keys of Debian's OpenSSL of 2008 are not found.
    pub blacklist: &'a Blacklist,
    /// For expiry times.
    pub now: SystemTime,
}

/// The most lines of an account that are reported: of a file of 16 MiB, millions of lines of two
/// bytes would be too many to hold.
const MAX_LINES: usize = 100_000;

/// Reads the lines of an account's files, given in the order in which the server reads them. If
/// there are too many to report, a finding says from where on.
pub fn read(files: &[ServerFile], measure: Measure, judge: &Judge) -> Vec<FileReport> {
    let mut seen = Seen { first: BTreeMap::new(), room: MAX_LINES, judge };
    files.iter().map(|file| seen.read(file, measure)).collect()
}

/// The first line with each key, as an authority or not: the first one that matches the client
/// decides for sshd.
struct Seen<'a> {
    first: BTreeMap<(Vec<u8>, bool), First<'a>>,
    /// How many lines may still be reported.
    room: usize,
    judge: &'a Judge,
}

struct First<'a> {
    file: &'a str,
    line: usize,
    options: &'a [u8],
    depends_on_client: bool,
}

impl<'a> Seen<'a> {
    fn read(&mut self, file: &'a ServerFile, measure: Measure) -> FileReport {
        let mut findings: Vec<_> = file
            .hazards
            .iter()
            .map(|hazard| Finding::new("bad-permissions", hazard.clone()))
            .collect();
        let mut lines = Vec::new();
        for line in file.content.lines() {
            if matches!(line.content, Content::Blank | Content::Comment) {
                continue;
            }
            if self.room == 0 {
                findings.push(too_many_lines(line.number));
                break;
            }
            self.room -= 1;
            lines.push(match line.content {
                Content::Key(entry) => self.key(file, line.number, entry, measure),
                Content::Dead(dead) => {
                    LineReport::dead(line.number, None, "dead-line", dead.to_string())
                }
                Content::Blank | Content::Comment => continue,
            });
        }
        FileReport { name: file.name.clone(), lines, findings }
    }

    fn key(
        &mut self,
        file: &'a ServerFile,
        line: usize,
        entry: Entry<'a>,
        measure: Measure,
    ) -> LineReport {
        let Some(blob) = entry.key() else {
            return LineReport::dead(line, None, "dead-line", "it contains no key".into());
        };
        let key = Key::new(&blob, &entry);
        let expiry = entry.expiry().and_then(|expiry| key::expiry(expiry, measure.now));
        if let Some(why) = expiry.as_ref().filter(|finding| finding.level == Level::Finding) {
            return LineReport::dead(line, Some(key), why.kind, why.message.clone());
        }
        let mut findings = key::weaknesses(&blob, measure.blacklist);
        findings.extend(self.duplicate(file, line, entry, &blob));
        findings.extend(expiry);
        if entry.has_glued_key() {
            findings.push(Finding::new(
                "glued",
                "another key is glued to its comment, where it cannot log in",
            ));
        }
        let status = match self.refusal(file, &blob, &entry) {
            Some((why, finding)) => {
                findings.extend(finding);
                LineStatus::Dead { why }
            }
            None if entry.is_authority() => LineStatus::Authority,
            None => LineStatus::InForce,
        };
        LineReport { line, status, key: Some(key), findings }
    }

    /// Why the server rejects a key in spite of its line, and the remark about it, unless one about
    /// the file or the server says it already.
    fn refusal(
        &self,
        file: &ServerFile,
        blob: &Blob,
        entry: &Entry,
    ) -> Option<(String, Option<Finding>)> {
        let all = self.judge.refuses_all_keys().map(|setting| rejected(&setting));
        if let Some(why) = all.or_else(|| file.ignored.clone()) {
            return Some((why, None));
        }
        // An authority signs certificates, which have algorithms of their own.
        if entry.is_authority() {
            return None;
        }
        let why = rejected(&self.judge.objection(&Judged::in_file(blob))?);
        let finding = Finding::remark("not-accepted", why.clone());
        Some((why, Some(finding)))
    }

    fn duplicate(
        &mut self,
        file: &'a ServerFile,
        line: usize,
        entry: Entry<'a>,
        blob: &Blob,
    ) -> Option<Finding> {
        let place = (blob.as_bytes().to_vec(), entry.is_authority());
        let Some(first) = self.first.get(&place) else {
            let (file, options) = (file.name.as_str(), entry.options);
            let depends_on_client = entry.depends_on_client();
            self.first.insert(place, First { file, line, options, depends_on_client });
            return None;
        };
        let which = if first.file == file.name {
            format!("line {}", first.line)
        } else {
            format!("line {} of {}", first.line, first.file)
        };
        let message = if first.options == entry.options {
            format!("the same key as {which}")
        } else if first.depends_on_client {
            format!(
                "the same key as {which} with other options, which apply if its from= matches; \
                otherwise these do"
            )
        } else {
            format!("the same key as {which} with other options, which apply; these do not")
        };
        Some(Finding::new("duplicate", message))
    }
}

fn rejected(setting: &str) -> String {
    format!("sshd rejects it ({setting})")
}

fn too_many_lines(from: usize) -> Finding {
    Finding::new(
        "too-many-lines",
        format!("the lines from {from} on are not listed: sshk reports at most {MAX_LINES}"),
    )
}
