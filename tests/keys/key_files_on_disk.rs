//! Key files on disk: found as ssh finds them, never waited for, and made whole or not at all.

use sshk::KeyFile;
use sshk::error::Failure;
use sshk::keys::key_file::Error;
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str, mode: u32) -> PathBuf {
        let path = self.at(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path
    }

    /// A pair made by ssh-keygen.
    fn keygen(&self, name: &str, options: &[&str]) -> (String, String) {
        let path = self.at(name);
        let status = Command::new("ssh-keygen")
            .args(["-q", "-C", name, "-f"])
            .arg(&path)
            .args(options)
            .status()
            .unwrap();
        assert!(status.success());
        (
            fs::read_to_string(&path).unwrap(),
            fs::read_to_string(self.at(&format!("{name}.pub"))).unwrap(),
        )
    }

    fn names(&self) -> Vec<String> {
        names(self.0.path())
    }
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn mode(path: &Path) -> u32 {
    path.symlink_metadata().unwrap().permissions().mode() & 0o7777
}

const ED25519: [&str; 4] = ["-t", "ed25519", "-N", ""];

fn is_root() -> bool {
    rustix::process::getuid().is_root()
}

/// Says, past the capture of the test harness, that a test did not run.
fn left_out(name: &str) {
    std::io::stderr().write_all(format!("left out: {name} (needs root)\n").as_bytes()).unwrap();
}

/// A small file system of its own, gone with its handle. Only for root.
struct Tmpfs(TempDir);

impl Tmpfs {
    fn new(options: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let status = Command::new("mount")
            .args(["-t", "tmpfs", "-o", options, "tmpfs"])
            .arg(folder.path())
            .status()
            .unwrap();
        assert!(status.success());
        Self(folder)
    }
}

impl Drop for Tmpfs {
    fn drop(&mut self) {
        let status = Command::new("umount").arg(self.0.path()).status().unwrap();
        assert!(status.success());
    }
}

#[test]
fn the_private_or_the_public_key_names_the_pair() {
    for (typed, private, public) in [
        ("id", "id", "id.pub"),
        ("id.pub", "id", "id.pub"),
        ("/k/id.old", "/k/id.old", "/k/id.old.pub"),
        ("/k/id.old.pub", "/k/id.old", "/k/id.old.pub"),
        ("/k/.pub", "/k/.pub", "/k/.pub.pub"),
    ] {
        let file = KeyFile::new(typed);
        assert_eq!(
            (file.private_path(), file.public_path()),
            (private.into(), public.into()),
            "{typed}"
        );
        assert_eq!(file.path(), Path::new(typed));
    }
}

#[test]
fn only_regular_files_are_read_and_nothing_waits() {
    let folder = Folder::new();
    let fifo = folder.at("fifo");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let _listener = std::os::unix::net::UnixListener::bind(folder.at("socket")).unwrap();
    for (path, message) in [
        (fifo.clone(), "this is a pipe, not a regular file"),
        (folder.0.path().to_owned(), "this is a directory, not a regular file"),
        ("/dev/zero".into(), "this is a device, not a regular file"),
        (folder.at("nothing"), "no such file"),
    ] {
        for error in [
            KeyFile::new(&path).read_text().unwrap_err(),
            KeyFile::new(&path).read_private().unwrap_err(),
            KeyFile::new(&path).read_public().unwrap_err(),
        ] {
            assert_eq!(error.to_string(), format!("{path:?}: {message}"));
        }
    }
    assert!(matches!(KeyFile::new(folder.at("socket")).read_text(), Err(Error::Io { .. })));
    let dash = KeyFile::new(&fifo).read_text().unwrap_err();
    assert_eq!(dash.hint().unwrap(), "save it to a file first: (umask 077; cat PIPE > FILE)");
}

#[test]
fn a_file_that_is_too_large_or_not_text_is_refused() {
    let folder = Folder::new();
    let huge = folder.at("huge");
    File::create(&huge).unwrap().set_len(8 << 30).unwrap();
    let error = KeyFile::new(&huge).read_text().unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("{huge:?}: it is larger than 1 MiB, and no key is that large")
    );
    // A file of /proc says that it has 0 bytes: what counts is what is read.
    #[cfg(target_os = "linux")]
    assert!(KeyFile::new("/proc/self/status").read_text().unwrap().starts_with("Name:"));
    for (bytes, why) in [
        (&b"\xff\xfe-\0-\0"[..], "it is UTF-16; save it as UTF-8"),
        (b"-----\0", "it contains zero bytes"),
        (b"-----\xe9", "it is not UTF-8"),
    ] {
        let path = folder.at("key");
        fs::write(&path, bytes).unwrap();
        let error = KeyFile::new(&path).read_text().unwrap_err();
        assert_eq!(error.to_string(), format!("{path:?}: this is not text: {why}"));
    }
}

