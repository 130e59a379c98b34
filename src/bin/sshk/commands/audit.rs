//! `sshk audit`: list the keys that let someone in to accounts, and what is wrong with them.

use std::io;
use std::sync::Arc;
use std::time::SystemTime;

use anyhow::Result;
use serde_json::{Value, json};
use sshk::accounts::audit::{
    self, FileReport, Finding, Level, LineReport, LineStatus, Measure, SharedKey,
};
use sshk::fleet::{self, HostReport, Report};

use crate::cli::Audit;
use crate::connection::{account, command_line, retry};
use crate::environment;
use crate::ui::{Ui, report};

/// How much of a line's options and comment a person is shown, in characters; a script gets all of
/// them.
const OPTIONS_SHOWN: usize = 40;
const COMMENT_SHOWN: usize = 80;

pub async fn run(arguments: Audit, ui: &Arc<Ui>) -> Result<u8> {
    let surroundings = Arc::new(environment::surroundings()?);
    let connection = &arguments.connection;
    let credentials = Arc::new(
        environment::credentials(
            ui.prompter(),
            connection.passphrase_file.clone(),
            arguments.password_file.clone(),
        )
        .await?,
    );
    let blacklist = Arc::new(environment::blacklist());
    if blacklist.is_empty() {
        ui.verbose(
            1,
            "no list of Debian's weak keys of 2008 is here (package openssh-blacklist), \
            so that none of them is told",
        );
    }
    let (line, now) = (Arc::new(command_line(connection)), SystemTime::now());
    let progress = ui.progress("auditing", Some(arguments.destinations.len() as u64));
    let mut written = Ok(());
    let report = fleet::run(
        arguments.destinations.clone(),
        |destination| {
            let (line, surroundings, credentials, blacklist, ui) = (
                line.clone(),
                surroundings.clone(),
                credentials.clone(),
                blacklist.clone(),
                ui.clone(),
            );
            async move {
                let account = account(&destination, &line, &surroundings, &credentials, &ui)?;
                audit::audit(&account, Measure { blacklist: &blacklist, now }).await
            }
        },
        |host| {
            progress.advance();
            if written.is_ok() {
                written = show(host, arguments.json, ui);
            }
        },
    )
    .await;
    drop(progress);
    written?;
    let audits = report
        .hosts
        .iter()
        .filter_map(|host| Some((host.destination.to_string(), host.outcome.as_ref().ok()?)));
    for shared in audit::shared(audits) {
        show_shared(&shared, arguments.json, ui)?;
    }
    let status = report::finish(&report, ui, None, |hosts| {
        retry("sshk audit", connection, &own_options(&arguments), hosts)
    });
    Ok(if arguments.strict { status.max(strictly(&report, ui)) } else { status })
}

/// What was typed besides the connection, for a call that does the same.
fn own_options(arguments: &Audit) -> Vec<String> {
    let flags = [(arguments.strict, "--strict"), (arguments.json, "--json")];
    let mut words: Vec<String> =
        flags.into_iter().filter(|(given, _)| *given).map(|(_, flag)| flag.to_owned()).collect();
    if let Some(path) = &arguments.password_file {
        words.extend(["--password-file".to_owned(), path.display().to_string()]);
    }
    words
}

/// The exit status that findings make, and the words for it.
fn strictly(report: &Report<audit::Audit>, ui: &Ui) -> u8 {
    let (mut findings, mut places) = (0, Vec::new());
    for host in &report.hosts {
        let count = host
            .outcome
            .iter()
            .flat_map(audit::Audit::all_findings)
            .filter(|finding| finding.level == Level::Finding)
            .count();
        if count > 0 {
            findings += count;
            places.push(host.destination.to_string());
        }
    }
    if findings == 0 {
        return 0;
    }
    ui.error(
        format!(
            "{} on {}, which --strict makes a failure",
            counted(findings, "finding"),
            places.join(", ")
        ),
        None,
    );
    1
}

fn show(host: &HostReport<audit::Audit>, as_json: bool, ui: &Ui) -> io::Result<()> {
    let destination = &host.destination;
    let audit = match &host.outcome {
        Ok(audit) => audit,
        Err(error) => {
            report::host_failure(destination, error, as_json, ui);
            return Ok(());
        }
    };
    match as_json {
        true => objects(&destination.to_string(), audit)
            .iter()
            .try_for_each(|object| ui.json(object))?,
        false => {
            lines(&destination.to_string(), audit).iter().try_for_each(|line| ui.fact(line))?
        }
    }
    ui.say(format!("{destination}: {}", summary(audit)));
    Ok(())
}

