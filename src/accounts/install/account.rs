//! Installing a key on one account, from start to end: log in, find the file that the server reads,
//! write the line, verify the login, and if that fails find out why.

use std::sync::Arc;

use super::answer::{Answer, Change};
use super::diagnosis::Cause;
use super::not_proved::NotProved;
use super::options::InstallOptions;
use super::permissions::repair;
use super::script::command;
use super::target_file::TargetFile;
use super::writer::{Writer, Written, request, script_error};
use crate::accounts::judge::Judge;
use crate::accounts::proof::{self, Proof};
use crate::accounts::remote_file::Hazard;
use crate::accounts::remote_script::{self, Nonce};
use crate::accounts::session_failure::{
    also_required, is_interrupted, is_key_rejected, key_rejected, may_be_the_question,
    nothing_proved,
};
use crate::keys::identity::Identity;
use crate::session::{self, Account, LoggedInBy, Probed, Session};

/// How the installed key was verified.
#[derive(Clone, Debug)]
pub enum Verified {
    /// By a fresh login with exactly this key.
    ByLogin(Box<Proof>),
    /// The login that found it was made with exactly this key.
    ByThisLogin,
    /// Not told apart: the server accepted the key before the line was written, so that no login
    /// shows whether it reads the line.
    Ambiguous {
        /// Why it does not read it, as far as the account shows.
        why: Option<String>,
    },
    /// By a partial success: in a fresh login the server accepted the key, and asks for one of
    /// these methods as well (`AuthenticationMethods` in sshd_config(5)).
    Partial(Vec<String>),
    /// By an offer: the server said that it would accept the key. A login would need the private
    /// key, which is missing or locked.
    ByOffer,
    /// Not at all, as asked.
    No,
}

/// The outcome for one account.
#[derive(Clone, Debug)]
pub struct Installation {
    /// What was done to the file.
    pub answer: Answer,
    /// How the key was verified.
    pub verified: Verified,
    /// The file of sshd's configuration that names the file, if it is not the default one.
    pub named_in: Option<String>,
    /// Files whose permissions were repaired, with the previous ones; in a dry run, those that
    /// would be.
    pub repaired: Vec<Hazard>,
}

/// Installs `identity`'s public key on `account`. What `Ok` says is true: the line was read back
/// from the server's file, and the login was verified unless the options leave that out.
///
/// # Errors
///
/// An [`Error`](super::Error) if the key is not in the file or not known to be, a [`NotProved`] if
/// it is but does not log in, a [`session::Error`] if no login succeeded, and the failures of the
/// survey.
pub async fn install(
    account: &Account,
    identity: &Arc<Identity>,
    options: &InstallOptions,
) -> Result<Installation, crate::error::Error> {
    let identity = &account.beside_its_agent(identity).await;
    Installer::new(account, identity, options).await?.run().await
}

/// One key and one account.
struct Installer<'a> {
    account: &'a Account,
    identity: &'a Arc<Identity>,
    options: &'a InstallOptions,
    /// The keys to log in with that are not the one to install.
    other_keys: Vec<Arc<Identity>>,
    /// The private key is here.
    can_sign: bool,
}

/// One login, and what it wrote.
struct Login {
    by_this_key: bool,
    /// The server accepted the key before anything was written.
    accepted_before: bool,
    written: Result<Written, crate::error::Error>,
}

/// Why the server rejects the key, and whose permissions were repaired because of it.
#[derive(Default)]
struct Diagnosis {
    cause: Option<Cause>,
    repaired: Vec<Hazard>,
}

