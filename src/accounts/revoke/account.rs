//! One account, start to end: log in by another method, find the key, disable its lines, read them
//! back, verify that the server rejects it.

use std::sync::Arc;

use super::error::Error;
use super::key_lines::KeyLines;
use super::marks::Mark;
use super::purge::purge;
use super::write::{Writer, mark, read_back};
use crate::accounts::remote_script;
use crate::accounts::session_failure::{
    is_key_rejected, is_locked, is_login_denied, nothing_proved,
};
use crate::accounts::survey::Survey;
use crate::keys::identity::Identity;
use crate::session::{self, Account, LoggedInBy, Probed, Session};

/// How to revoke.
#[derive(Clone, Copy, Debug, Default)]
pub struct RevokeOptions {
    /// Change nothing; report what would be changed.
    pub dry_run: bool,
    /// Revoke even the key that this login uses, or the only one left; as root, write even where
    /// another user controls the path.
    pub force: bool,
    /// Remove disabled lines.
    pub purge: bool,
}

/// The outcome for one account.
#[derive(Clone, Debug)]
pub struct Revocation {
    /// What happened to the key.
    pub outcome: Revoked,
    /// The files that were read, as messages name them.
    pub files: Vec<String>,
    /// The lines that were disabled, or in a dry run those that would be: file and mark.
    pub lines: Vec<(String, Mark)>,
    /// Lines that have the key only inside another key's options and were left alone: file and
    /// number.
    pub left: Vec<(String, usize)>,
    /// Lines that were removed: file and the number they had.
    pub purged: Vec<(String, usize)>,
}

/// What happened to a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revoked {
    /// Disabled, read back, and rejected by the server.
    Revoked,
    /// In none of the files, and the server does not accept it.
    Absent,
    /// A dry run: the lines are there and can be written.
    WouldRevoke,
}

/// Revokes `identity`'s public key on `account`. What `Ok` says is true: the lines were read back
/// from the server's files, and a connection after that showed that the server rejects the key.
///
/// # Errors
///
/// An [`Error`] if the key is not revoked or not known to be, a [`session::Error`] if no login
/// succeeded, a [`crate::accounts::remote_file::Error`] if a file cannot be read or written, and
/// the failures of the survey.
pub async fn revoke(
    account: &Account,
    identity: &Arc<Identity>,
    options: &RevokeOptions,
) -> Result<Revocation, crate::error::Error> {
    let identity = &account.beside_its_agent(identity).await;
    let revoker = Revoker::new(account, identity, options).await;
    let login = revoker.log_in().await?;
    let (login, done) = revoker.disable_lines(login).await;
    login.session.close().await;
    let done = done?;
    if done.outcome == Revoked::Revoked {
        revoker.verify(login.by).await?;
    }
    Ok(done)
}

/// One key and one account.
struct Revoker<'a> {
    account: &'a Account,
    identity: &'a Arc<Identity>,
    options: &'a RevokeOptions,
    /// The keys to log in with that are not the one to revoke.
    other_keys: Vec<Arc<Identity>>,
}

struct Login {
    session: Session,
    by: LoginBy,
    /// Whether the server accepts the key now; `None` if we were logged in before it could be
    /// asked.
    is_accepted: Option<bool>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum LoginBy {
    ThisKey,
    /// Or a certificate, also for this key.
    AnotherKey,
    Password,
}

impl Login {
    fn new(session: Session) -> Self {
        let by = match session.logged_in_by() {
            LoggedInBy::Key { .. } => LoginBy::AnotherKey,
            _ => LoginBy::Password,
        };
        let is_accepted = session.probed().map(|probed| matches!(probed, Probed::Accepted));
        Self { session, by, is_accepted }
    }
}

impl<'a> Revoker<'a> {
    async fn new(
        account: &'a Account,
        identity: &'a Arc<Identity>,
        options: &'a RevokeOptions,
    ) -> Self {
        let mut other_keys = account.identities().await;
        // Its certificate can still log in: revoking the key does not affect it.
        other_keys.retain(|key| {
            key.certificate().is_some() || key.public().key_data() != identity.public().key_data()
        });
        Self { account, identity, options, other_keys }
    }

    /// By any method except the key itself; by the key if nothing else works.
    async fn log_in(&self) -> Result<Login, crate::error::Error> {
        let error = match self.account.log_in(&self.other_keys, Some(self.identity)).await {
            Ok(session) => return Ok(Login::new(session)),
            Err(error) => error,
        };
        if !is_login_denied(&error)
            || !self.identity.can_sign(&self.account.credentials, true).await
        {
            return Err(error.into());
        }
        match self.account.log_in_with_only(self.identity).await {
            Ok(session) => Ok(Login { session, by: LoginBy::ThisKey, is_accepted: Some(true) }),
            // The server accepts the key; only its passphrase is missing.
            Err(locked) if is_locked(&locked) => Err(locked.into()),
            Err(_) => Err(error.into()),
        }
    }

