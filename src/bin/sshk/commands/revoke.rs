//! `sshk revoke`: put a public key out of force on accounts, and prove that the server refuses it.

use std::sync::Arc;

use anyhow::Result;
use serde_json::json;
use sshk::accounts::revoke::{self, Mark, MarkScope, Revocation, RevokeOptions, Revoked};
use sshk::fleet::{self, HostReport};
use sshk::keys::identity::Identity;
use sshk::keys::key_file::KeyFile;
use sshk::session;

use crate::cli::Revoke;
use crate::connection::{account, command_line, retry};
use crate::environment;
use crate::ui::{Ui, report};
use crate::usage::Usage;

/// How much of a line a person is shown, in characters.
const SHOWN: usize = 160;

pub async fn run(arguments: Revoke, ui: &Arc<Ui>) -> Result<u8> {
    let surroundings = Arc::new(environment::surroundings()?);
    let connection = &arguments.connection;
    // Never the one default key: it is the one a person logs in with.
    let [path] = &connection.identities[..] else {
        return Err(Usage::new("-i must name the one key to revoke")
            .hint("name either half with -i KEY")
            .into());
    };
    let credentials = Arc::new(
        environment::credentials(
            ui.prompter(),
            connection.passphrase_file.clone(),
            arguments.password_file.clone(),
        )
        .await?,
    );
    let identity = Identity::load(&KeyFile::new(path), &credentials)
        .await
        .map_err(session::Error::from)
        .map_err(sshk::Error::from)?;
    let identity = Arc::new(session::beside_agent(identity, credentials.agent()).await);
    let mut line = command_line(connection);
    // -i names what is revoked; the ways in are those there would be without it.
    line.identity_files.clear();
    let line = Arc::new(line);
    let plan = RevokeOptions {
        dry_run: arguments.dry_run,
        force: arguments.force,
        purge: arguments.purge,
    };
    let own = own_options(&arguments);
    let good = (!arguments.dry_run).then_some("the key is out of force on");
    let progress = ui.progress("revoking", Some(arguments.destinations.len() as u64));
    let report = fleet::run(
        arguments.destinations,
        |destination| {
            let (line, surroundings, credentials, identity, ui) = (
                line.clone(),
                surroundings.clone(),
                credentials.clone(),
                identity.clone(),
                ui.clone(),
            );
            async move {
                let account = account(&destination, &line, &surroundings, &credentials, &ui)?;
                revoke::revoke(&account, &identity, &plan).await
            }
        },
        |host| {
            progress.advance();
            show(host, &identity, arguments.json, ui);
        },
    )
    .await;
    drop(progress);
    Ok(report::finish(&report, ui, good, |hosts| retry("sshk revoke", connection, &own, hosts)))
}

/// What was typed besides the connection, for a call that does the same.
fn own_options(arguments: &Revoke) -> Vec<String> {
    let flags = [
        (arguments.dry_run, "-n"),
        (arguments.force, "--force"),
        (arguments.purge, "--purge"),
        (arguments.json, "--json"),
    ];
    let mut words: Vec<String> =
        flags.into_iter().filter(|(given, _)| *given).map(|(_, flag)| flag.to_owned()).collect();
    if let Some(path) = &arguments.password_file {
        words.extend(["--password-file".to_owned(), path.display().to_string()]);
    }
    words
}

fn show(host: &HostReport<Revocation>, identity: &Identity, as_json: bool, ui: &Ui) {
    let destination = &host.destination;
    let done = match &host.outcome {
        Ok(done) => done,
        Err(error) => return report::host_failure(destination, error, as_json, ui),
    };
    let (status, words) = match done.outcome {
        Revoked::Revoked => {
            ("revoked", format!("revoked, {}; the server refuses it now", places(&done.lines)))
        }
        Revoked::WouldRevoke => (
            "would-revoke",
            format!("would be revoked, {}; nothing was changed", places(&done.lines)),
        ),
        Revoked::Absent => (
            "absent",
            format!("absent, in none of {}; the server does not take it", done.files.join(", ")),
        ),
    };
    if as_json {
        let lines = done
            .lines
            .iter()
            .map(|(file, mark)| json!({ "file": file, "line": mark.line, "in_force": mark.is_in_force, "part_of_line": mark.scope == MarkScope::PartOfLine }));
        let purged = done.purged.iter().map(|(file, line)| json!({ "file": file, "line": line }));
        let _ = ui.json(&json!({
            "destination": destination.to_string(),
            "status": status,
            "fingerprint": identity.fingerprint().to_string(),
            "files": done.files,
            "lines": lines.collect::<Vec<_>>(),
            "purged": purged.collect::<Vec<_>>(),
            "verified": match done.outcome { Revoked::WouldRevoke => json!(null), _ => json!("refused") },
        }));
    }
    if done.outcome == Revoked::WouldRevoke {
        for (file, mark) in &done.lines {
            ui.say(format!("{destination}: {file}:{}: {}", mark.line, shown(&mark.text)));
        }
    }
    let purged = match done.purged.len() {
        0 => String::new(),
        1 => "; 1 line was taken out".into(),
        lines => format!("; {lines} lines were taken out"),
    };
    ui.say(format!("{destination}: {words}{purged}"));
    for (file, line) in &done.left {
        ui.say(format!(
            "{destination}: line {line} of {file} speaks of the key inside the options \
            of another key; it was left"
        ));
    }
}

/// `line 3 of F, line 7 of F (its part of the line)`
fn places(lines: &[(String, Mark)]) -> String {
    let place = |(file, mark): &(String, Mark)| {
        let half = if mark.scope == MarkScope::PartOfLine { " (its part of the line)" } else { "" };
        format!("line {} of {file}{half}", mark.line)
    };
    lines.iter().map(place).collect::<Vec<_>>().join(", ")
}

fn shown(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line);
    match text.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.into_owned(),
    }
}
