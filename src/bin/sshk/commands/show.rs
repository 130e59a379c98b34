//! `sshk show`: what is in a key file, and which programs accept it.

use std::sync::Arc;

use serde_json::{Value, json};
use ssh_key::HashAlg;
use sshk::Error;
use sshk::credentials::Credentials;
use sshk::error::Failure;
use sshk::keys::identity;
use sshk::keys::inspect::{
    self, FileKind, Files, FingerprintHash, Inspection, Pair, Verdict, inspect,
};
use sshk::keys::key_file::KeyFile;
use sshk::keys::weak::Blacklist;
use sshk::prompter;
use tokio::runtime::Handle;

use crate::cli::Show;
use crate::environment::{self, absolute};
use crate::ui::{Ui, report};

pub async fn run(arguments: Show, ui: &Arc<Ui>) -> Result<u8, Error> {
    let ui = ui.clone();
    environment::blocking(move || Handle::current().block_on(show(&arguments, &ui))).await
}

async fn show(arguments: &Show, ui: &Ui) -> Result<u8, Error> {
    let credentials =
        environment::credentials(ui.prompter(), arguments.passphrase_file.clone(), None).await?;
    let blacklist = environment::blacklist();
    let (mut inspections, mut ended) = (Vec::new(), Ok(()));
    for path in &arguments.keys {
        match inspected(&KeyFile::new(path), &credentials, &blacklist).await {
            Ok(inspection) => inspections.push(inspection),
            Err(error) => {
                ended = Err(error);
                break;
            }
        }
    }
    // Only all of them together show it.
    inspect::find_common_primes(&mut inspections);
    for (index, inspection) in inspections.iter().enumerate() {
        if arguments.json {
            ui.json(&object(inspection, arguments.hash)?)?;
        } else {
            if index > 0 {
                ui.fact("")?;
            }
            say(inspection, arguments.hash, ui)?;
        }
        if let Some(error) = &inspection.failure {
            ui.error(error, error.hint().as_deref());
        }
    }
    ended?;
    Ok(u8::from(inspections.iter().any(|inspection| inspection.failure.is_some())))
}

/// Asks for a passphrase only if nothing else shows which key it is.
async fn inspected(
    file: &KeyFile,
    credentials: &Credentials,
    blacklist: &Blacklist,
) -> Result<Inspection, Error> {
    let files = Files::read(file);
    let mut asked = None;
    if let Some(private) = files.hidden()
        && credentials.passphrase().is_none()
        && credentials.prompter().can_ask()
    {
        let name = file.path().to_string_lossy();
        asked = match identity::unlock_and_tell(private, &name, credentials).await {
            Ok((_, passphrase)) => passphrase,
            // Without an answer, whatever is known anyway is shown.
            Err(identity::Error::Prompter(
                prompter::Error::NoAnswer { .. } | prompter::Error::NoTerminal { .. },
            )) => None,
            Err(error) => return Err(error.into()),
        };
    }
    Ok(inspect(files, asked.as_ref().or(credentials.passphrase()), blacklist))
}

fn object(inspection: &Inspection, hash: FingerprintHash) -> Result<Value, Error> {
    let encryption = inspection.encryption.as_ref();
    let encryption = encryption.map(|it| json!({ "cipher": it.cipher, "kdf": it.kdf }));
    let pair = inspection.pair.path().map(|path| absolute(path)).transpose()?;
    let problems = inspection.problems.iter();
    let problems =
        problems.map(|it| report::error_object(it.kind, &it.message, it.hint.as_deref()));
    let mut object = json!({
        "path": absolute(&inspection.path)?,
        "kind": inspection.kind.to_string(),
        "algorithm": inspection.algorithm,
        "bits": inspection.bits(),
        "fingerprint": inspection.fingerprint(hash),
        "comment": inspection.comment,
        "format": inspection.format,
        "encryption": encryption,
        "mode": inspection.mode.map(|mode| format!("{mode:04o}")),
        "pair": { "status": inspection.pair.status(), "path": pair },
        "consumers": inspection.verdicts.iter().map(consumer).collect::<Vec<_>>(),
        "problems": problems.collect::<Vec<_>>(),
    });
    if let Some(options) = &inspection.options {
        object["options"] = json!(options);
    }
    if let Some(document) = &inspection.document {
        object["document"] = json!({ "kind": document.kind(), "at": document.place() });
    }
    if let Some(error) = &inspection.failure {
        object["error"] = report::error_object(
            error.kind().as_str(),
            &error.to_string(),
            error.hint().as_deref(),
        );
    }
    Ok(object)
}

