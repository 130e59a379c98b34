//! A key file that is replaced: who can read it stays the same, it is the file that was read, and
//! nothing is left behind.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::Path;

use rustix::fs::{XattrFlags, getxattr, removexattr, setxattr};

use crate::support::home::names;
use crate::support::process::write_private;
use crate::support::{Account, Home, SOON, Terminal, program, root_only};

const ACCESS: &str = "system.posix_acl_access";
const DEFAULT: &str = "system.posix_acl_default";

/// A list as Linux's posix_acl_xattr.h has it: the owner may read and write, uid 4242 may read, the
/// owning group and others may nothing; `mask` is the most that 4242 and the group get.
fn list(mask: u16) -> Vec<u8> {
    const NOBODY: u32 = u32::MAX;
    let entries: [(u16, u16, u32); 5] =
        [(1, 6, NOBODY), (2, 4, 4242), (4, 0, NOBODY), (0x10, mask, NOBODY), (0x20, 0, NOBODY)];
    let mut bytes = 2u32.to_le_bytes().to_vec();
    for (tag, permissions, id) in entries {
        bytes.extend(tag.to_le_bytes());
        bytes.extend(permissions.to_le_bytes());
        bytes.extend(id.to_le_bytes());
    }
    bytes
}

/// The list of a file; empty if it has none.
fn list_of(file: &Path) -> Vec<u8> {
    let mut value = vec![0; 1024];
    let length = getxattr(file, ACCESS, &mut value[..]).unwrap_or(0);
    value.truncate(length);
    value
}

fn mode(file: &Path) -> u32 {
    fs::metadata(file).unwrap().mode() & 0o7777
}

/// A file whose list lets 4242 read it up to `mask`, and the run that replaces it.
fn with_list(home: &Home, name: &str, content: impl AsRef<[u8]>, mask: u16) {
    fs::write(home.join(name), content).unwrap();
    fs::set_permissions(home.join(name), fs::Permissions::from_mode(0o600)).unwrap();
    setxattr(home.join(name), ACCESS, &list(mask), XattrFlags::empty()).unwrap();
}

#[test]
fn a_replaced_file_keeps_its_access_control_list() {
    let home = Home::new();
    let key = home.key("ed25519", "id_ed25519");
    let public = fs::read(key.with_extension("pub")).unwrap();
    with_list(&home, "config.json", "{}", 4);
    with_list(&home, "key.pub", &public, 4);
    with_list(&home, "key", fs::read(&key).unwrap(), 0);
    // Not every file system has these.
    let has_notes = setxattr(home.join("key"), "user.note", b"of Ann", XattrFlags::empty()).is_ok();
    for (name, words, mask) in [
        ("config.json", &["oneline", ".ssh/id_ed25519", "--into", "config.json"][..], 4),
        ("key.pub", &["convert", "key.pub", "-C", "new"], 4),
        ("key", &["convert", "key", "-m", "pkcs8"], 0),
    ] {
        let (file, before) = (home.join(name), fs::read(home.join(name)).unwrap());
        home.sshk(words).run().expect(0);
        assert_ne!(fs::read(&file).unwrap(), before, "{name}");
        assert_eq!(list_of(&file), list(mask), "{name}");
        assert_eq!(mode(&file), 0o600 | u32::from(mask) << 3, "{name}");
    }
    let mut note = [0; 16];
    let length = getxattr(home.join("key"), "user.note", &mut note[..]);
    assert_eq!(length.ok(), has_notes.then_some(6));
}

#[test]
fn a_replaced_file_gets_no_access_control_list_from_its_directory() {
    let home = Home::new();
    home.key("ed25519", "id_ed25519");
    fs::create_dir(home.join("shared")).unwrap();
    setxattr(home.join("shared"), DEFAULT, &list(6), XattrFlags::empty()).unwrap();
    let file = home.join("shared/config.json");
    fs::write(&file, "{}").unwrap();
    removexattr(&file, ACCESS).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    home.sshk(["oneline", ".ssh/id_ed25519", "--into", "shared/config.json"]).run().expect(0);
    assert_eq!((list_of(&file), mode(&file)), (Vec::new(), 0o640));
}

/// An encrypted key `key` in a home, `sshk convert` of it at its question, and what the file says
/// before.
fn at_the_question(home: &Home) -> (Terminal, Vec<u8>) {
    let key = home.key("ed25519", "id_ed25519");
    crate::support::oracle::ssh_keygen(["-q", "-p", "-N", "secret", "-f"])
        .arg(&key)
        .run()
        .expect(0);
    fs::rename(&key, home.join("key")).unwrap();
    let mut terminal = Terminal::start(home.sshk(["convert", "key", "-m", "pkcs8"]));
    terminal.expect("Enter passphrase for key \"key\": ", SOON);
    terminal.expect_echo(false, SOON);
    let before = fs::read(home.join("key")).unwrap();
    (terminal, before)
}

