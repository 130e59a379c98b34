//! Where the files go: permissions, existing files, and paths that cannot hold a file.

use std::fs::{self, File, Permissions};
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::{assert_fails, assert_usage, fingerprint, keygen, mode, names};
use crate::support::oracle::public_key_of;
use crate::support::{Home, Run, program, root_only};

const HINT: &str = "choose another file with -f, or replace it with --force";

/// `-b 16384`: a refusal that comes after the search instead of before it runs into the deadline.
const SLOW: [&str; 4] = ["-b", "16384", "-N", ""];
const QUICK: [&str; 4] = ["-t", "ed25519", "-N", ""];

#[test]
fn the_umask_does_not_change_permissions() {
    for umask in ["000", "022", "077", "777"] {
        let home = Home::new();
        let command = format!("umask {umask}; exec \"$0\" \"$@\"");
        let sshk = home.run("/bin/sh").args(["-c", &command, env!("CARGO_BIN_EXE_sshk"), "keygen"]);
        sshk.args(QUICK).run().expect(0);
        let modes =
            [".ssh", ".ssh/id_ed25519", ".ssh/id_ed25519.pub"].map(|name| mode(&home.join(name)));
        assert_eq!(modes, [0o700, 0o600, 0o644], "umask {umask}");
    }
}

#[test]
fn an_existing_folder_keeps_its_permissions() {
    let home = Home::new();
    fs::set_permissions(home.ssh(), Permissions::from_mode(0o755)).unwrap();
    keygen(&home, &QUICK).expect(0);
    assert_eq!(mode(&home.ssh()), 0o755);
}

#[test]
fn an_existing_file_is_left_alone() {
    for there in ["key", "key.pub"] {
        let home = Home::new();
        fs::write(home.join(there), "theirs").unwrap();
        let said = keygen(&home, &[&SLOW[..], &["-f", "key"]].concat());
        assert_fails(&said, 1, &format!("{there:?} already exists; nothing was written"), HINT);
        assert_eq!(
            (names(home.path()), fs::read(home.join(there)).unwrap()),
            (vec![there.to_owned()], b"theirs".to_vec())
        );
    }
    let home = Home::new();
    let words = format!("{:?} already exists; nothing was written", home.join(".ssh/id_rsa"));
    fs::write(home.ssh().join("id_rsa"), "theirs").unwrap();
    assert_fails(&keygen(&home, &SLOW), 1, &words, HINT);
}

#[test]
fn if_missing_creates_the_key_only_once() {
    let home = Home::new();
    let once = || keygen(&home, &[&QUICK[..], &["--if-missing"]].concat()).expect(0);
    assert!(once().err().starts_with("private key: ~/.ssh/id_ed25519\n"));
    let before = fs::read(home.join(".ssh/id_ed25519")).unwrap();
    let again = once();
    assert_eq!(
        (again.out(), again.err()),
        ("", "~/.ssh/id_ed25519 already exists; nothing was written\n")
    );
    assert_eq!(fs::read(home.join(".ssh/id_ed25519")).unwrap(), before);
}

#[test]
fn if_missing_looks_for_the_private_key_file_only() {
    let home = Home::new();
    fs::write(home.join("key.pub"), "theirs").unwrap();
    let said = keygen(&home, &[&SLOW[..], &["-f", "key", "--if-missing"]].concat());
    assert_fails(&said, 1, "\"key.pub\" already exists; nothing was written", HINT);
    symlink("nowhere", home.join("link")).unwrap();
    let said = keygen(&home, &[&SLOW[..], &["-f", "link", "--if-missing"]].concat());
    assert_fails(&said, 1, "\"link\" already exists; nothing was written", HINT);
    assert_eq!(names(home.path()), ["key.pub", "link"]);
}

#[test]
fn if_missing_succeeds_over_a_private_key_only_and_writes_a_missing_public_key() {
    let home = Home::new();
    for json in [&[][..], &["--json"]] {
        for (content, words) in [("", "it is empty"), ("junk\n", "this is not a key")] {
            fs::write(home.join("key"), content).unwrap();
            let arguments = [&SLOW[..], &["-f", "key", "--if-missing"], json].concat();
            let said = keygen(&home, &arguments).expect(1);
            assert!(said.err().contains(words), "{content:?}: {}", said.err());
            assert_eq!(fs::read_to_string(home.join("key")).unwrap(), content);
        }
        fs::remove_file(home.join("key")).unwrap();
        let key = home.key("ed25519", "id_ed25519");
        let public = fs::read_to_string(key.with_extension("pub")).unwrap();
        fs::remove_file(key.with_extension("pub")).unwrap();
        let arguments = [&QUICK[..], &["--if-missing"], json].concat();
        keygen(&home, &arguments).expect(0);
        assert_eq!(fs::read_to_string(key.with_extension("pub")).unwrap(), public);
        fs::remove_dir_all(home.ssh()).unwrap();
    }
}

