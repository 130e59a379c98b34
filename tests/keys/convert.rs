//! `sshk convert`: ssh-keygen, openssl and ssh2 read what it writes, and whatever happens the file
//! is either the old one or the new one.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crate::support::home::names;
use crate::support::oracle::{
    askpass, node, openssl, public_key_of, puttygen, puttygen_new, ssh_keygen,
};
use crate::support::process::write_private;
use crate::support::{Home, Run, program, root_only};
use rustix::process::Signal;

const PASSPHRASE: &str = "correct horse";

/// Generates a key with ssh-keygen in the home directory, and returns its public key without the
/// comment.
fn keygen(home: &Home, name: &str, args: &[&str]) -> String {
    let run = ssh_keygen(["-q", "-C", "ann@example.org", "-a", "2", "-f"])
        .arg(home.join(name))
        .args(args);
    let run = if args.contains(&"-N") { run } else { run.args(["-N", ""]) };
    run.run().expect(0);
    bare(&read(&home.join(format!("{name}.pub"))))
}

fn bare(line: &str) -> String {
    line.split_whitespace().take(2).collect::<Vec<_>>().join(" ")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o7777
}

fn sshk(home: &Home, args: &[&str], passphrase: &str) -> Run {
    let run = home.sshk(["convert"]).args(args);
    if passphrase.is_empty() { run } else { run.env("SSHK_PASSPHRASE", passphrase) }
}

/// Checks that the programs that use the format read the file with this passphrase, each as the
/// same key. ssh2 reads no PKCS#8, OpenSSH 9.2 no ED25519 in it.
fn is_read(path: &Path, format: &str, kind: &str, passphrase: &str, public: &str) {
    if (format, kind) != ("pkcs8", "ed25519") {
        assert_eq!(bare(&public_key_of(path, passphrase)), public, "{format} {kind}");
    }
    if format != "openssh" {
        openssl(["pkey", "-check", "-noout", "-passin", &format!("pass:{passphrase}"), "-in"])
            .arg(path)
            .run()
            .expect(0);
    }
    // bcrypt in JavaScript takes seconds: one kind of key is enough.
    if format != "pkcs8" && (passphrase.is_empty() || format == "pem" || kind == "ed25519") {
        let script = "const { utils } = require('ssh2'); \
            const key = utils.parseKey(require('fs').readFileSync(process.argv[1]), \
            process.argv[2] || undefined); \
            if (key instanceof Error) throw key; console.log(key.type + ' ' + \
            key.getPublicSSH().toString('base64'))";
        let said = node(script, [path.as_os_str(), passphrase.as_ref()]).run().expect(0);
        assert_eq!(said.out().trim_end(), public, "{format} {kind}");
    }
}

#[test]
fn a_key_keeps_its_passphrase_permissions_and_comment_through_every_format() {
    for (kind, bits) in
        [("rsa", "2048"), ("ecdsa", "256"), ("ecdsa", "384"), ("ecdsa", "521"), ("ed25519", "256")]
    {
        for passphrase in ["", PASSPHRASE] {
            if !passphrase.is_empty() && ["384", "521"].contains(&bits) {
                continue;
            }
            let home = Home::new();
            let public = keygen(&home, "id", &["-t", kind, "-b", bits, "-N", passphrase]);
            let id = home.join("id");
            fs::set_permissions(&id, fs::Permissions::from_mode(0o400)).unwrap();
            for format in ["pem", "openssh", "pkcs8", "pem", "openssh"] {
                if (kind, format) == ("ed25519", "pem") {
                    continue;
                }
                let said = sshk(&home, &["id", "-m", format], passphrase).run().expect(0);
                let encryption = if passphrase.is_empty() { "no passphrase" } else { "encrypted" };
                let weak = "sshk: warning: the encryption of the PEM format is weak against \
                    passphrase guessing; \
                    -m pkcs8 or -m openssh protects a passphrase better\n";
                let warning = if format == "pem" && !passphrase.is_empty() { weak } else { "" };
                let fingerprint = ssh_keygen(["-l", "-f"]).arg(home.join("id.pub")).run().expect(0);
                let fingerprint = fingerprint.out().split(' ').nth(1).unwrap().to_owned();
                let words = format!(
                    "private key: id ({format}, {encryption})\nfingerprint: {fingerprint} \
                    ann@example.org\n{warning}"
                );
                assert_eq!((said.out(), said.err()), ("", words.as_str()));
                assert_eq!(
                    (mode(&id), names(home.path())),
                    (0o400, vec!["id".to_owned(), "id.pub".to_owned()])
                );
                is_read(&id, format, kind, passphrase, &public);
                if !passphrase.is_empty() && format != "openssh" {
                    let opened = sshk(&home, &["id", "-m", format], "wrong horse").run().expect(1);
                    assert_eq!(opened.err(), "sshk: error: \"id\": wrong passphrase\n");
                }
            }
            // Twice through a format without a comment: it came back from the .pub.
            assert!(public_key_of(&id, passphrase).ends_with(" ann@example.org"));
        }
    }
}

