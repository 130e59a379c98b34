//! An account that is audited over one login.

use super::finding::Finding;
use super::lines::{Measure, ServerFile, read};
use super::report::{Audit, FileReport};
use crate::accounts::judge::Judge;
use crate::accounts::remote_file::{FileSnapshot, FileState, Hazard, MAX_SIZE, Unsafe};
use crate::accounts::survey::{ServerConfig, Survey};
use crate::session::{Account, Session};

/// Logs in by any available method and reads the files that the server reads. Changes nothing
/// there.
///
/// # Errors
///
/// A [`crate::session::Error`] if no login succeeded, and the failures of [`Survey::run`] and
/// [`Survey::look`].
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
    let survey = Survey::run(session, user).await?;
    let looked = match &survey.files()[..] {
        [] => Vec::new(),
        files => survey.look(session, files).await?,
    };
    let judge = Judge::of(&survey, session).await?;
    let left_out = survey.left_out().map(|words| Finding::new("too-many-files", words));
    let findings = about_server(&survey, &judge).into_iter().chain(left_out).collect();
    Ok(Audit { files: reports(&survey, &looked, measure, &judge), findings })
}

/// In the order of the files; those that do not exist are left out.
fn reports(
    survey: &Survey,
    looked: &[FileSnapshot],
    measure: Measure,
    judge: &Judge,
) -> Vec<FileReport> {
    let exists = |file: &&FileSnapshot| file.state != FileState::Missing;
    let files: Vec<_> =
        looked.iter().filter(exists).map(|file| server_file(survey, file, judge)).collect();
    let mut reports = read(&files, measure, judge);
    for (report, file) in reports.iter_mut().zip(looked.iter().filter(exists)) {
        report.findings.extend(unread(&file.state));
    }
    reports
}

fn server_file(survey: &Survey, file: &FileSnapshot, judge: &Judge) -> ServerFile {
    let hazards = file.hazards(survey.uid);
    ServerFile {
        name: file.name(),
        content: file.content().cloned().unwrap_or_default(),
        hazards: hazards.iter().map(|hazard| in_words(hazard, survey)).collect(),
        ignored: (!judge.certain_hazards(file, survey.uid).is_empty())
            .then(|| "the server ignores the file and all its keys (StrictModes)".into()),
    }
}

/// A hazard, and what the server does about it, if known.
fn in_words(hazard: &Hazard, survey: &Survey) -> String {
    match &survey.config {
        Some(config) if !config.is_strict() => {
            format!("{hazard}, and StrictModes is off: anyone who can write there can log in")
        }
        Some(_) if hazard.why != Unsafe::Group => {
            format!("{hazard}, so the server ignores the file and all its keys (StrictModes)")
        }
        _ => {
            format!(
                "{hazard}, so by default servers ignore the file and all its keys (StrictModes)"
            )
        }
    }
}

/// Why an existing file has no lines here.
fn unread(state: &FileState) -> Option<Finding> {
    Some(match state {
        FileState::Read(_) | FileState::Missing => return None,
        FileState::Unreadable => Finding::new(
            "unreadable",
            "the account cannot read it, so its keys are not known; sshd reads it with the \
            account's permissions",
        ),
        FileState::TooLarge => Finding::new(
            "too-large",
            format!(
                "it is larger than {} MiB, alone or with the files before it, and was not read",
                MAX_SIZE / (1024 * 1024)
            ),
        ),
        FileState::NotAFile(what) => {
            Finding::new("not-a-file", format!("it is {what}, which servers ignore"))
        }
    })
}

/// What decides who can log in, apart from the files.
fn about_server(survey: &Survey, judge: &Judge) -> Vec<Finding> {
    match &survey.config {
        Some(config) => about_config(config, survey.files().is_empty(), judge),
        None if survey.server.contains("-OpenSSH") => vec![Finding::remark(
            "usual-files",
            "could not read sshd's configuration; checked the default files",
        )],
        None => Vec::new(),
    }
}

fn about_config(config: &ServerConfig, reads_no_file: bool, judge: &Judge) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(setting) = judge.refuses_all_keys() {
        findings.push(Finding::remark(
            "keys-off",
            format!("sshd accepts no keys at all ({setting} in {})", config.name()),
        ));
    } else if let Some(setting) = config.requires_more() {
        findings.push(Finding::remark(
            "more-required",
            format!("a key alone does not log in ({setting} in {})", config.name()),
        ));
    }
    findings.extend(judge.unknown().map(|words| Finding::remark("revoked-keys", words)));
    if reads_no_file {
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
                "sshd also accepts the keys that AuthorizedKeysCommand {command:?} prints; they \
                are not listed"
            ),
        ));
    }
    if let Some(authorities) = config.value("trustedusercakeys") {
        findings.push(Finding::remark(
            "other-keys",
            format!(
                "sshd also accepts certificates of the authorities in {authorities:?} \
                (TrustedUserCAKeys)"
            ),
        ));
    }
    findings
}
