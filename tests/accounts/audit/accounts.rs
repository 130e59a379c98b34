//! Files that are missing, unreadable, not files, or open to others.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};

use super::*;

const FILE: &str = "  ~/.ssh/authorized_keys\n";

fn row() -> String {
    format!("  ~/.ssh/authorized_keys:1  in-force  ssh-ed25519 256  {FINGERPRINT}  -  x\n")
}

#[test]
fn a_missing_file_is_not_a_finding() {
    root_only!("a_missing_file_is_not_a_finding");
    let place = Place::sshd();
    let said = place.audit(["--strict"]).run().expect(0);
    assert_eq!(
        (said.out(), said.err()),
        (&*format!("{}:\n", place.to()), &*format!("{}: 0 keys in force\n", place.to()))
    );
}

#[test]
fn permissions_that_let_others_write_are_found() {
    root_only!("permissions_that_let_others_write_are_found");
    let place = Place::sshd();
    let file = place.account.authorized_keys();
    place.account.write(".ssh/authorized_keys", format!("{ED25519} x\n"), 0o666);
    let finding = "      finding: \"~/.ssh/authorized_keys\" is writable by everyone (mode \
        0666), so the server ignores the file and all its keys (StrictModes)\n";
    // Not in force beside it.
    let dead = row().replace("in-force", "dead");
    assert_eq!(place.table(), format!("{FILE}{finding}{dead}"));
    assert_eq!(
        (&place.objects()[0]["status"], &place.objects()[0]["findings"][0]["kind"]),
        (&"file".into(), &"bad-permissions".into())
    );
    fs::set_permissions(&file, fs::Permissions::from_mode(0o620)).unwrap();
    let finding = "      finding: \"~/.ssh/authorized_keys\" is writable by its group (mode \
        0620), so by default servers ignore the file and all its keys (StrictModes)\n";
    assert_eq!(place.table(), format!("{FILE}{finding}{}", row()));
    place.audit(["--strict"]).run().expect(1);
}

#[test]
fn without_strict_modes_the_finding_says_what_that_means() {
    root_only!("without_strict_modes_the_finding_says_what_that_means");
    let place =
        Place::new("/bin/bash", Server::Sshd(Sshd::for_accounts().line("StrictModes no").start()));
    place.account.write(".ssh/authorized_keys", format!("{ED25519} x\n"), 0o666);
    let finding = "      finding: \"~/.ssh/authorized_keys\" is writable by everyone (mode \
        0666), and StrictModes is off: anyone who can write there can log in\n";
    assert_eq!(place.table(), format!("{FILE}{finding}{}", row()));
}

#[test]
fn a_file_that_the_account_cannot_read_is_found() {
    root_only!("a_file_that_the_account_cannot_read_is_found");
    let place = Place::sshd();
    place.account.authorize(&format!("{ED25519} x\n"));
    chown(place.account.authorized_keys(), Some(0), Some(0)).unwrap();
    let finding = "      finding: the account cannot read it, so its keys are not known; sshd \
        reads it with the account's permissions\n";
    assert_eq!(place.table(), format!("{FILE}{finding}"));
}

#[test]
fn something_other_than_a_file_is_found() {
    root_only!("something_other_than_a_file_is_found");
    let place = Place::sshd();
    place.account.write(".ssh/authorized_keys/x", "", 0o600);
    assert_eq!(
        place.table(),
        format!("{FILE}      finding: it is a directory, which servers ignore\n")
    );
}

#[test]
fn a_file_that_is_too_large_is_found() {
    root_only!("a_file_that_is_too_large_is_found");
    let place = Place::sshd();
    place.account.authorize("");
    let file = fs::File::options().write(true).open(place.account.authorized_keys()).unwrap();
    file.set_len(17 * 1024 * 1024).unwrap();
    assert_eq!(
        place.table(),
        format!(
            "{FILE}      finding: it is larger than 16 MiB, alone or with the files before it, and was \
             not read\n"
        )
    );
}

#[test]
fn a_large_file_is_read_quickly() {
    root_only!("a_large_file_is_read_quickly");
    let place = Place::sshd();
    let hostile = "ssh-rsassh-rsa ".repeat(60_000);
    let many = format!("{ED25519} x\n").repeat(20_000);
    place.account.authorize(&format!("{ED25519} {hostile}\n{many}"));
    let start = std::time::Instant::now();
    let said = place.audit(["--strict"]).run().expect(1);
    assert!(
        said.err().starts_with(&format!("{}: 20001 keys in force, 20000 findings\n", place.to())),
        "{}",
        said.err()
    );
    let first = format!(
        "  ~/.ssh/authorized_keys:1      in-force  ssh-ed25519 256  {FINGERPRINT}  -  {}…",
        &hostile[..80]
    );
    assert_eq!(said.out().lines().nth(1), Some(&*first));
    assert!(start.elapsed() < crate::support::SOON, "{:?}", start.elapsed());
}
