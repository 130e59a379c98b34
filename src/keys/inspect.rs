//! What a key file is, what is wrong with it, and which programs accept it as it is. It asks
//! nothing and changes nothing.

mod files;
mod fingerprint;
mod pair;

pub use crate::keys::consumers::{Consumer, Verdict};
pub use files::Files;
pub use fingerprint::FingerprintHash;
pub use pair::Pair;

use crate::error::Failure;
use crate::keys::consumers::{self, Subject};
use crate::keys::key_file::{
    self, Content, Damage, Document, Encryption, Fault, Format, Found, KeyFile, Private,
    PublicFormat,
};
use crate::keys::weak::{self, Blacklist, Severity, Weakness};
use crate::quoting::shell_path;
use crate::secret::Passphrase;
use files::Beside;
use ssh_key::{Algorithm, PublicKey};
use std::fmt;
use std::path::PathBuf;

/// Everything that is known of one key file.
#[derive(Debug)]
pub struct Inspection {
    /// The file as it was named.
    pub path: PathBuf,
    /// What is in it.
    pub kind: FileKind,
    /// If the file or the `.pub` beside it shows it.
    pub public: Option<PublicKey>,
    /// The algorithm by its SSH name, even of a key that cannot be used.
    pub algorithm: Option<String>,
    /// One printable line; `None` if there is none, or none can be seen.
    pub comment: Option<String>,
    /// By the names of ssh-keygen's `-m`, and `ppk2`, `ppk3`.
    pub format: Option<String>,
    /// How a private key is encrypted, if it is.
    pub encryption: Option<Encryption>,
    /// The options of authorized_keys before a public key, as they are written.
    pub options: Option<String>,
    /// What the key is in, if the file holds other things as well.
    pub document: Option<Document>,
    /// The permission bits, `0o600`.
    pub mode: Option<u32>,
    /// The file beside it.
    pub pair: Pair,
    /// Which programs accept it.
    pub verdicts: Vec<Verdict>,
    /// What its owner should know.
    pub problems: Vec<Problem>,
    /// Why the file is not a key that can be used; everything that is known is in the other fields.
    pub failure: Option<key_file::Error>,
}

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A private key.
    Private,
    /// A public key.
    Public,
    /// An OpenSSH certificate.
    Certificate,
    /// No key, or no file.
    Unknown,
}

impl fmt::Display for FileKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Private => "private",
            Self::Public => "public",
            Self::Certificate => "certificate",
            Self::Unknown => "unknown",
        })
    }
}

/// Something about a key that its owner should know, though it can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// A short kebab word for scripts.
    pub kind: &'static str,
    /// A clause without a full stop.
    pub message: String,
    /// One next step, ready to paste.
    pub hint: Option<String>,
}

/// Everything that the files of a key show. A passphrase unlocks an encrypted key; if it is wrong,
/// that is the failure.
pub fn inspect(files: Files, passphrase: Option<&Passphrase>, blacklist: &Blacklist) -> Inspection {
    let mut inspection = Inspection::of(files.path);
    match files.found {
        Ok(found) => inspection.look_at(found, files.beside, passphrase, blacklist),
        Err(error) => inspection.failure = Some(error),
    }
    if let Some(error) = &inspection.failure {
        inspection.problems.insert(0, Problem::of(error));
    }
    inspection
}

/// Adds what only several keys together show: RSA keys with a prime in common.
pub fn find_common_primes(inspections: &mut [Inspection]) {
    let public = inspections.iter().map(|it| it.public.as_ref().and_then(|it| it.to_bytes().ok()));
    let blobs: Vec<Vec<u8>> = public.map(Option::unwrap_or_default).collect();
    let blobs: Vec<&[u8]> = blobs.iter().map(Vec::as_slice).collect();
    let name = |at: usize| format!("in {:?}", inspections[at].path);
    for (at, weakness) in weak::common_primes(&blobs, name) {
        inspections[at].problems.push(Problem::of_weakness(weakness));
    }
}

impl Problem {
    fn of_weakness(weakness: Weakness) -> Self {
        let hint = Some("generate a new key: sshk keygen".into());
        Self { kind: weakness.kind, message: weakness.message, hint }
    }

    fn of(error: &key_file::Error) -> Self {
        Self { kind: error.kind().as_str(), message: error.to_string(), hint: error.hint() }
    }
}

impl Inspection {
    fn of(path: PathBuf) -> Self {
        Self {
            path,
            kind: FileKind::Unknown,
            public: None,
            algorithm: None,
            comment: None,
            format: None,
            encryption: None,
            options: None,
            document: None,
            mode: None,
            pair: Pair::None,
            verdicts: Vec::new(),
            problems: Vec::new(),
            failure: None,
        }
    }