#[test]
fn a_private_key_that_others_can_reach_is_refused_as_ssh_does() {
    let folder = Folder::new();
    folder.keygen("it's", &ED25519);
    let path = folder.at("it's");
    for (mode, taken) in [
        (0o600, true),
        (0o400, true),
        (0o700, true),
        (0o640, false),
        (0o604, false),
        (0o660, false),
        (0o610, false),
    ] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let ssh =
            Command::new("ssh-keygen").args(["-y", "-P", "", "-f"]).arg(&path).output().unwrap();
        assert_eq!(ssh.status.success(), taken, "{mode:o}");
        match KeyFile::new(&path).read_private() {
            Ok(_) => assert!(taken, "{mode:o}"),
            Err(error) => {
                let message = "are too open: others can access this private key, so ssh ignores it";
                assert_eq!(error.to_string(), format!("{path:?}: permissions 0{mode:o} {message}"));
                assert_eq!(error.kind().as_str(), "bad-permissions");
                assert_eq!(
                    error.hint().unwrap(),
                    format!("chmod 600 '{}'", path.to_str().unwrap().replace('\'', "'\\''"))
                );
                assert!(!taken, "{mode:o}");
            }
        }
    }
}

#[test]
fn the_public_key_is_found_where_ssh_finds_it() {
    let folder = Folder::new();
    let (private, public) = folder.keygen("a", &ED25519);
    let (_, other) = folder.keygen("b", &ED25519);
    let line = |name: &str| {
        KeyFile::new(folder.at(name)).read_public().map(|key| key.to_openssh().unwrap() + "\n")
    };
    assert_eq!(line("a").unwrap(), public);
    assert_eq!(line("a.pub").unwrap(), public);
    // From the private key alone, the comment too.
    folder.write("alone", &private, 0o600);
    assert_eq!(line("alone").unwrap(), public);
    // A public key by any name; ssh prefers it to the one beside it, too.
    folder.write("x", &public, 0o644);
    folder.write("x.pub", &other, 0o644);
    assert_eq!(line("x").unwrap(), public);
    let theirs = Command::new("ssh-keygen").arg("-lf").arg(folder.at("x")).output().unwrap();
    assert!(String::from_utf8(theirs.stdout).unwrap().ends_with(" a (ED25519)\n"));
    // The private key is not needed, and if it cannot be read, that does not matter.
    folder.write("agent.pub", &public, 0o644);
    assert_eq!(line("agent").unwrap(), public);
    folder.write("agent", "no key", 0o600);
    assert_eq!(line("agent").unwrap(), public);
    folder.write("open", &private, 0o644);
    folder.write("open.pub", &public, 0o644);
    assert_eq!(line("open").unwrap(), public);
    // Spaces, tabs, comments and blank lines around the one key; CRLF.
    folder.write(
        "loose.pub",
        &format!("# mine\r\n\r\n  {}\r\n", public.trim_end().replace(' ', "\t ")),
        0o644,
    );
    assert_eq!(line("loose").unwrap(), public);
}

