//! One account, start to end: log in another way, find the key, mark its lines, read them back,
//! prove that the server refuses it.

use std::sync::Arc;

use super::marks::{Mark, marked, marks};
use super::{Error, write};
use crate::accounts::authorized_keys::{Content, Entry};
use crate::accounts::install;
use crate::accounts::remote_script;
use crate::accounts::survey::{File, State, Survey};
use crate::error::{Failure, Kind};
use crate::keys::identity::Identity;
use crate::session::{self, Account, LoggedInBy, LoginError, Probed, Session};

/// How to revoke.
#[derive(Clone, Copy, Debug, Default)]
pub struct Plan {
    /// Change nothing; say what would be.
    pub dry_run: bool,
    /// Also the key that this login is made with, and the only one there is.
    pub force: bool,
    /// Take out lines that are out of force.
    pub purge: bool,
}

/// What became of one account.
#[derive(Clone, Debug)]
pub struct Revocation {
    pub outcome: Revoked,
    /// The files that were looked at, as messages name them.
    pub files: Vec<String>,
    /// The lines put out of force, or in a dry run those that would be: file and mark.
    pub lines: Vec<(String, Mark)>,
    /// Lines that speak of the key inside another key's options, and were left: file and number.
    pub left: Vec<(String, usize)>,
    /// Lines that were taken out: file and number before.
    pub purged: Vec<(String, usize)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revoked {
    /// Put out of force, read back, and refused by the server.
    Revoked,
    /// In none of the files, and the server does not take it.
    Absent,
    /// A dry run: the lines are there and can be written.
    WouldRevoke,
}

/// Puts `identity`'s public half out of force on `account`. What `Ok` says is true: the lines were
/// read back from the server's files, and a connection after that showed that the server refuses
/// the key.
pub async fn revoke(
    account: &Account,
    identity: &Arc<Identity>,
    plan: &Plan,
) -> Result<Revocation, crate::error::Error> {
    let job = Job { account, identity, plan, others: other_ways(account, identity).await };
    let mut entered = job.enter().await?;
    let mut done = job.run(&entered).await;
    if entered.by_another_key
        && done
            .as_ref()
            .is_err_and(|error| error.downcast_ref().is_some_and(remote_script::Error::is_not_run))
    {
        // The other key has a command of its own there: a password may not.
        if let Ok(session) = account.log_in(&[], Some(identity)).await {
            let is_taken = session.probed().map(|probed| matches!(probed, Probed::Accepted));
            let before = std::mem::replace(
                &mut entered,
                Entered { session, by_this_key: false, by_another_key: true, is_taken },
            );
            before.session.close().await;
            done = job.run(&entered).await;
        }
    }
    entered.session.close().await;
    let done = done?;
    if done.outcome == Revoked::Revoked {
        job.prove(entered.by_this_key).await?;
    }
    Ok(done)
}

async fn other_ways(account: &Account, identity: &Arc<Identity>) -> Vec<Arc<Identity>> {
    let mut keys = account.identities().await;
    // Its certificate stays a way in: revoking the key leaves it.
    keys.retain(|key| {
        key.certificate().is_some() || key.public().key_data() != identity.public().key_data()
    });
    keys
}

struct Job<'a> {
    account: &'a Account,
    identity: &'a Arc<Identity>,
    plan: &'a Plan,
    others: Vec<Arc<Identity>>,
}

struct Entered {
    session: Session,
    by_this_key: bool,
    /// By another key or a certificate.
    by_another_key: bool,
    /// Whether the server takes the key as things are; nothing where it let us in before it could
    /// be asked.
    is_taken: Option<bool>,
}

