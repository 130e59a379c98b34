//! The passphrase from every place where it can be given, and the messages if there is none.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;

use super::{assert_fails, assert_usage, keygen, names};
use crate::support::oracle::{self, public_key_of, ssh_keygen};
use crate::support::process::write_program;
use crate::support::{Home, Run};

fn make(home: &Home, args: &[&str]) -> Run {
    home.sshk(["keygen", "-q", "-t", "ed25519", "-a", "1", "-f", "key"]).args(args)
}

#[track_caller]
fn assert_locked(home: &Home, run: Run, passphrase: &str) {
    assert_eq!(run.run().expect(0).err(), "");
    public_key_of(&home.join("key"), passphrase);
    if !passphrase.is_empty() {
        ssh_keygen(["-y", "-P", "", "-f"]).arg(home.join("key")).run().expect(255);
    }
}

#[test]
fn the_passphrase_comes_from_an_option_a_file_standard_input_or_the_environment() {
    for (content, passphrase) in [
        ("from a file", "from a file"),
        ("one newline\n", "one newline"),
        ("dos\r\n", "dos"),
        (" blanks \n", " blanks "),
        ("\n", ""),
        ("", ""),
    ] {
        let home = Home::new();
        fs::write(home.join("secret"), content).unwrap();
        assert_locked(&home, make(&home, &["--passphrase-file", "secret"]), passphrase);
        assert_locked(
            &home,
            make(&home, &["--force", "--passphrase-file", "-"]).stdin(content),
            passphrase,
        );
    }
    let home = Home::new();
    assert_locked(&home, make(&home, &["-N", "-dash first"]), "-dash first");
    assert_locked(
        &home,
        make(&home, &["--force"]).env("SSHK_PASSPHRASE", "from outside"),
        "from outside",
    );
    assert_locked(
        &home,
        make(&home, &["--force", "-N", "option"]).env("SSHK_PASSPHRASE", "from outside"),
        "option",
    );
    assert_locked(
        &home,
        make(&home, &["--force", "--passphrase-file", "-"])
            .stdin("in")
            .env("SSHK_PASSPHRASE", "from outside"),
        "in",
    );
    assert_locked(&home, make(&home, &["--force"]).env("SSHK_PASSPHRASE", ""), "");
}

#[test]
fn without_a_passphrase_or_a_terminal_keygen_fails_at_once_with_a_hint() {
    let home = Home::new();
    let wanted = format!(
        "a passphrase for {:?} is needed, and there is no terminal to ask on",
        home.join(".ssh/id_rsa")
    );
    assert_fails(
        &keygen(&home, &["-b", "16384"]),
        1,
        &wanted,
        "give it with --passphrase-file or SSHK_PASSPHRASE, or -N '' for no passphrase",
    );
    assert_eq!(names(home.path()), [""; 0]);
    let json = keygen(&home, &["--json", "-q"]).expect(1);
    let error: serde_json::Value = serde_json::from_str(json.out()).unwrap();
    assert_eq!(
        (&error["error"]["kind"], &error["error"]["message"]),
        (&"no-terminal".into(), &wanted.into())
    );
}

#[test]
fn a_file_without_a_passphrase_is_reported() {
    let home = Home::new();
    fs::write(home.join("binary"), b"\xff\xfe").unwrap();
    fs::write(home.join("long"), "x".repeat(65537)).unwrap();
    for (file, words) in [
        ("missing", "could not read the secret from \"missing\": no such file or directory"),
        (".", "could not read the secret from \".\": is a directory"),
        ("binary", "could not read the secret from \"binary\": stream did not contain valid UTF-8"),
        ("long", "\"long\" is too long to hold a password or passphrase; nothing was done"),
        (
            "/dev/zero",
            "\"/dev/zero\" is too long to hold a password or passphrase; nothing was \
            done",
        ),
    ] {
        assert_fails(&keygen(&home, &["-f", "key", "--passphrase-file", file]), 1, words, "");
    }
    assert_usage(
        &keygen(&home, &["-N", "", "--passphrase-file", "long"]),
        "sshk: error: the argument '-N <PASSPHRASE>' cannot be used with '--passphrase-file \
        <FILE>'",
    );
    let not_text = home.sshk(["keygen"]).env("SSHK_PASSPHRASE", OsStr::from_bytes(b"\xff")).run();
    assert_fails(&not_text, 2, "the environment variable SSHK_PASSPHRASE is not UTF-8", "");
    assert_eq!(names(home.path()), ["binary", "long"]);
}

#[test]
fn pem_and_pkcs8_require_five_characters_and_say_so_before_the_search() {
    let home = Home::new();
    for format in ["pem", "pkcs8"] {
        let said = keygen(&home, &["-b", "16384", "-m", format, "-N", "äöüß", "-f", "key"]);
        let words = format!(
            "the passphrase is too short: the {format} format requires at least five characters"
        );
        assert_fails(&said, 2, &words, "use a longer passphrase, or -m openssh");
    }
    keygen(&home, &["-t", "ecdsa", "-m", "pem", "-N", "äöüßé", "-f", "five"]).expect(0);
    keygen(&home, &["-t", "ecdsa", "-N", "x", "-f", "one"]).expect(0);
    assert_eq!(names(home.path()), ["five", "five.pub", "one", "one.pub"]);
}

#[test]
fn an_askpass_program_is_asked_twice() {
    let home = Home::new();
    let asked = home.join("asked");
    let program = home.join("askpass");
    write_program(
        &program,
        &format!("#!/bin/sh\necho \"$1\" >>'{}'\necho 'from a window'\n", asked.display()),
    );
    let run = make(&home, &[]).env("SSH_ASKPASS", &program);
    assert_locked(&home, run.env("SSH_ASKPASS_REQUIRE", "force"), "from a window");
    let expected =
        "Enter passphrase for \"key\" (empty for no passphrase):\nEnter same passphrase again:\n";
    assert_eq!(fs::read_to_string(&asked).unwrap(), expected);

    fs::remove_file(&asked).unwrap();
    let unasked = make(&home, &["--force"]).env("SSH_ASKPASS", &program);
    let ways = "give it with --passphrase-file or SSHK_PASSPHRASE, or -N '' for no passphrase";
    assert_fails(
        &unasked.run(),
        1,
        "a passphrase for \"key\" is needed, and there is no terminal to ask on",
        ways,
    );
    assert!(!asked.exists());
    write_program(&program, "#!/bin/sh\necho no\nexit 1\n");
    let declined = make(&home, &["--force"])
        .env("SSH_ASKPASS", &program)
        .env("SSH_ASKPASS_REQUIRE", "force")
        .run();
    assert_fails(&declined, 1, "a passphrase for \"key\" was asked for, but not given", ways);
}

#[test]
fn a_passphrase_is_never_shown() {
    let home = Home::new();
    let program = oracle::askpass(home.path(), "hunter2 hunter2");
    let said = home.sshk(["keygen", "-vvv", "-t", "ed25519", "--json"]);
    let said = said.env("SSH_ASKPASS", program).env("SSH_ASKPASS_REQUIRE", "force").run().expect(0);
    assert!(!said.err().contains("hunter2") && !said.out().contains("hunter2"));
}
