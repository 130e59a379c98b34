//! ProxyJump: every hop is a separate host, with its own key, its own login and its own failure.

use std::fs;

use super::Site;
use crate::support::{Account, Agent, Dropbear, Home, SOON, Sshd, Terminal, root_only};

/// `target` behind `two` behind `one`.
fn chain() -> Site {
    Site::new(&["one", "two", "target"])
}

#[test]
fn test_goes_through_a_chain_of_three_with_the_one_key_for_the_last() {
    let site = chain();
    site.configure("Host target\nProxyJump one,two");
    let said = site.sshk(&["test", "-i", ".ssh/target", "--json", "target"]).run().expect(0);
    let found: serde_json::Value = serde_json::from_slice(&said.stdout).unwrap();
    assert_eq!(
        (found["status"].as_str(), found["destination"].as_str()),
        (Some("ok"), Some("target"))
    );
    // Only the hop before knows the address.
    assert!(found["address"].is_null());
    for (name, key) in [("one", "one"), ("two", "two"), ("target", "target")] {
        let public = fs::read_to_string(site.key(key).with_extension("pub")).unwrap();
        let print = ssh_key::PublicKey::from_openssh(&public)
            .unwrap()
            .fingerprint(ssh_key::HashAlg::Sha256)
            .to_string();
        site.server(name).wait_for_log(&format!(
            "Accepted publickey for {} from 127.0.0.1",
            site.server(name).user()
        ));
        assert!(site.server(name).log().contains(&print), "{name}: {}", site.server(name).log());
    }
}

#[test]
fn capital_j_means_the_same_as_proxy_jump_and_comes_first() {
    let site = chain();
    site.configure("Host target\nProxyJump nowhere.invalid");
    let said = site
        .sshk(&[
            "connect",
            "-J",
            "one,two",
            "-o",
            "ProxyJump=nowhere.invalid",
            "target",
            "echo",
            "there",
        ])
        .run()
        .expect(0);
    assert_eq!(said.out(), "there\n");
    let url =
        format!("ssh://{}@127.0.0.1:{}/", site.server("one").user(), site.server("one").port());
    // -i is for the target, as for ssh.
    let said = site
        .sshk(&["connect", "-oBatchMode=yes", "-J", &url, "-i", ".ssh/one", "target", "true"])
        .run()
        .expect(255);
    assert_eq!(
        said.err(),
        format!(
            "sshk: error: target: jump host {url}: the password of {}@127.0.0.1 is needed, and \
            there is no terminal to ask on\n\
             sshk: hint: install a key on the jump host to log in without a password: sshk copy-id \
             {0}@127.0.0.1\n",
            site.server("one").user()
        )
    );
    site.configure(&format!("Host 127.0.0.1\nIdentityFile {}", site.key("one").display()));
    site.sshk(&["connect", "-J", &url, "-oProxyJump=none", "target", "true"]).run().expect(0);
    // ssh allows no -J after a ProxyJump.
    let said = site.sshk(&["connect", "-oProxyJump=none", "-J", &url, "target"]).run().expect(255);
    assert_eq!(
        said.err(),
        "sshk: error: target: command line: ProxyJump: only one -J is allowed; separate the jump \
         hosts with commas\n"
    );
    let said = site.sshk(&["connect", "-J-x", "target"]).run().expect(2);
    assert!(said.err().contains("the host name starts with a dash"), "{}", said.err());
}

#[test]
fn copy_id_installs_and_verifies_through_jump_hosts() {
    let site = chain();
    site.configure("Host target\nProxyJump one,two");
    let new = site.home.key("ed25519", "new");
    // The login uses the key that the account has already; the new one is added.
    let said = site.sshk(&["copy-id", "-i", ".ssh/new", "target"]).run().expect(0);
    assert!(said.err().contains("installed"), "{}", said.err());
    let keys = fs::read_to_string(site.server("target").authorized_keys()).unwrap();
    assert!(keys.ends_with(&fs::read_to_string(new.with_extension("pub")).unwrap()));
    assert_eq!(
        fs::read_to_string(site.server("one").authorized_keys()).unwrap().lines().count(),
        1
    );
}

