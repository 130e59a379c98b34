//! `sshk copy-id`: install a public key on accounts and verify that it logs in.

use std::sync::Arc;

use serde_json::{Value, json};
use sshk::accounts::install::{
    self, Change, InstallMethod, InstallOptions, Installation, Verified, modes,
};
use sshk::accounts::remote_file::RemoteFile;
use sshk::hosts::ssh_config::Argument;
use sshk::keys::identity::Identity;
use sshk::{Destination, Error};

use super::each_account::Accounts;
use super::key_choice::{Several, choose};
use super::other_key;
use super::retry::Retry;
use crate::cli::CopyId;
use crate::ui::{Ui, report};

/// Why there is a key for every account that is reached.
const CHOSEN: &str = "every destination that can be resolved has its key";

pub async fn run(arguments: CopyId, retry: &Retry, ui: &Arc<Ui>) -> Result<u8, Error> {
    let (connection, targets) = (&arguments.connection, &arguments.targets);
    let file = arguments.target.as_deref().map(RemoteFile::named).transpose()?.unwrap_or_default();
    let mut accounts =
        Accounts::new(connection, targets, arguments.password_file.clone(), ui).await?;
    // -i names the key to install; the login uses what it would use without it.
    accounts.line.set_identity_files(&arguments.login_keys);
    if arguments.accept_new {
        // Before all -o: the flag was typed, and the first value wins.
        let option = Argument::Option("StrictHostKeyChecking=accept-new".into());
        accounts.line.arguments.insert(0, option);
    }
    let plan = InstallOptions {
        file,
        method: if arguments.sftp { InstallMethod::Sftp } else { InstallMethod::Exec },
        dry_run: arguments.dry_run,
        verify: !arguments.no_verify,
        fix_permissions: arguments.fix_perms,
        try_key_first: !arguments.force,
        force: arguments.force,
    };
    let keys = choose(&mut accounts, connection, &targets.destinations, Several::Ask, ui).await?;
    let needs = Arc::new((keys, plan));
    let ran = accounts
        .each(
            &targets.destinations,
            "installing",
            &needs,
            |account, needs| async move {
                let key = needs.0.of(&account.endpoint.destination).expect(CHOSEN);
                install::install(&account, key, &needs.1).await
            },
            |to, done| {
                let key = needs.0.of(to).expect(CHOSEN);
                show(to, done, key, arguments.dry_run, targets.json, ui)
            },
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
    // A dry run installs nothing.
    let good = (!arguments.dry_run).then_some("the key is on");
    ran.finish(good, retry, ui)
}

fn show(
    destination: &Destination,
    done: &Installation,
    identity: &Identity,
    dry_run: bool,
    as_json: bool,
    ui: &Ui,
) -> Result<(), Error> {
    let (status, words) = outcome(done);
    let (verified, proof) = verification(&done.verified, identity);
    let mut written = Ok(());
    if as_json {
        let modes = done
            .repaired
            .iter()
            .map(|it| json!({ "path": it.path, "mode": format!("{:04o}", it.mode) }));
        written = ui.json(&json!({
            "destination": destination.to_string(),
            "status": status,
            "fingerprint": identity.fingerprint().to_string(),
            "file": Some(&done.answer.file).filter(|file| !file.is_empty()),
            "verified": verified,
            "changed_modes": modes.collect::<Vec<_>>(),
        }));
    }
    let named = done.named_in.as_ref().map(|config| {
        format!(", which the server reads instead of the default (AuthorizedKeysFile in {config})")
    });
    let modes = match (done.repaired.is_empty(), dry_run) {
        (true, _) => String::new(),
        (false, true) => format!("; mode would be changed: {}", modes(&done.repaired)),
        (false, false) => format!("; mode changed: {}", modes(&done.repaired)),
    };
    ui.say(format!("{destination}: {words}{}{proof}{modes}", named.unwrap_or_default()));
    Ok(written?)
}

/// The word for `status`, and the words for the message.
fn outcome(done: &Installation) -> (&'static str, String) {
    let file = &done.answer.file;
    match &done.answer.outcome {
        Change::Installed { added_newline: false } => ("installed", format!("installed in {file}")),
        Change::Installed { added_newline: true } => (
            "installed",
            format!("installed in {file} (its last line had no newline, and now has one)"),
        ),
        Change::Present { line } => ("present", format!("already present, line {line} of {file}")),
        Change::PresentRestricted { line, options } => (
            "present-restricted",
            format!("already present, restricted by {options:?}, line {line} of {file}"),
        ),
        Change::Elsewhere { why: None } => (
            "elsewhere",
            "the key logs in already, not from a file sshk can see; nothing was written".into(),
        ),
        Change::Elsewhere { why: Some(why) } => (
            "elsewhere",
            format!("the key logs in already, not from {file}: {why}; nothing was written"),
        ),
        Change::WouldInstall => {
            ("would-install", format!("would be installed in {file}; nothing was changed"))
        }
    }
}

/// The value of `verified`, and the words for the message.
fn verification(verified: &Verified, identity: &Identity) -> (Value, String) {
    match verified {
        Verified::ByLogin(proof) => {
            (json!("login"), format!("; verified by a new login ({})", proof.signature))
        }
        Verified::ByThisLogin => (json!("login"), "; verified by this login".into()),
        Verified::Ambiguous { why: None } => (
            json!("ambiguous"),
            "; the server accepted the key before, so a login does not show whether it reads this \
            line"
                .into(),
        ),
        Verified::Ambiguous { why: Some(why) } => (
            json!("ambiguous"),
            format!("; the server accepted the key before, but not by this line: {why}"),
        ),
        Verified::Partial(besides) => (
            json!("partial"),
            format!(
                "; the server accepted the key in a new login, but also requires {}",
                besides.join(" or ")
            ),
        ),
        Verified::ByOffer => {
            let why = if identity.has_private() {
                "the private key is encrypted and no passphrase was given"
            } else {
                "there is no private key here to log in with"
            };
            (json!("offer"), format!("; the server says that it accepts the key ({why})"))
        }
        Verified::No => (json!(null), String::new()),
    }
}