#[test]
fn a_passphrase_is_set_changed_and_removed_only_on_request() {
    let home = Home::new();
    let public = keygen(&home, "id", &["-t", "ecdsa"]);
    let id = home.join("id");
    let holds = |passphrase: &str| is_read(&id, "openssh", "ecdsa", passphrase, &public);
    sshk(&home, &["id", "-N", "first one"], "").run().expect(0);
    holds("first one");
    fs::write(home.join("new"), "second one\n").unwrap();
    fs::write(home.join("old"), "first one\n").unwrap();
    sshk(&home, &["id", "--passphrase-file", "old", "--new-passphrase-file", "new"], "")
        .run()
        .expect(0);
    holds("second one");
    sshk(&home, &["id", "--new-passphrase-file", "-"], "second one")
        .stdin("third one\n")
        .run()
        .expect(0);
    holds("third one");
    // Asked for once, and the key is encrypted with it again.
    let program = askpass(home.path(), "third one");
    let asked = sshk(&home, &["id", "-m", "pem"], "")
        .env("SSH_ASKPASS", program)
        .env("SSH_ASKPASS_REQUIRE", "force");
    asked.run().expect(0);
    is_read(&id, "pem", "ecdsa", "third one", &public);
    let before = read(&id);
    let refused = |args: &[&str], passphrase: &str, status: i32, words: &str| {
        let said = sshk(&home, args, passphrase).run().expect(status);
        assert_eq!((said.out(), said.err()), ("", words), "{args:?}");
        assert_eq!(read(&id), before, "{args:?}");
    };
    let empty = "sshk: error: an empty passphrase would leave the key unprotected; nothing \
        was written\n\
                 sshk: hint: to remove the passphrase, use --no-passphrase\n";
    refused(&["id", "-N", ""], "third one", 2, empty);
    fs::write(home.join("empty"), "\n").unwrap();
    refused(&["id", "--new-passphrase-file", "empty"], "third one", 2, empty);
    refused(
        &["id", "-m", "openssh", "--no-passphrase"],
        "wrong",
        1,
        "sshk: error: \"id\": wrong passphrase\n",
    );
    refused(
        &["id", "-m", "openssh"],
        "",
        1,
        "sshk: error: the passphrase of \"id\" is needed, and there is no terminal to ask on\n\
         sshk: hint: give it with --passphrase-file or in SSHK_PASSPHRASE, or load the key \
         with ssh-add\n",
    );
    refused(
        &["id", "-N", "four"],
        "third one",
        2,
        "sshk: error: the passphrase is too short: the pem format requires at least five \
         characters\n\
         sshk: hint: use a longer passphrase, or -m openssh\n",
    );
    refused(
        &["id", "--passphrase-file", "-", "--new-passphrase-file", "-"],
        "",
        2,
        "sshk: error: standard input can hold one passphrase, not two\n",
    );
    for together in
        [&["-N", "x", "--no-passphrase"][..], &["-N", "x", "--new-passphrase-file", "new"]]
    {
        let said = sshk(&home, &[&["id"], together].concat(), "third one").run().expect(2);
        assert!(said.err().contains("cannot be used with"), "{}", said.err());
    }
    sshk(&home, &["id", "--no-passphrase"], "third one").run().expect(0);
    is_read(&id, "pem", "ecdsa", "", &public);
}

