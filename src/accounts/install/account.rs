//! A key onto one account, start to end: log in, find the file the server reads, write the line,
//! prove the login, and where that fails find out why.

use std::sync::Arc;

use super::diagnosis::Cause;
use super::not_proved::NotProved;
use super::place::Place;
use super::{Answer, Change, Made, RemoteFile, Request, command, read_answer, sftp};
use crate::accounts::authorized_keys::unknown_option;
use crate::accounts::proof::{self, Proof};
use crate::accounts::remote_script::{self, Nonce};
use crate::accounts::survey::{Hazard, Survey};
use crate::error::Failure;
use crate::keys::identity::Identity;
use crate::prompter;
use crate::session::sftp::Sftp;
use crate::session::{self, Account, ChannelError, LoggedInBy, LoginError, Probed, Session};

/// What a script may answer; far more than it ever does, far less than would hurt.
const MAX_ANSWER: usize = 256 * 1024;

const OVER_SFTP: &str = "the account runs no commands; installing over SFTP";

/// How to install.
#[derive(Clone, Debug)]
pub struct Plan {
    pub file: RemoteFile,
    pub way: Way,
    /// Change nothing; say what would be.
    pub dry_run: bool,
    /// Prove the key by a login of its own.
    pub verify: bool,
    /// Where modes keep the key out, and the account can mend them, take the right to write from
    /// group and others.
    pub fix_permissions: bool,
    /// Try the key itself as the first way in: where it is installed already, no password is asked
    /// for.
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
    /// A fresh login with exactly this key came half the way: the server took it, and asks for one
    /// of these besides (`AuthenticationMethods` of sshd_config(5)).
    InPart(Vec<String>),
    /// The server says that it would take the key; a login needs the private half, which is not
    /// here.
    ByQuestion,
    /// Left out as asked.
    No,
}

/// What became of one account.
#[derive(Clone, Debug)]
pub struct Installation {
    pub answer: Answer,
    pub verified: Verified,
    /// The file of sshd's configuration that names the file, where it is not the usual one.
    pub named_in: Option<String>,
    /// Whose modes were mended, with what they were before; in a dry run, whose would be.
    pub mended: Vec<Hazard>,
}

/// Installs `identity`'s public half on `account`. What `Ok` says is true: the line was read back
/// from the server's file, and the login was proved unless the plan leaves that out.
pub async fn install(
    account: &Account,
    identity: &Arc<Identity>,
    plan: &Plan,
) -> Result<Installation, crate::error::Error> {
    let job = Job { account, identity, plan };
    // First, since what cannot be installed is reported as "nothing was sent".
    command(&job.request(&Place::named(plan.file.clone()), 0), &Nonce::new(&mut rand::rng()))?;
    let mut keys = account.identities().await;
    keys.retain(|key| {
        key.certificate().is_some() || key.public().key_data() != identity.public().key_data()
    });
    let may_ask = !account.endpoint.batch_mode && account.credentials.prompter().can_ask();
    let can_sign = identity.can_sign(&account.credentials, may_ask).await;
    let others = keys.clone();
    if plan.try_key_first && can_sign {
        keys.insert(0, identity.clone());
    }
    let session = account.log_in(&keys, None).await?;
    // A login by the key's certificate says nothing about the key in the file.
    let this = identity.fingerprint();
    let mut by_this_key = matches!(session.logged_in_by(), LoggedInBy::Key { fingerprint, certificate: None, .. } if *fingerprint == this);
    let mut written = job.write(&session).await;
    session.close().await;
    if by_this_key
        && written
            .as_ref()
            .is_err_and(|error| script_error(error).is_some_and(|it| it.is_not_run()))
    {
        // The key may be there behind a command of its own: another way in sees the file, where
        // there is one.
        match account.log_in(&others, None).await {
            Ok(session) => {
                by_this_key = false;
                written = job.write(&session).await;
                session.close().await;
            }
            Err(error @ session::Error::Prompter(prompter::Error::Interrupted)) => {
                return Err(error.into());
            }
            Err(_) => {}
        }
    }
    let Written { answer, named_in, mended } = written?;
    let done = |verified, mended| {
        Ok(Installation { answer: answer.clone(), verified, named_in: named_in.clone(), mended })
    };
    if plan.dry_run || !plan.verify {
        return done(Verified::No, mended);
    }
    if by_this_key {
        return done(Verified::ByThisLogin, mended);
    }
    let why = match job.prove(can_sign, &others).await {
        Ok(verified) => return done(verified, mended),
        Err(why) => why,
    };
    let (mut cause, mut mended) = (None, Vec::new());
    if matches!(why, session::Error::Login(LoginError::KeyRefused { .. })) {
        (cause, mended) = job.diagnose(&answer.file, &others).await;
        if !mended.is_empty()
            && let Ok(verified) = job.prove(can_sign, &others).await
        {
            return done(verified, mended);
        }
    }
    let (installed, restricted) = (answer.outcome.is_installed(), answer.outcome.restricted());
    Err(NotProved {
        file: answer.file.clone(),
        installed,
        restricted,
        why: Box::new(why),
        cause: cause.map(Box::new),
        mended,
    }
    .into())
}

