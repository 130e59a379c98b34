//! What a run may use to prove who the user is: secrets given beforehand, the agent, and a person
//! to ask, each question at most once.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use tokio::sync::{Mutex, MutexGuard};
use zeroize::Zeroizing;

use crate::prompter::{self, Answer, Prompter, Question};
use crate::quoting::shell_word;
use crate::secret::{Passphrase, Password};

/// Secrets and sources of one run, shared by all its destinations.
pub struct Credentials {
    prompter: Arc<dyn Prompter>,
    passphrase: Option<Arc<Passphrase>>,
    password: Option<Arc<Password>>,
    agent: Option<PathBuf>,
    /// The answers to password questions, by the account they are for; they wipe themselves when
    /// the run ends.
    asked: Mutex<BTreeMap<String, Arc<Password>>>,
    /// One answer serves every account.
    shares_answers: bool,
    /// The same for the jump hosts on the way.
    jump_hosts: OnceLock<Arc<Self>>,
    turn: Mutex<()>,
}

/// A password and where it came from, so that a caller knows whether asking again makes sense.
pub struct PasswordAnswer {
    pub password: Arc<Password>,
    /// A person typed it for this very attempt.
    pub fresh: bool,
}

impl Credentials {
    /// `passphrase` and `password` are what options or the environment gave; `agent` is
    /// `SSH_AUTH_SOCK`.
    pub fn new(
        prompter: Arc<dyn Prompter>,
        passphrase: Option<Passphrase>,
        password: Option<Password>,
        agent: Option<PathBuf>,
    ) -> Self {
        Self {
            prompter,
            passphrase: passphrase.map(Arc::new),
            password: password.map(Arc::new),
            agent,
            asked: Mutex::default(),
            shares_answers: true,
            jump_hosts: OnceLock::new(),
            turn: Mutex::new(()),
        }
    }

    /// What serves on the way: the same agent and passphrase, and the same person. A password is
    /// for the account it was given or asked for, and shown to no other host.
    pub(crate) fn for_jump_hosts(self: &Arc<Self>) -> Arc<Self> {
        if !self.shares_answers {
            // A hop's own hops: every account is by itself already.
            return self.clone();
        }
        let jump_hosts = self.jump_hosts.get_or_init(|| {
            let mut jump_hosts = Self::new(self.prompter.clone(), None, None, self.agent.clone());
            jump_hosts.passphrase = self.passphrase.clone();
            jump_hosts.shares_answers = false;
            Arc::new(jump_hosts)
        });
        jump_hosts.clone()
    }

    pub fn prompter(&self) -> &Arc<dyn Prompter> {
        &self.prompter
    }

    /// The passphrase an option or the environment gave for the key.
    pub fn passphrase(&self) -> Option<&Passphrase> {
        self.passphrase.as_deref()
    }

    /// The agent's socket.
    pub fn agent(&self) -> Option<&Path> {
        self.agent.as_deref()
    }

    /// Whether a password was given beforehand; then nobody is asked for another.
    pub fn has_password(&self) -> bool {
        self.password.is_some()
    }

    /// The password for `account` (`user@host`). The first destination that needs one asks; the
    /// others take the same answer, but for jump hosts, each of which has one of its own. `refused`
    /// is the answer that this account turned down: then a person is asked for this account alone.
    pub async fn password(
        &self,
        account: &str,
        refused: Option<&PasswordAnswer>,
    ) -> Result<PasswordAnswer, prompter::Error> {
        if let Some(password) = &self.password {
            return Ok(PasswordAnswer { password: password.clone(), fresh: false });
        }
        // Held across the question, so that two destinations never ask side by side.
        let mut asked = self.asked.lock().await;
        let key = if self.shares_answers { "" } else { account };
        match (asked.get(key), refused) {
            (Some(password), None) => {
                return Ok(PasswordAnswer { password: password.clone(), fresh: false });
            }
            (Some(password), Some(refused)) if !Arc::ptr_eq(password, &refused.password) => {
                return Ok(PasswordAnswer { password: password.clone(), fresh: false });
            }
            _ => {}
        }
        let again = if refused.is_some() { "Permission denied, please try again.\n" } else { "" };
        let answer = self
            .ask(Question {
                prompt: format!("{again}{account}'s password: "),
                answer: Answer::Secret,
                wanted: format!("the password of {account}"),
                instead: match self.shares_answers {
                    true => "give it with --password-file FILE or in SSHK_PASSWORD".into(),
                    false => format!(
                        "a key logs in at a jump host without a question: sshk copy-id {}",
                        shell_word(account)
                    ),
                },
            })
            .await?;
        let password = Arc::new(Password::new(answer));
        asked.insert(key.to_owned(), password.clone());
        Ok(PasswordAnswer { password, fresh: true })
    }

    /// Held while a person is asked something that one answer may settle for the destinations that
    /// wait for it too.
    pub async fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().await
    }

    /// Asks a person without blocking the other destinations.
    pub async fn ask(&self, question: Question) -> Result<Zeroizing<String>, prompter::Error> {
        let prompter = self.prompter.clone();
        match tokio::task::spawn_blocking(move || prompter.ask(&question)).await {
            Ok(answer) => answer,
            Err(_) => Err(prompter::Error::Interrupted),
        }
    }
}
