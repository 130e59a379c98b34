//! Unplanned ends: an interrupt in the middle of the search, an output that nobody reads.

use std::fs;
use std::time::Duration;

use rustix::process::Signal;

use super::{SOON, names};
use crate::support::oracle::public_key_of;
use crate::support::{Home, Terminal};

#[test]
fn ctrl_c_during_the_search_ends_the_run_and_leaves_terminal_and_disk_as_they_were() {
    let home = Home::new();
    let mut terminal = Terminal::start(home.sshk(["keygen", "-b", "16384", "-N", ""]));
    let modes = terminal.modes();
    terminal.expect("generating a 16384-bit key", SOON);
    terminal.send_ctrl_c();
    assert_eq!(terminal.wait(SOON), 130);
    assert_eq!((terminal.modes(), names(home.path())), (modes, vec![]));
    // The progress line is gone: what follows is on an empty one.
    let screen = terminal.screen();
    assert!(screen.ends_with("\r\u{1b}[2K") || screen.ends_with("\u{1b}[K"), "{screen:?}");
}

/// A short search, stopped on its way. `None` if it was over already.
#[cfg(target_os = "linux")]
fn stopped_search(home: &Home) -> Option<crate::support::process::Running> {
    let running = home.sshk(["keygen", "-b", "2048", "-N", "", "-f", "key"]).start();
    // One worker per processor waits for tasks; one more is busy.
    let processors = std::thread::available_parallelism().unwrap().get();
    let is_ready = || {
        let threads =
            fs::read_dir(format!("/proc/{}/task", running.id())).into_iter().flatten().flatten();
        let is_worker = |name: &str| name.trim_end() == "tokio-rt-worker";
        threads
            .filter(|it| {
                fs::read_to_string(it.path().join("comm")).is_ok_and(|name| is_worker(&name))
            })
            .count()
            > processors
    };
    let until = std::time::Instant::now() + SOON;
    while !is_ready() {
        assert!(std::time::Instant::now() < until, "no worker has started");
    }
    std::thread::sleep(Duration::from_millis(3));
    running.send(Signal::STOP);
    std::thread::sleep(Duration::from_millis(20));
    names(home.path()).is_empty().then_some(running)
}

/// The search continues while the program ends, and may finish before that.
#[test]
#[cfg(target_os = "linux")]
fn a_key_found_after_a_signal_is_not_written() {
    let mut tried = 0;
    for (signal, status) in [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129)].repeat(4)
    {
        let home = Home::new();
        let Some(running) = stopped_search(&home) else { continue };
        running.send(signal);
        running.send(Signal::CONT);
        let said = running.finish();
        assert_eq!((said.code(), said.out(), said.err()), (status, "", ""));
        assert_eq!(names(home.path()), [""; 0]);
        tried += 1;
    }
    assert!(tried > 0);
}

/// Signals at times spread over the whole run: whenever one arrives, there is either a complete
/// pair and a message about it, or neither.
#[test]
fn an_interrupt_at_any_time_leaves_a_complete_pair_or_nothing() {
    for delay in (0..20).map(|step| Duration::from_millis(step * 6)) {
        let home = Home::new();
        let running =
            home.sshk(["keygen", "-t", "rsa", "-b", "2048", "-N", "", "-f", "key"]).start();
        std::thread::sleep(delay);
        running.send(Signal::INT);
        let said = running.finish();
        assert!([0, 130].contains(&said.code()), "{}", said.code());
        match said.err() {
            "" => assert_eq!(names(home.path()), [""; 0]),
            _ => {
                assert_eq!(names(home.path()), ["key", "key.pub"]);
                assert_eq!(
                    public_key_of(&home.join("key"), ""),
                    fs::read_to_string(home.join("key.pub")).unwrap().trim_end()
                );
            }
        }
    }
}

#[test]
fn a_pair_is_complete_and_reported_even_if_stdout_fails() {
    let full = cfg!(target_os = "linux").then_some((">/dev/full", 1));
    for (redirect, status) in full.into_iter().chain([("| true", 0), (">&-", 0)]) {
        let home = Home::new();
        let command = format!("\"$0\" keygen -t ed25519 -N '' -f key --json {redirect}");
        let said = home.run("/bin/sh").args(["-c", &command, env!("CARGO_BIN_EXE_sshk")]).run();
        assert_eq!(said.code(), status, "{redirect}: {}", said.err());
        assert!(
            said.err().starts_with("private key: key\npublic key:  key.pub\nfingerprint: SHA256:"),
            "{redirect}: {}",
            said.err()
        );
        if status == 1 {
            let words = "sshk: error: could not write to standard output: no space left on \
                device\n";
            assert!(said.err().ends_with(words), "{}", said.err());
        }
        assert_eq!(
            public_key_of(&home.join("key"), ""),
            fs::read_to_string(home.join("key.pub")).unwrap().trim_end()
        );
    }
}
