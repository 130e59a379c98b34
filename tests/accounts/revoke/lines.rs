//! Which bytes change, on every kind of server and account.

use std::os::unix::fs::{MetadataExt, symlink};

use super::*;

#[test]
fn the_key_is_disabled_and_no_other_byte_changes() {
    root_only!("the_key_is_disabled_and_no_other_byte_changes");
    let servers = [("/bin/bash", Server::sshd()), ("/bin/bash", Server::dropbear())];
    for (shell, server) in servers {
        let place = Place::new(shell, server);
        let (key, other) = (place.line(), place.other_line());
        for (before, after, lines) in [
            (
                format!("# ours\n{other}{key}"),
                format!("# ours\n{other}{}", disabled(&key)),
                "line 3 of",
            ),
            (
                format!("{key}{other}restrict {key}no newline"),
                format!("{}{other}#estrict {key}no newline", disabled(&key)),
                "line 1 of ~/.ssh/authorized_keys, line 3 of",
            ),
            (
                format!("{other}{}", key.trim_end()),
                format!("{other}{}", disabled(key.trim_end())),
                "line 2 of",
            ),
            (
                format!("{other}{}\r\n", key.trim_end()),
                format!("{other}{}\r\n", disabled(key.trim_end())),
                "line 2 of",
            ),
            (
                format!("\0\n{other}{key}\0\0"),
                format!("\0\n{other}{}\0\0", disabled(&key)),
                "line 3 of",
            ),
        ] {
            place.holds(&before);
            assert!(place.gets_in(&place.key));
            let inode = place.account.authorized_keys().metadata().unwrap().ino();
            let said = place.revoke::<&str>([]).run().expect(0);
            assert_eq!(
                said.err(),
                format!(
                    "{}: revoked, {lines} ~/.ssh/authorized_keys; the server now rejects it\n",
                    place.to()
                ),
                "{before:?}"
            );
            assert_eq!(String::from_utf8(place.remote()).unwrap(), after);
            assert_eq!(place.account.authorized_keys().metadata().unwrap().ino(), inode);
            assert!(!place.gets_in(&place.key));
            assert!(place.gets_in(&place.other));
            let again = place.revoke::<&str>([]).run().expect(0);
            assert!(again.err().contains(": not in ~/.ssh/authorized_keys"), "{}", again.err());
            assert_eq!(String::from_utf8(place.remote()).unwrap(), after);
        }
    }
}

#[test]
fn if_two_keys_share_a_line_only_the_revoked_one_is_disabled() {
    root_only!("if_two_keys_share_a_line_only_the_revoked_one_is_disabled");
    let place = Place::sshd();
    let (key, other) = (place.line(), place.other_line());
    // Ubuntu Core's form, with a key pasted after it.
    let before = format!("{} # snapd {{\"origin\":\"store\"}}{key}", other.trim_end());
    place.holds(&before);
    assert!(!place.gets_in(&place.key));
    let said = place.revoke::<&str>([]).run().expect(0);
    assert_eq!(
        said.err(),
        format!(
            "{}: revoked, line 1 of ~/.ssh/authorized_keys (part of the line); the server now \
                rejects it\n",
            place.to()
        )
    );
    assert_eq!(String::from_utf8(place.remote()).unwrap(), before.replace(&key, &disabled(&key)));
    assert!(place.gets_in(&place.other));
}

#[test]
fn a_key_inside_the_options_of_another_is_left_and_reported() {
    root_only!("a_key_inside_the_options_of_another_is_left_and_reported");
    let place = Place::sshd();
    let before = format!("command=\"echo {}\" {}", place.line().trim_end(), place.other_line());
    place.holds(&before);
    let said = place.revoke::<&str>([]).run().expect(0);
    let to = place.to();
    assert_eq!(
        said.err(),
        format!(
            "{to}: not in ~/.ssh/authorized_keys or ~/.ssh/authorized_keys2; the server \
            rejects it\n\
             {to}: line 1 of ~/.ssh/authorized_keys mentions the key in the options of another \
             key; it was left alone\n"
        )
    );
    assert_eq!(String::from_utf8(place.remote()).unwrap(), before);
}

