//! `sshk oneline`: a private key on one line, for a config file.

use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use sshk::key_file::{KeyFile, Private};
use sshk::oneline;
use zeroize::Zeroizing;

use crate::cli::{Oneline, OnelineForm};
use crate::connection::chosen_key;
use crate::environment;
use crate::ui::Ui;

/// Far above any key; what is longer is none.
const MAX_INPUT: u64 = 1 << 20;

pub async fn run(arguments: Oneline, ui: &Arc<Ui>) -> Result<u8> {
    let text = match arguments.key.as_deref() {
        Some(path) if path == Path::new("-") => standard_input()?,
        named => {
            let key = chosen_key(named, &environment::home()?, &*ui.prompter())?;
            // Either half may be named; what is printed is the private one, unless the name is that of a public file.
            let file = if named.is_some() { key } else { KeyFile::new(key.private_path()) };
            file.read_text().map_err(sshk::Error::from)?
        }
    };
    let name = arguments.key.as_deref().map_or_else(|| "the default key".into(), |path| path.display().to_string());
    let name = if name == "-" { "standard input".to_owned() } else { name };
    let text = oneline::normalise(&text);
    let private = Private::parse(text, &name).map_err(sshk::Error::from)?;
    let line = match arguments.form {
        OnelineForm::Member => oneline::member(&arguments.name, private.text()),
        OnelineForm::Json => oneline::json_string(private.text()),
    };
    let mut data = Zeroizing::new(Vec::with_capacity(line.len() + 1));
    data.extend_from_slice(line.as_bytes());
    data.push(b'\n');
    ui.data(&data)?;
    Ok(0)
}

fn standard_input() -> Result<Zeroizing<String>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(16 * 1024));
    std::io::stdin().lock().take(MAX_INPUT + 1).read_to_end(&mut bytes).context("standard input could not be read")?;
    if bytes.len() as u64 > MAX_INPUT {
        anyhow::bail!("standard input is longer than any key; nothing was printed");
    }
    match std::str::from_utf8(&bytes) {
        Ok(text) => Ok(Zeroizing::new(text.to_owned())),
        Err(_) => anyhow::bail!("standard input is not text; nothing was printed"),
    }
}