impl<'a> Installer<'a> {
    async fn new(
        account: &'a Account,
        identity: &'a Arc<Identity>,
        options: &'a InstallOptions,
    ) -> Result<Self, crate::error::Error> {
        // First, since what cannot be installed is reported as "nothing was sent".
        let file = TargetFile::named(options.file.clone());
        let nonce = Nonce::new(&mut rand::rng());
        command(&request(identity.public(), options, &file, 0), &nonce)?;
        let mut other_keys = account.identities().await;
        // A login by the key's certificate says nothing about the key in the file.
        other_keys.retain(|key| {
            key.certificate().is_some() || key.public().key_data() != identity.public().key_data()
        });
        let may_ask = !account.endpoint.batch_mode && account.credentials.prompter().can_ask();
        let can_sign = identity.can_sign(&account.credentials, may_ask).await;
        check_pair(account, identity, can_sign && options.verify && !options.dry_run).await?;
        Ok(Self { account, identity, options, other_keys, can_sign })
    }

    async fn run(&self) -> Result<Installation, crate::error::Error> {
        let Login { by_this_key, accepted_before, written } = self.log_in_and_write().await?;
        let mut written = written?;
        let would_repair = std::mem::take(&mut written.would_repair);
        if self.options.dry_run || !self.options.verify {
            return Ok(written.installation(Verified::No, would_repair));
        }
        if accepted_before && matches!(written.answer.outcome, Change::Installed { .. }) {
            let why = written.ignored.take();
            return Ok(written.installation(Verified::Ambiguous { why }, would_repair));
        }
        if by_this_key {
            return Ok(written.installation(Verified::ByThisLogin, would_repair));
        }
        self.verify(written).await
    }

    /// By any available method, or by a different one if the account runs a forced command for this
    /// key.
    async fn log_in_and_write(&self) -> Result<Login, crate::error::Error> {
        let mut keys = self.other_keys.clone();
        let is_tried_first = self.options.try_key_first && self.can_sign;
        if is_tried_first {
            keys.insert(0, self.identity.clone());
        }
        let login = self.write_in(self.log_in(&keys, is_tried_first).await?, false).await;
        if !login.by_this_key || !login.written.as_ref().is_err_and(is_not_run) {
            return Ok(login);
        }
        match self.account.log_in(&self.other_keys, None).await {
            Ok(session) => Ok(self.write_in(session, true).await),
            Err(error) if is_interrupted(&error) => Err(error.into()),
            Err(_) => Ok(login),
        }
    }

    /// Unless the key is among `keys`, the server is asked about it on the way: a login after the
    /// write proves the line only if the key was not accepted before.
    async fn log_in(
        &self,
        keys: &[Arc<Identity>],
        is_tried: bool,
    ) -> Result<Session, session::Error> {
        if is_tried || self.options.dry_run || !self.options.verify {
            return self.account.log_in(keys, None).await;
        }
        match self.account.log_in(keys, Some(self.identity)).await {
            Err(error) if may_be_the_question(&error) => self.account.log_in(keys, None).await,
            done => done,
        }
    }

    async fn write_in(&self, session: Session, was_accepted: bool) -> Login {
        let this = self.identity.fingerprint();
        let by_this_key = matches!(
            session.logged_in_by(),
            LoggedInBy::Key { fingerprint, certificate: None, .. } if *fingerprint == this
        );
        let accepted_before =
            was_accepted || by_this_key || matches!(session.probed(), Some(Probed::Accepted));
        let written = if accepted_before {
            self.writer(&session).find_or_write().await
        } else {
            self.writer(&session).write().await
        };
        session.close().await;
        Login { by_this_key, accepted_before, written }
    }

    fn writer<'b>(&'b self, session: &'b Session) -> Writer<'b> {
        let (account, options) = (self.account, self.options);
        Writer { account, key: self.identity.public(), options, session }
    }

    async fn verify(&self, written: Written) -> Result<Installation, crate::error::Error> {
        let why = match self.verify_once().await {
            Ok(verified) => return Ok(written.installation(verified, Vec::new())),
            Err(why) => why,
        };
        let mut diagnosis = Diagnosis::default();
        if is_key_rejected(&why) {
            diagnosis = self.diagnose(&written.answer.file).await;
            if !diagnosis.repaired.is_empty()
                && let Ok(verified) = self.verify_once().await
            {
                return Ok(written.installation(verified, diagnosis.repaired));
            }
        }
        let Answer { outcome, file, .. } = written.answer;
        Err(NotProved {
            file,
            installed: matches!(outcome, Change::Installed { .. }),
            restricted: match outcome {
                Change::PresentRestricted { line, options } => Some((line, options)),
                _ => None,
            },
            why: Box::new(why),
            cause: diagnosis.cause.map(Box::new),
            repaired: diagnosis.repaired,
        }
        .into())
    }

