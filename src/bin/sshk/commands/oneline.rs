//! `sshk oneline`: a private key in the form that a configuration file needs, and back.

use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sshk::Error;
use sshk::error::Failure;
use sshk::keys::consumers::webssh2;
use sshk::keys::key_file::{self, Damage, KeyFile, Private, STANDARD_INPUT};
use sshk::keys::oneline::{self, Pointer};
use sshk::quoting::{shell_path, shell_word};
use zeroize::Zeroizing;

use crate::choice::the_one;
use crate::cli::{Oneline, OnelineForm};
use crate::environment;
use crate::ui::Ui;
use crate::usage::Usage;

/// The largest file that is read to find out whether it is JSON, in bytes.
const MAX_DOCUMENT: i64 = 1024 * 1024;

pub async fn run(arguments: Oneline, ui: &Arc<Ui>) -> Result<u8, Error> {
    let ui = ui.clone();
    environment::blocking(move || {
        if arguments.decode { decode(&arguments, &ui) } else { encode(&arguments, &ui) }
    })
    .await
}

/// Whether standard input is meant.
fn is_stream(path: &Path) -> bool {
    path == Path::new("-")
}

fn encode(arguments: &Oneline, ui: &Ui) -> Result<u8, Error> {
    let pointer: Pointer = arguments.at.as_deref().unwrap_or(webssh2::POINTER).parse()?;
    let file = match arguments.key.as_deref() {
        Some(path) if is_stream(path) => None,
        Some(path) => Some(KeyFile::new(path)),
        None => Some(default_key(ui)?),
    };
    let (private, exposure) = match &file {
        Some(file) => read(file)?,
        None => {
            let text = key_file::read_stream(io::stdin().lock(), STANDARD_INPUT)?;
            (parse(&text, STANDARD_INPUT)?, None)
        }
    };
    match &arguments.into {
        Some(path) => {
            let neighbours = oneline::put(path, &pointer, private.text(), arguments.force)?;
            ui.say(format!("{}: the key was stored at {pointer}", path.display()));
            warn_of_readers(path, ui);
            if pointer.to_string() == webssh2::POINTER {
                advise(&private, Some(&neighbours), ui);
            }
        }
        None => {
            let document = Document::on_standard_output();
            print(&line(arguments, private.text())?, ui)?;
            if let Some(document) = document {
                document.warn(arguments, ui);
            }
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

fn line(arguments: &Oneline, text: &str) -> Result<Zeroizing<String>, Error> {
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

fn print(line: &str, ui: &Ui) -> Result<(), Error> {
    let mut data = Zeroizing::new(Vec::with_capacity(line.len() + 1));
    data.extend_from_slice(line.as_bytes());
    data.push(b'\n');
    Ok(ui.data(&data)?)
}

fn decode(arguments: &Oneline, ui: &Ui) -> Result<u8, Error> {
    let Some(path) = arguments.key.as_deref() else {
        let hint = "to decode standard input: sshk oneline --decode -";
        return Err(Usage::new("--decode needs a file").hint(hint).into());
    };
    let (bytes, name) = if is_stream(path) {
        let bytes = key_file::read_stream_bytes(io::stdin().lock(), STANDARD_INPUT)?;
        (bytes, STANDARD_INPUT.into())
    } else {
        (KeyFile::new(path).read_bytes()?, path.to_string_lossy())
    };
    let (text, damages) = oneline::decode(&bytes, &name)?;
    ui.data(text.as_bytes())?;
    let damages: Vec<_> = damages.iter().map(Damage::to_string).collect();
    if !damages.is_empty() {
        ui.say(format!("repaired: {}", damages.join("; ")));
    }
    Ok(0)
}

/// The key of a file as it is, and its permissions if others can reach it. All the damage to a
/// damaged key is named.
fn read(file: &KeyFile) -> Result<(Private, Option<u32>), Error> {
    let found = file.read()?;
    let exposure = found.unsafe_mode();
    match parse(&found.text, &file.path().to_string_lossy()) {
        Ok(private) => Ok((private, exposure)),
        Err(error) => Err(found.content.err().map_or(error, Error::from)),
    }
}

fn parse(text: &str, name: &str) -> Result<Private, Error> {
    Ok(key_file::parse_private(&oneline::normalise(text), name)?)
}

fn default_key(ui: &Ui) -> Result<KeyFile, Error> {
    let folder = environment::home()?.join(".ssh");
    let found = KeyFile::find_default_private(&folder)?;
    the_one(&found, &folder, "sshk oneline", &*ui.prompter())
}

fn advise(private: &Private, beside: Option<&[String]>, ui: &Ui) {
    for warning in webssh2::warnings(private, beside) {
        ui.warning(warning);
    }
}

/// Programs that read a configuration file do not check its permissions, as ssh does for a key.
fn warn_of_readers(path: &Path, ui: &Ui) {
    let mode = path.metadata().map_or(0, |metadata| metadata.mode() & 0o7777);
    if mode & 0o044 != 0 {
        ui.warning(format!("{path:?}: other users can read the key in it (mode {mode:04o})"));
        ui.hint(format!("chmod 600 {}", shell_path(path)));
    }
}

/// What may go wrong with a key that was printed anyway.
fn warn(private: &Private, file: Option<&KeyFile>, exposure: Option<u32>, ui: &Ui) {
    if let (Some(file), Some(mode)) = (file, exposure) {
        let error = key_file::Error::UnsafeMode { path: file.path().to_owned(), mode };
        ui.warning(&error);
        if let Some(hint) = error.hint() {
            ui.hint(hint);
        }
    }
    if let Some(why) = webssh2::rejection(private) {
        ui.warning(format!("WebSSH2 will not accept this key: {why}"));
        let to = webssh2::accepted_format(private);
        ui.hint(match file {
            Some(file) => {
                let path = file.path().to_string_lossy();
                let copy = shell_word(&format!("{path}.{to}"));
                format!(
                    "make a copy that it accepts: sshk convert {} -m {to} -f {copy}",
                    shell_path(file.path())
                )
            }
            None => {
                format!(
                    "save the key to a file, and convert it with the option -m {to} of sshk convert"
                )
            }
        });
    }
}

/// A JSON file that standard output is appended to: one more member at its end makes it invalid.
struct Document {
    /// Its path, if the system knows it.
    path: Option<PathBuf>,
}

impl Document {
    /// As it is before anything is printed; `None` if standard output is not a file.
    fn on_standard_output() -> Option<Self> {
        let metadata = rustix::fs::fstat(rustix::stdio::stdout()).ok()?;
        let is_file = rustix::fs::FileType::from_raw_mode(metadata.st_mode).is_file();
        if !is_file || !(1..=MAX_DOCUMENT).contains(&metadata.st_size) {
            return None;
        }
        // Opened again: the descriptor itself is for writing only.
        let text = std::fs::read_to_string("/dev/fd/1").ok()?;
        oneline::is_json(&text).then(|| Self { path: std::fs::read_link("/proc/self/fd/1").ok() })
    }

    fn warn(&self, arguments: &Oneline, ui: &Ui) {
        let name = self.path.as_ref().map_or("the file".into(), |path| format!("{path:?}"));
        ui.warning(format!(
            "standard output was appended to {name}, which was JSON and no longer is: the key \
            belongs inside it"
        ));
        if let Some(path) = &self.path {
            let key = arguments.key.as_deref().map(|key| format!("{} ", shell_path(key)));
            ui.hint(format!(
                "remove the line that was added, then run: sshk oneline {}--into {}",
                key.unwrap_or_default(),
                shell_path(path)
            ));
        }
    }
}