    /// Over `login`, or over another one if the account runs a forced command for that key.
    async fn disable_lines(
        &self,
        login: Login,
    ) -> (Login, Result<Revocation, crate::error::Error>) {
        let done = self.disable_lines_in(&login).await;
        if login.by != LoginBy::AnotherKey || !done.as_ref().is_err_and(is_not_run) {
            return (login, done);
        }
        let Ok(session) = self.account.log_in(&[], Some(self.identity)).await else {
            return (login, done);
        };
        let with_password = Login { by: LoginBy::AnotherKey, ..Login::new(session) };
        login.session.close().await;
        let done = self.disable_lines_in(&with_password).await;
        (with_password, done)
    }

    async fn disable_lines_in(&self, login: &Login) -> Result<Revocation, crate::error::Error> {
        let (key, session) = (self.identity.public(), &login.session);
        let survey = Survey::run(session, &self.account.endpoint.user).await?;
        if let Some(words) = survey.left_out() {
            self.account.notices.say(words);
        }
        let paths = survey.files();
        let files = survey.look(session, &paths).await?;
        let lines = KeyLines::find(&files, key)?;
        if lines.is_empty() && login.is_accepted == Some(true) {
            return Err(Error::StillAccepted { written: false }.into());
        }
        let mut done = Revocation {
            outcome: Revoked::Absent,
            files: lines.file_names(),
            lines: lines.marks(),
            left: lines.in_options(),
            purged: Vec::new(),
        };
        if self.options.dry_run {
            if !lines.is_empty() {
                done.outcome = Revoked::WouldRevoke;
            }
            return Ok(done);
        }
        self.check_that_a_login_remains(login, &lines)?;
        let writer = Writer { session, survey: &survey, force: self.options.force };
        for in_file in lines.to_disable() {
            mark(&writer, in_file.file, &in_file.marks, key).await.map_err(cut_short)?;
            read_back(&survey, session, in_file.file, &in_file.marks).await?;
            done.outcome = Revoked::Revoked;
        }
        if self.options.purge {
            done.purged = purge(&writer, &paths, key).await?;
        }
        Ok(done)
    }

    fn check_that_a_login_remains(&self, login: &Login, lines: &KeyLines<'_>) -> Result<(), Error> {
        // A key that the server already rejects cannot log in, whatever its line says.
        let is_a_way_in = login.is_accepted != Some(false) && lines.has_active_line();
        if self.options.force || !is_a_way_in {
            return Ok(());
        }
        match login.by {
            LoginBy::ThisKey => Err(Error::OwnKey),
            LoginBy::AnotherKey => Ok(()),
            // Neither another key nor a certificate logged in, so there is none.
            LoginBy::Password => {
                let has_others = lines.has_other_keys();
                let is_yours = self.identity.has_private() || self.identity.agent().is_some();
                if is_yours || !has_others {
                    Err(Error::LastKey { yours: is_yours && has_others })
                } else {
                    Ok(())
                }
            }
        }
    }

    /// By another connection: the server is asked whether it accepts the key, or, if the key was
    /// used to log in, is offered it.
    async fn verify(&self, by: LoginBy) -> Result<(), crate::error::Error> {
        let is_rejected = if by == LoginBy::ThisKey {
            self.is_login_rejected().await
        } else {
            self.is_offer_rejected().await
        };
        match is_rejected {
            Ok(true) => Ok(()),
            Ok(false) => Err(Error::StillAccepted { written: true }.into()),
            Err(why) => Err(Error::NotProved { why: why.to_string() }.into()),
        }
    }

    async fn is_login_rejected(&self) -> Result<bool, session::Error> {
        match self.account.log_in_with_only(self.identity).await {
            Err(error) if is_key_rejected(&error) => Ok(true),
            Err(error) => Err(error),
            Ok(session) => {
                session.close().await;
                Ok(false)
            }
        }
    }

    async fn is_offer_rejected(&self) -> Result<bool, session::Error> {
        let session = self.account.log_in(&self.other_keys, Some(self.identity)).await?;
        let probed = session.probed().cloned();
        session.close().await;
        match probed {
            Some(Probed::Refused { .. }) => Ok(true),
            Some(Probed::Accepted) => Ok(false),
            None => Err(nothing_proved()),
        }
    }
}

fn is_not_run(error: &crate::error::Error) -> bool {
    error.downcast_ref().is_some_and(remote_script::Error::is_not_run)
}

/// With the connection gone, the request may have arrived and been carried out.
fn cut_short(error: crate::error::Error) -> crate::error::Error {
    use remote_script::Error::{EndedEarly, Lost};
    if error.downcast_ref().is_some_and(session::Error::is_cut_short) {
        return Error::CutShort { why: error.to_string() }.into();
    }
    if let Some(Lost | EndedEarly { .. }) = error.downcast_ref() {
        let why = "the connection ended before the script answered".into();
        return Error::CutShort { why }.into();
    }
    error
}