impl Job<'_> {
    /// By any way but the key itself; by the key where there is no other.
    async fn enter(&self) -> Result<Entered, crate::error::Error> {
        let error = match self.account.log_in(&self.others, Some(self.identity)).await {
            Ok(session) => {
                let is_taken = session.probed().map(|probed| matches!(probed, Probed::Accepted));
                let by_another_key = matches!(session.logged_in_by(), LoggedInBy::Key { .. });
                return Ok(Entered { session, by_this_key: false, by_another_key, is_taken });
            }
            Err(error) => error,
        };
        if !matches!(
            error.kind(),
            Kind::PermissionDenied | Kind::NoTerminal | Kind::NoAnswer | Kind::TooManyFailures
        ) {
            return Err(error.into());
        }
        if !self.identity.can_sign(&self.account.credentials, false).await {
            return Err(error.into());
        }
        match self.account.log_in_with_only(self.identity).await {
            Ok(session) => Ok(Entered {
                session,
                by_this_key: true,
                by_another_key: false,
                is_taken: Some(true),
            }),
            Err(_) => Err(error.into()),
        }
    }

    async fn run(&self, entered: &Entered) -> Result<Revocation, crate::error::Error> {
        let key = self.identity.public();
        let survey = Survey::take(&entered.session, &self.account.endpoint.user).await?;
        let paths = survey.files();
        let files = survey.look(&entered.session, &paths).await?;
        for file in &files {
            check(file)?;
        }
        let mut done = Revocation {
            outcome: Revoked::Absent,
            files: files.iter().map(File::name).collect(),
            lines: Vec::new(),
            left: Vec::new(),
            purged: Vec::new(),
        };
        let mut places = Vec::new();
        for file in &files {
            let Some(content) = file.content() else { continue };
            let (marks, spoken_of) = marks(content, key);
            done.left.extend(spoken_of.into_iter().map(|line| (file.name(), line)));
            done.lines.extend(marks.iter().map(|mark| (file.name(), mark.clone())));
            if !marks.is_empty() {
                places.push((file, marks));
            }
        }
        if places.is_empty() && entered.is_taken == Some(true) {
            return Err(Error::StillTaken { written: false }.into());
        }
        // What the server refuses as things are lets nobody in, whatever the line says.
        let is_in_force =
            entered.is_taken != Some(false) && done.lines.iter().any(|(_, mark)| mark.is_in_force);
        if self.plan.dry_run {
            done.outcome = if places.is_empty() { Revoked::Absent } else { Revoked::WouldRevoke };
            return Ok(done);
        }
        if is_in_force && !self.plan.force {
            if entered.by_this_key {
                return Err(Error::OwnKey.into());
            }
            // Neither another key nor a certificate let us in, so there is none.
            let yours = self.identity.has_private() || self.identity.agent().is_some();
            if !entered.by_another_key && (yours || !self.has_others(&files)) {
                return Err(Error::LastKey { yours: yours && self.has_others(&files) }.into());
            }
        }
        for (file, marks) in &places {
            write::mark(&entered.session, !survey.runs_commands, file, marks, key)
                .await
                .map_err(cut_short)?;
            self.read_back(&survey, &entered.session, file, marks).await?;
            done.outcome = Revoked::Revoked;
        }
        if self.plan.purge {
            done.purged = self.purge(&survey, &entered.session, &paths).await?;
        }
        Ok(done)
    }

    /// Whether another key, or an authority, lets somebody in.
    fn has_others(&self, files: &[File]) -> bool {
        let ours = self.identity.public().to_bytes().ok();
        let is_another = |entry: Entry| entry.key().map(|key| key.as_bytes().to_vec()) != ours;
        let contents = files.iter().filter_map(File::content);
        contents
            .flat_map(|content| content.lines())
            .any(|line| matches!(line.content, Content::Key(entry) if is_another(entry)))
    }

    async fn read_back(
        &self,
        survey: &Survey,
        session: &Session,
        file: &File,
        marks: &[Mark],
    ) -> Result<(), crate::error::Error> {
        let before = file.content().map(|content| content.as_bytes()).unwrap_or_default();
        let wanted = write::marked_bytes(before, marks);
        let after = survey.look(session, std::slice::from_ref(&file.path)).await?.pop();
        // Others may have appended meanwhile.
        match after.as_ref().and_then(File::content) {
            Some(after) if after.as_bytes().starts_with(&wanted) => Ok(()),
            _ => Err(Error::Unsettled { file: file.name() }.into()),
        }
    }

    async fn purge(
        &self,
        survey: &Survey,
        session: &Session,
        paths: &[String],
    ) -> Result<Vec<(String, usize)>, crate::error::Error> {
        let key = self.identity.public();
        let mut purged = Vec::new();
        for file in survey.look(session, paths).await? {
            let Some(content) = file.content() else { continue };
            let lines = marked(content, key);
            if lines.is_empty() {
                continue;
            }
            let refuse =
                |why| Err(crate::error::Error::from(Error::NotPurged { file: file.name(), why }));
            if !survey.runs_commands {
                return refuse("the account runs no commands".into());
            }
            if let Some(why) = write::objection(&file, survey.uid) {
                return refuse(why);
            }
            if let Err(error) = write::drop_lines(session, &file, &lines, key).await {
                return match error.downcast_ref::<session::Error>() {
                    Some(_) => Err(error),
                    None => refuse(error.to_string()),
                };
            }
            let mut wanted = Vec::new();
            let mut from = 0;
            for (_, place) in &lines {
                wanted.extend_from_slice(&content.as_bytes()[from..place.start]);
                from = place.end;
            }
            wanted.extend_from_slice(&content.as_bytes()[from..]);
            let after = survey.look(session, std::slice::from_ref(&file.path)).await?.pop();
            if !after
                .as_ref()
                .and_then(File::content)
                .is_some_and(|after| after.as_bytes().starts_with(&wanted))
            {
                return Err(Error::Unsettled { file: file.name() }.into());
            }
            purged.extend(lines.into_iter().map(|(line, _)| (file.name(), line)));
        }
        Ok(purged)
    }

    /// By another connection: the server is asked whether it takes the key, or, where the key was
    /// the way in, is shown it.
    async fn prove(&self, by_this_key: bool) -> Result<(), crate::error::Error> {
        let not_proved =
            |why: session::Error| Err(Error::NotProved { why: why.to_string() }.into());
        if by_this_key {
            return match self.account.log_in_with_only(self.identity).await {
                Err(session::Error::Login(LoginError::KeyRefused { .. })) => Ok(()),
                Err(why) => not_proved(why),
                Ok(session) => {
                    session.close().await;
                    Err(Error::StillTaken { written: true }.into())
                }
            };
        }
        match self.account.log_in(&self.others, Some(self.identity)).await {
            Err(why) => not_proved(why),
            Ok(session) => {
                let probed = session.probed().cloned();
                session.close().await;
                match probed {
                    Some(Probed::Refused { .. }) => Ok(()),
                    Some(Probed::Accepted) => Err(Error::StillTaken { written: true }.into()),
                    None => not_proved(LoginError::OpenDoor.into()),
                }
            }
        }
    }
}

/// With the connection gone, the request may have arrived and been carried out.
fn cut_short(error: crate::error::Error) -> crate::error::Error {
    use crate::accounts::remote_script::Error::{EndedEarly, Lost as Unheard};
    if error.downcast_ref().is_some_and(session::Error::is_cut_short) {
        return Error::CutShort { why: error.to_string() }.into();
    }
    if let Some(Unheard | EndedEarly { .. }) = error.downcast_ref() {
        let why = "the connection ended before the script answered".into();
        return Error::CutShort { why }.into();
    }
    error
}

/// A file that cannot be read may hold the key.
fn check(file: &File) -> Result<(), crate::error::Error> {
    let (name, made) = (file.name(), install::Made::default());
    match file.state {
        State::Unreadable => Err(install::Error::Unreadable { file: name, made }.into()),
        State::TooLarge => {
            Err(install::Error::TooLarge { file: name, limit: crate::accounts::survey::MAX_FILE }
                .into())
        }
        State::Read(_) | State::Missing | State::NoFile(_) => Ok(()),
    }
}
