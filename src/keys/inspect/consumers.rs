//! Who takes a key file as it stands, and what to run where one does not. Measured with OpenSSH
//! 9.2, ssh2 1.17.0 under WebSSH2 5.2.0, and the loaders that know PEM alone: JSch 0.1.55, trilead,
//! paramiko's RSAKey.

use super::{Inspection, Kind, Pair};
use crate::keys::key_file::{Content, Found, Private};
use crate::quoting::{shell_path, shell_word};
use ssh_key::Algorithm;
use std::fmt;

/// A program or site that people hand a key to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consumer {
    OpenSsh,
    WebSsh2,
    Segura,
    UbuntuOne,
    PemOnly,
}

impl fmt::Display for Consumer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OpenSsh => "OpenSSH",
            Self::WebSsh2 => "WebSSH2",
            Self::Segura => "Segura",
            Self::UbuntuOne => "Ubuntu One",
            Self::PemOnly => "PEM-only",
        })
    }
}

/// Whether one consumer takes the file as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    pub consumer: Consumer,
    /// Why not; `None` where it does.
    pub reason: Option<String>,
    /// What mends that, ready to paste; `None` where nothing does.
    pub command: Option<String>,
}

impl Verdict {
    pub fn takes(&self) -> bool {
        self.reason.is_none()
    }
}