#[test]
fn large_streams_pass_unchanged_both_ways() {
    let site = chain();
    site.configure("Host target\nProxyJump one,two");
    let data: Vec<u8> =
        (0..8 << 20).map(|at: u32| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let said = site.sshk(&["connect", "target", "cat"]).stdin(&data).run().expect(0);
    assert!(said.stdout == data, "{} bytes of {}", said.stdout.len(), data.len());
}

#[test]
fn each_hop_is_checked_by_its_own_host_key() {
    let site = chain();
    site.configure("Host target\nProxyJump one,two");
    // known_hosts has another server's key for the second hop.
    let (two, wrong) = (site.server("two").known_hosts(), site.server("one").host_key("ed25519"));
    let known = site.home.join(".ssh/known_hosts");
    let text = fs::read_to_string(&known).unwrap();
    let place = two.split(' ').next().unwrap();
    fs::write(&known, text.replace(two.trim_end(), &format!("{place} {}", wrong.trim_end())))
        .unwrap();
    let said = site.sshk(&["test", "-i", ".ssh/target", "target"]).run().expect(1);
    assert!(
        said.err().starts_with(
            "sshk: error: target: jump host two: host key has changed: the server presented \
            ED25519 "
        ),
        "{}",
        said.err()
    );
    assert!(
        !site.server("target").log().contains("Connection from"),
        "nothing may reach the target"
    );
    // So does an unknown one: there is nobody to ask.
    fs::write(
        &known,
        text.lines()
            .filter(|line| !line.starts_with(place))
            .map(|line| format!("{line}\n"))
            .collect::<String>(),
    )
    .unwrap();
    let said = site.sshk(&["test", "-i", ".ssh/target", "target"]).run().expect(1);
    assert!(
        said.err().starts_with(
            "sshk: error: target: jump host two: host key is unknown: the server presented ED25519 "
        ),
        "{}",
        said.err()
    );
}

#[test]
fn the_hop_that_fails_is_named_with_its_own_reason() {
    let site = chain();
    let fails = |lines: &str, words: &str, kind: &str| {
        site.configure(lines);
        let said = site.sshk(&["test", "-i", ".ssh/target", "--json", "target"]).run().expect(1);
        let found: serde_json::Value = serde_json::from_slice(&said.stdout).unwrap();
        assert_eq!(found["error"]["kind"], kind, "{found}");
        assert!(said.err().contains(&format!("sshk: error: target: {words}")), "{}", said.err());
        said.err().to_owned()
    };
    let nowhere = "Host nowhere\nHostName 127.0.0.1\nPort 1\n";
    fails(
        &format!("{nowhere}Host target\nProxyJump nowhere,two"),
        "jump host nowhere: cannot connect to 127.0.0.1:1: connection refused",
        "connect",
    );
    fails(
        "Host target\nProxyJump no-such-host.invalid",
        "jump host no-such-host.invalid: could not resolve hostname",
        "name",
    );
    // The key of another server: nobody can log in at the first hop.
    let stranger = format!(
        "Host one\nIdentityFile {}\nHost target\nProxyJump one,two",
        site.key("target").display()
    );
    site.configure(&stranger);
    fs::remove_file(site.key("one")).unwrap();
    fs::remove_file(site.key("one").with_extension("pub")).unwrap();
    let said = fails(&stranger, "jump host one: the password of ", "no-terminal");
    assert!(
        said.starts_with(&format!(
            "target: jump host one: not offered: {:?}: no such file\n",
            site.key("one")
        )),
        "{said}"
    );
    fails(
        &format!("BatchMode yes\n{stranger}"),
        "jump host one: permission denied; tried",
        "permission-denied",
    );
    // The target itself: the hop says that nothing answers there.
    let gone = "Host target\nProxyJump two\nPort 1";
    fails(
        gone,
        "cannot connect to 127.0.0.1:1 from two: connect failed; nothing was sent",
        "connect",
    );
    // And a failure of the target's own login is not the hop's.
    fs::write(site.server("target").authorized_keys(), "").unwrap();
    fails("Host target\nProxyJump two", "the server rejected the key SHA256:", "key-refused");
}

#[test]
fn a_hop_that_refuses_forwarding_is_named() {
    let locked = Sshd::builder().fresh_host_keys().line("AllowTcpForwarding no").start();
    let site =
        Site::with(vec![("locked", locked), ("target", Sshd::builder().fresh_host_keys().start())]);
    site.configure("Host target\nProxyJump locked");
    let said = site.sshk(&["connect", "target", "true"]).run().expect(255);
    assert_eq!(
        said.err(),
        format!(
            "sshk: error: target: jump host locked: it refused to forward a connection to \
            127.0.0.1:{}: \
            administratively prohibited; nothing was sent\n\
             sshk: hint: ask its administrator to allow it (AllowTcpForwarding, PermitOpen)\n",
            site.server("target").port()
        )
    );
}

#[test]
fn a_key_with_no_port_forwarding_cannot_be_used_for_a_jump() {
    let site = Site::new(&["gate", "target"]);
    site.configure("Host target\nProxyJump gate");
    let keys = site.server("gate").authorized_keys();
    fs::write(&keys, format!("restrict {}", fs::read_to_string(&keys).unwrap())).unwrap();
    let said = site.sshk(&["connect", "target", "true"]).run().expect(255);
    let refused = "sshk: error: target: jump host gate: it refused to forward a connection to \
        127.0.0.1:";
    assert!(
        said.err().starts_with(refused)
            && said.err().contains(": administratively prohibited; nothing was sent\n"),
        "{}",
        said.err()
    );
}

#[test]
fn a_hop_may_be_dropbear_and_the_agent_works_for_every_hop() {
    let target = Sshd::builder().fresh_host_keys().start();
    let home = Home::new();
    let dropbear = Dropbear::start(&[]);
    let agent = Agent::start();
    let key = home.key("ed25519", "id");
    let public = fs::read_to_string(key.with_extension("pub")).unwrap();
    target.authorize(&public);
    root_only!("a_hop_may_be_dropbear_and_the_agent_works_for_every_hop");
    let account = Account::new("/bin/sh");
    account.authorize(&public);
    agent.add(&key);
    fs::remove_file(&key).unwrap();
    home.know(&(target.known_hosts() + &dropbear.known_hosts()));
    let config = format!(
        "Host gate\nHostName 127.0.0.1\nPort {}\nUser {}\nHost *\nGlobalKnownHostsFile /dev/null\n",
        dropbear.port(),
        account.name()
    );
    fs::write(home.ssh().join("config"), config).unwrap();
    let url = format!("ssh://{}@127.0.0.1:{}", target.user(), target.port());
    let said = home
        .sshk(["connect", "-J", "gate", &url, "echo there"])
        .env("SSH_AUTH_SOCK", agent.socket())
        .run()
        .expect(0);
    assert_eq!(said.out(), "there\n");
}

#[test]
fn the_password_of_a_hop_is_asked_for_by_name_and_given_to_no_other() {
    root_only!("the_password_of_a_hop_is_asked_for_by_name_and_given_to_no_other");
    let account = Account::new("/bin/sh");
    let gate = Sshd::for_accounts().pam().line("PubkeyAuthentication no").start();
    let site = Site::new(&["target"]);
    site.home.know(&gate.known_hosts());
    site.configure(&format!(
        "Host gate\nHostName 127.0.0.1\nPort {}\nUser {}\nHost target\nProxyJump gate",
        gate.port(),
        account.name()
    ));
    let run = site.sshk(&["test", "-i", ".ssh/target", "target"]);
    let mut terminal = Terminal::start(run);
    terminal.expect("assword", SOON);
    terminal.send(&format!("{}\r", account.password()));
    terminal.expect("target: logged in with", SOON);
    assert_eq!(terminal.wait(SOON), 0);
    // Given beforehand, it is for the destination, not for the hosts on the way.
    let said = site
        .sshk(&["test", "-i", ".ssh/target", "target"])
        .env("SSHK_PASSWORD", account.password())
        .run()
        .expect(1);
    assert!(said.err().starts_with("sshk: error: target: jump host gate: "), "{}", said.err());
    assert!(!gate.log().contains("Accepted keyboard-interactive/pam for nobody"));
}

#[test]
fn a_hop_that_never_answers_times_out_by_its_own_setting() {
    let silent = crate::support::hostile::Hostile::silent();
    let site = Site::new(&["target"]);
    site.configure(&format!(
        "Host gate\nHostName 127.0.0.1\nPort {}\nConnectTimeout 1\nHost target\nProxyJump gate",
        silent.port()
    ));
    let said = site.sshk(&["test", "-i", ".ssh/target", "target"]).deadline(SOON).run().expect(1);
    assert!(
        said.err().starts_with(
            "sshk: error: target: jump host gate: timed out after 1 s during banner exchange\n"
        ),
        "{}",
        said.err()
    );
}
