//! An account looked at over one login.

use super::{Audit, File, FileReport, Finding, Measure, read};
use crate::accounts::survey::{self, Hazard, State, Survey, Unsafe};
use crate::session::{Account, Session};

/// Logs in with whatever there is and reads the files that the server reads. Nothing is changed
/// there.
pub async fn audit(account: &Account, measure: Measure<'_>) -> Result<Audit, crate::error::Error> {
    let session = account.log_in(&account.identities().await, None).await?;
    let audit = audit_in(&session, &account.endpoint.user, measure).await;
    session.close().await;
    audit
}

async fn audit_in(
    session: &Session,
    user: &str,
    measure: Measure<'_>,
) -> Result<Audit, crate::error::Error> {
    let survey = Survey::take(session, user).await?;
    let looked = match &survey.files()[..] {
        [] => Vec::new(),
        files => survey.look(session, files).await?,
    };
    Ok(Audit { files: reports(&survey, &looked, measure), findings: of_the_server(&survey) })
}

/// In the order of the files, those that are not there left out.
fn reports(survey: &Survey, looked: &[survey::File], measure: Measure) -> Vec<FileReport> {
    let is_there = |file: &&survey::File| file.state != State::Missing;
    let files: Vec<_> = looked.iter().filter(is_there).map(|file| given(survey, file)).collect();
    let mut reports = read(&files, measure);
    for (report, file) in reports.iter_mut().zip(looked.iter().filter(is_there)) {
        report.findings.extend(unread(&file.state));
    }
    reports
}

fn given(survey: &Survey, file: &survey::File) -> File {
    let hazards = file.hazards(survey.uid);
    let content = file.content().cloned().unwrap_or_default();
    File {
        name: file.name(),
        content,
        hazards: hazards.iter().map(|hazard| in_words(hazard, survey)).collect(),
    }
}

/// A hazard, and what the server does about it as far as that is known.
fn in_words(hazard: &Hazard, survey: &Survey) -> String {
    match &survey.config {
        Some(config) if !config.is_strict() => {
            format!("{hazard}, and StrictModes is off: whoever writes there lets himself in")
        }
        Some(_) if hazard.why != Unsafe::Group => {
            format!("{hazard}, so the server passes over the file and all its keys (StrictModes)")
        }
        _ => format!("{hazard}, for which servers pass over a file and all its keys (StrictModes)"),
    }
}

/// Why a file that is there has no lines here.
fn unread(state: &State) -> Option<Finding> {
    Some(match state {
        State::Read(_) | State::Missing => return None,
        State::Unreadable => Finding::new(
            "unreadable",
            "the account cannot read it, so that its keys are not known; sshd reads it with the \
            account's rights",
        ),
        State::TooLarge => Finding::new(
            "too-large",
            format!("it is larger than {} MiB and was not read", survey::MAX_FILE / (1024 * 1024)),
        ),
        State::NoFile(what) => {
            Finding::new("not-a-file", format!("it is {what}, which servers pass over"))
        }
    })
}

/// What decides besides the files.
fn of_the_server(survey: &Survey) -> Vec<Finding> {
    let Some(config) = &survey.config else {
        return match survey.server.contains("-OpenSSH") {
            true => vec![Finding::remark(
                "usual-files",
                "sshd's configuration is not to be had, so the usual files were looked at",
            )],
            false => Vec::new(),
        };
    };
    let mut findings = Vec::new();
    if !config.takes_keys() {
        findings.push(Finding::remark(
            "keys-off",
            format!("sshd takes no keys at all (PubkeyAuthentication no in {})", config.name()),
        ));
    }
    if survey.files().is_empty() {
        findings.push(Finding::remark(
            "no-authorized-keys-file",
            format!(
                "sshd reads no file for this account (AuthorizedKeysFile none in {})",
                config.name()
            ),
        ));
    }
    if let Some(command) = config.value("authorizedkeyscommand") {
        findings.push(Finding::remark(
            "other-keys",
            format!(
                "sshd also takes the keys that AuthorizedKeysCommand {command:?} prints; they \
                are not listed"
            ),
        ));
    }
    if let Some(authorities) = config.value("trustedusercakeys") {
        findings.push(Finding::remark(
            "other-keys",
            format!(
                "sshd also takes certificates of the authorities in {authorities:?} \
                (TrustedUserCAKeys)"
            ),
        ));
    }
    findings
}
