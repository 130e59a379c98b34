//! Every wait has an end: which step of a login runs now, how long it may take, and a clock that
//! stops while a person is asked.

use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use tokio::sync::watch;

use super::Error;

/// What each step may take where `ConnectTimeout` does not say.
pub const DEFAULT_LIMIT: Duration = Duration::from_secs(30);

/// The steps from a name to a finished command, as failures name them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Name,
    Connect,
    Identification,
    KeyExchange,
    HostKey,
    Authentication,
    Session,
    Command,
    Sftp,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Name => "looking up the name",
            Self::Connect => "the TCP connection",
            Self::Identification => "the server's identification",
            Self::KeyExchange => "the key exchange",
            Self::HostKey => "the host key check",
            Self::Authentication => "authentication",
            Self::Session => "opening the session",
            Self::Command => "the remote command",
            Self::Sftp => "the SFTP session",
        })
    }
}

#[derive(Clone, Copy, Debug)]
struct State {
    step: Step,
    asking: bool,
}

/// The running step, shared by all that work on one connection.
#[derive(Clone, Debug)]
pub(super) struct Steps {
    state: watch::Sender<State>,
    limit: Duration,
}

impl Steps {
    pub(super) fn new(limit: Duration) -> Self {
        Self { state: watch::Sender::new(State { step: Step::Name, asking: false }), limit }
    }

    /// A new step, with its whole time before it.
    pub(super) fn enter(&self, step: Step) {
        self.state.send_replace(State { step, asking: false });
    }

    pub(super) fn current(&self) -> Step {
        self.state.borrow().step
    }

    /// Stops the clock until the guard is dropped.
    pub(super) fn asking(&self) -> Asking<'_> {
        self.state.send_modify(|state| state.asking = true);
        Asking(self)
    }

    /// Runs `work` to its end, or to the end of the time of the step it is in.
    pub(super) async fn bound<T>(&self, work: impl Future<Output = T>) -> Result<T, Error> {
        let mut work = pin!(work);
        let mut changes = self.state.subscribe();
        loop {
            let State { step, asking } = *changes.borrow_and_update();
            let too_long = async {
                match asking {
                    true => std::future::pending().await,
                    false => tokio::time::sleep(self.limit).await,
                }
            };
            tokio::select! {
                done = &mut work => return Ok(done),
                () = too_long => return Err(Error::TimedOut { step, limit: self.limit }),
                // The sender lives in `self`, so this only ever reports a change.
                _ = changes.changed() => {}
            }
        }
    }
}

/// While this lives, a person is being asked and no time runs.
pub(super) struct Asking<'a>(&'a Steps);

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        self.0.state.send_modify(|state| state.asking = false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_step_ends_at_its_limit_and_is_named() {
        let steps = Steps::new(Duration::from_secs(5));
        steps.enter(Step::KeyExchange);
        let error = steps.bound(std::future::pending::<()>()).await.unwrap_err();
        assert!(
            matches!(error, Error::TimedOut { step: Step::KeyExchange, limit } if limit.as_secs() == 5)
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_person_may_take_longer_and_the_next_step_has_its_whole_time() {
        let steps = Steps::new(Duration::from_secs(5));
        let work = async {
            steps.enter(Step::HostKey);
            let asking = steps.asking();
            tokio::time::sleep(Duration::from_secs(60)).await;
            drop(asking);
            steps.enter(Step::Authentication);
            tokio::time::sleep(Duration::from_secs(4)).await;
            "done"
        };
        assert_eq!(steps.bound(work).await.unwrap(), "done");
    }
}
