//! CheckHostIP: the address of a host is looked up and recorded too. 0.0.0.0 reaches the loopback,
//! which is left out as an address, without being one.

use std::fs;

use super::Site;
use crate::keys::{fingerprint, public};
use crate::support::{SOON, Terminal};

const CHECKED: [&str; 2] = ["CheckHostIP=yes", "HostKeyAlias=web1"];

fn with<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&CHECKED[..], more].concat()
}

#[test]
fn a_new_host_is_recorded_with_its_address_as_by_ssh() {
    let site = Site::new().at("0.0.0.0");
    for (hashed, names) in [("HashKnownHosts=no", 1), ("HashKnownHosts=yes", 2)] {
        let options = with(&["StrictHostKeyChecking=accept-new", hashed]);
        site.know("");
        assert_eq!(site.ssh(&options).code(), 0);
        let theirs = site.known();
        site.know("");
        site.sshk(&options).run().expect(0);
        let ours = site.known();
        if names == 1 {
            assert_eq!(ours, theirs);
            assert!(ours.starts_with(&format!("web1,{} ", site.name())), "{ours}");
        }
        assert_eq!((ours.lines().count(), theirs.lines().count()), (names, names), "{ours}");
        // ssh knows both names now.
        assert_eq!(site.both(&with(&["StrictHostKeyChecking=yes"]), true), "");
    }
}

#[test]
fn a_new_address_of_a_known_host_is_recorded() {
    let site = Site::new().at("0.0.0.0");
    let before = site.line("web1");
    for strict in ["yes", "ask", "accept-new", "no"] {
        let options = [format!("StrictHostKeyChecking={strict}"), "BatchMode=yes".into()];
        let options = with(&options.each_ref().map(String::as_str));
        site.know(&before);
        assert_eq!(site.ssh(&options).code(), 0);
        let theirs = site.known();
        site.know(&before);
        let said = site.sshk(&options).run().expect(0);
        assert_eq!(site.known(), theirs, "{strict}");
        assert_eq!(theirs, before.clone() + &site.line(&site.name()));
        assert!(said.err().contains(&format!("permanently added {:?}", site.name())));
    }
    // Not without CheckHostIP, and not for the loopback.
    site.know(&before);
    assert_eq!(site.both(&["HostKeyAlias=web1"], true), "");
    let site = site.at("127.0.0.1");
    assert_eq!(site.both(&CHECKED, true), "");
    assert_eq!(site.known(), before);
}

#[test]
fn an_address_with_another_key_is_reported() {
    let site = Site::new().at("0.0.0.0");
    let other = site.home.key("ed25519", "other");
    let before = site.line("web1") + &format!("{} {}", site.name(), public(&other));
    site.know(&before);
    let difference = format!(
        "the host key of web1 differs from that of its address {}: {}:2 has ED25519 {}",
        site.name(),
        site.file().display(),
        fingerprint(&other)
    );
    for strict in ["yes", "accept-new", "ask"] {
        let said = site.both(&with(&[&format!("StrictHostKeyChecking={strict}")]), false);
        let head = format!("sshk: error: {}: {difference}; nothing was sent\n", site.destination());
        assert!(said.starts_with(&head), "{strict}: {said}");
    }
    let said = site.both(&with(&["StrictHostKeyChecking=no"]), true);
    assert_eq!(said, format!("{}: {difference}\n", site.destination()));
    let mut terminal = Terminal::start(site.sshk(&CHECKED));
    terminal.expect(&format!("Warning: {difference}.\r\n"), SOON);
    terminal.expect("(yes/no/[fingerprint])? ", SOON);
    terminal.send("yes\n");
    assert_eq!(terminal.wait(SOON), 0);
    assert_eq!(fs::read_to_string(site.file()).unwrap(), before);
}
