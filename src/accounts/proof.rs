//! The proof that a key, and nothing else, logs in.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ssh_key::Fingerprint;

use crate::accounts::session_failure::nothing_proved;
use crate::keys::certificate::Certified;
use crate::keys::identity::Identity;
use crate::session::{self, Account, LoggedInBy, Session};

/// What a login with one key showed.
#[derive(Clone, Debug)]
pub struct Proof {
    /// The key's, as SHA-256.
    pub fingerprint: Fingerprint,
    /// The signature algorithm that the server accepted, such as `rsa-sha2-512`.
    pub signature: String,
    /// The certificate that logged in instead of the key itself.
    pub certificate: Option<Certified>,
    /// The server's identification.
    pub server: String,
    /// Nothing if there is a proxy.
    pub peer: Option<SocketAddr>,
    /// From the name look-up to the open session.
    pub took: Duration,
}

/// Logs in with `identity` alone, without any certificate for it, and opens a session, in which
/// nothing runs.
///
/// # Errors
///
/// If the login failed, or proved nothing because the server asked for no key.
pub async fn prove(account: &Account, identity: &Arc<Identity>) -> Result<Proof, session::Error> {
    let start = Instant::now();
    shown(start, account.log_in_with_only(identity).await?).await
}

/// The same with what `ssh -i FILE` would log in with: a certificate for `identity`, or the key
/// itself.
///
/// # Errors
///
/// As [`prove`].
pub async fn prove_as_named(
    account: &Account,
    identity: &Identity,
) -> Result<Proof, session::Error> {
    let start = Instant::now();
    shown(start, account.log_in_with_named(identity).await?).await
}

async fn shown(start: Instant, session: Session) -> Result<Proof, session::Error> {
    session.open_and_close().await?;
    let took = start.elapsed();
    let LoggedInBy::Key { fingerprint, algorithm, certificate } = session.logged_in_by().clone()
    else {
        return Err(nothing_proved());
    };
    let proof = Proof {
        fingerprint,
        signature: algorithm,
        certificate,
        server: session.server(),
        peer: session.peer(),
        took,
    };
    session.close().await;
    Ok(proof)
}