/// What was asked for.
struct Job<'a> {
    account: &'a Account,
    identity: &'a Arc<Identity>,
    plan: &'a Plan,
}

/// What one login did.
struct Written {
    answer: Answer,
    named_in: Option<String>,
    /// In a dry run, whose modes would be mended.
    mended: Vec<Hazard>,
}

impl Job<'_> {
    fn request(&self, place: &Place, after: usize) -> Request<'_> {
        let (file, also) = (place.file.clone(), place.also.clone());
        Request { key: self.identity.public(), file, also, after, dry_run: self.plan.dry_run }
    }

    /// Into the first file of those the server reads that takes it.
    async fn write(&self, session: &Session) -> Result<Written, crate::error::Error> {
        if self.plan.way == Way::Sftp {
            return self.write_over_sftp(session, session.sftp().await?, None).await;
        }
        // dropbear and others have one place; a file that was named is that file.
        if self.plan.file != RemoteFile::Default || !session.server().contains("-OpenSSH") {
            return self.write_at(session, &Place::named(self.plan.file.clone()), None).await;
        }
        let survey = match Survey::take(session, &self.account.endpoint.user).await {
            Ok(survey) => survey,
            // The line can be written where the questions were not understood; where nothing runs
            // at all, this says so.
            Err(error) if error.downcast_ref::<remote_script::Error>().is_some() => {
                return self.write_at(session, &Place::named(RemoteFile::Default), None).await;
            }
            Err(error) => return Err(error),
        };
        if !survey.runs_commands {
            self.account.notices.say(OVER_SFTP.into());
            return self.write_over_sftp(session, session.sftp().await?, Some(&survey)).await;
        }
        let places = Place::all(&survey)?;
        let mut places = places.iter().peekable();
        loop {
            // There is always one: an empty list is an error above.
            let Some(place) = places.next() else { return Err(super::Error::CutShort.into()) };
            match self.write_at(session, place, Some(&survey)).await {
                Err(error)
                    if error.downcast_ref().is_some_and(super::Error::is_about_the_file)
                        && places.peek().is_some() =>
                {
                    self.account
                        .notices
                        .say(format!("{error}; trying the next file that the server reads"));
                }
                written => return written,
            }
        }
    }

    async fn write_at(
        &self,
        session: &Session,
        place: &Place,
        survey: Option<&Survey>,
    ) -> Result<Written, crate::error::Error> {
        let mut after = 0;
        let answer = loop {
            let answer = match self.run_script(session, place, after).await {
                // Without SFTP either, what the account does with a command says more.
                Err(refusal) if runs_no_commands(&refusal) => {
                    let Ok(sftp) = session.sftp().await else { return Err(refusal) };
                    self.account.notices.say(OVER_SFTP.into());
                    return self.write_over_sftp(session, sftp, survey).await;
                }
                answer => answer?,
            };
            match &answer.outcome {
                // OpenSSH passes over such a line, and dropbear too: the script goes by the line's
                // shape alone.
                Change::PresentRestricted { line, options }
                    if options != "..."
                        && unknown_option(options.as_bytes()).is_some()
                        && *line > after =>
                {
                    after = *line;
                }
                _ => break answer,
            }
        };
        let mended = self.would_mend(session, &answer.file, survey).await?;
        Ok(Written { answer, named_in: place.named_in.clone(), mended })
    }

    async fn run_script(
        &self,
        session: &Session,
        place: &Place,
        after: usize,
    ) -> Result<Answer, crate::error::Error> {
        let nonce = Nonce::new(&mut rand::rng());
        let command = command(&self.request(place, after), &nonce)?;
        let output =
            session.exec(&command, MAX_ANSWER).await.map_err(|error| self.unanswered(error))?;
        Ok(read_answer(&output.stdout, &output.stderr, output.status, &nonce)?)
    }

    /// With the connection gone, the whole request may have arrived.
    fn unanswered(&self, error: session::Error) -> crate::error::Error {
        if !error.is_cut_short() {
            return error.into();
        }
        let (kind, why, hint) = (error.kind(), error.to_string(), error.hint());
        super::Error::Unanswered {
            kind,
            why,
            hint,
            made: Made::default(),
            is_sent: !self.plan.dry_run,
        }
        .into()
    }

    async fn write_over_sftp(
        &self,
        session: &Session,
        mut sftp: Sftp,
        survey: Option<&Survey>,
    ) -> Result<Written, crate::error::Error> {
        let answer = sftp::append(
            &mut sftp,
            &self.account.endpoint.user,
            &self.request(&Place::named(self.plan.file.clone()), 0),
        )
        .await;
        sftp.end().await;
        let answer = answer?;
        let mended = self.would_mend(session, &answer.file, survey).await?;
        Ok(Written { answer, named_in: None, mended })
    }

    /// Of a dry run that is to mend modes, whose it would.
    async fn would_mend(
        &self,
        session: &Session,
        file: &str,
        survey: Option<&Survey>,
    ) -> Result<Vec<Hazard>, crate::error::Error> {
        if !self.plan.dry_run || !self.plan.fix_permissions {
            return Ok(Vec::new());
        }
        let survey = match survey {
            Some(survey) => survey.clone(),
            None => self.survey(session).await?,
        };
        let hazards = look(&survey, session, file)
            .await?
            .map(|file| file.hazards(survey.uid))
            .unwrap_or_default();
        Ok(if hazards.iter().all(|hazard| Some(hazard.uid) == survey.uid) {
            hazards
        } else {
            Vec::new()
        })
    }

    async fn survey(&self, session: &Session) -> Result<Survey, crate::error::Error> {
        match self.plan.way {
            Way::Exec => Survey::take(session, &self.account.endpoint.user).await,
            Way::Sftp => Survey::take_over_sftp(session, &self.account.endpoint.user).await,
        }
    }

    async fn prove(
        &self,
        can_sign: bool,
        others: &[Arc<Identity>],
    ) -> Result<Verified, session::Error> {
        match can_sign {
            true => by_login(self.account, self.identity).await,
            false => by_question(self.account, self.identity, others).await,
        }
    }

    /// Why the server refused the key, as far as another login shows it, and whose modes were
    /// mended. A look that fails tells nothing.
    async fn diagnose(&self, file: &str, others: &[Arc<Identity>]) -> (Option<Cause>, Vec<Hazard>) {
        let Ok(session) = self.account.log_in(others, None).await else {
            return (None, Vec::new());
        };
        let found = self.diagnose_in(&session, file).await.unwrap_or_default();
        session.close().await;
        found
    }

    async fn diagnose_in(
        &self,
        session: &Session,
        file: &str,
    ) -> Result<(Option<Cause>, Vec<Hazard>), crate::error::Error> {
        let survey = self.survey(session).await?;
        let key = self.identity.public();
        let mut cause =
            look(&survey, session, file).await?.and_then(|file| Cause::find(&survey, &file, key));
        let mut mended = cause.as_ref().map(Cause::mendable).unwrap_or_default().to_vec();
        if !self.plan.fix_permissions || mended.is_empty() {
            return Ok((cause, Vec::new()));
        }
        survey.mend(session, &mended).await?;
        if let Some(file) = look(&survey, session, file).await? {
            let left = file.hazards(survey.uid);
            mended.retain(|hazard| !left.iter().any(|left| left.path == hazard.path));
            cause = Cause::find(&survey, &file, key);
        }
        Ok((cause, mended))
    }
}

