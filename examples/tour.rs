//! What sshk is for, in one run: `cargo run --example tour`. It starts an SSH server of its own on
//! a free loopback port and a throw-away home directory, and then runs the built `sshk` on a
//! terminal, types the answers to its prompts, and shows what it prints. Nothing else is touched.
//!
//! The tour fails if a command ends differently from what is listed here.

#[path = "support/server.rs"]
mod server;

use std::error::Error;
use std::fs::{self, DirBuilder};
use std::io::{IsTerminal, Read, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use pty_process::{Size, blocking};
use rustix::process::{Pid, Signal, kill_process_group};
use ssh_key::HashAlg;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const USER: &str = "ann";
const PASSWORD: &str = "correct horse battery staple";
const HOST_KEY: &str = "(yes/no/[fingerprint])? ";
const PASSWORD_PROMPT: &str = "password: ";

/// A command that takes longer than this hangs, or waits for an answer that is not given here.
const DEADLINE: Duration = Duration::from_secs(600);

fn main() -> Result<()> {
    let sshk = build()?;
    let server = server::Server::start(server::Account::new(USER, PASSWORD))?;
    let home = tempfile::Builder::new().prefix("sshk-tour-").tempdir()?;
    let config =
        format!("Host web1\n  HostName 127.0.0.1\n  Port {}\n  User {USER}\n", server.port());
    let folder = home.path().join(".ssh");
    DirBuilder::new().mode(0o700).create(&folder)?;
    fs::write(folder.join("config"), &config)?;
    println!(
        "An SSH server has been started for this tour, with one account. ~/.ssh/config has:\n"
    );
    print!("{config}");

    let tour = Tour { home: home.path(), programs: sshk.parent().ok_or("no folder")?.to_owned() };
    let fingerprint = server.host_key().fingerprint(HashAlg::Sha256).to_string();
    let accounts = server.home().join(".ssh/authorized_keys");

    say("Generate an RSA key in PEM format, without a passphrase.");
    tour.run("sshk keygen -m pem -N ''", &[], 0)?;
    let public = fs::read_to_string(folder.join("id_rsa.pub"))?;

    say("Install it. The host key is confirmed with the fingerprint that the server's owner gave \
        us;\n\
         the first password is wrong.");
    let answers =
        [(HOST_KEY, &*fingerprint), (PASSWORD_PROMPT, "wrong"), (PASSWORD_PROMPT, PASSWORD)];
    tour.run("sshk copy-id web1", &answers, 0)?;
    check(fs::read_to_string(&accounts)? == public, "the key is not in authorized_keys")?;

    say("Installing it twice changes nothing.");
    tour.run("sshk copy-id web1", &[], 0)?;
    check(fs::read_to_string(&accounts)? == public, "authorized_keys has changed")?;

    say("Verify that this key logs in, with no other key, agent or password to help.");
    tour.run("sshk test web1", &[], 0)?;

    say("Run a command.");
    tour.run(
        "sshk connect web1 'echo \"$LOGNAME is in $HOME\"; wc -l .ssh/authorized_keys'",
        &[],
        0,
    )?;

    say("Print the private key on one line, for a program that wants it in its configuration.");
    tour.run("sshk oneline ~/.ssh/id_rsa | cut -c 1-76", &[], 0)?;

    say("List the keys that can log in.");
    tour.run("sshk audit web1", &[], 0)?;

    say("Revoke the key, the only one of this account (hence --force). It no longer logs in.");
    tour.run("sshk revoke --force -i ~/.ssh/id_rsa web1", &[(PASSWORD_PROMPT, PASSWORD)], 0)?;
    tour.run("sshk test web1", &[], 1)?;

    println!(
        "\nThat is the full life cycle of a key. The server and its temporary directories are \
        gone."
    );
    Ok(())
}

/// Builds the program from the same sources, with the same profile and the same dependencies as
/// this example: cargo has nothing to build but `sshk` itself.
fn build() -> Result<PathBuf> {
    let this = std::env::current_exe()?;
    let folder = this.ancestors().nth(2).ok_or("the tour is not in cargo's target directory")?;
    let profile = folder.file_name().and_then(|name| name.to_str()).ok_or("no profile")?;
    let profile = if profile == "debug" { "dev" } else { profile };
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // `cargo run` sets these for the example, and build scripts that look at them would run again.
    for (name, _) in std::env::vars_os() {
        if ["CARGO_PKG_", "CARGO_MANIFEST_"]
            .iter()
            .any(|set| name.to_string_lossy().starts_with(set))
        {
            cargo.env_remove(name);
        }
    }
    let status = cargo
        .args(["build", "--quiet", "--locked", "--bin", "sshk", "--example", "tour", "--profile"])
        .arg(profile)
        .arg("--manifest-path")
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
        .status()?;
    check(status.success(), "sshk could not be built")?;
    Ok(folder.join("sshk"))
}

fn say(text: &str) {
    println!("\n# {}", text.replace('\n', "\n# "));
}

fn check(is_so: bool, otherwise: &str) -> Result<()> {
    if is_so { Ok(()) } else { Err(otherwise.into()) }
}

/// Where the commands run: a home directory, and the directory with `sshk` in it.
struct Tour<'a> {
    home: &'a Path,
    programs: PathBuf,
}

