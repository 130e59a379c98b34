//! A program on a real terminal of its own, used as a user would.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use pty_process::Size;
use pty_process::blocking::Pty;
use rustix::process::{Pid, Signal, kill_process};
use rustix::termios::{ControlModes, InputModes, LocalModes, OutputModes, tcgetattr};
use tempfile::TempDir;

use super::process::{Group, Run};

/// The kernel resets a terminal's modes when the leader of its session ends. So the leader is this
/// shell, which outlives the program: `$0` is a file for the program's process id, and `$END` comes
/// before the exit status on the last line. The traps keep the shell alive when a signal is typed.
/// They do not reach the program, since exec resets handlers, unlike ignored signals.
const LEADER: &str = r#"trap : HUP INT QUIT TERM
/bin/sh -c 'echo $$ >"$0"; unset END; exec "$@"' "$0" "$@" REDIRECT
printf '%s %d\n' "$END" $?
exec sleep 1000"#;

/// A terminal of 24 rows and 80 columns with a program on it. Both end when this is dropped.
pub struct Terminal {
    shown: String,
    _session: Group,
    keyboard: Pty,
    /// The program's side of the terminal, for reading its modes.
    line: OwnedFd,
    screen: Arc<Screen>,
    /// How far [`Terminal::expect`] has read.
    seen: usize,
    end: String,
    folder: TempDir,
}

#[derive(Default)]
struct Screen {
    written: Mutex<Vec<u8>>,
    changed: Condvar,
}

/// The modes of a terminal (termios(3)), to compare before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Modes {
    pub input: InputModes,
    pub output: OutputModes,
    pub control: ControlModes,
    pub local: LocalModes,
}

impl Terminal {
    /// Starts the program with the terminal as stdin, stdout, stderr and controlling terminal.
    pub fn start(run: Run) -> Self {
        Self::redirected(run, "")
    }

    /// The same, with some of the three streams redirected in shell syntax: `<in.txt 2>/dev/null`.
    pub fn redirected(run: Run, redirect: &str) -> Self {
        let program = run.into_command();
        let shown =
            format!("{:?} {:?}", program.get_program(), program.get_args().collect::<Vec<_>>());
        let folder = tempfile::Builder::new()
            .prefix("sshk-pty-")
            .tempdir()
            .expect("create a temporary directory");
        let end = format!("end-{:016x}", rand::random::<u64>());

        let mut leader = Command::new("/bin/sh");
        leader.arg("-c").arg(LEADER.replace("REDIRECT", redirect)).arg(folder.path().join("pid"));
        leader
            .arg(program.get_program())
            .args(program.get_args())
            .env_clear()
            .env("TERM", "xterm")
            .env("END", &end);
        leader.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
        if let Some(place) = program.get_current_dir() {
            leader.current_dir(place);
        }

        let (keyboard, line) = pty_process::blocking::open().expect("open a pseudo-terminal");
        keyboard.resize(Size::new(24, 80)).expect("set the size");
        let kept = line.as_fd().try_clone_to_owned().expect("duplicate a descriptor");
        // SAFETY: the function is async-signal-safe, and nothing is allocated between fork and
        // exec.
        unsafe {
            leader.pre_exec(|| {
                super::process::reset_signals();
                Ok(())
            });
        }
        let leader =
            pty_process::blocking::Command::from(leader).spawn(line).expect("start /bin/sh");
        let screen = Arc::new(Screen::default());
        watch(
            keyboard.as_fd().try_clone_to_owned().expect("duplicate a descriptor").into(),
            Arc::clone(&screen),
        );
        Self {
            shown,
            _session: Group::of(leader),
            keyboard,
            line: kept,
            screen,
            seen: 0,
            end,
            folder,
        }
    }

