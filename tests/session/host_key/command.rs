//! KnownHostsCommand: a program adds lines to known_hosts.

use std::fs;
use std::path::PathBuf;

use super::Site;
use crate::keys::{fingerprint, public};
use crate::support::process::write_program;

/// The command with its output in a file of its own.
struct Command {
    program: PathBuf,
    calls: PathBuf,
}

impl Command {
    /// A script that notes its arguments, one call a line, and then runs this.
    fn new(site: &Site, script: &str) -> Self {
        let (program, calls) = (site.home.join("keys"), site.home.join("calls"));
        let note = format!("#!/bin/sh\necho \"$@\" >>'{}'\n{script}\n", calls.display());
        write_program(&program, &note);
        let _ = fs::remove_file(&calls);
        Self { program, calls }
    }

    fn option(&self, arguments: &str) -> String {
        format!("KnownHostsCommand={} {arguments}", self.program.display())
    }

    /// The calls since the last question.
    fn calls(&self) -> String {
        let calls = fs::read_to_string(&self.calls).unwrap_or_default();
        let _ = fs::remove_file(&self.calls);
        calls
    }
}

#[test]
fn a_command_vouches_for_a_host_and_is_told_what_ssh_tells_it() {
    let site = Site::new();
    site.know("");
    let name = site.name();
    let print = format!("echo '{}'", site.line(&name).trim_end());
    let command = Command::new(&site, &print);
    let arguments = "%I %H %t %f %K %h %p %r %u \"a b\" %%";
    assert_eq!(site.ssh(&[&command.option(arguments)]).code(), 0);
    let theirs = command.calls();
    assert_eq!(site.sshk(&[&command.option(arguments)]).run().expect(0).err(), "");
    let ours = command.calls();
    // OpenSSH 9.2 asks for the host without its port or alias first, later ones do not.
    let theirs = theirs.replace("ORDER 127.0.0.1 ", &format!("ORDER {name} "));
    assert_eq!(ours, theirs);
    assert!(ours.contains("ORDER ") && ours.contains(&format!("HOSTNAME {name} ")), "{ours}");
    // Nothing was recorded.
    assert_eq!(site.known(), "");
    // With CheckHostIP, it is asked for the address too.
    let options = ["CheckHostIP=yes", "HostKeyAlias=web1", &command.option("%I %H")];
    let print = format!("echo '{}'", site.line("web1,*").trim_end());
    let command = Command::new(&site, &print);
    let site = site.at("0.0.0.0");
    assert_eq!(site.ssh(&options).code(), 0);
    let theirs = command.calls();
    site.sshk(&options).run().expect(0);
    assert_eq!(command.calls(), theirs.replace("ORDER 0.0.0.0\n", "ORDER web1\n"));
    assert!(theirs.contains("ADDRESS [0.0.0.0]:"), "{theirs}");
}

#[test]
fn the_type_of_key_that_a_command_knows_is_asked_for() {
    let site = Site::new();
    site.know("");
    for kind in ["rsa", "ecdsa", "ed25519"] {
        let line = format!("{} {}", site.name(), site.sshd.host_key(kind));
        let command = Command::new(&site, &format!("echo '{line}'"));
        // OpenSSH 9.2 looks for the name without its port here, and misses the line.
        assert_eq!(site.sshk(&[&command.option("%H")]).run().expect(0).err(), "", "{kind}");
    }
    // Only under the name with its port, unlike a line of a file.
    let command = Command::new(&site, &format!("echo '{}'", site.line("127.0.0.1").trim_end()));
    assert!(site.both(&[&command.option("%H")], false).contains("host key is unknown"));
}

#[test]
fn another_key_from_a_command_is_a_changed_key() {
    let site = Site::new();
    site.know("");
    let other = site.home.key("ed25519", "other");
    let line = format!("{} {}", site.name(), public(&other).trim_end());
    let command = Command::new(&site, &format!("echo; echo '{line}'"));
    let said = site.both(&[&command.option("%H")], false);
    let end =
        format!("but KnownHostsCommand:2 has ED25519 {}; nothing was sent", fingerprint(&other));
    assert!(said.contains("host key has changed") && said.contains(&end), "{said}");
    // It can revoke a key that a file knows.
    site.know(&site.line(&site.name()));
    let line = site.line(&format!("@revoked {}", site.name()));
    let command = Command::new(&site, &format!("echo '{}'", line.trim_end()));
    let said = site.both(&[&command.option("%H")], false);
    assert!(said.contains("host key is revoked") && said.contains("KnownHostsCommand:1"), "{said}");
}

#[test]
fn a_command_that_fails_refuses_the_host_even_if_it_is_known() {
    let site = Site::new();
    let command = Command::new(&site, "exit 3");
    let said = site.both(&[&command.option("%I 'a b'")], false);
    let program = command.program.display();
    let message = format!(
        "KnownHostsCommand \"{program}\" failed (exit status: 3); the host key was not checked"
    );
    let hint = format!("see what it does: {program} ORDER 'a b'");
    assert_eq!(said, site.refusal(&message, &hint));
    assert!(!site.sshd.log().contains("Connection from 127.0.0.1 port 0"));
    let missing = site.sshk(&["KnownHostsCommand=/no/such/program"]).run().expect(255);
    assert!(missing.err().contains("could not be started: no such file or directory"));
    // Output without end is not read to its end.
    let command = Command::new(&site, "exec cat /dev/zero");
    let said = site.sshk(&[&command.option("")]).run().expect(255);
    assert!(said.err().contains("printed more than 1 MiB; the host key"), "{}", said.err());
    for bad in ["keys %H", "/bin/keys 'a", "/bin/keys %z"] {
        let said = site.sshk(&[&format!("KnownHostsCommand={bad}")]).run().expect(255);
        assert!(said.err().contains("command line: "), "{bad}: {}", said.err());
    }
}

#[test]
fn a_command_gets_no_secret_and_has_a_time_limit() {
    let site = Site::new();
    let command = Command::new(&site, "env >env; exit 0");
    site.sshk(&[&command.option("")]).env("SSHK_PASSWORD", "hush").run().expect(0);
    let env = fs::read_to_string(site.home.join("env")).unwrap();
    assert!(env.contains("HOME=") && !env.contains("hush"), "{env}");
    let command = Command::new(&site, "exec sleep 1000");
    let said = site.sshk(&[&command.option(""), "ConnectTimeout=1"]).run().expect(255);
    assert!(said.err().contains("timed out after 1 s during the host key check"), "{}", said.err());
}