#[test]
fn a_copy_leaves_the_key_alone_and_never_replaces_a_file() {
    let home = Home::new();
    let public = keygen(&home, "id", &["-t", "rsa", "-b", "2048"]);
    let before = read(&home.join("id"));
    let said = sshk(&home, &["-m", "PEM", "-f", "gateway.pem", "id"], "").run().expect(0);
    assert!(
        said.err()
            .starts_with("private key: gateway.pem (pem, no passphrase)\nfingerprint: SHA256:"),
        "{}",
        said.err()
    );
    is_read(&home.join("gateway.pem"), "pem", "rsa", "", &public);
    assert_eq!(mode(&home.join("gateway.pem")), 0o600);
    let printed = sshk(&home, &["id", "-m", "pem", "-f", "-", "-q"], "").run().expect(0);
    assert_eq!((printed.out(), printed.err()), (read(&home.join("gateway.pem")).as_str(), ""));
    symlink("nowhere", home.join("dangling")).unwrap();
    for taken in ["id", "id.pub", "gateway.pem", "dangling"] {
        // For id.pub there is another reason as well.
        let words = match taken {
            "id.pub" => {
                "\"id.pub\": the name of a private key cannot end in .pub; nothing was written\n\
                 sshk: hint: give the name of the private key: -f id"
                    .into()
            }
            _ => format!(
                "{taken:?} already exists; nothing was written\nsshk: hint: choose \
                another file with -f"
            ),
        };
        let status = if taken == "id.pub" { 2 } else { 1 };
        let said = sshk(&home, &["id", "-m", "pkcs8", "-f", taken], "").run().expect(status);
        assert_eq!(said.err(), format!("sshk: error: {words}\n"));
    }
    let said = sshk(&home, &["id", "-f", "no/such"], "").run().expect(1);
    assert_eq!(
        said.err(),
        "sshk: error: \"no\": no such directory; nothing was written\nsshk: hint: mkdir -m 700 -p \
        no\n"
    );
    // A copy in the same format is the file itself.
    sshk(&home, &["id", "-f", "copy"], "").run().expect(0);
    assert_eq!(read(&home.join("copy")), before);
    assert_eq!(read(&home.join("id")), before);
    assert_eq!(names(home.path()), ["copy", "dangling", "gateway.pem", "id", "id.pub"]);
}

