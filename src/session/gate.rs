//! Whether a connection is read: it is held back while its output waits for a slow reader, except
//! for what the connection itself needs.
//!
//! russh grants every channel a window without asking, so a server is slowed down only if the
//! connection itself is not read.

use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use super::lock::lock;

/// How much is let through at a time for `ServerAliveInterval`, in bytes: more than the largest
/// packet that OpenSSH sends, so that a live server is noticed.
const LOOK: usize = 64 * 1024;

/// One for each connection; clones share it.
#[derive(Clone, Default)]
pub(super) struct Gate(Arc<Mutex<Flow>>);

#[derive(Default)]
struct Flow {
    closed: bool,
    /// Something waits for a message that follows the server's output.
    urgent: bool,
    /// Bytes that pass anyway.
    allowance: usize,
    waiting: Option<Waker>,
}

impl Gate {
    /// Whether the connection is held back from now on.
    pub(super) fn close(&self, closed: bool) {
        self.change(|flow| (flow.closed, flow.allowance) = (closed, 0));
    }

    fn change(&self, edit: impl FnOnce(&mut Flow)) {
        let waiting = {
            let mut flow = lock(&self.0);
            edit(&mut flow);
            flow.waiting.take()
        };
        if let Some(waker) = waiting {
            waker.wake();
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        lock(&self.0).closed
    }

    /// Lets a few bytes through a closed gate, to see whether the server is alive.
    pub(super) fn let_some_through(&self) {
        self.change(|flow| flow.allowance = LOOK);
    }

    /// Keeps reading although output waits, until the guard is dropped: input can be stuck until
    /// the server says that it has room.
    pub(super) fn urgent(&self) -> Urgent<'_> {
        self.change(|flow| flow.urgent = true);
        Urgent(self)
    }

    /// For the stream below: ready while it may be read.
    pub(super) fn poll_open(&self, context: &mut Context<'_>) -> Poll<()> {
        let mut flow = lock(&self.0);
        if !flow.closed || flow.urgent || flow.allowance > 0 {
            return Poll::Ready(());
        }
        flow.waiting = Some(context.waker().clone());
        Poll::Pending
    }

    /// What the stream read.
    pub(super) fn passed(&self, bytes: usize) {
        let mut flow = lock(&self.0);
        flow.allowance = flow.allowance.saturating_sub(bytes);
    }
}

/// While this exists, the gate holds nothing back.
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
        gate.change(|flow| flow.allowance = 10);
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
