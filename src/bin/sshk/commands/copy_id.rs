//! `sshk copy-id`: install a public key on accounts, and prove that it logs in.

use std::sync::Arc;

use anyhow::Result;
use serde_json::json;
use sshk::accounts::install::{
    self, Change, InstallMethod, InstallOptions, Installation, Verified, modes_changed,
};
use sshk::accounts::remote_file::RemoteFile;
use sshk::fleet::{self, HostReport};
use sshk::keys::identity::Identity;
use sshk::session;

use crate::cli::CopyId;
use crate::connection::{account, chosen_key, command_line, retry};
use crate::environment;
use crate::ui::{Ui, report};

pub async fn run(arguments: CopyId, ui: &Arc<Ui>) -> Result<u8> {
    let surroundings = Arc::new(environment::surroundings()?);
    let connection = &arguments.connection;
    let file = arguments
        .target
        .as_deref()
        .map(RemoteFile::named)
        .transpose()
        .map_err(sshk::Error::from)?
        .unwrap_or_default();
    let credentials = Arc::new(
        environment::credentials(
            ui.prompter(),
            connection.passphrase_file.clone(),
            arguments.password_file.clone(),
        )
        .await?,
    );
    let key = chosen_key(connection, &surroundings.home, &*ui.prompter())?;
    let identity = Identity::load(&key, &credentials)
        .await
        .map_err(session::Error::from)
        .map_err(sshk::Error::from)?;
    let identity = Arc::new(session::beside_agent(identity, credentials.agent()).await);
    let mut line = command_line(connection);
    // -i names what is installed; the ways in are those there would be without it.
    line.identity_files.clear();
    if arguments.accept_new {
        // Before all -o: the flag was typed, and the first value wins.
        line.options.insert(0, "StrictHostKeyChecking=accept-new".into());
    }
    let line = Arc::new(line);
    let plan = Arc::new(InstallOptions {
        file,
        method: if arguments.sftp { InstallMethod::Sftp } else { InstallMethod::Exec },
        dry_run: arguments.dry_run,
        verify: !arguments.no_verify,
        fix_permissions: arguments.fix_perms,
        try_key_first: !arguments.force,
    });
    let own = own_options(&arguments);
    // A dry run puts the key nowhere.
    let good = (!arguments.dry_run).then_some("the key is on");
    let progress = ui.progress("installing", Some(arguments.destinations.len() as u64));
    let report = fleet::run(
        arguments.destinations,
        |destination| {
            let (line, surroundings, credentials, identity, plan, ui) = (
                line.clone(),
                surroundings.clone(),
                credentials.clone(),
                identity.clone(),
                plan.clone(),
                ui.clone(),
            );
            async move {
                let account = account(&destination, &line, &surroundings, &credentials, &ui)?;
                install::install(&account, &identity, &plan).await
            }
        },
        |host| {
            progress.advance();
            show(host, &identity, arguments.dry_run, arguments.json, ui);
        },
    )
    .await;
    drop(progress);
    Ok(report::finish(&report, ui, good, |hosts| retry("sshk copy-id", connection, &own, hosts)))
}

/// What was typed besides the connection, for a call that does the same.
fn own_options(arguments: &CopyId) -> Vec<String> {
    let flags = [
        (arguments.force, "-f"),
        (arguments.dry_run, "-n"),
        (arguments.sftp, "-s"),
        (arguments.accept_new, "--accept-new"),
        (arguments.no_verify, "--no-verify"),
        (arguments.fix_perms, "--fix-perms"),
        (arguments.json, "--json"),
    ];
    let mut words: Vec<String> =
        flags.into_iter().filter(|(given, _)| *given).map(|(_, flag)| flag.to_owned()).collect();
    if let Some(path) = &arguments.target {
        words.extend(["-t".to_owned(), path.clone()]);
    }
    if let Some(path) = &arguments.password_file {
        words.extend(["--password-file".to_owned(), path.display().to_string()]);
    }
    words
}

fn show(
    host: &HostReport<Installation>,
    identity: &Identity,
    dry_run: bool,
    as_json: bool,
    ui: &Ui,
) {
    let destination = &host.destination;
    let done = match &host.outcome {
        Ok(done) => done,
        Err(error) => return report::host_failure(destination, error, as_json, ui),
    };
    let (status, words) = match &done.answer.outcome {
        Change::Installed { added_newline: false } => {
            ("installed", format!("installed in {}", done.answer.file))
        }
        Change::Installed { added_newline: true } => (
            "installed",
            format!(
                "installed in {}, whose last line had no newline and got one",
                done.answer.file
            ),
        ),
        Change::Present { line } => {
            ("present", format!("present, line {line} of {}", done.answer.file))
        }
        Change::PresentRestricted { line, options } => (
            "present-restricted",
            format!("present, restricted by {options:?}, line {line} of {}", done.answer.file),
        ),
        Change::WouldInstall => (
            "would-install",
            format!("would be installed in {}; nothing was changed", done.answer.file),
        ),
    };
    let (verified, proof) = match &done.verified {
        Verified::ByLogin(proof) => {
            (json!("login"), format!("; a fresh login with it succeeded ({})", proof.signature))
        }
        Verified::ByThisLogin => (json!("login"), "; this login was made with it".into()),
        Verified::Partial(besides) => (
            json!("partial"),
            format!(
                "; the server took it in a fresh login, and asks for {} besides",
                besides.join(" or ")
            ),
        ),
        Verified::ByOffer => {
            let why = match identity.has_private() {
                true => "the private half is locked, and no passphrase was given",
                false => "no private half here to log in with",
            };
            (json!("offer"), format!("; the server says it takes it ({why})"))
        }
        Verified::No => (json!(null), String::new()),
    };
    if as_json {
        let _ = ui.json(&json!({
            "destination": destination.to_string(),
            "status": status,
            "fingerprint": identity.fingerprint().to_string(),
            "file": done.answer.file,
            "verified": verified,
            "changed_modes": done.repaired.iter().map(|it| json!({ "path": it.path, "mode": format!("{:04o}", it.mode) })).collect::<Vec<_>>(),
        }));
    }
    let named = done.named_in.as_ref().map(|config| {
        format!(
            ", which the server reads in place of the usual file (AuthorizedKeysFile in {config})"
        )
    });
    let modes = match done.repaired.is_empty() {
        true => String::new(),
        false if dry_run => format!("; would be {}", modes_changed(&done.repaired)),
        false => format!("; {}", modes_changed(&done.repaired)),
    };
    ui.say(format!("{destination}: {words}{}{proof}{modes}", named.unwrap_or_default()));
}
