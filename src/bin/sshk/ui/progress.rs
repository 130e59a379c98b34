//! A line on stderr while a long step runs: shown after a moment, cleared before any other line,
//! and never shown without a terminal.

use super::clean;
use super::screen::Screen;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// A step that ends sooner shows no progress line, which would only flicker.
const MOMENT: Duration = Duration::from_millis(300);
const TICK: Duration = Duration::from_millis(100);

/// A step that is running, until this is dropped.
#[must_use = "the line is gone when this is dropped"]
pub struct Progress {
    step: Arc<Shown>,
    /// Absent if nothing is shown.
    line: Option<ProgressLine>,
}

struct Shown {
    message: Mutex<String>,
    done: AtomicU64,
}

struct ProgressLine {
    over: Sender<()>,
    thread: JoinHandle<()>,
}

impl Progress {
    /// `total` is the number of things to do, such as hosts, if known. Without a screen nothing is
    /// shown.
    pub fn start(screen: Option<Arc<Screen>>, message: &str, total: Option<u64>) -> Self {
        let step =
            Arc::new(Shown { message: Mutex::new(clean::line(message)), done: AtomicU64::new(0) });
        let line = screen.and_then(|screen| {
            let (over, is_over) = channel();
            let step = step.clone();
            // Without a thread there is no line, but the step still runs.
            let thread = std::thread::Builder::new()
                .name("progress".into())
                .spawn(move || step.show(&screen, total, &is_over));
            Some(ProgressLine { over, thread: thread.ok()? })
        });
        Self { step, line }
    }

    /// Replaces the message. Cheap, and never waits for the terminal.
    pub fn set_message(&self, message: &str) {
        *self.step.message.lock().unwrap_or_else(PoisonError::into_inner) = clean::line(message);
    }

    /// One more of the total is done.
    pub fn advance(&self) {
        self.step.done.fetch_add(1, Ordering::Relaxed);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(line) = self.line.take() {
            drop(line.over);
            // The line must be gone when this returns; its thread wakes at once.
            let _ = line.thread.join();
        }
    }
}

impl Shown {
    fn show(&self, screen: &Screen, total: Option<u64>, is_over: &Receiver<()>) {
        if is_over.recv_timeout(MOMENT) != Err(RecvTimeoutError::Timeout) {
            return;
        }
        // Hidden until the screen, which has the terminal, takes it in.
        let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::hidden());
        let template = if total.is_some() {
            "{spinner} {pos}/{len} {wide_msg}"
        } else {
            "{spinner} {wide_msg}"
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        let bar = screen.add_bar(bar);
        loop {
            screen.draw(|| {
                bar.set_message(
                    self.message.lock().unwrap_or_else(PoisonError::into_inner).clone(),
                );
                bar.set_position(self.done.load(Ordering::Relaxed));
                bar.tick();
            });
            if is_over.recv_timeout(TICK) != Err(RecvTimeoutError::Timeout) {
                break;
            }
        }
        screen.remove_bar(&bar);
    }
}
