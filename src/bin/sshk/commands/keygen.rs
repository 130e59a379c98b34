//! `sshk keygen`: generate a key pair.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rand::rand_core::UnwrapErr;
use rand::rngs::SysRng;
use serde_json::json;
use ssh_key::{HashAlg, PrivateKey, PublicKey};
use sshk::keys::consumers::openssh;
use sshk::keys::generate::{self, Event, KeySpec, KeyType, Search};
use sshk::keys::key_file::{self, Format, KeyFile};
use sshk::prompter::{Answer, Prompter, Question};
use sshk::secret::PASSPHRASE_VARIABLE;
use sshk::{Error, Passphrase};
use zeroize::Zeroizing;

use crate::cli::Keygen;
use crate::connection::display_path;
use crate::environment::{self, absolute};
use crate::ui::Ui;
use crate::usage::Usage;

/// Where a key goes and how it is protected: everything that is decided before it is generated.
struct Plan {
    spec: KeySpec,
    file: KeyFile,
    replace: bool,
    make_folder: bool,
    passphrase: Option<Passphrase>,
    home: PathBuf,
}

/// A key, and the contents of its two files.
struct Made {
    key: PrivateKey,
    private: Zeroizing<String>,
    public: String,
}

pub async fn run(arguments: Keygen, ui: &Arc<Ui>) -> Result<u8, Error> {
    let arguments = Arc::new(arguments);
    let task = (arguments.clone(), ui.clone());
    let Some(plan) = environment::blocking(move || plan(&task.0, &task.1)).await? else {
        return Ok(0);
    };
    let over = CallOff::default();
    let task = (arguments.clone(), ui.clone(), over.0.clone());
    // The search for primes takes time and blocks its thread.
    let search = environment::blocking(move || Ok((make(&task.0, &plan, &task.2, &task.1)?, plan)));
    let (made, plan): (Made, Plan) = search.await.map_err(|error: Error| error)?;
    // Without an await: an interrupt ends it before the first byte or after the last.
    plan.file.create_pair(&made.private, &made.public, plan.replace, plan.make_folder)?;
    report(&plan, &made.key, &arguments, ui)?;
    Ok(0)
}

/// Ends the search when it is dropped, which is what an interrupt does to the command.
#[derive(Default)]
struct CallOff(Arc<AtomicBool>);

