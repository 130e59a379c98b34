//! Whether a server accepts a key at all, whatever file it is in, and whether it reads a file:
//! audit and copy-id's diagnosis both ask here.

mod revoked_keys;

use ssh_key::PublicKey;

use super::authorized_keys::Blob;
use super::remote_file::{FileSnapshot, FileState, Hazard, Unsafe};
use super::survey::{ServerConfig, Survey};
use crate::keys::weak::rsa_bits;
use crate::session::Session;
use crate::text::start_of;
use revoked_keys::Revoked;

/// How many characters of a setting are shown: one may be repeated for each key.
const SHOWN: usize = 120;

/// The first release of OpenSSH without DSA.
const NO_DSA: u32 = 10;

/// The settings of one server that decide about keys.
#[derive(Clone, Debug, Default)]
pub struct Judge {
    config: Option<ServerConfig>,
    revoked: Revoked,
    /// The major number of OpenSSH's release.
    openssh: Option<u32>,
}

/// A key, as far as servers judge it.
pub struct Judged<'a> {
    algorithm: &'a str,
    rsa_bits: Option<usize>,
    blob: &'a [u8],
    /// An RSA key may sign with SHA-1.
    with_sha1: bool,
}

impl<'a> Judged<'a> {
    /// A key in a file: its owner chooses the signature algorithm.
    pub fn in_file(blob: &'a Blob) -> Self {
        let (algorithm, bits) = (blob.algorithm(), blob.bits());
        let rsa_bits = (algorithm == "ssh-rsa").then_some(bits);
        Self { algorithm, rsa_bits, blob: blob.as_bytes(), with_sha1: true }
    }

    fn signatures(&self) -> Vec<&str> {
        match self.algorithm {
            "ssh-rsa" if self.with_sha1 => vec!["rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"],
            "ssh-rsa" => vec!["rsa-sha2-512", "rsa-sha2-256"],
            sk @ "sk-ecdsa-sha2-nistp256@openssh.com" => {
                vec![sk, "webauthn-sk-ecdsa-sha2-nistp256@openssh.com"]
            }
            other => vec![other],
        }
    }
}

impl Judge {
    /// From the settings that the survey found; reads the file that `RevokedKeys` names.
    ///
    /// # Errors
    ///
    /// Those of [`Survey::look`].
    pub async fn of(survey: &Survey, session: &Session) -> Result<Self, crate::error::Error> {
        let mut revoked = Revoked::default();
        let named = survey.config.as_ref().and_then(|config| config.value("revokedkeys"));
        if let Some(file) = named.filter(|_| survey.runs_commands) {
            let found = survey.look(session, &[file.to_owned()]).await?.pop();
            revoked = match found.map(|found| found.state) {
                Some(FileState::Read(content)) => Revoked::read(file, content.as_bytes()),
                // Another account may not see what is there.
                Some(FileState::Missing) if survey.uid == Some(0) => Revoked::missing(file),
                _ => Revoked::unread(file),
            };
        }
        let version = survey.server.split_once("OpenSSH_").map_or("", |(_, version)| version);
        let openssh = version.split('.').next().and_then(|major| major.parse().ok());
        Ok(Self { config: survey.config.clone(), revoked, openssh })
    }

    /// From the parts that [`Judge::of`] reads on the server.
    #[cfg(fuzzing)]
    pub(super) fn from_parts(config: ServerConfig, revoked: &[u8]) -> Self {
        let revoked = Revoked::read("/etc/ssh/revoked", revoked);
        Self { config: Some(config), revoked, openssh: Some(9) }
    }

    /// The setting because of which the server rejects every key.
    pub fn refuses_all_keys(&self) -> Option<String> {
        let setting = self.config.as_ref().and_then(ServerConfig::refuses_all_keys);
        setting.or_else(|| self.revoked.refuses_all_keys()).map(shortened)
    }

    /// The setting because of which the server rejects this key in any file.
    pub fn objection(&self, key: &Judged<'_>) -> Option<String> {
        let of_config = self
            .config
            .as_ref()
            .and_then(|config| config.objection(&key.signatures(), key.rsa_bits));
        of_config
            .or_else(|| self.revoked.refuses_all_keys())
            .or_else(|| self.revoked.objection(key.blob))
            .or_else(|| {
                let is_gone = self.openssh.is_some_and(|major| major >= NO_DSA);
                (key.algorithm == "ssh-dss" && is_gone)
                    .then(|| format!("DSA, which OpenSSH {NO_DSA} and later do not have"))
            })
            .map(shortened)
    }

    /// The same for a key to log in with, without SHA-1.
    pub fn objection_to(&self, key: &PublicKey) -> Option<String> {
        let (algorithm, blob) = (key.algorithm(), key.to_bytes().ok()?);
        let rsa_bits = rsa_bits(key.key_data()).and_then(|bits| usize::try_from(bits).ok());
        let algorithm = algorithm.as_str();
        self.objection(&Judged { algorithm, rsa_bits, blob: &blob, with_sha1: false })
    }

    /// What the account cannot find out about revoked keys.
    pub fn unknown(&self) -> Option<String> {
        self.revoked.unknown()
    }

    /// What makes the server ignore the file, for certain: Debian's sshd accepts group write
    /// permission where the group is the account's own, and other servers have settings that are
    /// not known.
    pub fn certain_hazards(&self, file: &FileSnapshot, uid: Option<u32>) -> Vec<Hazard> {
        if !self.config.as_ref().is_some_and(ServerConfig::is_strict) {
            return Vec::new();
        }
        let mut hazards = file.hazards(uid);
        hazards.retain(|hazard| hazard.why != Unsafe::Group);
        hazards
    }
}

fn shortened(setting: String) -> String {
    start_of(&setting, SHOWN)
}
