//! `sshk test`: check that a key, and nothing else, logs in.

use std::sync::Arc;

use serde_json::json;
use sshk::accounts::proof::{self, Proof};
use sshk::keys::identity::Identity;
use sshk::keys::key_file::KeyFile;
use sshk::session::{self, LoginError};
use sshk::{Destination, Error};

use super::each_account::Accounts;
use super::key_choice::{KeyChoice, Several, choose, fingerprint, named};
use super::retry::Retry;
use crate::cli::Test;
use crate::ui::{Ui, report};

pub async fn run(arguments: Test, retry: &Retry, ui: &Arc<Ui>) -> Result<u8, Error> {
    let (connection, targets) = (&arguments.connection, &arguments.targets);
    let mut accounts = Accounts::new(connection, targets, None, ui).await?;
    let keys = match named(connection)[..] {
        [path] if fingerprint(path).is_none() => {
            // One identity for all destinations: its passphrase is asked for once.
            let key = KeyFile::new(path);
            let identity = Identity::load_key_or_certificate(&key, &accounts.credentials).await;
            KeyChoice::One(Arc::new(identity.map_err(session::Error::from)?))
        }
        _ => choose(&mut accounts, connection, &targets.destinations, Several::Keep, ui).await?,
    };
    let needs = Arc::new(keys);
    let ran = accounts
        .each(
            &targets.destinations,
            "testing",
            &needs,
            |account, keys| async move {
                match keys.of(&account.endpoint.destination) {
                    Some(key) => proof::prove_as_named(&account, key).await,
                    None => proof::prove_any(&account).await,
                }
            },
            |to, proof| show(to, proof, targets.json, ui),
            |to, error| show_failure(to, error, retry, targets.json, ui),
        )
        .await;
    ran.finish(Some("the key logs in to"), retry, ui)
}

fn show_failure(
    destination: &Destination,
    error: &Error,
    retry: &Retry,
    as_json: bool,
    ui: &Ui,
) -> Result<(), Error> {
    let hint = match error.downcast_ref() {
        Some(session::Error::Login(LoginError::Denied { untried: None, .. })) => Some(format!(
            "install a key, or find out why they are rejected: {}",
            retry.other("copy-id", destination)
        )),
        _ => retry.hint(error, destination),
    };
    report::host_failure(destination, error, hint, as_json, ui)
}

fn show(destination: &Destination, proof: &Proof, as_json: bool, ui: &Ui) -> Result<(), Error> {
    let mut written = Ok(());
    if as_json {
        written = ui.json(&json!({
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
    Ok(written?)
}