    fn look_at(
        &mut self,
        found: Found,
        beside: Beside,
        passphrase: Option<&Passphrase>,
        blacklist: &Blacklist,
    ) {
        self.mode = Some(found.mode);
        self.document = found.document.clone();
        match &found.content {
            Ok(Content::Public(format, key)) => {
                self.kind = FileKind::Public;
                self.format = Some(format.to_string());
                self.set_public(key);
                if let Beside::Private(path, content) = beside {
                    self.pair = Pair::of_public(path, content, key);
                }
            }
            Ok(Content::Private(private)) => {
                self.look_at_private(private, beside, passphrase, found.document.is_none());
            }
            Err(error) => self.recognise(error, &found),
        }
        if let Some((options, key)) = &found.behind_options {
            self.format = Some(PublicFormat::OpenSsh.to_string());
            self.options = Some(key_file::clean_comment(options.as_bytes()));
            self.set_public(key);
        }
        if found.content.is_err()
            && let Some(private) = found.repaired(&self.path.to_string_lossy())
        {
            self.look_at_private(&private, Beside::Nothing, passphrase, false);
        }
        self.check_strength(blacklist);
        let damages: Vec<String> = found
            .damages
            .iter()
            .filter(|it| **it != Damage::Rewrapped)
            .map(Damage::to_string)
            .collect();
        if let (Ok(Content::Private(_)), Some(document)) = (&found.content, &found.document) {
            let (name, document) = (self.path.to_string_lossy().into_owned(), document.clone());
            self.problems.push(Problem::of(&key_file::Error::Key {
                name,
                fault: Fault::InDocument { document },
            }));
        } else if found.content.is_ok() && !damages.is_empty() {
            self.problems.push(Problem {
                kind: "damaged",
                message: format!("it was altered: {}", damages.join(", ")),
                hint: Some(format!("sshk convert {} --repair", shell_path(&self.path))),
            });
        }
        if let Some(mode) = found.unsafe_mode().filter(|_| self.kind == FileKind::Private) {
            let error = key_file::Error::UnsafeMode { path: self.path.clone(), mode };
            self.problems.push(if found.document.is_none() {
                Problem::of(&error)
            } else {
                // Which program reads it is not known, and so not which mode it needs.
                let message = format!("others can read the private key in it (mode {mode:04o})");
                Problem { kind: error.kind().as_str(), message, hint: None }
            });
        }
        self.check_pair();
        match &found.content {
            Ok(content) if self.failure.is_none() => {
                self.verdicts = consumers::verdicts(&Subject {
                    path: &self.path,
                    text: &found.text,
                    content,
                    public: self.public.as_ref().map(PublicKey::key_data),
                    public_file: match &self.pair {
                        Pair::Matches { path } | Pair::Unverified { path } => Some(path),
                        _ => None,
                    },
                    is_exposed: found.unsafe_mode().is_some(),
                    is_document: found.document.is_some(),
                });
            }
            _ => {}
        }
        match found.content {
            // The key is there, though not in a file of its own.
            Err(error) if self.options.is_some() => self.problems.push(Problem::of(&error)),
            Err(error) => self.failure = Some(error),
            Ok(_) => {}
        }
    }

    fn look_at_private(
        &mut self,
        private: &Private,
        beside: Beside,
        passphrase: Option<&Passphrase>,
        is_key_file: bool,
    ) {
        self.kind = FileKind::Private;
        self.format = Some(private.format().to_string());
        self.encryption = private.encryption();
        let mut inside = private.public();
        if private.is_encrypted() && passphrase.is_some() {
            match private.unlock(passphrase) {
                Ok(key) => inside = Some(key.public_key().clone()),
                Err(error) => self.failure = Some(error),
            }
        }
        let mut beside_key = None;
        if let Beside::Public(path, key) = beside {
            (self.pair, beside_key) = Pair::of_private(path, key, inside.as_ref());
        }
        if let Some(key) = inside.as_ref().or(beside_key.as_ref()) {
            self.set_public(key);
        }
        if let (None, Some(key)) = (&self.comment, &beside_key) {
            self.comment = comment_of(key);
        }
        if is_key_file {
            self.check_private(private.format());
        }
    }

    fn set_public(&mut self, key: &PublicKey) {
        self.algorithm = Some(key.algorithm().to_string());
        self.comment = comment_of(key);
        self.public = Some(key.clone());
        if key.key_data().is_sk_ed25519() || key.key_data().is_sk_ecdsa_p256() {
            let private = KeyFile::new(&self.path).private_path();
            self.problems.push(Problem {
                kind: "security-key",
                message: "its private key is on a security key, which sshk cannot use".into(),
                hint: Some(format!("log in with ssh -i {}", shell_path(&private))),
            });
        }
    }