#[test]
fn a_conversion_that_changes_nothing_or_is_impossible_is_wrong_usage() {
    let home = Home::new();
    keygen(&home, "id", &["-t", "ed25519"]);
    let before = read(&home.join("id"));
    let refused = |args: &[&str], status: i32, words: &str| {
        assert_eq!(sshk(&home, args, "").run().expect(status).err(), words);
        assert_eq!(read(&home.join("id")), before);
    };
    let nothing = "sshk: error: no change to the key was requested; nothing was written\n\
                   sshk: hint: choose a format with -m, a passphrase with -N, a comment with -C, \
                   a new file with -f, or --repair\n";
    refused(&["id"], 2, nothing);
    refused(&["id.pub"], 2, nothing);
    refused(
        &["id", "-m", "pem"],
        2,
        "sshk: error: a key of type ssh-ed25519 cannot be written in the pem format\n\
         sshk: hint: use -m openssh or -m pkcs8\n",
    );
    refused(
        &["id.pub", "-m", "pem"],
        2,
        "sshk: error: \"id.pub\": public keys can only be written in the openssh format; nothing \
        was written\nsshk: hint: use -m openssh\n",
    );
    refused(
        &["id.pub", "-N", "x"],
        2,
        "sshk: error: \"id.pub\": this is a public key, which has no passphrase; nothing was \
        written\nsshk: hint: give the private key\n",
    );
    let said = sshk(&home, &["id", "-m", "pkcs8", "-f", "id.pkcs8"], "").run().expect(0);
    assert!(
        said.err().starts_with("private key: id.pkcs8 (pkcs8, no passphrase)\n"),
        "{}",
        said.err()
    );
    refused(
        &["id.pkcs8", "-m", "pkcs8"],
        0,
        "\"id.pkcs8\" is already in that format; nothing was written\n",
    );
    refused(
        &["missing", "-m", "pem"],
        1,
        "sshk: error: \"missing\": no such file\nsshk: hint: generate it: sshk keygen -f missing\n",
    );
    let said = sshk(&home, &["id", "-m", "ppk2"], "").run().expect(2);
    assert!(said.err().contains("\"ppk2\" is not a key format"), "{}", said.err());
    fs::set_permissions(home.join("id"), fs::Permissions::from_mode(0o644)).unwrap();
    refused(
        &["id", "-m", "pkcs8"],
        1,
        "sshk: error: \"id\": permissions 0644 are too open: others can access this private key, \
         so ssh ignores it\n\
         sshk: hint: chmod 600 id\n",
    );
}

#[test]
fn a_comment_goes_into_formats_that_have_one_and_into_the_public_key() {
    let home = Home::new();
    let public = keygen(&home, "id", &["-t", "ecdsa"]);
    let (id, id_pub) = (home.join("id"), home.join("id.pub"));
    sshk(&home, &["id", "-C", "ben's\nown"], "").run().expect(0);
    assert!(public_key_of(&id, "").ends_with(" ben's own"));
    assert_eq!(read(&id_pub), format!("{public} ben's own\n"));
    let said = sshk(&home, &["id", "-m", "pem", "-C", "cleo"], "").run().expect(0);
    assert!(!said.err().contains("warning"), "{}", said.err());
    assert_eq!((read(&id_pub), mode(&id_pub)), (format!("{public} cleo\n"), 0o644));
    let lost = "sshk: warning: the comment was dropped: the pem format cannot hold one\n";
    let said = sshk(&home, &["id", "-C", "dora", "-f", "copy"], "").run().expect(0);
    assert!(said.err().ends_with(lost), "{}", said.err());
    assert_eq!(read(&id_pub), format!("{public} cleo\n"));
    sshk(&home, &["id", "-m", "openssh"], "").run().expect(0);
    assert!(public_key_of(&id, "").ends_with(" cleo"));
    fs::remove_file(&id_pub).unwrap();
    let said = sshk(&home, &["id", "-m", "pem"], "").run().expect(0);
    assert!(said.err().ends_with(lost), "{}", said.err());
    assert_eq!(names(home.path()), ["copy", "id"]);
    // A key without one gets the name that ssh-add would use.
    sshk(&home, &["id", "-m", "openssh", "-f", "named"], "").run().expect(0);
    assert!(public_key_of(&home.join("named"), "").ends_with(" id"));
    // Another key's .pub is left alone.
    let other = keygen(&home, "other", &["-t", "ecdsa"]);
    fs::rename(home.join("other.pub"), &id_pub).unwrap();
    sshk(&home, &["id", "-m", "openssh", "-C", "emil"], "").run().expect(0);
    assert_eq!(read(&id_pub), format!("{other} ann@example.org\n"));
    // A public key by itself.
    sshk(&home, &["id.pub", "-C", "fay"], "").run().expect(0);
    assert_eq!(read(&id_pub), format!("{other} fay\n"));
}