#[test]
fn force_replaces_both_files_and_links_themselves() {
    let home = Home::new();
    let key = home.key("ed25519", "id_ed25519");
    let (old, old_public) = (fs::read(&key).unwrap(), fs::read(key.with_extension("pub")).unwrap());
    keygen(&home, &[&QUICK[..], &["--force"]].concat()).expect(0);
    assert_ne!(
        (fs::read(&key).unwrap(), fs::read(key.with_extension("pub")).unwrap()),
        (old, old_public)
    );
    assert_eq!(
        public_key_of(&key, ""),
        fs::read_to_string(key.with_extension("pub")).unwrap().trim_end()
    );

    fs::write(home.join("theirs"), "theirs").unwrap();
    symlink("theirs", home.join("key")).unwrap();
    symlink("nowhere", home.join("key.pub")).unwrap();
    keygen(&home, &[&QUICK[..], &["--force", "-f", "key"]].concat()).expect(0);
    assert_eq!(fs::read(home.join("theirs")).unwrap(), b"theirs");
    assert_eq!([mode(&home.join("key")), mode(&home.join("key.pub"))], [0o600, 0o644]);
    assert_eq!(names(home.path()), [".ssh", "key", "key.pub", "theirs"]);
    assert_eq!(names(&home.ssh()), ["id_ed25519", "id_ed25519.pub"]);
}

#[test]
fn force_and_if_missing_together_are_wrong_usage() {
    let home = Home::new();
    let said = keygen(&home, &["--force", "--if-missing"]);
    assert_eq!((said.code(), said.out()), (2, ""));
    assert!(
        said.err().starts_with("sshk: error: the argument '--")
            && said.err().contains("cannot be used with"),
        "{}",
        said.err()
    );
}

#[test]
fn a_dangling_link_counts_as_an_existing_file() {
    for name in ["key", "key.pub"] {
        let home = Home::new();
        symlink(home.join("nowhere"), home.join(name)).unwrap();
        let said = keygen(&home, &[&SLOW[..], &["-f", "key"]].concat());
        assert_fails(&said, 1, &format!("{name:?} already exists; nothing was written"), HINT);
        assert_eq!(names(home.path()), [name]);
    }
}

#[test]
fn paths_that_cannot_hold_a_key_are_refused_before_the_search() {
    let home = Home::new();
    fs::create_dir(home.join("folder")).unwrap();
    fs::create_dir(home.join("key.pub")).unwrap();
    fs::write(home.join("file"), "").unwrap();
    for (file, words, hint) in [
        (
            "new.pub",
            "\"new.pub\": the name of a private key cannot end in .pub; nothing was written",
            "give the name of the private key: -f new",
        ),
        (
            "file.pub",
            "\"file.pub\": the name of a private key cannot end in .pub; nothing was written",
            "give the name of the private key: -f file",
        ),
        (
            "folder",
            "\"folder\": this names a directory, not a file; nothing was written",
            "name a file in it: -f folder/id_rsa",
        ),
        (
            "folder/",
            "\"folder/\": this names a directory, not a file; nothing was written",
            "name a file in it: -f folder/id_rsa",
        ),
        (
            ".",
            "\".\": this names a directory, not a file; nothing was written",
            "name a file in it: -f ./id_rsa",
        ),
        (
            "new/",
            "\"new/\": this names a directory, not a file; nothing was written",
            "name a file in it: -f new/id_rsa",
        ),
        (
            "key",
            "\"key.pub\": this names a directory, not a file; nothing was written",
            "name a file in it: -f key.pub/id_rsa",
        ),
        (
            "a b/c/key",
            "\"a b/c\": no such directory; nothing was written",
            "mkdir -m 700 -p 'a b/c'",
        ),
        ("file/key", "\"file\": cannot be used: not a directory; nothing was written", ""),
    ] {
        for force in [&[][..], &["--force"]] {
            assert_fails(
                &keygen(&home, &[&SLOW[..], &["-f", file], force].concat()),
                1 + i32::from(file.ends_with(".pub")),
                words,
                hint,
            );
        }
    }
    assert_usage(
        &keygen(&home, &["-f", ""]),
        "sshk: error: a value is required for '-f <FILE>' but none was supplied",
    );
    assert_eq!(names(home.path()), ["file", "folder", "key.pub"]);
    assert_eq!(names(&home.join("folder")), [""; 0]);
}

#[test]
fn a_missing_home_is_reported() {
    let home = Home::new();
    let gone = home.join("gone");
    let said = home.sshk(["keygen"]).args(SLOW).env("HOME", &gone).run();
    let words = format!(
        "{:?}: cannot be created: No such file or directory (os error 2); nothing was written",
        gone.join(".ssh")
    );
    assert_fails(&said, 1, &words, "");
}

