//! Running a program to its end or its deadline: a child that hangs is killed and its output shown,
//! so that nothing hangs the suite.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

const DEADLINE: Duration = super::SOON;
const POLL: Duration = Duration::from_millis(5);

/// A program to run: without a terminal, with empty input unless some is given, and with no
/// environment but what is set here.
pub struct Run {
    command: Command,
    input: Vec<u8>,
    deadline: Duration,
}

impl Run {
    /// With PATH and the C locale, and nothing else of our own environment.
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("LC_ALL", "C");
        // SAFETY: the function is async-signal-safe, and nothing is allocated between fork and
        // exec.
        unsafe {
            command.pre_exec(|| {
                reset_signals();
                Ok(())
            });
        }
        Self { command, input: Vec::new(), deadline: DEADLINE }
    }

    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.command.arg(arg);
        self
    }

    pub fn args<A: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.command.args(args);
        self
    }

    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub fn env_remove(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    pub fn current_dir(mut self, folder: impl AsRef<Path>) -> Self {
        self.command.current_dir(folder);
        self
    }

    pub fn stdin(mut self, input: impl AsRef<[u8]>) -> Self {
        self.input = input.as_ref().to_vec();
        self
    }

    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// The command itself, for callers that start it in another way.
    pub fn into_command(self) -> Command {
        self.command
    }

    /// Runs it to its end. Panics, showing its output so far, if it cannot be started or takes
    /// longer than the deadline.
    pub fn run(self) -> Finished {
        self.start().finish()
    }

    /// Starts it, for a test that does something while it runs.
    pub fn start(self) -> Running {
        let Self { mut command, input, deadline } = self;
        let shown = format!(
            "{:?} {:?}",
            command.get_program(),
            command.get_args().collect::<Vec<&OsStr>>()
        );
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        leave_the_terminal(&mut command);
        let mut child = command.spawn().unwrap_or_else(|error| {
            panic!(
                "{shown} does not start ({error}): run scripts/test, which installs what the \
                tests need or lists what is missing"
            )
        });
        let (mut stdin, stdout, stderr) = (
            child.stdin.take().unwrap(),
            child.stdout.take().unwrap(),
            child.stderr.take().unwrap(),
        );
        // Writing fails if the program ends without reading its input, which is no failure here.
        thread::spawn(move || stdin.write_all(&input));
        Running {
            shown,
            group: Group::of(child),
            stdout: Stream::of(stdout),
            stderr: Stream::of(stderr),
            until: Instant::now() + deadline,
        }
    }
}

/// Gives the program a session of its own, without a controlling terminal, so that a prompt cannot
/// reach the terminal the tests were started from.
fn leave_the_terminal(command: &mut Command) {
    // SAFETY: setsid(2) and what the function calls are async-signal-safe, and nothing is allocated
    // between fork and exec.
    unsafe {
        command.pre_exec(|| {
            reset_signals();
            rustix::process::setsid().map(drop).map_err(Into::into)
        });
    }
}

/// Resets the signals a program may have been started with ignored: a shell ignores SIGINT and
/// SIGQUIT for what it runs in the background, nohup ignores SIGHUP, and children inherit both.
/// For use between fork and exec.
pub(super) fn reset_signals() {
    unsafe extern "C" {
        fn signal(number: i32, handler: usize) -> usize;
    }
    const SIG_DFL: usize = 0;
    for number in [
        Signal::HUP,
        Signal::INT,
        Signal::QUIT,
        Signal::PIPE,
        Signal::TERM,
        Signal::TSTP,
        Signal::TTIN,
        Signal::TTOU,
        Signal::CHILD,
    ] {
        // SAFETY: signal(3) is async-signal-safe, and SIG_DFL needs no handler to exist.
        unsafe { signal(number.as_raw(), SIG_DFL) };
    }
}

/// A running program. If this is dropped first, the program is killed, and what it has started too.
pub struct Running {
    shown: String,
    group: Group,
    stdout: Stream,
    stderr: Stream,
    until: Instant,
}

impl Running {
    pub fn id(&self) -> u32 {
        self.group.id()
    }

    pub fn send(&self, signal: Signal) {
        rustix::process::kill_process(self.group.pid(), signal).expect("signal our own child");
    }

    /// What it has written to stderr so far.
    pub fn stderr_so_far(&self) -> String {
        self.stderr.text()
    }

    pub fn has_ended(&self) -> bool {
        self.group.has_ended()
    }

    /// Waits for its end, as [`Run::run`] does.
    pub fn finish(mut self) -> Finished {
        while !self.group.has_ended() {
            self.check_deadline("does not end");
            thread::sleep(POLL);
        }
        while !(self.stdout.has_ended() && self.stderr.has_ended()) {
            self.check_deadline("has ended, but something it started keeps its output open");
            thread::sleep(POLL);
        }
        let status = self.group.end();
        let (stdout, stderr) = (self.stdout.bytes(), self.stderr.bytes());
        Finished { shown: std::mem::take(&mut self.shown), status, stdout, stderr }
    }

    fn check_deadline(&self, what: &str) {
        if Instant::now() >= self.until {
            // Unwinding drops and so kills it.
            panic!(
                "{} {what}\n--- stdout\n{}\n--- stderr\n{}",
                self.shown,
                self.stdout.text(),
                self.stderr.text()
            );
        }
    }
}

/// A child that leads its own process group; the whole group is killed when this is dropped.
pub struct Group {
    leader: Child,
    status: Option<ExitStatus>,
}

impl Group {
    pub fn of(leader: Child) -> Self {
        Self { leader, status: None }
    }

