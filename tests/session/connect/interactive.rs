//! A shell or a command on a terminal of the server.

use crate::connect::{SOON, Site};
use crate::support::{Account, Dropbear, Home, Run, Sshd, Terminal, root_only};

/// What both programs show for the same command line, each on its own terminal, and how they exit.
fn shown(run: Run) -> (String, i32) {
    let mut terminal = Terminal::start(run);
    let status = terminal.wait(SOON);
    (terminal.screen(), status)
}

/// The same on both screens, and the same status. ssh ends its own lines with a second carriage
/// return.
#[track_caller]
fn same_screen(site: &Site, args: &[&str]) -> (String, i32) {
    let (theirs, ours) = (shown(site.ssh(args)), shown(site.sshk(args)));
    let plain = |(screen, status): &(String, i32)| (screen.replace('\r', ""), *status);
    assert_eq!(plain(&ours), plain(&theirs), "{args:?}: sshk on the left, ssh on the right");
    ours
}

#[test]
fn a_command_on_a_terminal_has_the_local_terminals_modes_size_and_type() {
    let site = Site::new();
    let (screen, _) = same_screen(&site, &["-t", "srv", "stty -a; echo $TERM"]);
    assert!(screen.contains("rows 24; columns 80;") && screen.contains("xterm"), "{screen:?}");
    assert!(screen.ends_with("Connection to 127.0.0.1 closed.\r\n"), "{screen:?}");
    same_screen(&site, &["-tt", "srv", "tty >/dev/null && echo a terminal; exit 7"]);
    assert_eq!(same_screen(&site, &["-q", "-t", "srv", "echo hello"]).0, "hello\r\n");
}

#[test]
fn modes_that_the_user_set_apply_on_the_server_too() {
    let site = Site::new();
    let (config, program) = (site.config(), crate::support::program("ssh"));
    let set = "stty intr ^X kill undef -iexten cs7 parenb istrip";
    let script = |program: &str| format!("{set}; {program} -t srv 'stty -a'; stty sane");
    let theirs = shown(
        site.home
            .run("/bin/sh")
            .args(["-c", &script(&format!("{} -F {}", program.display(), config.display()))]),
    );
    let ours = shown(
        site.home
            .run("/bin/sh")
            .args(["-c", &script(&format!("{} connect", env!("CARGO_BIN_EXE_sshk")))]),
    );
    assert_eq!(ours.0.replace('\r', ""), theirs.0.replace('\r', ""));
    assert!(ours.0.contains("intr = ^X;") && ours.0.contains("-iexten"), "{}", ours.0);
}

#[test]
fn a_shell_is_interactive_and_its_exit_status_is_returned() {
    let site = Site::new();
    let mut terminal = Terminal::start(site.sshk(["srv"]).env("TERM", "vt100"));
    terminal.send("PS1='ready> '; echo $TERM $((40+2)); tty\n");
    terminal.expect("vt100 42", SOON);
    terminal.expect("/dev/pts/", SOON);
    terminal.send("exit 9\n");
    terminal.expect("Connection to 127.0.0.1 closed.", SOON);
    assert_eq!(terminal.wait(SOON), 9);
}

#[test]
fn a_new_window_size_reaches_the_server() {
    let site = Site::new();
    let mut terminal = Terminal::start(site.sshk([
        "-t",
        "srv",
        "trap 'exit 3' INT; while :; do stty size; sleep 0.05; done",
    ]));
    terminal.expect("24 80", SOON);
    terminal.resize(50, 132);
    terminal.expect("50 132", SOON);
    terminal.resize(10, 20);
    terminal.expect("10 20", SOON);
    terminal.send_ctrl_c();
    assert_eq!(terminal.wait(SOON), 3);
}

#[test]
fn ctrl_c_and_ctrl_z_go_to_the_remote_program() {
    let site = Site::new();
    let script = "trap 'echo interrupted' INT; trap 'echo stopped' TSTP; trap 'echo quit; exit 3' \
        QUIT; echo ready; \
                  while :; do sleep 0.05; done";
    let mut terminal = Terminal::start(site.sshk(["-t", "srv", script]));
    terminal.expect("ready", SOON);
    terminal.send_ctrl_c();
    terminal.expect("interrupted", SOON);
    terminal.send("\x1a");
    terminal.expect("stopped", SOON);
    terminal.send("\x1c");
    terminal.expect("quit", SOON);
    assert_eq!(terminal.wait(SOON), 3);
}