#[test]
fn putty_files_become_openssh_keys() {
    let home = Home::new();
    let secret = home.join("secret");
    fs::write(&secret, format!("{PASSPHRASE}\n")).unwrap();
    for (kind, theirs) in [("rsa", "rsa"), ("ecdsa", "ecdsa"), ("eddsa", "ed25519")] {
        let bits = match kind {
            "rsa" => "2048",
            "ecdsa" => "256",
            _ => "255",
        };
        for version in if kind == "rsa" { &["2", "3"][..] } else { &["3"] } {
            let (file, name) = (home.join("key.ppk"), "key.ppk");
            let parameters = format!("version={version}");
            puttygen_new(kind, bits, "from putty")
                .args(["--ppk-param", &parameters, "--new-passphrase"])
                .arg(&secret)
                .arg("-o")
                .arg(&file)
                .run()
                .expect(0);
            let public = bare(puttygen(["-L"]).arg(&file).run().expect(0).out());
            sshk(&home, &[name, "-f", "copy"], PASSPHRASE).run().expect(0);
            is_read(&home.join("copy"), "openssh", theirs, PASSPHRASE, &public);
            assert!(public_key_of(&home.join("copy"), PASSPHRASE).ends_with(" from putty"));
            let words = "sshk: error: \"key.ppk\": wrong passphrase\n";
            assert_eq!(
                sshk(&home, &[name, "-m", "openssh"], "wrong horse").run().expect(1).err(),
                words
            );
            sshk(&home, &[name], PASSPHRASE).run().expect(0);
            is_read(&file, "openssh", theirs, PASSPHRASE, &public);
            fs::remove_file(&file).unwrap();
            fs::remove_file(home.join("copy")).unwrap();
        }
    }
}

#[test]
fn repair_restores_the_file_and_asks_for_no_passphrase() {
    let home = Home::new();
    let id = home.join("id");
    for (kind, format) in [("rsa", "PEM"), ("ed25519", "RFC4716"), ("ecdsa", "PKCS8")] {
        for passphrase in ["", PASSPHRASE] {
            keygen(&home, "id", &["-t", kind, "-m", format, "-N", passphrase]);
            let whole = read(&id);
            for damaged in [
                whole.replace('\n', "\r\n"),
                format!("\u{feff}{whole}"),
                whole.trim_end().to_owned(),
                format!("The key of ann:\n\n{whole}\nthat was it\n"),
                whole.replace('\n', " \t\n"),
                whole.replace('\n', "\\n"),
                whole.replace('\n', " "),
                whole.replace('\n', "\n    "),
                format!("\"privateKey\": \"{}\",\n", whole.replace('\n', "\\n")),
                data_encoding::BASE64.encode(whole.as_bytes()),
            ] {
                fs::write(&id, damaged).unwrap();
                let said = sshk(&home, &["id", "--repair"], "").run().expect(0);
                assert_eq!(read(&id), whole, "{kind} {format}");
                let name =
                    if format == "RFC4716" { "openssh".into() } else { format.to_lowercase() };
                assert_eq!(said.err(), format!("private key: id ({name})\n"));
            }
            let said = sshk(&home, &["id", "--repair"], "").run().expect(0);
            assert_eq!(said.err(), "\"id\" needs no repair; nothing was written\n");
            fs::write(&id, whole.replace('\n', "\r\n")).unwrap();
            sshk(&home, &["id", "--repair", "-f", "repaired"], "").run().expect(0);
            assert_eq!(
                (read(&home.join("repaired")), read(&id)),
                (whole.clone(), whole.replace('\n', "\r\n"))
            );
            fs::write(&id, &whole[..whole.len() * 2 / 3]).unwrap();
            let said = sshk(&home, &["id", "--repair"], "").run().expect(1);
            assert!(
                said.err().starts_with(
                    "sshk: error: \"id\": the key is cut short: its last line, -----END "
                ),
                "{}",
                said.err()
            );
            assert_eq!(read(&id), whole[..whole.len() * 2 / 3]);
            for name in ["id", "id.pub", "repaired"] {
                fs::remove_file(home.join(name)).unwrap();
            }
        }
    }
    // UTF-16, as PowerShell's redirection writes it.
    keygen(&home, "id", &["-t", "ed25519"]);
    let whole = read(&id);
    fs::write(
        &id,
        [0xfeff]
            .into_iter()
            .chain(whole.encode_utf16())
            .flat_map(u16::to_le_bytes)
            .collect::<Vec<_>>(),
    )
    .unwrap();
    let said = sshk(&home, &["id", "-m", "pkcs8"], "").run().expect(1);
    let words = "sshk: error: \"id\": the key is damaged: it is UTF-16\nsshk: hint: sshk convert \
        id --repair\n";
    assert_eq!(said.err(), words);
    sshk(&home, &["id", "--repair"], "").run().expect(0);
    assert_eq!(read(&id), whole);
    // What is missing is reported, and nothing is written.
    let line = whole.lines().nth(3).unwrap();
    let holed = whole.replace(&format!("{line}\n"), "");
    fs::write(&id, &holed).unwrap();
    let said = sshk(&home, &["id", "--repair"], "").run().expect(1);
    assert!(
        said.err().starts_with("sshk: error: \"id\": the key is incomplete: "),
        "{}",
        said.err()
    );
    assert_eq!(read(&id), holed);
    // A PuTTY file stays one.
    let file = home.join("key.ppk");
    let made = puttygen([
        "-q",
        "-t",
        "eddsa",
        "-b",
        "255",
        "--random-device",
        "/dev/urandom",
        "--new-passphrase",
        "/dev/null",
        "-o",
    ]);
    made.arg(&file).run().expect(0);
    let whole = read(&file);
    fs::write(&file, format!("\u{feff}{}\r\n", whole.replace('\n', "\r\n"))).unwrap();
    assert_eq!(
        sshk(&home, &["key.ppk", "--repair"], "").run().expect(0).err(),
        "private key: key.ppk (ppk3)\n"
    );
    assert_eq!(read(&file), whole);
}

