//! The bytes on the server: over a script, or over SFTP if no commands run.

use std::ops::Range;

use ssh_key::PublicKey;

use super::error::Error;
use super::marks::{Mark, MarkScope};
use crate::accounts::foreign_owner;
use crate::accounts::key_line::KeyFields;
use crate::accounts::remote_file::{self, FileSnapshot, Made};
use crate::accounts::remote_script::{
    self, DROP, MARK, MAX_ANSWER, ScriptAnswer, Variables, refusal,
};
use crate::accounts::survey::Survey;
use crate::session::Session;
use crate::session::sftp::{Open, RequestError, Sftp};

/// How many marks fit into one request, of which dropbear accepts 9000 bytes.
const AT_ONCE: usize = 24;

/// One account on one connection.
pub(super) struct Writer<'a> {
    pub session: &'a Session,
    pub survey: &'a Survey,
    /// As root, write even where another user controls the path.
    pub force: bool,
}

/// Writes every mark to `file`. The caller reads back what was written.
pub(super) async fn mark(
    writer: &Writer<'_>,
    file: &FileSnapshot,
    marks: &[Mark],
    key: &PublicKey,
) -> Result<(), crate::error::Error> {
    let Writer { session, survey, force } = *writer;
    if !survey.runs_commands {
        let mut sftp = session.sftp().await?;
        if !force
            && let Some(error) = foreign_owner::check(&mut sftp, &survey.user, &file.path).await?
        {
            sftp.end().await;
            return Err(error.into());
        }
        let marked = mark_over_sftp(&mut sftp, file, marks).await;
        sftp.end().await;
        return marked;
    }
    let key = KeyFields::of(key)?;
    for (index, marks) in marks.chunks(AT_ONCE).enumerate() {
        let places: Vec<_> = marks.iter().map(place).collect();
        let variables = Variables::default()
            .text("given_path", &file.path)
            .flag("is_forced", force)
            .word("key_type", &key.key_type)
            .base64("key_blob", &key.blob)
            .text("given_marks", &places.join("\n"));
        let (answer, ..) = remote_script::run(session, &MARK, &variables, MAX_ANSWER).await?;
        let is_written = index > 0 || answer.words().any(|(word, _)| word == "marked");
        check(&answer, file, is_written)?;
    }
    Ok(())
}

/// As the script reads it.
fn place(mark: &Mark) -> String {
    let scope = match mark.scope {
        MarkScope::Line => "line",
        MarkScope::PartOfLine => "part",
    };
    format!("{} {} {scope}", mark.at, mark.end)
}

pub(super) fn check(
    answer: &ScriptAnswer,
    file: &FileSnapshot,
    written: bool,
) -> Result<(), crate::error::Error> {
    for (word, rest) in answer.words() {
        match word {
            "done" => return Ok(()),
            "no" if rest == "changed" => {
                return Err(Error::Changed { file: file.name(), written }.into());
            }
            "no" => {
                return Err(refusal(rest).map_or_else(
                    || remote_file::Error::from_script(rest, file.name(), Made::default()).into(),
                    Into::into,
                ));
            }
            _ => {}
        }
    }
    Err(answer.ended().into())
}

async fn mark_over_sftp(
    sftp: &mut Sftp,
    file: &FileSnapshot,
    marks: &[Mark],
) -> Result<(), crate::error::Error> {
    let failure = |error| match error {
        RequestError::Session(error) => crate::error::Error::from(error),
        RequestError::Refused { status, said } => {
            remote_file::Error::from_sftp(status, &said, file.name(), Made::default()).into()
        }
    };
    let expected = file.bytes();
    let handle = sftp.open(&file.path, Open::InPlace).await.map_err(failure)?;
    for (index, mark) in marks.iter().enumerate() {
        let start = mark.at.saturating_sub(1);
        let length = mark.end - start;
        let there = sftp.read(&handle, start as u64, length).await.map_err(failure)?;
        if there.get(..length) != expected.get(start..mark.end) {
            return Err(Error::Changed { file: file.name(), written: index > 0 }.into());
        }
        sftp.write(&handle, mark.at as u64, b"#").await.map_err(failure)?;
    }
    // If it cannot, reading the file back shows whether the bytes are there.
    let _ = sftp.sync(&handle).await;
    sftp.close_file(handle).await.map_err(failure)
}

/// Checks that only the marks changed the file. Others may have appended to it in the meantime.
pub(super) async fn read_back(
    survey: &Survey,
    session: &Session,
    file: &FileSnapshot,
    marks: &[Mark],
) -> Result<(), crate::error::Error> {
    let mut marked = file.bytes().to_vec();
    for mark in marks {
        marked[mark.at] = b'#';
    }
    if starts_with(survey, session, file, &marked).await? {
        Ok(())
    } else {
        Err(Error::ConcurrentChange { file: file.name() }.into())
    }
}

/// Whether the file on the server now starts with these bytes.
pub(super) async fn starts_with(
    survey: &Survey,
    session: &Session,
    file: &FileSnapshot,
    bytes: &[u8],
) -> Result<bool, crate::error::Error> {
    let now = survey.look(session, std::slice::from_ref(&file.path)).await?.pop();
    let content = now.as_ref().and_then(FileSnapshot::content);
    Ok(content.is_some_and(|content| content.as_bytes().starts_with(bytes)))
}

/// Removes the lines at these places from `file`.
pub(super) async fn drop_lines(
    writer: &Writer<'_>,
    file: &FileSnapshot,
    lines: &[(usize, Range<usize>)],
    key: &PublicKey,
) -> Result<(), crate::error::Error> {
    let places: Vec<_> =
        lines.iter().map(|(_, place)| format!("{} {}", place.start, place.len())).collect();
    let variables = Variables::default()
        .text("given_path", &file.path)
        .flag("is_forced", writer.force)
        .base64("key_blob", &KeyFields::of(key)?.blob)
        .word("old_size", &file.bytes().len().to_string())
        .text("given_lines", &places.join("\n"));
    let (answer, ..) = remote_script::run(writer.session, &DROP, &variables, MAX_ANSWER).await?;
    check(&answer, file, false)
}
