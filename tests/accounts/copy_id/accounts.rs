//! Real accounts: how sshd and dropbear deal with the home, the disk and the account itself.

use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::support::{Terminal, program, root_only};

/// Undone when dropped, before the account it concerns.
struct Undo(Vec<String>);

impl Undo {
    /// Runs the first command now and the second at the end.
    fn after(now: &[&str], then: &[&str]) -> Self {
        Run::new(program(now[0])).args(&now[1..]).run().expect(0);
        Self(then.iter().map(|word| (*word).to_owned()).collect())
    }
}

impl Drop for Undo {
    fn drop(&mut self) {
        let done = Run::new(program(&self.0[0])).args(&self.0[1..]).run();
        assert!(done.status.success() || std::thread::panicking(), "{}", done.err());
    }
}

/// A file system of this size in place of the account's home.
fn small_home(account: &Account, options: &str) -> Undo {
    let (home, owner) =
        (account.home(), format!("uid={0},gid={0},mode=700,{options}", account.uid()));
    let home = home.to_str().unwrap();
    Undo::after(&["mount", "-t", "tmpfs", "-o", &owner, "tmpfs", home], &["umount", "-l", home])
}

fn place() -> Place {
    Place::new(Account::new("/bin/bash"), Sshd::for_accounts().start())
}

#[track_caller]
fn fails(place: &Place, message: &str, hint: &str) {
    let said = place.copy_id::<&str>([]).run().expect(1);
    let hint = if hint.is_empty() { String::new() } else { format!("sshk: hint: {hint}\n") };
    assert_eq!(said.err(), format!("sshk: error: {}: {message}\n{hint}", place.destination()));
}

#[test]
fn dropbear_accepts_the_key() {
    root_only!("dropbear_accepts_the_key");
    let (home, dropbear, account) = (Home::new(), Dropbear::start(&[]), Account::new("/bin/bash"));
    home.know(&dropbear.known_hosts());
    let to = destination(account.name(), dropbear.port());
    for (kind, name, signature) in [
        ("ed25519", "id_ed25519", "ssh-ed25519"),
        ("rsa", "id_rsa", "rsa-sha2-256"),
        ("ecdsa", "id_ecdsa", "ecdsa-sha2-nistp256"),
    ] {
        let key = home.key(kind, name);
        let run = || {
            home.sshk(["copy-id", "-f", "-i", key.to_str().unwrap(), &to])
                .env("SSHK_PASSWORD", account.password())
        };
        let said = run().run().expect(0);
        assert_eq!(
            said.err(),
            format!(
                "{to}: installed in ~/.ssh/authorized_keys; verified by a new login \
                ({signature})\n"
            )
        );
        dropbear.ssh(account.name()).key(&key).command("true").run().expect(0);
        assert!(run().run().expect(0).err().contains(": already present, line "));
    }
    let wrong = home.sshk(["copy-id", "-i", home.key("ed25519", "new").to_str().unwrap(), &to]);
    let wrong = wrong
        .env("SSHK_PASSWORD", "wrong")
        .args(["-o", "IdentityFile=none", "-o", "PubkeyAuthentication=no"])
        .run()
        .expect(1);
    assert_eq!(
        wrong.err(),
        format!(
            "sshk: error: {to}: permission denied; tried password; it accepts publickey, password\n"
        )
    );
}

#[test]
fn a_home_that_others_can_write_to_is_reported_as_a_failed_login() {
    root_only!("a_home_that_others_can_write_to_is_reported_as_a_failed_login");
    for (folder, shown, mode) in [
        ("", "~", 0o777),
        (".ssh", "~/.ssh", 0o777),
        (".ssh/authorized_keys", "~/.ssh/authorized_keys", 0o666),
    ] {
        let place = place();
        place.account.authorize("");
        fs::set_permissions(place.account.home().join(folder), fs::Permissions::from_mode(mode))
            .unwrap();
        fails(
            &place,
            &format!(
                "the key was written to \"~/.ssh/authorized_keys\" on the server, but it does not \
                log in: {shown:?} is writable by everyone (mode {mode:04o}), so servers ignore \
                the file",
            ),
            &format!("run it again with --fix-perms, or on the server: chmod go-w {shown}"),
        );
        assert_eq!(place.remote(), place.public());
        // The next run finds it there, and still does not call it a login.
        let again = place.copy_id::<&str>([]).run().expect(1);
        assert!(
            again.err().contains(
                "the key is in \"~/.ssh/authorized_keys\" on the server, but it does not log in"
            ),
            "{}",
            again.err()
        );
        assert_eq!(place.remote(), place.public());
    }
}