#[test]
fn typed_bytes_arrive_unchanged_and_are_echoed_once() {
    let site = Site::new();
    let mut terminal = Terminal::start(site.sshk([
        "-t",
        "srv",
        "stty raw -echo; echo ready; head -c 5 | od -An -tx1; stty sane",
    ]));
    terminal.expect("ready", SOON);
    terminal.send("\x03\r\n\x13\x7f");
    terminal.expect("03 0d 0a 13 7f", SOON);
    assert_eq!(terminal.wait(SOON), 0);
}

#[test]
fn without_a_local_terminal_tt_still_requests_one_and_t_says_why_not() {
    let site = Site::new();
    let said = site.same(&["-tt", "srv", "tty >/dev/null && stty size"], b"");
    assert_eq!(said.out(), "0 0\r\n");
    assert_eq!(said.err().trim_end(), "Connection to 127.0.0.1 closed.");
    let said = site.same(&["-t", "srv", "tty"], b"");
    assert_eq!((said.out(), said.code()), ("not a tty\n", 1));
    assert_eq!(
        said.err().trim_end(),
        "Pseudo-terminal will not be allocated because stdin is not a terminal."
    );
    assert_eq!(site.same(&["-q", "-t", "srv", "tty"], b"").err(), "");
    let said = site.same(&["srv"], b"exit 3\n");
    assert_eq!(
        (said.code(), said.err().trim_end()),
        (3, "Pseudo-terminal will not be allocated because stdin is not a terminal.")
    );
    site.same(&["-tt", "srv", "cat"], b"one\ntwo\n\x04");
}

#[test]
fn the_last_of_t_and_capital_t_counts() {
    let site = Site::new();
    for args in [&["-T", "srv", "tty"][..], &["-t", "-T", "srv", "tty"]] {
        assert_eq!(same_screen(&site, args), ("not a tty\r\n".into(), 1));
    }
    assert!(
        same_screen(&site, &["-T", "-t", "srv", "tty >/dev/null && echo yes"])
            .0
            .starts_with("yes\r\n")
    );
    // Without -t, a command gets no terminal.
    assert_eq!(same_screen(&site, &["srv", "tty"]), ("not a tty\r\n".into(), 1));
}

#[test]
fn redirected_output_leaves_the_terminal_to_the_session() {
    let site = Site::new();
    let mut terminal = Terminal::redirected(site.sshk(["-t", "srv", "echo hello; exit 4"]), ">out");
    assert_eq!(terminal.wait(SOON), 4);
    assert_eq!(std::fs::read_to_string(site.home.join("out")).unwrap(), "hello\r\n");
    assert_eq!(terminal.screen(), "Connection to 127.0.0.1 closed.\r\n");
}

#[test]
fn a_server_that_allocates_no_terminal_is_reported() {
    let site = Site::with(Sshd::builder().line("PermitTTY no").start());
    let mut terminal = Terminal::start(site.sshk(["-t", "srv", "echo hello"]));
    let before = terminal.modes();
    assert_eq!(terminal.wait(SOON), 255);
    assert_eq!(
        terminal.screen(),
        "sshk: error: srv: logged in, but could not open a session: PTY allocation request \
        failed\r\n"
    );
    assert_eq!(terminal.modes(), before);
}

#[test]
fn a_session_may_last_longer_than_connect_timeout() {
    let site = Site::new();
    let said =
        site.sshk(["-o", "ConnectTimeout=1", "srv", "sleep 2; echo still here"]).run().expect(0);
    assert_eq!(said.out(), "still here\n");
}

#[test]
fn typed_ahead_input_goes_to_the_session() {
    let site = Site::new();
    let mut terminal = Terminal::start(site.sshk(["-t", "srv", "read line; echo \"<$line>\""]));
    site.sshd.wait_for_log("Connection from ");
    terminal.send("typed\n");
    terminal.expect("<typed>", SOON);
    assert_eq!(terminal.wait(SOON), 0);
}

#[test]
fn dropbear_allocates_a_terminal() {
    root_only!("dropbear_allocates_a_terminal");
    let (home, dropbear, account) = (Home::new(), Dropbear::start(&[]), Account::new("/bin/bash"));
    let key = home.key("ed25519", "id_ed25519");
    account.authorize(&std::fs::read_to_string(key.with_extension("pub")).unwrap());
    home.know(&dropbear.known_hosts());
    let (port, place) = (dropbear.port().to_string(), format!("{}@127.0.0.1", account.name()));
    let mut terminal = Terminal::start(home.sshk([
        "connect",
        "-t",
        "-p",
        &port,
        &place,
        "stty size; echo $TERM; read line; echo \"<$line>\"",
    ]));
    let before = terminal.modes();
    terminal.expect("24 80\r\nxterm\r\n", SOON);
    terminal.send("typed\n");
    terminal.expect("<typed>\r\n", SOON);
    assert_eq!(terminal.wait(SOON), 0);
    assert_eq!(terminal.modes(), before);
}