    pub fn id(&self) -> u32 {
        self.leader.id()
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.leader)
    }

    /// Whether the leader has ended. It is not reaped here, so that no other process gets its id
    /// before [`Group::end`].
    fn has_ended(&self) -> bool {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        self.status.is_some()
            || waitid(WaitId::Pid(self.pid()), options).expect("wait for our own child").is_some()
    }

    /// Kills what still runs and reaps the leader, which keeps its status if it has ended already.
    fn end(&mut self) -> ExitStatus {
        *self.status.get_or_insert_with(|| {
            // Fails if there is nothing left to kill.
            let _ = kill_process_group(Pid::from_child(&self.leader), Signal::KILL);
            self.leader.wait().expect("wait for our own child")
        })
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.end();
    }
}

/// One output stream of a child, read by a thread of its own.
struct Stream {
    bytes: Arc<Mutex<Vec<u8>>>,
    reader: JoinHandle<()>,
}

impl Stream {
    fn of(mut from: impl Read + Send + 'static) -> Self {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let into = Arc::clone(&bytes);
        let reader = thread::spawn(move || {
            let mut buffer = [0; 65536];
            while let Ok(count @ 1..) = from.read(&mut buffer) {
                into.lock().unwrap().extend_from_slice(&buffer[..count]);
            }
        });
        Self { bytes, reader }
    }

    fn has_ended(&self) -> bool {
        self.reader.is_finished()
    }

    fn bytes(&self) -> Vec<u8> {
        self.bytes.lock().unwrap().clone()
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes()).into_owned()
    }
}

/// How a program ended, and what it printed.
#[derive(Debug)]
pub struct Finished {
    shown: String,
    pub status: ExitStatus,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
}

impl Finished {
    /// The exit status, or 128 plus the signal's number, as in a shell.
    pub fn code(&self) -> i32 {
        self.status.code().unwrap_or_else(|| 128 + self.status.signal().unwrap_or_default())
    }

    /// stdout, which must be UTF-8.
    pub fn out(&self) -> &str {
        std::str::from_utf8(&self.stdout)
            .unwrap_or_else(|error| panic!("{}: stdout is not UTF-8: {error}", self.shown))
    }

    /// stderr, which must be UTF-8.
    pub fn err(&self) -> &str {
        std::str::from_utf8(&self.stderr)
            .unwrap_or_else(|error| panic!("{}: stderr is not UTF-8: {error}", self.shown))
    }

    /// Panics, showing all output, unless it ended with this status.
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert!(
            self.code() == code,
            "{} ended with {}, not {code}\n--- stdout\n{}\n--- stderr\n{}",
            self.shown,
            self.code(),
            String::from_utf8_lossy(&self.stdout),
            String::from_utf8_lossy(&self.stderr)
        );
        self
    }
}

/// A server that runs until this is dropped, with its output in a log file.
pub struct Daemon {
    group: Group,
    log: PathBuf,
}

impl Daemon {
    /// Starts `command` with stdout and stderr in the file `log`, and waits until `is_ready` is
    /// true of the log. `Err` is the log of a server that ended first.
    pub fn start(
        mut command: Command,
        log: &Path,
        is_ready: impl Fn(&str) -> bool,
    ) -> Result<Self, String> {
        let file = File::create(log).expect("create a log file");
        let shown = format!("{:?}", command.get_program());
        command.stdin(Stdio::null()).stdout(file.try_clone().unwrap()).stderr(file);
        leave_the_terminal(&mut command);
        let child =
            command.spawn().unwrap_or_else(|error| panic!("{shown} does not start: {error}"));
        let daemon = Self { group: Group::of(child), log: log.to_owned() };
        let until = Instant::now() + DEADLINE;
        loop {
            if is_ready(&daemon.log()) {
                return Ok(daemon);
            }
            if daemon.group.has_ended() {
                return Err(daemon.log());
            }
            assert!(
                Instant::now() < until,
                "{shown} is not ready after {DEADLINE:?}; its log:\n{}",
                daemon.log()
            );
            thread::sleep(POLL);
        }
    }

    /// Everything it has logged so far.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    pub fn id(&self) -> u32 {
        self.group.id()
    }

    /// Waits until it has no child processes, such as those that serve connections. Only Linux
    /// shows them.
    #[track_caller]
    pub fn wait_for_children(&self) {
        let list = format!("/proc/{0}/task/{0}/children", self.id());
        let until = Instant::now() + DEADLINE;
        while std::fs::read_to_string(&list).is_ok_and(|children| !children.trim().is_empty()) {
            assert!(Instant::now() < until, "after {DEADLINE:?} a connection is still served");
            thread::sleep(POLL);
        }
    }

    /// Waits until the log contains `text`, which a server may write after it has answered.
    #[track_caller]
    pub fn wait_for_log(&self, text: &str) {
        let until = Instant::now() + DEADLINE;
        while !self.log().contains(text) {
            assert!(
                Instant::now() < until,
                "the server did not log {text:?}; its log:\n{}",
                self.log()
            );
            thread::sleep(POLL);
        }
    }
}

/// Writes a new file with mode 0600, as for a private key.
pub fn write_private(path: &Path, content: impl AsRef<[u8]>) {
    use std::os::unix::fs::OpenOptionsExt;
    let mut file =
        File::options().write(true).create_new(true).mode(0o600).open(path).expect("create a file");
    file.write_all(content.as_ref()).expect("write to a new file");
}

/// Writes a program that everyone can run.
pub fn write_program(path: &Path, content: &str) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::write(path, content).expect("create a file");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755))
        .expect("change our own file");
}