#[test]
fn a_server_that_reads_another_file_and_does_not_say_so_is_reported_as_a_failed_login() {
    root_only!(
        "a_server_that_reads_another_file_and_does_not_say_so_is_reported_as_a_failed_login"
    );
    let sshd = Sshd::for_accounts().secretive().line("AuthorizedKeysFile .ssh/keys").start();
    let place = Place::new(Account::new("/bin/bash"), sshd);
    fails(
        &place,
        &format!(
            "the key was written to \"~/.ssh/authorized_keys\" on the server, but it does not log \
            in: \
             the server rejected the key {}; it accepts publickey, password, \
             keyboard-interactive",
            fingerprint(&place.key)
        ),
        "servers ignore the file if others can write to it, its directory or the home directory, \
        or if AuthorizedKeysFile names another; look on the server: ls -ld ~ ~/.ssh \
        ~/.ssh/authorized_keys",
    );
    place.copy_id(["-t", ".ssh/keys"]).run().expect(0);
}

#[test]
fn a_restricted_key_that_can_log_in_is_verified_and_reported() {
    root_only!("a_restricted_key_that_can_log_in_is_verified_and_reported");
    let place = place();
    let line = format!("restrict,command=\"uptime\" {}", place.public());
    place.account.authorize(&line);
    // A login with the key runs uptime instead of the script; a login with the password runs the
    // script.
    let said = place.copy_id(["-f"]).run().expect(0);
    assert_eq!(
        said.err(),
        format!(
            "{}: already present, restricted by \"restrict,command=\\\"uptime\\\"\", line 1 of \
            ~/.ssh/authorized_keys; \
             verified by a new login (ssh-ed25519)\n",
            place.destination()
        )
    );
    assert_eq!(place.remote(), line);
}

#[test]
fn options_that_reject_the_key_are_named_with_their_line() {
    root_only!("options_that_reject_the_key_are_named_with_their_line");
    let place = place();
    let before = format!("# ours\nfrom=\"192.0.2.1\" {}", place.public());
    place.account.authorize(&before);
    let said = place.copy_id(["-f"]).run().expect(1);
    assert_eq!(
        said.err(),
        format!(
            "sshk: error: {}: the key is in \"~/.ssh/authorized_keys\" on the server, but it does \
            not log in: line 2 has it with the options \
             \"from=\\\"192.0.2.1\\\"\", which may reject logins from here\n\
             sshk: hint: look on the server: sed -n 2p ~/.ssh/authorized_keys\n",
            place.destination()
        )
    );
    assert_eq!(place.remote(), before);
}

#[test]
fn a_key_with_a_forced_command_is_found_by_another_login() {
    root_only!("a_key_with_a_forced_command_is_found_by_another_login");
    let place = place();
    let line = format!("command=\"echo only this\" {}", place.public());
    place.account.authorize(&line);
    let said = place.copy_id::<&str>([]).run().expect(0);
    assert_eq!(
        said.err(),
        format!(
            "{}: already present, restricted by \"command=\\\"echo only this\\\"\", line 1 of \
            ~/.ssh/authorized_keys; \
             verified by a new login (ssh-ed25519)\n",
            place.destination()
        )
    );
    assert_eq!(place.remote(), line);
    let said = place.without_password::<&str>([]).run().expect(1);
    assert_eq!(
        said.err(),
        format!(
            "sshk: error: {}: the account's shell did not run the script; it said \"only this\"; \
            nothing was written\n\
             sshk: hint: see what the account does with a command: sshk connect {0} echo hello\n",
            place.destination()
        )
    );
}

