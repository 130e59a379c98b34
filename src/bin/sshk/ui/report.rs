//! Failures and summaries as a person and as a script read them.

use serde_json::{Value, json};
use sshk::Destination;
use sshk::error::Kind;
use sshk::fleet::Report;

use super::Ui;
use crate::usage::Usage;

/// What a failed run shows, and its exit status: 2 for wrong usage, 130 for an interrupted
/// question, else 1.
pub fn run_failure(error: &anyhow::Error, as_json: bool, ui: &Ui) -> u8 {
    let (kind, hint, status) = classify(error);
    let message = match error.downcast_ref::<sshk::Error>() {
        Some(error) => error.to_string(),
        None => format!("{error:#}"),
    };
    if as_json {
        let _ = ui.json(
            &json!({ "status": "failed", "error": error_object(kind.as_str(), &message, hint.as_deref()) }),
        );
    }
    ui.error(&message, hint.as_deref());
    status
}

fn classify(error: &anyhow::Error) -> (Kind, Option<String>, u8) {
    if let Some(usage) = error.downcast_ref::<Usage>() {
        return (Kind::Usage, usage.next_step().map(str::to_owned), 2);
    }
    match error.downcast_ref::<sshk::Error>() {
        Some(error) => (error.kind(), error.hint(), status_of(error)),
        None => (Kind::Io, None, 1),
    }
}

/// The exit status of a run that failed with this error.
pub fn status_of(error: &sshk::Error) -> u8 {
    match error.kind() {
        Kind::Usage => 2,
        Kind::Interrupted => 130,
        _ => 1,
    }
}

/// One destination that failed, said at once while the others go on.
pub fn host_failure(destination: &Destination, error: &sshk::Error, as_json: bool, ui: &Ui) {
    host_failure_with(destination, error, error.hint(), as_json, ui);
}

/// The same with a next step that only the command can word.
pub fn host_failure_with(
    destination: &Destination,
    error: &sshk::Error,
    hint: Option<String>,
    as_json: bool,
    ui: &Ui,
) {
    let message = error.to_string();
    if as_json {
        let _ = ui.json(&json!({
            "destination": destination.to_string(),
            "status": "failed",
            "error": error_object(error.kind().as_str(), &message, hint.as_deref()),
        }));
    }
    ui.error(format!("{destination}: {message}"), hint.as_deref());
}

/// A failure or a problem, as every JSON object has it.
pub fn error_object(kind: &str, message: &str, hint: Option<&str>) -> Value {
    json!({ "kind": kind, "message": message, "hint": hint })
}

/// The last words of a run over destinations, and its exit status. `good` says what holds for those
/// that did not fail, where anything does; `retry` makes the command that tries the others again.
pub fn finish<T>(
    report: &Report<T>,
    ui: &Ui,
    good: Option<&str>,
    retry: impl Fn(&[&Destination]) -> String,
) -> u8 {
    let failed: Vec<_> = report.failed().collect();
    let Some((_, first)) = failed.first() else { return 0 };
    let total = report.hosts.len();
    if total > 1 {
        let list: Vec<_> = failed
            .iter()
            .map(|(destination, error)| {
                format!("{destination} ({})", first_clause(&error.to_string()))
            })
            .collect();
        let others = match (good, total - failed.len()) {
            (None, _) | (_, 0) => String::new(),
            (Some(good), 1) => format!("; {good} the other one"),
            (Some(good), others) => format!("; {good} the other {others}"),
        };
        let hosts: Vec<_> = failed.iter().map(|(destination, _)| *destination).collect();
        let hint = format!("retry only these: {}", retry(&hosts));
        ui.error(
            format!("{} of {total} hosts failed: {}{others}", failed.len(), list.join(", ")),
            Some(&hint),
        );
    }
    match failed.iter().find(|(_, error)| status_of(error) == 130) {
        Some(_) => 130,
        // One destination whose configuration is wrong is wrong usage; among several it is one
        // failure.
        None if total == 1 => status_of(first),
        None => 1,
    }
}

/// Up to the first colon or semicolon that ends a word: those of an address stay.
fn first_clause(message: &str) -> &str {
    let end = [": ", "; "].into_iter().filter_map(|mark| message.find(mark)).min();
    &message[..end.unwrap_or(message.len())]
}