#[test]
fn a_link_stays_a_link_and_its_file_is_replaced() {
    let home = Home::new();
    let public = keygen(&home, "real", &["-t", "ecdsa"]);
    fs::create_dir(home.join("keys")).unwrap();
    fs::rename(home.join("real"), home.join("keys/real")).unwrap();
    symlink("keys/real", home.join("link")).unwrap();
    // The old file itself is never written to: another name of it keeps the old key.
    fs::hard_link(home.join("keys/real"), home.join("old")).unwrap();
    let before = read(&home.join("old"));
    sshk(&home, &["link", "-m", "pem"], "").run().expect(0);
    assert_eq!(read(&home.join("old")), before);
    assert_eq!(fs::read_link(home.join("link")).unwrap(), Path::new("keys/real"));
    is_read(&home.join("keys/real"), "pem", "ecdsa", "", &public);
    assert_eq!(names(&home.join("keys")), ["real"]);
}

#[test]
fn the_owner_of_a_file_stays() {
    root_only!("the_owner_of_a_file_stays");
    let home = Home::new();
    keygen(&home, "id", &["-t", "ecdsa"]);
    chown(home.join("id"), Some(4242), Some(4343)).unwrap();
    fs::set_permissions(home.join("id"), fs::Permissions::from_mode(0o640)).unwrap();
    sshk(&home, &["id", "-m", "pem"], "").run().expect(0);
    let metadata = fs::metadata(home.join("id")).unwrap();
    assert_eq!((metadata.uid(), metadata.gid(), metadata.mode() & 0o7777), (4242, 4343, 0o640));
}

/// Unmounts the file system even if the test fails.
struct Mounted<'a>(&'a Path);