    /// What is wrong with the key's numbers. A small key is not a problem of its file: audits
    /// remark on it.
    fn check_strength(&mut self, blacklist: &Blacklist) {
        let Some(Ok(blob)) = self.public.as_ref().map(PublicKey::to_bytes) else { return };
        let weaknesses = weak::weaknesses(&blob, blacklist);
        let weak = weaknesses
            .into_iter()
            .filter(|it| it.severity == Severity::Weak || it.kind != "rsa-bits");
        self.problems.extend(weak.map(Problem::of_weakness));
    }

    /// What a file without a usable key still shows.
    fn recognise(&mut self, error: &key_file::Error, found: &Found) {
        let key_file::Error::Key { fault, .. } = error else { return };
        self.kind = match fault {
            Fault::Certificate => FileKind::Certificate,
            Fault::Empty | Fault::NotAKey { .. } => FileKind::Unknown,
            Fault::Public => FileKind::Public,
            Fault::Repairable { .. }
            | Fault::Der
            | Fault::Foreign { .. }
            | Fault::InDocument { .. }
            | Fault::Missing { .. } => FileKind::Private,
            _ if found.text.contains("PRIVATE KEY")
                || found.text.contains("PuTTY-User-Key-File-") =>
            {
                FileKind::Private
            }
            _ => FileKind::Public,
        };
        if let Fault::Unsound { public: Some(key), .. } = fault {
            self.set_public(key);
        }
        if *fault == Fault::Dsa {
            self.algorithm = Some(Algorithm::Dsa.to_string());
        }
    }

    fn check_private(&mut self, format: Format) {
        let word = shell_path(&self.path);
        if self.encryption.is_some() && matches!(format, Format::Pem | Format::Ppk2) {
            // In its place, PuTTY or Segura would no longer read the file.
            let is_read_as_it_is = format == Format::Ppk2 || self.key_type() == Some("RSA");
            let copy = if is_read_as_it_is {
                format!(" -f {}", consumers::copy(&self.path, Format::OpenSsh))
            } else {
                String::new()
            };
            self.problems.push(Problem {
                kind: "weak-encryption",
                message: format!(
                    "the encryption of the {format} format is weak against passphrase guessing"
                ),
                hint: Some(format!("sshk convert {word} -m openssh{copy}")),
            });
        }
        if self.is_closed() && self.failure.is_none() {
            self.problems.push(Problem {
                kind: "passphrase-needed",
                message: "the key is encrypted and has no .pub file: only the passphrase shows \
                    which key it is"
                    .into(),
                hint: Some("give it with --passphrase-file or SSHK_PASSPHRASE".into()),
            });
        }
    }

    fn check_pair(&mut self) {
        let (private, public) = match (&self.pair, self.kind) {
            (Pair::Differs { path }, FileKind::Private) => (self.path.clone(), path.clone()),
            (Pair::Differs { path }, _) => (path.clone(), self.path.clone()),
            (Pair::Unreadable { path, .. }, FileKind::Private) => (self.path.clone(), path.clone()),
            _ => return,
        };
        let hint =
            key_file::Error::NotAPair { public: public.clone(), private: private.clone() }.hint();
        let message = match &self.pair {
            Pair::Unreadable { error, .. } => error.to_string(),
            _ => key_file::Error::NotAPair { public, private }.to_string(),
        };
        self.problems.push(Problem { kind: "not-a-pair", message, hint });
    }

    /// Whether neither the file nor its `.pub` shows which key it is: only the passphrase would.
    pub fn is_closed(&self) -> bool {
        self.kind == FileKind::Private && self.encryption.is_some() && self.public.is_none()
    }

    /// The size as ssh-keygen's `-l` shows it.
    pub fn bits(&self) -> Option<u32> {
        weak::bits(self.public.as_ref()?.key_data())
    }

    /// `SHA256:…` in base64, or `MD5:…` in pairs of hexadecimal digits, as ssh-keygen writes them.
    pub fn fingerprint(&self, hash: FingerprintHash) -> Option<String> {
        hash.of(self.public.as_ref()?)
    }

    /// The kind of the key as ssh-keygen's `-l` names it: `RSA`, `ED25519-SK`.
    pub fn key_type(&self) -> Option<&'static str> {
        Some(match self.algorithm.as_deref()?.parse().ok()? {
            Algorithm::Rsa { .. } => "RSA",
            Algorithm::Ecdsa { .. } => "ECDSA",
            Algorithm::Ed25519 => "ED25519",
            Algorithm::SkEd25519 => "ED25519-SK",
            Algorithm::SkEcdsaSha2NistP256 => "ECDSA-SK",
            Algorithm::Dsa => "DSA",
            _ => return None,
        })
    }
}

fn comment_of(key: &PublicKey) -> Option<String> {
    Some(key.comment().to_string()).filter(|comment| !comment.is_empty())
}
