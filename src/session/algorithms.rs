//! Which algorithms a connection may use, and in which order they are offered.

use std::borrow::Cow;

use russh::{Preferred, client};
use ssh_key::{Algorithm, EcdsaCurve, HashAlg};

use super::signatures::Signatures;
use crate::ssh_config::Endpoint;

/// Modern algorithms only, the host key types already known first, and no SHA-1 anywhere.
/// Certificates come before all keys where `certified` says that some authority is trusted for the host.
pub(super) fn config(endpoint: &Endpoint, known: &[Algorithm], certified: bool) -> client::Config {
    let host_key_certificates = if certified { Signatures::host_certificates(endpoint) } else { Vec::new() };
    let sha2 = |hash| Algorithm::Rsa { hash: Some(hash) };
    let mut key = vec![
        Algorithm::Ed25519,
        Algorithm::Ecdsa { curve: EcdsaCurve::NistP256 },
        Algorithm::Ecdsa { curve: EcdsaCurve::NistP384 },
        Algorithm::Ecdsa { curve: EcdsaCurve::NistP521 },
        sha2(HashAlg::Sha512),
        sha2(HashAlg::Sha256),
    ];
    // Stable: within known and unknown the order above stays.
    // One RSA key serves both of its signature algorithms.
    let same = |a: &Algorithm, b: &Algorithm| a == b || matches!((a, b), (Algorithm::Rsa { .. }, Algorithm::Rsa { .. }));
    key.sort_by_key(|algorithm| !known.iter().any(|known| same(known, algorithm)));
    client::Config {
        preferred: Preferred {
            key: Cow::Owned(key),
            host_key_certificates: Cow::Owned(host_key_certificates),
            compression: Cow::Owned(vec![russh::compression::NONE]),
            ..Preferred::DEFAULT
        },
        keepalive_interval: (!endpoint.server_alive_interval.is_zero()).then_some(endpoint.server_alive_interval),
        keepalive_max: endpoint.server_alive_count_max as usize,
        ..client::Config::default()
    }
}
