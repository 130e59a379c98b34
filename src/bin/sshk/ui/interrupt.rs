//! Signals, and how they end the program: the terminal is restored at once, and everything else
//! unwinds.
//!
//! `main` races its work against [`Interrupts::ended`]: `tokio::select! { ending =
//! interrupts.ended() => …, outcome = work => … }`. Dropping the work removes its temporary files;
//! then `main` shuts the runtime down with a short `shutdown_timeout`, and exits with
//! [`Ending::exit_status`].

use super::modes;
use rustix::io::Errno;
use rustix::process::Signal;
use rustix::termios::tcgetattr;
use std::io;
use std::os::fd::AsFd;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// A second signal ends the program without unwinding, once this has passed: a terminal that closes
/// sends two SIGHUPs at once (the kernel's and the shell's), and neither means that the unwinding
/// hangs.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long SIGHUP may take to arrive after the end of input or failed write that may announce it.
const HANG_UP: Duration = Duration::from_millis(300);

/// The same once the terminal is known to be gone: the kernel has sent the signal, and only a busy
/// machine keeps us from seeing it.
const HUNG_UP: Duration = Duration::from_secs(20);

/// How long to wait for SIGHUP after the input from `terminal` has ended.
pub fn time_to_hang_up(terminal: impl AsFd) -> Duration {
    // The error of every call on a terminal that has hung up.
    if tcgetattr(terminal).is_err_and(|error| error == Errno::IO) { HUNG_UP } else { HANG_UP }
}

/// Why the program should end before its work is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// SIGINT, Ctrl-C.
    Interrupt,
    /// SIGTERM.
    Terminate,
    /// SIGHUP: the terminal is gone.
    HangUp,
    /// SIGQUIT, Ctrl-\.
    Quit,
    /// The reader of standard output has closed it.
    ClosedPipe,
}

impl Ending {
    /// 128 plus the signal's number, as a shell reports a program that died of it.
    pub fn exit_status(self) -> u8 {
        match self {
            Self::HangUp => 129,
            Self::Interrupt => 130,
            Self::Quit => 131,
            Self::ClosedPipe => 141,
            Self::Terminate => 143,
        }
    }
}

/// What an open question is notified of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    Ended,
    /// Stopped and continued: the screen may have changed.
    Resumed,
}

type Listener = Box<dyn Fn(Event) + Send>;

/// The end of the program, once requested; it is never withdrawn.
pub struct Interrupts {
    ended: watch::Sender<Option<(Ending, Instant)>>,
    /// One, since questions are asked one at a time.
    listener: Mutex<Option<Listener>>,
}

impl Default for Interrupts {
    fn default() -> Self {
        Self { ended: watch::Sender::new(None), listener: Mutex::new(None) }
    }
}

impl Interrupts {
    /// Handles the signals on a thread of its own: a runtime whose threads are all busy must not
    /// hold up Ctrl-C.
    ///
    /// Signals that the caller of the program ignores (`nohup`) stay ignored.
    pub fn watch() -> io::Result<Arc<Self>> {
        let interrupts = Arc::new(Self::default());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        // Here and not on the thread, so that no signal after this call has its default effect.
        let context = runtime.enter();
        for (number, ending) in [
            (Signal::INT, Ending::Interrupt),
            (Signal::TERM, Ending::Terminate),
            (Signal::HUP, Ending::HangUp),
            (Signal::QUIT, Ending::Quit),
        ] {
            let interrupts = interrupts.clone();
            on(number, move || interrupts.signalled(ending))?;
        }
        on(Signal::TSTP, || {
            modes::suspend();
        })?;
        // Handled, and not ignored as children would inherit it, so that a write beyond the limit
        // on the size of files fails, and what was begun is removed.
        on(Signal::XFSZ, || {})?;
        let resumed = interrupts.clone();
        on(Signal::CONT, move || resumed.resumed())?;
        for number in [Signal::TTIN, Signal::TTOU] {
            stop_in_background(number, interrupts.clone())?;
        }
        drop(context);
        std::thread::Builder::new()
            .name("signals".into())
            .spawn(move || runtime.block_on(std::future::pending::<()>()))?;
        Ok(interrupts)
    }