#[test]
fn a_file_that_changed_during_the_passphrase_question_is_left_alone() {
    for change in ["another file", "a link to another file", "another content"] {
        let home = Home::new();
        let (mut terminal, before) = at_the_question(&home);
        write_private(&home.join("victim"), &before);
        match change {
            "another file" => fs::rename(home.join("victim"), home.join("key")).unwrap(),
            "a link to another file" => {
                fs::remove_file(home.join("key")).unwrap();
                symlink("victim", home.join("key")).unwrap();
            }
            _ => fs::write(home.join("key"), [&before[..], b"\n"].concat()).unwrap(),
        }
        let is_there = fs::read(home.join("key")).unwrap();
        terminal.send("secret\n");
        assert_eq!(terminal.wait(SOON), 1, "{change}");
        let said = "\"key\": another program changed it at the same time; nothing was written";
        assert!(terminal.screen().contains(said), "{change}: {}", terminal.screen());
        assert_eq!(fs::read(home.join("key")).unwrap(), is_there, "{change}");
        assert!(!names(home.path()).iter().any(|name| name.starts_with(".sshk-")), "{change}");
    }
}

#[test]
fn root_replaces_nothing_through_a_path_that_another_user_controls() {
    root_only!("root_replaces_nothing_through_a_path_that_another_user_controls");
    let (home, bob) = (Home::new(), Account::new("/bin/sh"));
    home.key("ed25519", "id_ed25519");
    write_private(&home.join("victim.json"), "{}");
    bob.write("config.json", "{}", 0o600);
    symlink(home.join("victim.json"), bob.home().join("link.json")).unwrap();
    // Of bob's in a directory of root's: he can make it lead nowhere else.
    symlink("victim.json", home.join("his.json")).unwrap();
    std::os::unix::fs::lchown(home.join("his.json"), Some(bob.uid()), None).unwrap();
    let into = |file: &Path| home.sshk(["oneline", ".ssh/id_ed25519", "--into"]).arg(file);
    for (file, step) in [
        (bob.home().join("config.json"), bob.home()),
        (bob.home().join("link.json"), bob.home()),
        (home.join("his.json"), home.join("his.json")),
    ] {
        let said = into(&file).run().expect(1);
        let why = format!(
            "sshk: error: {file:?} is in the hands of another user: {step:?} belongs to uid {}; \
            nothing was written\n",
            bob.uid()
        );
        assert!(said.err().starts_with(&why), "{}", said.err());
        assert_eq!(fs::read_to_string(&file).unwrap(), "{}");
    }
    into(&bob.home().join("config.json")).arg("--force").run().expect(0);
    // A file of his in a directory of root's stays his.
    write_private(&home.join("of-bob.json"), "{}");
    chown(home.join("of-bob.json"), Some(bob.uid()), None).unwrap();
    into(&home.join("of-bob.json")).run().expect(0);
    assert_eq!(fs::metadata(home.join("of-bob.json")).unwrap().uid(), bob.uid());
}

#[test]
fn a_limit_on_the_size_of_files_leaves_nothing_behind() {
    let home = Home::new();
    let key = home.key("rsa", "id_rsa");
    fs::copy(&key, home.join("key")).unwrap();
    fs::write(home.join("config.json"), "{}").unwrap();
    let (before, there) = (fs::read(&key).unwrap(), names(home.path()));
    for words in [
        &["convert", "key", "-m", "pem"][..],
        &["convert", "key", "-m", "pem", "-f", "out"],
        &["oneline", "key", "--into", "config.json"],
        &["oneline", "key", "--into", "new.json"],
        &["keygen", "-q", "-t", "ecdsa", "-b", "521", "-N", "", "-f", "new"],
    ] {
        let limited = home.run(program("prlimit")).arg("--fsize=512");
        let said = limited.arg(env!("CARGO_BIN_EXE_sshk")).args(words).run().expect(1);
        let why = "cannot be written: File too large (os error 27); nothing was written";
        assert!(said.err().contains(why), "{words:?}: {}", said.err());
        assert_eq!(names(home.path()), there, "{words:?}");
        assert_eq!(fs::read(home.join("key")).unwrap(), before, "{words:?}");
        assert_eq!(fs::read(home.join("config.json")).unwrap(), b"{}", "{words:?}");
    }
}
