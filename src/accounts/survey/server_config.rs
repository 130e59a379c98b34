//! The settings that affect a key, as `sshd -T` prints them.

use ssh_key::{Algorithm, PublicKey};

use crate::keys::weak::rsa_bits;

/// sshd's effective configuration for one account, as `sshd -T -C user=…` prints it: keywords in
/// lower case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerConfig {
    lines: Vec<(String, String)>,
    /// The file it was started with (`sshd -f`); `None` for the default one.
    pub file: Option<String>,
}

impl ServerConfig {
    pub(super) fn push(&mut self, line: &str) {
        let (keyword, value) = line.split_once(' ').unwrap_or((line, ""));
        self.lines.push((keyword.to_owned(), value.to_owned()));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The value of a keyword of sshd_config(5); `None` if this sshd does not have it or it is
    /// unset.
    pub fn value(&self, keyword: &str) -> Option<&str> {
        let (_, value) = self.lines.iter().find(|(found, _)| found == keyword)?;
        (!value.is_empty() && value != "none").then_some(value.as_str())
    }

    /// The file that an administrator would look at.
    pub fn name(&self) -> &str {
        self.file.as_deref().unwrap_or("/etc/ssh/sshd_config")
    }

    /// Whether it accepts keys at all.
    pub fn accepts_keys(&self) -> bool {
        self.value("pubkeyauthentication") != Some("no")
    }

    /// Whether it checks permissions and owners.
    pub fn is_strict(&self) -> bool {
        self.value("strictmodes") != Some("no")
    }

    /// `AuthorizedKeysFile`, its tokens not expanded. sshd separates the names by spaces, so a name
    /// with a space looks like two.
    pub fn authorized_keys_files(&self) -> impl Iterator<Item = &str> {
        self.value("authorizedkeysfile").into_iter().flat_map(str::split_whitespace)
    }

    /// The setting because of which sshd rejects this key in any file, as `Keyword value`.
    pub fn objection(&self, key: &PublicKey) -> Option<String> {
        if !self.accepts_keys() {
            return Some("PubkeyAuthentication no".into());
        }
        let accepted =
            self.value("pubkeyacceptedalgorithms").or_else(|| self.value("pubkeyacceptedkeytypes"));
        if let Some(accepted) = accepted
            && !signatures(key).iter().any(|ours| accepted.split(',').any(|theirs| theirs == ours))
        {
            return Some(format!("PubkeyAcceptedAlgorithms {accepted}"));
        }
        let required = self.value("requiredrsasize")?.parse::<u32>().ok()?;
        let is_too_small = rsa_bits(key.key_data()).is_some_and(|bits| bits < required);
        is_too_small.then(|| format!("RequiredRSASize {required}"))
    }
}

/// The signature algorithms that the key can log in with. ssh-rsa, with SHA-1, is not among them.
fn signatures(key: &PublicKey) -> Vec<String> {
    match key.algorithm() {
        Algorithm::Rsa { .. } => vec!["rsa-sha2-512".into(), "rsa-sha2-256".into()],
        other => vec![other.as_str().to_owned()],
    }
}