impl Drop for CallOff {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Everything that can be rejected or asked before the search begins. `None` if the key exists and
/// that is what was asked for.
fn plan(arguments: &Keygen, ui: &Ui) -> Result<Option<Plan>, Error> {
    let spec = KeySpec::new(arguments.key_type, arguments.bits)?;
    if (arguments.key_type, arguments.format) == (KeyType::Ed25519, Format::Pem) {
        return Err(Usage::new("ed25519 keys have no PEM format")
            .hint("use -m openssh or -m pkcs8, or -t rsa for PEM")
            .into());
    }
    let home = environment::home()?;
    let file = KeyFile::new(path(arguments, &home, ui)?);
    let make_folder = file.path().parent() == Some(&home.join(".ssh"));
    let replace = match file.check_place(arguments.force, make_folder) {
        Ok(()) => arguments.force,
        Err(key_file::Error::Exists { .. }) if arguments.if_missing && file.path().is_file() => {
            found(&file, arguments, &home, ui)?;
            return Ok(None);
        }
        Err(key_file::Error::Exists { path, .. }) if may_replace(arguments, &path, ui)? => {
            file.check_place(true, make_folder)?;
            true
        }
        Err(error) => return Err(error.into()),
    };
    let passphrase = passphrase(arguments, &file, ui)?;
    Ok(Some(Plan { spec, file, replace, make_folder, passphrase, home }))
}

fn make(arguments: &Keygen, plan: &Plan, is_over: &AtomicBool, ui: &Ui) -> Result<Made, Error> {
    let comment = arguments
        .comment
        .clone()
        .unwrap_or_else(|| format!("{}@{}", environment::local_user(), environment::local_host()));
    let key = generate(plan.spec, &comment, is_over, ui)?;
    let private = key_file::encode(
        &key,
        arguments.format,
        plan.passphrase.as_ref(),
        arguments.rounds,
        &mut rand::rng(),
    )?;
    let public = key.public_key().to_openssh().map_err(|_| generate::Error::Generation)?;
    Ok(Made { key, private, public })
}

fn generate(
    spec: KeySpec,
    comment: &str,
    is_over: &AtomicBool,
    ui: &Ui,
) -> Result<PrivateKey, Error> {
    let words = format!("generating a {}-bit key", spec.bits());
    let progress = ui.progress(&words, None);
    let mut watch = |event| {
        if let Event::Tested { candidates, expected } = event {
            progress.set_message(&format!(
                "{words}: {candidates} numbers tested, about {expected} expected"
            ));
        }
        if is_over.load(Ordering::Relaxed) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    // Straight from the operating system: no generator state is left in memory.
    Ok(generate::generate_with(spec, comment, &mut UnwrapErr(SysRng), Search::new(&mut watch))?)
}

/// Where the private key goes: `-f`, an answer on the terminal, or the default.
fn path(arguments: &Keygen, home: &Path, ui: &Ui) -> Result<PathBuf, Error> {
    if let Some(path) = &arguments.file {
        return Ok(path.clone());
    }
    let default = home.join(".ssh").join(format!("id_{}", arguments.key_type));
    let silent = arguments.passphrase.is_some()
        || arguments.passphrase_file.is_some()
        || arguments.if_missing
        || arguments.json;
    if silent || !ui.on_terminal() {
        return Ok(default);
    }
    let answer = ask(
        ui,
        format!("Enter file in which to save the key ({}): ", default.display()),
        Answer::Text,
        "the file name",
        "-f",
    )?;
    let typed = answer.trim();
    Ok(match (typed, typed.strip_prefix("~/")) {
        ("", _) => default,
        // No shell has expanded this answer.
        (_, Some(below)) => home.join(below),
        _ => typed.into(),
    })
}

fn may_replace(arguments: &Keygen, there: &Path, ui: &Ui) -> Result<bool, Error> {
    if arguments.if_missing || arguments.json || !ui.on_terminal() {
        return Ok(false);
    }
    let prompt = format!("{} already exists.\nOverwrite (y/n)? ", there.display());
    let answer = ask(
        ui,
        prompt,
        Answer::Confirm,
        "permission to overwrite the file",
        "--force or another file with -f",
    )?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

/// The passphrase; `None` for a key without one.
fn passphrase(arguments: &Keygen, file: &KeyFile, ui: &Ui) -> Result<Option<Passphrase>, Error> {
    let given = match &arguments.passphrase {
        Some(text) => Some(Zeroizing::new(text.clone())),
        None => environment::given(arguments.passphrase_file.as_deref(), PASSPHRASE_VARIABLE)?,
    };
    let passphrase = match given {
        Some(text) => Passphrase::new(text),
        None => new_passphrase(arguments.format, file, ui)?,
    };
    key_file::check_passphrase(arguments.format, &passphrase)?;
    Ok((!passphrase.is_empty()).then_some(passphrase))
}

fn new_passphrase(format: Format, file: &KeyFile, ui: &Ui) -> Result<Passphrase, Error> {
    let wanted = format!("a passphrase for {:?}", file.path());
    let instead = "--passphrase-file or SSHK_PASSPHRASE, or -N '' for no passphrase";
    let mut again = String::new();
    loop {
        let prompt =
            format!("{again}Enter passphrase for {:?} (empty for no passphrase): ", file.path());
        let first = ask(ui, prompt, Answer::Secret, &wanted, instead)?;
        let first = Passphrase::new(first);
        if let Err(error) = key_file::check_passphrase(format, &first) {
            again = format!("{error}.  Try again.\n");
            continue;
        }
        let second =
            ask(ui, "Enter same passphrase again: ".into(), Answer::Secret, &wanted, instead)?;
        if first.expose() == *second {
            return Ok(first);
        }
        again = "Passphrases do not match.  Try again.\n".into();
    }
}

fn ask(
    ui: &Ui,
    prompt: String,
    answer: Answer,
    wanted: &str,
    instead: &str,
) -> Result<Zeroizing<String>, Error> {
    let question = Question {
        prompt,
        answer,
        wanted: wanted.into(),
        instead: format!(
            "give it with \
            {instead}"
        ),
    };
    Ok(ui.prompter().ask(&question)?)
}

/// Messages first: the files are written even if the JSON cannot be.
fn report(plan: &Plan, key: &PrivateKey, arguments: &Keygen, ui: &Ui) -> Result<(), Error> {
    let Plan { spec, file, passphrase, home, .. } = plan;
    let fingerprint = key.public_key().fingerprint(HashAlg::Sha256);
    ui.say(format!("private key: {}", display_path(file.path(), home)));
    ui.say(format!("public key:  {}", display_path(&file.public_path(), home)));
    ui.say(format!("fingerprint: {fingerprint} {}", key.comment()));
    if passphrase.is_some() && arguments.format.encryption_is_weak() {
        ui.warning(
            "the encryption of the PEM format is weak against passphrase guessing; -m pkcs8 or -m \
            openssh protects a passphrase better",
        );
    }
    if let Some(warning) = openssh::warning(key.public_key(), arguments.format) {
        ui.warning(warning);
    }
    if ui.on_terminal() {
        let header = format!("[{} {}]", spec.kind().to_string().to_uppercase(), spec.bits());
        ui.say_block(fingerprint.to_randomart(&header));
    }
    if arguments.json {
        let mut object = object(file, key.public_key(), true)?;
        object["format"] = json!(arguments.format.to_string());
        object["encrypted"] = json!(passphrase.is_some());
        object["bits"] = json!(spec.bits());
        ui.json(&object)?;
    }
    Ok(())
}

/// `--if-missing`, and the file exists: that is success if it is a private key. A missing `.pub` is
/// written, if the private key shows it.
fn found(file: &KeyFile, arguments: &Keygen, home: &Path, ui: &Ui) -> Result<(), Error> {
    let private = file.read_private()?;
    let shown = display_path(file.path(), home);
    let public_file = KeyFile::new(file.public_path());
    let public = match (public_file.path().exists(), private.public()) {
        (true, _) => Some(file.read_public()?),
        (false, Some(public)) => {
            let line = public.to_openssh().map_err(|_| generate::Error::Generation)?;
            public_file.create(&(line.trim_end().to_owned() + "\n"), 0o644)?;
            ui.say(format!("{shown} already exists; its public key was written"));
            ui.say(format!("public key:  {}", display_path(public_file.path(), home)));
            return if_json(file, Some(&public), arguments, ui);
        }
        (false, None) => None,
    };
    ui.say(format!("{shown} already exists; nothing was written"));
    if_json(file, public.as_ref(), arguments, ui)
}

fn if_json(
    file: &KeyFile,
    public: Option<&PublicKey>,
    arguments: &Keygen,
    ui: &Ui,
) -> Result<(), Error> {
    match public {
        _ if !arguments.json => Ok(()),
        Some(public) => Ok(ui.json(&object(file, public, false)?)?),
        // Encrypted, in a format that hides the public key.
        None => Ok(ui.json(&json!({
            "path": absolute(file.path())?,
            "public_path": null,
            "algorithm": null,
            "fingerprint": null,
            "comment": null,
            "created": false,
        }))?),
    }
}

fn object(file: &KeyFile, public: &PublicKey, created: bool) -> Result<serde_json::Value, Error> {
    Ok(json!({
        "path": absolute(file.path())?,
        "public_path": absolute(&file.public_path())?,
        "algorithm": public.algorithm().to_string(),
        "fingerprint": public.fingerprint(HashAlg::Sha256).to_string(),
        "comment": public.comment().to_string(),
        "created": created,
    }))
}
