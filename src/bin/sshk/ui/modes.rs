//! A terminal's modes, changed under a guard and restored on every way out: drop, panic, signal,
//! suspension. One list for the whole process, since a signal or a panic has no owner to ask.

use rustix::io::Errno;
use rustix::process::{Signal, getpgrp, getpid, getsid, kill_process};
use rustix::termios::{
    OptionalActions, OutputModes, QueueSelector, Termios, tcflush, tcgetattr, tcgetpgrp, tcsetattr,
};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

/// The controlling terminal, whatever stdin and stdout are (tty(4)).
pub const CONTROLLING_TERMINAL: &str = "/dev/tty";

/// The latest change is the last one.
static CHANGED: Mutex<Vec<Change>> = Mutex::new(Vec::new());
static NEXT: AtomicU64 = AtomicU64::new(0);

struct Change {
    id: u64,
    tty: OwnedFd,
    before: Termios,
    during: Termios,
    type_ahead: TypeAhead,
}

/// Modes that hold until this is dropped.
#[must_use = "the former modes come back when this is dropped"]
pub struct Changed {
    id: u64,
}

/// How a change treats what was typed and not yet read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TypeAhead {
    Keep,
    /// Thrown away on the way in and on the way out, as readpassphrase(3) does.
    Drop,
}

/// Changes the modes of `tty`; fails if it is not a terminal.
pub fn change(
    tty: impl AsFd,
    type_ahead: TypeAhead,
    edit: impl FnOnce(&mut Termios),
) -> io::Result<Changed> {
    // Before the first change, so that no panic can find the terminal changed and the hook missing.
    put_back_on_panic();
    let tty = tty.as_fd().try_clone_to_owned()?;
    let before = tcgetattr(&tty)?;
    let mut during = before.clone();
    edit(&mut during);
    let id = NEXT.fetch_add(1, Ordering::Relaxed);
    // Listed first: a signal between the two steps restores what has not been changed yet, which is
    // harmless.
    list().push(Change { id, tty: tty.try_clone()?, before, during: during.clone(), type_ahead });
    let changed = Changed { id };
    set(&tty, type_ahead, &during)?;
    Ok(changed)
}

impl Drop for Changed {
    fn drop(&mut self) {
        let mut list = list();
        if let Some(at) = list.iter().position(|change| change.id == self.id) {
            list.remove(at).put_back();
        }
    }
}

impl Change {
    fn put_back(&self) {
        // For a terminal that is gone, or is the shell's again, there is nothing to restore.
        if in_foreground(&self.tty) {
            let _ = set(&self.tty, self.type_ahead, &self.before);
        }
    }
}

/// Restores every terminal, and keeps the list of changes for [`change_again`].
pub fn put_back() {
    list().iter().rev().for_each(Change::put_back);
}

/// After a suspension: makes every change again, if the program is in the foreground.
pub fn change_again() {
    for change in list().iter().filter(|change| in_foreground(&change.tty)) {
        let _ = set(&change.tty, change.type_ahead, &change.during);
    }
}

/// Whether a newline no longer returns to the start of the line.
pub fn is_raw() -> bool {
    list().last().is_some_and(|change| !change.during.output_modes.contains(OutputModes::OPOST))
}

/// Stops the process as Ctrl-Z does, with the terminal as it was. Returns `false` if nobody could
/// wake it.
///
/// It is woken by SIGCONT, and [`super::interrupt`] then calls [`change_again`].
pub fn suspend() -> bool {
    // Outside a job of its own there is no shell to say `fg`: the kernel ignores Ctrl-Z in an
    // orphaned process group (POSIX 2.4.3), but SIGSTOP would stop it forever.
    if getsid(None).is_ok_and(|session| session == getpgrp()) {
        return false;
    }
    put_back();
    kill_process(getpid(), Signal::STOP).is_ok()
}

/// Setting the modes of a terminal that another job holds would stop this process (SIGTTOU). Only
/// the controlling terminal has jobs.
fn in_foreground(tty: impl AsFd) -> bool {
    tcgetpgrp(tty).map_or(true, |group| group == getpgrp())
}

/// Whether another job has the controlling terminal.
pub fn is_in_background() -> bool {
    std::fs::File::open(CONTROLLING_TERMINAL).is_ok_and(|tty| !in_foreground(&tty))
}

/// Never waits for output to drain, as TCSADRAIN and TCSAFLUSH do: a terminal stopped by Ctrl-S
/// would keep the program from ending.
fn set(tty: &OwnedFd, type_ahead: TypeAhead, modes: &Termios) -> io::Result<()> {
    while let Err(errno) = tcsetattr(tty, OptionalActions::Now, modes) {
        if errno != Errno::INTR {
            return Err(errno.into());
        }
    }
    // After the modes, so that what was echoed until then is thrown away with the rest.
    if type_ahead == TypeAhead::Drop {
        tcflush(tty, QueueSelector::IFlush)?;
    }
    Ok(())
}

fn put_back_on_panic() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let former = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            // A panic in this file may hold the lock; then only the guard's drop restores.
            if let Ok(list) = CHANGED.try_lock() {
                list.iter().rev().for_each(Change::put_back);
            }
            former(panic);
        }));
    });
}

fn list() -> MutexGuard<'static, Vec<Change>> {
    CHANGED.lock().unwrap_or_else(PoisonError::into_inner)
}
