//! What the file of `RevokedKeys` in sshd_config(5) means for the keys of an account.

use crate::keys::revoked::RevokedKeys;

/// The keys that a server rejects wherever they are.
#[derive(Clone, Debug, Default)]
pub(super) struct Revoked {
    file: String,
    state: State,
}

#[derive(Clone, Debug, Default)]
enum State {
    #[default]
    NoFile,
    Read(RevokedKeys),
    /// Why sshd cannot use the file; it then rejects every key.
    Unusable(String),
    Unread,
}

impl Revoked {
    pub(super) fn missing(file: &str) -> Self {
        let state = State::Unusable("which does not exist".into());
        Self { file: file.to_owned(), state }
    }

    pub(super) fn unread(file: &str) -> Self {
        Self { file: file.to_owned(), state: State::Unread }
    }

    pub(super) fn read(file: &str, content: &[u8]) -> Self {
        let state = match RevokedKeys::parse(content) {
            Ok(keys) => State::Read(keys),
            Err(error) => State::Unusable(format!("which sshd cannot use: {error}")),
        };
        Self { file: file.to_owned(), state }
    }

    pub(super) fn refuses_all_keys(&self) -> Option<String> {
        match &self.state {
            State::Unusable(why) => Some(format!("RevokedKeys {}, {why}", self.file)),
            _ => None,
        }
    }

    pub(super) fn objection(&self, blob: &[u8]) -> Option<String> {
        match &self.state {
            State::Read(keys) if keys.holds_key(blob) => Some(format!("RevokedKeys {}", self.file)),
            _ => None,
        }
    }

    pub(super) fn unknown(&self) -> Option<String> {
        matches!(self.state, State::Unread).then(|| {
            format!(
                "sshd rejects the keys in {:?} (RevokedKeys), which this account cannot read",
                self.file
            )
        })
    }
}
