//! What revoke refuses to do, and what it says when something is in the way.

use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::support::oracle::ssh_keygen;
use crate::support::{SOON, Terminal};

fn failure(place: &Place, message: &str, hint: &str) -> String {
    format!("sshk: error: {}: {message}\nsshk: hint: {hint}\n", place.to())
}

#[test]
fn a_dry_run_shows_the_lines_and_changes_nothing() {
    root_only!("a_dry_run_shows_the_lines_and_changes_nothing");
    let place = Place::sshd();
    let before = format!("{}restrict {}", place.other_line(), place.line());
    place.holds(&before);
    let (said, to) = (place.revoke(["-n"]).run().expect(0), place.to());
    assert_eq!(
        said.err(),
        format!(
            "{to}: ~/.ssh/authorized_keys:2: restrict {}\n{to}: would be revoked, line 2 of \
            ~/.ssh/authorized_keys; nothing was changed\n",
            place.line().trim_end()
        )
    );
    assert_eq!(String::from_utf8(place.remote()).unwrap(), before);
}

#[test]
fn the_key_that_logged_in_stays_unless_forced() {
    root_only!("the_key_that_logged_in_stays_unless_forced");
    let place = Place::sshd();
    place.holds(format!("{}{}", place.line(), place.other_line()));
    let said = place.without_password::<&str>([]).run().expect(1);
    assert_eq!(
        said.err(),
        failure(
            &place,
            "this login was made with the key itself, and no other login succeeded; nothing was \
            written",
            "install another key first with sshk copy-id, or add --force"
        )
    );
    assert!(place.gets_in(&place.key));
    let said = place.without_password(["--force"]).run().expect(0);
    assert!(said.err().ends_with("; the server now rejects it\n"), "{}", said.err());
    assert!(!place.gets_in(&place.key));
}

#[test]
fn the_passphrase_is_asked_for_if_the_encrypted_key_is_the_only_way_in() {
    root_only!("the_passphrase_is_asked_for_if_the_encrypted_key_is_the_only_way_in");
    let place = Place::sshd();
    place.holds(format!("{}{}", place.line(), place.other_line()));
    let encrypt = ["-q", "-p", "-P", "", "-N", "hush-hush", "-f"];
    ssh_keygen(encrypt).arg(&place.key).run().expect(0);
    let keys_only = ["-o", "PasswordAuthentication=no", "-o", "KbdInteractiveAuthentication=no"];
    let said = place.without_password(keys_only).run().expect(1);
    assert_eq!(
        said.err(),
        failure(
            &place,
            &format!(
                "the passphrase of \"{}\" is needed, and there is no terminal to ask on",
                place.key.display()
            ),
            "give it with --passphrase-file or in SSHK_PASSPHRASE, or load the key with \
            ssh-add"
        )
    );
    let mut terminal = Terminal::start(place.without_password(keys_only).arg("--force"));
    terminal.expect("Enter passphrase for key ", SOON);
    terminal.send("hush-hush\n");
    terminal.expect("; the server now rejects it\r\n", SOON);
    assert_eq!(terminal.wait(SOON), 0);
    assert!(!place.gets_in(&place.key));
}

#[test]
fn the_only_key_stays_unless_forced() {
    root_only!("the_only_key_stays_unless_forced");
    let place = Place::sshd();
    let before = format!("# nobody else\n{}", place.line());
    place.holds(&before);
    let said = place.revoke::<&str>([]).run().expect(1);
    assert_eq!(
        said.err(),
        failure(
            &place,
            "it is the only key that can log in to this account; nothing was written",
            "install another key first with sshk copy-id, or add --force if a password is enough"
        )
    );
    assert_eq!(String::from_utf8(place.remote()).unwrap(), before);
    place.revoke(["--force"]).run().expect(0);
    assert!(!place.gets_in(&place.key));
}

#[test]
fn the_callers_only_key_stays_unless_forced() {
    root_only!("the_callers_only_key_stays_unless_forced");
    let place = Place::sshd();
    let before = format!("{}{}", place.other_line(), place.line());
    place.holds(&before);
    // The password logs in, and no key but this one would.
    let said = place.with_password::<&str>([]).run().expect(1);
    assert_eq!(
        said.err(),
        failure(
            &place,
            "it is the only key of yours that can log in to this account; nothing was written",
            "install another key first with sshk copy-id, or add --force if a password is enough"
        )
    );
    assert_eq!(String::from_utf8(place.remote()).unwrap(), before);
    // Without its private key it may be someone else's.
    let public = place.home.join("public.pub");
    fs::write(&public, place.line()).unwrap();
    let run = place
        .home
        .sshk(["revoke", "-i"])
        .arg(&public)
        .arg(place.to())
        .env("SSHK_PASSWORD", place.account.password());
    run.run().expect(0);
    assert!(!place.gets_in(&place.key));
}