#[test]
fn a_disk_that_is_full() {
    root_only!("a_disk_that_is_full");
    let place = place();
    let _home = small_home(&place.account, "size=16k");
    // A whole page, so that one more byte needs another one; then until nothing fits any more.
    let before = format!("{}\n", "#".repeat(4095));
    place.account.authorize(&before);
    let _ = fs::write(place.account.home().join("filler"), vec![b'x'; 1 << 20]);
    fails(
        &place,
        "no space or quota is left for \"~/.ssh/authorized_keys\" on the server; nothing was \
        written",
        "check the disk on the server: df -h ~/.ssh",
    );
    assert_eq!(place.remote(), before);
}

#[test]
fn a_disk_that_is_full_before_there_is_a_folder() {
    root_only!("a_disk_that_is_full_before_there_is_a_folder");
    let place = place();
    // One inode is the home itself.
    let _home = small_home(&place.account, "nr_inodes=2");
    fs::write(place.account.home().join("filler"), "").ok();
    fails(
        &place,
        "no space or quota is left for \"~/.ssh/authorized_keys\" on the server; nothing was \
        written",
        "check the disk on the server: df -h ~/.ssh",
    );
}

#[test]
fn a_home_that_is_read_only() {
    root_only!("a_home_that_is_read_only");
    let place = place();
    let _home = small_home(&place.account, "ro");
    fails(
        &place,
        "\"~/.ssh/authorized_keys\" on the server is on a read-only file system; nothing was \
        written",
        "check the disk on the server: df -h ~/.ssh",
    );
}

#[test]
fn a_home_that_the_account_may_not_write_to() {
    root_only!("a_home_that_the_account_may_not_write_to");
    let place = place();
    fs::set_permissions(place.account.home(), fs::Permissions::from_mode(0o555)).unwrap();
    fails(
        &place,
        "\"~/.ssh/authorized_keys\" on the server cannot be written by this account; nothing was \
        written",
        "check owner and permissions on the server: ls -ld ~ ~/.ssh ~/.ssh/authorized_keys",
    );
}

#[test]
fn a_file_that_belongs_to_another_user() {
    root_only!("a_file_that_belongs_to_another_user");
    let place = place();
    place.account.authorize("# root's\n");
    for (mode, message) in [
        (
            0o600,
            "\"~/.ssh/authorized_keys\" on the server cannot be read by this account; nothing was \
            written",
        ),
        (
            0o644,
            "\"~/.ssh/authorized_keys\" on the server cannot be written by this account; nothing \
            was written",
        ),
    ] {
        std::os::unix::fs::chown(place.account.authorized_keys(), Some(0), Some(0)).unwrap();
        fs::set_permissions(place.account.authorized_keys(), fs::Permissions::from_mode(mode))
            .unwrap();
        fails(
            &place,
            message,
            "check owner and permissions on the server: ls -ld ~ ~/.ssh ~/.ssh/authorized_keys",
        );
    }
}

#[test]
fn a_file_that_is_immutable() {
    root_only!("a_file_that_is_immutable");
    let place = place();
    place.account.authorize("# first\n");
    let file = place.account.authorized_keys();
    let file = file.to_str().unwrap();
    let _free = Undo::after(&["chattr", "+i", file], &["chattr", "-i", file]);
    fails(
        &place,
        "\"~/.ssh/authorized_keys\" on the server or its directory is immutable (chattr +i) or \
        forbidden by policy; nothing was written",
        "check its attributes on the server: lsattr -d ~/.ssh ~/.ssh/authorized_keys",
    );
}

#[test]
fn a_home_that_is_missing() {
    root_only!("a_home_that_is_missing");
    let place = place();
    fs::remove_dir(place.account.home()).unwrap();
    fails(
        &place,
        &format!(
            "the home directory {:?} is missing or cannot be entered; nothing was written",
            place.account.home()
        ),
        "ask the server's administrator to create the home directory",
    );
    assert!(!place.account.home().exists() && !Path::new("/.ssh").exists());
}

fn expired(sshd: Sshd) -> Place {
    let place = Place::new(Account::new("/bin/bash"), sshd);
    Run::new(program("chage")).args(["-d", "0", place.account.name()]).run().expect(0);
    place
}

