//! UpdateHostKeys: known_hosts follows a server that adds and removes host keys, as with ssh.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::Site;
use crate::keys::public;
use crate::support::oracle::ssh_keygen;
use crate::support::{Run, SOON, Terminal, program};

const UPDATES: &str = "UpdateHostKeys=yes";

impl Site {
    /// What ssh and sshk make of this content; they must agree.
    #[track_caller]
    fn updated(&self, before: &str, options: &[&str]) -> String {
        self.know(before);
        let done = self.ssh(options);
        assert_eq!(done.code(), 0, "{} of:\n{before}", done.err());
        let theirs = self.known();
        self.know(before);
        self.sshk(options).run().expect(0);
        assert_eq!(self.known(), theirs, "of:\n{before}");
        theirs
    }

    /// A line for a key of the server.
    fn line_of(&self, kind: &str) -> String {
        format!("{} {}\n", self.name(), self.sshd.host_key(kind))
    }
}

#[test]
fn the_other_keys_of_a_known_host_are_learned() {
    let site = Site::new();
    let before = format!("# mine\n\nweb2 {}{}", public(&site.key), site.line_of("ed25519"));
    let after = site.updated(&before, &[UPDATES]);
    assert_eq!(after, before.clone() + &site.line_of("rsa") + &site.line_of("ecdsa"));
    // Each of them is now known.
    for kind in ["rsa-sha2-512", "ecdsa-sha2-nistp256"] {
        assert_eq!(
            site.both(&[&format!("HostKeyAlgorithms={kind}"), "UpdateHostKeys=no"], true),
            ""
        );
    }
    assert_eq!(site.updated(&after, &[UPDATES]), after);
    site.know(&before);
    let said = site.sshk(&[UPDATES]).run().expect(0).err().to_owned();
    assert!(!said.contains("host key of "), "{said}");
    site.know(&before);
    let said = site.sshk(&[UPDATES, "LogLevel=DEBUG"]).run().expect(0).err().to_owned();
    assert_eq!(said.matches(": added host key of ").count(), 2, "{said}");
    // Only the types that may be used.
    let after = site.updated(&before, &[UPDATES, "HostKeyAlgorithms=ssh-ed25519,rsa-sha2-256"]);
    assert_eq!(after, before.clone() + &site.line_of("rsa"));
    // Those that are known already stay, though ssh removes them.
    let all = before.clone() + &site.line_of("rsa") + &site.line_of("ecdsa");
    for option in ["HostKeyAlgorithms=ssh-ed25519", "RequiredRSASize=4096"] {
        site.know(&all);
        assert_eq!(site.sshk(&[UPDATES, option]).run().expect(0).err(), "", "{option}");
        assert_eq!(site.known(), all, "{option}");
    }
    // Hashed, if the configuration says so.
    site.know(&before);
    site.sshk(&[UPDATES, "HashKnownHosts=yes"]).run().expect(0);
    let after = site.known();
    assert_eq!(after.matches("\n|1|").count(), 2, "{after}");
    assert_eq!(site.both(&["HostKeyAlgorithms=rsa-sha2-512", "UpdateHostKeys=no"], true), "");
}

#[test]
fn keys_that_the_server_no_longer_has_are_removed_and_nothing_else() {
    let site = Site::new();
    let (old, name) = (site.home.key("ed25519", "old"), site.name());
    let keys = site.line_of("ed25519") + &site.line_of("rsa") + &site.line_of("ecdsa");
    let other = format!("# comment\n\n garbage \t\nweb2 {}", public(&site.key));
    let before = format!("{other}{name} {}{keys}#last", public(&old));
    let after = site.updated(&(before.clone() + "\n"), &[UPDATES]);
    assert_eq!(after, format!("{other}{keys}#last\n"));
    // Also without a newline at the end, which ssh adds; with its mode and its last content kept.
    site.know(&before);
    fs::set_permissions(site.file(), fs::Permissions::from_mode(0o640)).unwrap();
    let said = site.sshk(&[UPDATES]).run().expect(0).err().to_owned();
    assert_eq!(site.known(), format!("{other}{keys}#last"));
    assert_eq!(fs::metadata(site.file()).unwrap().permissions().mode() & 0o777, 0o640);
    assert_eq!(fs::read_to_string(site.home.join("known.old")).unwrap(), before);
    assert!(said.contains(": removed obsolete host key of "), "{said}");
    // Under a hashed name too.
    site.know(&before.replace(" garbage \t\n", ""));
    Run::new(program("ssh-keygen")).args(["-H", "-f"]).arg(site.file()).run().expect(0);
    let hashed = site.known();
    let after = site.updated(&hashed, &[UPDATES]);
    assert_eq!(after.lines().count(), hashed.lines().count() - 1, "{after}");
    // A link stays a link.
    let target = site.home.join("target");
    fs::rename(site.file(), &target).unwrap();
    fs::write(&target, &before).unwrap();
    std::os::unix::fs::symlink(&target, site.file()).unwrap();
    site.sshk(&[UPDATES]).run().expect(0);
    assert_eq!(fs::read_to_string(&target).unwrap(), format!("{other}{keys}#last"));
    assert!(fs::symlink_metadata(site.file()).unwrap().is_symlink());
}