    /// Resolves when the program should end; at once if that was requested before.
    pub async fn ended(&self) -> Ending {
        let mut ended = self.ended.subscribe();
        match ended.wait_for(Option::is_some).await.map(|ended| *ended) {
            Ok(Some((ending, _))) => ending,
            // Unreachable while `self`, which is the sender, is borrowed.
            Ok(None) | Err(_) => std::future::pending().await,
        }
    }

    /// Whether the program should end, without waiting.
    pub fn pending(&self) -> Option<Ending> {
        self.ended.borrow().map(|(ending, _)| ending)
    }

    /// As [`Interrupts::pending`], but gives a signal that is on its way a moment. Blocks that
    /// long.
    pub fn pending_soon(&self) -> Option<Ending> {
        let until = Instant::now() + time_to_hang_up(io::stdin());
        while self.pending().is_none() && Instant::now() < until {
            std::thread::sleep(HANG_UP / 10);
        }
        self.pending()
    }

    /// Requests the end. The first reason counts.
    pub fn end(&self, ending: Ending) {
        modes::put_back();
        self.ended.send_if_modified(|ended| {
            let first = ended.is_none();
            ended.get_or_insert((ending, Instant::now()));
            first
        });
        self.notify(Event::Ended);
    }

    /// Notifies `listener` of what follows, and at once if the end was already requested. Replaces
    /// the previous listener.
    pub fn listen(&self, listener: impl Fn(Event) + Send + 'static) {
        *self.listener.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(listener));
        if self.pending().is_some() {
            self.notify(Event::Ended);
        }
    }

    fn signalled(&self, ending: Ending) {
        let since = self.ended.borrow().map(|(_, since)| since);
        if since.is_some_and(|since| since.elapsed() >= PATIENCE) {
            end_at_once(ending);
        }
        self.end(ending);
    }

    fn resumed(&self) {
        // A stopped job that is killed is sent SIGTERM and SIGCONT, and one may go on behind the
        // shell: the terminal stays theirs.
        if self.pending().is_none() && !modes::is_in_background() {
            modes::change_again();
            self.notify(Event::Resumed);
        }
    }

    fn notify(&self, event: Event) {
        if let Some(listener) = &*self.listener.lock().unwrap_or_else(PoisonError::into_inner) {
            listener(event);
        }
    }
}

#[expect(clippy::exit, reason = "the second request, and unwinding has not finished")]
fn end_at_once(ending: Ending) -> ! {
    modes::put_back();
    std::process::exit(ending.exit_status().into())
}

/// What the kernel does by itself with a background job that uses the terminal, but a moment later:
/// a stopped job that is killed is continued to die, and its reader, back in read(2), must not stop
/// it before the signal is seen.
fn stop_in_background(number: Signal, interrupts: Arc<Interrupts>) -> io::Result<()> {
    if is_ignored(number) {
        return Ok(());
    }
    let mut signals = signal(SignalKind::from_raw(number.as_raw()))?;
    tokio::spawn(async move {
        while signals.recv().await.is_some() {
            tokio::time::sleep(Duration::from_millis(20)).await;
            match interrupts.pending() {
                // The call that was refused is repeated until the stop: what is left of that may
                // arrive after `fg`.
                None if modes::is_in_background() => {
                    modes::suspend();
                }
                // Its last output is refused forever (`stty tostop`); a refused read blocks
                // nothing.
                Some(ending) if number == Signal::TTOU => {
                    tokio::time::sleep(PATIENCE).await;
                    end_at_once(ending);
                }
                _ => {}
            }
        }
    });
    Ok(())
}

/// Inside a runtime's context: calls `act` whenever the signal comes.
fn on(number: Signal, act: impl Fn() + Send + 'static) -> io::Result<()> {
    if is_ignored(number) {
        return Ok(());
    }
    let mut signals = signal(SignalKind::from_raw(number.as_raw()))?;
    tokio::spawn(async move {
        while signals.recv().await.is_some() {
            act();
        }
    });
    Ok(())
}

/// Whether this process was started with the signal ignored. Linux says so in proc(5); elsewhere
/// there is no safe way to find out, and the answer is no.
fn is_ignored(number: Signal) -> bool {
    std::fs::read_to_string("/proc/self/status").is_ok_and(|status| {
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
        mask.is_some_and(|mask| mask >> (number.as_raw() - 1) & 1 == 1)
    })
}
