//! `sshk copy-id -s`: a key installed over SFTP alone, on accounts of a real sshd in every state,
//! and on servers with odd habits. Each test compares the messages, the status, and the file byte
//! for byte.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use crate::support::{Account, Dropbear, Finished, Home, Run, Sshd, program, root_only};

const KEPT: &str = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQDkept kept@elsewhere\n";

/// An account on a server, and a key to install there.
struct OverSftp {
    home: Home,
    sshd: Sshd,
    account: Account,
    key: PathBuf,
}

impl OverSftp {
    fn new() -> Self {
        Self::on(Sshd::for_accounts().start(), Account::new("/bin/bash"))
    }

    fn on(sshd: Sshd, account: Account) -> Self {
        let home = Home::new();
        home.know(&sshd.known_hosts());
        let key = home.key("ed25519", "id_ed25519");
        Self { home, sshd, account, key }
    }

    /// `sshk copy-id` with these options, to the account, with its password.
    fn copy_id(&self, options: &[&str]) -> Run {
        let port = self.sshd.port().to_string();
        self.home
            .sshk(["copy-id", "-p", &port])
            .args(options)
            .arg(self.destination())
            .env("SSHK_PASSWORD", self.account.password())
    }

    fn destination(&self) -> String {
        format!("{}@127.0.0.1", self.account.name())
    }

    /// The line as it must appear in the file.
    fn line(&self) -> String {
        public(&self.key)
    }

    /// Algorithm and blob.
    fn bare(&self) -> String {
        bare(&self.line())
    }

    fn file(&self) -> String {
        fs::read_to_string(self.account.authorized_keys()).unwrap()
    }

    /// Checks status and messages: nothing on stdout, and on stderr exactly these lines, each about
    /// the destination.
    #[track_caller]
    fn says(&self, options: &[&str], status: i32, lines: &[&str]) {
        says(&self.copy_id(options).run().expect(status), &self.destination(), lines);
    }

    /// Nothing was installed: the failure, its hint, status 1.
    #[track_caller]
    fn fails(&self, options: &[&str], error: &str, hint: &str) {
        let said = self.copy_id(options).run().expect(1);
        assert_eq!(said.out(), "");
        let hint = if hint.is_empty() { String::new() } else { format!("sshk: hint: {hint}\n") };
        assert_eq!(said.err(), format!("sshk: error: {}: {error}\n{hint}", self.destination()));
    }
}

#[track_caller]
fn says(said: &Finished, destination: &str, lines: &[&str]) {
    assert_eq!(said.out(), "");
    assert_eq!(
        said.err(),
        lines.iter().map(|line| format!("{destination}: {line}\n")).collect::<String>()
    );
}

fn public(key: &Path) -> String {
    fs::read_to_string(key.with_extension("pub")).unwrap()
}

fn bare(line: &str) -> String {
    line.split(' ').take(2).collect::<Vec<_>>().join(" ")
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o7777
}

const INSTALLED: &str =
    "installed in ~/.ssh/authorized_keys; verified by a new login (ssh-ed25519)";

#[test]
fn creates_directory_and_file_verifies_the_login_and_then_finds_the_key() {
    root_only!("creates_directory_and_file_verifies_the_login_and_then_finds_the_key");
    let place = OverSftp::new();
    place.says(
        &["-s", "-n"],
        0,
        &["would be installed in ~/.ssh/authorized_keys; nothing was changed"],
    );
    assert!(!place.account.home().join(".ssh").exists());
    place.says(&["-s"], 0, &[INSTALLED]);
    assert_eq!(place.file(), place.line());
    assert_eq!(
        (mode(&place.account.home().join(".ssh")), mode(&place.account.authorized_keys())),
        (0o700, 0o600)
    );
    let uid = fs::metadata(place.account.authorized_keys()).unwrap().uid();
    assert_eq!(uid, place.account.uid());
    place.says(
        &["--sftp"],
        0,
        &["already present, line 1 of ~/.ssh/authorized_keys; verified by this login"],
    );
    assert_eq!(place.file(), place.line());
    assert!(!place.sshd.log().contains("Starting session: command"), "{}", place.sshd.log());
}

