//! How the configuration and its options shape a session.

use crate::connect::{SOON, Site};
use crate::events::wait_until;
use crate::support::{Sshd, Terminal};

#[test]
fn request_tty_is_t_and_capital_t() {
    let site = Site::new();
    let asked = "tty >/dev/null && echo a terminal; true";
    for (value, local, wanted) in [
        ("yes", true, true),
        ("yes", false, false),
        ("force", false, true),
        ("no", true, false),
        ("auto", true, false),
    ] {
        site.configure(&format!("RequestTTY {value}"));
        let screen = if local {
            let mut terminal = Terminal::start(site.sshk(["srv", asked]));
            assert_eq!(terminal.wait(SOON), 0);
            terminal.screen()
        } else {
            site.same(&["srv", asked], b"").out().to_owned()
        };
        assert_eq!(
            screen.contains("a terminal"),
            wanted,
            "RequestTTY {value}, local terminal: {local}"
        );
    }
    // The command line overrides it.
    site.configure("RequestTTY force");
    assert_eq!(site.same(&["-T", "srv", asked], b"").out(), "");
    site.configure("RequestTTY no");
    assert_eq!(site.same(&["-tt", "srv", asked], b"").out(), "a terminal\r\n");
}

#[test]
fn remote_command_is_the_command_if_none_is_typed() {
    let site = Site::new();
    site.configure("RemoteCommand echo \"from %n\"; exit 6");
    let said = site.same(&["srv"], b"");
    assert_eq!((said.code(), said.out(), said.err()), (6, "from srv\n", ""));
    let both = site.sshk(["srv", "true"]).run().expect(2);
    assert_eq!(
        both.err(),
        "sshk: error: srv: RemoteCommand is set, so no other command can be run; nothing was \
            tried\n\
         sshk: hint: to ignore that setting once: sshk connect -o RemoteCommand=none \
         srv\n"
    );
    assert!(
        site.ssh(["srv", "true"])
            .run()
            .expect(255)
            .err()
            .contains("Cannot execute command-line and remote command.")
    );
    assert_eq!(site.same(&["-o", "RemoteCommand=none", "srv", "echo typed"], b"").out(), "typed\n");
}

#[test]
fn variables_are_set_and_sent() {
    let site = Site::with(Sshd::builder().line("AcceptEnv GIVEN OWN TAKEN").start());
    site.configure(
        "SetEnv GIVEN=\"a b\" OWN=config\nSendEnv LANG LC_* OWN NOT_THERE\nSendEnv TAKEN -TAKEN",
    );
    let command = "echo \"$GIVEN|$OWN|$LANG|$LC_TIME|$TAKEN|$SECRET\"";
    let with = |run: crate::support::Run| {
        run.env("LANG", "de_DE.UTF-8")
            .env("LC_TIME", "C")
            .env("OWN", "ours")
            .env("TAKEN", "x")
            .env("SECRET", "y")
            .run()
            .expect(0)
    };
    let (theirs, ours) = (with(site.ssh(["srv", command])), with(site.sshk(["srv", command])));
    assert_eq!(ours.out(), theirs.out());
    assert_eq!(ours.out(), "a b|config|de_DE.UTF-8|C||\n");
}

#[test]
fn the_terminal_type_is_set_env_then_term_then_nothing() {
    let site = Site::new();
    let command = "echo \"kind=$TERM\"";
    let both = |kind: Option<&str>| {
        let run = |run: crate::support::Run| match kind {
            Some(kind) => run.env("TERM", kind).run().expect(0),
            None => run.run().expect(0),
        };
        let (theirs, ours) =
            (run(site.ssh(["-tt", "srv", command])), run(site.sshk(["-tt", "srv", command])));
        assert_eq!(ours.out(), theirs.out());
        ours.out().to_owned()
    };
    assert_eq!(both(Some("vt220")), "kind=vt220\r\n");
    both(None);
    site.configure("SetEnv TERM=ansi");
    assert_eq!(both(Some("vt220")), "kind=ansi\r\n");
}

