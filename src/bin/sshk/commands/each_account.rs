//! What copy-id, test, revoke and audit share: one task for each account, several at a time, and
//! each outcome shown as soon as it is known.

use std::cell::RefCell;
use std::path::PathBuf;
use std::sync::Arc;

use sshk::credentials::Credentials;
use sshk::fleet::{self, Report};
use sshk::hosts::ssh_config::{Argument, CommandLine, Surroundings};
use sshk::keys::identity::Identity;
use sshk::keys::identity_files::IdentityFiles;
use sshk::keys::key_file::KeyFile;
use sshk::session::{self, Account};
use sshk::{Destination, Error};

use super::retry::Retry;
use crate::cli::{Connection, Targets};
use crate::connection::{account, all, command_line};
use crate::environment;
use crate::ui::{Ui, report};

/// How the accounts of a run are reached.
pub struct Accounts {
    pub line: CommandLine,
    pub surroundings: Surroundings,
    pub credentials: Arc<Credentials>,
    identity_files: Arc<IdentityFiles>,
    ui: Arc<Ui>,
    /// The accounts of the destinations, in their order, once they are resolved.
    found: Vec<Result<Account, Error>>,
}

/// A run that has ended.
pub struct Ran<T> {
    pub report: Report<T>,
    /// The first result that could not be written. The work goes on, but the run fails.
    pub written: Result<(), Error>,
}

impl<T> Ran<T> {
    /// Sums up and gives the exit status. `good` is what to say of the accounts that did not fail.
    pub fn finish(self, good: Option<&str>, retry: &Retry, ui: &Ui) -> Result<u8, Error> {
        let status = report::finish(&self.report, ui, good, |hosts| retry.line(hosts));
        self.written.map(|()| status)
    }
}

/// The command line for the library.
fn line(connection: &Connection, targets: &Targets) -> CommandLine {
    let destinations = all(&targets.destinations, Argument::Destination);
    command_line(connection, vec![("destinations", destinations)])
}

impl Accounts {
    /// As the options say; their secrets are read here.
    pub async fn new(
        connection: &Connection,
        targets: &Targets,
        password_file: Option<PathBuf>,
        ui: &Arc<Ui>,
    ) -> Result<Self, Error> {
        let surroundings = environment::surroundings()?;
        let passphrase_file = connection.passphrase_file.clone();
        let credentials =
            environment::credentials(ui.prompter(), passphrase_file, password_file).await?;
        Ok(Self {
            line: line(connection, targets),
            surroundings,
            credentials: Arc::new(credentials),
            identity_files: Arc::default(),
            ui: ui.clone(),
            found: Vec::new(),
        })
    }

    /// A key that was named or chosen.
    pub async fn identity(&self, key: &KeyFile) -> Result<Arc<Identity>, Error> {
        let identity =
            Identity::load(key, &self.credentials).await.map_err(session::Error::from)?;
        self.identity_files.add(key, identity.clone());
        Ok(Arc::new(identity))
    }

    /// Resolves the destinations, before [`Accounts::each`] does it.
    pub fn resolve(&mut self, destinations: &[Destination]) {
        self.found = destinations.iter().map(|destination| self.at(destination)).collect();
    }

    /// The accounts of `destinations` that could be resolved.
    pub fn resolved<'a>(
        &'a self,
        destinations: &'a [Destination],
    ) -> Vec<(&'a Destination, &'a Account)> {
        let both = destinations.iter().zip(&self.found);
        both.filter_map(|(destination, found)| Some((destination, found.as_ref().ok()?))).collect()
    }

    /// Forgets them: what follows resolves them again.
    pub fn forget(&mut self) {
        self.found.clear();
    }

    /// Runs `task`, with what it `needs`, on the account of each destination. As soon as an outcome
    /// is known, `show` or `show_failure` prints it. `doing` is the word of the progress line.
    pub async fn each<N, T, W>(
        mut self,
        destinations: &[Destination],
        doing: &str,
        needs: &Arc<N>,
        task: impl Fn(Account, Arc<N>) -> W + Copy + Send + 'static,
        show: impl Fn(&Destination, &T) -> Result<(), Error>,
        show_failure: impl Fn(&Destination, &Error) -> Result<(), Error>,
    ) -> Ran<T>
    where
        N: Send + Sync + 'static,
        T: Send + 'static,
        W: Future<Output = Result<T, Error>> + Send,
    {
        let progress = self.ui.progress(doing, Some(destinations.len() as u64));
        // All of them first: a question for a password names the accounts that share it.
        if self.found.is_empty() {
            self.resolve(destinations);
        }
        let found = std::mem::take(&mut self.found);
        let names = found.iter().flatten().map(|account| account.endpoint.account());
        self.credentials.share_among(names);
        let found = RefCell::new(found.into_iter());
        let mut written = Ok(());
        let report = fleet::run(
            destinations.to_vec(),
            |_| {
                let account = found.borrow_mut().next().expect("there is one for each destination");
                let needs = needs.clone();
                async move { task(account?, needs).await }
            },
            |host| {
                progress.advance();
                let shown = match &host.outcome {
                    Ok(outcome) => show(&host.destination, outcome),
                    Err(error) => show_failure(&host.destination, error),
                };
                if written.is_ok() {
                    written = shown;
                }
            },
        )
        .await;
        Ran { report, written }
    }

    fn at(&self, destination: &Destination) -> Result<Account, Error> {
        account(
            destination,
            &self.line,
            &self.surroundings,
            &self.credentials,
            &self.identity_files,
            &self.ui,
        )
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::{Cli, Command};

    #[test]
    fn the_library_gets_the_words_of_every_command_in_the_order_typed() {
        let words =
            ["-oPort=3", "ann@web1", "-p", "2", "-l", "bob", "-i", "k", "-J", "gate", "-p", "4"];
        let destination: Destination = "ann@web1".parse().unwrap();
        for command in ["copy-id", "test", "revoke", "audit"] {
            let cli = Cli::try_parse_from([&["sshk", command], &words[..]].concat()).unwrap();
            let (connection, targets) = match &cli.command {
                Command::CopyId(it) => (&it.connection, &it.targets),
                Command::Test(it) => (&it.connection, &it.targets),
                Command::Revoke(it) => (&it.connection, &it.targets),
                Command::Audit(it) => (&it.connection, &it.targets),
                _ => unreachable!("{command}"),
            };
            assert_eq!(
                line(connection, targets).arguments,
                [
                    Argument::Option("Port=3".into()),
                    Argument::Destination(destination.clone()),
                    Argument::Port(2),
                    Argument::User("bob".into()),
                    Argument::IdentityFile("k".into()),
                    Argument::JumpHosts("gate".into()),
                    Argument::Port(4),
                ],
                "{command}"
            );
        }
    }
}
