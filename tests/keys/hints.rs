//! Every hint about a key file, run as it is printed: it works, and what it was about is gone.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::support::oracle::{openssl, ssh_keygen};
use crate::support::process::write_private;
use crate::support::{Finished, Home};

/// Makes a situation in an empty home, and gives the words after `sshk` that fail in it.
type Situation = fn(&Home) -> &'static [&'static str];

fn keygen(home: &Home, name: &str, options: &[&str]) {
    let run = ssh_keygen(["-q", "-C", "ann", "-f"]).arg(home.join(name)).args(options);
    run.run().expect(0);
}

const ED25519: [&str; 4] = ["-t", "ed25519", "-N", ""];
const PEM: [&str; 8] = ["-m", "PEM", "-t", "rsa", "-b", "2048", "-N", ""];

fn read(home: &Home, name: &str) -> String {
    fs::read_to_string(home.join(name)).unwrap()
}

/// A key without its line breaks.
fn without_breaks(home: &Home) {
    keygen(home, "made", &ED25519);
    write_private(&home.join("key"), read(home, "made").replace('\n', " "));
}

/// A JSON file that holds a key.
fn json(home: &Home) {
    keygen(home, "made", &ED25519);
    let key = serde_json::to_string(&read(home, "made")).unwrap();
    write_private(&home.join("config.json"), format!("{{\"a\": 1, \"key\": {key}}}"));
}

/// An ED25519 key in encrypted PKCS#8, which hides what kind of key it is.
fn hidden(home: &Home) {
    openssl(["genpkey", "-algorithm", "ed25519", "-aes256", "-pass", "pass:secret", "-out"])
        .arg(home.join("key"))
        .run()
        .expect(0);
}

/// Situations whose hint is a command.
const SITUATIONS: [(&str, Situation); 21] = [
    ("missing", |_| &["show", "id_ed25519"]),
    ("missing, elsewhere", |_| &["convert", "key", "-m", "pem"]),
    ("exposed", |home| {
        keygen(home, "key", &ED25519);
        fs::set_permissions(home.join("key"), fs::Permissions::from_mode(0o644)).unwrap();
        &["convert", "key", "-m", "pkcs8"]
    }),
    ("line breaks lost", |home| {
        without_breaks(home);
        &["show", "key"]
    }),
    ("line breaks lost, converted", |home| {
        without_breaks(home);
        &["convert", "key", "-m", "pkcs8"]
    }),
    ("line breaks lost, encoded", |home| {
        without_breaks(home);
        &["oneline", "key"]
    }),
    ("line breaks lost, tested", |home| {
        without_breaks(home);
        &["test", "-i", "key", "nowhere.invalid"]
    }),
    ("without its first and last lines", |home| {
        keygen(home, "made", &ED25519);
        let text = read(home, "made");
        let lines: Vec<&str> = text.lines().collect();
        write_private(&home.join("key"), lines[1..lines.len() - 1].concat());
        &["oneline", "key"]
    }),
    ("in a document", |home| {
        json(home);
        &["show", "config.json"]
    }),
    ("in a document, encoded", |home| {
        json(home);
        &["oneline", "config.json"]
    }),
    ("DER", |home| {
        keygen(home, "made", &PEM);
        openssl(["rsa", "-in", "made", "-outform", "DER", "-out", "key.der"])
            .current_dir(home.path())
            .run()
            .expect(0);
        &["oneline", "key.der"]
    }),
    ("another pair's public key", |home| {
        keygen(home, "key", &ED25519);
        keygen(home, "other", &ED25519);
        fs::rename(home.join("other.pub"), home.join("key.pub")).unwrap();
        &["copy-id", "-i", "key", "nowhere.invalid"]
    }),
    ("another pair's public key, with a copy of it", |home| {
        keygen(home, "key", &ED25519);
        keygen(home, "other", &ED25519);
        fs::rename(home.join("other.pub"), home.join("key.pub")).unwrap();
        fs::copy(home.join("key.pub"), home.join("key.pub.old")).unwrap();
        &["copy-id", "-i", "key", "nowhere.invalid"]
    }),
    ("private under a public name", |home| {
        keygen(home, "made", &ED25519);
        fs::rename(home.join("made"), home.join("key.pub")).unwrap();
        &["copy-id", "-i", "key.pub", "nowhere.invalid"]
    }),
    ("a key in PEM, for ed25519", |home| {
        keygen(home, "key", &ED25519);
        &["convert", "key", "-m", "pem"]
    }),
    ("a name that is there", |home| {
        keygen(home, "key", &ED25519);
        fs::write(home.join("out"), "").unwrap();
        &["convert", "key", "-m", "pkcs8", "-f", "out"]
    }),
    ("a directory that is not there", |home| {
        keygen(home, "key", &ED25519);
        &["convert", "key", "-m", "pkcs8", "-f", "new/out"]
    }),
    ("a public name for a private key", |home| {
        keygen(home, "key", &ED25519);
        &["convert", "key", "-m", "pkcs8", "-f", "out.pub"]
    }),
    ("a pointer without a slash", |home| {
        keygen(home, "key", &ED25519);
        &["oneline", "key", "--into", "new.json", "--at", "user.key"]
    }),
    ("a place that is taken", |home| {
        keygen(home, "key", &ED25519);
        fs::write(home.join("config.json"), "{\"user\": \"ann\"}").unwrap();
        &["oneline", "key", "--into", "config.json"]
    }),
    ("the name of a variable", |home| {
        keygen(home, "key", &ED25519);
        &["oneline", "key", "--as", "env", "--name", "a-b"]
    }),
];

