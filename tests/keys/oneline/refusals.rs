//! Anything but a complete private key: status 1, a message, and nothing on stdout.

use std::fs;

use super::{PEM, made, oneline};
use crate::support::oracle::{openssl, ssh_keygen};
use crate::support::process::write_private;
use crate::support::{Home, Run, program};

#[track_caller]
fn assert_refused(home: &Home, file: &str, words: &str, hint: &str) {
    let said = oneline(home, &[file]);
    let hint = if hint.is_empty() { String::new() } else { format!("sshk: hint: {hint}\n") };
    assert_eq!(
        (said.code(), said.out(), said.err()),
        (1, "", format!("sshk: error: {file:?}: {words}\n{hint}").as_str())
    );
}

/// The text as a file, about which more is reported than about a stream.
#[track_caller]
fn assert_file_refused(home: &Home, text: impl AsRef<[u8]>, words: &str, hint: &str) {
    let _ = fs::remove_file(home.join("bad"));
    write_private(&home.join("bad"), text.as_ref());
    assert_refused(home, "bad", words, hint);
}

/// The same text as a file and on standard input.
#[track_caller]
fn assert_text_refused(home: &Home, text: impl AsRef<[u8]>, words: &str, hint: &str) {
    let _ = fs::remove_file(home.join("bad"));
    write_private(&home.join("bad"), text.as_ref());
    assert_refused(home, "bad", words, hint);
    let said = home.sshk(["oneline", "-"]).stdin(text.as_ref()).run();
    let first = format!("sshk: error: \"standard input\": {words}");
    assert_eq!((said.code(), said.out(), said.err().lines().next()), (1, "", Some(first.as_str())));
}

#[test]
fn paths_without_a_key_are_refused_without_waiting() {
    let home = Home::new();
    fs::create_dir(home.join("folder")).unwrap();
    Run::new(program("mkfifo")).arg(home.join("pipe")).run().expect(0);
    let _socket = std::os::unix::net::UnixListener::bind(home.join("socket")).unwrap();
    assert_refused(&home, "missing", "no such file", "generate it: sshk keygen -f missing");
    assert_refused(&home, "folder", "this is a directory, not a regular file", "");
    assert_refused(
        &home,
        "pipe",
        "this is a pipe, not a regular file",
        "write it to a file first: (umask 077; cat pipe > pipe.key)",
    );
    assert_refused(&home, "/dev/zero", "this is a device, not a regular file", "");
    #[cfg(target_os = "linux")]
    assert_refused(&home, "socket", "cannot be opened: No such device or address (os error 6)", "");
    assert_refused(&home, "folder/none/key", "no such file", "");
    fs::write(home.join("empty"), "").unwrap();
    assert_refused(&home, "empty", "it is empty", "");
}

#[test]
fn an_unreadable_file_is_reported() {
    let home = Home::new();
    let key = made(&home, "key", "", &["-t", "ed25519"]);
    // Root can read everything; nobody cannot read our files.
    let sshk = if rustix::process::geteuid().is_root() {
        let copy = home.join("sshk");
        // Not fs::copy: a process that another test forks meanwhile would hold the copy open for
        // writing, and it could not be run.
        Run::new(program("cp")).arg(env!("CARGO_BIN_EXE_sshk")).arg(&copy).run().expect(0);
        fs::set_permissions(home.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755))
            .unwrap();
        Run::new(program("setpriv"))
            .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
            .arg(copy)
    } else {
        fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o000)).unwrap();
        Run::new(env!("CARGO_BIN_EXE_sshk"))
    };
    let said = sshk.arg("oneline").arg(&key).run();
    let words =
        format!("sshk: error: {key:?}: cannot be opened: Permission denied (os error 13)\n");
    assert_eq!((said.code(), said.out(), said.err()), (1, "", words.as_str()));
}

#[test]
fn a_public_key_or_a_certificate_is_refused_with_a_hint_to_the_private_key() {
    let home = Home::new();
    made(&home, "key", "", &["-t", "ed25519"]);
    let ca = made(&home, "ca", "", &["-t", "ed25519"]);
    assert_refused(
        &home,
        "key.pub",
        "this is a public key, not a private key",
        "give the private key: key",
    );
    ssh_keygen(["-q", "-I", "ann", "-s"]).arg(ca).arg(home.join("key.pub")).run().expect(0);
    assert_refused(
        &home,
        "key-cert.pub",
        "this is a certificate, not a key",
        "give the private key: key",
    );
    let public = fs::read(home.join("key.pub")).unwrap();
    assert_text_refused(
        &home,
        public,
        "this is a public key, not a private key",
        "give the private key, the file without .pub",
    );
    let rsa = made(&home, "rsa", "", &PEM);
    for form in ["RFC4716", "PKCS8", "PEM"] {
        let foreign = ssh_keygen(["-e", "-m", form, "-f"]).arg(&rsa).run().expect(0);
        let hint = "give the private key, the file without .pub";
        assert_text_refused(&home, foreign.out(), "this is a public key, not a private key", hint);
    }
}

const REPAIR: &str = "sshk convert bad --repair";
const AGAIN: &str = "copy the whole file again from its source";

