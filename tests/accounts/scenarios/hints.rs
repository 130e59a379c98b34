//! A hint is a command that runs: what the rows' failures propose is done, where it is meant to be
//! done, and the same failure must not follow.

use std::path::Path;

use crate::support::process::Finished;
use crate::support::{Account, Run, program};

/// Where a hint's command runs.
#[derive(Debug, PartialEq, Eq)]
pub enum Command<'a> {
    /// `sshk …`, here.
    Sshk(Vec<&'a str>),
    /// On the server, as the account.
    OnServer(&'a str),
    /// The same call with these options.
    Again(Vec<&'a str>),
}

/// The programs of commands on the server that anyone can run anywhere.
const LOOK_OR_FIX: [&str; 5] = ["chmod", "df", "ls", "lsattr", "sed"];

/// The commands of a hint; none if it is advice.
pub fn commands(hint: &str) -> Vec<Command<'_>> {
    let mut found = Vec::new();
    let again = hint.split_once("run it again with ");
    if let Some((_, options)) = again.filter(|(_, rest)| rest.starts_with('-')) {
        // `-s`, or `--fix-perms, or on the server: …`
        let options = options.split([',', ';']).next().unwrap_or_default();
        found.push(Command::Again(options.split(' ').collect()));
    }
    if let Some((_, command)) = hint.rsplit_once(": ") {
        let first = command.split(' ').next().unwrap_or_default();
        if first == "sshk" {
            found.push(Command::Sshk(command.split(' ').skip(1).collect()));
        } else if LOOK_OR_FIX.contains(&first) {
            found.push(Command::OnServer(command));
        }
    }
    found
}

/// The hint of a failure.
pub fn of(said: &Finished) -> Option<&str> {
    said.err().lines().find_map(|line| line.strip_prefix("sshk: hint: "))
}

/// Runs a command on the server as the account, in its home directory.
pub fn on_server(command: &str, account: &Account) -> Finished {
    // The home may be closed to the account.
    let script = format!("cd; {command}");
    Run::new(program("setpriv"))
        .args([format!("--reuid={}", account.uid()), format!("--regid={}", account.gid())])
        .args(["--clear-groups", "/bin/sh", "-c", &script])
        .env("HOME", account.home())
        .current_dir(Path::new("/"))
        .run()
}

#[test]
fn the_commands_of_a_hint_are_found() {
    assert_eq!(commands("ask the server's administrator how keys are installed there"), []);
    assert_eq!(
        commands("run it again with --fix-perms, or on the server: chmod go-w ~/.ssh"),
        [Command::Again(vec!["--fix-perms"]), Command::OnServer("chmod go-w ~/.ssh")]
    );
    assert_eq!(
        commands("see what the account does with a command: sshk connect -p 2 h echo hello"),
        [Command::Sshk(vec!["connect", "-p", "2", "h", "echo", "hello"])]
    );
    assert_eq!(
        commands("install dd on the server, or run it again with -s"),
        [Command::Again(vec!["-s"])]
    );
}
