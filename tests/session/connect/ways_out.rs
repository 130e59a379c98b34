//! Every way out of a session on a terminal: the terminal is restored, and the exit status shows
//! what happened.

use std::io::{Read, Write};

use pty_process::blocking::Pty;
use rustix::process::{Pid, Signal, kill_process};

use crate::connect::{SOON, Site};
use crate::events::{wait_for, wait_until};
use crate::support::pty::Modes;
use crate::support::{Run, Sshd, Terminal};

/// A shell on the server that has shown its prompt, and the local modes from before.
fn shell(run: Run) -> (Terminal, Modes) {
    // Otherwise bash would turn bracketed paste on.
    let mut terminal = Terminal::start(run.env("TERM", "dumb"));
    let before = terminal.modes();
    terminal.send("PS1='ready''> '\n");
    terminal.expect("ready> ", SOON);
    assert_ne!(terminal.modes(), before, "raw mode");
    (terminal, before)
}

fn number(terminal: &mut Terminal, expression: &str) -> Pid {
    terminal.send(&format!("echo \"<\"{expression}\">\"\n"));
    // The typed line has a quote after the bracket; what it prints does not.
    terminal.expect("\r\n<", SOON);
    let text = terminal.expect(">", SOON);
    terminal.expect("ready> ", SOON);
    Pid::from_raw(text.trim_end_matches('>').parse().unwrap()).unwrap()
}

#[test]
fn the_shell_exits() {
    let site = Site::new();
    let (mut terminal, before) = shell(site.sshk(["srv"]));
    terminal.send("exit 5\n");
    assert_eq!(terminal.wait(SOON), 5);
    assert_eq!(terminal.modes(), before);
    assert!(
        terminal.screen().ends_with("Connection to 127.0.0.1 closed.\r\n"),
        "{}",
        terminal.screen()
    );
    let (mut terminal, before) = shell(site.sshk(["srv"]));
    terminal.send_ctrl_d();
    assert_eq!(terminal.wait(SOON), 0);
    assert_eq!(terminal.modes(), before);
}

#[test]
fn the_remote_shell_is_killed_by_a_signal() {
    let site = Site::new();
    let (mut terminal, before) = shell(site.sshk(["srv"]));
    terminal.send("kill -KILL $$\n");
    terminal.expect(
        "Connection to 127.0.0.1 closed.\r\nthe remote command was killed by signal KILL\r\n",
        SOON,
    );
    assert_eq!(terminal.wait(SOON), 255);
    assert_eq!(terminal.modes(), before);
}

#[test]
fn the_server_dies() {
    let site = Site::new();
    let (mut terminal, before) = shell(site.sshk(["srv"]));
    let server = number(&mut terminal, "$PPID");
    kill_process(server, Signal::KILL).unwrap();
    assert_eq!(terminal.wait(SOON), 255);
    assert_eq!(terminal.modes(), before);
    assert!(
        terminal
            .screen()
            .ends_with("ready> sshk: error: srv: connection closed by remote host\r\n"),
        "{}",
        terminal.screen()
    );
}

#[test]
fn the_server_dies_without_a_terminal() {
    let site = Site::new();
    let said =
        site.sshk(["srv", "echo before; sleep 0.3; kill -KILL $PPID; sleep 5"]).run().expect(255);
    assert_eq!(
        (said.out(), said.err()),
        ("before\n", "sshk: error: srv: connection closed by remote host\n")
    );
}

#[test]
fn sshk_gets_a_signal() {
    let site = Site::new();
    for (signal, status) in
        [(Signal::TERM, 143), (Signal::HUP, 129), (Signal::INT, 130), (Signal::QUIT, 131)]
    {
        let (mut terminal, before) = shell(site.sshk(["srv"]));
        terminal.signal(signal);
        assert_eq!(terminal.wait(SOON), status, "{signal:?}");
        assert_eq!(terminal.modes(), before, "{signal:?}");
    }
}

#[test]
fn sshk_gets_a_signal_without_a_terminal() {
    let site = Site::new();
    for (signal, status) in [(Signal::TERM, 143), (Signal::INT, 130)] {
        let running = site.sshk(["srv", "echo started >&2; exec sleep 20"]).start();
        wait_until("the session", || running.stderr_so_far().contains("started"));
        running.send(signal);
        assert_eq!(running.finish().code(), status);
    }
}

