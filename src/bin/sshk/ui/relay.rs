//! The local end of a session: standard input to the server, the server's output to standard output
//! and error, each direction on a thread of its own, so that neither blocks the other.

use std::io::{self, Read};
use std::sync::Arc;

use rustix::process::Signal;
use rustix::termios::isatty;
use sshk::session::{Input, Sent, Size};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Notify, mpsc};

use super::error::Error;
use super::escape::{Escapes, Typed};
use super::raw_mode::{self, RawMode};
use super::{Ui, modes};

/// Bytes read from standard input at once: one SSH packet's worth.
const BLOCK: usize = 32 * 1024;

/// How the local end should behave.
pub struct Wanted {
    /// The server gives us a terminal; ours, if there is one, is put into raw mode.
    pub pty: bool,
    /// Standard input stays unread (`-n`).
    pub no_stdin: bool,
    /// The escape character, if escapes are recognized.
    pub escape: Option<u8>,
}

/// The local end while a session runs.
pub struct Local {
    /// Restored when this is dropped.
    raw: Option<RawMode>,
    output: tokio::task::JoinHandle<Result<(), Error>>,
    over: Arc<Notify>,
}

pub fn stdin_is_terminal() -> bool {
    isatty(io::stdin())
}

/// The size of the terminal on standard input; zeros, which RFC 4254 says to ignore, if there is
/// none.
pub fn window_size() -> Size {
    match raw_mode::window_size(io::stdin()) {
        Ok(size) => Size {
            columns: size.columns,
            rows: size.rows,
            width: size.width_pixels,
            height: size.height_pixels,
        },
        Err(_) => Size { columns: 0, rows: 0, width: 0, height: 0 },
    }
}

/// The modes to start the remote terminal with; none without a local one.
pub fn terminal_modes() -> Vec<(u8, u32)> {
    raw_mode::pty_modes(io::stdin()).unwrap_or_default()
}

impl Local {
    /// Starts both directions.
    ///
    /// # Errors
    ///
    /// If the terminal cannot be put into raw mode, or the system gives no thread.
    pub fn start(
        to_server: mpsc::Sender<Input>,
        from_server: mpsc::Receiver<Sent>,
        wanted: &Wanted,
        ui: &Ui,
    ) -> Result<Self, Error> {
        let terminal = |source| Error::Terminal { source };
        let on_terminal = wanted.pty && !wanted.no_stdin && stdin_is_terminal();
        let raw =
            if on_terminal { Some(RawMode::enter(io::stdin()).map_err(terminal)?) } else { None };
        let over = Arc::new(Notify::new());
        if on_terminal {
            watch_window(to_server.clone()).map_err(terminal)?;
        }
        if wanted.no_stdin {
            // The receiver is fresh and has room.
            let _ = to_server.try_send(Input::End);
        } else {
            let escapes = wanted.escape.map(Escapes::new);
            let reader = StdinReader {
                to_server,
                escapes,
                raw: on_terminal,
                over: over.clone(),
                ui: ui.clone(),
            };
            // A plain thread: a read that waits for the user must not delay the end of the program.
            let thread = std::thread::Builder::new().name("stdin".into());
            thread.spawn(move || reader.run()).map_err(terminal)?;
        }
        let (writer, failed) = (ui.clone(), over.clone());
        let output = tokio::task::spawn_blocking(move || {
            write_all(from_server, &writer).inspect_err(|_| {
                if !writer.is_ending() {
                    failed.notify_one();
                }
            })
        });
        Ok(Self { raw, output, over })
    }

    /// Resolves when the user has typed `~.`, or when writing fails; then [`Local::finish`] gives
    /// the reason.
    pub async fn over(&self) {
        self.over.notified().await;
    }

    /// Waits until everything that the server sent is written, then restores the terminal.
    ///
    /// # Errors
    ///
    /// If it could not be written.
    pub async fn finish(self) -> Result<(), Error> {
        let written = self.output.await;
        drop(self.raw);
        written.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))
    }
}

fn watch_window(to_server: mpsc::Sender<Input>) -> io::Result<()> {
    let mut changed = signal(SignalKind::window_change())?;
    // While the program was stopped, the kernel sent them to the shell.
    let mut resumed = signal(SignalKind::from_raw(Signal::CONT.as_raw()))?;
    tokio::spawn(async move {
        while
            tokio::select! { signal = changed.recv() => signal, signal = resumed.recv() => signal }
                .is_some()
        {
            if to_server.send(Input::Resize(window_size())).await.is_err() {
                return;
            }
        }
    });
    Ok(())
}

struct StdinReader {
    to_server: mpsc::Sender<Input>,
    escapes: Option<Escapes>,
    /// Standard input is a terminal in raw mode.
    raw: bool,
    over: Arc<Notify>,
    ui: Ui,
}

impl StdinReader {
    fn run(mut self) {
        let mut block = vec![0; BLOCK];
        loop {
            let read = match io::stdin().lock().read(&mut block) {
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                // As with ssh, input that cannot be read counts as ended.
                Err(_) => 0,
            };
            if read == 0 {
                // In raw mode no key ends the input: the terminal is gone, and its signal decides
                // the status.
                if self.raw && self.ui.is_ending() {
                    return;
                }
                // The session may be over already.
                let _ = self.to_server.blocking_send(Input::End);
                return;
            }
            if !self.pass_on(&block[..read]) {
                return;
            }
        }
    }

    /// Returns `false` once nobody reads it.
    fn pass_on(&mut self, typed: &[u8]) -> bool {
        let Some(escapes) = &mut self.escapes else {
            return self.to_server.blocking_send(Input::Data(typed.to_vec())).is_ok();
        };
        for part in escapes.split(typed) {
            match part {
                Typed::Data(data) => {
                    if self.to_server.blocking_send(Input::Data(data)).is_err() {
                        return false;
                    }
                }
                // As ssh does: the keys themselves were not echoed.
                Typed::Disconnect => {
                    self.ui.tell(escapes.shown("."));
                    self.over.notify_one();
                    return false;
                }
                Typed::Suspend => {
                    self.ui.tell(escapes.shown("^Z [suspend sshk]"));
                    modes::suspend();
                }
                Typed::Rekey => {
                    self.ui.tell(escapes.shown("R"));
                    if self.to_server.blocking_send(Input::Rekey).is_err() {
                        return false;
                    }
                }
                Typed::Help => {
                    self.ui.tell(escapes.shown("?"));
                    self.ui.say_block(escapes.help());
                }
            }
        }
        true
    }
}

fn write_all(mut from_server: mpsc::Receiver<Sent>, ui: &Ui) -> Result<(), Error> {
    let mut errors_are_read = true;
    while let Some(sent) = from_server.blocking_recv() {
        match sent {
            Sent::Stdout(data) => ui.data(&data)?,
            // As with ssh, output continues when nobody reads the errors.
            Sent::Stderr(data) => {
                errors_are_read = errors_are_read && ui.remote_error(&data).is_ok()
            }
        }
    }
    Ok(())
}
