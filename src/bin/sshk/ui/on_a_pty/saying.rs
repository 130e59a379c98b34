//! Messages: where they go, and what makes room for them.

use super::*;

#[test]
fn progress_makes_room_for_a_question_and_for_every_line() {
    let mut it = OnPty::role("busy");
    it.expect("Speak: ");
    std::thread::sleep(Duration::from_millis(800));
    assert!(!it.shown().contains("searching") && !it.shown().contains("said"), "{:?}", it.shown());
    it.send(b"word\n");
    it.expect("word\r\nsaid meanwhile\r\n");
    it.expect("answer 4 word\r\n");
    it.expect("1/3 searching");
    it.expect("over");
    assert_eq!(it.status(), 0);
    let end = it.shown();
    let last = end.rsplit_once("searching").unwrap().1;
    assert!(last.contains("\x1b[2K") || last.contains("\x1b[K"), "cleared before `over`: {last:?}");
}

#[test]
fn a_short_step_shows_no_progress_and_a_long_one_does() {
    let mut it = OnPty::role("short step");
    it.expect("over");
    assert_eq!(it.status(), 0);
    assert!(!it.shown().contains("too short"));
    let mut it = OnPty::role("long step");
    it.expect("seen");
    assert_eq!(it.status(), 0);
}

#[test]
fn an_error_is_two_lines_that_cannot_be_forged_and_is_colored_only_on_a_terminal() {
    let plain = "sshk: error: web1: refused sshk: hint: forged\nsshk: hint: try this\n";
    let mut it = OnPty::role("error");
    assert_eq!(it.status(), 1);
    it.expect("hint:\x1b[0m try this\r\n");
    assert!(
        it.shown().contains("sshk: \x1b[1;31merror:\x1b[0m web1: refused sshk: hint: forged\r\n"),
        "{:?}",
        it.shown()
    );
    let (status, stderr) = without_terminal("error");
    assert_eq!((status.code(), stderr.as_str()), (Some(1), plain));
}

#[test]
fn a_closed_pipe_ends_the_program_quietly() {
    let (status, stderr) = without_terminal("data for nobody");
    assert_eq!((status.code(), stderr.as_str()), (Some(141), ""));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_on_stdout_is_an_error() {
    let (status, stderr) = without_terminal("data for a full disk");
    assert_eq!(status.code(), Some(1));
    assert!(
        stderr.contains("could not write to standard output: no space left on device"),
        "{stderr}"
    );
}

#[test]
fn without_a_terminal_nothing_is_asked_and_no_progress_is_shown() {
    let (status, stderr) = without_terminal("secret");
    let expected = "sshk: error: a word is needed, and there is no terminal to ask on\nsshk: \
        hint: give it with -N\n";
    assert_eq!((status.code(), stderr.as_str()), (Some(1), expected));
    let (status, stderr) = without_terminal("long step");
    assert_eq!((status.code(), stderr.as_str()), (Some(0), ""));
}

#[test]
fn a_pipe_gets_plain_text_at_the_requested_verbosity() {
    let (status, stdout, stderr) = output_of("chatter", &[]);
    assert_eq!(status.code(), Some(0));
    assert_eq!(
        stderr,
        "one line\nseveral\n lines\nsshk: warning: beware\ndebug1: explained\n\
         ann@web1 says: hello\nann@web1 says: world\n"
    );
    assert!(stdout.contains("{\"comment\":\"a\\u009bb\"}\nraw\x1b bytes"), "{stdout:?}");
    let (status, stdout, stderr) = output_of("quiet chatter", &[]);
    assert_eq!((status.code(), stderr.as_str()), (Some(0), ""));
    assert!(stdout.contains("raw\x1b bytes"), "{stdout:?}");
}

#[test]
fn color_can_be_forced_and_disabled() {
    let (_, _, stderr) = output_of("error in colour", &[("NO_COLOR", "1")]);
    assert_eq!(stderr, "sshk: \x1b[1;31merror:\x1b[0m x\n");
    for (name, value) in [("NO_COLOR", "1"), ("TERM", "dumb")] {
        let (program, args) = program_line();
        let mut it = OnPty::start_with(
            PtyCommand::new(program).args(args).env(ROLE, "error"),
            &[(name, value)],
            |_| {},
        );
        it.expect("sshk: error: web1: refused sshk: hint: forged\r\n");
        it.expect("sshk: hint: try this\r\n");
    }
}

#[test]
fn a_dumb_terminal_shows_no_progress() {
    let (program, args) = program_line();
    let mut it = OnPty::start_with(
        PtyCommand::new(program).args(args).env(ROLE, "long step"),
        &[("TERM", "dumb")],
        |_| {},
    );
    assert_eq!(it.status(), 0);
    assert!(!it.shown().contains("seen"), "{:?}", it.shown());
}