/// Starts it on a terminal without a shell around it.
fn on_a_bare_pty(run: Run) -> (std::process::Child, Pty) {
    let (pty, line) = pty_process::blocking::open().unwrap();
    // The command itself, with the default signals that it was given.
    let command = run.env("TERM", "xterm").into_command();
    (pty_process::blocking::Command::from(command).spawn(line).unwrap(), pty)
}

#[track_caller]
fn read_until(mut pty: &Pty, text: &str) {
    let mut shown = Vec::new();
    while !String::from_utf8_lossy(&shown).contains(text) {
        let mut bytes = [0; 256];
        let read = pty.read(&mut bytes).unwrap_or_else(|error| panic!("{error}: {shown:?}"));
        shown.extend_from_slice(&bytes[..read]);
    }
}

#[test]
fn the_terminal_goes_away() {
    let site = Site::new();
    let (mut child, pty) = on_a_bare_pty(site.sshk(["-t", "srv", "echo up; exec cat"]));
    read_until(&pty, "up");
    drop(pty);
    let status = wait_for("its end without a terminal", || child.try_wait().unwrap());
    assert_eq!(status.code(), Some(129));
}

#[test]
fn tilde_dot_ends_the_session() {
    let site = Site::new();
    let (mut terminal, before) = shell(site.sshk(["srv"]));
    terminal.send("sleep 30\n");
    terminal.expect("sleep 30\r\n", SOON);
    terminal.send("~.");
    assert_eq!(terminal.wait(SOON), 255);
    assert_eq!(terminal.modes(), before);
    assert!(
        terminal.screen().ends_with("~.\r\nConnection to 127.0.0.1 closed.\r\n"),
        "{}",
        terminal.screen()
    );
}

/// The server is stopped: it reads nothing, not even the disconnect.
#[test]
fn tilde_dot_ends_the_session_when_the_server_hangs() {
    let site = Site::new();
    let (mut terminal, before) = shell(site.sshk(["srv"]));
    let server = number(&mut terminal, "$PPID");
    kill_process(server, Signal::STOP).unwrap();
    terminal.send("\n~.");
    let status = terminal.wait(SOON);
    kill_process(server, Signal::KILL).unwrap();
    assert_eq!(status, 255);
    assert_eq!(terminal.modes(), before);
}

#[test]
fn a_server_that_stops_answering_is_noticed() {
    let site = Site::new();
    let (mut terminal, before) =
        shell(site.sshk(["-o", "ServerAliveInterval=1", "-o", "ServerAliveCountMax=4", "srv"]));
    let server = number(&mut terminal, "$PPID");
    kill_process(server, Signal::STOP).unwrap();
    let status = terminal.wait(SOON);
    kill_process(server, Signal::KILL).unwrap();
    assert_eq!(status, 255);
    assert_eq!(terminal.modes(), before);
    assert!(
        terminal.screen().ends_with("ready> sshk: error: srv: timeout, server not responding\r\n"),
        "{}",
        terminal.screen()
    );
}

#[test]
fn a_quiet_server_is_not_disconnected() {
    let site = Site::new();
    let said = site
        .sshk([
            "-o",
            "ServerAliveInterval=1",
            "-o",
            "ServerAliveCountMax=4",
            "srv",
            "sleep 8; echo awake",
        ])
        .run()
        .expect(0);
    assert_eq!(said.out(), "awake\n");
    // The other way round: the server asks, and disconnects a client that does not answer.
    let site = Site::with(
        Sshd::builder().line("ClientAliveInterval 1").line("ClientAliveCountMax 4").start(),
    );
    assert_eq!(site.sshk(["srv", "sleep 8; echo awake"]).run().expect(0).out(), "awake\n");
}

#[test]
fn the_escape_character_shows_help_and_sends_itself() {
    let site = Site::new();
    let (mut terminal, _) = shell(site.sshk(["srv"]));
    terminal.send("~?");
    terminal.expect(
        "~?\r\nSupported escape sequences:\r\n ~.   - terminate connection\r\n ~R   - request \
        rekey\r\n ~^Z  - suspend sshk\r\n ~?   - this message\r\n \
         ~~   - send the escape character by typing it twice\r\n\
         (Note that escapes are only recognized immediately after newline.)\r\n",
        SOON,
    );
    terminal.send("~~x() { echo tilde \"$@\"; }; '~x' 1\n");
    terminal.send("echo not~.here\n");
    terminal.expect("\r\nnot~.here", SOON);
    terminal.send("exit 3\n");
    assert_eq!(terminal.wait(SOON), 3);
}

