//! `sshk oneline`: a private key in the form that a config file takes, and back.

use sshk::error::Failure;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use sshk::keys::consumers::webssh2;
use sshk::keys::key_file::{self, Damage, KeyFile, Private};
use sshk::keys::oneline::{self, Pointer};
use sshk::quoting::{shell_path, shell_word};
use zeroize::Zeroizing;

use crate::cli::{Oneline, OnelineForm};
use crate::connection::the_one;
use crate::environment;
use crate::ui::Ui;
use crate::usage::Usage;

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
        arguments.at.as_deref().unwrap_or(webssh2::POINTER).parse().map_err(sshk::Error::from)?;
    let file = match arguments.key.as_deref() {
        Some(path) if is_stream(path) => None,
        Some(path) => Some(KeyFile::new(path)),
        None => Some(default_key(ui)?),
    };
    let (private, exposure) = match &file {
        Some(file) => read(file)?,
        None => {
            let text = key_file::read_stream(std::io::stdin().lock(), "standard input")
                .map_err(sshk::Error::from)?;
            (parse(&text, "standard input")?, None)
        }
    };
    match &arguments.into {
        Some(path) => {
            let neighbours = oneline::put(path, &pointer, private.text())?;
            ui.say(format!("{}: the key is at {pointer}", path.display()));
            warn_of_readers(path, ui);
            if pointer.to_string() == webssh2::POINTER {
                advise(&private, Some(&neighbours), ui);
            }
        }
        None => {
            print(&line(arguments, private.text())?, ui)?;
            if arguments.form == OnelineForm::Member
                && arguments.name.as_deref().unwrap_or(webssh2::MEMBER) == webssh2::MEMBER
            {
                advise(&private, None, ui);
            }
        }
    }
    warn(&private, file.as_ref(), exposure, ui);
    Ok(0)
}

fn line(arguments: &Oneline, text: &str) -> Result<Zeroizing<String>, sshk::Error> {
    let name = |default| arguments.name.as_deref().unwrap_or(default);
    Ok(match arguments.form {
        OnelineForm::Member => oneline::member(name(webssh2::MEMBER), text),
        OnelineForm::Json => oneline::json_string(text),
        OnelineForm::Env => oneline::env(name("PRIVATE_KEY"), text)?,
        OnelineForm::Sh => oneline::sh(name("PRIVATE_KEY"), text)?,
        OnelineForm::Base64 => oneline::base64(text),
        OnelineForm::Yaml => oneline::yaml(name(webssh2::MEMBER), text)?,
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

/// The key of a file as it is, and its permissions if others can reach it. Of a damaged key, all
/// damages are named.
fn read(file: &KeyFile) -> Result<(Private, Option<u32>), sshk::Error> {
    let found = file.read()?;
    let exposure = found.unsafe_mode();
    match parse(&found.text, &file.path().to_string_lossy()) {
        Ok(private) => Ok((private, exposure)),
        Err(error) => Err(found.content.err().map_or(error, sshk::Error::from)),
    }
}

fn parse(text: &str, name: &str) -> Result<Private, sshk::Error> {
    Ok(Private::parse(oneline::normalise(text), name)?)
}

fn default_key(ui: &Ui) -> Result<KeyFile> {
    let folder = environment::home()?.join(".ssh");
    let found = KeyFile::find_default_private(&folder).map_err(sshk::Error::from)?;
    the_one(&found, &folder, "sshk oneline", &*ui.prompter())
}

fn advise(private: &Private, beside: Option<&[String]>, ui: &Ui) {
    for warning in webssh2::warnings(private, beside) {
        ui.warning(warning);
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
fn warn(private: &Private, file: Option<&KeyFile>, exposure: Option<u32>, ui: &Ui) {
    if let (Some(file), Some(mode)) = (file, exposure) {
        let error = key_file::Error::UnsafeMode { path: file.path().to_owned(), mode };
        ui.warning(&error);
        if let Some(hint) = error.hint() {
            ui.hint(hint);
        }
    }
    if let Some(why) = webssh2::rejection(private) {
        ui.warning(format!("WebSSH2 will not take this key: {why}"));
        let to = webssh2::accepted_format(private);
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