#[test]
fn a_key_under_the_name_of_a_signature_is_found() {
    root_only!("a_key_under_the_name_of_a_signature_is_found");
    let mut place = Place::sshd();
    place.key = place.home.key("rsa", "old_rsa");
    // sshd reads it as ssh-rsa.
    let line = place.line().replace("ssh-rsa ", "rsa-sha2-512 ");
    place.holds(format!("{}{line}", place.other_line()));
    assert!(place.gets_in(&place.key));
    place.revoke::<&str>([]).run().expect(0);
    assert_eq!(
        String::from_utf8(place.remote()).unwrap(),
        format!("{}{}", place.other_line(), disabled(&line))
    );
    assert!(!place.gets_in(&place.key));
}

#[test]
fn every_file_that_the_server_reads_is_checked() {
    root_only!("every_file_that_the_server_reads_is_checked");
    let place = Place::new(
        "/bin/bash",
        Server::Sshd(Sshd::for_accounts().line("AuthorizedKeysFile .ssh/a .ssh/b").start()),
    );
    place.account.write(".ssh/a", place.other_line(), 0o600);
    place.account.write(".ssh/b", place.line(), 0o600);
    let said = place.revoke::<&str>([]).run().expect(0);
    assert!(said.err().contains(": revoked, line 1 of ~/.ssh/b; "), "{}", said.err());
    assert_eq!(
        fs::read_to_string(place.account.home().join(".ssh/b")).unwrap(),
        disabled(&place.line())
    );
    assert!(!place.gets_in(&place.key));
}

#[test]
fn links_stay_links() {
    root_only!("links_stay_links");
    let place = Place::sshd();
    place.holds("");
    let real =
        place.account.write("keys", format!("{}{}", place.other_line(), place.line()), 0o600);
    let file = place.account.authorized_keys();
    fs::remove_file(&file).unwrap();
    symlink("../keys", &file).unwrap();
    fs::hard_link(&real, place.account.home().join("second")).unwrap();
    place.revoke::<&str>([]).run().expect(0);
    assert!(file.symlink_metadata().unwrap().is_symlink());
    let wanted = format!("{}{}", place.other_line(), disabled(&place.line()));
    assert_eq!(fs::read_to_string(place.account.home().join("second")).unwrap(), wanted);
}

#[test]
fn every_login_shell_runs_it() {
    root_only!("every_login_shell_runs_it");
    for shell in ["dash", "zsh", "fish", "tcsh", "ksh", "mksh", "rbash"] {
        let place = Place::new(shell, Server::sshd());
        place.holds(format!("{}{}{}", place.line(), place.other_line(), place.line()));
        let said = place.revoke::<&str>([]).run().expect(0);
        assert!(said.err().contains(": revoked, line 1 of "), "{shell}: {}", said.err());
        let wanted =
            format!("{}{}{}", disabled(&place.line()), place.other_line(), disabled(&place.line()));
        assert_eq!(String::from_utf8(place.remote()).unwrap(), wanted, "{shell}");
    }
}

#[test]
fn an_account_with_only_sftp_works_too() {
    root_only!("an_account_with_only_sftp_works_too");
    let place = Place::new(
        "/bin/bash",
        Server::Sshd(
            Sshd::for_accounts().line("ForceCommand internal-sftp").line("MaxSessions 1").start(),
        ),
    );
    place.holds(format!("{}restrict {}", place.other_line(), place.line()));
    let said = place.revoke::<&str>([]).run().expect(0);
    assert!(said.err().contains(": revoked, line 2 of ~/.ssh/authorized_keys; "), "{}", said.err());
    assert_eq!(
        String::from_utf8(place.remote()).unwrap(),
        format!("{}#estrict {}", place.other_line(), place.line())
    );
}

#[test]
fn a_large_file_and_lines_appended_during_the_run_stay() {
    root_only!("a_large_file_and_lines_appended_during_the_run_stay");
    let place = Place::sshd();
    let bulk: String =
        (0..20_000).map(|n| format!("# a line of the large file, number {n}\n")).collect();
    let long = format!("command=\"{}\" {}", "x".repeat(300_000), place.line());
    place.holds(format!("{bulk}{long}{}", place.other_line()));
    let file = place.account.authorized_keys();
    let writer = {
        let file = file.clone();
        std::thread::spawn(move || {
            use std::io::Write;
            for n in 0..400 {
                fs::OpenOptions::new()
                    .append(true)
                    .open(&file)
                    .unwrap()
                    .write_all(format!("# appended {n}\n").as_bytes())
                    .unwrap();
                std::thread::sleep(std::time::Duration::from_millis(5));
            }
        })
    };
    place.revoke::<&str>([]).run().expect(0);
    writer.join().unwrap();
    let appended: String = (0..400).map(|n| format!("# appended {n}\n")).collect();
    let wanted = format!("{bulk}#{}{}{appended}", &long[1..], place.other_line());
    assert!(
        place.remote() == wanted.as_bytes(),
        "another byte than the first of the key's line changed"
    );
}

