//! The proof that a key, and nothing else, gets its owner a session.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ssh_key::Fingerprint;

use crate::keys::certificate::Certified;
use crate::keys::identity::Identity;
use crate::session::{self, Account, LoggedInBy, Session};

/// What a login with one key showed.
#[derive(Clone, Debug)]
pub struct Proof {
    pub fingerprint: Fingerprint,
    /// The signature algorithm that the server took, `rsa-sha2-512` and its like.
    pub signature: String,
    /// Not the key itself logged in but this certificate for it.
    pub certificate: Option<Certified>,
    /// The server's identification.
    pub server: String,
    /// Nothing behind a proxy.
    pub peer: Option<SocketAddr>,
    /// From the name look-up to the open session.
    pub took: Duration,
}

/// Logs in with `identity` alone, without any certificate for it, and opens a session, in which
/// nothing runs.
pub async fn prove(account: &Account, identity: &Arc<Identity>) -> Result<Proof, session::Error> {
    let start = Instant::now();
    shown(start, account.log_in_with_only(identity).await?).await
}

/// The same by whatever `ssh -i FILE` would log in with: a certificate for `identity`, or the key
/// itself.
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
        return Err(session::LoginError::OpenDoor.into());
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
