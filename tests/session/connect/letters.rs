//! ssh's one-letter options, and the programs that run ssh: `sshk connect` can replace `ssh`.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::time::Duration;

use super::{SOON, Site};
use crate::support::process::write_program;
use crate::support::{Finished, Run, program};

/// A program that runs `sshk connect`, as others run ssh.
fn wrapper(site: &Site) -> PathBuf {
    let file = site.home.join("ssh");
    write_program(
        &file,
        &format!("#!/bin/sh\nexec {} connect \"$@\"\n", env!("CARGO_BIN_EXE_sshk")),
    );
    file
}

fn ran(run: Run) -> Finished {
    run.run().expect(0)
}

#[test]
fn sftp_and_scp_run_over_sshk() {
    let site = Site::with(super::Sshd::builder().line("Subsystem sftp internal-sftp").start());
    let ssh = wrapper(&site);
    let (here, there) = (site.home.join("here"), site.home.join("there"));
    let data: Vec<u8> =
        (0..3 << 20).map(|at: u32| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    fs::write(&here, &data).unwrap();
    let batch = format!(
        "put {} {}\nget {} {}\nls -l {}\n",
        here.display(),
        there.display(),
        there.display(),
        site.home.join("back").display(),
        there.display()
    );
    ran(site
        .home
        .run(program("sftp"))
        .arg("-S")
        .arg(&ssh)
        .args(["-q", "-b", "-", "srv"])
        .stdin(batch));
    assert!(fs::read(&there).unwrap() == data && fs::read(site.home.join("back")).unwrap() == data);
    for way in [&["-q"][..], &["-q", "-O"]] {
        let copy = site.home.join("copy");
        ran(site
            .home
            .run(program("scp"))
            .args(way)
            .arg("-S")
            .arg(&ssh)
            .arg(format!("srv:{}", there.display()))
            .arg(&copy));
        assert!(fs::read(&copy).unwrap() == data, "{way:?}");
        fs::remove_file(&copy).unwrap();
    }
}

#[test]
fn git_runs_over_sshk() {
    let site = Site::new();
    let ssh = wrapper(&site);
    let git = |args: &[&str]| {
        let run = site.home.run(program("git")).args([
            "-c",
            "user.name=ann",
            "-c",
            "user.email=a@b",
            "-c",
            "init.defaultBranch=main",
        ]);
        ran(run
            .args(args)
            .env("GIT_SSH_COMMAND", ssh.as_os_str())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null"))
    };
    let bare = site.home.join("bare.git");
    git(&["init", "-q", "--bare", bare.to_str().unwrap()]);
    let url = format!("srv:{}", bare.display());
    git(&["clone", "-q", &url, "one"]);
    git(&["-C", "one", "commit", "-q", "--allow-empty", "-m", "first"]);
    git(&["-C", "one", "push", "-q", "origin", "HEAD:main"]);
    git(&["clone", "-q", &url, "two"]);
    assert_eq!(git(&["-C", "two", "log", "--format=%s"]).out(), "first\n");
}

#[test]
fn a_subsystem_is_named_after_the_host() {
    let site = Site::with(super::Sshd::builder().line("Subsystem echo /bin/cat").start());
    let said = site.same(&["-s", "srv", "echo"], b"through a subsystem\n");
    assert_eq!(said.out(), "through a subsystem\n");
    let said = site.sshk(["-s", "srv", "nothing"]).run().expect(255);
    assert_eq!(
        said.err(),
        "sshk: error: srv: logged in, but could not open a session: subsystem request failed: \
        \"nothing\"\n"
    );
    let said = site.sshk(["-s", "srv"]).run().expect(2);
    assert_eq!(
        said.err(),
        "sshk: error: srv: -s needs the name of a subsystem; nothing was tried\n\
         sshk: hint: for example: sshk connect -s srv sftp\n"
    );
}

#[test]
fn capital_n_runs_nothing_until_it_is_ended() {
    let site = Site::new();
    let running = site.sshk(["-N", "srv"]).start();
    site.sshd.wait_for_log("Accepted publickey");
    std::thread::sleep(Duration::from_millis(300));
    running.send(rustix::process::Signal::INT);
    assert_eq!(running.finish().code(), 130);
    assert!(!site.sshd.log().contains("Starting session"));
    let said = site.sshk(["-N", "srv", "true"]).run().expect(2);
    assert!(
        said.err().starts_with(
            "sshk: error: srv: -N (SessionType none) runs no command, and one was given; nothing \
                was tried\n"
        ),
        "{}",
        said.err()
    );
}

#[test]
fn messages_go_to_the_file_of_capital_e_and_the_commands_stderr_does_not() {
    let site = Site::new();
    let log = site.home.join("log");
    fs::write(&log, "before\n").unwrap();
    let said = site.sshk(["-v", "-E", "log", "srv", "echo out; echo err >&2"]).run().expect(0);
    assert_eq!((said.out(), said.err()), ("out\n", "err\n"));
    let text = fs::read_to_string(&log).unwrap();
    assert!(
        text.starts_with("before\ndebug1: srv: ") && text.contains("debug1: srv: 127.0.0.1 port "),
        "{text}"
    );
    let said = site.sshk(["-E", "log", "-p", "1", "srv", "true"]).run().expect(255);
    assert_eq!(said.err(), "");
    assert!(
        fs::read_to_string(&log)
            .unwrap()
            .contains("sshk: error: srv: cannot connect to 127.0.0.1:1: connection refused")
    );
    let said = site.sshk(["-E", "no/such/folder", "srv", "true"]).run().expect(255);
    assert!(
        said.err().starts_with("sshk: error: could not open the log file \"no/such/folder\": "),
        "{}",
        said.err()
    );
}

#[test]
fn the_banner_and_what_the_user_typed_stay_on_the_terminal_under_capital_e() {
    let banner = tempfile::NamedTempFile::new().unwrap();
    fs::write(banner.path(), "keep out\n").unwrap();
    let line = format!("Banner {}", banner.path().display());
    let site = Site::with(super::Sshd::builder().line(&line).start());
    for run in [site.ssh(["-E", "log", "srv", "true"]), site.sshk(["-E", "log", "srv", "true"])] {
        let said = run.run().expect(0);
        assert!(said.err().contains("keep out"), "{}", said.err());
        let log = fs::read_to_string(site.home.join("log")).unwrap();
        assert!(!log.contains("keep out"), "{log}");
    }
    let mut terminal = crate::support::Terminal::start(site.sshk(["-E", "log", "srv"]));
    terminal.send("echo one-$((1+1))\r");
    terminal.expect("one-2", SOON);
    terminal.send("~?");
    terminal.expect("Supported escape sequences", SOON);
    terminal.send("exit\r");
    terminal.expect("Connection to 127.0.0.1 closed.", SOON);
    assert_eq!(terminal.wait(SOON), 0);
    let log = fs::read_to_string(site.home.join("log")).unwrap();
    assert!(!log.contains("escape") && !log.contains("closed"), "{log}");
}

#[test]
fn short_options_mean_the_same_as_their_keywords() {
    let site = Site::new();
    site.configure("Port 99");
    let listed = |args: &[&str], line: &str| {
        let said = site.sshk(["-G"]).args(args).arg("srv").run().expect(0);
        assert!(said.out().lines().any(|own| own == line), "{args:?}: {}", said.out());
    };
    listed(&["-i", "/etc/passwd", "-i", "/etc/group"], "identityfile /etc/group");
    listed(&["-b", "127.0.0.1"], "bindaddress 127.0.0.1");
    listed(&["-B", "lo"], "bindinterface lo");
    listed(&["-c", "aes128-ctr"], "ciphers aes128-ctr");
    listed(&["-m", "hmac-sha2-256"], "macs hmac-sha2-256");
    listed(&["-C"], "compression yes");
    listed(&["-N"], "sessiontype none");
    listed(&["-s"], "sessiontype subsystem");
    listed(&["-6", "-4"], "addressfamily inet");
    listed(&["-xTn"], "requesttty false");
    listed(&["-xTn"], "stdinnull yes");
    listed(&["-A"], "forwardagent yes");
    fs::write(site.config(), "Match tagged deep\nUser tagged\n").unwrap();
    listed(&["-P", "deep"], "user tagged");
}

#[test]
fn short_options_work_against_a_server() {
    let site = Site::new();
    for args in [
        &["-b", "127.0.0.1"][..],
        &["-b", "localhost", "-4"],
        &["-B", "lo"],
        &["-c", "aes256-ctr", "-m", "hmac-sha2-512", "-C"],
        &["-x", "-a"],
    ] {
        let said = site.sshk(args).args(["srv", "echo there"]).run();
        assert_eq!((said.code(), said.out()), (0, "there\n"), "{args:?}: {}", said.err());
    }
    let said = site.sshk(["-b", "192.0.2.1", "srv", "true"]).run().expect(255);
    assert!(
        said.err().starts_with("sshk: error: srv: cannot connect to 127.0.0.1:"),
        "{}",
        said.err()
    );
    let said = site.sshk(["-B", "no0", "srv", "true"]).run().expect(255);
    assert!(said.err().contains("BindInterface \"no0\": no such device"), "{}", said.err());
}

#[test]
fn a_command_is_bytes() {
    let site = Site::new();
    let command = OsStr::from_bytes(b"printf %s \xff\xfe\xc3 | od -An -tx1");
    let said = site.sshk([OsStr::new("srv"), command]).run().expect(0);
    assert_eq!(said.out(), " ff fe c3\n");
}

#[test]
fn rekeying_does_no_harm() {
    let site = Site::new();
    let data: Vec<u8> =
        (0..24 << 20).map(|at: u32| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let said = site.sshk(["-o", "RekeyLimit=2M", "srv", "cat"]).stdin(&data).run().expect(0);
    assert!(said.stdout == data, "{} bytes of {}", said.stdout.len(), data.len());
    site.configure("LogLevel QUIET");
    let mut terminal = crate::support::Terminal::start(site.sshk(["srv"]));
    terminal.send("echo one-$((1+1))\r");
    terminal.expect("one-2", SOON);
    terminal.send("~R");
    terminal.send("echo two-$((2+2))\r");
    terminal.expect("two-4", SOON);
    terminal.send("exit 5\r");
    assert_eq!(terminal.wait(SOON), 5);
}
