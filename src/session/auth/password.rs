//! Passwords and questions: one answer serves an account for the whole run, and no method sends a
//! password twice on one connection.

use russh::MethodKind;
use russh::client::{AuthResult, KeyboardInteractiveAuthResponse, Prompt};
use zeroize::Zeroizing;

use super::attempt::{Login, MAX_FAILURES, Tried};
use super::outcome::LoggedInBy;
use crate::credentials::PasswordAnswer;
use crate::prompter::{self, Answer, Question};
use crate::session::error::{ConnectionError, Error, LoginError};
use crate::session::step::Step;
use crate::text::after_prefix;

/// Rounds of questions that one keyboard-interactive exchange may have, so that no server can ask
/// forever. Changing an expired password through PAM takes four, and two more if the new one is too
/// weak.
const MAX_ROUNDS: u32 = 6;

/// Questions that one round may have. OpenSSH allows far more, and nobody needs them.
const MAX_PROMPTS: usize = 8;

/// The state of a keyboard-interactive exchange.
enum Exchange {
    Asks { texts: [String; 2], prompts: Vec<Prompt> },
    Done(Tried),
}

impl Login<'_> {
    pub(super) async fn password(&mut self) -> Result<Tried, Error> {
        if self.password_spent {
            return Ok(Tried::Nothing);
        }
        let mut refused: Option<PasswordAnswer> = None;
        loop {
            let method = MethodKind::Password;
            let Some(answer) = self.unsent_password(method, refused.as_ref()).await? else {
                return Ok(Tried::Nothing);
            };
            self.end_questions().await?;
            self.sent.push((method, answer.password.clone()));
            self.tried.method("password");
            self.steps.enter(Step::Authentication);
            let attempt = self
                .transport
                .handle
                .authenticate_password(self.endpoint.user.clone(), answer.password.expose());
            let result = self.steps.bound(attempt).await.map_err(|error| match error {
                Error::Connection(ConnectionError::TimedOut {
                    step: Step::Authentication,
                    limit,
                }) => LoginError::PasswordUnanswered { limit }.into(),
                error => error,
            })?;
            match self.result(result, LoggedInBy::Password).await? {
                Tried::Refused(methods) => {
                    if !self.may_ask_again() {
                        self.password_spent = true;
                        return Ok(Tried::Refused(methods));
                    }
                    refused = Some(answer);
                }
                done => return Ok(done),
            }
        }
    }

    pub(super) async fn keyboard_interactive(&mut self) -> Result<Tried, Error> {
        if self.password_spent {
            return Ok(Tried::Nothing);
        }
        if !self.credentials.has_password() && !self.credentials.prompter().can_ask() {
            // There will be no answer: the exchange is not begun, and the error asks for a
            // password.
            self.next_password(None).await?;
            return Ok(Tried::Nothing);
        }
        let mut refused: Option<PasswordAnswer> = None;
        loop {
            self.steps.enter(Step::Authentication);
            let start = self
                .transport
                .handle
                .authenticate_keyboard_interactive_start(self.endpoint.user.clone(), None);
            let started = self.steps.bound(start).await?;
            let mut exchange = self.exchanged(started).await?;
            let mut given = None;
            let mut rounds = 0;
            let done = loop {
                let (texts, prompts) = match exchange {
                    Exchange::Done(done) => break done,
                    Exchange::Asks { texts, prompts } => (texts, prompts),
                };
                rounds += 1;
                if rounds > MAX_ROUNDS || prompts.len() > MAX_PROMPTS {
                    return Ok(self.leave_questions(prompts.len(), given.is_some()));
                }
                let Some(answers) =
                    self.answers(&texts, &prompts, refused.as_ref(), &mut given).await?
                else {
                    return Ok(self.leave_questions(prompts.len(), given.is_some()));
                };
                if let Some(answer) = &given {
                    self.sent.push((MethodKind::KeyboardInteractive, answer.password.clone()));
                }
                self.tried.method("keyboard-interactive");
                self.questions_answered = true;
                self.steps.enter(Step::Authentication);
                let respond =
                    self.transport.handle.authenticate_keyboard_interactive_respond(answers);
                let responded = self.steps.bound(respond).await?;
                exchange = self.exchanged(responded).await?;
            };
            match done {
                Tried::Refused(methods) if given.is_some() => {
                    if !self.may_ask_again() {
                        // The password method would offer the same password to the same account
                        // again, which can lock it.
                        self.password_spent = true;
                        return Ok(Tried::Refused(methods));
                    }
                    refused = given;
                }
                done => return Ok(done),
            }
        }
    }

    /// Leaves an exchange unfinished. A password that was among the answers is not offered by
    /// another method.
    fn leave_questions(&mut self, questions: usize, password_given: bool) -> Tried {
        self.password_spent |= password_given;
        self.open_questions = Some(questions);
        Tried::Nothing
    }

    /// Ends an exchange that was left unfinished, with empty answers, before another request: the
    /// network library waits for answers, and sshd hangs up if there are too few. Not sooner, since
    /// servers count it as a failure.
    pub(super) async fn end_questions(&mut self) -> Result<(), Error> {
        let Some(questions) = self.open_questions.take() else { return Ok(()) };
        self.steps.enter(Step::Authentication);
        let nothing = self
            .transport
            .handle
            .authenticate_keyboard_interactive_respond(vec![String::new(); questions]);
        let answered = self.steps.bound(nothing).await?;
        match self.exchanged(answered).await? {
            Exchange::Done(Tried::In(_)) => Err(LoginError::OpenDoor.into()),
            Exchange::Done(_) => Ok(()),
            Exchange::Asks { .. } => Err(ConnectionError::Protocol {
                step: Step::Authentication,
                why: "the server keeps asking questions".into(),
            }
            .into()),
        }
    }

    async fn exchanged(
        &mut self,
        result: Result<KeyboardInteractiveAuthResponse, russh::Error>,
    ) -> Result<Exchange, Error> {
        let plain = match result {
            Ok(KeyboardInteractiveAuthResponse::InfoRequest { name, instructions, prompts }) => {
                return Ok(Exchange::Asks { texts: [name, instructions], prompts });
            }
            Ok(KeyboardInteractiveAuthResponse::Success) => Ok(AuthResult::Success),
            Ok(KeyboardInteractiveAuthResponse::Failure { remaining_methods, partial_success }) => {
                Ok(AuthResult::Failure { remaining_methods, partial_success })
            }
            Err(error) => Err(error),
        };
        self.result(plain, LoggedInBy::KeyboardInteractive).await.map(Exchange::Done)
    }

    /// Whether the user, who may have mistyped, is asked again.
    fn may_ask_again(&self) -> bool {
        let can_ask = !self.endpoint.batch_mode
            && !self.credentials.has_password()
            && self.credentials.prompter().can_ask();
        can_ask
            && self.asked < self.endpoint.number_of_password_prompts
            && self.failures < MAX_FAILURES
    }

    /// A password that `method` has not sent on this connection; `None` if there is none. A server
    /// that accepts each and asks for more would get it without end otherwise.
    async fn unsent_password(
        &mut self,
        method: MethodKind,
        refused: Option<&PasswordAnswer>,
    ) -> Result<Option<PasswordAnswer>, Error> {
        let mut refused = refused.cloned();
        loop {
            let Some(answer) = self.next_password(refused.as_ref()).await? else {
                return Ok(None);
            };
            let was_sent = self.sent.iter().any(|(by, password)| {
                *by == method && password.expose() == answer.password.expose()
            });
            if !was_sent {
                return Ok(Some(answer));
            }
            // The user, who was asked again, may have typed the same.
            if refused.is_none() || !self.may_ask_again() {
                self.password_spent |= refused.is_some();
                return Ok(None);
            }
            refused = Some(answer);
        }
    }

    /// The password to try next; `None` if there is none and nobody to ask.
    async fn next_password(
        &mut self,
        refused: Option<&PasswordAnswer>,
    ) -> Result<Option<PasswordAnswer>, Error> {
        let account = self.endpoint.account();
        let _asking = self.steps.asking();
        match self.credentials.password(&account, refused).await {
            Ok(answer) => {
                self.asked += u32::from(answer.fresh);
                Ok(Some(answer))
            }
            Err(error @ prompter::Error::NoTerminal { .. }) => {
                self.tried.unasked.get_or_insert(error);
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Answers one round. The first hidden question about a password gets the run's password; the
    /// user is asked everything else.
    async fn answers(
        &mut self,
        texts: &[String; 2],
        prompts: &[Prompt],
        refused: Option<&PasswordAnswer>,
        given: &mut Option<PasswordAnswer>,
    ) -> Result<Option<Vec<String>>, Error> {
        for text in texts.iter().filter(|text| !text.trim().is_empty()) {
            self.credentials.prompter().tell(&self.endpoint.account(), text);
        }
        let mut answers = Vec::with_capacity(prompts.len());
        for prompt in prompts {
            if !prompt.echo && prompt.prompt.to_lowercase().contains("password") && given.is_none()
            {
                let method = MethodKind::KeyboardInteractive;
                let Some(answer) = self.unsent_password(method, refused).await? else {
                    return Ok(None);
                };
                answers.push(answer.password.expose().to_owned());
                *given = Some(answer);
                continue;
            }
            match self.ask(prompt).await {
                Ok(answer) => answers.push(answer.to_string()),
                Err(error @ prompter::Error::NoTerminal { .. }) => {
                    self.tried.unasked.get_or_insert(error);
                    return Ok(None);
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Some(answers))
    }

    async fn ask(&self, prompt: &Prompt) -> Result<Zeroizing<String>, prompter::Error> {
        let account = self.endpoint.account();
        let wanted = format!("an answer to {:?} for {account}", prompt.prompt.trim());
        let instead = "run it in a terminal".to_owned();
        if self.endpoint.batch_mode {
            return Err(prompter::Error::NoTerminal { wanted, instead });
        }
        let _asking = self.steps.asking();
        let answer = if prompt.echo { Answer::Text } else { Answer::Secret };
        // The account comes first, as in ssh, and on each line, so that no server can word a
        // question that seems to come from elsewhere.
        self.credentials
            .ask(Question {
                prompt: after_prefix(&format!("({account}) "), &prompt.prompt),
                answer,
                wanted,
                instead,
            })
            .await
    }
}