#[test]
fn the_public_key_of_an_encrypted_key_needs_the_passphrase_only_if_the_format_hides_it() {
    let folder = Folder::new();
    let (_, public) = folder.keygen("openssh", &["-t", "ed25519", "-N", "correct horse"]);
    folder.keygen("pem", &["-t", "ecdsa", "-m", "PEM", "-N", "correct horse"]);
    fs::remove_file(folder.at("openssh.pub")).unwrap();
    fs::remove_file(folder.at("pem.pub")).unwrap();
    let found = KeyFile::new(folder.at("openssh")).read_public().unwrap();
    assert_eq!(found.key_data(), public.parse::<ssh_key::PublicKey>().unwrap().key_data());
    let error = KeyFile::new(folder.at("pem")).read_public().unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("{:?}: the key is encrypted and needs a passphrase", folder.at("pem"))
    );
    assert_eq!(error.kind().as_str(), "passphrase-needed");
}

#[test]
fn a_file_that_does_not_hold_exactly_one_public_key_is_refused() {
    let folder = Folder::new();
    let (private, public) = folder.keygen("a", &ED25519);
    let (_, other) = folder.keygen("b", &ED25519);
    let refused = |text: &str, kind: &str, message: &str| {
        let path = folder.write("x.pub", text, 0o644);
        let error = KeyFile::new(&path).read_public().unwrap_err();
        assert_eq!(
            (error.to_string(), error.kind().as_str()),
            (format!("{path:?}: {message}"), kind)
        );
    };
    let message = "this file should hold a public key but holds a private one; it was not used, \
        and nothing was sent";
    refused(&private, "private-in-public", message);
    refused(&format!("{public}{private}"), "private-in-public", message);
    refused(&private.replace('\n', " "), "private-in-public", message);
    refused("PuTTY-User-Key-File-2: ssh-rsa\n", "private-in-public", message);
    refused(&format!("{public}{other}"), "several-keys", "it holds 2 keys, and one is expected");
    refused("", "not-a-key", "it is empty");
    refused("# nothing\n", "not-a-key", "it is empty");
    refused(
        "hello world\n",
        "not-a-key",
        "this is not a key: it has no public key line such as ssh-ed25519 AAAA… comment",
    );
    refused(&public[..41], "not-a-key", "the key is damaged: its base64 text is incomplete");
    refused(
        &public.replacen("ssh-ed25519", "ssh-rsa", 1),
        "not-a-key",
        "the key is damaged: the type before the key is not the type in the key",
    );
    let status = Command::new("ssh-keygen")
        .args(["-q", "-s"])
        .arg(folder.at("a"))
        .args(["-I", "x", "-n", "ann"])
        .arg(folder.at("b.pub"))
        .status();
    assert!(status.unwrap().success());
    let certificate = folder.at("b-cert.pub");
    let error = KeyFile::new(&certificate).read_public().unwrap_err();
    assert_eq!(error.to_string(), format!("{certificate:?}: this is a certificate, not a key"));
    assert_eq!(
        error.hint().unwrap(),
        format!("give the private key: {}", folder.at("b").display())
    );
}

#[test]
fn a_pub_file_of_another_key_is_refused() {
    let folder = Folder::new();
    folder.keygen("a", &ED25519);
    let (_, other) = folder.keygen("b", &ED25519);
    folder.write("a.pub", &other, 0o644);
    let error = KeyFile::new(folder.at("a")).read_public().unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("{:?}: this is not the public key of {:?}", folder.at("a.pub"), folder.at("a"))
    );
    assert_eq!(
        error.hint().unwrap(),
        format!(
            "write the public key again: ssh-keygen -y -f {0} > {0}.pub",
            folder.at("a").display()
        )
    );
}

#[test]
fn a_pair_is_created_with_the_right_permissions_and_nothing_else() {
    let folder = Folder::new();
    KeyFile::new(folder.at("id")).create_pair("private\n", "public", false, false).unwrap();
    assert_eq!(folder.names(), ["id", "id.pub"]);
    assert_eq!((mode(&folder.at("id")), mode(&folder.at("id.pub"))), (0o600, 0o644));
    assert_eq!(fs::read_to_string(folder.at("id")).unwrap(), "private\n");
    assert_eq!(fs::read_to_string(folder.at("id.pub")).unwrap(), "public\n");
}

