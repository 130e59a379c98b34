//! Every way out of a question and of raw mode: signals, suspension, panic.

use super::*;

#[test]
fn every_signal_at_a_question_ends_it_with_the_terminal_as_before() {
    for role in ["secret", "text"] {
        for (signal, status) in
            [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129), (Signal::QUIT, 131)]
        {
            let mut before = String::new();
            let mut it = OnPty::role_with(role, |pty| before = summary(&tcgetattr(pty).unwrap()));
            it.expect("Speak: ");
            it.signal(signal);
            assert_eq!(it.status(), status);
            assert_eq!(summary(&it.modes()), before, "{signal:?}");
        }
    }
}

#[test]
fn ctrl_c_and_ctrl_backslash_act_like_their_signals() {
    for (key, status) in [(b"\x03", 130), (b"\x1c", 131)] {
        let mut it = OnPty::role("secret");
        it.expect("Speak: ");
        it.send(b"half a sec");
        it.send(key);
        assert_eq!(it.status(), status);
        assert!(it.echoes());
        assert!(!it.shown().contains("half"), "{:?}", it.shown());
    }
}

#[test]
fn ctrl_z_without_a_shell_does_not_hang() {
    let mut it = OnPty::role("secret");
    it.expect("Speak: ");
    it.send(b"\x1a");
    std::thread::sleep(Duration::from_millis(200));
    it.wait_until("echo off", |it| !it.echoes());
    it.send(b"word\n");
    it.expect("answer 4 word");
}

/// dash does not restore the terminal when a job stops, so the restoring is our own.
#[test]
fn ctrl_z_under_a_shell_restores_the_terminal_and_fg_asks_again() {
    let mut it = OnPty::under_a_shell("", "secret", "");
    it.expect_secret_question();
    it.send(b"half\x1a");
    it.expect("shell> ");
    assert!(it.echoes());
    it.send(b"fg\n");
    it.expect_secret_question();
    it.send(b"word\n");
    it.expect("answer 4 word");
    it.expect("shell> ");
    it.send(b"echo status $?\n");
    it.expect("status 0");
}

#[test]
fn a_stopped_question_can_be_killed() {
    for (setting, last_words) in [("-tostop", true), ("tostop", false)] {
        let mut it = OnPty::under_a_shell(&format!("stty {setting}; "), "secret", "");
        it.expect_secret_question();
        it.send(b"\x1a");
        it.expect("shell> ");
        it.send(b"kill %1; kill -CONT %1\n");
        it.wait_until("the shell says that it ended", |it| {
            it.send(b"jobs\n");
            std::thread::sleep(Duration::from_millis(50));
            it.shown().contains("Done(143)")
        });
        assert_eq!(it.shown().contains("interrupted at a prompt"), last_words, "{:?}", it.shown());
        assert!(it.echoes());
    }
}

#[test]
fn a_question_in_the_background_waits_for_fg() {
    let mut it = OnPty::under_a_shell("", "secret", " &");
    it.expect("running 1 test");
    std::thread::sleep(Duration::from_millis(300));
    assert!(it.echoes());
    it.send(b"jobs\n");
    it.expect("Stopped");
    it.send(b"fg\n");
    it.expect_secret_question();
    it.send(b"word\n");
    it.expect("answer 4 word");
    it.expect("shell> ");
    assert!(it.echoes());
}

#[test]
fn after_sigstop_and_sigcont_the_echo_is_off_again() {
    let mut it = OnPty::role("secret");
    it.expect_secret_question();
    it.signal(Signal::STOP);
    // As a shell would.
    let mut modes = it.modes();
    modes.local_modes.insert(LocalModes::ECHO);
    tcsetattr(&*it.pty, OptionalActions::Now, &modes).unwrap();
    it.signal(Signal::CONT);
    it.expect_secret_question();
    it.send(b"word\n");
    it.expect("answer 4 word");
}

