//! Waiting for events that have no handle to wait on.

use std::time::{Duration, Instant};

use crate::support::SOON;

/// Polls until there is something; if nothing comes, panics with `what`.
#[track_caller]
pub fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let until = Instant::now() + SOON;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < until, "waited {SOON:?} for {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The same for a condition.
#[track_caller]
pub fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    wait_for(what, || is_so().then_some(()));
}
