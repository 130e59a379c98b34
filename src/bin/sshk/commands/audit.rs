//! `sshk audit`: list the keys that can log in to accounts and report problems.

use std::sync::Arc;
use std::time::SystemTime;

use serde_json::{Value, json};
use sshk::accounts::audit::{
    self, AllKeys, FileReport, Finding, Level, LineReport, LineStatus, Measure, SharedKey,
};
use sshk::fleet::Report;
use sshk::text::start_of;
use sshk::{Destination, Error};

use super::each_account::Accounts;
use super::other_key;
use super::retry::Retry;
use crate::cli::Audit;
use crate::environment;
use crate::ui::{Ui, report};

/// How much of a line's options and comment is shown, in characters; JSON has all of them.
const OPTIONS_SHOWN: usize = 40;
const COMMENT_SHOWN: usize = 80;

pub async fn run(arguments: Audit, retry: &Retry, ui: &Arc<Ui>) -> Result<u8, Error> {
    let targets = &arguments.targets;
    let password_file = arguments.password_file.clone();
    let accounts = Accounts::new(&arguments.connection, targets, password_file, ui).await?;
    let blacklist = environment::blacklist();
    if blacklist.is_empty() {
        ui.verbose(
            1,
            "Debian's weak keys of 2008 are not detected: their lists are not installed here \
            (package openssh-blacklist)",
        );
    }
    let needs = Arc::new((blacklist, SystemTime::now()));
    let mut ran = accounts
        .each(
            &targets.destinations,
            "auditing",
            &needs,
            |account, needs| async move {
                let measure = Measure { blacklist: &needs.0, now: needs.1 };
                audit::audit(&account, measure).await
            },
            |to, audit| show(to, audit, targets.json, ui),
            |to, error| {
                report::host_failure(
                    to,
                    error,
                    other_key::hint(error, "-i", retry, to),
                    targets.json,
                    ui,
                )
            },
        )
        .await;
    let audits = || {
        let hosts = ran.report.hosts.iter();
        hosts.filter_map(|host| Some((host.destination.to_string(), host.outcome.as_ref().ok()?)))
    };
    let shared = audit::shared(audits());
    let keys = AllKeys::of(audits());
    let weak = environment::blocking(move || keys.common_primes()).await;
    if ran.written.is_ok() {
        let keys = shared.iter().map(|key| ("shared", key));
        let mut keys = keys.chain(weak.iter().map(|key| ("common-prime", key)));
        ran.written = keys.try_for_each(|(status, key)| show_shared(status, key, targets.json, ui));
    }
    let findings = findings(&ran.report, &weak).filter(|_| arguments.strict);
    let status = ran.finish(None, retry, ui)?;
    let Some(findings) = findings else { return Ok(status) };
    ui.error(format!("{findings}; --strict counts that as a failure"), None);
    Ok(status.max(1))
}

/// How many findings there are, and on which destinations; `None` if there are none.
fn findings(report: &Report<audit::Audit>, of_all: &[SharedKey]) -> Option<String> {
    let (mut findings, mut places) = (0, Vec::new());
    for host in &report.hosts {
        let count = host
            .outcome
            .iter()
            .flat_map(audit::Audit::all_findings)
            .filter(|finding| finding.level == Level::Finding)
            .count();
        let place = host.destination.to_string();
        let of_all = of_all.iter().filter(|key| key.destinations.contains(&place)).count();
        findings += count;
        if count + of_all > 0 {
            places.push(place);
        }
    }
    findings += of_all.len();
    let noun = if findings == 1 { "finding" } else { "findings" };
    (findings > 0).then(|| format!("{findings} {noun} on {}", places.join(", ")))
}

fn show(
    destination: &Destination,
    audit: &audit::Audit,
    as_json: bool,
    ui: &Ui,
) -> Result<(), Error> {
    let name = destination.to_string();
    let written = if as_json {
        objects(&name, audit).iter().try_for_each(|object| ui.json(object))
    } else {
        lines(&name, audit).iter().try_for_each(|line| ui.fact(line))
    };
    ui.say(format!("{destination}: {}", summary(audit)));
    Ok(written?)
}

fn summary(audit: &audit::Audit) -> String {
    let count =
        |is: fn(&LineStatus) -> bool| audit.lines().filter(|entry| is(&entry.status)).count();
    let level = |level| audit.all_findings().filter(|finding| finding.level == level).count();
    let parts = [
        (count(|status| *status == LineStatus::InForce), "key in force", "keys in force"),
        (
            count(|status| *status == LineStatus::Authority),
            "certificate authority",
            "certificate authorities",
        ),
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

/// The table: a line per key, with its problems indented below.
fn lines(destination: &str, audit: &audit::Audit) -> Vec<String> {
    let entries =
        || audit.files.iter().flat_map(|file| file.lines.iter().map(move |entry| (file, entry)));
    let mut rows =
        Ui::table(&entries().map(|(file, entry)| row(file, entry)).collect::<Vec<_>>()).into_iter();
    let mut lines = vec![format!("{destination}:")];
    if !audit.findings.is_empty() {
        lines.push("  server".into());
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
    let (options, comment) =
        (start_of(options, OPTIONS_SHOWN), start_of(&key.comment, COMMENT_SHOWN));
    [
        place,
        status,
        format!("{} {}", key.algorithm, key.bits),
        key.fingerprint.clone(),
        options,
        comment,
    ]
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

/// One object per key or dead line, and one for each file and server with findings.
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

fn show_shared(status: &str, shared: &SharedKey, as_json: bool, ui: &Ui) -> Result<(), Error> {
    let key = &shared.key;
    if as_json {
        return Ok(ui.json(&json!({
            "destination": null,
            "destinations": shared.destinations,
            "status": status,
            "algorithm": key.algorithm,
            "bits": key.bits,
            "fingerprint": key.fingerprint,
            "comment": key.comment,
            "findings": [finding_object(&shared.finding)],
        }))?);
    }
    ui.fact(format!(
        "{} {}  {}  {}",
        key.algorithm,
        key.bits,
        key.fingerprint,
        start_of(&key.comment, COMMENT_SHOWN)
    ))?;
    Ok(ui.fact(finding_line(&shared.finding))?)
}
