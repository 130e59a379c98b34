//! More keys than a connection has room for: the right one is found wherever ssh finds it, and what
//! was not tried is named.

use std::path::PathBuf;

use crate::keys::{fingerprint, public};
use crate::log_in::{Site, text};
use crate::support::{Agent, Run, SOON, Sshd, Terminal, program};

/// A server for which the last of five keys is authorized.
fn five_keys(lines: &[&str]) -> (Site, Vec<PathBuf>) {
    let sshd = lines.iter().fold(Sshd::builder(), |sshd, line| sshd.line(line)).start();
    let site = Site::new(sshd);
    let keys: Vec<_> =
        (1..=5).map(|number| site.home.key("ed25519", &format!("key{number}"))).collect();
    site.sshd.authorize(&public(&keys[4]));
    (site, keys)
}

fn connect(site: &Site, options: &[&str]) -> Run {
    let run = site.home.sshk(["connect", "-F", "none"]).args(options);
    run.arg(site.destination()).arg("echo in").env("NO_COLOR", "1")
}

fn named(keys: &[PathBuf]) -> Vec<String> {
    let option = |key: &PathBuf| ["-o".to_owned(), format!("IdentityFile={}", key.display())];
    keys.iter().flat_map(option).chain(["-o".into(), "IdentitiesOnly=yes".into()]).collect()
}

fn connections(site: &Site) -> usize {
    site.sshd.log().matches("Connection from 127.0.0.1").count()
}

const NO_PASSWORD: [&[&str]; 3] = [
    &["-o", "BatchMode=yes"],
    &["-o", "PasswordAuthentication=no", "-o", "KbdInteractiveAuthentication=no"],
    // There is no terminal to ask for one.
    &[],
];

#[test]
fn the_fifth_identity_file_logs_in_on_one_connection_if_no_password_can_follow() {
    for options in NO_PASSWORD {
        let (site, keys) = five_keys(&[]);
        let said = connect(&site, options).args::<&str>([]).run();
        assert_ne!(said.code(), 0, "without the keys: {}", said.err());
        let before = connections(&site);
        let keys = named(&keys);
        let options: Vec<&str> =
            options.iter().copied().chain(keys.iter().map(String::as_str)).collect();
        let said = connect(&site, &options).run().expect(0);
        assert_eq!((said.out(), said.err()), ("in\n", ""), "{options:?}");
        assert_eq!(connections(&site) - before, 1, "{options:?}");
    }
}

#[test]
fn the_fifth_key_of_an_agent_logs_in_and_no_password_is_asked_for() {
    let (site, keys) = five_keys(&["PasswordAuthentication yes"]);
    let agent = Agent::start();
    for key in &keys {
        agent.add(key);
        std::fs::remove_file(key).unwrap();
    }
    let run = connect(&site, &[]).env("SSH_AUTH_SOCK", agent.socket());
    let mut terminal = Terminal::start(run);
    terminal.expect("in\r\n", SOON);
    assert_eq!(terminal.wait(SOON), 0);
    assert!(!terminal.screen().contains("assword"), "{}", terminal.screen());
    // Four on the first connection, which leaves room for a password.
    assert_eq!(connections(&site), 2, "{}", site.sshd.log());
    let said = connect(&site, &["-o", "BatchMode=yes"])
        .env("SSH_AUTH_SOCK", agent.socket())
        .run()
        .expect(0);
    assert_eq!((said.out(), said.err()), ("in\n", ""));
    assert_eq!(connections(&site), 3, "{}", site.sshd.log());
}

#[test]
fn a_server_that_allows_more_tries_gets_more_keys() {
    let sshd = Sshd::builder().line("MaxAuthTries 20").start();
    let site = Site::new(sshd);
    let keys: Vec<_> =
        (1..=9).map(|number| site.home.key("ed25519", &format!("key{number}"))).collect();
    site.sshd.authorize(&public(&keys[8]));
    let options = named(&keys);
    let options: Vec<&str> =
        ["-o", "BatchMode=yes"].into_iter().chain(options.iter().map(String::as_str)).collect();
    assert_eq!(connect(&site, &options).run().expect(0).out(), "in\n");
    assert_eq!(connections(&site), 1, "{}", site.sshd.log());
}

