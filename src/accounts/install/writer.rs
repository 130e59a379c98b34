//! The line on its way into the file: over one login, into the first file that accepts it.

use ssh_key::PublicKey;

use super::answer::{Answer, Change, read_answer};
use super::diagnosis::Cause;
use super::error::Error;
use super::options::{InstallMethod, InstallOptions};
use super::permissions::repairable;
use super::request::InstallRequest;
use super::script::command;
use super::sftp::append;
use super::target_file::TargetFile;
use crate::accounts::authorized_keys::unknown_option;
use crate::accounts::judge::Judge;
use crate::accounts::remote_file::{self, Hazard, Made, RemoteFile};
use crate::accounts::remote_script::{self, MAX_ANSWER, Nonce};
use crate::accounts::survey::{Survey, may_be_sftp_only};
use crate::error::Failure;
use crate::session::sftp::Sftp;
use crate::session::{self, Account, Session};

const OVER_SFTP: &str = "the account runs no commands; installing over SFTP";

/// What one login wrote.
pub(super) struct Written {
    pub answer: Answer,
    /// The file of sshd's configuration that names the file, if it is not the default one.
    pub named_in: Option<String>,
    /// In a dry run, whose permissions would be repaired.
    pub would_repair: Vec<Hazard>,
    /// Why the server does not read the line, if that was looked at.
    pub ignored: Option<String>,
}

impl Written {
    /// Nothing: the key logs in from elsewhere.
    fn elsewhere(file: String, why: Option<String>) -> Self {
        let answer = Answer { outcome: Change::Elsewhere { why }, file, made: Made::default() };
        Self { answer, named_in: None, would_repair: Vec::new(), ignored: None }
    }
}

/// One login that is to write one key.
pub(super) struct Writer<'a> {
    pub account: &'a Account,
    pub key: &'a PublicKey,
    pub options: &'a InstallOptions,
    pub session: &'a Session,
}

