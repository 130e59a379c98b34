//! The rules for the terminal, tested on a real pty: the test binary runs itself as a program that
//! asks, and plays the user.

mod asking;
mod leaving;
mod saying;

use super::raw_mode::{self, RawMode};
use super::{Interrupts, Settings, Ui, modes};
use clap::ColorChoice;
use pty_process::blocking::{Command as PtyCommand, Pty, open};
use rustix::process::{Pid, Signal, kill_process};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use sshk::error::Failure;
use sshk::prompter::{Answer, Prompter, Question};
use std::io::{Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const ROLE: &str = "SSHK_TEST_ROLE";
/// Tells the program to leave its controlling terminal.
const ALONE: &str = "SSHK_TEST_ALONE";
/// How long a test waits for something that must happen: long enough that running out means a hang.
const PATIENCE: Duration = Duration::from_secs(180);

/// The program the tests run; each role is one way to use the terminal.
#[test]
#[ignore = "the program that the tests beside it run on a pty"]
fn program() {
    let Ok(role) = std::env::var(ROLE) else { panic!("{ROLE} is not set") };
    if std::env::var_os(ALONE).is_some() {
        rustix::process::setsid().unwrap();
    }
    let interrupts = Interrupts::watch().unwrap();
    let color = if role == "error in colour" { ColorChoice::Always } else { ColorChoice::Auto };
    let quiet = role == "quiet chatter";
    let settings = Settings { quiet, verbose: u8::from(!quiet), color, json: quiet };
    let ui = Ui::new(settings, interrupts.clone(), |name| std::env::var_os(name));
    let unwinding = if role == "deaf" { PATIENCE } else { Duration::from_secs(2) };
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    // As `main` does it.
    let status = runtime.block_on(async {
        let work = tokio::task::spawn_blocking(move || play(&role, &ui));
        tokio::select! {
            biased;
            ending = interrupts.ended() => ending.exit_status().into(),
            status = work => status.unwrap_or(101),
        }
    });
    runtime.shutdown_timeout(unwinding);
    exit(status);
}

#[expect(clippy::exit, reason = "the tests look at the status")]
fn exit(status: i32) -> ! {
    std::process::exit(status)
}

fn play(role: &str, ui: &Ui) -> i32 {
    match role {
        "secret" => ask(ui, Answer::Secret),
        "text" => ask(ui, Answer::Text),
        "confirm" => ask(ui, Answer::Confirm),
        "two secrets" => ask(ui, Answer::Secret) + ask(ui, Answer::Secret),
        "two askers" => {
            let other = ui.clone();
            let other = std::thread::spawn(move || ask(&other, Answer::Secret));
            ask(ui, Answer::Secret) + other.join().unwrap()
        }
        "slow text" => {
            std::thread::sleep(Duration::from_millis(500));
            ask(ui, Answer::Text)
        }
        "slow secret" => {
            std::thread::sleep(Duration::from_millis(500));
            ask(ui, Answer::Secret)
        }
        "busy" => {
            let step = ui.progress("searching\x1b[2J", Some(3));
            let talker = ui.clone();
            std::thread::spawn(move || {
                std::thread::sleep(Duration::from_millis(300));
                talker.say("said meanwhile");
            });
            let status = ask(ui, Answer::Text);
            step.advance();
            std::thread::sleep(Duration::from_millis(800));
            drop(step);
            ui.say("over");
            status
        }
        "short step" => {
            drop(ui.progress("too short to see", None));
            ui.say("over");
            0
        }
        "long step" => {
            let step = ui.progress("seen", None);
            std::thread::sleep(Duration::from_millis(700));
            drop(step);
            0
        }
        "raw" => raw(ui),
        "error" => {
            ui.error("web1: \x1b[31mrefused\nsshk: hint: forged", Some("try\u{202e} this"));
            1
        }
        "error in colour" => {
            ui.error("x", None);
            1
        }
        "chatter" | "quiet chatter" => {
            ui.say("one\tline");
            ui.say_block("several\n lines\n");
            ui.warning("beware");
            ui.verbose(1, "explained");
            ui.verbose(2, "too much");
            ui.prompter().tell("ann@web1", "hello\x1b[2J\r\nworld\n");
            drop(ui.progress("not here", None));
            ui.json(&serde_json::json!({ "comment": "a\u{9b}b" })).unwrap();
            ui.data(b"raw\x1b bytes").unwrap();
            0
        }
        "data for nobody" | "data for a full disk" => {
            // Only now: the test harness has already written to stdout, which must not fail.
            if role == "data for nobody" {
                let (_, writer) = std::io::pipe().unwrap();
                rustix::stdio::dup2_stdout(writer).unwrap();
            } else {
                rustix::stdio::dup2_stdout(
                    std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap(),
                )
                .unwrap();
            }
            for _ in 0..100 {
                if let Err(error) = ui.data(&[b'x'; 4096]) {
                    ui.error(error, None);
                    return 1;
                }
            }
            // Time for the end to be noticed, as in a long step.
            std::thread::sleep(Duration::from_millis(500));
            0
        }
        "deaf" => {
            ui.say("working");
            std::thread::sleep(PATIENCE);
            0
        }
        _ => panic!("no such role: {role}"),
    }
}

fn ask(ui: &Ui, answer: Answer) -> i32 {
    let question = Question {
        prompt: "Speak\x1b[2J: ".into(),
        answer,
        wanted: "a word".into(),
        instead: "give it with -N".into(),
    };
    match ui.prompter().ask(&question) {
        Ok(text) => {
            ui.say(format_args!("answer {} {}", text.len(), &text[..text.len().min(40)]));
            0
        }
        Err(error) => {
            ui.error(&error, error.hint().as_deref());
            1
        }
    }
}

fn raw(ui: &Ui) -> i32 {
    let stdin = rustix::stdio::stdin();
    let encoded = raw_mode::pty_modes(stdin).unwrap();
    let _raw_mode = RawMode::enter(stdin).unwrap();
    ui.say(format_args!(
        "raw, intr {}",
        encoded.iter().find(|(opcode, _)| *opcode == 1).unwrap().1
    ));
    let mut key = [0];
    while rustix::io::read(stdin, &mut key) == Ok(1) {
        match key[0] {
            b'q' => return 0,
            b'z' => ui.say(format_args!("suspended: {}", modes::suspend())),
            b'p' => {
                let _ = std::thread::spawn(|| panic!("on purpose")).join();
                ui.say("survived");
            }
            other => ui.say(format_args!("key {other}")),
        }
    }
    // The end of the input is a terminal that went away, and the signal for it decides the status.
    std::thread::sleep(PATIENCE);
    1
}

/// A program on a pty, or several under a shell, and all that it has shown.
struct OnPty {
    pty: Arc<Pty>,
    child: Child,
    shown: Arc<Mutex<String>>,
    looked_at: usize,
}

fn program_line() -> (String, Vec<&'static str>) {
    let program = std::env::current_exe().unwrap().into_os_string().into_string().unwrap();
    (program, vec!["--exact", "ui::on_a_pty::program", "--ignored", "--nocapture", "--quiet"])
}

/// The command, started with the signals of the keyboard at their defaults: a shell without job
/// control starts background programs with SIGINT and SIGQUIT ignored, and tests started that way
/// inherit that.
#[expect(unsafe_code, reason = "nothing else runs between fork and exec")]
fn heeding_signals(command: PtyCommand) -> PtyCommand {
    unsafe extern "C" {
        fn signal(number: i32, handler: usize) -> usize;
    }
    const SIG_DFL: usize = 0;
    let heed = || {
        for number in [Signal::INT, Signal::QUIT, Signal::HUP, Signal::TERM] {
            // Safety: signal(3) is async-signal-safe, and changes only this process.
            unsafe { signal(number.as_raw(), SIG_DFL) };
        }
        Ok(())
    };
    // Safety: see above; nothing is allocated.
    unsafe { command.pre_exec(heed) }
}

impl OnPty {
    fn role(role: &str) -> Self {
        Self::role_with(role, |_| {})
    }

    /// `prepare` sees the terminal before the program does.
    fn role_with(role: &str, prepare: impl FnOnce(&Pty)) -> Self {
        let (program, args) = program_line();
        Self::start(PtyCommand::new(program).args(args).env(ROLE, role), prepare)
    }

    /// An interactive dash that was told to run the program.
    fn under_a_shell(before: &str, role: &str, after: &str) -> Self {
        let shell = PtyCommand::new("dash").arg("-i").env("PS1", "shell> ").env_remove("ENV");
        let mut it = Self::start(shell, |_| {});
        it.expect("shell> ");
        let (program, args) = program_line();
        let line = format!("{before}{ROLE}={role} {program} {}{after}\n", args.join(" "));
        it.send(line.as_bytes());
        it
    }

    fn start(command: PtyCommand, prepare: impl FnOnce(&Pty)) -> Self {
        Self::start_with(command, &[("TERM", "xterm")], prepare)
    }

    fn start_with(
        command: PtyCommand,
        environment: &[(&str, &str)],
        prepare: impl FnOnce(&Pty),
    ) -> Self {
        let (pty, pts) = open().unwrap();
        pty.resize(pty_process::Size::new(24, 80)).unwrap();
        prepare(&pty);
        let command = command.env_remove("SSH_ASKPASS_REQUIRE").env_remove("NO_COLOR");
        let command = heeding_signals(command.envs(environment.iter().copied()));
        let child = command.spawn(pts).unwrap();
        let pty = Arc::new(pty);
        let shown = Arc::new(Mutex::new(String::new()));
        let (from, to) = (pty.clone(), shown.clone());
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(read @ 1..) = (&*from).read(&mut bytes) {
                to.lock().unwrap().push_str(&String::from_utf8_lossy(&bytes[..read]));
            }
        });
        Self { pty, child, shown, looked_at: 0 }
    }

    fn shown(&self) -> String {
        self.shown.lock().unwrap().clone()
    }

    /// Waits for `text` after what was expected before.
    #[track_caller]
    fn expect(&mut self, text: &str) {
        let since = Instant::now();
        loop {
            let shown = self.shown();
            if let Some(at) = shown[self.looked_at..].find(text) {
                self.looked_at += at + text.len();
                return;
            }
            assert!(since.elapsed() < PATIENCE, "{text:?} did not come; shown: {shown:?}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits for the question, and until the echo is off.
    #[track_caller]
    fn expect_secret_question(&mut self) {
        self.expect("Speak: ");
        self.wait_until("echo off", |it| !it.echoes());
    }

    fn send(&self, keys: &[u8]) {
        (&*self.pty).write_all(keys).unwrap();
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    fn modes(&self) -> Termios {
        tcgetattr(&*self.pty).unwrap()
    }

    fn echoes(&self) -> bool {
        self.modes().local_modes.contains(LocalModes::ECHO)
    }

    #[track_caller]
    fn wait_until(&self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let since = Instant::now();
        while !is_so(self) {
            assert!(since.elapsed() < PATIENCE, "never: {what}; shown: {:?}", self.shown());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    #[track_caller]
    fn status(&mut self) -> i32 {
        let since = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code().unwrap_or_else(|| panic!("{status}"));
            }
            assert!(since.elapsed() < PATIENCE, "still running; shown: {:?}", self.shown());
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for OnPty {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Everything that `stty -a` shows.
fn summary(modes: &Termios) -> String {
    format!(
        "{:?}",
        (
            modes.input_modes,
            modes.output_modes,
            modes.control_modes,
            modes.local_modes,
            &modes.special_codes
        )
    )
}

/// In a session of its own, where /dev/tty cannot be opened; returns standard error.
fn without_terminal(role: &str) -> (ExitStatus, String) {
    let (status, _, stderr) = output_of(role, &[]);
    (status, stderr)
}

fn output_of(role: &str, environment: &[(&str, &str)]) -> (ExitStatus, String, String) {
    let (program, args) = program_line();
    let mut command = Command::new(program);
    command.args(args).env(ROLE, role).env(ALONE, "1");
    for name in ["SSH_ASKPASS", "SSH_ASKPASS_REQUIRE", "DISPLAY", "WAYLAND_DISPLAY", "NO_COLOR"] {
        command.env_remove(name);
    }
    let output = command.envs(environment.iter().copied()).stdin(Stdio::null()).output().unwrap();
    (
        output.status,
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}