    /// Waits until `text` appears after what was expected before, and returns everything up to its
    /// end. Panics, showing the screen, if it does not come in time or the program ends first.
    #[track_caller]
    pub fn expect(&mut self, text: &str, timeout: Duration) -> String {
        let until = Instant::now() + timeout;
        let mut written = self.screen.written.lock().unwrap();
        loop {
            let fresh = &written[self.seen..];
            if let Some(place) = find(fresh, text.as_bytes()) {
                let upto = place + text.len();
                let found = String::from_utf8_lossy(&fresh[..upto]).into_owned();
                self.seen += upto;
                return found;
            }
            let has_ended = find(&written, self.end.as_bytes()).is_some();
            let left = until.saturating_duration_since(Instant::now());
            if has_ended || left.is_zero() {
                let why = if has_ended { "ended without" } else { "does not show" };
                let screen = String::from_utf8_lossy(&written).into_owned();
                drop(written);
                panic!("{} {why} {text:?}; on the screen:\n{screen}", self.shown);
            }
            written = self.screen.changed.wait_timeout(written, left).unwrap().0;
        }
    }

    /// Everything the program has written so far, carriage returns included.
    pub fn screen(&self) -> String {
        let written = self.screen.written.lock().unwrap();
        let upto = find(&written, self.end.as_bytes()).unwrap_or(written.len());
        String::from_utf8_lossy(&written[..upto]).into_owned()
    }

    /// Types these keys; `\n` is Enter.
    pub fn send(&self, keys: &str) {
        (&self.keyboard).write_all(keys.as_bytes()).expect("type on the terminal");
    }

    pub fn send_ctrl_c(&self) {
        self.send("\x03");
    }

    pub fn send_ctrl_d(&self) {
        self.send("\x04");
    }

    /// Sends the program itself a signal.
    pub fn signal(&self, signal: Signal) {
        let file = self.folder.path().join("pid");
        let until = Instant::now() + super::SOON;
        loop {
            let text = fs::read_to_string(&file).unwrap_or_default();
            if let Some(pid) =
                text.strip_suffix('\n').and_then(|text| text.parse().ok()).and_then(Pid::from_raw)
            {
                kill_process(pid, signal).expect("signal the program");
                return;
            }
            assert!(Instant::now() < until, "{} has not started", self.shown);
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Resizes the window; the program gets a SIGWINCH.
    pub fn resize(&self, rows: u16, columns: u16) {
        self.keyboard.resize(Size::new(rows, columns)).expect("set the size");
    }

    /// Whether echo is on.
    pub fn echoes(&self) -> bool {
        tcgetattr(&self.line)
            .expect("read the terminal's modes")
            .local_modes
            .contains(LocalModes::ECHO)
    }

    /// Waits until echo is on or off: a program sets it some time after it has started.
    #[track_caller]
    pub fn expect_echo(&self, on: bool, timeout: Duration) {
        let until = Instant::now() + timeout;
        while self.echoes() != on {
            assert!(
                Instant::now() < until,
                "{}: echo is not {}",
                self.shown,
                if on { "on" } else { "off" }
            );
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// The terminal's modes now, while the program runs or after it has ended.
    pub fn modes(&self) -> Modes {
        let it = tcgetattr(&self.line).expect("read the terminal's modes");
        Modes {
            input: it.input_modes,
            output: it.output_modes,
            control: it.control_modes,
            local: it.local_modes,
        }
    }

    /// Waits for the program's end and returns its exit status, or 128 plus the signal's number.
    /// All its output is on the screen by then.
    #[track_caller]
    pub fn wait(&mut self, timeout: Duration) -> i32 {
        let until = Instant::now() + timeout;
        let mut written = self.screen.written.lock().unwrap();
        loop {
            let line =
                find(&written, self.end.as_bytes()).map(|place| &written[place + self.end.len()..]);
            // Only up to the newline: a program that ended in raw mode leaves no carriage return.
            if let Some(line) = line
                && let Some(upto) = line.iter().position(|byte| *byte == b'\n')
            {
                return String::from_utf8_lossy(&line[..upto])
                    .trim()
                    .parse()
                    .expect("the shell prints a status");
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                let screen = String::from_utf8_lossy(&written).into_owned();
                drop(written);
                panic!("{} does not end; on the screen:\n{screen}", self.shown);
            }
            written = self.screen.changed.wait_timeout(written, left).unwrap().0;
        }
    }
}

/// Reads what is written to the terminal, until both sides are closed.
fn watch(mut from: File, screen: Arc<Screen>) {
    thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(count @ 1..) = from.read(&mut buffer) {
            screen.written.lock().unwrap().extend_from_slice(&buffer[..count]);
            screen.changed.notify_all();
        }
    });
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}
