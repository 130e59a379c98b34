//! The remote authorized_keys: one line is added if necessary, and every other byte stays.

use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use super::*;

/// The remote file contained `before`; what is printed and what it contains afterwards.
#[track_caller]
fn onto(before: &str, options: &[&str], code: i32) -> (Site, String, String) {
    let site = Site::open();
    let before = before.replace("KEY", site.public().trim_end());
    site.holds(&before);
    let said = site.copy_id(options).run().expect(code);
    assert_eq!(said.out(), "");
    let said = said.err().replace(&site.destination(), "DEST");
    let after = fs::read_to_string(site.remote()).unwrap().replace(site.public().trim_end(), "KEY");
    (site, said, after)
}

const INSTALLED: &str =
    "DEST: installed in ~/.ssh/authorized_keys; verified by a new login (ssh-ed25519)\n";

#[test]
fn directory_and_file_are_created_with_the_permissions_that_servers_require() {
    let site = Site::open();
    site.copy_id::<&str>([]).run().expect(0);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    assert_eq!((mode(site.remote().parent().unwrap()), mode(&site.remote())), (0o700, 0o600));
    assert_eq!(fs::read_to_string(site.remote()).unwrap(), site.public());
}

#[test]
fn existing_lines_stay_byte_for_byte() {
    let before = "# comment\n\tssh-rsa broken\r\n\n\u{e9}t\u{e9} no key at all\n";
    let (_, said, after) = onto(before, &[], 0);
    assert_eq!((said.as_str(), after), (INSTALLED, format!("{before}KEY\n")));
}

#[test]
fn an_installed_key_is_reported_as_present_and_not_added_again() {
    let (site, said, after) = onto("# one\nKEY\n", &[], 0);
    assert_eq!(
        said,
        "DEST: already present, line 2 of ~/.ssh/authorized_keys; verified by this login\n"
    );
    assert_eq!(after, "# one\nKEY\n");
    // The key itself logged in: no password was offered, and no second login was needed.
    assert_eq!((site.connections(), site.passwords()), (1, 0));
}

#[test]
fn an_installed_key_with_another_comment_is_present() {
    let site = Site::open();
    let line = site.public().replace("test@house", "somebody else");
    site.holds(&line);
    let said = site.copy_id(["-f"]).run().expect(0);
    assert_eq!(
        said.err(),
        format!(
            "{}: already present, line 1 of ~/.ssh/authorized_keys; verified by a new login \
            (ssh-ed25519)\n",
            site.destination()
        )
    );
    assert_eq!(fs::read_to_string(site.remote()).unwrap(), line);
    // With -f the key is not tried first: the password logs in.
    assert_eq!((site.connections(), site.passwords()), (2, 1));
}

#[test]
fn a_commented_out_line_does_not_count_as_the_key() {
    let (_, said, after) = onto("#KEY\n# KEY\n", &[], 0);
    assert_eq!((said.as_str(), after.as_str()), (INSTALLED, "#KEY\n# KEY\nKEY\n"));
}

#[test]
fn a_missing_final_newline_is_added_in_the_same_write() {
    let (_, said, after) = onto("# last words", &[], 0);
    assert_eq!(
        said,
        "DEST: installed in ~/.ssh/authorized_keys (its last line had no newline, and now has \
            one); verified by a new login (ssh-ed25519)\n"
    );
    assert_eq!(after, "# last words\nKEY\n");
}

#[test]
fn ubuntu_cores_file_without_a_final_newline_does_not_glue_the_key_to_its_comment() {
    let other = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0dN5o9dr0YnBBdKhTlX1hZsCQvDk4oA8uYqZlHxW2R \
        ann@core # snapd {\"origin\":\"store\",\"email\":\"a@b\"}";
    let (_, said, after) = onto(other, &[], 0);
    assert!(said.contains("(its last line had no newline, and now has one)"), "{said}");
    assert_eq!(after, format!("{other}\nKEY\n"));
}

#[test]
fn a_restricted_key_is_reported_and_keeps_its_options() {
    for options in ["command=\"uptime\"", "from=\"10.0.0.0/8\",no-pty", "restrict"] {
        let before = format!("{options} KEY\n");
        // The built-in server cannot enforce options and accepts no such line: the login cannot be
        // verified there.
        let (_, said, after) = onto(&before, &["--no-verify"], 0);
        assert_eq!(
            said,
            format!(
                "DEST: already present, restricted by {options:?}, line 1 of \
                ~/.ssh/authorized_keys\n"
            )
        );
        assert_eq!(after, before);
    }
}

#[test]
fn a_dry_run_changes_nothing_and_reports_what_it_would_do() {
    let site = Site::open();
    let said = site.copy_id(["-n"]).run().expect(0);
    assert_eq!(
        said.err(),
        format!(
            "{}: would be installed in ~/.ssh/authorized_keys; nothing was changed\n",
            site.destination()
        )
    );
    assert_eq!(fs::read_dir(site.server.home()).unwrap().count(), 0);
    assert_eq!(site.connections(), 1);

    let (_, said, after) = onto("# last words", &["-n"], 0);
    assert_eq!(said, "DEST: would be installed in ~/.ssh/authorized_keys; nothing was changed\n");
    assert_eq!(after, "# last words");
    let (_, said, _) = onto("KEY\n", &["--dry-run"], 0);
    assert_eq!(said, "DEST: already present, line 1 of ~/.ssh/authorized_keys\n");
}