#[test]
fn a_damaged_key_is_refused_with_the_reason() {
    let home = Home::new();
    let text = fs::read_to_string(made(&home, "key", "", &PEM)).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let join = |lines: &[&str]| lines.join("\n") + "\n";
    let cut = "the key is cut short: its last line, -----END RSA PRIVATE KEY-----, is missing";
    assert_text_refused(&home, &text[..text.len() / 2], cut, AGAIN);
    assert_text_refused(&home, join(&lines[..lines.len() - 2]), cut, AGAIN);
    let first = "the key is damaged: its first line, -----BEGIN …-----, is missing";
    assert_text_refused(&home, join(&lines[2..]), first, AGAIN);
    let without_one = join(&[&lines[..5], &lines[6..]].concat());
    let whole: usize = lines[1..lines.len() - 1]
        .iter()
        .map(|line| line.trim_end_matches('=').len())
        .sum::<usize>()
        * 3
        / 4;
    assert_file_refused(
        &home,
        without_one,
        &format!("the key is incomplete: 48 of its {whole} bytes are missing"),
        AGAIN,
    );
    assert_text_refused(
        &home,
        text.replace('\n', "\\n"),
        "the key is damaged: its line breaks are the two characters \\n",
        REPAIR,
    );
    assert_text_refused(
        &home,
        text.replace('\n', " "),
        "the key is damaged: its line breaks are lost",
        REPAIR,
    );
    assert_text_refused(
        &home,
        text.replace('\n', "\n    ").replacen("-----", "    -----", 1),
        "the key is damaged: its lines are indented",
        REPAIR,
    );
    let strange = text.replacen(lines[3], &lines[3].replace(&lines[3][..1], "é"), 1);
    assert_text_refused(&home, strange, "the key is damaged: line 4 is not base64", AGAIN);
    assert_text_refused(
        &home,
        text.repeat(2),
        "it holds 2 keys, and one is expected",
        "split it into files with one key each",
    );
}

#[test]
fn texts_without_a_key_are_refused() {
    let home = Home::new();
    let nothing = "this is not a key: it has no -----BEGIN … PRIVATE KEY----- line";
    assert_text_refused(&home, "", "it is empty", "");
    assert_text_refused(&home, " \r\n\n", "it is empty", "");
    assert_text_refused(&home, "hunter2\n", nothing, "");
    assert_text_refused(&home, "{ \"privateKey\": null }\n", nothing, "");
    assert_text_refused(&home, b"-----BEGIN\xff\xfa\xc3", "this is not text: it is not UTF-8", "");
    assert_text_refused(&home, b"a\0b", "this is not text: it contains zero bytes", "");
    assert_text_refused(
        &home,
        vec![b'a'; (1 << 20) + 1],
        "it is larger than 1 MiB, and no key is that large",
        "",
    );
    assert_text_refused(
        &home,
        vec![0; 2 << 20],
        "it is larger than 1 MiB, and no key is that large",
        "",
    );
    let text = fs::read_to_string(made(&home, "key", "", &["-t", "ed25519"])).unwrap();
    for wide in [
        [
            &[0xff, 0xfe],
            text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>().as_slice(),
        ]
        .concat(),
        [
            &[0xfe, 0xff],
            text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<_>>().as_slice(),
        ]
        .concat(),
    ] {
        assert_file_refused(&home, wide, "the key is damaged: it is UTF-16", REPAIR);
    }
}

#[test]
fn an_endless_standard_input_is_cut_off() {
    let home = Home::new();
    let said = home
        .run("/bin/sh")
        .args(["-c", "exec \"$0\" oneline - </dev/zero", env!("CARGO_BIN_EXE_sshk")])
        .run();
    let words = "sshk: error: \"standard input\": it is larger than 1 MiB, and no key is \
        that large\n";
    assert_eq!((said.code(), said.out(), said.err()), (1, "", words));
}

#[test]
fn unsupported_key_types_are_refused() {
    let home = Home::new();
    made(&home, "rsa", "", &PEM);
    let dsa = "-----BEGIN DSA PRIVATE KEY-----\nMIIB\n-----END DSA PRIVATE KEY-----\n";
    assert_text_refused(
        &home,
        dsa,
        "this is a DSA key, which OpenSSH and current servers no longer accept",
        "generate a new key: sshk keygen",
    );
    let camellia =
        openssl(["rsa", "-traditional", "-camellia128", "-passout", "pass:secret", "-in"])
            .arg(home.join("rsa"))
            .run()
            .expect(0);
    assert_text_refused(
        &home,
        camellia.out(),
        "the cipher \"CAMELLIA-128-CBC\" is not supported",
        "encrypt it again: openssl pkcs8 -topk8 -v2 aes-256-cbc -in bad -out bad.pkcs8",
    );
}

#[test]
fn no_error_repeats_the_input() {
    let home = Home::new();
    let text = fs::read_to_string(made(&home, "key", "", &PEM)).unwrap();
    let inside = text.lines().nth(3).unwrap();
    for damaged in [
        text.replace("END RSA", "END"),
        text.replace('\n', " "),
        text[40..].to_owned(),
        format!("{text}{text}"),
    ] {
        let said = home.sshk(["oneline", "-vvv", "-"]).stdin(&damaged).run().expect(1);
        assert!(!said.err().contains(inside) && said.out().is_empty(), "{}", said.err());
    }
}

#[test]
fn the_hint_about_a_missing_key_generates_that_key() {
    let home = Home::new();
    let said = home.sshk(["show", "id_ed25519.pub"]).run().expect(1);
    let hint = said.err().lines().last().unwrap();
    let command = hint.strip_prefix("sshk: hint: generate it: sshk ").unwrap();
    assert_eq!(command, "keygen -t ed25519 -f id_ed25519");
    home.sshk(command.split(' ')).args(["-N", ""]).run().expect(0);
    home.sshk(["show", "id_ed25519.pub"]).run().expect(0);
}
