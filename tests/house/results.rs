//! A result that cannot be written is a failure of every command: it says so and exits with 1.

use std::fs;

use crate::support::process::Run;
use crate::support::{Home, Sshd};

const FULL: &str = "could not write to standard output: no space left on device";

/// The command with its standard output on a full disk.
fn full(home: &Home, args: &[&str]) -> Run {
    home.run("sh")
        .args(["-c", "exec \"$0\" \"$@\" >/dev/full", env!("CARGO_BIN_EXE_sshk")])
        .args(args)
}

/// A home directory with a key that logs in to the host web1.
fn home_and_server() -> (Home, Sshd) {
    let (home, sshd) = (Home::new(), Sshd::builder().start());
    home.key("ed25519", "id_ed25519");
    home.key("ed25519", "other");
    home.know(&sshd.known_hosts());
    let public = |name: &str| fs::read_to_string(home.join(format!(".ssh/{name}.pub"))).unwrap();
    sshd.authorize(&(public("id_ed25519") + &public("other")));
    let config = format!(
        "Host web1\n  HostName 127.0.0.1\n  Port {}\n  User {}\n",
        sshd.port(),
        sshd.user()
    );
    fs::write(home.ssh().join("config"), config).unwrap();
    (home, sshd)
}

#[cfg(target_os = "linux")]
#[test]
fn a_command_for_key_files_on_a_full_disk_exits_with_1() {
    let home = Home::new();
    let key = home.key("ed25519", "id_ed25519");
    let key = key.to_str().unwrap();
    for args in [
        &["keygen", "-t", "ed25519", "-f", "new", "-N", "", "--json"][..],
        &["keygen", "-t", "ed25519", "-f", "new", "--if-missing", "--json"],
        &["show", key],
        &["show", "--json", key],
        &["convert", key, "-m", "pkcs8", "-f", "-"],
        &["oneline", key],
        &["oneline", key, "--decode"],
        &["show", "--json", "missing"],
        &["--help"],
        &["help", "show"],
        &["--version"],
    ] {
        let said = full(&home, args).run().expect(1);
        assert_eq!(said.err().matches(FULL).count(), 1, "{args:?}: {}", said.err());
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_command_for_accounts_on_a_full_disk_exits_with_1() {
    let (home, sshd) = home_and_server();
    let dead = "ssh://nobody@127.0.0.1:1";
    for args in [
        &["copy-id", "--json", "web1"][..],
        &["copy-id", "--json", "-n", "web1", "web1"],
        &["test", "--json", "web1"],
        &["revoke", "--json", "-n", "-i", ".ssh/other", "web1"],
        &["revoke", "--json", "-i", ".ssh/other", "web1"],
        &["audit", "web1"],
        &["audit", "--json", "web1"],
        &["test", "--json", dead],
        &["audit", "--json", dead, "web1"],
    ] {
        let said = full(&home, args).run().expect(1);
        assert!(said.err().contains(FULL), "{args:?}: {}", said.err());
    }
    let left = fs::read_to_string(sshd.authorized_keys()).unwrap();
    assert!(left.lines().nth(1).unwrap().starts_with("#"), "the work itself was done: {left}");
    for args in [&["connect", "-G", "web1"][..], &["connect", "web1", "echo hello"]] {
        let said = full(&home, args).run().expect(255);
        assert!(said.err().contains(FULL), "{args:?}: {}", said.err());
    }
}

/// A reader that has gone away ends the program like every other: by the status of SIGPIPE.
#[test]
fn a_command_whose_reader_has_gone_away_does_not_exit_with_0() {
    let (home, _sshd) = home_and_server();
    for args in ["show .ssh/id_ed25519", "test --json web1", "audit web1", "copy-id --json web1"] {
        let line = format!("{} {args} | true; exit ${{PIPESTATUS[0]}}", env!("CARGO_BIN_EXE_sshk"));
        // `true` may end after the line is written, which a pipe takes then.
        let said = home.run("bash").args(["-c", &line]).run();
        assert!([0, 141].contains(&said.code()), "{args}: {}", said.err());
    }
    let line = format!("(sleep 1; exec {} audit web1) | true", env!("CARGO_BIN_EXE_sshk"));
    home.run("bash").args(["-o", "pipefail", "-c", &line]).run().expect(141);
}