#[test]
fn without_verification_there_is_one_connection_and_no_mention_of_a_login() {
    let site = Site::open();
    let said = site.copy_id(["--no-verify"]).run().expect(0);
    assert_eq!(
        said.err(),
        format!("{}: installed in ~/.ssh/authorized_keys\n", site.destination())
    );
    assert_eq!(site.connections(), 1);
}

#[test]
fn another_file_is_named_by_its_path_and_never_read_by_a_shell() {
    for (path, place, shown) in [
        ("keys/ann", "keys/ann", "~/keys/ann"),
        ("~/my keys", "my keys", "~/my keys"),
        ("$(touch owned)'\"", "$(touch owned)'\"", "~/$(touch owned)'\""),
    ] {
        let site = Site::open();
        let said = site.copy_id(["--no-verify", "-t", path]).run().expect(0);
        assert_eq!(said.err(), format!("{}: installed in {shown}\n", site.destination()));
        assert_eq!(fs::read_to_string(site.server.home().join(place)).unwrap(), site.public());
        assert!(!site.server.home().join("owned").exists());
    }
}

#[test]
fn a_file_that_the_server_does_not_read_is_not_called_a_login() {
    let site = Site::open();
    let said = site.copy_id(["-t", "keys/ann"]).run().expect(1);
    assert_eq!(
        said.err(),
        format!(
            "sshk: error: {}: the key was written to \"~/keys/ann\" on the server, but it does \
            not log in: the server rejected the key {}; \
             it accepts publickey, password, keyboard-interactive\n\
             sshk: hint: servers ignore the file if others can write to it, its directory or the \
             home directory, \
        or if AuthorizedKeysFile names another; look on the server: ls -ld ~ ~/keys ~/keys/ann\n",
            site.destination(),
            fingerprint(&site.key)
        )
    );
}

#[test]
fn a_path_that_cannot_be_a_file_is_refused_before_anything_is_written() {
    let site = Site::open();
    for (path, why) in [
        ("keys/", "it names no file"),
        ("~root/keys", "only ~/ is supported, not ~user"),
        ("a\nb", "it contains a control character"),
    ] {
        let said = site.copy_id(["-t", path]).run().expect(2);
        assert_eq!(
            said.err(),
            format!(
                "sshk: error: {path:?} cannot be the remote file: {why}; nothing was sent\n\
                 sshk: hint: name a file with -t, such as -t .ssh/authorized_keys\n"
            )
        );
    }
    assert_eq!(site.connections(), 0);
}

#[test]
fn anything_in_the_way_of_the_file_is_named() {
    // A directory, a pipe, a dangling link, and a file where the directory should be.
    for (make, message, hint) in [
        (
            "mkdir -p .ssh/authorized_keys",
            "\"~/.ssh/authorized_keys\" on the server is a directory, not a file; nothing was \
            written",
            "look at it on the server: ls -l ~/.ssh/authorized_keys",
        ),
        (
            "mkdir .ssh && mkfifo .ssh/authorized_keys",
            "\"~/.ssh/authorized_keys\" on the server is a FIFO, not a file; nothing was written",
            "look at it on the server: ls -l ~/.ssh/authorized_keys",
        ),
        (
            "mkdir .ssh && ln -s nowhere .ssh/authorized_keys",
            "\"~/.ssh/authorized_keys\" on the server is a dangling symlink, not a file; nothing \
            was written",
            "look at it on the server: ls -l ~/.ssh/authorized_keys",
        ),
        (
            "echo >.ssh",
            "\"~/.ssh\" on the server is not a directory; nothing was written",
            "look at it on the server: ls -ld ~/.ssh",
        ),
    ] {
        let site = Site::open();
        Run::new("/bin/sh").args(["-c", make]).current_dir(site.server.home()).run().expect(0);
        let said = site.copy_id(["-f"]).run().expect(1);
        assert_eq!(
            said.err(),
            format!("sshk: error: {}: {message}\nsshk: hint: {hint}\n", site.destination())
        );
    }
}

#[test]
fn json_says_what_happened_to_the_key() {
    let site = Site::open();
    let json = |run: Run, code| -> Value {
        let said = run.run().expect(code);
        assert_eq!(said.out().lines().count(), 1);
        serde_json::from_str(said.out()).unwrap()
    };
    let installed = json(site.copy_id(["--json"]), 0);
    assert_eq!(
        installed,
        serde_json::json!({
            "destination": site.destination(),
            "status": "installed",
            "fingerprint": fingerprint(&site.key),
            "file": "~/.ssh/authorized_keys",
            "verified": "login", "changed_modes": [],
        })
    );
    assert_eq!(json(site.copy_id(["--json"]), 0)["status"], "present");
    assert_eq!(json(site.copy_id(["--json", "-n", "-t", "other"]), 0)["status"], "would-install");
    fs::remove_file(site.remote()).unwrap();
    let failed = json(site.copy_id(["--json", "-t", "other"]), 1);
    assert_eq!(
        (&failed["status"], &failed["error"]["kind"]),
        (&"failed".into(), &"not-proved".into())
    );
    assert_eq!(
        failed["error"]["message"],
        format!(
            "the key was written to \"~/other\" on the server, but it does not log in: the \
            server rejected the key {}; \
             it accepts publickey, password, keyboard-interactive",
            fingerprint(&site.key)
        )
    );
}

#[test]
fn quiet_prints_only_failures() {
    let site = Site::open();
    let said = site.copy_id(["-q"]).run().expect(0);
    assert_eq!((said.out(), said.err()), ("", ""));
    fs::remove_file(site.remote()).unwrap();
    assert!(site.copy_id(["-q", "-t", "other"]).run().expect(1).err().starts_with("sshk: error: "));
}
