//! Whether a connection is read: it is held back while its output waits for a slow reader, as far
//! as its own needs allow.
//!
//! russh grants a channel its window without asking, so that a server is slowed down by what is not
//! read from the connection.

use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use russh::client::Handle;

use super::client::Client;
use super::lock;

/// How often a server hears of a client that reads nothing: sshd's `ClientAliveInterval` counts in
/// whole seconds, and any packet will do.
const BETWEEN_SIGNS: Duration = Duration::from_millis(400);

/// What is let through at a time for the sake of `ServerAliveInterval`: more than the largest
/// packet OpenSSH sends, so that the server is seen to be there.
const LOOK: usize = 64 * 1024;

/// One for a connection; clones are the same.
#[derive(Clone, Default)]
pub(super) struct Gate(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    closed: bool,
    /// Something waits for what the server has to say behind its output.
    urgent: bool,
    /// Bytes that pass all the same.
    allowance: usize,
    waiting: Option<Waker>,
}

impl Gate {
    /// Nothing more is read, or everything again.
    pub(super) fn close(&self, closed: bool) {
        self.change(|state| (state.closed, state.allowance) = (closed, 0));
    }

    fn change(&self, edit: impl FnOnce(&mut State)) {
        let waiting = {
            let mut state = lock(&self.0);
            edit(&mut state);
            state.waiting.take()
        };
        if let Some(waker) = waiting {
            waker.wake();
        }
    }

    fn is_closed(&self) -> bool {
        lock(&self.0).closed
    }

    /// Reads on although output waits, until the guard is dropped: input can be stuck for want of
    /// the server's word that there is room.
    pub(super) fn urgent(&self) -> Urgent<'_> {
        self.change(|state| state.urgent = true);
        Urgent(self)
    }

    /// For the stream below: ready while it may be read.
    pub(super) fn poll_open(&self, context: &mut Context<'_>) -> Poll<()> {
        let mut state = lock(&self.0);
        if !state.closed || state.urgent || state.allowance > 0 {
            return Poll::Ready(());
        }
        state.waiting = Some(context.waker().clone());
        Poll::Pending
    }

    /// What the stream read.
    pub(super) fn passed(&self, bytes: usize) {
        let mut state = lock(&self.0);
        state.allowance = state.allowance.saturating_sub(bytes);
    }

    /// While the gate is closed: lets the server know that we are there, and sees now and then
    /// whether it is; russh would take a connection that it does not read for one that is dead
    /// after `keepalive`.
    pub(super) async fn attend(&self, handle: &Handle<Client>, keepalive: Option<Duration>) {
        let look = keepalive.map(|interval| interval / 2);
        let mut unseen = Duration::ZERO;
        loop {
            tokio::time::sleep(BETWEEN_SIGNS).await;
            if !self.is_closed() {
                unseen = Duration::ZERO;
                continue;
            }
            unseen += BETWEEN_SIGNS;
            if look.is_some_and(|look| unseen >= look) {
                unseen = Duration::ZERO;
                self.change(|state| state.allowance = LOOK);
            }
            // A connection that is gone is the reading side's matter.
            let _ = handle.send_keepalive(false).await;
        }
    }
}

/// While this lives, the gate holds nothing back.
pub(super) struct Urgent<'a>(&'a Gate);

impl Drop for Urgent<'_> {
    fn drop(&mut self) {
        lock(&self.0.0).urgent = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_open(gate: &Gate) -> bool {
        gate.poll_open(&mut Context::from_waker(Waker::noop())).is_ready()
    }

    #[test]
    fn a_closed_gate_lets_through_what_is_allowed_and_what_is_urgent() {
        let gate = Gate::default();
        assert!(is_open(&gate));
        gate.close(true);
        assert!(!is_open(&gate));
        gate.change(|state| state.allowance = 10);
        assert!(is_open(&gate));
        gate.passed(11);
        assert!(!is_open(&gate));
        let urgent = gate.urgent();
        assert!(is_open(&gate));
        drop(urgent);
        assert!(!is_open(&gate));
        gate.close(false);
        assert!(is_open(&gate));
    }
}