#[test]
fn nothing_is_updated_where_ssh_does_not() {
    let site = Site::new();
    let (name, own) = (site.name(), site.line_of("ed25519"));
    let (ca, other) = (site.home.key("ed25519", "ca"), site.home.key("ed25519", "other"));
    let others = |names: &str| format!("{names} {}", public(&other));
    for before in [
        // A key of the host under another name, also an old one.
        own.clone() + &site.line("web2"),
        own.clone() + &others(&name) + &others("web2"),
        // Patterns, several names, markers.
        site.line("[127.0.0.1]:*"),
        site.line(&format!("web1,web2,{name}")),
        own.clone() + &format!("@cert-authority * {}", public(&ca)),
        own.clone() + &format!("@revoked {name} {}", public(&ca)),
        // Known without its port only.
        site.line("127.0.0.1"),
    ] {
        assert_eq!(site.updated(&before, &[UPDATES]), before);
    }
    // Another file than the default one turns it off, unless it is asked for.
    assert_eq!(site.updated(&own, &[]), own);
    assert_eq!(site.updated(&own, &["UpdateHostKeys=no"]), own);
    // Nobody was asked about a key that was accepted without a question.
    let after = site.updated("", &[UPDATES, "StrictHostKeyChecking=accept-new"]);
    assert_eq!(after, own);
    // Known from a global file.
    let global = site.home.join("global");
    fs::write(&global, &own).unwrap();
    let option = format!("GlobalKnownHostsFile={}", global.display());
    site.know("");
    site.sshk(&[UPDATES, &option]).run().expect(0);
    assert_eq!(site.known(), "");
}

#[test]
fn the_default_file_is_updated_without_being_asked() {
    let site = Site::new();
    site.home.know(&site.line_of("ed25519"));
    let run = site.home.sshk(["connect", "-F", "none", "-i"]).arg(&site.key);
    run.args([&site.destination(), "true"]).run().expect(0);
    let known = fs::read_to_string(site.home.join(".ssh/known_hosts")).unwrap();
    assert_eq!(known, site.line_of("ed25519") + &site.line_of("rsa") + &site.line_of("ecdsa"));
}

#[test]
fn ask_asks_before_the_session_starts() {
    let site = Site::new();
    let before = site.line_of("ed25519");
    for (answer, changes) in [("no", false), ("yes", true)] {
        site.know(&before);
        let mut terminal = Terminal::start(site.sshk(&["UpdateHostKeys=ask"]));
        terminal.expect("New: RSA SHA256:", SOON);
        terminal.expect("Accept updated host keys? (yes/no) ", SOON);
        terminal.send(&format!("{answer}\n"));
        assert_eq!(terminal.wait(SOON), 0);
        assert_eq!(site.known() != before, changes, "{answer}");
    }
    // Without a terminal, nobody can be asked.
    assert_eq!(site.updated(&before, &["UpdateHostKeys=ask"]), before);
}

/// With CheckHostIP, the address belongs to the host.
#[test]
fn the_address_gets_the_new_keys_too() {
    let site = Site::new().at("0.0.0.0");
    let options = [UPDATES, "CheckHostIP=yes", "HostKeyAlias=web1"];
    let before = site.line(&format!("web1,{}", site.name()));
    let after = site.updated(&before, &options);
    assert_eq!(after.matches(&format!("web1,{} ", site.name())).count(), 3, "{after}");
    // A line for the host and another address is about more than this host.
    let before = site.line("web1,192.0.2.1");
    let after = site.updated(&before, &options);
    assert_eq!(after.lines().count(), 2, "{after}");
    ssh_keygen(["-F", "web1", "-f"]).arg(site.file()).run().expect(0);
}