#[test]
fn a_password_that_has_expired() {
    root_only!("a_password_that_has_expired");
    let place = expired(Sshd::for_accounts().start());
    fails(
        &place,
        "the account's password must be changed first: the server said \"WARNING: Your password \
        has expired. \
         Password change required but no TTY available.\"; nothing was written",
        "log in once with ssh and change the password",
    );
    assert!(!place.account.authorized_keys().exists());
}

#[test]
fn an_expired_password_fails_at_once_if_nobody_can_change_it() {
    root_only!("an_expired_password_fails_at_once_if_nobody_can_change_it");
    let place = expired(Sshd::for_accounts().pam().start());
    let said = place.copy_id::<&str>([]).run().expect(1);
    assert!(
        said.err().contains("You are required to change your password immediately"),
        "{}",
        said.err()
    );
    assert!(
        said.err().ends_with(
            "is needed, and there is no terminal to ask on\nsshk: hint: run it in a terminal\n"
        ),
        "{}",
        said.err()
    );
    // The correct password is not offered again by another method.
    assert!(!place.sshd.log().contains(" password for "), "{}", place.sshd.log());
}

#[test]
fn a_password_that_has_expired_is_changed_on_the_terminal() {
    root_only!("a_password_that_has_expired_is_changed_on_the_terminal");
    let place = expired(Sshd::for_accounts().pam().start());
    let mut terminal = Terminal::start(place.without_password::<&str>([]));
    let old = place.account.password();
    for (question, answer) in [
        ("'s password: ", old),
        ("Current password: ", old),
        ("New password: ", "Xk29!fewoQ"),
        ("Retype new password: ", "Xk29!fewoQ"),
    ] {
        terminal.expect(question, SOON);
        terminal.send(&format!("{answer}\n"));
    }
    terminal.expect("verified by a new login", SOON);
    assert_eq!(terminal.wait(SOON), 0);
}

#[test]
fn a_server_that_wants_a_key_and_a_password() {
    root_only!("a_server_that_wants_a_key_and_a_password");
    let sshd = Sshd::for_accounts().line("AuthenticationMethods publickey,password").start();
    let place = Place::new(Account::new("/bin/bash"), sshd);
    let new = place.home.key("ed25519", "new");
    place.account.authorize(&place.public());
    let said = place.copy_id(["-i", new.to_str().unwrap()]).run().expect(0);
    assert_eq!(
        said.err(),
        format!(
            "{}: installed in ~/.ssh/authorized_keys; the server accepted the key in a new login, \
                but also requires password\n",
            place.destination()
        )
    );
    assert_eq!(place.remote(), place.public() + &public(&new));
}

#[test]
fn an_expired_account_is_reported_in_pams_words() {
    root_only!("an_expired_account_is_reported_in_pams_words");
    let place = Place::new(Account::new("/bin/bash"), Sshd::for_accounts().pam().start());
    place.account.authorize(&place.public());
    Run::new(program("chage")).args(["-E", "1", place.account.name()]).run().expect(0);
    let said = place.copy_id::<&str>([]).run().expect(1);
    let last = format!(
        "sshk: error: {}: the server closed the connection during authentication; its last \
        message was \
         \"Your account has expired; please contact your system administrator.\"\n\
         sshk: hint: the account may have expired, or logins may be closed: ask the server's \
        administrator\n",
        place.destination()
    );
    assert!(said.err().ends_with(&last), "{}", said.err());
    let said = place.home.sshk(["test", &place.destination()]).run().expect(1);
    assert!(said.err().ends_with(&last), "{}", said.err());
}

#[test]
fn without_pam_a_locked_account_accepts_no_login() {
    root_only!("without_pam_a_locked_account_accepts_no_login");
    let place = place();
    place.account.authorize(&place.public());
    Run::new(program("usermod")).args(["-L", place.account.name()]).run().expect(0);
    let said = place.copy_id(["-f"]).run().expect(1);
    assert!(
        said.err().starts_with(&format!(
            "sshk: error: {}: permission denied; tried ",
            place.destination()
        )),
        "{}",
        said.err()
    );
    assert!(place.sshd.log().contains("account is locked"), "{}", place.sshd.log());
}
