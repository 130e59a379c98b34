//! The proof that a key, and nothing else, logs in.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ssh_key::Fingerprint;

use crate::accounts::remote_script::{self, MAX_ANSWER, Nonce, not_run};
use crate::accounts::session_failure::nothing_proved;
use crate::error::{Failure, Kind};
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
/// itself. A command runs in the session, so that an account that lets in and then runs nothing is
/// told apart.
///
/// # Errors
///
/// Those of [`prove`] as a [`session::Error`]; an [`Error`] if the account runs no command.
pub async fn prove_as_named(
    account: &Account,
    identity: &Identity,
) -> Result<Proof, crate::error::Error> {
    let start = Instant::now();
    let session = account.log_in_with_named(identity).await?;
    check_command(&session).await?;
    Ok(shown(start, session).await?)
}

/// The same with any one of the keys that ssh would offer.
///
/// # Errors
///
/// As [`prove_as_named`].
pub async fn prove_any(account: &Account) -> Result<Proof, crate::error::Error> {
    let start = Instant::now();
    let session = account.log_in_with_any_key().await?;
    if session.logged_in_by() == &LoggedInBy::Nothing {
        return Err(nothing_proved().into());
    }
    check_command(&session).await?;
    Ok(shown(start, session).await?)
}

/// Runs a command that every shell knows, and looks for what it prints.
async fn check_command(session: &Session) -> Result<(), crate::error::Error> {
    let nonce = Nonce::new(&mut rand::rng());
    let (first, second) = nonce.parts();
    // In two parts: a forced command may print the command that it was given.
    let command = format!("echo {first}\"\"{second}");
    let output = session.exec(command.as_bytes(), MAX_ANSWER).await?;
    // Windows' cmd prints the quotes.
    let is_windows = session.server().contains("for_Windows");
    let printed = String::from_utf8_lossy(&output.stdout);
    if printed.contains(nonce.as_str()) || is_windows && printed.contains(&command[5..]) {
        return Ok(());
    }
    let why = not_run(&output.stdout, &output.stderr, output.status);
    Err(Error { fingerprint: fingerprint(session), why }.into())
}

fn fingerprint(session: &Session) -> String {
    match session.logged_in_by() {
        LoggedInBy::Key { fingerprint, .. } => fingerprint.to_string(),
        _ => String::new(),
    }
}

/// The key logs in, but the account runs no command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    fingerprint: String,
    why: remote_script::Error,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use remote_script::Error::{NoLogin, PasswordExpired, SftpOnly, Silent};
        write!(f, "the key {} is accepted, but the account ", self.fingerprint)?;
        match &self.why {
            SftpOnly => f.write_str("allows SFTP only and runs no commands"),
            NoLogin { said } => write!(f, "allows no logins: the server said {said:?}"),
            PasswordExpired { said } => {
                write!(f, "must change its password first: the server said {said:?}")
            }
            Silent { exit_status: Some(status) } => {
                write!(
                    f,
                    "ran something other than the command, which said nothing (exit status \
                    {status})"
                )
            }
            why => match why.said() {
                Some(said) => {
                    write!(f, "ran something other than the command: it said {said:?}")
                }
                None => f.write_str("closed the session before the command answered"),
            },
        }
    }
}

impl std::error::Error for Error {}

impl Failure for Error {
    fn kind(&self) -> Kind {
        self.why.kind()
    }

    fn hint(&self) -> Option<String> {
        use remote_script::Error::{NoLogin, PasswordExpired};
        // Any other account may be meant for just what it runs.
        matches!(self.why, NoLogin { .. } | PasswordExpired { .. })
            .then(|| self.why.hint())
            .flatten()
    }
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