impl Writer<'_> {
    /// Writes to the first file that the server reads and that can be written.
    pub async fn write(&self) -> Result<Written, crate::error::Error> {
        if self.options.method == InstallMethod::Sftp {
            return self.write_over_sftp(self.session.sftp().await?, None).await;
        }
        // dropbear and others read one file; a file named by the user is used as it is.
        let named = TargetFile::named(self.options.file.clone());
        if self.options.file != RemoteFile::Default || !self.session.server().contains("-OpenSSH") {
            return self.write_to(&named, None).await;
        }
        let survey = match Survey::run(self.session, &self.account.endpoint.user).await {
            Ok(survey) => survey,
            // The line can be written even if the survey failed; if nothing runs at all, this says
            // so.
            Err(error) if error.downcast_ref::<remote_script::Error>().is_some() => {
                return self.write_to(&named, None).await;
            }
            Err(error) => return Err(error),
        };
        if !survey.runs_commands {
            self.account.notices.say(OVER_SFTP.into());
            return self.write_over_sftp(self.session.sftp().await?, Some(&survey)).await;
        }
        if let Some(words) = survey.left_out() {
            self.account.notices.say(words);
        }
        let (first, others) = TargetFile::all(&survey)?;
        let mut written = self.write_to(&first, Some(&survey)).await;
        for file in &others {
            match written {
                Err(error) if is_about_this_file(&error) => {
                    let notice = format!("{error}; trying the next file that the server reads");
                    self.account.notices.say(notice);
                    written = self.write_to(file, Some(&survey)).await;
                }
                done => return done,
            }
        }
        written
    }

    /// For a key that the server accepts already: finds the line that it is accepted by. If there
    /// is none, nothing is written, unless that is forced or a file was named.
    pub async fn find_or_write(&self) -> Result<Written, crate::error::Error> {
        let may_write = self.options.force || self.options.file != RemoteFile::Default;
        let options = InstallOptions { dry_run: true, ..self.options.clone() };
        let found = if may_write {
            self.write().await
        } else {
            Writer { options: &options, ..*self }.write().await
        };
        let mut written = match found {
            Ok(written) => written,
            Err(error) => {
                return match error.downcast_ref() {
                    Some(Error::NoKeysFile { .. }) => Ok(Written::elsewhere(String::new(), None)),
                    Some(Error::File(_)) if !may_write => {
                        Ok(Written::elsewhere(String::new(), None))
                    }
                    _ => Err(error),
                };
            }
        };
        let file = written.answer.file.clone();
        match written.answer.outcome {
            Change::WouldInstall if !may_write => Ok(Written::elsewhere(String::new(), None)),
            Change::WouldInstall | Change::Elsewhere { .. } => Ok(written),
            Change::Installed { .. } => {
                written.ignored = self.why_ignored(&file).await;
                Ok(written)
            }
            Change::Present { .. } | Change::PresentRestricted { .. } => {
                match self.why_ignored(&file).await {
                    Some(why) => Ok(Written::elsewhere(file, Some(why))),
                    None => Ok(written),
                }
            }
        }
    }

    /// Why the server does not accept the key by its line in `file`, if the account shows that for
    /// certain.
    async fn why_ignored(&self, file: &str) -> Option<String> {
        if self.options.method == InstallMethod::Sftp || !self.session.server().contains("-OpenSSH")
        {
            return None;
        }
        let survey = self.survey().await.ok().filter(Survey::is_certain)?;
        let found = survey.look_at(self.session, file).await.ok()??;
        let judge = Judge::of(&survey, self.session).await.ok()?;
        let is_unsafe = !judge.certain_hazards(&found, survey.uid).is_empty();
        match Cause::find(&survey, &judge, &found, self.key)? {
            cause @ (Cause::NotRead { .. } | Cause::DeadLine { .. }) => Some(cause.to_string()),
            cause @ Cause::Unsafe { .. } if is_unsafe => Some(cause.to_string()),
            _ => None,
        }
    }

    async fn write_to(
        &self,
        file: &TargetFile,
        survey: Option<&Survey>,
    ) -> Result<Written, crate::error::Error> {
        let mut after = 0;
        loop {
            let answer = match self.run_script(file, after).await {
                // Without SFTP too, the failure of the command says more.
                Err(refusal) if runs_no_commands(&refusal) => {
                    let Ok(sftp) = self.session.sftp().await else { return Err(refusal) };
                    self.account.notices.say(OVER_SFTP.into());
                    return self.write_over_sftp(sftp, survey).await;
                }
                answer => answer?,
            };
            match ignored_line(&answer.outcome) {
                Some(line) if line > after => after = line,
                _ => return self.written(answer, file.named_in.clone(), survey).await,
            }
        }
    }

    async fn run_script(
        &self,
        file: &TargetFile,
        after: usize,
    ) -> Result<Answer, crate::error::Error> {
        let nonce = Nonce::new(&mut rand::rng());
        let command = command(&self.request(file, after), &nonce)?;
        let output = self
            .session
            .exec(&command, MAX_ANSWER)
            .await
            .map_err(|error| unanswered(error, !self.options.dry_run))?;
        Ok(read_answer(&output.stdout, &output.stderr, output.status, &nonce)?)
    }

    async fn write_over_sftp(
        &self,
        mut sftp: Sftp,
        survey: Option<&Survey>,
    ) -> Result<Written, crate::error::Error> {
        let file = TargetFile::named(self.options.file.clone());
        let user = &self.account.endpoint.user;
        let answer = append(&mut sftp, user, &self.request(&file, 0)).await;
        sftp.end().await;
        self.written(answer?, None, survey).await
    }

    pub fn request(&self, file: &TargetFile, after: usize) -> InstallRequest<'_> {
        request(self.key, self.options, file, after)
    }

    async fn written(
        &self,
        answer: Answer,
        named_in: Option<String>,
        survey: Option<&Survey>,
    ) -> Result<Written, crate::error::Error> {
        let would_repair = self.would_repair(&answer.file, survey).await?;
        Ok(Written { answer, named_in, would_repair, ignored: None })
    }

    async fn would_repair(
        &self,
        file: &str,
        survey: Option<&Survey>,
    ) -> Result<Vec<Hazard>, crate::error::Error> {
        if !self.options.dry_run || !self.options.fix_permissions {
            return Ok(Vec::new());
        }
        let survey = match survey {
            Some(survey) => survey.clone(),
            None => self.survey().await?,
        };
        let found = survey.look_at(self.session, file).await?;
        let hazards = found.map(|file| file.hazards(survey.uid)).unwrap_or_default();
        Ok(repairable(&hazards, survey.uid).to_vec())
    }

    /// The account, by the method that was chosen.
    pub async fn survey(&self) -> Result<Survey, crate::error::Error> {
        let user = &self.account.endpoint.user;
        match self.options.method {
            InstallMethod::Exec => Survey::run(self.session, user).await,
            InstallMethod::Sftp => Survey::run_over_sftp(self.session, user).await,
        }
    }
}

pub(super) fn request<'a>(
    key: &'a PublicKey,
    options: &InstallOptions,
    file: &TargetFile,
    after: usize,
) -> InstallRequest<'a> {
    let (file, also) = (file.file.clone(), file.also.clone());
    InstallRequest { key, file, also, after, dry_run: options.dry_run, force: options.force }
}

/// The line in which the script found the key, if OpenSSH and dropbear ignore it because of its
/// options. The script checks the form of options, not their names.
fn ignored_line(change: &Change) -> Option<usize> {
    match change {
        Change::PresentRestricted { line, options }
            if options != "..." && unknown_option(options.as_bytes()).is_some() =>
        {
            Some(*line)
        }
        _ => None,
    }
}

fn unanswered(error: session::Error, is_sent: bool) -> crate::error::Error {
    if !error.is_cut_short() {
        return error.into();
    }
    let (kind, why, hint) = (error.kind(), error.to_string(), error.hint());
    Error::Unanswered { kind, why, hint, made: Made::default(), is_sent }.into()
}

fn is_about_this_file(error: &crate::error::Error) -> bool {
    match error.downcast_ref() {
        Some(Error::File(error)) => remote_file::Error::is_about_this_file(error),
        _ => false,
    }
}

fn runs_no_commands(error: &crate::error::Error) -> bool {
    may_be_sftp_only(error)
        || script_error(error).is_some_and(remote_script::Error::may_be_sftp_only)
}

/// The script's failure, if it is one.
pub(super) fn script_error(error: &crate::error::Error) -> Option<&remote_script::Error> {
    match error.downcast_ref() {
        Some(Error::Script(error)) => Some(error),
        _ => None,
    }
}
