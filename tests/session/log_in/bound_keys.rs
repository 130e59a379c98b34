//! Keys that an agent restricts to certain hosts (`ssh-add -h`): shown to those hosts only, also by
//! an agent that was forwarded to the machine where sshk runs.

use std::fs;
use std::path::Path;

use crate::keys::public;
use crate::log_in::{Site, text};
use crate::support::oracle::Ssh;
use crate::support::{Agent, Home, Run, SOON, Sshd, Terminal, program};

/// Adds the key to the agent for these hosts or ways, which are names in the home's known_hosts,
/// and takes its file away.
fn add(home: &Home, agent: &Agent, key: &Path, hosts: &[String]) {
    let known = home.join(".ssh/known_hosts");
    let hosts = hosts.iter().flat_map(|host| ["-h", host]);
    let run = Run::new(program("ssh-add")).env("SSH_AUTH_SOCK", agent.socket());
    run.args(["-q", "-H", text(&known)]).args(hosts).arg(key).run().expect(0);
    fs::remove_file(key).unwrap();
}

/// Issue: sshk offered all five, and the server hung up before the right one.
#[test]
fn keys_for_other_hosts_are_not_offered() {
    let (site, agent) = (Site::new(Sshd::builder().line("MaxAuthTries 2").start()), Agent::start());
    let elsewhere = site.home.key("ed25519", "elsewhere");
    site.home.know(&format!("elsewhere {}", public(&elsewhere)));
    let here = format!("[127.0.0.1]:{}", site.sshd.port());
    for name in ["a", "b", "c", "d"] {
        add(&site.home, &agent, &site.home.key("ed25519", name), &["elsewhere".into()]);
    }
    let key = site.home.key("ed25519", "right");
    site.sshd.authorize(&public(&key));
    add(&site.home, &agent, &key, &[here]);
    let run = || site.connect(&[]).env("SSH_AUTH_SOCK", agent.socket()).run();
    let said = run().expect(0);
    assert_eq!((said.out(), said.err()), ("in\n", ""));
    assert!(!site.sshd.log().contains("Failed publickey"), "{}", site.sshd.log());
    // If none of them may be used here, none is shown, and the message says why.
    Run::new(program("ssh-add"))
        .env("SSH_AUTH_SOCK", agent.socket())
        .args(["-q", "-d"])
        .arg(key.with_extension("pub"))
        .run()
        .expect(0);
    let said = run().expect(255).err().to_owned();
    assert_eq!(said.matches("(the agent holds it for other hosts only)").count(), 4, "{said}");
    assert!(said.contains("permission denied; tried publickey test@house ("), "{said}");
    let file = site.home.ssh().join("a.pub");
    let one = site.test(&["-i", text(&file)]).env("SSH_AUTH_SOCK", agent.socket()).run().expect(1);
    assert!(one.err().contains(" was not offered: the agent holds it for other hosts only\n"));
    assert!(!site.sshd.log().contains("Failed publickey"), "{}", site.sshd.log());
}

/// An encrypted key file is used without the agent then, as by ssh.
#[test]
fn a_key_for_other_hosts_is_unlocked_from_its_file() {
    let (site, agent) = (Site::plain(), Agent::start());
    let elsewhere = site.home.key("ed25519", "elsewhere");
    site.home.know(&format!("elsewhere {}", public(&elsewhere)));
    let key = site.home.key("ed25519", "id");
    site.sshd.authorize(&public(&key));
    let copy = site.home.ssh().join("copy");
    fs::copy(&key, &copy).unwrap();
    add(&site.home, &agent, &copy, &["elsewhere".into()]);
    Run::new(program("ssh-keygen"))
        .args(["-q", "-p", "-N", "secret", "-f"])
        .arg(&key)
        .run()
        .expect(0);
    let run = site.connect(&["-i", text(&key)]).env("SSH_AUTH_SOCK", agent.socket());
    // An agent that could sign would make the question unnecessary.
    let mut terminal = Terminal::start(run);
    terminal.expect("passphrase", SOON);
    terminal.send("secret\n");
    terminal.expect("in\r\n", SOON);
    assert_eq!(terminal.wait(SOON), 0);
}

/// ssh forwards the agent to the first host, where sshk logs in to the second. The agent then signs
/// only requests that name the second host's key (publickey-hostbound-v00@openssh.com).
#[test]
fn a_key_travels_through_a_forwarded_agent_as_far_as_it_may() {
    let (first, agent) = (Site::plain(), Agent::start());
    let second = Sshd::builder().fresh_host_keys().start();
    let other = Sshd::builder().fresh_host_keys().start();
    let known = second.known_hosts() + &other.known_hosts();
    first.home.know(&known);
    let key = first.home.key("ed25519", "bound");
    for sshd in [&first.sshd, &second, &other] {
        sshd.authorize(&public(&key));
    }
    let name = |sshd: &Sshd| format!("[127.0.0.1]:{}", sshd.port());
    let way = format!("{}>{}", name(&first.sshd), name(&second));
    add(&first.home, &agent, &key, &[name(&first.sshd), way]);
    let file = first.home.join("second-known");
    fs::write(&file, &known).unwrap();
    let run = |to: &Sshd| {
        let there = format!(
            "{} connect -F none -o BatchMode=yes -o UserKnownHostsFile={} ssh://{}@127.0.0.1:{} echo in",
            env!("CARGO_BIN_EXE_sshk"),
            file.display(),
            to.user(),
            to.port()
        );
        let ssh = Ssh::through_agent(
            &agent.socket(),
            first.sshd.user(),
            first.sshd.port(),
            &first.home.join(".ssh/known_hosts"),
        );
        ssh.key(&key.with_extension("pub")).option("ForwardAgent=yes").command(&there).run()
    };
    let said = run(&second);
    assert_eq!((said.out(), said.code()), ("in\n", 0), "{}", said.err());
    assert!(second.log().contains("publickey"), "{}", second.log());
    let said = run(&other);
    assert_ne!(said.code(), 0);
    assert!(said.err().contains("the agent holds it for other hosts only"), "{}", said.err());
}
