//! The file that the server really reads, and why a key in it does not log in.

use std::os::unix::fs::{PermissionsExt, chown};

use super::*;
use crate::support::{Finished, root_only};

fn place(lines: &[&str]) -> Place {
    let sshd = lines.iter().fold(Sshd::for_accounts(), |sshd, line| sshd.line(line)).start();
    Place::new(Account::new("/bin/bash"), sshd)
}

/// Where this sshd has its configuration, as messages name it.
fn config(said: &Finished) -> String {
    let start = said.err().find("AuthorizedKeysFile").expect("the setting is named");
    let rest = &said.err()[start..];
    rest[rest.find("/").unwrap()..rest.find(')').unwrap()].to_owned()
}

#[test]
fn the_file_that_authorized_keys_file_names_is_written_and_reported() {
    root_only!("the_file_that_authorized_keys_file_names_is_written_and_reported");
    for (setting, file) in [(".ssh/keys", "~/.ssh/keys"), ("%h/%u.keys", "~/NAME.keys")] {
        let place = place(&[&format!("AuthorizedKeysFile {setting}")]);
        let said = place.copy_id::<&str>([]).run().expect(0);
        let file = file.replace("NAME", place.account.name());
        assert_eq!(
            said.err(),
            format!(
                "{}: installed in {file}, which the server reads instead of the default \
                (AuthorizedKeysFile in {}); \
                 verified by a new login (ssh-ed25519)\n",
                place.destination(),
                config(&said)
            )
        );
        assert_eq!(
            fs::read_to_string(place.account.home().join(&file[2..])).unwrap(),
            place.public()
        );
        assert!(!place.account.authorized_keys().exists());
        place.ssh_gets_in();
        let again = place.copy_id(["-f"]).run().expect(0);
        assert!(
            again.err().contains(&format!(
                ": already present, line 1 of {file}, which the server \
                reads"
            )),
            "{}",
            again.err()
        );
    }
}

#[test]
fn a_match_block_for_this_user_counts() {
    root_only!("a_match_block_for_this_user_counts");
    let account = Account::new("/bin/bash");
    let block = format!("Match User {}", account.name());
    let sshd = Sshd::for_accounts().line(&block).line("AuthorizedKeysFile .ssh/mine").start();
    let place = Place::new(account, sshd);
    place.copy_id::<&str>([]).run().expect(0);
    assert_eq!(fs::read_to_string(place.account.home().join(".ssh/mine")).unwrap(), place.public());
}

#[test]
fn the_default_file_comes_first_and_the_others_are_checked() {
    root_only!("the_default_file_comes_first_and_the_others_are_checked");
    let place = place(&["AuthorizedKeysFile /etc/nowhere/%u .ssh/authorized_keys .ssh/more"]);
    place.account.write(".ssh/more", place.public(), 0o600);
    let said = place.copy_id(["-f"]).run().expect(0);
    assert!(said.err().contains(": already present, line 1 of ~/.ssh/more; "), "{}", said.err());
    fs::remove_file(place.account.home().join(".ssh/more")).unwrap();
    let said = place.copy_id::<&str>([]).run().expect(0);
    assert_eq!(said.err(), installed(&place.destination()));
}

#[test]
fn if_one_file_cannot_be_written_the_next_one_is_tried() {
    root_only!("if_one_file_cannot_be_written_the_next_one_is_tried");
    let place = place(&["AuthorizedKeysFile /etc/sshk-nowhere/%u .ssh/more"]);
    let said = place.copy_id::<&str>([]).run().expect(0);
    let name = place.account.name();
    assert!(
        said.err().contains(&format!(
            "\"/etc/sshk-nowhere/{name}\" on the server cannot be \
        written by this account; nothing was written; trying the next file that the server reads\n"
        )),
        "{}",
        said.err()
    );
    assert!(
        said.err().contains(": installed in ~/.ssh/more, which the server reads"),
        "{}",
        said.err()
    );
    place.ssh_gets_in();
}

