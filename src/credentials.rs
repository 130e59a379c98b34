//! What a run may use to log in: secrets given beforehand, the agent, and the user's answers. Each
//! question is asked at most once.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use tokio::sync::{Mutex, MutexGuard};
use zeroize::Zeroizing;

use crate::prompter::{self, Answer, Prompter, Question};
use crate::quoting::shell_word;
use crate::secret::{Passphrase, Password};

/// The secrets of one run and where to get more, shared by all its destinations.
pub struct Credentials {
    prompter: Arc<dyn Prompter>,
    passphrase: Option<Arc<Passphrase>>,
    password: Option<Arc<Password>>,
    agent: Option<PathBuf>,
    /// The accounts of the run that share a question, if their users have the same name.
    accounts: OnceLock<BTreeSet<String>>,
    /// The answers to password questions by account; they are wiped when the run ends.
    asked: Mutex<BTreeMap<String, Arc<Password>>>,
    /// No password was given for jump hosts.
    is_for_jump_hosts: bool,
    /// The same for jump hosts.
    jump_hosts: OnceLock<Arc<Self>>,
    turn: Mutex<()>,
}

/// A password and where it came from, so that a caller knows whether asking again makes sense.
#[derive(Clone)]
pub struct PasswordAnswer {
    /// The password.
    pub password: Arc<Password>,
    /// The user typed it for this very attempt.
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
            accounts: OnceLock::new(),
            asked: Mutex::default(),
            is_for_jump_hosts: false,
            jump_hosts: OnceLock::new(),
            turn: Mutex::new(()),
        }
    }

    /// The credentials for jump hosts: the same agent and passphrase, and the same user to ask. A
    /// password is only for the account that it was given or asked for.
    pub(crate) fn for_jump_hosts(self: &Arc<Self>) -> Arc<Self> {
        if self.is_for_jump_hosts {
            // For a hop's own hops.
            return self.clone();
        }
        let jump_hosts = self.jump_hosts.get_or_init(|| {
            let mut jump_hosts = Self::new(self.prompter.clone(), None, None, self.agent.clone());
            jump_hosts.passphrase = self.passphrase.clone();
            jump_hosts.is_for_jump_hosts = true;
            Arc::new(jump_hosts)
        });
        jump_hosts.clone()
    }

    /// Whom to ask.
    pub fn prompter(&self) -> &Arc<dyn Prompter> {
        &self.prompter
    }

    /// The key's passphrase, if an option or the environment gave one.
    pub fn passphrase(&self) -> Option<&Passphrase> {
        self.passphrase.as_deref()
    }

    /// The agent's socket.
    pub fn agent(&self) -> Option<&Path> {
        self.agent.as_deref()
    }

    /// Whether a password was given beforehand; then the user is not asked for another.
    pub fn has_password(&self) -> bool {
        self.password.is_some()
    }

    /// The accounts of this run (`user@host`): one question serves those of the same user.
    pub fn share_among(&self, accounts: impl IntoIterator<Item = String>) {
        // There is one list a run.
        let _ = self.accounts.set(accounts.into_iter().collect());
    }

    /// The other accounts that the first question about `account` names.
    fn beside<'a>(&'a self, account: &'a str) -> Vec<&'a str> {
        fn user(account: &str) -> Option<&str> {
            account.rsplit_once('@').map(|(user, _)| user)
        }
        let others = self.accounts.get().into_iter().flatten().map(String::as_str);
        others.filter(|other| *other != account && user(other) == user(account)).collect()
    }

    /// The password for `account` (`user@host`). A password that was given beforehand is for every
    /// destination; one that the user types is for the accounts that the question named, and for
    /// no other. `refused` is the answer that this account rejected: then the user is asked again,
    /// about this account alone.
    ///
    /// # Errors
    ///
    /// If the user has to be asked and there is no answer.
    pub async fn password(
        &self,
        account: &str,
        refused: Option<&PasswordAnswer>,
    ) -> Result<PasswordAnswer, prompter::Error> {
        if let Some(password) = &self.password {
            return Ok(PasswordAnswer { password: password.clone(), fresh: false });
        }
        // Held across the question, so that two destinations never ask at the same time.
        let mut asked = self.asked.lock().await;
        match (asked.get(account), refused) {
            (Some(password), None) => {
                return Ok(PasswordAnswer { password: password.clone(), fresh: false });
            }
            (Some(password), Some(refused)) if !Arc::ptr_eq(password, &refused.password) => {
                return Ok(PasswordAnswer { password: password.clone(), fresh: false });
            }
            _ => {}
        }
        // An account that has an answer already gets no other one unasked.
        let mut others = if refused.is_none() { self.beside(account) } else { Vec::new() };
        others.retain(|other| !asked.contains_key(*other));
        let prompt = match (refused, &*others) {
            (None, []) => format!("{account}'s password: "),
            (None, [other]) => format!("Password for {account} (also tried on {other}): "),
            (None, others) => {
                format!("Password for {account} (also tried on the other {} hosts): ", others.len())
            }
            (Some(refused), _) if refused.fresh => {
                format!("Permission denied, please try again.\n{account}'s password: ")
            }
            (Some(_), _) => format!("{account} rejected that password.\n{account}'s password: "),
        };
        let answer = self
            .ask(Question {
                prompt,
                answer: Answer::Secret,
                wanted: format!("the password of {account}"),
                instead: if !self.is_for_jump_hosts {
                    "give it with --password-file or in SSHK_PASSWORD".into()
                } else {
                    format!(
                        "install a key on the jump host to log in without a password: sshk \
                        copy-id {}",
                        shell_word(account)
                    )
                },
            })
            .await?;
        let password = Arc::new(Password::new(answer));
        for named in others.into_iter().chain([account]) {
            asked.insert(named.to_owned(), password.clone());
        }
        Ok(PasswordAnswer { password, fresh: true })
    }

    /// Held while the user is asked something whose answer may also serve the destinations that
    /// wait for it.
    pub async fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().await
    }

    /// Asks the user without blocking the other destinations.
    ///
    /// # Errors
    ///
    /// If nobody can be asked, or there is no answer.
    pub async fn ask(&self, question: Question) -> Result<Zeroizing<String>, prompter::Error> {
        let prompter = self.prompter.clone();
        match tokio::task::spawn_blocking(move || prompter.ask(&question)).await {
            Ok(answer) => answer,
            Err(_) => Err(prompter::Error::Interrupted),
        }
    }
}
