//! Every wait has an end: a clock for the current step of a login, which stops while the user is
//! asked.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use tokio::sync::watch;

use super::error::{ConnectionError, Error};
use super::step::Step;

#[derive(Clone, Copy, Debug)]
struct Clock {
    step: Step,
    asking: bool,
}

/// The current step, shared by everything that works on one connection.
#[derive(Clone, Debug)]
pub(super) struct Steps {
    clock: watch::Sender<Clock>,
    limit: Duration,
}

impl Steps {
    pub(super) fn new(limit: Duration) -> Self {
        Self { clock: watch::Sender::new(Clock { step: Step::Name, asking: false }), limit }
    }

    /// Starts a new step, with its full time.
    pub(super) fn enter(&self, step: Step) {
        self.clock.send_replace(Clock { step, asking: false });
    }

    pub(super) fn current(&self) -> Step {
        self.clock.borrow().step
    }

    /// Stops the clock until the guard is dropped.
    pub(super) fn asking(&self) -> Asking<'_> {
        self.clock.send_modify(|clock| clock.asking = true);
        Asking(self)
    }

    /// Runs `work` until it ends or the time of its step runs out.
    pub(super) async fn bound<T>(&self, work: impl Future<Output = T>) -> Result<T, Error> {
        let mut work = pin!(work);
        let mut changes = self.clock.subscribe();
        loop {
            let Clock { step, asking } = *changes.borrow_and_update();
            let too_long = async {
                if asking {
                    std::future::pending().await
                } else {
                    tokio::time::sleep(self.limit).await
                }
            };
            tokio::select! {
                done = &mut work => return Ok(done),
                () = too_long => {
                    return Err(ConnectionError::TimedOut { step, limit: self.limit }.into());
                }
                // The sender lives in `self`, so this only ever reports a change.
                _ = changes.changed() => {}
            }
        }
    }
}

/// While this exists, the user is being asked and the clock is stopped.
pub(super) struct Asking<'a>(&'a Steps);

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        self.0.clock.send_modify(|clock| clock.asking = false);
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
        assert_eq!(error.to_string(), "timed out after 5 s during key exchange");
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_may_take_longer_and_the_next_step_has_its_whole_time() {
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