#[test]
fn a_server_that_reads_no_file_is_named_and_nothing_is_written() {
    root_only!("a_server_that_reads_no_file_is_named_and_nothing_is_written");
    let place = place(&["AuthorizedKeysFile none"]);
    let said = place.copy_id(["--json"]).run().expect(1);
    assert!(
        said.err().contains(&format!(
            "sshk: error: {}: the server reads no authorized_keys file for this account \
        (AuthorizedKeysFile none in {}); nothing was written\n\
         sshk: hint: ask the server's administrator how keys are installed there\n",
            place.destination(),
            config(&said)
        )),
        "{}",
        said.err()
    );
    assert!(said.out().contains(r#""kind":"no-authorized-keys-file""#), "{}", said.out());
    assert!(!place.account.home().join(".ssh").exists());
}

/// What follows "but it does not log in: ", and the hint.
#[track_caller]
fn cause(place: &Place, options: &[&str]) -> (String, String) {
    let said = place.copy_id(options).run().expect(1);
    let (_, rest) = said
        .err()
        .split_once("but it does not log in: ")
        .unwrap_or_else(|| panic!("{}", said.err()));
    let (cause, hint) =
        rest.split_once("\nsshk: hint: ").unwrap_or_else(|| panic!("{}", said.err()));
    (cause.to_owned(), hint.trim_end().to_owned())
}

#[test]
fn a_named_file_that_the_server_does_not_read_is_reported_with_those_it_reads() {
    root_only!("a_named_file_that_the_server_does_not_read_is_reported_with_those_it_reads");
    let place = place(&[]);
    let (cause, hint) = cause(&place, &["-t", ".ssh/other"]);
    assert!(
        cause.starts_with(
            "the server reads ~/.ssh/authorized_keys and ~/.ssh/authorized_keys2, \
            not ~/.ssh/other (AuthorizedKeysFile in /"
        ),
        "{cause}"
    );
    assert_eq!(hint, "install it there: run it again with -t .ssh/authorized_keys");
}

#[test]
fn a_setting_that_rejects_the_key_is_named() {
    root_only!("a_setting_that_rejects_the_key_is_named");
    for (line, said) in [
        ("PubkeyAuthentication no", "sshd's configuration says \"PubkeyAuthentication no\" (/"),
        (
            "PubkeyAcceptedAlgorithms ecdsa-sha2-nistp256",
            "sshd's configuration says \"PubkeyAcceptedAlgorithms ecdsa-sha2-nistp256\" (/",
        ),
    ] {
        let place = place(&[line]);
        let (cause, hint) = cause(&place, &[]);
        assert!(cause.starts_with(said), "{cause}");
        assert_eq!(
            hint,
            "ask the server's administrator to allow it, or use another type of key: sshk keygen \
            -t ed25519"
        );
    }
    let mut place = place(&["RequiredRSASize 8192"]);
    place.key = place.home.key("rsa", "id_rsa");
    let (cause, _) = cause(&place, &["-i", place.key.to_str().unwrap()]);
    assert!(cause.starts_with("sshd's configuration says \"RequiredRSASize 8192\" (/"), "{cause}");
}

#[test]
fn unsafe_permissions_are_named_and_repaired_on_request() {
    root_only!("unsafe_permissions_are_named_and_repaired_on_request");
    for (path, shown, mode) in [
        ("", "~", 0o777),
        (".ssh", "~/.ssh", 0o707),
        (".ssh/authorized_keys", "~/.ssh/authorized_keys", 0o666),
    ] {
        for options in [&[][..], &["-s"]] {
            let place = place(&[]);
            place.account.authorize("# mine\n");
            let path = place.account.home().join(path);
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let (cause, hint) = cause(&place, options);
            assert_eq!(
                cause,
                format!(
                    "{shown:?} is writable by everyone (mode {mode:04o}), so servers ignore the \
                    file"
                )
            );
            assert_eq!(
                hint,
                format!("run it again with --fix-perms, or on the server: chmod go-w {shown}")
            );
            let repaired = mode & !0o022;
            let dry = place.copy_id(options).args(["-n", "--fix-perms"]).run().expect(0);
            assert!(
                dry.err().contains(&format!(
                    "; mode would be changed: {shown:?} from {mode:04o} to {repaired:04o}"
                )),
                "{}",
                dry.err()
            );
            assert_eq!(path.metadata().unwrap().permissions().mode() & 0o7777, mode);
            let said = place.copy_id(options).arg("--fix-perms").run().expect(0);
            assert_eq!(
                said.err(),
                format!(
                    "{}: already present, line 2 of ~/.ssh/authorized_keys; verified by a new \
                        login (ssh-ed25519); \
                     mode changed: {shown:?} from {mode:04o} to {repaired:04o}\n",
                    place.destination()
                )
            );
            assert_eq!(path.metadata().unwrap().permissions().mode() & 0o7777, repaired);
            place.ssh_gets_in();
        }
    }
}

#[test]
fn harmless_permissions_stay() {
    root_only!("harmless_permissions_stay");
    let place = place(&["StrictModes no"]);
    place.account.authorize("");
    fs::set_permissions(place.account.home(), fs::Permissions::from_mode(0o777)).unwrap();
    let said = place.copy_id(["--fix-perms"]).run().expect(0);
    assert_eq!(said.err(), installed(&place.destination()));
    assert_eq!(place.account.home().metadata().unwrap().permissions().mode() & 0o777, 0o777);
}

#[test]
fn a_path_of_another_user_is_named_and_not_repaired() {
    root_only!("a_path_of_another_user_is_named_and_not_repaired");
    let place = place(&[]);
    place.account.authorize("");
    let folder = place.account.home().join(".ssh");
    chown(&folder, Some(65534), None).unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
    let (cause, hint) = cause(&place, &["--fix-perms"]);
    assert_eq!(cause, "\"~/.ssh\" belongs to uid 65534, so servers ignore the file");
    assert_eq!(hint, "ask the server's administrator to give it to the account: ls -ld ~/.ssh");
}

#[test]
fn dropbear_is_diagnosed_in_the_same_way() {
    root_only!("dropbear_is_diagnosed_in_the_same_way");
    let (home, dropbear, account) = (Home::new(), Dropbear::start(&[]), Account::new("/bin/bash"));
    home.know(&dropbear.known_hosts());
    home.key("ed25519", "id_ed25519");
    account.authorize("");
    fs::set_permissions(account.authorized_keys(), fs::Permissions::from_mode(0o664)).unwrap();
    let to = destination(account.name(), dropbear.port());
    let copy_id = |options: &[&str]| {
        home.sshk(["copy-id", &to]).args(options).env("SSHK_PASSWORD", account.password()).run()
    };
    let said = copy_id(&[]).expect(1);
    let cause = "but it does not log in: \"~/.ssh/authorized_keys\" is writable by its group \
        (mode 0664), so servers ignore the file\n";
    assert!(said.err().contains(cause), "{}", said.err());
    let said = copy_id(&["--fix-perms"]).expect(0);
    assert!(
        said.err().ends_with("; mode changed: \"~/.ssh/authorized_keys\" from 0664 to 0644\n"),
        "{}",
        said.err()
    );
}

#[test]
fn a_line_with_an_unknown_option_does_not_count_as_installed() {
    root_only!("a_line_with_an_unknown_option_does_not_count_as_installed");
    for options in [&[][..], &["-s"]] {
        let place = place(&[]);
        let before = format!("frobnicate {0}restrict,frobnicate=\"a b\" {0}", place.public());
        place.account.authorize(&before);
        let said = place.copy_id(options).run().expect(0);
        assert_eq!(said.err(), installed(&place.destination()));
        assert_eq!(place.remote(), format!("{before}{}", place.public()));
        let said = place.copy_id(["-f"]).args(options).run().expect(0);
        assert!(said.err().contains(": already present, line 3 of "), "{}", said.err());
    }
}

#[test]
fn an_selinux_label_that_sshd_may_not_read_is_named() {
    // No SELinux runs here: getenforce and ls are stand-ins that say what they would under it.
    root_only!("an_selinux_label_that_sshd_may_not_read_is_named");
    let sshd = Sshd::for_accounts().secretive().line("AuthorizedKeysFile .ssh/another").start();
    let place = Place::new(Account::new("/bin/bash"), sshd);
    let said = place.copy_id::<&str>([]).run().expect(1);
    assert!(
        said.err().contains("but it does not log in: the server rejected the key SHA256:"),
        "{}",
        said.err()
    );
    place.account.write("bin/getenforce", "#!/bin/sh\necho Enforcing\n", 0o755);
    let ls = "#!/bin/sh\ncase $1 in -dZ) echo \"unconfined_u:object_r:default_t:s0 $2\";; *) exec \
        /bin/ls \"$@\";; esac\n";
    place.account.write("bin/ls", ls, 0o755);
    place.account.write(".bashrc", "PATH=$HOME/bin:$PATH\n", 0o644);
    let (named, _) = cause(&place, &["-f"]);
    assert_eq!(
        named,
        "SELinux is enforcing, and ~/.ssh/authorized_keys is \
        labelled \"unconfined_u:object_r:default_t:s0\""
    );
}
