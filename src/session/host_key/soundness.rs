//! Whether a host key may be used at all, whatever known_hosts says of it: its size, its
//! weaknesses, and the files of RevokedHostKeys.

use std::path::PathBuf;

use ssh_key::{Certificate, PublicKey};

use super::named::describe;
use crate::hosts::known_hosts;
use crate::hosts::ssh_config::Endpoint;
use crate::keys::revoked::RevokedKeys;
use crate::keys::weak::{forgeable, rsa_bits};
use crate::session::error::{Error, HostKeyError};

/// What makes a host key unusable, by the configuration.
#[derive(Clone)]
pub(super) struct Soundness {
    /// In bits.
    required_rsa_size: u32,
    revoked: Vec<(PathBuf, RevokedKeys)>,
}

impl Soundness {
    /// Reads the files of RevokedHostKeys. If one cannot be read, every key may be revoked.
    pub(super) fn of(endpoint: &Endpoint) -> Result<Self, Error> {
        let read = |file: &PathBuf| {
            let keys = RevokedKeys::parse(&known_hosts::read_revoked(file)?)
                .map_err(|why| HostKeyError::Revocations { file: file.clone(), why })?;
            Ok((file.clone(), keys))
        };
        let revoked = endpoint.revoked_host_keys.iter().map(read).collect::<Result<_, Error>>()?;
        Ok(Self { required_rsa_size: endpoint.required_rsa_size, revoked })
    }

    pub(super) fn check(&self, key: &PublicKey) -> Result<(), Error> {
        self.check_strength(key)?;
        let blob = key.to_bytes().unwrap_or_default();
        self.check_files(key, |revoked| revoked.holds_key(&blob))
    }

    /// The key in it, its authority, and the certificate itself.
    pub(super) fn check_certificate(&self, certificate: &Certificate) -> Result<(), Error> {
        let key = PublicKey::from(certificate.public_key().clone());
        self.check_strength(&key)?;
        self.check_files(&key, |revoked| revoked.holds_certificate(certificate))
    }

    fn check_strength(&self, key: &PublicKey) -> Result<(), Error> {
        let required = self.required_rsa_size;
        match (rsa_bits(key.key_data()), forgeable(key.key_data())) {
            (Some(bits), _) if bits < required => {
                Err(HostKeyError::TooSmall { bits, required }.into())
            }
            (_, Some(why)) => Err(HostKeyError::Broken { sent: describe(key), why }.into()),
            _ => Ok(()),
        }
    }

    fn check_files(
        &self,
        key: &PublicKey,
        holds: impl Fn(&RevokedKeys) -> bool,
    ) -> Result<(), Error> {
        match self.revoked.iter().find(|(_, revoked)| holds(revoked)) {
            Some((file, _)) => {
                let (sent, file) = (describe(key), file.clone());
                Err(HostKeyError::RevokedByFile { sent, file }.into())
            }
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use ssh_key::public::{Ed25519PublicKey, KeyData};

    use super::*;
    use crate::error::Failure;

    /// No program makes signatures by such a key, so no server can be started with one.
    #[test]
    fn a_host_key_of_small_order_is_refused() {
        let mut point = [0; 32];
        point[0] = 1;
        let soundness = Soundness { required_rsa_size: 1024, revoked: Vec::new() };
        let key = PublicKey::from(KeyData::Ed25519(Ed25519PublicKey(point)));
        let error = soundness.check(&key).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "host key is not safe: the server presented {}, and its point has a small order, \
                so anyone can sign with it, without any private key; nothing was sent",
                describe(&key)
            )
        );
        assert_eq!(error.kind().as_str(), "host-key-broken");
    }
}