fn summary(audit: &audit::Audit) -> String {
    let count =
        |is: fn(&LineStatus) -> bool| audit.lines().filter(|entry| is(&entry.status)).count();
    let level = |level| audit.all_findings().filter(|finding| finding.level == level).count();
    let parts = [
        (count(|status| *status == LineStatus::InForce), "key in force", "keys in force"),
        (count(|status| *status == LineStatus::Authority), "authority", "authorities"),
        (count(|status| matches!(status, LineStatus::Dead { .. })), "dead line", "dead lines"),
        (level(Level::Finding), "finding", "findings"),
        (level(Level::Remark), "remark", "remarks"),
    ];
    let said = parts.iter().enumerate().filter(|(at, (count, ..))| *at == 0 || *count > 0);
    said.map(|(_, (count, one, several))| {
        format!("{count} {}", if *count == 1 { one } else { several })
    })
    .collect::<Vec<_>>()
    .join(", ")
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// The table for a person: a line a key, what is wrong with it indented below.
fn lines(destination: &str, audit: &audit::Audit) -> Vec<String> {
    let entries =
        || audit.files.iter().flat_map(|file| file.lines.iter().map(move |entry| (file, entry)));
    let mut rows =
        Ui::table(&entries().map(|(file, entry)| row(file, entry)).collect::<Vec<_>>()).into_iter();
    let mut lines = vec![format!("{destination}:")];
    if !audit.findings.is_empty() {
        lines.push("  the server".into());
        lines.extend(audit.findings.iter().map(finding_line));
    }
    for file in &audit.files {
        if !file.findings.is_empty() {
            lines.push(format!("  {}", file.name));
            lines.extend(file.findings.iter().map(finding_line));
        }
        for (entry, row) in file.lines.iter().zip(rows.by_ref()) {
            lines.push(row);
            lines.extend(entry.findings.iter().map(finding_line));
        }
    }
    lines
}

fn row(file: &FileReport, entry: &LineReport) -> [String; 6] {
    let place = format!("{}:{}", file.name, entry.line);
    let status = status(&entry.status).to_owned();
    let Some(key) = &entry.key else {
        return [place, status, String::new(), String::new(), String::new(), String::new()];
    };
    let options = if key.options.is_empty() { "-" } else { &key.options };
    let (options, comment) = (cut(options, OPTIONS_SHOWN), cut(&key.comment, COMMENT_SHOWN));
    [
        place,
        status,
        format!("{} {}", key.algorithm, key.bits),
        key.fingerprint.clone(),
        options,
        comment,
    ]
}

fn cut(text: &str, shown: usize) -> String {
    match text.char_indices().nth(shown) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

fn finding_line(finding: &Finding) -> String {
    format!("      {}: {}", level(finding.level), finding.message)
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Finding => "finding",
        Level::Remark => "remark",
    }
}

fn status(status: &LineStatus) -> &'static str {
    match status {
        LineStatus::InForce => "in-force",
        LineStatus::Authority => "authority",
        LineStatus::Dead { .. } => "dead",
    }
}

/// One object a key or dead line, and one for each file and server that something is said about.
fn objects(destination: &str, audit: &audit::Audit) -> Vec<Value> {
    let mut objects = Vec::new();
    if !audit.findings.is_empty() {
        objects.push(object(destination, "server", None, None, &audit.findings));
    }
    for file in &audit.files {
        if !file.findings.is_empty() {
            objects.push(object(destination, "file", Some(file), None, &file.findings));
        }
        let of_entries = file.lines.iter().map(|entry| {
            object(destination, status(&entry.status), Some(file), Some(entry), &entry.findings)
        });
        objects.extend(of_entries);
    }
    objects
}

fn object(
    destination: &str,
    status: &str,
    file: Option<&FileReport>,
    entry: Option<&LineReport>,
    findings: &[Finding],
) -> Value {
    let key = entry.and_then(|entry| entry.key.as_ref());
    let why = entry.and_then(|entry| match &entry.status {
        LineStatus::Dead { why } => Some(why),
        _ => None,
    });
    json!({
        "destination": destination,
        "status": status,
        "file": file.map(|file| &file.name),
        "line": entry.map(|entry| entry.line),
        "algorithm": key.map(|key| key.algorithm),
        "bits": key.map(|key| key.bits),
        "fingerprint": key.map(|key| &key.fingerprint),
        "options": key.map(|key| &key.options),
        "comment": key.map(|key| &key.comment),
        "why": why,
        "findings": findings.iter().map(finding_object).collect::<Vec<_>>(),
    })
}

fn finding_object(finding: &Finding) -> Value {
    json!({ "kind": finding.kind, "level": level(finding.level), "message": finding.message })
}

fn show_shared(shared: &SharedKey, as_json: bool, ui: &Ui) -> io::Result<()> {
    let key = &shared.key;
    if as_json {
        return ui.json(&json!({
            "destination": null,
            "destinations": shared.destinations,
            "status": "shared",
            "algorithm": key.algorithm,
            "bits": key.bits,
            "fingerprint": key.fingerprint,
            "comment": key.comment,
            "findings": [finding_object(&shared.finding)],
        }));
    }
    ui.fact(format!(
        "{} {}  {}  {}",
        key.algorithm,
        key.bits,
        key.fingerprint,
        cut(&key.comment, COMMENT_SHOWN)
    ))?;
    ui.fact(finding_line(&shared.finding))
}
