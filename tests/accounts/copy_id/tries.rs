//! Servers that count tries: the password is always tried, however many keys there are.

use super::*;
use crate::support::{Account, Agent, Sshd, root_only};

/// An account whose server allows this many tries, and an agent with five keys that the server does
/// not know.
fn place(tries: u32) -> (Place, Agent) {
    let sshd = Sshd::for_accounts().pam().line(&format!("MaxAuthTries {tries}")).start();
    let (place, agent) = (Place::new(Account::new("/bin/bash"), sshd), Agent::start());
    for number in 0..5 {
        agent.add(&place.home.key("ed25519", &format!("stranger{number}")));
    }
    (place, agent)
}

#[test]
fn with_five_unknown_keys_the_password_is_still_tried() {
    root_only!("with_five_unknown_keys_the_password_is_still_tried");
    for tries in [1, 2, 3, 6] {
        let (place, agent) = place(tries);
        let said = place.copy_own_id().env("SSH_AUTH_SOCK", agent.socket()).run().expect(0);
        assert_eq!(said.err(), installed(&place.destination()), "{tries} tries");
        assert_eq!(place.remote(), place.public());
        // Two connections are for the keys, and the second one installs if it leaves room for a
        // password; the last one verifies.
        let connections = place.sshd.log().matches("Connection from 127.0.0.1").count();
        assert_eq!(
            connections,
            if tries < 5 { 4 } else { 3 },
            "{tries} tries: {}",
            place.sshd.log()
        );
    }
}

#[test]
fn a_public_key_alone_is_verified_with_a_single_allowed_try() {
    root_only!("a_public_key_alone_is_verified_with_a_single_allowed_try");
    let (place, agent) = place(1);
    fs::remove_file(&place.key).unwrap();
    let said = place.copy_own_id().env("SSH_AUTH_SOCK", agent.socket()).run().expect(0);
    assert_eq!(
        said.err(),
        format!(
            "{}: installed in ~/.ssh/authorized_keys; the server says that it accepts the key \
                (there is no private key here to log in with)\n",
            place.destination()
        )
    );
}

#[test]
fn a_method_without_questions_does_not_use_up_the_one_try() {
    root_only!("a_method_without_questions_does_not_use_up_the_one_try");
    for tries in [1, 2] {
        // Without PAM sshd still offers keyboard-interactive, but rejects it at once.
        let line = format!("MaxAuthTries {tries}");
        let sshd = Sshd::for_accounts()
            .line("UsePAM no")
            .line("KbdInteractiveAuthentication yes")
            .line(&line)
            .start();
        let (place, agent) = (Place::new(Account::new("/bin/bash"), sshd), Agent::start());
        agent.add(&place.home.key("ed25519", "stranger"));
        let said = place.copy_own_id().env("SSH_AUTH_SOCK", agent.socket()).run().expect(0);
        assert_eq!(said.err(), installed(&place.destination()), "{tries} tries");
    }
}

#[test]
fn a_wrong_password_is_tried_once_there_too() {
    root_only!("a_wrong_password_is_tried_once_there_too");
    let (place, agent) = place(2);
    let said = place
        .copy_own_id()
        .env("SSHK_PASSWORD", "wrong")
        .env("SSH_AUTH_SOCK", agent.socket())
        .run()
        .expect(1);
    for part in [
        &format!("sshk: error: {}: permission denied; tried publickey ", place.destination()),
        ", keyboard-interactive; not tried: publickey test@house (SHA256:",
        "; it accepts publickey, password, keyboard-interactive\n",
    ] {
        assert!(said.err().contains(part), "{part}: {}", said.err());
    }
    // sshd may log it only after it has answered.
    place.sshd.wait_for_log("Failed keyboard-interactive");
    assert_eq!(place.rejected_passwords(), 1, "{}", place.sshd.log());
}

#[test]
fn a_server_that_accepts_only_keys_and_hangs_up_is_reported() {
    root_only!("a_server_that_accepts_only_keys_and_hangs_up_is_reported");
    let sshd = Sshd::for_accounts()
        .line("MaxAuthTries 2")
        .line("PasswordAuthentication no")
        .line("KbdInteractiveAuthentication no")
        .start();
    let (place, agent) = (Place::new(Account::new("/bin/bash"), sshd), Agent::start());
    for number in 0..5 {
        agent.add(&place.home.key("ed25519", &format!("stranger{number}")));
    }
    let said = place.copy_own_id().env("SSH_AUTH_SOCK", agent.socket()).run().expect(1);
    let start = format!(
        "sshk: error: {}: too many authentication failures; tried publickey {}, publickey \
        test@house (SHA256:",
        place.destination(),
        place.key.display()
    );
    assert!(said.err().starts_with(&start), "{}", said.err());
    // Two on each of two connections, and the rest.
    let (tried, untried) = said.err().split_once("; not tried: ").unwrap();
    assert_eq!(tried.matches("publickey test@house (SHA256:").count(), 3, "{}", said.err());
    assert_eq!(untried.matches("publickey test@house (SHA256:").count(), 2, "{}", said.err());
    // The hint, step by step.
    let (_, hint) = untried.split_once("\nsshk: hint: save the next key with ").unwrap();
    let (command, options) = hint.trim_end().split_once(", then offer it with ").unwrap();
    place.home.run("/bin/sh").args(["-c", command]).run().expect(0);
    let next = fs::read_to_string(place.home.join("next-key.pub")).unwrap();
    assert!(agent.keys().lines().any(|line| line == next.trim_end()), "{next}");
    let said = place.copy_id(options.split(' ')).env("SSH_AUTH_SOCK", agent.socket()).run();
    let end = next.split(' ').nth(1).unwrap();
    assert!(said.expect(1).err().contains("publickey next-key.pub"), "{end}");
}
