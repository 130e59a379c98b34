//! `sshk oneline`: a private key on one line, for a config file.

use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use ssh_key::Algorithm;
use sshk::key_file::{self, Format, KeyFile, Private};
use sshk::oneline;
use zeroize::Zeroizing;

use crate::cli::{Oneline, OnelineForm};
use crate::connection::{shell_word, the_one};
use crate::environment;
use crate::ui::Ui;

pub async fn run(arguments: Oneline, ui: &Arc<Ui>) -> Result<u8> {
    let ui = ui.clone();
    // Questions, a slow standard input and a full pipe may hold a thread up, but not Ctrl-C.
    tokio::task::spawn_blocking(move || print(&arguments, &ui)).await?
}

fn print(arguments: &Oneline, ui: &Ui) -> Result<u8> {
    let file = match arguments.key.as_deref() {
        Some(path) if path == Path::new("-") => None,
        Some(path) => Some(KeyFile::new(path)),
        None => Some(default_key(ui)?),
    };
    let private = match &file {
        Some(file) => parse(&file.read_text().map_err(sshk::Error::from)?, &file.path().to_string_lossy())?,
        None => parse(&key_file::read_stream(std::io::stdin().lock(), "standard input").map_err(sshk::Error::from)?, "standard input")?,
    };
    let line = match arguments.form {
        OnelineForm::Member => oneline::member(&arguments.name, private.text()),
        OnelineForm::Json => oneline::json_string(private.text()),
    };
    let mut data = Zeroizing::new(Vec::with_capacity(line.len() + 1));
    data.extend_from_slice(line.as_bytes());
    data.push(b'\n');
    ui.data(&data)?;
    warn(&private, file.as_ref(), ui);
    Ok(0)
}

fn parse(text: &str, name: &str) -> Result<Private, sshk::Error> {
    Ok(Private::parse(oneline::normalise(text), name)?)
}

fn default_key(ui: &Ui) -> Result<KeyFile> {
    let folder = environment::home()?.join(".ssh");
    let found = KeyFile::find_default_private(&folder).map_err(sshk::Error::from)?;
    the_one(&found, &folder, "sshk oneline", &*ui.prompter())
}

/// What may go wrong with a line that was printed all the same.
fn warn(private: &Private, file: Option<&KeyFile>, ui: &Ui) {
    if let Some(Err(error)) = file.map(KeyFile::check_mode) {
        ui.warning(&error);
        if let Some(hint) = error.hint() {
            ui.hint(hint);
        }
    }
    if let Some(why) = private.refused_by_ssh2() {
        ui.warning(format!("WebSSH2 will not take this key: {why}"));
        ui.hint(match file {
            Some(file) => {
                let path = file.path().to_string_lossy();
                let (from, to) = (shell_word(&path), shell_word(&format!("{path}.pem")));
                let is_ed25519 = private.public().is_some_and(|public| public.algorithm() == Algorithm::Ed25519);
                // Older ones read such a key in no format but their own.
                let needs = if is_ed25519 && private.format() == Format::Pkcs8 { " (OpenSSH 9.6 or later)" } else { "" };
                format!("for a copy that it takes{needs}: cp {from} {to} && ssh-keygen -p -m PEM -f {to}")
            }
            None => "for a form that it takes, save the key as a file and run: ssh-keygen -p -m PEM -f FILE".to_owned(),
        });
    }
}
