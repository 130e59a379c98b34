//! Servers that want several proofs in a row (`AuthenticationMethods`).

use std::fs;
use std::path::PathBuf;

use crate::log_in::{SOON, fingerprint, public, text};
use crate::support::{Account, Home, Run, Sshd, Terminal, root_only};

/// An account with a password and two keys, on a server that wants `methods`.
struct Place {
    home: Home,
    sshd: Sshd,
    account: Account,
    keys: [PathBuf; 2],
}

impl Place {
    fn new(methods: &str) -> Self {
        let sshd =
            Sshd::for_accounts().pam().line(&format!("AuthenticationMethods {methods}")).start();
        let (home, account) = (Home::new(), Account::new("/bin/bash"));
        let keys = [home.key("ed25519", "one"), home.key("rsa", "two")];
        account.authorize(&(public(&keys[0]) + &public(&keys[1])));
        home.know(&sshd.known_hosts());
        Self { home, sshd, account, keys }
    }

    fn destination(&self) -> String {
        format!("ssh://{}@127.0.0.1:{}", self.account.name(), self.sshd.port())
    }

    fn sshk(&self, command: &str) -> Run {
        self.home.sshk([command, "-F", "none", "-o", "IdentitiesOnly=yes"]).env("NO_COLOR", "1")
    }

    fn connect(&self, keys: &[&PathBuf]) -> Run {
        let named = keys
            .iter()
            .flat_map(|key| ["-o".to_owned(), format!("IdentityFile={}", key.display())]);
        self.sshk("connect").args(named).args([&self.destination(), "echo in"])
    }
}

#[test]
fn a_key_and_then_what_a_person_knows_or_the_other_way_round() {
    root_only!("a_key_and_then_what_a_person_knows_or_the_other_way_round");
    for methods in [
        "publickey,password",
        "publickey,keyboard-interactive",
        "publickey,keyboard-interactive:pam",
        "keyboard-interactive:pam,publickey",
        "password,publickey",
        "publickey,password publickey,keyboard-interactive:pam",
        "password,keyboard-interactive:pam,publickey",
    ] {
        let place = Place::new(methods);
        let said = place
            .connect(&[&place.keys[0]])
            .env("SSHK_PASSWORD", place.account.password())
            .run()
            .expect(0);
        assert_eq!((said.out(), said.err()), ("in\n", ""), "{methods}");
        assert_eq!(
            place.sshd.log().matches("Connection from 127.0.0.1").count(),
            1,
            "{methods}: {}",
            place.sshd.log()
        );
        assert!(!place.sshd.log().contains("Failed "), "{methods}: {}", place.sshd.log());
    }
}

#[test]
fn two_different_keys() {
    root_only!("two_different_keys");
    let place = Place::new("publickey,publickey");
    let said = place.connect(&[&place.keys[0], &place.keys[1]]).run().expect(0);
    assert_eq!((said.out(), said.err()), ("in\n", ""));
    // The same key twice is one proof.
    let said = place.connect(&[&place.keys[0], &place.keys[0]]).run().expect(255);
    let denied = format!(
        "permission denied; tried publickey {}; it accepts publickey\n",
        place.keys[0].display()
    );
    assert!(said.err().contains(&denied), "{}", said.err());
}

#[test]
fn the_second_proof_is_asked_for_on_the_terminal() {
    root_only!("the_second_proof_is_asked_for_on_the_terminal");
    let place = Place::new("publickey,keyboard-interactive:pam");
    let mut terminal = Terminal::start(place.connect(&[&place.keys[1]]));
    terminal.expect(&format!("{}@127.0.0.1's password: ", place.account.name()), SOON);
    terminal.expect_echo(false, SOON);
    terminal.send(&format!("{}\n", place.account.password()));
    terminal.expect("\r\nin\r\n", SOON);
    assert_eq!(terminal.wait(SOON), 0);
}

#[test]
fn a_proof_that_is_missing_is_named() {
    root_only!("a_proof_that_is_missing_is_named");
    let place = Place::new("publickey,password");
    let said = place.connect(&[&place.keys[0]]).env("SSHK_PASSWORD", "wrong").run().expect(255);
    let denied = format!(
        "permission denied; tried publickey {}, password; it accepts password\n",
        place.keys[0].display()
    );
    assert!(said.err().contains(&denied), "{}", said.err());
    let place = Place::new("password,publickey");
    fs::write(place.account.authorized_keys(), "").unwrap();
    let said = place
        .connect(&[&place.keys[0]])
        .env("SSHK_PASSWORD", place.account.password())
        .run()
        .expect(255);
    let denied = format!(
        "permission denied; tried password, publickey {}; it accepts publickey\n",
        place.keys[0].display()
    );
    assert!(said.err().contains(&denied), "{}", said.err());
}

#[test]
fn test_says_what_is_true_of_one_key_among_several_proofs() {
    root_only!("test_says_what_is_true_of_one_key_among_several_proofs");
    for (methods, message) in [
        (
            "publickey,publickey",
            "the key was accepted, but the server also requires publickey\n".to_owned(),
        ),
        (
            "publickey,keyboard-interactive:pam",
            "the key was accepted, but the server also requires keyboard-interactive\n".to_owned(),
        ),
        (
            "keyboard-interactive:pam,publickey",
            "the server rejected the key {}; it accepts keyboard-interactive\n\
             sshk: hint: the server accepts no keys for this account, or not as the first \
            method: ask its administrator \
             (PubkeyAuthentication, AuthenticationMethods)\n"
                .to_owned(),
        ),
    ] {
        let place = Place::new(methods);
        let said = place
            .sshk("test")
            .args(["-i", text(&place.keys[0]), &place.destination()])
            .run()
            .expect(1);
        let message = message.replace("{}", &fingerprint(&place.keys[0]));
        assert_eq!(
            said.err(),
            format!(
                "sshk: error: {}: \
            {message}",
                place.destination()
            ),
            "{methods}"
        );
    }
}
