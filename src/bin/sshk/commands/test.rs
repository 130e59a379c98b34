//! `sshk test`: prove that a key, and nothing else, logs in.

use std::sync::Arc;

use anyhow::Result;
use serde_json::json;
use sshk::accounts::proof::{self, Proof};
use sshk::fleet::{self, HostReport};
use sshk::keys::identity::Identity;
use sshk::session::{self, LoginError};

use crate::cli::{Connection, Test};
use crate::connection::{account, chosen_key, command_line, retry};
use crate::environment;
use crate::ui::{Ui, report};

pub async fn run(arguments: Test, ui: &Arc<Ui>) -> Result<u8> {
    let surroundings = Arc::new(environment::surroundings()?);
    let connection = &arguments.connection;
    let credentials = Arc::new(
        environment::credentials(ui.prompter(), connection.passphrase_file.clone(), None).await?,
    );
    let key = chosen_key(connection, &surroundings.home, &*ui.prompter())?;
    // One identity for all destinations: its passphrase is asked for once.
    let identity = Arc::new(
        Identity::load_key_or_certificate(&key, &credentials)
            .await
            .map_err(session::Error::from)
            .map_err(sshk::Error::from)?,
    );
    let line = Arc::new(command_line(connection));
    let own: Vec<String> = arguments.json.then(|| "--json".to_owned()).into_iter().collect();
    let progress = ui.progress("testing", Some(arguments.destinations.len() as u64));
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
                Ok(proof::prove_as_named(&account, &identity).await?)
            }
        },
        |host| {
            progress.advance();
            show(host, connection, arguments.json, ui);
        },
    )
    .await;
    drop(progress);
    Ok(report::finish(&report, ui, Some("the key logs in at"), |hosts| {
        retry("sshk test", connection, &own, hosts)
    }))
}

fn show(host: &HostReport<Proof>, connection: &Connection, as_json: bool, ui: &Ui) {
    let destination = &host.destination;
    match &host.outcome {
        Ok(proof) => {
            if as_json {
                let _ = ui.json(&json!({
                    "destination": destination.to_string(),
                    "status": "ok",
                    "fingerprint": proof.fingerprint.to_string(),
                    "algorithm": proof.signature,
                    "certificate": proof.certificate.as_ref().map(|it| json!({
                        "key_id": it.key_id,
                        "serial": it.serial,
                        "authority": it.authority.to_string(),
                    })),
                    "server": proof.server,
                    "address": proof.peer.map(|address| address.to_string()),
                    "seconds": proof.took.as_secs_f64(),
                }));
            }
            let certificate =
                proof.certificate.as_ref().map(|it| format!("the {it} for ")).unwrap_or_default();
            ui.say(format!(
                "{destination}: logged in with {certificate}{} ({}) to {} in {:.2} s",
                proof.fingerprint,
                proof.signature,
                proof.server,
                proof.took.as_secs_f64()
            ));
        }
        Err(error) => {
            let hint = match error.downcast_ref() {
                Some(session::Error::Login(LoginError::KeyRefused { accepts, .. }))
                    if accepts.iter().any(|method| method == "publickey") =>
                {
                    Some(format!(
                        "install it first: {}",
                        retry("sshk copy-id", connection, &[], &[destination])
                    ))
                }
                _ => error.hint(),
            };
            report::host_failure_with(destination, error, hint, as_json, ui);
        }
    }
}
