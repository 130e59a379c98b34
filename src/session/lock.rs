//! Locks over plain data.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// A poisoned lock only means that another task panicked; the plain data in it is still valid.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
