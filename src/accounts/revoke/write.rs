//! The bytes on the server: over a script, or over SFTP where no commands run.

use ssh_key::PublicKey;

use super::Error;
use super::marks::{Mark, What};
use crate::accounts::install;
use crate::accounts::remote_script::{self, Given, Spoken, bounded};
use crate::accounts::survey::File;
use crate::session::Session;
use crate::session::sftp::{Open, RequestError, Sftp};

const MARK: &str = concat!(include_str!("../remote_script/lock.sh"), include_str!("mark.sh"));
const DROP: &str = concat!(include_str!("../remote_script/lock.sh"), include_str!("drop.sh"));

const MAX_ANSWER: usize = 256 * 1024;

/// Marks that go into one request, which dropbear takes up to 9000 bytes of.
const AT_ONCE: usize = 24;

/// What a file becomes by its marks.
pub(super) fn marked_bytes(before: &[u8], marks: &[Mark]) -> Vec<u8> {
    let mut after = before.to_vec();
    for mark in marks {
        after[mark.at] = b'#';
    }
    after
}

/// Puts every mark on `file`. What was written is for the caller to read back.
pub(super) async fn mark(
    session: &Session,
    over_sftp: bool,
    file: &File,
    marks: &[Mark],
    key: &PublicKey,
) -> Result<(), crate::error::Error> {
    if over_sftp {
        let mut sftp = session.sftp().await?;
        let marked = mark_over_sftp(&mut sftp, file, marks).await;
        sftp.end().await;
        return marked;
    }
    let blob =
        data_encoding::BASE64.encode(&key.to_bytes().map_err(|_| install::Error::Unencodable)?);
    for (index, marks) in marks.chunks(AT_ONCE).enumerate() {
        let what = |mark: &Mark| if mark.what == What::Line { "line" } else { "half" };
        let places: Vec<_> =
            marks.iter().map(|mark| format!("{} {} {}", mark.at, mark.end, what(mark))).collect();
        let given = Given::default()
            .text('p', &file.path)
            .word('t', key.algorithm().as_str())
            .base64('k', &blob)
            .text('o', &places.join("\n"));
        let (spoken, ..) = remote_script::run(session, MARK, &given, MAX_ANSWER).await?;
        let written = index > 0 || spoken.words().any(|(word, _)| word == "marked");
        heard(&spoken, file, written)?;
    }
    Ok(())
}

fn heard(spoken: &Spoken, file: &File, written: bool) -> Result<(), crate::error::Error> {
    for (word, rest) in spoken.words() {
        match word {
            "done" => return Ok(()),
            "no" if rest == "changed" => {
                return Err(Error::Changed { file: file.name(), written }.into());
            }
            "no" => return Err(install::refusal(rest, file.name()).into()),
            _ => {}
        }
    }
    Err(spoken.ended().into())
}

async fn mark_over_sftp(
    sftp: &mut Sftp,
    file: &File,
    marks: &[Mark],
) -> Result<(), crate::error::Error> {
    let refused = |error| match error {
        RequestError::Session(error) => crate::error::Error::from(error),
        RequestError::Refused { status, said } => {
            install::refused(status, bounded(&said), file.name()).into()
        }
    };
    let expected = file.content().map(|content| content.as_bytes()).unwrap_or_default();
    let handle = sftp.open(&file.path, Open::InPlace).await.map_err(refused)?;
    for (index, mark) in marks.iter().enumerate() {
        let start = mark.at.saturating_sub(1);
        let length = mark.end - start;
        let there = sftp.read(&handle, start as u64, length).await.map_err(refused)?;
        if there.get(..length) != expected.get(start..mark.end) {
            return Err(Error::Changed { file: file.name(), written: index > 0 }.into());
        }
        sftp.write(&handle, mark.at as u64, b"#").await.map_err(refused)?;
    }
    // Where it cannot, the reading that follows tells all the same.
    let _ = sftp.sync(&handle).await;
    sftp.close_file(handle).await.map_err(refused)
}

/// Takes the lines at these places out of `file`.
pub(super) async fn drop_lines(
    session: &Session,
    file: &File,
    lines: &[(usize, std::ops::Range<usize>)],
    key: &PublicKey,
) -> Result<(), crate::error::Error> {
    let size = file.content().map(|content| content.as_bytes().len()).unwrap_or_default();
    let blob =
        data_encoding::BASE64.encode(&key.to_bytes().map_err(|_| install::Error::Unencodable)?);
    let places: Vec<_> =
        lines.iter().map(|(_, place)| format!("{} {}", place.start, place.len())).collect();
    let given = Given::default()
        .text('p', &file.path)
        .base64('k', &blob)
        .word('s', &size.to_string())
        .text('o', &places.join("\n"));
    let (spoken, ..) = remote_script::run(session, DROP, &given, MAX_ANSWER).await?;
    heard(&spoken, file, false)
}

/// Why a rewrite of this file could lose something. `uid` is the account's.
pub(super) fn objection(file: &File, uid: Option<u32>) -> Option<String> {
    let Some(node) = file.nodes.first().filter(|node| node.links > 0) else {
        return Some("its owner and links cannot be seen".into());
    };
    match () {
        () if file.is_link => Some("it is a symlink".into()),
        () if node.links > 1 => Some(format!("it has {} names (hard links)", node.links)),
        () if node.has_acl => Some("it has an access control list".into()),
        () if Some(node.uid) != uid => Some(format!("it belongs to uid {}", node.uid)),
        () => None,
    }
}
