//! Many destinations, a few at a time: if one fails, the others go on.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::error::Error;
use crate::hosts::destination::Destination;

/// How many destinations are worked on at once: enough to hide slow hosts, few enough for a
/// laptop's network and for questions to one user.
pub const AT_A_TIME: usize = 8;

/// The outcome for one destination.
#[derive(Debug)]
pub struct HostReport<T> {
    /// As it was given.
    pub destination: Destination,
    /// Its own result, or its own failure.
    pub outcome: Result<T, Error>,
    /// From the start of its work, excluding the time it waited for its turn.
    pub took: Duration,
}

/// The outcomes for all destinations, in the order given.
#[derive(Debug)]
pub struct Report<T> {
    /// One for each destination.
    pub hosts: Vec<HostReport<T>>,
}

impl<T> Report<T> {
    /// The destinations that failed, in the order given.
    pub fn failed(&self) -> impl Iterator<Item = (&Destination, &Error)> {
        self.hosts.iter().filter_map(|host| Some((&host.destination, host.outcome.as_ref().err()?)))
    }
}

/// Runs `task` for every destination, at most [`AT_A_TIME`] at once, and calls `done` as each ends.
///
/// # Panics
///
/// If a task panics.
pub async fn run<T, F, W>(
    destinations: Vec<Destination>,
    task: F,
    mut done: impl FnMut(&HostReport<T>),
) -> Report<T>
where
    T: Send + 'static,
    F: Fn(Destination) -> W,
    W: Future<Output = Result<T, Error>> + Send + 'static,
{
    let places = Arc::new(Semaphore::new(AT_A_TIME));
    let mut running = JoinSet::new();
    let mut slots: Vec<Option<HostReport<T>>> = Vec::new();
    for (index, destination) in destinations.into_iter().enumerate() {
        slots.push(None);
        let work = task(destination.clone());
        let places = places.clone();
        running.spawn(async move {
            // The semaphore is never closed.
            let _place = places.acquire_owned().await;
            let start = Instant::now();
            let outcome = work.await;
            (index, HostReport { destination, outcome, took: start.elapsed() })
        });
    }
    while let Some(ended) = running.join_next().await {
        match ended {
            Ok((index, report)) => {
                done(&report);
                slots[index] = Some(report);
            }
            // A panic in one task is a defect of the program, not a fact about a host: it ends the
            // run.
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }
    Report { hosts: slots.into_iter().flatten().collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_failure_leaves_the_others_alone_and_the_order_stays() {
        let hosts: Vec<Destination> =
            ["a", "b", "c"].iter().map(|host| host.parse().unwrap()).collect();
        let mut seen = 0;
        let report = run(
            hosts,
            |destination| async move {
                match destination.host() {
                    "b" => Err("-".parse::<Destination>().unwrap_err().into()),
                    host => Ok(host.to_owned()),
                }
            },
            |_| seen += 1,
        )
        .await;
        assert_eq!(seen, 3);
        assert_eq!(
            report.hosts.iter().map(|host| host.destination.to_string()).collect::<Vec<_>>(),
            ["a", "b", "c"]
        );
        assert_eq!(report.failed().map(|(host, _)| host.to_string()).collect::<Vec<_>>(), ["b"]);
    }
}
