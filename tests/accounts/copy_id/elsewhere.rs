//! A key that the server accepts from elsewhere: a login then proves nothing of a line.

use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::support::root_only;

/// An account whose key AuthorizedKeysCommand serves, as LDAP or SSSD would.
struct Served {
    place: Place,
    _folder: tempfile::TempDir,
}

fn served(lines: &[&str]) -> Served {
    // sshd wants every directory above the command to be root's alone.
    let folder = tempfile::Builder::new().prefix("sshk-command-").tempdir_in("/run").unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let script = folder.path().join("keys");
    let sshd = lines.iter().fold(Sshd::for_accounts(), |sshd, line| sshd.line(line));
    let sshd = sshd
        .line(&format!("AuthorizedKeysCommand {}", script.display()))
        .line("AuthorizedKeysCommandUser nobody")
        .start();
    let place = Place::new(Account::new("/bin/bash"), sshd);
    let key = place.public();
    fs::write(&script, format!("#!/bin/sh\necho '{}'\n", key.trim_end())).unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    Served { place, _folder: folder }
}

const ELSEWHERE: &str =
    "the key logs in already, not from a file sshk can see; nothing was written";

#[test]
fn a_key_that_logs_in_from_elsewhere_is_not_written_unless_forced() {
    root_only!("a_key_that_logs_in_from_elsewhere_is_not_written_unless_forced");
    let Served { place, _folder } = served(&[]);
    let to = place.destination();
    let said = place.copy_id::<&str>([]).run().expect(0);
    assert_eq!(said.err(), format!("{to}: {ELSEWHERE}; verified by this login\n"));
    let said = place.copy_id(["-n", "--json"]).run().expect(0);
    assert!(said.out().contains(r#""status":"elsewhere""#), "{}", said.out());
    assert!(!place.account.authorized_keys().exists());
    let said = place.copy_id(["-f"]).run().expect(0);
    assert_eq!(
        said.err(),
        format!(
            "{to}: installed in ~/.ssh/authorized_keys; the server accepted the key before, so a \
            login does not show whether it reads this line\n"
        )
    );
    assert_eq!(place.remote(), place.public());
    let said = place.copy_id::<&str>([]).run().expect(0);
    let words = ": already present, line 1 of ~/.ssh/authorized_keys; verified by this login\n";
    assert!(said.err().ends_with(words), "{}", said.err());
}

#[test]
fn a_login_does_not_prove_a_line_in_a_file_that_the_server_ignores() {
    root_only!("a_login_does_not_prove_a_line_in_a_file_that_the_server_ignores");
    let Served { place, _folder } = served(&[]);
    fs::set_permissions(place.account.home(), fs::Permissions::from_mode(0o777)).unwrap();
    let said = place.copy_id::<&str>([]).run().expect(0);
    assert!(said.err().contains(ELSEWHERE), "{}", said.err());
    assert!(!place.account.authorized_keys().exists());
    let why = "\"~\" is writable by everyone (mode 0777), so servers ignore the file";
    let said = place.copy_id(["-f"]).run().expect(0);
    let words = format!("the server accepted the key before, but not by this line: {why}\n");
    assert!(said.err().ends_with(&words), "{}", said.err());
    let said = place.copy_id::<&str>([]).run().expect(0);
    let words = format!("the key logs in already, not from ~/.ssh/authorized_keys: {why}; nothing");
    assert!(said.err().contains(&words), "{}", said.err());
}

#[test]
fn without_an_authorized_keys_file_a_key_that_logs_in_is_no_failure() {
    root_only!("without_an_authorized_keys_file_a_key_that_logs_in_is_no_failure");
    let Served { place, _folder } = served(&["AuthorizedKeysFile none"]);
    for options in [&[][..], &["-f"]] {
        let said = place.copy_id(options).run().expect(0);
        assert!(said.err().contains(ELSEWHERE), "{}", said.err());
    }
}

#[test]
fn a_public_key_alone_that_is_accepted_from_elsewhere_is_not_written() {
    root_only!("a_public_key_alone_that_is_accepted_from_elsewhere_is_not_written");
    let Served { place, _folder } = served(&[]);
    fs::remove_file(&place.key).unwrap();
    let said = place.copy_id::<&str>([]).run().expect(0);
    assert!(said.err().contains(ELSEWHERE), "{}", said.err());
    assert!(!place.account.authorized_keys().exists());
}
