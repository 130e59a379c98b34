//! The proof that a key, and nothing else, gets its owner a session.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ssh_key::Fingerprint;

use crate::identity::Identity;
use crate::session::{self, Account, LoggedInBy};

/// What a login with one key showed.
#[derive(Clone, Debug)]
pub struct Proof {
    pub fingerprint: Fingerprint,
    /// The signature algorithm that the server took, `rsa-sha2-512` and its like.
    pub signature: String,
    /// The server's identification.
    pub server: String,
    /// Nothing behind a proxy.
    pub peer: Option<SocketAddr>,
    /// From the name look-up to the open session.
    pub took: Duration,
}

/// Logs in with `identity` alone and opens a session, in which nothing runs.
pub async fn prove(account: &Account, identity: &Arc<Identity>) -> Result<Proof, session::Error> {
    let start = Instant::now();
    let session = account.log_in_with_only(identity).await?;
    session.open_and_close().await?;
    let took = start.elapsed();
    let LoggedInBy::Key { fingerprint, algorithm } = session.logged_in_by().clone() else { return Err(session::Error::OpenDoor) };
    let proof = Proof { fingerprint, signature: algorithm, server: session.server(), peer: session.peer(), took };
    session.close().await;
    Ok(proof)
}
