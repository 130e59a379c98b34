//! `sshk convert`: another format, another passphrase, a repaired copy.

use std::path::Path;
use std::sync::Arc;

use ssh_key::{HashAlg, PublicKey};
use sshk::credentials::Credentials;
use sshk::keys::convert::{self, Conversion, Converted, NewPassphrase};
use sshk::keys::identity::unlock_and_tell;
use sshk::keys::key_file::{self, Content, Format, KeyFile, Origin, Private};
use sshk::{Error, Passphrase};
use tokio::runtime::Handle;
use zeroize::Zeroizing;

use crate::cli::Convert;
use crate::environment;
use crate::ui::Ui;
use crate::usage::Usage;

pub async fn run(arguments: Convert, ui: &Arc<Ui>) -> Result<u8, Error> {
    let ui = ui.clone();
    environment::blocking(move || Handle::current().block_on(convert(&arguments, &ui))).await
}

async fn convert(arguments: &Convert, ui: &Ui) -> Result<u8, Error> {
    let conversion = conversion(arguments)?;
    let credentials =
        environment::credentials(ui.prompter(), arguments.passphrase_file.clone(), None).await?;
    let file = KeyFile::new(&arguments.key);
    let found = file.read()?;
    if let (Some(document), None) = (&found.document, &arguments.out) {
        let path = arguments.key.clone();
        return Err(key_file::Error::Shared { path, document: document.clone() }.into());
    }
    // ssh never reads a document, so its permissions are not those of a key.
    let unsafe_mode = found.unsafe_mode().filter(|_| found.document.is_none());
    let (before, is_utf8, origin) = (found.text.clone(), found.is_utf8, found.origin);
    let task =
        Task { arguments, conversion: &conversion, file: &file, before, is_utf8, origin, ui };
    let content = if arguments.repair {
        found.into_repaired(&file.path().to_string_lossy())
    } else {
        found.content
    };
    match content? {
        Content::Public(_, key) => task.public(&key)?,
        Content::Private(private) => {
            if let Some(mode) = unsafe_mode {
                let path = arguments.key.clone();
                return Err(key_file::Error::UnsafeMode { path, mode }.into());
            }
            task.private(&private, &credentials).await?;
        }
    }
    Ok(0)
}

fn conversion(arguments: &Convert) -> Result<Conversion, Error> {
    let dash = Some(Path::new("-"));
    if arguments.passphrase_file.as_deref() == dash
        && arguments.new_passphrase_file.as_deref() == dash
    {
        return Err(Usage::new("standard input can hold one passphrase, not two").into());
    }
    let new = match &arguments.new_passphrase_file {
        Some(path) => Some(environment::secret_file(path)?),
        None => arguments.new_passphrase.clone().map(Zeroizing::new),
    };
    let passphrase = match new {
        Some(new) if new.is_empty() => {
            return Err(convert::Error::EmptyPassphrase.into());
        }
        Some(new) => NewPassphrase::Set(Passphrase::new(new)),
        None if arguments.no_passphrase => NewPassphrase::Drop,
        None => NewPassphrase::Keep,
    };
    Ok(Conversion { format: arguments.format, passphrase, comment: arguments.comment.clone() })
}

/// One call: what was asked for, and the file as it was found.
struct Task<'a> {
    arguments: &'a Convert,
    conversion: &'a Conversion,
    file: &'a KeyFile,
    before: Zeroizing<String>,
    is_utf8: bool,
    origin: Origin,
    ui: &'a Ui,
}

