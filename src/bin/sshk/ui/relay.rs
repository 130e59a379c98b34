//! The local end of a session: standard input to the server, the server's output to standard output and error, each
//! direction on a thread of its own, so that neither holds up the other.

use std::io::{self, Read};
use std::sync::Arc;

use rustix::termios::isatty;
use sshk::session::{Input, Sent, Size};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Notify, mpsc};

use super::escape::{Escapes, Typed};
use super::raw_mode::{self, RawMode};
use super::{Ui, modes};

/// Bytes read from standard input at once: one SSH packet's worth.
const BLOCK: usize = 32 * 1024;

/// What the local end is to do.
pub struct Wanted {
    /// The server has a terminal for us; ours, where there is one, goes raw.
    pub pty: bool,
    /// Standard input stays unread (`-n`).
    pub no_stdin: bool,
    pub escape: Option<u8>,
}

/// The local end while a session runs.
pub struct Local {
    /// Put back when this is dropped.
    raw: Option<RawMode>,
    output: tokio::task::JoinHandle<io::Result<()>>,
    disconnect: Arc<Notify>,
}

pub fn stdin_is_terminal() -> bool {
    isatty(io::stdin())
}

/// The size of the terminal that standard input is; 80 by 24 where it is none or does not say.
pub fn window_size() -> Size {
    match raw_mode::window_size(io::stdin()) {
        Ok(size) if size.columns > 0 && size.rows > 0 => {
            Size { columns: size.columns, rows: size.rows, width: size.width_pixels, height: size.height_pixels }
        }
        _ => Size { columns: 80, rows: 24, width: 0, height: 0 },
    }
}

/// The modes to start the remote terminal with; none where there is no local one.
pub fn terminal_modes() -> Vec<(u8, u32)> {
    raw_mode::pty_modes(io::stdin()).unwrap_or_default()
}

impl Local {
    /// Starts both directions.
    pub fn start(to_server: mpsc::Sender<Input>, from_server: mpsc::Receiver<Sent>, wanted: &Wanted, ui: &Ui) -> io::Result<Self> {
        let on_terminal = wanted.pty && !wanted.no_stdin && stdin_is_terminal();
        let raw = if on_terminal { Some(RawMode::enter(io::stdin())?) } else { None };
        let disconnect = Arc::new(Notify::new());
        if on_terminal {
            watch_window(to_server.clone())?;
        }
        if wanted.no_stdin {
            // The receiver is fresh and has room.
            let _ = to_server.try_send(Input::End);
        } else {
            let escapes = wanted.escape.filter(|_| on_terminal).map(Escapes::new);
            let reader = StdinReader { to_server, escapes, disconnect: disconnect.clone(), ui: ui.clone() };
            // A plain thread: a read that waits for a person must not hold up the end of the program.
            std::thread::Builder::new().name("stdin".into()).spawn(move || reader.run())?;
        }
        let writer = ui.clone();
        let output = tokio::task::spawn_blocking(move || write_all(from_server, &writer));
        Ok(Self { raw, output, disconnect })
    }

    /// Resolves when the person typed `~.`.
    pub async fn disconnected(&self) {
        self.disconnect.notified().await;
    }

    /// Waits until all that the server sent is written, then puts the terminal back.
    pub async fn finish(self) -> io::Result<()> {
        let written = self.output.await;
        drop(self.raw);
        written.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))
    }
}

fn watch_window(to_server: mpsc::Sender<Input>) -> io::Result<()> {
    let mut changes = signal(SignalKind::window_change())?;
    tokio::spawn(async move {
        while changes.recv().await.is_some() {
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
    disconnect: Arc<Notify>,
    ui: Ui,
}

impl StdinReader {
    fn run(mut self) {
        let mut block = vec![0; BLOCK];
        loop {
            let read = match io::stdin().lock().read(&mut block) {
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                // An input that cannot be read is at its end, as for ssh.
                Err(_) => 0,
            };
            if read == 0 {
                // The session may be over already.
                let _ = self.to_server.blocking_send(Input::End);
                return;
            }
            if !self.pass_on(&block[..read]) {
                return;
            }
        }
    }

    /// `false` once there is nobody to pass it on to.
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
                Typed::Disconnect => {
                    self.disconnect.notify_one();
                    return false;
                }
                Typed::Suspend => {
                    modes::suspend();
                }
                Typed::Help => self.ui.say_block(escapes.help()),
            }
        }
        true
    }
}

fn write_all(mut from_server: mpsc::Receiver<Sent>, ui: &Ui) -> io::Result<()> {
    while let Some(sent) = from_server.blocking_recv() {
        match sent {
            Sent::Stdout(data) => ui.data(&data)?,
            Sent::Stderr(data) => ui.remote_error(&data)?,
        }
    }
    Ok(())
}
