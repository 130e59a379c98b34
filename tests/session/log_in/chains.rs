//! Servers that require several proofs in a row (`AuthenticationMethods`).

use std::fs;
use std::path::PathBuf;

use crate::keys::fingerprint;
use crate::log_in::text;
use crate::site::OnAccount;
use crate::support::{Run, SOON, Sshd, Terminal, root_only};

/// An account with a password and two keys, on a server that requires `methods`.
fn requiring(methods: &str) -> OnAccount {
    let sshd = Sshd::for_accounts().pam().line(&format!("AuthenticationMethods {methods}"));
    OnAccount::new(sshd.start(), "/bin/bash", &["ed25519", "rsa"])
}

fn sshk(site: &OnAccount, command: &str) -> Run {
    site.home.sshk([command, "-F", "none", "-o", "IdentitiesOnly=yes"]).env("NO_COLOR", "1")
}

fn connect(site: &OnAccount, keys: &[&PathBuf]) -> Run {
    let named =
        keys.iter().flat_map(|key| ["-o".to_owned(), format!("IdentityFile={}", key.display())]);
    sshk(site, "connect").args(named).args([&site.destination(), "echo in"])
}

#[test]
fn a_key_and_then_a_password_or_the_other_way_round() {
    root_only!("a_key_and_then_a_password_or_the_other_way_round");
    for methods in [
        "publickey,password",
        "publickey,keyboard-interactive",
        "publickey,keyboard-interactive:pam",
        "keyboard-interactive:pam,publickey",
        "password,publickey",
        "publickey,password publickey,keyboard-interactive:pam",
        "password,keyboard-interactive:pam,publickey",
    ] {
        let site = requiring(methods);
        let said = connect(&site, &[&site.keys[0]])
            .env("SSHK_PASSWORD", site.account.password())
            .run()
            .expect(0);
        assert_eq!((said.out(), said.err()), ("in\n", ""), "{methods}");
        assert_eq!(
            site.sshd.log().matches("Connection from 127.0.0.1").count(),
            1,
            "{methods}: {}",
            site.sshd.log()
        );
        assert!(!site.sshd.log().contains("Failed "), "{methods}: {}", site.sshd.log());
    }
}

#[test]
fn two_different_keys() {
    root_only!("two_different_keys");
    let site = requiring("publickey,publickey");
    let said = connect(&site, &[&site.keys[0], &site.keys[1]]).run().expect(0);
    assert_eq!((said.out(), said.err()), ("in\n", ""));
    // The same key twice counts as one proof.
    let said = connect(&site, &[&site.keys[0], &site.keys[0]]).run().expect(255);
    let denied = format!(
        "permission denied; tried publickey {}; it accepts publickey\n",
        site.keys[0].display()
    );
    assert!(said.err().contains(&denied), "{}", said.err());
}

#[test]
fn the_second_proof_is_asked_for_on_the_terminal() {
    root_only!("the_second_proof_is_asked_for_on_the_terminal");
    let site = requiring("publickey,keyboard-interactive:pam");
    let mut terminal = Terminal::start(connect(&site, &[&site.keys[1]]));
    terminal.expect(&format!("{}@127.0.0.1's password: ", site.account.name()), SOON);
    terminal.expect_echo(false, SOON);
    terminal.send(&format!("{}\n", site.account.password()));
    terminal.expect("\r\nin\r\n", SOON);
    assert_eq!(terminal.wait(SOON), 0);
}

#[test]
fn a_missing_proof_is_named() {
    root_only!("a_missing_proof_is_named");
    let site = requiring("publickey,password");
    let said = connect(&site, &[&site.keys[0]]).env("SSHK_PASSWORD", "wrong").run().expect(255);
    let denied = format!(
        "permission denied; tried publickey {}, password; it accepts password\n",
        site.keys[0].display()
    );
    assert!(said.err().contains(&denied), "{}", said.err());
    let site = requiring("password,publickey");
    fs::write(site.account.authorized_keys(), "").unwrap();
    let said = connect(&site, &[&site.keys[0]])
        .env("SSHK_PASSWORD", site.account.password())
        .run()
        .expect(255);
    let denied = format!(
        "permission denied; tried password, publickey {}; it accepts publickey\n",
        site.keys[0].display()
    );
    assert!(said.err().contains(&denied), "{}", said.err());
}

#[test]
fn test_reports_what_one_key_among_several_proofs_does() {
    root_only!("test_reports_what_one_key_among_several_proofs_does");
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
        let site = requiring(methods);
        let said = sshk(&site, "test")
            .args(["-i", text(&site.keys[0]), &site.destination()])
            .run()
            .expect(1);
        let message = message.replace("{}", &fingerprint(&site.keys[0]));
        assert_eq!(
            said.err(),
            format!(
                "sshk: error: {}: \
            {message}",
                site.destination()
            ),
            "{methods}"
        );
    }
}
