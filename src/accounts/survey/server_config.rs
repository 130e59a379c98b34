//! The settings that affect a key, as `sshd -T` prints them.

use crate::wildcard::list_matches;

/// sshd's effective configuration for one account, as `sshd -T -C user=…` prints it: keywords in
/// lower case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerConfig {
    lines: Vec<(String, String)>,
    /// The file it was started with (`sshd -f`); `None` for the default one.
    pub file: Option<String>,
}

impl ServerConfig {
    pub(in crate::accounts) fn push(&mut self, line: &str) {
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

    /// The setting because of which no key logs in, as `Keyword value`.
    pub fn refuses_all_keys(&self) -> Option<String> {
        if self.value("pubkeyauthentication") == Some("no") {
            return Some("PubkeyAuthentication no".into());
        }
        let (value, mut ways) = self.ways_in()?;
        (!ways.any(|way| way.contains(&"publickey")))
            .then(|| format!("AuthenticationMethods {value}"))
    }

    /// The setting because of which a key alone does not log in, as `Keyword value`.
    pub fn requires_more(&self) -> Option<String> {
        let (value, mut ways) = self.ways_in()?;
        (!ways.any(|way| way == ["publickey"])).then(|| format!("AuthenticationMethods {value}"))
    }

    /// `AuthenticationMethods`, and its lists; `None` if any method is enough.
    fn ways_in(&self) -> Option<(&str, impl Iterator<Item = Vec<&str>>)> {
        let value = self.value("authenticationmethods").filter(|value| *value != "any")?;
        Some((value, value.split_whitespace().map(|way| way.split(',').collect())))
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

    /// The setting because of which sshd rejects a key of this algorithm in any file, as `Keyword
    /// value`; `rsa_bits` if it is an RSA key.
    pub fn objection(&self, signatures: &[&str], rsa_bits: Option<usize>) -> Option<String> {
        if let Some(setting) = self.refuses_all_keys() {
            return Some(setting);
        }
        let accepted =
            self.value("pubkeyacceptedalgorithms").or_else(|| self.value("pubkeyacceptedkeytypes"));
        if let Some(accepted) = accepted
            && !signatures.iter().any(|signature| list_matches(signature, accepted))
        {
            return Some(format!("PubkeyAcceptedAlgorithms {accepted}"));
        }
        let required = self.value("requiredrsasize")?.parse::<usize>().ok()?;
        (rsa_bits? < required).then(|| format!("RequiredRSASize {required}"))
    }
}