#[test]
fn the_escape_character_can_be_changed_or_turned_off() {
    let site = Site::new();
    let (mut terminal, _) = shell(site.sshk(["-e", "^", "srv"]));
    terminal.send("~.\n");
    terminal.expect("ready> ", SOON);
    terminal.send("^.");
    assert_eq!(terminal.wait(SOON), 255);
    let (mut terminal, _) = shell(site.sshk(["-e", "^]", "srv"]));
    terminal.send("\x1d?");
    terminal.expect("^]?\r\nSupported escape sequences:\r\n ^].   - terminate connection", SOON);
    terminal.send("\x1d.");
    assert_eq!(terminal.wait(SOON), 255);
    for args in [&["-e", "none", "srv"][..], &["-o", "EscapeChar=none", "srv"]] {
        let (mut terminal, _) = shell(site.sshk(args));
        terminal.send("~.\n~?\nexit 2\n");
        assert_eq!(terminal.wait(SOON), 2);
        assert!(!terminal.screen().contains("Supported"));
    }
    let said = site.sshk(["-e", "two", "srv", "true"]).run().expect(255);
    assert_eq!(
        said.err(),
        "sshk: error: srv: command line: EscapeChar: must be none, one character, or ^ \
        and a letter\n"
    );
}

#[test]
fn escapes_work_for_every_remote_terminal_and_for_nothing_else() {
    let site = Site::new();
    let (theirs, ours) = (
        site.ssh(["-tt", "srv", "cat"]).stdin("~.\n").run(),
        site.sshk(["-tt", "srv", "cat"]).stdin("~.\n").run(),
    );
    assert_eq!((ours.code(), ours.out()), (theirs.code(), theirs.out()));
    assert_eq!(
        (ours.code(), ours.out(), ours.err()),
        (255, "", "~.\nConnection to 127.0.0.1 closed.\n")
    );
    assert_eq!(site.same(&["srv", "cat"], b"~.\n").out(), "~.\n");
}

/// A local shell with job control, which runs sshk.
fn job(site: &Site) -> (Terminal, Modes) {
    let line = format!("{} connect srv", env!("CARGO_BIN_EXE_sshk"));
    let mut terminal = Terminal::start(
        site.home.run("/bin/bash").args(["--norc", "--noediting", "-i"]).env("PS1", "local> "),
    );
    terminal.expect("local> ", SOON);
    let before = terminal.modes();
    terminal.send(&format!("{line}\n"));
    terminal.expect_echo(false, SOON);
    terminal.send("PS1='ready''> '\n");
    terminal.expect("ready> ", SOON);
    (terminal, before)
}

#[test]
fn tilde_ctrl_z_stops_sshk_and_fg_goes_on_with_the_new_size() {
    let site = Site::new();
    let (mut terminal, before) = job(&site);
    let during = terminal.modes();
    terminal.send("~\x1a");
    terminal.expect("~^Z [suspend sshk]\r\n", SOON);
    terminal.expect("local> ", SOON);
    assert_eq!(terminal.modes(), before);
    terminal.resize(31, 99);
    terminal.send("fg\n");
    wait_until("raw mode", || terminal.modes() == during);
    terminal.send("stty size\n");
    terminal.expect("31 99", SOON);
    terminal.send("exit 4\n");
    terminal.expect("closed.", SOON);
    terminal.expect("local> ", SOON);
    assert_eq!(terminal.modes(), before);
    terminal.send("echo status $?; exit\n");
    terminal.expect("\nstatus 4", SOON);
}

#[test]
fn tilde_ctrl_z_without_a_shell_to_wake_it_does_nothing() {
    let site = Site::new();
    let (mut child, mut pty) =
        on_a_bare_pty(site.sshk(["-t", "srv", "echo up; read line; echo \"<$line>\""]));
    read_until(&pty, "up");
    pty.write_all(b"~\x1aon\n").unwrap();
    read_until(&pty, "<on>");
    assert!(child.wait().unwrap().success());
}