/// The binary run by a user who owns nothing: `nobody` if we are root, since root may write
/// everywhere.
fn as_nobody(folder: &Path) -> Run {
    if !rustix::process::geteuid().is_root() {
        return Run::new(env!("CARGO_BIN_EXE_sshk"));
    }
    // Others may have no access to the build directory.
    let copy = folder.join("sshk");
    // Not fs::copy: a process that another test forks meanwhile would hold it open for writing.
    Run::new(program("cp")).arg(env!("CARGO_BIN_EXE_sshk")).arg(&copy).run().expect(0);
    Run::new(program("setpriv"))
        .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
        .arg(copy)
}

#[test]
fn a_folder_that_cannot_be_written_to_is_refused_before_the_search() {
    let home = Home::new();
    fs::create_dir(home.join("closed")).unwrap();
    for folder in [home.path(), &home.join("closed")] {
        fs::set_permissions(folder, Permissions::from_mode(0o755)).unwrap();
    }
    let sshk = || {
        as_nobody(home.path())
            .env("HOME", home.join("closed"))
            .current_dir(home.path())
            .arg("keygen")
            .args(SLOW)
    };
    let (there, made) = (sshk().args(["-f", "closed/key"]), sshk());
    // HOME counts only if it is the caller's own.
    if rustix::process::geteuid().is_root() {
        std::os::unix::fs::chown(home.join("closed"), Some(65534), None).unwrap();
    }
    fs::set_permissions(home.join("closed"), Permissions::from_mode(0o555)).unwrap();
    assert_fails(
        &there.run(),
        1,
        "\"closed/key\": cannot be written: Permission denied (os error 13); nothing was written",
        "",
    );
    let words = format!(
        "{:?}: cannot be created: Permission denied (os error 13); nothing was written",
        home.join("closed/.ssh")
    );
    assert_fails(&made.run(), 1, &words, "");
    fs::set_permissions(home.join("closed"), Permissions::from_mode(0o755)).unwrap();
    assert_eq!(names(&home.join("closed")), [""; 0]);
}

/// A small file system, unmounted when this is dropped. Needs root.
struct Tmpfs(TempDir);

impl Tmpfs {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        Run::new(program("mount"))
            .args(["-t", "tmpfs", "-o", "size=40k", "tmpfs"])
            .arg(folder.path())
            .run()
            .expect(0);
        Self(folder)
    }

    fn join(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn make_read_only(&self) {
        Run::new(program("mount")).args(["-o", "remount,ro"]).arg(self.0.path()).run().expect(0);
    }

    /// Leaves space for this many pages of 4 KiB.
    fn fill(&self, free: u64) {
        let mut fill = File::create(self.join("fill")).unwrap();
        while fill.write_all(&[0; 4096]).is_ok() {}
        fill.set_len(fill.metadata().unwrap().len() / 4096 * 4096 - free * 4096).unwrap();
    }
}

impl Drop for Tmpfs {
    fn drop(&mut self) {
        Run::new(program("umount")).arg(self.0.path()).run().expect(0);
    }
}

#[test]
fn a_read_only_home_is_refused_before_the_search() {
    root_only!("a_read_only_home_is_refused_before_the_search");
    let (home, disk) = (Home::new(), Tmpfs::new());
    disk.make_read_only();
    let said = home.sshk(["keygen"]).args(SLOW).env("HOME", disk.join("")).run();
    let words = format!(
        "{:?}: cannot be created: Read-only file system (os error 30); nothing was written",
        disk.join(".ssh")
    );
    assert_fails(&said, 1, &words, "");
}

#[test]
fn a_full_disk_keeps_the_old_pair_and_no_part_of_a_new_one() {
    root_only!("a_full_disk_keeps_the_old_pair_and_no_part_of_a_new_one");
    for (free, failing) in [(0, "key"), (1, "key.pub")] {
        let (home, disk) = (Home::new(), Tmpfs::new());
        let file = disk.join("key");
        let make =
            |args: &[&str]| home.sshk(["keygen", "-f"]).arg(&file).args(QUICK).args(args).run();
        make(&[]).expect(0);
        let before = (fs::read(&file).unwrap(), fingerprint(&disk.join("key.pub")));
        disk.fill(free);
        let words = format!(
            "{:?}: cannot be written: No space left on device (os error 28); nothing was written",
            disk.join(failing)
        );
        assert_fails(&make(&["--force"]), 1, &words, "");
        assert_eq!(names(disk.0.path()), ["fill", "key", "key.pub"]);
        assert_eq!((fs::read(&file).unwrap(), fingerprint(&disk.join("key.pub"))), before);
    }
}
