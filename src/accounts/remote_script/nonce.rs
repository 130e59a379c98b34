//! What distinguishes a script's own output from that of an rc file.

use rand::CryptoRng;

/// 128 random bits in front of everything that a script prints, so that no output of an rc file can
/// pass for its answer.
#[derive(Clone, Debug)]
pub struct Nonce(String);

impl Nonce {
    /// A new one for each command.
    pub fn new(rng: &mut (impl CryptoRng + ?Sized)) -> Self {
        let mut bytes = [0; 16];
        rng.fill_bytes(&mut bytes);
        Self(data_encoding::HEXLOWER.encode(&bytes))
    }

    /// What every line of an answer starts with.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    #[cfg(test)]
    pub(crate) fn known(text: &str) -> Self {
        Self(text.into())
    }

    /// The command carries it in two parts: a forced command that prints what it was asked to run
    /// does not print the whole.
    pub(crate) fn parts(&self) -> (&str, &str) {
        self.0.split_at(self.0.len() / 2)
    }
}