/// An account whose PATH has only this `sh` and these programs, each by its own name or all of them
/// as busybox.
fn with_programs(sh: &str, programs: &[&str], as_busybox: bool) -> Place {
    let place = Place::sshd();
    place.account.write(".bashrc", "PATH=$HOME/bin\n", 0o644);
    place.account.write("bin/.keep", "", 0o644);
    let bin = place.account.home().join("bin");
    symlink(program(sh), bin.join("sh")).unwrap();
    for name in programs {
        symlink(program(if as_busybox { "busybox" } else { name }), bin.join(name)).unwrap();
    }
    place
}

#[test]
fn every_sh_runs_it_with_few_programs() {
    root_only!("every_sh_runs_it_with_few_programs");
    let (few, more) = (
        ["dd", "printf", "wc"],
        [
            "dd", "printf", "wc", "ls", "cp", "mv", "rm", "sleep", "flock", "sync", "id", "tr",
            "readlink",
        ],
    );
    for (sh, programs, as_busybox) in [
        ("dash", &few[..], false),
        ("bash", &few, false),
        ("ksh", &few, false),
        ("mksh", &few, false),
        ("zsh", &few, false),
        ("busybox", &few, true),
        ("busybox", &more, true),
        ("ksh", &more, false),
        ("mksh", &more, false),
        ("zsh", &more, false),
    ] {
        let place = with_programs(sh, programs, as_busybox);
        let (key, other) = (place.line(), place.other_line());
        place.holds(format!("{other}\0\r\n{}{key}restrict {key}", other.trim_end()));
        let name = format!("{sh} with {programs:?}");
        let said = place.revoke::<&str>([]).run();
        assert!(said.status.success(), "{name}: {}", said.err());
        let (first, second) = (disabled(&key), format!("#estrict {key}"));
        assert_eq!(
            String::from_utf8(place.remote()).unwrap(),
            format!("{other}\0\r\n{}{first}{second}", other.trim_end()),
            "{name}"
        );
        // busybox's sh uses its own programs whatever PATH says.
        if programs.len() > few.len() || as_busybox {
            let said = place.revoke(["--purge"]).run();
            assert!(said.status.success(), "{name}: {}", said.err());
            // The part of a shared line is not a separate line of the key.
            assert_eq!(
                String::from_utf8(place.remote()).unwrap(),
                format!("{other}\0\r\n{}{first}", other.trim_end()),
                "{name}"
            );
        } else {
            let said = place.revoke(["--purge"]).run().expect(1);
            assert!(
                said.err().contains("cannot be purged: its owner and links cannot be checked; "),
                "{name}: {}",
                said.err()
            );
        }
    }
}

#[test]
fn a_program_that_is_missing_is_named() {
    root_only!("a_program_that_is_missing_is_named");
    let place = with_programs("dash", &["wc", "printf"], false);
    place.holds(place.line());
    let said = place.revoke::<&str>([]).run().expect(1);
    assert_eq!(
        said.err(),
        format!(
            "sshk: error: {}: the account lacks \"dd\", which the script needs; nothing was \
                written\n\
             sshk: hint: install dd on the server, or run it again with -s\n",
            place.to()
        )
    );
}

#[test]
fn rc_files_that_print_read_and_redirect_output_do_no_harm() {
    root_only!("rc_files_that_print_read_and_redirect_output_do_no_harm");
    for rc in [
        "exec >/dev/null\n",
        "exec 2>/dev/null\n",
        "echo welcome; echo trouble >&2; read line; cd /\n",
        "set -o noclobber; set -u; IFS=/; export IFS; alias dd=false; umask 0\n",
        "(while :; do echo noise; sleep 0.01; done) & trap 'kill $!' EXIT\n",
        "export LC_ALL=en_US.UTF-8 GREP_OPTIONS=--color=always CDPATH=/:/tmp POSIXLY_CORRECT=1\n",
    ] {
        let place = Place::sshd();
        place.account.write(".bashrc", rc, 0o644);
        place.holds(format!("{}restrict {}", place.other_line(), place.line()));
        let said = place.revoke(["--purge"]).run();
        assert!(said.status.success(), "{rc:?}: {}", said.err());
        assert_eq!(String::from_utf8(place.remote()).unwrap(), place.other_line(), "{rc:?}");
    }
}
