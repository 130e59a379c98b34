//! Removing disabled lines, by a copy that is renamed over the file.

use std::ops::Range;

use ssh_key::PublicKey;

use super::error::Error;
use super::marks::marked;
use super::write::{Writer, drop_lines, starts_with};
use crate::accounts::remote_file::FileSnapshot;
use crate::session;

/// Removes the disabled lines of `key` from the files at `paths`. Returns file and number of each.
pub(super) async fn purge(
    writer: &Writer<'_>,
    paths: &[String],
    key: &PublicKey,
) -> Result<Vec<(String, usize)>, crate::error::Error> {
    let Writer { session, survey, .. } = *writer;
    let mut purged = Vec::new();
    for file in survey.look(session, paths).await? {
        let lines = file.content().map(|content| marked(content, key)).unwrap_or_default();
        if !lines.is_empty() {
            purge_file(writer, &file, &lines, key).await?;
            purged.extend(lines.into_iter().map(|(line, _)| (file.name(), line)));
        }
    }
    Ok(purged)
}

async fn purge_file(
    writer: &Writer<'_>,
    file: &FileSnapshot,
    lines: &[(usize, Range<usize>)],
    key: &PublicKey,
) -> Result<(), crate::error::Error> {
    let Writer { session, survey, .. } = *writer;
    let not_purged = |why| Error::NotPurged { file: file.name(), why };
    if !survey.runs_commands {
        return Err(not_purged("the account runs no commands".into()).into());
    }
    if let Some(why) = objection(file, survey.uid) {
        return Err(not_purged(why).into());
    }
    if let Err(error) = drop_lines(writer, file, lines, key).await {
        return match error.downcast_ref::<session::Error>() {
            Some(_) => Err(error),
            None => Err(not_purged(error.to_string()).into()),
        };
    }
    if starts_with(survey, session, file, &without(file.bytes(), lines)).await? {
        Ok(())
    } else {
        Err(Error::ConcurrentChange { file: file.name() }.into())
    }
}

fn without(bytes: &[u8], lines: &[(usize, Range<usize>)]) -> Vec<u8> {
    let (mut rest, mut from) = (Vec::new(), 0);
    for (_, place) in lines {
        rest.extend_from_slice(&bytes[from..place.start]);
        from = place.end;
    }
    rest.extend_from_slice(&bytes[from..]);
    rest
}

/// Why a rewrite of this file could lose something. `uid` is the account's.
fn objection(file: &FileSnapshot, uid: Option<u32>) -> Option<String> {
    let Some(node) = file.nodes.first().filter(|node| node.links > 0) else {
        return Some("its owner and links cannot be checked".into());
    };
    if file.is_link {
        Some("it is a symlink".into())
    } else if node.links > 1 {
        Some(format!("it has {} names (hard links)", node.links))
    } else if node.has_acl {
        Some("it has an access control list".into())
    } else if Some(node.uid) != uid {
        Some(format!("it belongs to uid {}", node.uid))
    } else {
        None
    }
}