#[test]
fn session_type_means_the_same_as_its_option() {
    let site = Site::with(Sshd::builder().line("Subsystem echo /bin/cat").start());
    site.configure("SessionType none");
    let said = site.sshk(["srv", "true"]).run().expect(2);
    assert_eq!(
        said.err(),
        "sshk: error: srv: -N (SessionType none) runs no command, and one was given; nothing was \
            tried\n\
         sshk: hint: to ignore that setting once: sshk connect -o \
         SessionType=default srv\n"
    );
    assert_eq!(site.same(&["-o", "SessionType=default", "srv", "echo in"], b"").out(), "in\n");
    site.configure("SessionType subsystem");
    assert_eq!(site.same(&["srv", "echo"], b"by name\n").out(), "by name\n");
}

#[test]
fn a_quiet_log_level_is_q() {
    let site = Site::new();
    for level in ["QUIET", "FATAL", "ERROR"] {
        site.configure(&format!("LogLevel {level}"));
        assert_eq!(site.same(&["-tt", "srv", "true"], b"").err(), "", "{level}");
        assert_eq!(site.same(&["-t", "srv", "true"], b"").err(), "", "{level}");
    }
    // Failures are still reported, as with -q; -v overrides the file.
    let said = site
        .sshk([
            "-o",
            "StrictHostKeyChecking=yes",
            "-o",
            "UserKnownHostsFile=/dev/null",
            "srv",
            "true",
        ])
        .run()
        .expect(255);
    assert!(said.err().starts_with("sshk: error: srv: host key is unknown"), "{}", said.err());
    let said = site.sshk(["-v", "srv", "true"]).run().expect(0);
    assert!(said.err().contains("debug1: srv: 127.0.0.1 port "), "{}", said.err());
    site.configure("LogLevel DEBUG");
    assert!(
        site.sshk(["srv", "true"]).run().expect(0).err().contains("debug1: srv: 127.0.0.1 port ")
    );
}

#[test]
fn ignored_options_are_reported_with_v_only() {
    let site = Site::new();
    site.configure("ForwardX11 yes");
    assert_eq!(site.sshk(["srv", "true"]).run().expect(0).err(), "");
    let said = site.sshk(["-v", "srv", "true"]).run().expect(0);
    assert!(
        said.err().contains(&format!(
            "debug1: srv: {}:2: ForwardX11 is ignored\n",
            site.config().display()
        )),
        "{}",
        said.err()
    );
}

#[cfg(target_os = "linux")]
#[test]
fn tcp_keepalive_is_on_unless_the_configuration_says_no() {
    for (option, timer) in [("TCPKeepAlive=yes", "02"), ("TCPKeepAlive=no", "00")] {
        let site = Site::new();
        let running = site.sshk(["-o", option, "srv", "echo started >&2; exec sleep 20"]).start();
        wait_until("the session", || running.stderr_so_far().contains("started"));
        // proc(5): the remote address, then state, queues and the running timer; 2 is the
        // keepalive's. Other timers may be due first.
        let remote = format!("0100007F:{:04X}", site.sshd.port());
        wait_until(&format!("{option}: timer {timer}"), || {
            let table = std::fs::read_to_string(format!("/proc/{}/net/tcp", running.id())).unwrap();
            let line = table
                .lines()
                .find(|line| line.split_whitespace().nth(2) == Some(&remote))
                .unwrap_or_else(|| panic!("{table}"));
            line.split_whitespace().nth(5).unwrap().starts_with(&format!("{timer}:"))
        });
    }
}

#[test]
fn match_sees_the_command_that_was_typed() {
    let site = Site::new();
    site.configure(
        "Match sessiontype shell\nPort 7\nMatch sessiontype exec \
        command \"git-upload-pack *\"\nPort 8\nMatch all\nPort 9",
    );
    for (command, port) in [(&[][..], "7"), (&["git-upload-pack", "'/x'"], "8"), (&["true"], "9")] {
        let said = site
            .sshk([&["-F", site.config().to_str().unwrap(), "-G", "srv"], command].concat())
            .run()
            .expect(0);
        let port = format!("port {port}");
        assert!(said.out().lines().any(|line| line == port), "{command:?}: {}", said.out());
    }
}
