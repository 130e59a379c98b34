//! `sshk keygen`: make a key pair.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Result;
use rand::rand_core::UnwrapErr;
use rand::rngs::SysRng;
use serde_json::json;
use ssh_key::{HashAlg, PrivateKey, PublicKey};
use sshk::Passphrase;
use sshk::key_file::{self, Format, KeyFile};
use sshk::keygen::{self, Event, KeySpec, KeyType, Search};
use sshk::prompter::{Answer, Prompter, Question};
use zeroize::Zeroizing;

use crate::cli::Keygen;
use crate::connection::{absolute, display_path};
use crate::environment;
use crate::ui::Ui;
use crate::usage::Usage;

pub async fn run(arguments: Keygen, ui: &Arc<Ui>) -> Result<u8> {
    let ui = ui.clone();
    let over = CallOff::default();
    let is_over = over.0.clone();
    // The search for primes takes both the time and the thread.
    tokio::task::spawn_blocking(move || make(&arguments, &is_over, &ui)).await?
}

/// Ends the search when it is dropped, which is what an interrupt does to the command.
#[derive(Default)]
struct CallOff(Arc<AtomicBool>);

impl Drop for CallOff {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn make(arguments: &Keygen, is_over: &AtomicBool, ui: &Ui) -> Result<u8> {
    let spec = KeySpec::new(arguments.key_type, arguments.bits).map_err(sshk::Error::from)?;
    if (arguments.key_type, arguments.format) == (KeyType::Ed25519, Format::Pem) {
        return Err(Usage::new("an ed25519 key has no PEM form").hint("take -m openssh or -m pkcs8, or -t rsa for PEM").into());
    }
    let home = environment::home()?;
    let file = KeyFile::new(path(arguments, &home, ui)?);
    let mut replace = arguments.force;
    if let Some(there) = file.occupied()
        && !arguments.force
    {
        if arguments.if_missing {
            return found(&file, &there, arguments, &home, ui);
        }
        replace = may_replace(arguments, &there, ui)?;
        if !replace {
            return Err(sshk::Error::from(key_file::Error::Exists { path: there }).into());
        }
    }
    let passphrase = passphrase(arguments, &file, ui)?;
    let comment = arguments.comment.clone().unwrap_or_else(|| format!("{}@{}", environment::local_user(), environment::local_host()));
    let key = generate(spec, &comment, is_over, ui)?;
    let text =
        key_file::encode(&key, arguments.format, passphrase.as_ref(), arguments.rounds, &mut rand::rng()).map_err(sshk::Error::from)?;
    let line = key.public_key().to_openssh().map_err(|_| keygen::Error::Generation).map_err(sshk::Error::from)?;
    let in_ssh_folder = file.path().parent() == Some(&home.join(".ssh"));
    file.create_pair(&text, &format!("{line}\n"), replace, in_ssh_folder).map_err(sshk::Error::from)?;
    report(&file, &key, spec, arguments, passphrase.is_some(), &home, ui)?;
    Ok(0)
}

fn generate(spec: KeySpec, comment: &str, is_over: &AtomicBool, ui: &Ui) -> Result<PrivateKey> {
    let words = format!("making a key of {} bits", spec.bits());
    let progress = ui.progress(&words, None);
    let mut watch = |event| {
        if let Event::Tested { candidates, expected } = event {
            progress.set_message(&format!("{words}: {candidates} numbers tested, {expected} are usual"));
        }
        if is_over.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    // Straight from the operating system: nothing of a generator's state is left behind in memory.
    let key = keygen::generate_with(spec, comment, &mut UnwrapErr(SysRng), Search::new(&mut watch));
    Ok(key.map_err(sshk::Error::from)?)
}

/// Where the private key goes: `-f`, an answer on the terminal, or the default.
fn path(arguments: &Keygen, home: &Path, ui: &Ui) -> Result<PathBuf> {
    if let Some(path) = &arguments.file {
        return Ok(path.clone());
    }
    let default = home.join(".ssh").join(format!("id_{}", arguments.key_type));
    let silent = arguments.passphrase.is_some() || arguments.passphrase_file.is_some() || arguments.if_missing || arguments.json;
    if silent || !ui.on_terminal() {
        return Ok(default);
    }
    let answer =
        ask(ui, format!("Enter file in which to save the key ({}): ", default.display()), Answer::Text, "the file for the key", "-f FILE")?;
    let typed = answer.trim();
    Ok(match (typed, typed.strip_prefix("~/")) {
        ("", _) => default,
        // No shell stands between this answer and us.
        (_, Some(below)) => home.join(below),
        _ => typed.into(),
    })
}

fn may_replace(arguments: &Keygen, there: &Path, ui: &Ui) -> Result<bool> {
    if arguments.json || !ui.on_terminal() {
        return Ok(false);
    }
    let prompt = format!("{} already exists.\nOverwrite (y/n)? ", there.display());
    let answer = ask(ui, prompt, Answer::Confirm, "a decision about the existing file", "--force or another -f FILE")?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

/// The passphrase; `None` for a key without one.
fn passphrase(arguments: &Keygen, file: &KeyFile, ui: &Ui) -> Result<Option<Passphrase>> {
    let given = match &arguments.passphrase {
        Some(text) => Some(Zeroizing::new(text.clone())),
        None => environment::given(arguments.passphrase_file.as_deref(), "SSHK_PASSPHRASE")?,
    };
    let text = match given {
        Some(text) => text,
        None => new_passphrase(file, ui)?,
    };
    Ok((!text.is_empty()).then(|| Passphrase::new(text)))
}

fn new_passphrase(file: &KeyFile, ui: &Ui) -> Result<Zeroizing<String>> {
    let wanted = format!("a passphrase for {:?}", file.path());
    let instead = "-N '' for none, --passphrase-file FILE or SSHK_PASSPHRASE";
    let mut again = "";
    loop {
        let prompt = format!("{again}Enter passphrase for {:?} (empty for no passphrase): ", file.path());
        let first = ask(ui, prompt, Answer::Secret, &wanted, instead)?;
        let second = ask(ui, "Enter same passphrase again: ".into(), Answer::Secret, &wanted, instead)?;
        if first == second {
            return Ok(first);
        }
        again = "Passphrases do not match.  Try again.\n";
    }
}

fn ask(ui: &Ui, prompt: String, answer: Answer, wanted: &str, instead: &str) -> Result<Zeroizing<String>> {
    let question = Question { prompt, answer, wanted: wanted.into(), instead: format!("give it with {instead}") };
    Ok(ui.prompter().ask(&question).map_err(sshk::Error::from)?)
}

fn report(file: &KeyFile, key: &PrivateKey, spec: KeySpec, arguments: &Keygen, encrypted: bool, home: &Path, ui: &Ui) -> Result<()> {
    let fingerprint = key.public_key().fingerprint(HashAlg::Sha256);
    if arguments.json {
        let mut object = object(file, key.public_key(), true)?;
        object["format"] = json!(arguments.format.to_string());
        object["encrypted"] = json!(encrypted);
        object["bits"] = json!(spec.bits());
        ui.json(&object)?;
    }
    ui.say(&format!("private key: {}", display_path(file.path(), home)));
    ui.say(&format!("public key:  {}", display_path(&file.public_path(), home)));
    ui.say(&format!("fingerprint: {fingerprint} {}", key.comment()));
    if encrypted && arguments.format == Format::Pem {
        ui.warning("the encryption of the PEM format is weak against guessing; -m pkcs8 or -m openssh protects a passphrase better");
    }
    if ui.on_terminal() {
        let header = format!("[{} {}]", spec.kind().to_string().to_uppercase(), spec.bits());
        ui.say_block(&fingerprint.to_randomart(&header));
    }
    Ok(())
}

/// `--if-missing` and the key is there: that is success.
fn found(file: &KeyFile, there: &Path, arguments: &Keygen, home: &Path, ui: &Ui) -> Result<u8> {
    if arguments.json {
        let public = file.read_public().map_err(sshk::Error::from)?;
        ui.json(&object(file, &public, false)?)?;
    }
    ui.say(&format!("{} is there already; nothing was written", display_path(there, home)));
    Ok(0)
}

fn object(file: &KeyFile, public: &PublicKey, created: bool) -> Result<serde_json::Value> {
    Ok(json!({
        "path": absolute(file.path())?,
        "public_path": absolute(&file.public_path())?,
        "algorithm": public.algorithm().to_string(),
        "fingerprint": public.fingerprint(HashAlg::Sha256).to_string(),
        "comment": public.comment().to_string(),
        "created": created,
    }))
}