fn hint(said: &Finished) -> String {
    let hint = said.err().lines().find_map(|line| line.strip_prefix("sshk: hint: "));
    hint.unwrap_or_else(|| panic!("no hint: {}", said.err())).to_owned()
}

/// The words of a hint that a shell runs: the whole of it, or what is behind its last colon and
/// space; or options to add to the command that failed.
fn command(hint: &str, words: &[&str]) -> String {
    let starts = ["sshk ", "chmod ", "mkdir ", "mv ", "(umask "];
    let behind = hint.rsplit_once(": ").map_or(hint, |(_, behind)| behind);
    let quoted =
        |words: &[&str]| words.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(" ");
    if let Some(command) = [hint, behind].iter().find(|it| starts.iter().any(|s| it.starts_with(s)))
    {
        return (*command).to_owned();
    }
    let (from, options) = match behind.find("-f ").or_else(|| behind.find("--")) {
        Some(at) => (words, &behind[at..]),
        // "use -m openssh or -m pkcs8", "choose another file with -f": a choice.
        None if hint.contains("-m openssh") => (words, "-m openssh"),
        None if hint.contains("with -f") => (words, "-f another"),
        None => panic!("what to do with {hint:?}"),
    };
    // An option that was given wrongly is given anew.
    let option = options.split(' ').next().unwrap_or_default();
    let mut kept = from.to_vec();
    if let Some(at) = kept.iter().position(|word| *word == option) {
        kept.drain(at..at + 2);
    }
    format!("sshk {} {options}", quoted(&kept))
}

#[test]
fn every_hint_about_a_key_file_works_as_it_is_printed() {
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_sshk")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    for (name, situation) in SITUATIONS {
        let home = Home::new();
        let words = situation(&home);
        let run = || home.sshk(words).env("SSHK_PASSPHRASE", "").run();
        let said = run();
        let failed = said.err().lines().next().unwrap_or_default().to_owned();
        assert!(failed.starts_with("sshk: error: "), "{name}: {}", said.err());
        let command = command(&hint(&said), words);
        let shell = home.run("/bin/sh").args(["-c", &command]).env("PATH", &path);
        let ran = shell.env("SSHK_PASSPHRASE", "").run();
        assert_eq!(ran.code(), 0, "{name}: {command}\n{}", ran.err());
        // The same call does not fail for the same reason, unless the hint was another call.
        if !command.starts_with("sshk") || command.ends_with("--repair") {
            let again = run();
            assert_ne!(again.err().lines().next(), Some(&*failed), "{name}: {command}");
        }
    }
}

#[test]
fn what_a_stream_holds_has_no_hint_about_a_file() {
    let home = Home::new();
    without_breaks(&home);
    let said = home.sshk(["oneline", "-"]).stdin(read(&home, "key")).run().expect(1);
    assert_eq!(hint(&said), "repair it first: sshk oneline --decode -");
    let decoded = home.sshk(["oneline", "--decode", "-"]).stdin(read(&home, "key")).run().expect(0);
    home.sshk(["oneline", "-"]).stdin(decoded.out()).run().expect(0);
}

#[test]
fn a_hidden_ed25519_key_is_not_sent_to_a_format_that_it_does_not_have() {
    let home = Home::new();
    hidden(&home);
    let said = home.sshk(["show", "--json", "key"]).run().expect(0);
    let object: serde_json::Value = serde_json::from_str(said.out()).unwrap();
    let mut ran = 0;
    for consumer in object["consumers"].as_array().unwrap() {
        let Some(command) = consumer["command"].as_str() else { continue };
        if let Some(words) = command.strip_prefix("sshk ").filter(|words| !words.contains('&')) {
            let _ = fs::remove_file(home.join("key.openssh"));
            let run = home.sshk(words.split(' ')).env("SSHK_PASSPHRASE", "secret");
            run.run().expect(0);
            ran += 1;
        }
    }
    assert!(ran > 0, "no command in {object}");
    let said = home.sshk(["oneline", "key"]).run().expect(0);
    let words = said.err().split_once("accepts: sshk ").unwrap().1.trim_end();
    let _ = fs::remove_file(home.join("key.openssh"));
    home.sshk(words.split(' ')).env("SSHK_PASSPHRASE", "secret").run().expect(0);
}