fn consumer(verdict: &Verdict) -> Value {
    json!({
        "name": verdict.consumer.to_string(),
        "accepts": verdict.accepts(),
        "reason": verdict.reason,
        "command": verdict.command,
    })
}

/// One line per known fact.
fn say(inspection: &Inspection, hash: FingerprintHash, ui: &Ui) -> Result<(), Error> {
    let fact = |name: &str, value: &str| ui.fact(format!("{:<13} {value}", format!("{name}:")));
    fact("file", &inspection.path.display().to_string())?;
    if inspection.kind != FileKind::Unknown {
        fact("kind", &kind(inspection.kind))?;
    }
    if let Some(algorithm) = algorithm(inspection) {
        fact("algorithm", &algorithm)?;
    }
    if let Some(fingerprint) = inspection.fingerprint(hash) {
        fact("fingerprint", &fingerprint)?;
    }
    if let Some(comment) = &inspection.comment {
        fact("comment", comment)?;
    }
    if let Some(options) = &inspection.options {
        fact("options", options)?;
    }
    if let Some(format) = &inspection.format {
        fact("format", format)?;
    }
    if inspection.kind == FileKind::Private && inspection.format.is_some() {
        fact("encryption", &encryption(inspection))?;
    }
    if let Some(mode) = inspection.mode {
        fact("mode", &format!("{mode:04o}"))?;
    }
    if let Some(pair) = pair(inspection) {
        fact("pair", &pair)?;
    }
    for verdict in &inspection.verdicts {
        let answer = match (&verdict.reason, &verdict.command) {
            (None, _) => "yes".into(),
            (Some(reason), None) => format!("no, {reason}"),
            (Some(reason), Some(command)) => format!("no, {reason}; run: {command}"),
        };
        fact(&verdict.consumer.to_string(), &answer)?;
    }
    // The failure itself is reported once, on stderr.
    for problem in inspection.problems.iter().skip(usize::from(inspection.failure.is_some())) {
        let hint = problem.hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default();
        fact("problem", &format!("{}{hint}", problem.message))?;
    }
    if let Some(key) = inspection.public.as_ref().filter(|_| ui.is_verbose()) {
        let header = format!(
            "[{} {}]",
            inspection.key_type().unwrap_or_default(),
            inspection.bits().unwrap_or_default()
        );
        for line in key.fingerprint(HashAlg::Sha256).to_randomart(&header).lines() {
            ui.fact(line)?;
        }
    }
    Ok(())
}

fn kind(kind: FileKind) -> String {
    match kind {
        FileKind::Private | FileKind::Public => format!("{kind} key"),
        FileKind::Certificate | FileKind::Unknown => kind.to_string(),
    }
}

fn algorithm(inspection: &Inspection) -> Option<String> {
    let name = inspection.key_type()?;
    Some(match inspection.bits() {
        Some(bits) => format!("{name}, {bits} bits"),
        None => name.to_owned(),
    })
}

fn encryption(inspection: &Inspection) -> String {
    let Some(encryption) = &inspection.encryption else { return "none".into() };
    let rest = if matches!(inspection.pair, Pair::Unverified { .. }) {
        "; the rest is from the .pub file"
    } else {
        ""
    };
    format!("{} ({}){rest}", encryption.cipher, encryption.kdf)
}

fn pair(inspection: &Inspection) -> Option<String> {
    let path = inspection.pair.path()?;
    let path = format!("{path:?}");
    let other = if inspection.kind == FileKind::Private { "public" } else { "private" };
    Some(match &inspection.pair {
        Pair::None => return None,
        Pair::Missing { .. } => format!("{path} does not exist"),
        Pair::Matches { .. } => format!("{path} is its {other} key"),
        Pair::Unverified { .. } => format!("{path} cannot be compared without the passphrase"),
        Pair::Differs { .. } => format!("{path} is not its {other} key"),
        Pair::Unreadable { error, .. } => error.to_string(),
    })
}
