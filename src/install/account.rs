//! A key onto one account, start to end: log in, run the one script, read the answer, prove the login.

use std::sync::Arc;

use super::{Answer, Change, RemoteFile, Request, command, read_answer, sftp};
use crate::authorized_keys::unknown_option;
use crate::identity::Identity;
use crate::prompter;
use crate::proof::{self, Proof};
use crate::quoting::remote_path;
use crate::remote_script::Nonce;
use crate::session::{self, Account, LoggedInBy, Probed, Session};

/// What a script may answer; far more than it ever does, far less than would hurt.
const MAX_ANSWER: usize = 256 * 1024;

/// How to install.
#[derive(Clone, Debug)]
pub struct Plan {
    pub file: RemoteFile,
    pub way: Way,
    /// Change nothing; say what would be.
    pub dry_run: bool,
    /// Prove the key by a login of its own.
    pub verify: bool,
    /// Try the key itself as the first way in: where it is installed already, no password is asked for.
    pub try_key_first: bool,
}

/// What installs the key on the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Way {
    /// One command; SFTP on the same connection where the account runs none.
    #[default]
    Exec,
    /// SFTP alone: no command is run.
    Sftp,
}

/// How the installed key was proved.
#[derive(Clone, Debug)]
pub enum Verified {
    /// By a fresh login with exactly this key.
    ByLogin(Box<Proof>),
    /// The login that installed it was made with exactly this key.
    ByThisLogin,
    /// A fresh login with exactly this key came half the way: the server took it, and asks for one of these besides
    /// (`AuthenticationMethods` of sshd_config(5)).
    InPart(Vec<String>),
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
    /// The number of its line and the options it stands behind, where it has any.
    pub restricted: Option<(usize, String)>,
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
            session::Error::KeyRefused { .. } if self.restricted.is_some() => self.restricted.as_ref().map(|(line, options)| {
                let why = match unknown_option(options.as_bytes()) {
                    // The script leaves out what is too long to show.
                    Some(unknown) if options != "..." => {
                        let unknown = String::from_utf8_lossy(unknown);
                        format!("line {line} has the option {unknown:?}, which sshd(8) does not list, and OpenSSH passes over such a line")
                    }
                    _ => format!("line {line} stands behind {options:?}, which can keep a login from here out"),
                };
                format!("{why}; look on the server: sed -n {line}p {}", remote_path(&self.file))
            }),
            session::Error::KeyRefused { .. } => {
                let folder = super::folder_of(&self.file);
                Some(format!(
                    "servers pass over the file where others can write to it, its folder or the home folder, and where AuthorizedKeysFile names \
                     another; look on the server: ls -ld ~ {} {}",
                    remote_path(folder),
                    remote_path(&self.file)
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
    let request = Request { key: identity.public(), file: plan.file.clone(), dry_run: plan.dry_run };
    let line = NewLine { command: command(&request, &nonce)?, request, nonce };
    let mut keys = account.identities().await;
    keys.retain(|key| key.certificate().is_some() || key.public().key_data() != identity.public().key_data());
    let may_ask = !account.endpoint.batch_mode && account.credentials.prompter().can_ask();
    let can_sign = identity.can_sign(&account.credentials, may_ask).await;
    if plan.try_key_first && can_sign {
        keys.insert(0, identity.clone());
    }
    let session = account.log_in(&keys, None).await?;
    // A login by the key's certificate says nothing about the key in the file.
    let this = identity.fingerprint();
    let mut by_this_key = matches!(session.logged_in_by(), LoggedInBy::Key { fingerprint, certificate: None, .. } if *fingerprint == this);
    let mut answer = write_line(account, &session, plan.way, &line).await;
    session.close().await;
    if by_this_key && matches!(&answer, Err(crate::Error::Install(super::Error::Script(error))) if error.is_not_run()) {
        // The key may be there behind a command of its own: another way in sees the file, where there is one.
        keys.remove(0);
        match account.log_in(&keys, None).await {
            Ok(session) => {
                by_this_key = false;
                answer = write_line(account, &session, plan.way, &line).await;
                session.close().await;
            }
            Err(error @ session::Error::Prompter(prompter::Error::Interrupted)) => return Err(error.into()),
            Err(_) => {}
        }
    }
    let answer = answer?;
    let verified = if plan.dry_run || !plan.verify {
        Verified::No
    } else if by_this_key {
        Verified::ByThisLogin
    } else {
        let proved = if can_sign { by_login(account, identity).await } else { by_question(account, identity, &keys).await };
        proved.map_err(|why| NotProved {
            file: answer.file.clone(),
            installed: answer.outcome.is_installed(),
            restricted: answer.outcome.restricted(),
            why: Box::new(why),
        })?
    };
    Ok(Installation { answer, verified })
}

/// What is to be written, checked before anything is sent.
struct NewLine<'a> {
    request: Request<'a>,
    command: Vec<u8>,
    nonce: Nonce,
}

async fn write_line(account: &Account, session: &Session, way: Way, line: &NewLine<'_>) -> Result<Answer, crate::Error> {
    if way == Way::Sftp {
        let mut sftp = session.sftp().await?;
        return Ok(sftp::append(&mut sftp, &account.endpoint.user, &line.request).await?);
    }
    let refusal = match run_script(session, line).await {
        Err(refusal) if runs_no_commands(&refusal) => refusal,
        answer => return answer,
    };
    match session.sftp().await {
        Ok(mut sftp) => {
            account.notices.say("the account runs no commands; installing over SFTP".into());
            Ok(sftp::append(&mut sftp, &account.endpoint.user, &line.request).await?)
        }
        // Without SFTP either, what the account does with a command says more.
        Err(_) => Err(refusal),
    }
}

fn runs_no_commands(error: &crate::Error) -> bool {
    match error {
        crate::Error::Session(session::Error::NoCommands) => true,
        crate::Error::Install(super::Error::Script(error)) => error.may_be_sftp_only(),
        _ => false,
    }
}

async fn run_script(session: &Session, line: &NewLine<'_>) -> Result<Answer, crate::Error> {
    let output = session.exec(&line.command, MAX_ANSWER).await?;
    Ok(read_answer(&output.stdout, &output.stderr, output.status, &line.nonce)?)
}

async fn by_login(account: &Account, identity: &Arc<Identity>) -> Result<Verified, session::Error> {
    match proof::prove(account, identity).await {
        Err(session::Error::MoreRequired { accepts }) => Ok(Verified::InPart(accepts)),
        proof => proof.map(|proof| Verified::ByLogin(Box::new(proof))),
    }
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

    fn restricted(&self) -> Option<(usize, String)> {
        match self {
            Self::PresentRestricted { line, options } => Some((*line, options.clone())),
            _ => None,
        }
    }
}
