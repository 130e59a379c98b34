//! `sshk oneline`: a private key in the form that a config file takes, and back.

use sshk::error::Failure;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use ssh_key::Algorithm;
use sshk::keys::key_file::{self, Damage, Format, Found, KeyFile, Private};
use sshk::keys::oneline::{self, Neighbours, Pointer};
use sshk::quoting::{shell_path, shell_word};
use zeroize::Zeroizing;

use crate::cli::{Oneline, OnelineForm};
use crate::connection::the_one;
use crate::environment;
use crate::ui::Ui;
use crate::usage::Usage;

/// Where WebSSH2 looks for its key, and the name it has there.
const WEBSSH2_PLACE: &str = "/user/privateKey";
const WEBSSH2_NAME: &str = "privateKey";

pub async fn run(arguments: Oneline, ui: &Arc<Ui>) -> Result<u8> {
    let ui = ui.clone();
    // Questions, a slow standard input and a full pipe may hold a thread up, but not Ctrl-C.
    tokio::task::spawn_blocking(move || {
        if arguments.decode { decode(&arguments, &ui) } else { encode(&arguments, &ui) }
    })
    .await?
}

/// What is named on standard input.
fn is_stream(path: &Path) -> bool {
    path == Path::new("-")
}

fn encode(arguments: &Oneline, ui: &Ui) -> Result<u8> {
    let pointer: Pointer =
        arguments.at.as_deref().unwrap_or(WEBSSH2_PLACE).parse().map_err(sshk::Error::from)?;
    let file = match arguments.key.as_deref() {
        Some(path) if is_stream(path) => None,
        Some(path) => Some(KeyFile::new(path)),
        None => Some(default_key(ui)?),
    };
    let private = match &file {
        Some(file) => read(file)?,
        None => parse(
            &key_file::read_stream(std::io::stdin().lock(), "standard input")
                .map_err(sshk::Error::from)?,
            "standard input",
        )?,
    };
    match &arguments.into {
        Some(path) => {
            let neighbours = oneline::put(path, &pointer, private.text())?;
            ui.say(format!("{}: the key is at {pointer}", path.display()));
            warn_of_readers(path, ui);
            if pointer.is_webssh2s() {
                advise(&private, Some(neighbours), ui);
            }
        }
        None => {
            print(&line(arguments, private.text())?, ui)?;
            if arguments.form == OnelineForm::Member
                && arguments.name.as_deref().unwrap_or(WEBSSH2_NAME) == WEBSSH2_NAME
            {
                advise(&private, None, ui);
            }
        }
    }
    warn(&private, file.as_ref(), ui);
    Ok(0)
}

fn line(arguments: &Oneline, text: &str) -> Result<Zeroizing<String>, sshk::Error> {
    let name = |default| arguments.name.as_deref().unwrap_or(default);
    Ok(match arguments.form {
        OnelineForm::Member => oneline::member(name(WEBSSH2_NAME), text),
        OnelineForm::Json => oneline::json_string(text),
        OnelineForm::Env => oneline::env(name("PRIVATE_KEY"), text)?,
        OnelineForm::Sh => oneline::sh(name("PRIVATE_KEY"), text)?,
        OnelineForm::Base64 => oneline::base64(text),
        OnelineForm::Yaml => oneline::yaml(name(WEBSSH2_NAME), text)?,
    })
}

fn print(line: &str, ui: &Ui) -> Result<()> {
    let mut data = Zeroizing::new(Vec::with_capacity(line.len() + 1));
    data.extend_from_slice(line.as_bytes());
    data.push(b'\n');
    Ok(ui.data(&data)?)
}

fn decode(arguments: &Oneline, ui: &Ui) -> Result<u8> {
    let Some(path) = arguments.key.as_deref() else {
        let hint = "name a file, or - for standard input: sshk oneline --decode -";
        return Err(Usage::new("--decode was given nothing to decode").hint(hint).into());
    };
    let (bytes, name) = match is_stream(path) {
        true => (
            key_file::read_stream_bytes(std::io::stdin().lock(), "standard input"),
            "standard input".into(),
        ),
        false => (KeyFile::new(path).read_bytes(), path.to_string_lossy()),
    };
    let (text, damages) =
        oneline::decode(&bytes.map_err(sshk::Error::from)?, &name).map_err(sshk::Error::from)?;
    ui.data(text.as_bytes())?;
    let damages: Vec<_> = damages.iter().map(Damage::to_string).collect();
    if !damages.is_empty() {
        ui.say(format!("mended: {}", damages.join("; ")));
    }
    Ok(0)
}

/// The key of a file as it stands; of a damaged one, everything that is wrong with it is said.
fn read(file: &KeyFile) -> Result<Private, sshk::Error> {
    let text = file.read_text().map_err(sshk::Error::from);
    text.and_then(|text| parse(&text, &file.path().to_string_lossy())).map_err(|error| {
        match file.read() {
            Ok(Found { content: Err(why), .. }) => why.into(),
            _ => error,
        }
    })
}

fn parse(text: &str, name: &str) -> Result<Private, sshk::Error> {
    Ok(Private::parse(oneline::normalise(text), name)?)
}

fn default_key(ui: &Ui) -> Result<KeyFile> {
    let folder = environment::home()?.join(".ssh");
    let found = KeyFile::find_default_private(&folder).map_err(sshk::Error::from)?;
    the_one(&found, &folder, "sshk oneline", &*ui.prompter())
}

/// What else WebSSH2 wants in `user`; `neighbours` is what stands beside the key, where that is
/// known.
fn advise(private: &Private, neighbours: Option<Neighbours>, ui: &Ui) {
    if private.is_encrypted() && !neighbours.is_some_and(|beside| beside.has_passphrase) {
        ui.warning("the key is encrypted: WebSSH2 needs its passphrase in user.passphrase");
    }
    let Some(beside) = neighbours else { return };
    if beside.has_password {
        ui.warning("user.password is set: WebSSH2 logs in with it and never offers the key");
    }
    if !beside.has_name {
        ui.warning("user.name is not set: without it WebSSH2 does not use the key");
    }
}

/// A config file, unlike a key file, is not refused by anyone who reads it.
fn warn_of_readers(path: &Path, ui: &Ui) {
    let mode = path.metadata().map_or(0, |metadata| metadata.mode() & 0o7777);
    if mode & 0o044 != 0 {
        ui.warning(format!("{path:?}: permissions 0{mode:o} let others read the key in it"));
        ui.hint(format!("chmod 600 {}", shell_path(path)));
    }
}

/// What may go wrong with a key that was handed over all the same.
fn warn(private: &Private, file: Option<&KeyFile>, ui: &Ui) {
    if let Some(Err(error)) = file.map(KeyFile::check_mode) {
        ui.warning(&error);
        if let Some(hint) = error.hint() {
            ui.hint(hint);
        }
    }
    if let Some(why) = private.refused_by_ssh2() {
        ui.warning(format!("WebSSH2 will not take this key: {why}"));
        let is_ed25519 =
            private.public().is_some_and(|public| public.algorithm() == Algorithm::Ed25519);
        let to = if is_ed25519 { Format::OpenSsh } else { Format::Pem };
        ui.hint(match file {
            Some(file) => {
                let path = file.path().to_string_lossy();
                format!(
                    "for a copy that it takes: sshk convert {} -m {to} -f \
                    {}",
                    shell_word(&path),
                    shell_word(&format!("{path}.{to}"))
                )
            }
            None => format!(
                "for a form that it takes, save the key as a file and run: sshk \
                convert FILE -m {to}"
            ),
        });
    }
}