impl Tour<'_> {
    /// Shows and runs a command as a shell would, on a terminal of its own. Each answer is typed
    /// when the command prints the end of its prompt; all must be asked for, in this order.
    fn run(&self, command: &str, answers: &[(&str, &str)], expected: i32) -> Result<()> {
        println!("$ {command}");
        let (mut keyboard, line) = blocking::open()?;
        keyboard.resize(Size::new(24, 100))?;
        let path = std::env::join_paths([
            self.programs.clone(),
            "/usr/bin".into(),
            "/bin".into(),
            "/usr/local/bin".into(),
        ])?;
        let mut shell = blocking::Command::new("/bin/sh")
            .args(["-c", command])
            .env_clear()
            .env("PATH", path)
            .env("HOME", self.home)
            .env("TERM", "xterm")
            .current_dir(self.home);
        if !std::io::stdout().is_terminal() {
            shell = shell.env("NO_COLOR", "1");
        }
        let mut child = shell.spawn(line)?;
        let group = Pid::from_child(&child);
        let (ended, end) = channel::<()>();
        let watch = thread::spawn(move || {
            if end.recv_timeout(DEADLINE) == Err(RecvTimeoutError::Timeout) {
                let _ = kill_process_group(group, Signal::KILL);
            }
        });

        let mut answers = answers.iter();
        let mut next = answers.next();
        let mut screen = Screen::default();
        let mut buffer = [0; 4096];
        // Reading fails once the command has closed its side.
        while let Ok(count @ 1..) = keyboard.read(&mut buffer) {
            screen.write(&buffer[..count]);
            if let Some((prompt, answer)) = next
                && screen.shows(prompt)
            {
                keyboard.write_all(format!("{answer}\n").as_bytes())?;
                next = answers.next();
            }
        }
        screen.flush();
        let status = child.wait()?;
        drop(ended);
        let _ = watch.join();
        if let Some((prompt, _)) = next {
            return Err(format!("{command}: did not ask {prompt:?}").into());
        }
        if status.code() != Some(expected) {
            return Err(format!("{command}: ended with {status}, not {expected}").into());
        }
        Ok(())
    }
}

/// What the commands print, line by line: a progress line that is overwritten does not show.
#[derive(Default)]
struct Screen {
    line: Vec<u8>,
}

impl Screen {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            if *byte == b'\n' {
                println!("{}", self.text());
                self.line.clear();
            } else {
                self.line.push(*byte);
            }
        }
    }

    /// Prints the last line, if it is a prompt with this end; what follows starts a new line.
    fn shows(&mut self, prompt: &str) -> bool {
        let text = self.text();
        if !text.ends_with(prompt) {
            return false;
        }
        print!("{text}");
        let _ = std::io::stdout().flush();
        self.line.clear();
        true
    }

    fn flush(&mut self) {
        let text = self.text();
        if !text.is_empty() {
            println!("{text}");
        }
        self.line.clear();
    }

    /// The line as a terminal shows it after what was overwritten or erased.
    fn text(&self) -> String {
        let line = String::from_utf8_lossy(&self.line).replace("\x1b[2K", "\r");
        let line = line.replace("\x1b[K", "");
        line.trim_end_matches('\r').rsplit('\r').next().unwrap_or_default().to_owned()
    }
}