    async fn verify_once(&self) -> Result<Verified, session::Error> {
        if self.can_sign { self.verify_by_login().await } else { self.verify_by_offer().await }
    }

    async fn verify_by_login(&self) -> Result<Verified, session::Error> {
        match proof::prove(self.account, self.identity).await {
            Ok(proof) => Ok(Verified::ByLogin(Box::new(proof))),
            Err(error) => match also_required(&error) {
                Some(methods) => Ok(Verified::Partial(methods.to_vec())),
                None => Err(error),
            },
        }
    }

    async fn verify_by_offer(&self) -> Result<Verified, session::Error> {
        let session = self.account.log_in(&self.other_keys, Some(self.identity)).await?;
        let probed = session.probed().cloned();
        session.close().await;
        match probed {
            Some(Probed::Accepted) => Ok(Verified::ByOffer),
            Some(Probed::Refused { accepts }) => {
                Err(key_rejected(self.identity.fingerprint().to_string(), accepts))
            }
            None => Err(nothing_proved()),
        }
    }

    /// Why the server rejects the key, as far as another login shows it. If that fails too, the
    /// reason stays unknown.
    async fn diagnose(&self, file: &str) -> Diagnosis {
        let Ok(session) = self.account.log_in(&self.other_keys, None).await else {
            return Diagnosis::default();
        };
        let found = self.diagnose_in(&session, file).await.unwrap_or_default();
        session.close().await;
        found
    }

    async fn diagnose_in(
        &self,
        session: &Session,
        file: &str,
    ) -> Result<Diagnosis, crate::error::Error> {
        let survey = self.writer(session).survey().await?;
        let key = self.identity.public();
        let Some(found) = survey.look_at(session, file).await? else {
            return Ok(Diagnosis::default());
        };
        let judge = Judge::of(&survey, session).await?;
        let cause = Cause::find(&survey, &judge, &found, key);
        let mut repaired = cause.as_ref().map(Cause::repairable).unwrap_or_default().to_vec();
        if !self.options.fix_permissions || repaired.is_empty() {
            return Ok(Diagnosis { cause, repaired: Vec::new() });
        }
        repair(&survey, session, &repaired).await?;
        let Some(found) = survey.look_at(session, file).await? else {
            return Ok(Diagnosis { cause, repaired });
        };
        let left = found.hazards(survey.uid);
        repaired.retain(|hazard| !left.iter().any(|left| left.path == hazard.path));
        Ok(Diagnosis { cause: Cause::find(&survey, &judge, &found, key), repaired })
    }
}

impl Written {
    fn installation(self, verified: Verified, repaired: Vec<Hazard>) -> Installation {
        Installation { answer: self.answer, verified, named_in: self.named_in, repaired }
    }
}

/// Refuses a public key that is not the private key's, if a passphrase is needed to see that and
/// the login that verifies the key asks for it anyway.
async fn check_pair(
    account: &Account,
    identity: &Identity,
    will_sign: bool,
) -> Result<(), session::Error> {
    if !identity.file_hides_public() {
        return Ok(());
    }
    let is_unlocked = !identity.needs_question(&account.credentials).await;
    if is_unlocked || will_sign && identity.agent().is_none() {
        identity.private_key(&account.credentials).await?;
    } else {
        account.notices.say(format!(
            "{:?} is encrypted, so sshk cannot tell whether the public key belongs to it",
            identity.private_name()
        ));
    }
    Ok(())
}

fn is_not_run(error: &crate::error::Error) -> bool {
    script_error(error).is_some_and(remote_script::Error::is_not_run)
}