#[test]
fn adds_the_missing_line_and_changes_no_other_byte_of_any_file() {
    root_only!("adds_the_missing_line_and_changes_no_other_byte_of_any_file");
    let place = OverSftp::new();
    let (bare, line) = (place.bare(), place.line());
    let unmended = "installed in ~/.ssh/authorized_keys";
    let mended = "installed in ~/.ssh/authorized_keys (its last line had no newline, and now has \
        one)";
    let present = |line: u32| format!("already present, line {line} of ~/.ssh/authorized_keys");
    let restricted = |options: &str| {
        format!("already present, restricted by {options:?}, line 1 of ~/.ssh/authorized_keys")
    };
    let cases: Vec<(Vec<u8>, String)> = vec![
        (vec![], unmended.into()),
        (KEPT.into(), unmended.into()),
        (KEPT.trim_end().into(), mended.into()),
        (format!("{KEPT}\0\0").into(), mended.into()),
        (KEPT.replace('\n', "\r\n").into(), unmended.into()),
        (br#"ssh-rsa AAAA x # snapd {"origin":"store"}"#.into(), mended.into()),
        ((0..=255).collect(), mended.into()),
        (format!("#{bare}\n").into(), unmended.into()),
        (format!("{bare}ssh-rsa AAAA glued\n").into(), unmended.into()),
        (format!("cert-authority {bare}\n").into(), unmended.into()),
        (format!("{KEPT}{bare} another # comment\n{KEPT}").into(), present(2)),
        (format!("{KEPT}{bare}").into(), present(2)),
        (format!("{bare} x\r\n").into(), present(1)),
        (
            format!("from=\"10.0.0.*, !b\",pty {bare}\n{bare}\n").into(),
            restricted("from=\"10.0.0.*, !b\",pty"),
        ),
    ];
    for (before, words) in cases {
        place.account.write(".ssh/authorized_keys", &before, 0o600);
        place.says(&["-s", "-f", "--no-verify"], 0, &[&words]);
        let mut after = before.clone();
        if words.starts_with("installed") {
            let newline = if words == mended { "\n" } else { "" };
            after.extend_from_slice(format!("{newline}{line}").as_bytes());
        }
        assert!(
            fs::read(place.account.authorized_keys()).unwrap() == after,
            "{words}: {:?}",
            String::from_utf8_lossy(&before)
        );
    }
}

#[test]
fn keeps_symlinks_hard_links_and_permissions() {
    root_only!("keeps_symlinks_hard_links_and_permissions");
    let place = OverSftp::new();
    let target = place.account.write("keys/real", KEPT, 0o640);
    place.account.write(".ssh/config", "", 0o600);
    fs::hard_link(&target, place.account.home().join("second")).unwrap();
    symlink("../keys/real", place.account.authorized_keys()).unwrap();
    place.says(&["-s"], 0, &[INSTALLED]);
    assert!(fs::symlink_metadata(place.account.authorized_keys()).unwrap().is_symlink());
    assert_eq!(
        fs::read_to_string(place.account.home().join("second")).unwrap(),
        format!("{KEPT}{}", place.line())
    );
    assert_eq!(mode(&target), 0o640);
}

#[test]
fn uses_sftp_and_says_so_if_the_account_runs_no_commands() {
    root_only!("uses_sftp_and_says_so_if_the_account_runs_no_commands");
    let forced = || {
        Sshd::for_accounts()
            .line("MaxSessions 1")
            .line("Match all")
            .line("ForceCommand internal-sftp")
            .start()
    };
    let by_itself =
        || Sshd::for_accounts().line("Subsystem sftp /usr/lib/openssh/sftp-server").start();
    for place in [
        OverSftp::on(forced(), Account::new("/bin/bash")),
        OverSftp::on(forced(), Account::new("/usr/sbin/nologin")),
        OverSftp::on(by_itself(), Account::new("/usr/lib/openssh/sftp-server")),
    ] {
        place.says(
            &["-n"],
            0,
            &[
                "the account runs no commands; installing over SFTP",
                "would be installed in ~/.ssh/authorized_keys; nothing was changed",
            ],
        );
        place.says(&[], 0, &["the account runs no commands; installing over SFTP", INSTALLED]);
        assert_eq!(place.file(), place.line());
        place.says(
            &["-s"],
            0,
            &["already present, line 1 of ~/.ssh/authorized_keys; verified by this login"],
        );
    }
}

#[test]
fn reads_and_writes_inside_a_chroot() {
    root_only!("reads_and_writes_inside_a_chroot");
    // sshd wants every directory above to be root's alone, which /tmp is not.
    let root = tempfile::Builder::new()
        .prefix("sshk-chroot-")
        .permissions(fs::Permissions::from_mode(0o755))
        .tempdir_in("/run")
        .unwrap();
    let keys = root.path().join(".ssh/authorized_keys");
    let sshd = Sshd::for_accounts()
        .line(&format!("AuthorizedKeysFile {}", keys.display()))
        .line(&format!("ChrootDirectory {}", root.path().display()))
        .line("Match all")
        .line("ForceCommand internal-sftp")
        .start();
    let place = OverSftp::on(sshd, Account::new("/bin/bash"));
    fs::create_dir(root.path().join(".ssh")).unwrap();
    place.account.own(&root.path().join(".ssh"), 0o700);
    place.says(&["-s"], 0, &[INSTALLED]);
    assert_eq!(fs::read_to_string(&keys).unwrap(), place.line());
    assert_eq!(mode(&keys), 0o600);
}

#[test]
fn the_file_of_option_t_is_created() {
    root_only!("the_file_of_option_t_is_created");
    let place = OverSftp::new();
    let home = place.account.home();
    place.says(&["-s", "--no-verify", "-t", "a b/$(id)/k's"], 0, &["installed in ~/a b/$(id)/k's"]);
    assert_eq!(fs::read_to_string(home.join("a b/$(id)/k's")).unwrap(), place.line());
    assert_eq!(
        (mode(&home.join("a b")), mode(&home.join("a b/$(id)")), mode(&home.join("a b/$(id)/k's"))),
        (0o700, 0o700, 0o600)
    );
    let absolute = home.join("absolute").display().to_string();
    place.says(&["-s", "--no-verify", "-t", &absolute], 0, &[&format!("installed in {absolute}")]);
    assert_eq!(fs::read_to_string(&absolute).unwrap(), place.line());
    let said = place.copy_id(&["-s", "-t", "keys/"]).run().expect(2);
    assert_eq!(
        said.err(),
        "sshk: error: \"keys/\" cannot be the remote file: it names no file; nothing was sent\n\
         sshk: hint: name a file with -t, such as -t .ssh/authorized_keys\n"
    );
    // sshd reads another file, so the verification fails, and sshk says so.
    let said = place.copy_id(&["-s", "-t", "other"]).run().expect(1);
    assert!(
        said.err().starts_with(&format!(
            "sshk: error: {}: the key was written to \"~/other\" on the server, but it does not \
            log in: ",
            place.destination()
        )),
        "{}",
        said.err()
    );
}

#[test]
fn anything_but_a_file_is_named_and_left_alone() {
    root_only!("anything_but_a_file_is_named_and_left_alone");
    let place = OverSftp::new();
    let (ssh, file) = (place.account.home().join(".ssh"), place.account.authorized_keys());
    let look = "look at it on the server: ls -l ~/.ssh/authorized_keys";
    let on_server = |what: &str| {
        format!("\"~/.ssh/authorized_keys\" on the server is {what}; nothing was written")
    };

    place.account.write(".ssh", "", 0o600);
    place.fails(
        &["-s"],
        "\"~/.ssh\" on the server is not a directory; nothing was written",
        "look at it on the server: ls -ld ~/.ssh",
    );
    fs::remove_file(&ssh).unwrap();
    symlink("nowhere", &ssh).unwrap();
    place.fails(
        &["-s", "-n"],
        "\"~/.ssh\" on the server is not a directory; nothing was written",
        "look at it on the server: ls -ld ~/.ssh",
    );
    fs::remove_file(&ssh).unwrap();

    place.account.write(".ssh/authorized_keys/x", "", 0o600);
    place.fails(&["-s"], &on_server("a directory, not a file"), look);
    fs::remove_dir_all(&file).unwrap();
    Run::new(program("mkfifo")).arg(&file).run().expect(0);
    place.fails(&["-s"], &on_server("a FIFO, not a file"), look);
    fs::remove_file(&file).unwrap();
    symlink("/dev/null", &file).unwrap();
    place.fails(&["-s"], &on_server("a device or socket, not a file"), look);
    fs::remove_file(&file).unwrap();
    symlink("nowhere", &file).unwrap();
    place.fails(&["-s"], &on_server("a dangling symlink, not a file"), look);
    assert!(!ssh.join("nowhere").exists());
    fs::remove_file(&file).unwrap();

    fs::File::create(&file).unwrap().set_len((16 << 20) + 1).unwrap();
    place.account.own(&file, 0o600);
    place.fails(&["-s"], &on_server("larger than 16 MiB, alone or with the files before it"), look);
    assert_eq!(fs::metadata(&file).unwrap().len(), (16 << 20) + 1);
}

#[test]
fn a_path_that_permissions_protect_is_named_and_left_alone() {
    root_only!("a_path_that_permissions_protect_is_named_and_left_alone");
    let place = OverSftp::new();
    let ssh = place.account.home().join(".ssh");
    let hint = "check owner and permissions on the server: ls -ld ~ ~/.ssh ~/.ssh/authorized_keys";
    let named = |what: &str| {
        format!(
            "\"~/.ssh/authorized_keys\" on the server cannot be {what} by this account; nothing \
            was written"
        )
    };

    for options in [&["-s"][..], &["-s", "-n"]] {
        let file = place.account.write(".ssh/authorized_keys", KEPT, 0o400);
        place.fails(options, &named("written"), hint);
        place.account.own(&file, 0o200);
        place.fails(options, &named("read"), hint);
        assert_eq!(place.file(), KEPT);
        place.account.own(&ssh, 0);
        place.fails(options, &named("read"), hint);
        place.account.own(&ssh, 0o700);
    }
    fs::remove_file(place.account.authorized_keys()).unwrap();
    place.account.own(&ssh, 0o500);
    place.fails(&["-s"], &named("written"), hint);
    assert_eq!(fs::read_dir(&ssh).unwrap().count(), 0);
    place.account.own(&ssh, 0o700);
    fs::remove_dir(&ssh).unwrap();
    place.account.own(&place.account.home(), 0o500);
    place.fails(&["-s"], &named("written"), hint);
}

#[test]
fn a_missing_home_is_not_replaced_by_the_root_directory() {
    root_only!("a_missing_home_is_not_replaced_by_the_root_directory");
    let place = OverSftp::new();
    fs::remove_dir(place.account.home()).unwrap();
    place.fails(
        &["-s"],
        &format!(
            "the home directory {:?} is missing or cannot be entered; nothing was written",
            place.account.home()
        ),
        "ask the server's administrator to create the home directory",
    );
}

#[test]
fn a_full_disk_leaves_no_part_of_the_line_and_a_read_only_one_is_named() {
    root_only!("a_full_disk_leaves_no_part_of_the_line_and_a_read_only_one_is_named");
    let place = OverSftp::new();
    let ssh = place.account.write(".ssh/x", "", 0o600).parent().unwrap().to_owned();
    let _mounted = Mounted::new(&ssh, "size=64k");
    place.account.own(&ssh, 0o700);
    let hint = "check the disk on the server: df -h ~/.ssh";
    let full = |made: &str| {
        format!("no space or quota is left for \"~/.ssh/authorized_keys\" on the server; {made}")
    };
    let mut fillers = 0;
    let mut fill = || {
        while fs::write(ssh.join(format!("fill{fillers}")), [0; 4096]).is_ok() {
            fillers += 1;
        }
        fillers += 1;
    };
    // Space only for the rest of the last page: 40 bytes of the new line.
    let before = format!("{}\n", "#".repeat(4096 - 41));
    place.account.write(".ssh/authorized_keys", &before, 0o600);
    fill();
    place.fails(&["-s"], &full("nothing was written"), hint);
    assert_eq!(place.file(), before);
    fs::remove_file(place.account.authorized_keys()).unwrap();
    fill();
    place.fails(&["-s"], &full("the file was created and is empty"), hint);
    assert_eq!(place.file(), "");

    Mounted::mount(&ssh, "remount,ro");
    let read_only = "\"~/.ssh/authorized_keys\" on the server is on a read-only file system; \
        nothing was written";
    place.fails(&["-s"], read_only, hint);
    place.fails(&["-s", "-n"], read_only, hint);
}

/// A small file system, mounted until this is dropped.
struct Mounted(PathBuf);

impl Mounted {
    fn new(folder: &Path, options: &str) -> Self {
        Self::mount(folder, options);
        Self(folder.to_owned())
    }

    fn mount(folder: &Path, options: &str) {
        Run::new(program("mount"))
            .args(["-t", "tmpfs", "-o", options, "sshk-test"])
            .arg(folder)
            .run()
            .expect(0);
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        Run::new(program("umount")).arg(&self.0).run();
    }
}

#[test]
fn many_concurrent_installs_all_add_a_complete_line() {
    root_only!("many_concurrent_installs_all_add_a_complete_line");
    let place = OverSftp::new();
    let keys: Vec<PathBuf> =
        (0..8).map(|number| place.home.key("ed25519", &format!("key{number}"))).collect();
    let running: Vec<_> = keys
        .iter()
        .map(|key| place.copy_id(&["-s", "-f", "--no-verify", "-i", key.to_str().unwrap()]).start())
        .collect();
    for one in running {
        one.finish().expect(0);
    }
    let mut lines: Vec<String> = place.file().split_inclusive('\n').map(str::to_owned).collect();
    let mut wanted: Vec<String> = keys.iter().map(|key| public(key)).collect();
    lines.sort();
    wanted.sort();
    assert_eq!(lines, wanted);
}

#[test]
fn a_large_file_is_read_to_the_end() {
    root_only!("a_large_file_is_read_to_the_end");
    let place = OverSftp::new();
    let other =
        format!("{} {}\n", bare(&public(&place.home.key("ed25519", "other"))), "x".repeat(120));
    let before = other.repeat(50_000);
    assert!(before.len() > 10_000_000);
    place.account.write(".ssh/authorized_keys", format!("{before}{}", place.line()), 0o600);
    place.says(
        &["-s", "--no-verify"],
        0,
        &["already present, line 50001 of \
        ~/.ssh/authorized_keys"],
    );
    place.account.write(".ssh/authorized_keys", &before, 0o600);
    place.says(&["-s", "--no-verify"], 0, &["installed in ~/.ssh/authorized_keys"]);
    assert!(place.file() == before + &place.line());
}

#[test]
fn a_server_without_sftp_is_named() {
    root_only!("a_server_without_sftp_is_named");
    let place = OverSftp::on(
        Sshd::for_accounts().line("Subsystem other /bin/true").start(),
        Account::new("/bin/bash"),
    );
    place.fails(
        &["-s"],
        "logged in, but the server offers no SFTP for this account",
        "run it again without -s",
    );
    let place = OverSftp::on(
        Sshd::for_accounts().line("Subsystem sftp /nowhere/sftp-server").start(),
        Account::new("/bin/sh"),
    );
    place.fails(
        &["-s"],
        "logged in, but no SFTP server started: the program that ran instead exited without output",
        "run it again without -s",
    );
    let external = Sshd::for_accounts().line("Subsystem sftp /usr/lib/openssh/sftp-server").start();
    let place = OverSftp::on(external, Account::new("/usr/sbin/nologin"));
    let check = format!(
        "check what the account's startup files print before any command runs: sshk connect -p {} \
         {} true",
        place.sshd.port(),
        place.destination()
    );
    place.fails(
        &["-s"],
        "logged in, but no SFTP server started: the program that ran instead printed \"This \
         account is currently not available.\"",
        &check,
    );
}

#[test]
fn dropbear_runs_opensshs_sftp_server() {
    root_only!("dropbear_runs_opensshs_sftp_server");
    let (home, dropbear, account) = (Home::new(), Dropbear::start(&[]), Account::new("/bin/bash"));
    home.know(&dropbear.known_hosts());
    let key = home.key("ed25519", "id_ed25519");
    account.write(".ssh/authorized_keys", KEPT.trim_end(), 0o600);
    let destination = format!("{}@127.0.0.1", account.name());
    let port = dropbear.port().to_string();
    let run = home
        .sshk(["copy-id", "-s", "-p", &port, &destination])
        .env("SSHK_PASSWORD", account.password());
    let words = "installed in ~/.ssh/authorized_keys (its last line had no newline, and now has \
        one); \
        verified by a new login (ssh-ed25519)";
    says(&run.run().expect(0), &destination, &[words]);
    assert_eq!(
        fs::read_to_string(account.authorized_keys()).unwrap(),
        format!("{KEPT}{}", public(&key))
    );
}

#[test]
fn the_retry_in_the_summary_uses_sftp_too() {
    let home = Home::new();
    let key = home.key("ed25519", "id_ed25519");
    let hosts = ["127.0.0.1:1", "localhost:1"];
    let said =
        home.sshk(["copy-id", "-s", "-t", "a b", "-i"]).arg(&key).args(hosts).run().expect(1);
    let hint = format!(
        "sshk: hint: retry only these: sshk copy-id -s -t 'a b' -i {} 127.0.0.1:1 localhost:1\n",
        key.display()
    );
    assert!(said.err().ends_with(&hint), "{}", said.err());
}