#[test]
fn a_key_that_the_server_accepts_from_another_source_is_reported() {
    root_only!("a_key_that_the_server_accepts_from_another_source_is_reported");
    // sshd wants every directory above the command to be root's alone.
    let keys = tempfile::Builder::new().prefix("sshk-command-").tempdir_in("/run").unwrap();
    fs::set_permissions(keys.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let script = keys.path().join("keys");
    let command = format!("AuthorizedKeysCommand {}", script.display());
    let sshd = Sshd::for_accounts().line(&command).line("AuthorizedKeysCommandUser nobody").start();
    let place = Place::new("/bin/bash", Server::Sshd(sshd));
    fs::write(&script, format!("#!/bin/sh\necho '{}'\n", place.line().trim_end())).unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    let hint = "ask the server's administrator about other files of AuthorizedKeysFile, \
        AuthorizedKeysCommand, or a second account with that name";
    place.holds(place.other_line());
    let said = place.revoke::<&str>([]).run().expect(1);
    let message = "the key is in no file, but the server still accepts it, perhaps from another \
        source";
    assert_eq!(said.err(), failure(&place, message, hint));
    place.holds(format!("{}{}", place.other_line(), place.line()));
    let said = place.revoke::<&str>([]).run().expect(1);
    let message = "the key was disabled in its files, but the server still accepts it, perhaps \
        from another source";
    assert_eq!(said.err(), failure(&place, message, hint));
    assert_eq!(
        String::from_utf8(place.remote()).unwrap(),
        format!("{}{}", place.other_line(), disabled(&place.line()))
    );
}

#[test]
fn a_file_that_may_not_be_written_is_named_and_left_alone() {
    root_only!("a_file_that_may_not_be_written_is_named_and_left_alone");
    let place = Place::sshd();
    let before = format!("{}{}", place.other_line(), place.line());
    place.holds(&before);
    let file = place.account.authorized_keys();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o400)).unwrap();
    let said = place.revoke::<&str>([]).run().expect(1);
    assert_eq!(
        said.err(),
        failure(
            &place,
            "\"~/.ssh/authorized_keys\" on the server cannot be written by this account; nothing \
            was written",
            "check owner and permissions on the server: ls -ld ~ ~/.ssh ~/.ssh/authorized_keys"
        )
    );
    assert_eq!(String::from_utf8(place.remote()).unwrap(), before);
    std::os::unix::fs::chown(&file, Some(0), Some(0)).unwrap();
    let said = place.revoke::<&str>([]).run().expect(1);
    assert!(
        said.err().contains(
            "\"~/.ssh/authorized_keys\" on the server cannot be read by this \
            account; nothing was written"
        ),
        "{}",
        said.err()
    );
}

#[test]
fn the_key_must_be_named() {
    let home = Home::new();
    home.key("ed25519", "id_ed25519");
    let said = home.sshk(["revoke", "web1"]).run().expect(2);
    assert_eq!(
        said.err(),
        "sshk: error: give the key to revoke with -i, exactly once\nsshk: hint: see: sshk revoke \
         --help\n"
    );
}

#[test]
fn json_has_one_line_per_destination() {
    root_only!("json_has_one_line_per_destination");
    let place = Place::sshd();
    place.holds(format!("{}restrict {}", place.other_line(), place.line()));
    let json = |options: &[&str], status| -> serde_json::Value {
        let said = place.revoke(options).arg("--json").run().expect(status);
        assert_eq!(said.out().lines().count(), 1);
        serde_json::from_str(said.out()).unwrap()
    };
    let dry = json(&["-n"], 0);
    assert_eq!(
        (&dry["status"], &dry["verified"]),
        (&"would-revoke".into(), &serde_json::Value::Null)
    );
    let done = json(&["--purge"], 0);
    assert_eq!((&done["status"], &done["verified"]), (&"revoked".into(), &"refused".into()));
    let line = serde_json::json!({ "file": "~/.ssh/authorized_keys", "line": 2,
        "in_force": true, "part_of_line": false });
    assert_eq!(done["lines"], serde_json::json!([line]));
    assert_eq!(
        done["purged"],
        serde_json::json!([{ "file": "~/.ssh/authorized_keys", "line": 2 }])
    );
    assert_eq!(json(&[], 0)["status"], "absent");
    place.holds(place.line());
    assert_eq!(json(&[], 1)["error"]["kind"], "last-key");
}
