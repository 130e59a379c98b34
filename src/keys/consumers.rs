//! Which programs and websites accept a key file as it is, and what to run if one does not. All
//! that sshk knows about any of them is here, one file each.
//!
//! Measured with OpenSSH 9.2, ssh2 1.17.0 under WebSSH2 5.2.0, and the loaders that read PEM alone:
//! JSch 0.1.55, trilead, paramiko's RSAKey.

pub mod openssh;
mod pem_only;
mod segura;
mod subject;
mod ubuntu_one;
pub mod webssh2;

pub use subject::Subject;
pub(crate) use subject::copy;

use crate::keys::key_file::Content;
use std::fmt;
use subject::{Acceptance, Objection};

/// A program or website that people give a key to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consumer {
    /// OpenSSH's ssh and sshd.
    OpenSsh,
    /// WebSSH2, an SSH client in the browser, which reads keys with Node's ssh2.
    WebSsh2,
    /// Segura, a privileged access manager.
    Segura,
    /// Ubuntu One, whose keys are Launchpad's.
    UbuntuOne,
    /// Programs that read keys in PEM format and no other.
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

/// Whether one consumer accepts the file as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Who was asked.
    pub consumer: Consumer,
    /// Why not; `None` if it does.
    pub reason: Option<&'static str>,
    /// What fixes that, ready to paste; `None` if nothing does.
    pub command: Option<String>,
}

impl Verdict {
    /// Whether the consumer accepts the file.
    pub fn accepts(&self) -> bool {
        self.reason.is_none()
    }
}

/// The verdict of every consumer on a file that holds a key.
pub fn verdicts(subject: &Subject<'_>) -> Vec<Verdict> {
    let judgements = match subject.content {
        Content::Private(private) => [
            (Consumer::OpenSsh, openssh::check_private(subject, private)),
            (Consumer::WebSsh2, webssh2::check(subject, private)),
            (Consumer::Segura, segura::check(subject, private)),
            (Consumer::UbuntuOne, ubuntu_one::check_private(subject, private)),
            (Consumer::PemOnly, pem_only::check(subject, private)),
        ],
        Content::Public(format, _) => [
            (Consumer::OpenSsh, subject.is_public_line(*format)),
            (Consumer::WebSsh2, wants_private()),
            (Consumer::Segura, wants_private()),
            (Consumer::UbuntuOne, subject.is_public_line(*format)),
            (Consumer::PemOnly, wants_private()),
        ],
    };
    let verdict = |(consumer, judgement)| match judgement {
        Ok(()) => Verdict { consumer, reason: None, command: None },
        Err(Objection { reason, fix }) => {
            let command = fix.map(|fix| subject.command(&fix));
            Verdict { consumer, reason: Some(reason), command }
        }
    };
    judgements.into_iter().map(verdict).collect()
}

fn wants_private() -> Acceptance {
    Err(Objection { reason: "it needs the private key", fix: None })
}