type Judgement = Result<(), (&'static str, Option<String>)>;

/// What every consumer says to a file that holds a key.
pub(super) fn judge(inspection: &Inspection, found: &Found) -> Vec<Verdict> {
    let private = match &found.content {
        Ok(Content::Private(private)) => Some(&**private),
        _ => None,
    };
    let subject = Subject {
        inspection,
        private,
        text: &found.text,
        unsafe_mode: found.unsafe_mode().is_some(),
    };
    let is_private = inspection.kind == Kind::Private;
    let verdict = |consumer, judgement: Judgement| match judgement {
        Ok(()) => Verdict { consumer, reason: None, command: None },
        Err((reason, command)) => Verdict { consumer, reason: Some(reason.into()), command },
    };
    let wants_private = || Err(("it wants the private half", None));
    vec![
        verdict(
            Consumer::OpenSsh,
            if is_private { subject.openssh() } else { subject.public_line() },
        ),
        verdict(Consumer::WebSsh2, if is_private { subject.webssh2() } else { wants_private() }),
        verdict(Consumer::Segura, if is_private { subject.segura() } else { wants_private() }),
        verdict(
            Consumer::UbuntuOne,
            if is_private { subject.public_half() } else { subject.public_line() },
        ),
        verdict(Consumer::PemOnly, if is_private { subject.pem_only() } else { wants_private() }),
    ]
}

struct Subject<'a> {
    inspection: &'a Inspection,
    private: Option<&'a Private>,
    text: &'a str,
    unsafe_mode: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Family {
    Rsa,
    Ecdsa,
    Ed25519,
    SecurityKey,
    /// Encrypted in a way that hides it.
    Hidden,
}

impl Subject<'_> {
    fn family(&self) -> Family {
        match self.inspection.algorithm.as_deref().and_then(|name| name.parse().ok()) {
            Some(Algorithm::Rsa { .. }) => Family::Rsa,
            Some(Algorithm::Ecdsa { .. }) => Family::Ecdsa,
            Some(Algorithm::Ed25519) => Family::Ed25519,
            Some(_) => Family::SecurityKey,
            None if self.text.contains("BEGIN RSA PRIVATE KEY") => Family::Rsa,
            None if self.text.contains("BEGIN EC PRIVATE KEY") => Family::Ecdsa,
            None => Family::Hidden,
        }
    }

    fn format(&self) -> &str {
        self.inspection.format.as_deref().unwrap_or_default()
    }

    fn word(&self) -> String {
        shell_path(&self.inspection.path)
    }

    /// Where a copy in another format goes, as one word of a shell.
    fn copy(&self, format: &str) -> String {
        let path = self.inspection.path.to_string_lossy();
        shell_word(&match (path.strip_suffix(".ppk"), format) {
            (Some(base), "openssh") => base.to_owned(),
            (base, format) => format!("{}.{format}", base.unwrap_or(&path)),
        })
    }

    fn convert(&self, format: &str) -> Option<String> {
        Some(format!("sshk convert {} -m {format} -f {}", self.word(), self.copy(format)))
    }

    fn repair(&self) -> Option<String> {
        Some(format!("sshk convert {} --repair", self.word()))
    }

    /// A new key, where no form of this one is taken.
    fn new_rsa_key(&self) -> Option<String> {
        let path = self.inspection.path.to_string_lossy();
        Some(format!("sshk keygen -t rsa -m pem -f {}", shell_word(&format!("{path}.rsa"))))
    }

    fn openssh(&self) -> Judgement {
        match self.format() {
            "ppk2" | "ppk3" => {
                return Err(("it does not read PuTTY's files", self.convert("openssh")));
            }
            "pkcs8" if self.family() == Family::Ed25519 => {
                return Err((
                    "many versions read no ED25519 key in PKCS#8",
                    self.convert("openssh"),
                ));
            }
            // Its first and its last line are looked for with their line breaks (sshkey.c,
            // MARK_BEGIN and MARK_END).
            "openssh"
                if !self.text.starts_with("-----BEGIN OPENSSH PRIVATE KEY-----\n")
                    || !self.text.contains("\n-----END OPENSSH PRIVATE KEY-----\n") =>
            {
                return Err((
                    "in this format it takes no byte order mark, CRLF or text around, nor a \
                    missing last line break",
                    self.repair(),
                ));
            }
            _ => {}
        }
        if self.unsafe_mode {
            return Err((
                "it uses no key that others can reach",
                Some(format!("chmod 600 {}", self.word())),
            ));
        }
        Ok(())
    }

    fn webssh2(&self) -> Judgement {
        let Some(reason) = self.private.and_then(Private::refused_by_ssh2) else { return Ok(()) };
        let is_other_form = matches!(self.format(), "pkcs8" | "ppk2" | "ppk3") || self.has_chacha();
        let command = match self.family() {
            Family::SecurityKey => None,
            _ if !is_other_form => self.repair(),
            Family::Rsa | Family::Ecdsa | Family::Hidden => self.convert("pem"),
            Family::Ed25519 => self.convert("openssh"),
        };
        Err((reason, command))
    }

    fn has_chacha(&self) -> bool {
        self.inspection.encryption.as_ref().is_some_and(|it| it.cipher.starts_with("chacha20"))
    }

    fn segura(&self) -> Judgement {
        match self.family() {
            Family::Rsa | Family::Hidden if self.format() != "pem" => {
                Err(("RSA in PEM form is what it takes for sure", self.convert("pem")))
            }
            Family::Rsa | Family::Hidden => self.bare_pem(),
            _ => Err(("RSA in PEM form is what it takes for sure", self.new_rsa_key())),
        }
    }

    fn pem_only(&self) -> Judgement {
        match self.family() {
            Family::Ed25519 | Family::SecurityKey => {
                Err(("a key of this kind has no PEM form", self.new_rsa_key()))
            }
            _ if self.format() != "pem" => Err(("it is not in PEM form", self.convert("pem"))),
            _ => self.bare_pem(),
        }
    }

    fn bare_pem(&self) -> Judgement {
        if self.text.starts_with("-----BEGIN ") {
            Ok(())
        } else {
            Err(("it wants nothing before the key", self.repair()))
        }
    }

    /// What a private key file says to who wants the public half.
    fn public_half(&self) -> Judgement {
        let reason = "it takes the public half, never this file";
        let command = match &self.inspection.pair {
            Pair::Matches { path } | Pair::Unverified { path } => {
                Some(format!("cat {}", shell_path(path)))
            }
            _ => match self.openssh() {
                Ok(()) => Some(format!("ssh-keygen -y -f {}", self.word())),
                // A copy that ssh-keygen reads comes first, or the file itself is mended.
                Err((_, Some(first))) if first.contains(" -f ") => {
                    Some(format!("{first} && ssh-keygen -y -f {}", self.copy("openssh")))
                }
                Err((_, first)) => {
                    first.map(|first| format!("{first} && ssh-keygen -y -f {}", self.word()))
                }
            },
        };
        Err((reason, command))
    }

    /// Whether the file is one line with single blanks, as sites take it in their forms and servers
    /// in authorized_keys.
    fn public_line(&self) -> Judgement {
        if self.format() != "openssh" {
            let out = self.inspection.path.to_string_lossy().trim_end_matches(".pub").to_owned()
                + ".openssh.pub";
            let command =
                format!("sshk convert {} -m openssh -f {}", self.word(), shell_word(&out));
            return Err(("it takes a line such as ssh-ed25519 AAAA… comment", Some(command)));
        }
        let line = self.text.strip_suffix('\n').unwrap_or(self.text);
        let fields: Vec<&str> = line.splitn(3, ' ').collect();
        let is_one_line = !line.contains(['\n', '\r', '\t', '\u{feff}'])
            && fields.iter().take(2).all(|field| !field.is_empty());
        if is_one_line {
            Ok(())
        } else {
            Err(("it takes one line with single blanks", self.repair()))
        }
    }
}
