//! Adding a host's key: `ssh` finds it, and the file gets a complete line or none.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use sshk::error::Failure;
use sshk::hosts::known_hosts::{Error, HostName, learn as learn_with};

use crate::known_hosts::openssh::{KEYS, Verdict, ssh};
use crate::known_hosts::{Folder, host, read, words};

fn learn(file: &Path, host: &HostName, hash: bool) -> Result<bool, Error> {
    learn_with(file, &[host], &KEYS.key("ed25519"), hash, &mut rand::rng())
}

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o7777
}

#[test]
fn the_line_is_the_one_that_ssh_writes_and_ssh_finds_it() {
    for (name, port) in [("Web1", 22), ("web1", 2222), ("::1", 2222), ("0:0:0:0:0:0:0:1", 22)] {
        let folder = Folder::new();
        let (ours, theirs, none) =
            (folder.path("ours"), folder.path("theirs"), folder.path("none"));
        learn(&ours, &host(name, port), false).unwrap();
        assert_eq!(
            ssh(name, port, &theirs, &none, &["-oStrictHostKeyChecking=accept-new"]),
            Verdict::New
        );
        assert_eq!(
            std::fs::read_to_string(&ours).unwrap(),
            std::fs::read_to_string(&theirs).unwrap()
        );
        assert_eq!(ssh(name, port, &ours, &none, &[]), Verdict::Known(1));
    }
}

#[test]
fn ssh_finds_our_hashed_names_and_we_find_those_of_ssh() {
    let folder = Folder::new();
    let (ours, theirs, none) = (folder.path("ours"), folder.path("theirs"), folder.path("none"));
    for port in [22, 2222] {
        learn(&ours, &host("web1", port), true).unwrap();
        assert_eq!(ssh("web1", port, &ours, &none, &[]), Verdict::Known(1));
        ssh(
            "web1",
            port,
            &theirs,
            &none,
            &["-oStrictHostKeyChecking=accept-new", "-oHashKnownHosts=yes"],
        );
        assert_eq!(
            words(&read(&theirs).status(&host("web1", port), &KEYS.key("ed25519"))),
            "known 1"
        );
        let text = std::fs::read_to_string(&ours).unwrap();
        assert!(
            text.starts_with("|1|") && !text.contains("web1") && text.lines().count() == 1,
            "{text}"
        );
        for file in [&ours, &theirs] {
            std::fs::remove_file(file).unwrap();
        }
    }
    learn(&ours, &host("web1", 22), true).unwrap();
    learn(&theirs, &host("web1", 22), true).unwrap();
    assert_ne!(
        std::fs::read(&ours).unwrap(),
        std::fs::read(&theirs).unwrap(),
        "two entries have the same salt"
    );
}

#[test]
fn a_new_directory_and_file_are_private_and_existing_permissions_are_kept() {
    let folder = Folder::new();
    let file = folder.path(".ssh/known_hosts");
    learn(&file, &host("web1", 22), false).unwrap();
    assert_eq!((mode(&folder.path(".ssh")), mode(&file)), (0o700, 0o600));
    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o644)).unwrap();
    learn(&file, &host("web2", 22), false).unwrap();
    assert_eq!(mode(&file), 0o644);
    assert_eq!(words(&read(&file).status(&host("web2", 22), &KEYS.key("ed25519"))), "known 2");
}

#[test]
fn a_missing_final_newline_is_added_and_no_other_byte_changes() {
    let folder = Folder::new();
    let record = format!("web1 {}\n", KEYS.text("ed25519"));
    for (before, repaired) in
        [("", ""), ("# c", "# c\n"), ("# c\n", "# c\n"), ("a\r\nb\r\n", "a\r\nb\r\n"), ("\n", "\n")]
    {
        let file = folder.write("known_hosts", before);
        learn(&file, &host("web1", 22), false).unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), format!("{repaired}{record}"));
    }
}

#[test]
fn a_symbolic_link_is_followed_and_kept() {
    let folder = Folder::new();
    let (target, link) = (folder.path("dotfiles"), folder.path("known_hosts"));
    std::os::unix::fs::symlink(&target, &link).unwrap();
    for name in ["web1", "web2"] {
        learn(&link, &host(name, 22), false).unwrap();
    }
    assert!(link.is_symlink());
    assert_eq!(std::fs::read_to_string(&target).unwrap().lines().count(), 2);
}

#[test]
fn the_comment_of_the_key_is_not_written() {
    let folder = Folder::new();
    let mut key = KEYS.key("ed25519");
    key.set_comment("line\nweb2 ssh-ed25519 AAAA");
    let file = folder.path("known_hosts");
    learn_with(&file, &[&host("web1", 22)], &key, false, &mut rand::rng()).unwrap();
    assert_eq!(std::fs::read_to_string(&file).unwrap(), format!("web1 {}\n", KEYS.text("ed25519")));
}

#[test]
fn a_known_key_is_not_written_again() {
    let folder = Folder::new();
    let file = folder.write("known_hosts", format!("web* {}", KEYS.text("ed25519")));
    learn(&file, &host("web1", 22), true).unwrap();
    assert_eq!(std::fs::read_to_string(&file).unwrap(), format!("web* {}", KEYS.text("ed25519")));
}