#[cfg(target_os = "linux")]
#[test]
fn an_ignored_signal_stays_ignored() {
    let (program, args) = program_line();
    let line = format!("trap '' HUP; exec {program} {}", args.join(" "));
    let mut it = OnPty::start(PtyCommand::new("sh").args(["-c", &line]).env(ROLE, "text"), |_| {});
    it.expect("Speak: ");
    it.signal(Signal::HUP);
    std::thread::sleep(Duration::from_millis(200));
    it.send(b"word\n");
    it.expect("answer 4 word");
    assert_eq!(it.status(), 0);
}

#[test]
fn a_second_signal_ends_a_program_that_does_not_unwind() {
    let mut it = OnPty::role("deaf");
    it.expect("working");
    let since = Instant::now();
    it.signal(Signal::TERM);
    it.signal(Signal::TERM);
    std::thread::sleep(Duration::from_millis(1200));
    assert!(it.child.try_wait().unwrap().is_none(), "two at once are one");
    it.signal(Signal::INT);
    assert_eq!(it.status(), 130);
    assert!(since.elapsed() < PATIENCE, "{:?}", since.elapsed());
}

#[test]
fn raw_mode_ends_on_every_way_out() {
    for (keys, signal, status) in
        [("q", None, 0), ("", Some(Signal::TERM), 143), ("", Some(Signal::HUP), 129)]
    {
        let mut before = String::new();
        let mut it = OnPty::role_with("raw", |pty| before = summary(&tcgetattr(pty).unwrap()));
        it.expect("raw, intr 3\r\n");
        let during = it.modes();
        assert!(!during.local_modes.intersects(
            LocalModes::ISIG | LocalModes::ICANON | LocalModes::ECHO | LocalModes::IEXTEN
        ));
        it.send(b"\x03");
        it.expect("key 3");
        it.send(keys.as_bytes());
        if let Some(signal) = signal {
            it.signal(signal);
        }
        // The read of the terminal cannot be interrupted and outlives `shutdown_timeout`.
        assert_eq!(it.status(), status);
        assert_eq!(summary(&it.modes()), before);
    }
}

#[test]
fn a_panic_on_another_thread_is_shown_on_a_restored_terminal() {
    let mut before = String::new();
    let mut it = OnPty::role_with("raw", |pty| before = summary(&tcgetattr(pty).unwrap()));
    it.expect("raw, intr 3");
    it.send(b"p");
    it.expect("on purpose");
    it.expect("survived");
    assert_eq!(summary(&it.modes()), before);
}

#[test]
fn raw_mode_suspends_under_a_shell_and_only_there() {
    let mut it = OnPty::role("raw");
    it.expect("raw, intr 3");
    it.send(b"z");
    it.expect("suspended: false");
    let mut it = OnPty::under_a_shell("", "raw", "");
    it.expect("raw, intr 3");
    it.send(b"z");
    it.expect("shell> ");
    assert!(it.echoes());
    it.send(b"fg\n");
    it.wait_until("raw again", |it| !it.modes().local_modes.contains(LocalModes::ICANON));
    it.send(b"a");
    it.expect("key 97");
    it.send(b"q");
    it.expect("shell> ");
    assert!(it.echoes());
}

#[test]
fn a_terminal_that_goes_away_ends_a_question_and_raw_mode() {
    for (role, ready) in [("secret", "Speak: "), ("raw", "raw, intr 3")] {
        let (pty, pts) = open().unwrap();
        let (program, args) = program_line();
        let command = PtyCommand::new(program).args(args).env(ROLE, role);
        let mut child = heeding_signals(command).spawn(pts).unwrap();
        let mut shown = Vec::new();
        while !String::from_utf8_lossy(&shown).contains(ready) {
            let mut bytes = [0; 256];
            let read = (&pty).read(&mut bytes).unwrap();
            shown.extend_from_slice(&bytes[..read]);
        }
        drop(pty);
        let since = Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            if since.elapsed() > PATIENCE {
                child.kill().unwrap();
                panic!("{role}: still running");
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        assert_eq!(status.code(), Some(129), "{role}");
    }
}
