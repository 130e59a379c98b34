//! A key onto one account, start to end: log in, run the one script, read the answer, prove the login.

use std::sync::Arc;

use super::{Answer, Change, Nonce, RemoteFile, Request, command, read_answer};
use crate::identity::Identity;
use crate::proof::{self, Proof};
use crate::session::{self, Account, LoggedInBy, Probed, Session};

/// What a script may answer; far more than it ever does, far less than would hurt.
const MAX_ANSWER: usize = 256 * 1024;

/// How to install.
#[derive(Clone, Debug)]
pub struct Plan {
    pub file: RemoteFile,
    /// Change nothing; say what would be.
    pub dry_run: bool,
    /// Prove the key by a login of its own.
    pub verify: bool,
    /// Try the key itself as the first way in: where it is installed already, no password is asked for.
    pub try_key_first: bool,
}

/// How the installed key was proved.
#[derive(Clone, Debug)]
pub enum Verified {
    /// By a fresh login with exactly this key.
    ByLogin(Box<Proof>),
    /// The login that installed it was made with exactly this key.
    ByThisLogin,
    /// The server says that it would take the key; a login needs the private half, which is not here.
    ByQuestion,
    /// Left out as asked.
    No,
}

/// What became of one account.
#[derive(Clone, Debug)]
pub struct Installation {
    pub answer: Answer,
    pub verified: Verified,
}

/// The line is in the file, and yet the key was not seen to log in.
#[derive(Debug, thiserror::Error)]
#[error("the key {} {file:?} on the server, but it does not log in: {why}", if *.installed { "was written to" } else { "is in" })]
pub struct NotProved {
    pub file: String,
    /// By this run; otherwise it was there before.
    pub installed: bool,
    pub why: Box<session::Error>,
}

impl NotProved {
    /// One word of the list in sshk(1).
    pub fn kind(&self) -> &'static str {
        "not-proved"
    }

    /// One next step, ready to paste.
    pub fn hint(&self) -> Option<String> {
        match *self.why {
            session::Error::KeyRefused { .. } => {
                let folder = super::folder_of(&self.file);
                Some(format!(
                    "servers pass over the file where others can write to it, its folder or the home folder, and where AuthorizedKeysFile names \
                     another; look on the server: ls -ld ~ {} {}",
                    super::pasteable(folder),
                    super::pasteable(&self.file)
                ))
            }
            _ => self.why.hint(),
        }
    }
}

/// Installs `identity`'s public half on `account`. What `Ok` says is true: the line was read back from the server's file, and the
/// login was proved unless the plan leaves that out.
pub async fn install(account: &Account, identity: &Arc<Identity>, plan: &Plan) -> Result<Installation, crate::Error> {
    // First, since what cannot be installed is reported as "nothing was sent".
    let nonce = Nonce::new(&mut rand::rng());
    let command = command(&Request { key: identity.public(), file: plan.file.clone(), dry_run: plan.dry_run }, &nonce)?;
    let mut keys = account.identities().await;
    keys.retain(|key| key.public().key_data() != identity.public().key_data());
    let can_sign = identity.can_sign(&account.credentials).await;
    if plan.try_key_first && can_sign {
        keys.insert(0, identity.clone());
    }
    let session = account.log_in(&keys, None).await?;
    let by_this_key = matches!(session.logged_in_by(), LoggedInBy::Key { fingerprint, .. } if *fingerprint == identity.fingerprint());
    let answer = run_script(&session, &command, &nonce).await;
    session.close().await;
    let answer = answer?;
    let verified = if plan.dry_run || !plan.verify {
        Verified::No
    } else if by_this_key {
        Verified::ByThisLogin
    } else {
        let proved = if can_sign { by_login(account, identity).await } else { by_question(account, identity, &keys).await };
        proved.map_err(|why| NotProved { file: answer.file.clone(), installed: answer.outcome.is_installed(), why: Box::new(why) })?
    };
    Ok(Installation { answer, verified })
}

async fn run_script(session: &Session, command: &[u8], nonce: &Nonce) -> Result<Answer, crate::Error> {
    let output = session.exec(command, MAX_ANSWER).await?;
    Ok(read_answer(&output.stdout, &output.stderr, output.status, nonce)?)
}

async fn by_login(account: &Account, identity: &Arc<Identity>) -> Result<Verified, session::Error> {
    proof::prove(account, identity).await.map(|proof| Verified::ByLogin(Box::new(proof)))
}

async fn by_question(account: &Account, identity: &Arc<Identity>, others: &[Arc<Identity>]) -> Result<Verified, session::Error> {
    let session = account.log_in(others, Some(identity)).await?;
    let probed = session.probed().cloned();
    session.close().await;
    match probed {
        Some(Probed::Taken) => Ok(Verified::ByQuestion),
        Some(Probed::Refused { accepts }) => Err(session::Error::KeyRefused { fingerprint: identity.fingerprint().to_string(), accepts }),
        // It let us in before there was anything to ask.
        None => Err(session::Error::OpenDoor),
    }
}

impl Change {
    fn is_installed(&self) -> bool {
        matches!(self, Self::Installed { .. })
    }
}