impl Task<'_> {
    fn public(&self, key: &PublicKey) -> Result<(), Error> {
        let line =
            self.conversion.apply_to_public(key.clone(), &self.file.path().to_string_lossy())?;
        if self.write(&line, 0o644)? {
            self.ui.say(format!("public key:  {} (openssh)", self.place()));
            self.say_fingerprint(key, self.arguments.comment.as_deref());
        }
        Ok(())
    }

    async fn private(&self, private: &Private, credentials: &Credentials) -> Result<(), Error> {
        let source = private.format();
        let is_putty = matches!(source, Format::Ppk2 | Format::Ppk3);
        if self.conversion.is_nothing() && (self.arguments.repair || !is_putty) {
            if !self.is_utf8 && is_putty && self.arguments.out.is_some() {
                // Its MAC covers the bytes of the comment, which would become UTF-8.
                return Err(Usage::new(format!(
                    "{:?} needs no repair, and its comment is not UTF-8; nothing was written",
                    self.file.path()
                ))
                .hint("copy it with cp")
                .into());
            }
            // The key itself stays as it is: no passphrase is needed.
            if self.write(private.text(), 0o600)? {
                self.ui.say(format!("private key: {} ({source})", self.place()));
            }
            return Ok(());
        }
        let (mut key, asked) =
            unlock_and_tell(private, &self.file.path().to_string_lossy(), credentials).await?;
        let beside = self.public_beside(key.public_key());
        if let (true, Some((beside, _))) = (key.comment().is_empty(), &beside) {
            key.set_comment(beside.comment().clone());
        }
        if key.comment().is_empty() && self.conversion.target(source) == Format::OpenSsh {
            // As ssh-add names a key without one; paramiko 3.5 fails on about half of the ECDSA
            // keys with an empty one.
            key.set_comment(
                self.file.path().file_name().unwrap_or_default().to_string_lossy().into_owned(),
            );
        }
        let public = key.public_key().clone();
        let old = asked.as_ref().or(credentials.passphrase()).filter(|_| private.is_encrypted());
        let converted = self.conversion.apply(key, source, old, &mut rand::rng())?;
        let written = self.write(&converted.text, 0o600)?;
        let has_public_beside = beside.is_some();
        self.write_comment(beside)?;
        if written {
            self.report(&converted, &public, has_public_beside);
        }
        Ok(())
    }

    /// The `.pub` beside the file, if it is this key's.
    fn public_beside(&self, key: &PublicKey) -> Option<(PublicKey, Origin)> {
        let beside = KeyFile::new(self.file.public_path()).read().ok()?;
        match beside.content {
            Ok(Content::Public(_, public)) if public.key_data() == key.key_data() => {
                Some((public, beside.origin))
            }
            _ => None,
        }
    }

    /// Writes the text to its destination; `false` if the file already has it.
    fn write(&self, text: &str, mode: u32) -> Result<bool, Error> {
        match &self.arguments.out {
            Some(path) if path == Path::new("-") => self.ui.data(text.as_bytes())?,
            Some(path) if mode == 0o600 && path.extension().is_some_and(|it| it == "pub") => {
                return Err(key_file::Error::PubName { path: path.clone() }.into());
            }
            Some(path) => KeyFile::new(path).create(text, mode)?,
            None if text == *self.before => {
                let state = match (self.conversion.is_nothing(), self.arguments.repair) {
                    (true, false) => return Err(nothing_asked()),
                    (true, true) => "needs no repair",
                    (false, _) => "is already in that format",
                };
                self.ui.say(format!("{:?} {state}; nothing was written", self.file.path()));
                return Ok(false);
            }
            None => self.file.replace(text, self.origin, self.arguments.force)?,
        }
        Ok(true)
    }

    /// A new comment goes into the `.pub` beside a replaced file too, as `ssh-keygen -c` does it.
    fn write_comment(&self, beside: Option<(PublicKey, Origin)>) -> Result<(), Error> {
        let (Some((key, origin)), None, true) =
            (beside, &self.arguments.out, self.arguments.comment.is_some())
        else {
            return Ok(());
        };
        let public = KeyFile::new(self.file.public_path());
        let line = self.conversion.comment_public(key, &public.path().to_string_lossy())?;
        public.replace(&line, origin, self.arguments.force).map_err(|mut error| {
            if let key_file::Error::Write { state, .. }
            | key_file::Error::Changed { state, .. }
            | key_file::Error::ForeignOwner { state, .. } = &mut error
            {
                *state = "the private key was written, but this file still has the old comment";
            }
            error.into()
        })
    }

    fn report(&self, converted: &Converted, public: &PublicKey, has_public_beside: bool) {
        let encryption = if converted.is_encrypted { "encrypted" } else { "no passphrase" };
        self.ui.say(format!("private key: {} ({}, {encryption})", self.place(), converted.format));
        self.say_fingerprint(public, self.arguments.comment.as_deref());
        if converted.is_encrypted && converted.format.encryption_is_weak() {
            self.ui.warning(
                "the encryption of the PEM format is weak against passphrase guessing; -m pkcs8 or \
                -m openssh protects a passphrase better",
            );
        }
        let in_place = self.arguments.out.is_none();
        let had_comment =
            self.arguments.comment.is_some() || in_place && !public.comment().is_empty();
        if converted.format != Format::OpenSsh && had_comment && !(in_place && has_public_beside) {
            self.ui.warning(format!(
                "the comment was dropped: the {} format cannot hold one",
                converted.format
            ));
        }
    }

    fn say_fingerprint(&self, key: &PublicKey, comment: Option<&str>) {
        let comment = comment.unwrap_or(key.comment().as_str_lossy());
        self.ui
            .say(format!("fingerprint: {} {comment}", key.fingerprint(HashAlg::Sha256)).trim_end());
    }

    /// Where the result is, for a message.
    fn place(&self) -> String {
        match &self.arguments.out {
            Some(path) if path == Path::new("-") => "standard output".into(),
            Some(path) => path.display().to_string(),
            None => self.file.path().display().to_string(),
        }
    }
}

fn nothing_asked() -> Error {
    let hint = "choose a format with -m, a passphrase with -N, a comment with -C, a new file with \
        -f, or --repair";
    Usage::new("no change to the key was requested; nothing was written").hint(hint).into()
}