/// At the file that an answer names.
async fn look(
    survey: &Survey,
    session: &Session,
    file: &str,
) -> Result<Option<crate::accounts::survey::File>, crate::error::Error> {
    let path = file.strip_prefix("~/").unwrap_or(file).to_owned();
    Ok(survey.look(session, &[path]).await?.pop())
}

fn runs_no_commands(error: &crate::error::Error) -> bool {
    matches!(error.downcast_ref(), Some(session::Error::Channel(ChannelError::NoCommands)))
        || script_error(error).is_some_and(remote_script::Error::may_be_sftp_only)
}

fn script_error(error: &crate::error::Error) -> Option<&remote_script::Error> {
    match error.downcast_ref() {
        Some(super::Error::Script(error)) => Some(error),
        _ => None,
    }
}

async fn by_login(account: &Account, identity: &Arc<Identity>) -> Result<Verified, session::Error> {
    match proof::prove(account, identity).await {
        Err(session::Error::Login(LoginError::MoreRequired { accepts })) => {
            Ok(Verified::InPart(accepts))
        }
        proof => proof.map(|proof| Verified::ByLogin(Box::new(proof))),
    }
}

async fn by_question(
    account: &Account,
    identity: &Arc<Identity>,
    others: &[Arc<Identity>],
) -> Result<Verified, session::Error> {
    let session = account.log_in(others, Some(identity)).await?;
    let probed = session.probed().cloned();
    session.close().await;
    match probed {
        Some(Probed::Accepted) => Ok(Verified::ByQuestion),
        Some(Probed::Refused { accepts }) => {
            Err(LoginError::KeyRefused { fingerprint: identity.fingerprint().to_string(), accepts }
                .into())
        }
        // It let us in before there was anything to ask.
        None => Err(LoginError::OpenDoor.into()),
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