#[test]
fn existing_files_are_left_alone() {
    for taken in ["id", "id.pub"] {
        for link in [false, true] {
            let folder = Folder::new();
            if link {
                symlink(folder.at("elsewhere"), folder.at(taken)).unwrap();
            } else {
                folder.write(taken, "old", 0o640);
            }
            let file = KeyFile::new(folder.at("id"));
            assert_eq!(file.occupied(), Some(folder.at(taken)));
            let error = file.create_pair("private\n", "public\n", false, false).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("{:?} already exists; nothing was written", folder.at(taken))
            );
            assert_eq!(
                error.hint().unwrap(),
                "choose another file with -f, or replace it with --force"
            );
            assert_eq!(folder.names(), [taken]);
            if link {
                assert_eq!(fs::read_link(folder.at(taken)).unwrap(), folder.at("elsewhere"));
            } else {
                assert_eq!(
                    (
                        fs::read_to_string(folder.at(taken)).unwrap().as_str(),
                        mode(&folder.at(taken))
                    ),
                    ("old", 0o640)
                );
            }
        }
    }
}

#[test]
fn overwriting_replaces_both_files_but_not_the_target_of_a_link() {
    let folder = Folder::new();
    folder.write("elsewhere", "precious", 0o644);
    symlink(folder.at("elsewhere"), folder.at("id")).unwrap();
    folder.write("id.pub", "old", 0o600);
    KeyFile::new(folder.at("id")).create_pair("private\n", "public\n", true, false).unwrap();
    assert_eq!(folder.names(), ["elsewhere", "id", "id.pub"]);
    assert_eq!(fs::read_to_string(folder.at("elsewhere")).unwrap(), "precious");
    assert_eq!((mode(&folder.at("id")), mode(&folder.at("id.pub"))), (0o600, 0o644));
    assert_eq!(fs::read_to_string(folder.at("id")).unwrap(), "private\n");
    // Nothing there yet is no reason to fail.
    KeyFile::new(folder.at("new")).create_pair("private\n", "public\n", true, false).unwrap();
}

#[test]
fn a_folder_with_the_name_of_a_file_is_left_alone_and_so_is_the_old_key() {
    for overwrite in [false, true] {
        let folder = Folder::new();
        folder.write("id", "old", 0o600);
        fs::create_dir(folder.at("id.pub")).unwrap();
        let error = KeyFile::new(folder.at("id"))
            .create_pair("private\n", "public\n", overwrite, false)
            .unwrap_err();
        assert!(error.to_string().ends_with("; nothing was written"), "{error}");
        assert_eq!(folder.names(), ["id", "id.pub"]);
        assert_eq!(fs::read_to_string(folder.at("id")).unwrap(), "old");
    }
}

#[test]
fn a_missing_folder_is_created_only_on_request() {
    let folder = Folder::new();
    let file = KeyFile::new(folder.at(".ssh/id"));
    let error = file.create_pair("private\n", "public\n", false, false).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("{:?}: no such directory; nothing was written", folder.at(".ssh"))
    );
    assert_eq!(error.hint().unwrap(), format!("mkdir -m 700 -p {}", folder.at(".ssh").display()));
    assert!(folder.names().is_empty());
    file.create_pair("private\n", "public\n", false, true).unwrap();
    assert_eq!(mode(&folder.at(".ssh")), 0o700);
    assert_eq!(names(&folder.at(".ssh")), ["id", "id.pub"]);
    folder.write("file", "", 0o644);
    let error = KeyFile::new(folder.at("file/id"))
        .create_pair("private\n", "public\n", false, true)
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("{:?}: cannot be used: not a directory; nothing was written", folder.at("file"))
    );
}

#[test]
fn the_name_of_a_private_key_cannot_end_in_pub() {
    let folder = Folder::new();
    let path = folder.at("id.pub");
    let error = KeyFile::new(&path).create_pair("private\n", "public\n", true, false).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("{path:?}: the name of a private key cannot end in .pub; nothing was written")
    );
    assert_eq!(
        (error.kind().as_str(), error.hint().unwrap()),
        ("usage", format!("give the name of the private key: -f {}", folder.at("id").display()))
    );
    assert!(folder.names().is_empty());
}