#[test]
fn changed_and_revoked_keys_are_refused_and_the_line_is_named() {
    let folder = Folder::new();
    let before = format!(
        "# c\n[web1]:2222 {}\n@revoked web2 {}\n",
        KEYS.text("ed25519-other"),
        KEYS.text("ed25519")
    );
    let file = folder.write("known hosts", &before);
    let changed = learn(&file, &host("web1", 2222), false).unwrap_err();
    assert_eq!(
        changed.to_string(),
        format!(
            "[web1]:2222: host key has changed: {file:?} line 2 has a different one; the new key \
            was not added"
        )
    );
    assert_eq!(
        changed.hint().unwrap(),
        format!(
            "if the host was reinstalled, verify the new fingerprint with its administrator, then \
            run: ssh-keygen -R '[web1]:2222' -f '{}'",
            file.display()
        )
    );
    assert_eq!(changed.kind().as_str(), "host-key-changed");
    let revoked = learn(&file, &host("web2", 22), false).unwrap_err();
    assert_eq!(
        revoked.to_string(),
        format!("web2: host key is marked as revoked in {file:?} line 3; it was not added")
    );
    assert_eq!(revoked.hint().unwrap(), "ask the host's administrator for its current key");
    assert_eq!(revoked.kind().as_str(), "host-key-revoked");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), before);
}

#[test]
fn a_name_that_would_be_read_as_a_pattern_is_refused() {
    let folder = Folder::new();
    let file = folder.path("known_hosts");
    let error = learn(&file, &host("web*", 22), false).unwrap_err();
    assert_eq!(
        error.to_string(),
        "\"web*\" cannot be recorded in known_hosts: it would not be read back as a single name; \
         the host key was not added"
    );
    assert_eq!(error.hint().unwrap(), "choose a name for known_hosts: -o HostKeyAlias=web");
    assert!(!file.exists());
}

#[test]
fn a_directory_that_is_missing_two_levels_up_is_an_error() {
    let folder = Folder::new();
    let file = folder.path("a/b/known_hosts");
    let error = learn(&file, &host("web1", 22), false).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("cannot write {file:?}: no such file or directory; the host key was not added")
    );
    assert_eq!(
        error.hint().unwrap(),
        format!("check its permissions and the free space: ls -ld {0}; df {0}", file.display())
    );
    assert!(!folder.path("a").exists());
}

#[test]
fn concurrent_additions_lose_no_line() {
    let folder = Folder::new();
    let file = folder.write("known_hosts", "# no newline");
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let file = &file;
            scope.spawn(move || {
                for number in 0..10 {
                    learn(file, &host(&format!("web-{thread}-{number}"), 22), number % 2 == 0)
                        .unwrap();
                }
            });
        }
    });
    let known = read(&file);
    for (thread, number) in (0..8).flat_map(|thread| (0..10).map(move |number| (thread, number))) {
        let status =
            known.status(&host(&format!("web-{thread}-{number}"), 22), &KEYS.key("ed25519"));
        assert!(words(&status).starts_with("known"), "web-{thread}-{number}: {status:?}");
    }
}

/// A file size limit cuts the write short as a full disk does. It applies to a whole process, so
/// the test runs itself in a second one.
#[test]
fn a_full_disk_leaves_no_partial_line() {
    const FILE: &str = "KNOWN_HOSTS_OF_THE_FULL_DISK";
    let line = format!("web0 {}\n", KEYS.text("ed25519"));
    // The limit is in blocks of 512 or 1024 bytes, depending on the shell; 40 bytes are left with
    // either.
    let before = line.clone() + &"#".repeat(4096 - 40 - line.len() - 1) + "\n";
    if let Some(file) = std::env::var_os(FILE) {
        let file = Path::new(&file);
        let error = learn(file, &host("web1", 22), false).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "cannot write {file:?}: only 40 of {} bytes were written; the host key was not \
                added",
                line.len()
            )
        );
        return;
    }
    let folder = Folder::new();
    let file = folder.write("known_hosts", &before);
    let script = r#"trap '' XFSZ; ulimit -f "$1" || exit 9; shift; exec "$@""#;
    let blocks = 4096 / shell_block();
    let test = Command::new("sh")
        .args(["-c", script, "sh", &blocks.to_string()])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "known_hosts::learn::a_full_disk_leaves_no_partial_line", "--nocapture"])
        .env(FILE, &file)
        .output()
        .unwrap();
    assert!(
        test.status.success(),
        "{}{}",
        String::from_utf8_lossy(&test.stdout),
        String::from_utf8_lossy(&test.stderr)
    );
    assert!(String::from_utf8_lossy(&test.stdout).contains("1 passed"));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), before);
}

/// The size in bytes of a block of this shell's `ulimit -f`: 512 in dash, 1024 in bash.
fn shell_block() -> usize {
    let folder = Folder::new();
    let file = folder.path("block");
    let script = "trap '' XFSZ; ulimit -f 1 || exit 9; head -c 4096 /dev/zero > \"$1\"; true";
    assert!(
        Command::new("sh")
            .args(["-c", script, "sh"])
            .arg(&file)
            .stderr(std::process::Stdio::null())
            .status()
            .unwrap()
            .success()
    );
    file.metadata().unwrap().len() as usize
}