#[test]
fn keys_that_were_not_tried_are_named_with_the_option_that_tries_one() {
    let (site, keys) = five_keys(&["MaxAuthTries 2"]);
    let options = named(&keys);
    let options: Vec<&str> =
        ["-o", "BatchMode=yes"].into_iter().chain(options.iter().map(String::as_str)).collect();
    let said = connect(&site, &options).run().expect(255);
    let [one, two, three, four, five] = [0, 1, 2, 3, 4].map(|at| text(&keys[at]));
    let tried = [one, two, three, four].map(|key| format!("publickey {key}")).join(", ");
    let hint = format!("-o IdentityFile={five} -o IdentitiesOnly=yes");
    assert_eq!(
        said.err(),
        format!(
            "sshk: error: {}: too many authentication failures; tried {tried}; not tried: \
            publickey {five}\n\
             sshk: hint: try the next key with {hint}\n",
            site.destination()
        )
    );
    let hint: Vec<&str> = hint.split(' ').collect();
    assert_eq!(connect(&site, &hint).run().expect(0).out(), "in\n");
}

#[test]
fn keys_that_were_not_tried_are_named_before_a_password_is_asked_for() {
    let (site, keys) = five_keys(&["MaxAuthTries 2"]);
    let options = named(&keys);
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    let mut terminal = Terminal::start(connect(&site, &options));
    terminal.expect("not tried: publickey ", SOON);
    terminal.expect(text(&keys[4]), SOON);
    terminal.expect("@127.0.0.1's password: ", SOON);
    terminal.send_ctrl_c();
    assert_eq!(terminal.wait(SOON), 130);
}

#[test]
fn two_keys_of_an_agent_with_one_comment_are_both_named() {
    let (site, keys) = five_keys(&[]);
    let agent = Agent::start();
    keys[..2].iter().for_each(|key| agent.add(key));
    let said = connect(&site, &["-o", "BatchMode=yes", "-o", "IdentityFile=none"])
        .env("SSH_AUTH_SOCK", agent.socket())
        .run()
        .expect(255);
    let names = [0, 1].map(|at| format!("publickey test@house ({})", fingerprint(&keys[at])));
    assert!(said.err().contains(&format!("tried {}; ", names.join(", "))), "{}", said.err());
}

/// `ssh-add -c` without a program that could ask: the agent answers with a failure.
#[test]
fn an_agent_that_refuses_to_sign_is_named_and_the_next_key_is_tried() {
    let (site, keys) = five_keys(&[]);
    let agent = Agent::start();
    let add = Run::new(program("ssh-add")).env("SSH_AUTH_SOCK", agent.socket());
    add.args(["-q", "-c"]).arg(&keys[4]).run().expect(0);
    std::fs::remove_file(&keys[4]).unwrap();
    let run = || {
        let only = ["-o", "BatchMode=yes"];
        connect(&site, &only).env("SSH_AUTH_SOCK", agent.socket())
    };
    let said = run().run().expect(255);
    let note = format!(
        "{}: test@house: the agent at {:?} failed: it refused to sign\n",
        site.destination(),
        agent.socket()
    );
    assert!(said.err().starts_with(&note), "{}", said.err());
    assert!(
        said.err().contains("permission denied; tried publickey test@house (could not sign); "),
        "{}",
        said.err()
    );
    site.sshd.authorize(&[public(&keys[4]), public(&keys[0])].concat());
    let said = run().args::<&str>([]).run();
    assert_eq!(said.code(), 255);
    agent.add(&keys[0]);
    let said = run().run().expect(0);
    assert_eq!((said.out(), said.err()), ("in\n", note.as_str()));
}
