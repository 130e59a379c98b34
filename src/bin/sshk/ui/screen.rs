//! The one way out for every line: progress is cleared first, and what is meant for the terminal
//! waits while a question is open. Nothing here waits for the user, so the runtime is never
//! blocked.

use super::interrupt::{Ending, Interrupts};
use super::modes;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget};
use rustix::io::Errno;
use std::io::{self, IsTerminal};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    Output,
    Error,
}

pub struct Screen {
    state: Mutex<Pending>,
    bars: MultiProgress,
    interrupts: Arc<Interrupts>,
}

#[derive(Default)]
struct Pending {
    asking: bool,
    waiting: Vec<(Stream, Vec<u8>)>,
}

/// The width of the terminal that messages go to, in columns; `None` if they go elsewhere.
pub fn width() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(io::stderr()).ok()?;
    Some(usize::from(size.ws_col)).filter(|columns| *columns > 0)
}

impl Screen {
    pub fn new(interrupts: Arc<Interrupts>) -> Arc<Self> {
        let bars = MultiProgress::with_draw_target(ProgressDrawTarget::stderr());
        Arc::new(Self { state: Mutex::default(), bars, interrupts })
    }

    /// Writes all of it, unless its reader is gone: that ends the program and is not a failure.
    pub fn write(&self, stream: Stream, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.state();
        // When the program is ending, nothing waits: the question may never close.
        if state.asking && stream.is_terminal() && self.interrupts.pending().is_none() {
            state.waiting.push((stream, bytes.to_vec()));
            return Ok(());
        }
        let _ = self.bars.clear();
        match write_all(stream, bytes) {
            Err(Errno::PIPE) if stream == Stream::Output => {
                self.interrupts.end(Ending::ClosedPipe);
                Ok(())
            }
            outcome => Ok(outcome?),
        }
    }

    /// Whole lines for the user, on stderr.
    pub fn tell(&self, lines: &str) {
        let lines = if modes::is_raw() {
            format!("{lines}\n").replace('\n', "\r\n")
        } else {
            format!("{lines}\n")
        };
        // There is nobody left to report a failed write of stderr to.
        let _ = self.write(Stream::Error, lines.as_bytes());
    }

    /// Keeps everything else off the terminal until the guard is dropped.
    pub fn ask(self: &Arc<Self>) -> Asking {
        let mut state = self.state();
        let _ = self.bars.clear();
        state.asking = true;
        Asking { screen: self.clone() }
    }

    pub fn add_bar(&self, bar: ProgressBar) -> ProgressBar {
        let _state = self.state();
        self.bars.add(bar)
    }

    /// Lets `draw` change the bar, unless a question is open.
    pub fn draw(&self, draw: impl FnOnce()) {
        if !self.state().asking {
            draw();
        }
    }

    pub fn remove_bar(&self, bar: &ProgressBar) {
        let state = self.state();
        self.bars.remove(bar);
        if !state.asking {
            let _ = self.bars.clear();
        }
    }

    fn state(&self) -> MutexGuard<'_, Pending> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A question is open.
#[must_use]
pub struct Asking {
    screen: Arc<Screen>,
}

impl Drop for Asking {
    fn drop(&mut self) {
        let mut state = self.screen.state();
        state.asking = false;
        for (stream, bytes) in std::mem::take(&mut state.waiting) {
            // It counts as written since it was accepted; SIGHUP reports a terminal that went away.
            let _ = write_all(stream, &bytes);
        }
    }
}

impl Stream {
    pub fn is_terminal(self) -> bool {
        match self {
            Self::Output => io::stdout().is_terminal(),
            Self::Error => io::stderr().is_terminal(),
        }
    }
}

/// Straight to the descriptor: the standard library's buffer would keep a copy of a key.
fn write_all(stream: Stream, mut bytes: &[u8]) -> Result<(), Errno> {
    while !bytes.is_empty() {
        let written = match stream {
            Stream::Output => rustix::io::write(rustix::stdio::stdout(), bytes),
            Stream::Error => rustix::io::write(rustix::stdio::stderr(), bytes),
        };
        match written {
            Ok(written) => bytes = &bytes[written..],
            Err(Errno::INTR) => {}
            // Another program that shares the descriptor made it non-blocking (an `ssh` in the same
            // pipeline does).
            Err(Errno::AGAIN) => std::thread::sleep(Duration::from_millis(5)),
            Err(errno) => return Err(errno),
        }
    }
    Ok(())
}
