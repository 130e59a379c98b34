//! A key file as consumers see it, and the commands that can change it.

use crate::keys::key_file::{Content, Format, Private, PublicFormat};
use crate::quoting::{shell_path, shell_word};
use ssh_key::public::KeyData;
use std::path::Path;

/// A key file, and what is known about its key.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The file as the user named it.
    pub path: &'a Path,
    /// Everything that is in it.
    pub text: &'a str,
    /// The key in it.
    pub content: &'a Content,
    /// The public key, if it is not encrypted.
    pub public: Option<&'a KeyData>,
    /// The `.pub` beside a private key, unless it is another key's.
    pub public_file: Option<&'a Path>,
    /// Whether others can reach a private key because of its permissions.
    pub is_exposed: bool,
    /// Whether the file holds other things as well.
    pub is_document: bool,
}

/// The path of a copy of a key in another format, as one word for a shell.
pub(crate) fn copy(path: &Path, format: Format) -> String {
    let path = path.to_string_lossy();
    shell_word(&match (path.strip_suffix(".ppk"), format) {
        (Some(base), Format::OpenSsh) => base.to_owned(),
        (base, format) => format!("{}.{format}", base.unwrap_or(&path)),
    })
}

/// A consumer's verdict on a file.
pub(super) type Acceptance = Result<(), Objection>;

/// Why a consumer does not accept a file.
pub(super) struct Objection {
    pub(super) reason: &'static str,
    pub(super) fix: Option<Fix>,
}

/// What makes a consumer accept the key.
pub(super) enum Fix {
    /// A copy in another format.
    Copy(Format),
    Repair,
    Permissions,
    /// A new key, because no form of this one is accepted.
    NewRsaKey,
    /// The line of a public key, as a copy.
    PublicLine,
    Run(String),
}

/// The kinds of keys that consumers distinguish.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Rsa,
    Ecdsa,
    Ed25519,
    SecurityKey,
    /// Unknown, because of the encryption.
    Hidden,
}

impl Subject<'_> {
    pub(super) fn family(&self, private: &Private) -> Family {
        match (self.public, private.label()) {
            (Some(KeyData::Rsa(_)), _) | (None, Some("RSA PRIVATE KEY")) => Family::Rsa,
            (Some(KeyData::Ecdsa(_)), _) | (None, Some("EC PRIVATE KEY")) => Family::Ecdsa,
            (Some(KeyData::Ed25519(_)), _) => Family::Ed25519,
            (Some(_), _) => Family::SecurityKey,
            (None, _) => Family::Hidden,
        }
    }

    /// The path as one word for a shell.
    pub(super) fn word(&self) -> String {
        shell_path(self.path)
    }

    /// The path of a copy in another format, as one word for a shell.
    pub(super) fn copy(&self, format: Format) -> String {
        copy(self.path, format)
    }

    pub(super) fn command(&self, fix: &Fix) -> String {
        let word = self.word();
        match fix {
            Fix::Copy(format) => {
                format!("sshk convert {word} -m {format} -f {}", self.copy(*format))
            }
            // In place, the rest of the document would be lost.
            Fix::Repair if self.is_document => {
                let copy = format!("{}.key", self.path.to_string_lossy());
                format!("sshk convert {word} --repair -f {}", shell_word(&copy))
            }
            Fix::Repair => format!("sshk convert {word} --repair"),
            Fix::Permissions => format!("chmod 600 {word}"),
            Fix::NewRsaKey => {
                let path = format!("{}.rsa", self.path.to_string_lossy());
                format!("sshk keygen -t rsa -m pem -f {}", shell_word(&path))
            }
            Fix::PublicLine => {
                let path = self.path.to_string_lossy();
                let copy = format!("{}.openssh.pub", path.trim_end_matches(".pub"));
                format!("sshk convert {word} -m openssh -f {}", shell_word(&copy))
            }
            Fix::Run(command) => command.clone(),
        }
    }

    /// Whether the text begins with the key, as PEM readers require.
    pub(super) fn is_bare_pem(&self) -> Acceptance {
        if self.text.starts_with("-----BEGIN ") {
            Ok(())
        } else {
            Err(Objection { reason: "it accepts nothing before the key", fix: Some(Fix::Repair) })
        }
    }

    /// Whether the file is one line with single spaces, as websites accept it in their forms and
    /// servers in authorized_keys.
    pub(super) fn is_public_line(&self, format: PublicFormat) -> Acceptance {
        if format != PublicFormat::OpenSsh {
            return Err(Objection {
                reason: "it accepts a line such as ssh-ed25519 AAAA… comment",
                fix: Some(Fix::PublicLine),
            });
        }
        let line = self.text.strip_suffix('\n').unwrap_or(self.text);
        let fields: Vec<&str> = line.splitn(3, ' ').collect();
        let is_one_line = !line.contains(['\n', '\r', '\t', '\u{feff}'])
            && fields.iter().take(2).all(|field| !field.is_empty());
        if is_one_line {
            Ok(())
        } else {
            Err(Objection {
                reason: "it accepts one line with single spaces",
                fix: Some(Fix::Repair),
            })
        }
    }
}
