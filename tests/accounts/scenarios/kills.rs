//! The session killed, with everything that runs as the account, at every step of the script and at
//! many moments: the file keeps its old content or gains the whole line, and what sshk reports is
//! true.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use crate::scenarios::site::{Held, Server, Site};
use crate::support::{Sshd, program, root_only};

const WORKERS: usize = 4;

/// All programs that the script runs, except its shell.
const TOOLS: [&str; 11] =
    ["cat", "chmod", "dd", "flock", "grep", "id", "mkdir", "sync", "tr", "uname", "wc"];

/// Stands in for a tool, counts the runs, including those in a pipeline, and kills every process of
/// the account before or after the one that `~/kill` names. kill(2) with -1 spares its caller.
const TOOL: &str = r#"#!/bin/sh
n=1
until /bin/mkdir HOME/steps/$n 2>/dev/null; do n=$((n + 1)); done
read when at <HOME/kill
[ "$when $at" = "before $n" ] && { kill -9 -1; kill -9 $$; }
PROGRAM "$@"
s=$?
[ "$when $at" = "after $n" ] && { kill -9 -1; kill -9 $$; }
exit $s
"#;

/// A site whose PATH has only the stand-ins.
fn counted() -> Site {
    let site = Site::new(|account| {
        let path = format!("SetEnv PATH={}/bin", account.home().display());
        Server::Sshd(Sshd::for_accounts().line(&path).start())
    });
    let home = site.account.home();
    for tool in TOOLS {
        let text = TOOL
            .replace("HOME", home.to_str().unwrap())
            .replace("PROGRAM", program(tool).to_str().unwrap());
        site.account.write(format!("bin/{tool}"), text, 0o755);
    }
    std::os::unix::fs::symlink(program("sh"), home.join("bin/sh")).unwrap();
    fs::set_permissions(home.join("bin"), fs::Permissions::from_mode(0o755)).unwrap();
    site
}

/// Runs with the stand-ins set to kill at this step, and returns what is wrong with the file then;
/// `None` if the run was not killed.
fn killed_at(site: &Site, when: &str, step: usize) -> Option<Held> {
    site.account.authorize(&site.before());
    let _ = fs::remove_dir_all(site.account.home().join("steps"));
    site.account.write("steps/.keep", "", 0o600);
    site.account.write("kill", format!("{when} {step}\n"), 0o600);
    let said = site.copy_id(site.server.port(), &[]).run();
    site.settle();
    let held = site.judge(&said).unwrap_or_else(|why| panic!("killed {when} step {step}: {why}"));
    (said.code() != 0).then_some(held)
}

#[test]
fn a_session_killed_at_any_step_leaves_the_old_file_or_the_whole_line() {
    root_only!("a_session_killed_at_any_step_leaves_the_old_file_or_the_whole_line");
    let (old, whole) = (AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        for when in ["before", "after"] {
            let (old, whole) = (&old, &whole);
            scope.spawn(move || {
                let site = counted();
                for step in 1.. {
                    match killed_at(&site, when, step) {
                        Some(Held::Old) => old.fetch_add(1, Ordering::Relaxed),
                        Some(Held::Whole) => whole.fetch_add(1, Ordering::Relaxed),
                        None => break,
                    };
                }
            });
        }
    });
    let (old, whole) = (old.into_inner(), whole.into_inner());
    assert!(
        old >= 4 && whole >= 4,
        "killed {old} times before the line was there, and {whole} times after"
    );
}

#[test]
fn a_session_killed_at_any_moment_leaves_the_old_file_or_the_whole_line() {
    root_only!("a_session_killed_at_any_moment_leaves_the_old_file_or_the_whole_line");
    for options in [&[][..], &["-s"]] {
        let next = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..WORKERS {
                scope.spawn(|| {
                    let site = Site::sshd();
                    loop {
                        let moment = Duration::from_micros(700)
                            * u32::try_from(next.fetch_add(1, Ordering::Relaxed)).unwrap();
                        if moment > Duration::from_millis(70) {
                            break;
                        }
                        site.account.authorize(&site.before());
                        let running = site.copy_id(site.server.port(), options).start();
                        while !site.account.is_busy() && !running.has_ended() {
                            // A read of all of /proc takes as long.
                            thread::sleep(Duration::from_micros(500));
                        }
                        thread::sleep(moment);
                        site.account.end_processes();
                        let said = running.finish();
                        site.settle();
                        site.judge(&said).unwrap_or_else(|why| {
                            panic!("{options:?}, killed after {moment:?}: {why}")
                        });
                    }
                });
            }
        });
    }
}
