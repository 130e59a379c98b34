//! `sshk revoke`: revoke a public key on accounts and verify that the server rejects it.

use std::sync::Arc;

use serde_json::json;
use sshk::accounts::revoke::{self, Mark, MarkScope, Revocation, RevokeOptions, Revoked};
use sshk::keys::identity::Identity;
use sshk::keys::key_file::KeyFile;
use sshk::text::start_of;
use sshk::{Destination, Error};

use super::each_account::Accounts;
use super::other_key;
use super::retry::Retry;
use crate::cli::Revoke;
use crate::ui::{Ui, report};
use crate::usage::Usage;

/// How much of a line is shown, in characters.
const SHOWN: usize = 160;

pub async fn run(arguments: Revoke, retry: &Retry, ui: &Arc<Ui>) -> Result<u8, Error> {
    let (connection, targets) = (&arguments.connection, &arguments.targets);
    // Never the only default key: it is the one that the user logs in with.
    let [path] = &connection.identities[..] else {
        return Err(Usage::new("give the key to revoke with -i, exactly once")
            .hint("see: sshk revoke --help")
            .into());
    };
    let mut accounts =
        Accounts::new(connection, targets, arguments.password_file.clone(), ui).await?;
    let identity = accounts.identity(&KeyFile::new(path)).await?;
    // -i names the key to revoke; the login uses what it would use without it.
    accounts.line.set_identity_files(&arguments.login_keys);
    let plan = RevokeOptions {
        dry_run: arguments.dry_run,
        force: arguments.force,
        purge: arguments.purge,
    };
    let needs = Arc::new((identity, plan));
    let ran = accounts
        .each(
            &targets.destinations,
            "revoking",
            &needs,
            |account, needs| async move { revoke::revoke(&account, &needs.0, &needs.1).await },
            |to, done| show(to, done, &needs.0, targets.json, ui),
            |to, error| {
                report::host_failure(
                    to,
                    error,
                    other_key::hint(error, "--login-key", retry, to),
                    targets.json,
                    ui,
                )
            },
        )
        .await;
    let good = (!arguments.dry_run).then_some("the key is revoked on");
    ran.finish(good, retry, ui)
}

fn show(
    destination: &Destination,
    done: &Revocation,
    identity: &Identity,
    as_json: bool,
    ui: &Ui,
) -> Result<(), Error> {
    let (status, words) = match done.outcome {
        Revoked::Revoked => {
            ("revoked", format!("revoked, {}; the server now rejects it", places(&done.lines)))
        }
        Revoked::WouldRevoke => (
            "would-revoke",
            format!("would be revoked, {}; nothing was changed", places(&done.lines)),
        ),
        Revoked::Absent => {
            ("absent", format!("not in {}; the server rejects it", done.files.join(" or ")))
        }
    };
    let written =
        if as_json { ui.json(&object(destination, done, status, identity)) } else { Ok(()) };
    if done.outcome == Revoked::WouldRevoke {
        for (file, mark) in lines(&done.lines) {
            ui.say(format!("{destination}: {file}:{}: {}", mark.line, shown(&mark.text)));
        }
    }
    let purged = match done.purged.len() {
        0 => String::new(),
        1 => "; 1 line was deleted".into(),
        lines => format!("; {lines} lines were deleted"),
    };
    ui.say(format!("{destination}: {words}{purged}"));
    for (file, line) in &done.left {
        ui.say(format!(
            "{destination}: line {line} of {file} mentions the key in the options of another key; \
            it was left alone"
        ));
    }
    Ok(written?)
}

fn object(
    destination: &Destination,
    done: &Revocation,
    status: &str,
    identity: &Identity,
) -> serde_json::Value {
    let line = |(file, mark): &(String, Mark)| {
        json!({
            "file": file,
            "line": mark.line,
            "in_force": mark.is_in_force,
            "part_of_line": mark.scope == MarkScope::PartOfLine,
        })
    };
    let purged = |(file, line): &(String, usize)| json!({ "file": file, "line": line });
    json!({
        "destination": destination.to_string(),
        "status": status,
        "fingerprint": identity.fingerprint().to_string(),
        "files": done.files,
        "lines": done.lines.iter().map(line).collect::<Vec<_>>(),
        "purged": done.purged.iter().map(purged).collect::<Vec<_>>(),
        "verified": match done.outcome {
            Revoked::WouldRevoke => json!(null),
            Revoked::Revoked | Revoked::Absent => json!("refused"),
        },
    })
}

/// `line 3 of F, line 7 of F (part of the line)`
fn places(lines: &[(String, Mark)]) -> String {
    let place = |(file, mark): &(String, Mark)| {
        let part = if mark.scope == MarkScope::PartOfLine { " (part of the line)" } else { "" };
        format!("line {} of {file}{part}", mark.line)
    };
    self::lines(lines).map(place).collect::<Vec<_>>().join(", ")
}

/// The first mark of each line.
fn lines(marks: &[(String, Mark)]) -> impl Iterator<Item = &(String, Mark)> {
    let is_of = |(file, mark): &(String, Mark), line: &(String, Mark)| {
        (mark.line, file) == (line.1.line, &line.0)
    };
    let is_first = move |at: usize| at == 0 || !is_of(&marks[at - 1], &marks[at]);
    marks.iter().enumerate().filter(move |(at, _)| is_first(*at)).map(|(_, mark)| mark)
}

fn shown(line: &[u8]) -> String {
    start_of(&String::from_utf8_lossy(line), SHOWN)
}
