//! Failures and summaries, for people and for scripts.

use serde_json::{Value, json};
use sshk::error::Kind;
use sshk::fleet::Report;
use sshk::{Destination, Error};

use super::Ui;

/// Shows why a run failed. The number is its exit status: 2 for wrong usage, 130 for an interrupted
/// question, else 1.
pub fn run_failure(error: &Error, as_json: bool, ui: &Ui) -> u8 {
    let (message, hint) = (error.to_string(), error.hint());
    let unwritten = as_json
        .then(|| failure(error, &message, hint.as_deref()))
        .and_then(|object| ui.json(&object).err());
    ui.error(&message, hint.as_deref());
    match unwritten {
        // If the failure was itself a result that could not be written, it is shown once.
        Some(unwritten) if unwritten.to_string() != message => ui.error(unwritten, None),
        _ => {}
    }
    status_of(error)
}

/// The exit status of a run that failed with this error.
pub fn status_of(error: &Error) -> u8 {
    match error.kind() {
        Kind::Usage => 2,
        Kind::Interrupted => 130,
        _ => 1,
    }
}

/// Shows that one destination failed, while the others go on. `hint` is the failure's own, filled
/// in for this destination, or one that only the command can give.
///
/// # Errors
///
/// If the JSON object cannot be written.
pub fn host_failure(
    destination: &Destination,
    error: &Error,
    hint: Option<String>,
    as_json: bool,
    ui: &Ui,
) -> Result<(), Error> {
    let message = error.to_string();
    ui.error(format!("{destination}: {message}"), hint.as_deref());
    if as_json {
        let mut object = failure(error, &message, hint.as_deref());
        object["destination"] = json!(destination.to_string());
        ui.json(&object)?;
    }
    Ok(())
}

fn failure(error: &Error, message: &str, hint: Option<&str>) -> Value {
    json!({ "status": "failed", "error": error_object(error.kind().as_str(), message, hint) })
}

/// A failure or a problem, as every JSON object has it.
pub fn error_object(kind: &str, message: &str, hint: Option<&str>) -> Value {
    json!({ "kind": kind, "message": message, "hint": hint })
}

/// Sums up a run over destinations and gives its exit status. `good` is what to say of those that
/// did not fail, if anything; `retry` gives the command that tries the others again.
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
        // For a single destination, wrong configuration is wrong usage; among several it is one
        // failure.
        None if total == 1 => status_of(first),
        None => 1,
    }
}

/// Up to the first colon or semicolon that ends a word: those inside an address do not count.
fn first_clause(message: &str) -> &str {
    let end = [": ", "; "].into_iter().filter_map(|mark| message.find(mark)).min();
    &message[..end.unwrap_or(message.len())]
}