impl Drop for Mounted<'_> {
    fn drop(&mut self) {
        Run::new(program("umount")).arg(self.0).run().expect(0);
    }
}

#[test]
fn a_full_disk_leaves_the_old_key_and_nothing_else() {
    root_only!("a_full_disk_leaves_the_old_key_and_nothing_else");
    let home = Home::new();
    keygen(&home, "id", &["-t", "ecdsa"]);
    let disk = home.join("disk");
    fs::create_dir(&disk).unwrap();
    Run::new(program("mount"))
        .args(["-t", "tmpfs", "-o", "size=8k,mode=0700", "none"])
        .arg(&disk)
        .run()
        .expect(0);
    let _mounted = Mounted(&disk);
    fs::copy(home.join("id"), disk.join("id")).unwrap();
    let before = read(&disk.join("id"));
    fs::write(disk.join("fill"), [0; 4096]).unwrap();
    let said = sshk(&home, &["disk/id", "-m", "pem"], "").run().expect(1);
    let words = "sshk: error: \"disk/id\": cannot be written: No space left on device (os error \
        28); nothing was written\n";
    assert_eq!(said.err(), words);
    assert_eq!(
        (read(&disk.join("id")), names(&disk)),
        (before, vec!["fill".to_owned(), "id".to_owned()])
    );
}

#[test]
fn killed_at_any_moment_convert_leaves_the_old_key_or_the_new() {
    let home = Home::new();
    let public = keygen(&home, "id", &["-t", "rsa", "-b", "2048"]);
    let id = home.join("id");
    // Meanwhile another thread keeps reading it, and never sees a partial file.
    let done = Arc::new(AtomicBool::new(false));
    let reader = thread::spawn({
        let (id, done) = (id.clone(), done.clone());
        move || {
            let mut reads = 0;
            while !done.load(Ordering::Relaxed) {
                let text = read(&id);
                assert!(
                    text.starts_with("-----BEGIN ") && text.ends_with(" PRIVATE KEY-----\n"),
                    "{text:?}"
                );
                reads += 1;
            }
            reads
        }
    });
    let mut at = Duration::ZERO;
    let (mut old, mut new) = (0, 0);
    // From the first instruction on, until a run ends before it is killed.
    for signal in [Signal::KILL, Signal::INT].into_iter().cycle().take(120) {
        let before = read(&id);
        let started = sshk(&home, &["id", "-m", "pem", "-N", PASSPHRASE], PASSPHRASE).start();
        thread::sleep(at);
        started.send(signal);
        started.finish();
        if read(&id) == before {
            old += 1;
            // Small steps first; even a slow machine gets there.
            at += Duration::from_micros(500).max(at / 16);
        } else {
            new += 1;
            at /= 2;
        }
        let passphrase = if read(&id).contains("ENCRYPTED") { PASSPHRASE } else { "" };
        assert_eq!(bare(&public_key_of(&id, passphrase)), public, "after {at:?} and {signal:?}");
        let left: Vec<_> =
            names(home.path()).into_iter().filter(|name| !name.starts_with("id")).collect();
        if signal == Signal::INT {
            assert!(left.is_empty(), "{left:?}");
        }
        for name in left {
            assert_eq!(mode(&home.join(&name)), 0o600, "{name}");
            fs::remove_file(home.join(name)).unwrap();
        }
    }
    assert!(old > 0 && new > 0, "{old} {new}");
    done.store(true, Ordering::Relaxed);
    assert!(reader.join().unwrap() > 100);
}

#[test]
fn a_comment_from_another_program_stays_one_line() {
    let home = Home::new();
    let public = keygen(&home, "id", &["-t", "ed25519"]);
    write_private(&home.join("copy"), read(&home.join("id")));
    sshk(&home, &["copy", "-C", "a\u{1b}[2Jb\u{2028}c"], "").run().expect(0);
    assert_eq!(public_key_of(&home.join("copy"), ""), format!("{public} a [2Jb c"));
}
