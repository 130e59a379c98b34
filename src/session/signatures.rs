//! Which signature algorithms are allowed: `PubkeyAcceptedAlgorithms` for the user's keys,
//! `CASignatureAlgorithms` for authorities, and `HostKeyAlgorithms` as far as certificates go.

use ssh_key::{Algorithm, HashAlg, PublicKey};

use crate::hosts::ssh_config::{AlgorithmList, Endpoint};
use crate::keys::identity::Identity;

/// The certificates of KEX_DEFAULT_PK_ALG (myproposal.h): no SHA-1, no DSA.
pub(super) const CERTIFICATES: [&str; 8] = [
    "ssh-ed25519-cert-v01@openssh.com",
    "ecdsa-sha2-nistp256-cert-v01@openssh.com",
    "ecdsa-sha2-nistp384-cert-v01@openssh.com",
    "ecdsa-sha2-nistp521-cert-v01@openssh.com",
    "sk-ssh-ed25519-cert-v01@openssh.com",
    "sk-ecdsa-sha2-nistp256-cert-v01@openssh.com",
    "rsa-sha2-512-cert-v01@openssh.com",
    "rsa-sha2-256-cert-v01@openssh.com",
];

/// The plain keys of KEX_DEFAULT_PK_ALG, which are SSH_ALLOWED_CA_SIGALGS as well.
pub(super) const KEYS: [&str; 8] = [
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
    "rsa-sha2-512",
    "rsa-sha2-256",
];

/// SHA-1: only if the configuration allows it.
pub(super) const SHA1: &[&str] = &["ssh-rsa-cert-v01@openssh.com", "ssh-rsa"];

/// A list of signature algorithms, in the order of preference.
pub(super) struct Signatures(Vec<&'static str>);

impl Signatures {
    /// Those that the user's keys may sign with.
    pub(super) fn of_users(endpoint: &Endpoint) -> Self {
        Self(AlgorithmList::over(
            endpoint.algorithms.pubkey_accepted.as_ref(),
            &user_default(),
            SHA1,
        ))
    }

    /// Those of the hosts that `HostbasedAuthentication` would use, for display.
    pub(super) fn of_hostbased(endpoint: &Endpoint) -> Self {
        let list = endpoint.algorithms.hostbased_accepted.as_ref();
        Self(AlgorithmList::over(list, &user_default(), SHA1))
    }

    /// Those that a certificate authority may have signed with.
    pub(super) fn of_authorities(endpoint: &Endpoint) -> Self {
        Self(AlgorithmList::over(endpoint.algorithms.ca_signature.as_ref(), &KEYS, SHA1))
    }

    /// Those of the server's keys and certificates, for display: what is offered also depends on
    /// what is known about the host.
    pub(super) fn of_hosts(endpoint: &Endpoint) -> Self {
        Self(AlgorithmList::over(endpoint.algorithms.host_key.as_ref(), &user_default(), SHA1))
    }

    /// Joined by commas, as ssh_config(5) has them.
    pub(super) fn names(&self) -> String {
        self.0.join(",")
    }

    /// The certificates that a host may present (HostKeyAlgorithms), by the algorithms of the keys
    /// in them. The default is that of the user's keys.
    pub(super) fn host_certificates(endpoint: &Endpoint) -> Vec<Algorithm> {
        let keys = Self::of_hosts(endpoint)
            .0
            .into_iter()
            .filter_map(|name| name.strip_suffix("-cert-v01@openssh.com")?.parse().ok());
        // Host keys are never on security keys, and SHA-1 is not accepted for hosts.
        keys.filter(|key| !matches!(key, Algorithm::Other(_) | Algorithm::Rsa { hash: None }))
            .collect()
    }

    pub(super) fn allow(&self, name: &str) -> bool {
        self.0.contains(&name)
    }

    /// Whether the host key may sign in any way.
    pub(super) fn allow_key(&self, key: &PublicKey) -> bool {
        match key.algorithm() {
            Algorithm::Rsa { .. } => {
                ["rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"].iter().any(|name| self.allow(name))
            }
            algorithm => self.allow(algorithm.as_str()),
        }
    }

    /// The hashes that this identity may sign with, in the order of preference; empty if it may not
    /// sign at all. `None` is SHA-1 for an RSA key (RFC 8332), and the only choice for any other.
    pub(super) fn hashes(&self, identity: &Identity) -> Vec<Option<HashAlg>> {
        let algorithm = identity.public().algorithm();
        let hashes: &[Option<HashAlg>] = if algorithm.is_rsa() {
            &[Some(HashAlg::Sha512), Some(HashAlg::Sha256), None]
        } else {
            &[None]
        };
        let named = hashes.iter().map(|&hash| (offered_name(identity, hash), hash));
        let mut allowed: Vec<_> = named
            .filter_map(|(name, hash)| {
                Some((self.0.iter().position(|allowed| *allowed == name)?, hash))
            })
            .collect();
        allowed.sort_by_key(|(place, _)| *place);
        allowed.into_iter().map(|(_, hash)| hash).collect()
    }
}

/// KEX_DEFAULT_PK_ALG of myproposal.h.
fn user_default() -> Vec<&'static str> {
    [CERTIFICATES, KEYS].concat()
}

/// The name under which an identity is offered, such as `rsa-sha2-512-cert-v01@openssh.com`.
pub(super) fn offered_name(identity: &Identity, hash: Option<HashAlg>) -> String {
    let algorithm = signing(&identity.public().algorithm(), hash);
    match identity.certificate() {
        Some(_) => algorithm.to_certificate_type(),
        None => algorithm.to_string(),
    }
}

/// The algorithm of the signature itself, which for a certificate is that of its key.
pub(super) fn signing(algorithm: &Algorithm, hash: Option<HashAlg>) -> Algorithm {
    match algorithm {
        Algorithm::Rsa { .. } => Algorithm::Rsa { hash },
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sha_1_is_in_no_default() {
        for default in [user_default(), KEYS.to_vec()] {
            assert!(
                default
                    .iter()
                    .all(|name| !name.starts_with("ssh-rsa") && !name.starts_with("ssh-dss"))
            );
        }
    }
}