#[test]
fn a_folder_without_write_permission_is_reported() {
    if is_root() {
        let folder = Tmpfs::new("size=1m");
        let path = folder.0.path().join("id");
        fs::write(&path, "old").unwrap();
        let status =
            Command::new("mount").args(["-o", "remount,ro"]).arg(folder.0.path()).status().unwrap();
        assert!(status.success());
        let error =
            KeyFile::new(&path).create_pair("private\n", "public\n", true, false).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "{path:?}: cannot be written: Read-only file system (os error 30); nothing was \
                written"
            )
        );
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
    } else {
        let folder = Folder::new();
        fs::create_dir(folder.at("closed")).unwrap();
        fs::set_permissions(folder.at("closed"), fs::Permissions::from_mode(0o500)).unwrap();
        let path = folder.at("closed/id");
        let error =
            KeyFile::new(&path).create_pair("private\n", "public\n", false, false).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "{path:?}: cannot be written: Permission denied (os error 13); nothing was written"
            )
        );
    }
}

#[test]
fn a_full_disk_loses_nothing_and_leaves_nothing() {
    if !is_root() {
        return left_out("a_full_disk_loses_nothing_and_leaves_nothing");
    }
    // A page is 4 KiB: with none free the private key does not fit, with one free the public key
    // does not.
    for (free, failing) in [(0, "id"), (1, "id.pub")] {
        for old in [false, true] {
            let folder = Tmpfs::new("size=40k");
            let at = |name: &str| folder.0.path().join(name);
            let mut expected = vec!["fill".to_owned()];
            if old {
                KeyFile::new(at("id"))
                    .create_pair("old private\n", "old public\n", false, false)
                    .unwrap();
                expected.extend(["id".to_owned(), "id.pub".to_owned()]);
            }
            let mut fill = File::create(at("fill")).unwrap();
            while fill.write_all(&[0; 4096]).is_ok() {}
            fill.set_len(fill.metadata().unwrap().len() / 4096 * 4096 - free * 4096).unwrap();
            let error = KeyFile::new(at("id"))
                .create_pair("private\n", "public\n", old, false)
                .unwrap_err();
            let message =
                "cannot be written: No space left on device (os error 28); nothing was written";
            assert_eq!(error.to_string(), format!("{:?}: {message}", at(failing)));
            assert_eq!(names(folder.0.path()), expected);
            if old {
                assert_eq!(fs::read_to_string(at("id")).unwrap(), "old private\n");
                assert_eq!(fs::read_to_string(at("id.pub")).unwrap(), "old public\n");
            }
        }
    }
}

#[test]
fn if_the_public_key_cannot_be_replaced_the_old_private_key_is_restored() {
    if !is_root() {
        return left_out("if_the_public_key_cannot_be_replaced_the_old_private_key_is_restored");
    }
    for old in [false, true] {
        let folder = Tmpfs::new("size=1m");
        let at = |name: &str| folder.0.path().join(name);
        fs::write(at("id.pub"), "old public").unwrap();
        let mut expected = vec!["id.pub"];
        if old {
            fs::write(at("id"), "old private").unwrap();
            expected.insert(0, "id");
        }
        // What something is mounted on cannot be renamed over.
        let mount = |arguments: &[&str]| {
            assert!(
                Command::new(arguments[0])
                    .args(&arguments[1..])
                    .arg(at("id.pub"))
                    .status()
                    .unwrap()
                    .success()
            )
        };
        mount(&["mount", "--bind", at("id.pub").to_str().unwrap()]);
        let error =
            KeyFile::new(at("id")).create_pair("private\n", "public\n", true, false).unwrap_err();
        mount(&["umount"]);
        let message =
            "cannot be replaced: Device or resource busy (os error 16); nothing was written";
        assert_eq!(error.to_string(), format!("{:?}: {message}", at("id.pub")));
        assert_eq!(names(folder.0.path()), expected);
        assert_eq!(fs::read_to_string(at("id.pub")).unwrap(), "old public");
        assert_eq!(fs::read_to_string(at("id")).ok().as_deref(), old.then_some("old private"));
    }
}
