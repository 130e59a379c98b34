//! `sshk show`: every fact and every message, word for word, with ssh-keygen and the consumers
//! themselves as oracles.

use std::collections::HashSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::support::oracle::{askpass, node, openssl, puttygen, ssh_keygen};
use crate::support::process::write_private;
use crate::support::{Finished, Home, Run};
use serde_json::{Value, json};

const PASSPHRASE: &str = "correct horse";

fn show(home: &Home, file: &str) -> Finished {
    home.sshk(["show", file]).run()
}

fn object(home: &Home, args: &[&str]) -> Value {
    let said = home.sshk(["show", "--json"]).args(args).run();
    serde_json::from_str(said.out())
        .unwrap_or_else(|error| panic!("{error}: {:?} {:?}", said.out(), said.err()))
}

/// What follows `name:` in the facts; several lines of one name one after another.
fn facts(said: &Finished, name: &str) -> Vec<String> {
    let start = format!("{name}:");
    said.out()
        .lines()
        .filter_map(|line| Some(line.strip_prefix(&start)?.trim_start().to_owned()))
        .collect()
}

/// A key of ssh-keygen's in the home directory.
fn keygen(home: &Home, name: &str, args: &[&str]) {
    let run = ssh_keygen(["-q", "-C", "ann@example.org", "-f"]).arg(home.join(name)).args(args);
    let run = if args.contains(&"-N") { run } else { run.args(["-N", ""]) };
    run.run().expect(0);
}

fn fingerprint(home: &Home, name: &str, hash: &str) -> String {
    let said = ssh_keygen(["-l", "-E", hash, "-f"]).arg(home.join(name)).run().expect(0);
    said.out().split(' ').nth(1).unwrap().to_owned()
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_key_pair_is_shown_one_fact_a_line() {
    let home = Home::new();
    keygen(&home, "id", &["-t", "rsa", "-b", "2048"]);
    let own = fingerprint(&home, "id.pub", "sha256");
    let said = show(&home, "id").expect(0);
    assert_eq!(
        said.out(),
        format!(
            "\
file:         id
kind:         private key
algorithm:    RSA, 2048 bits
fingerprint:  {own}
comment:      ann@example.org
format:       openssh
encryption:   none
mode:         0600
pair:         \"id.pub\" is its public key
OpenSSH:      yes
WebSSH2:      yes
Segura:       no, only RSA in PEM format is known to work; run: sshk convert id -m pem -f id.pem
Ubuntu One:   no, it needs the public key, never this file; run: cat id.pub
PEM-only:     no, it is not in PEM format; run: sshk convert id -m pem -f id.pem
"
        )
    );
    assert_eq!(said.err(), "");
    let said = show(&home, "id.pub").expect(0);
    assert_eq!(
        said.out(),
        format!(
            "\
file:         id.pub
kind:         public key
algorithm:    RSA, 2048 bits
fingerprint:  {own}
comment:      ann@example.org
format:       openssh
mode:         0644
pair:         \"id\" is its private key
OpenSSH:      yes
WebSSH2:      no, it needs the private key
Segura:       no, it needs the private key
Ubuntu One:   yes
PEM-only:     no, it needs the private key
"
        )
    );
    // -q silences nothing of it: these are the data.
    assert_eq!(home.sshk(["show", "-q", "id.pub"]).run().expect(0).out(), said.out());
}

#[test]
fn each_file_is_one_json_object_with_every_field() {
    let home = Home::new();
    keygen(&home, "id", &["-t", "ecdsa", "-b", "384", "-m", "PEM", "-N", PASSPHRASE]);
    let path = home.join("id");
    let pair = home.join("id.pub");
    let yes =
        |name: &str| json!({ "name": name, "accepts": true, "reason": null, "command": null });
    let no = |name: &str, reason: &str, command: &str| json!({ "name": name, "accepts": false, "reason": reason, "command": command });
    assert_eq!(
        object(&home, &["id"]),
        json!({
            "path": path,
            "kind": "private",
            "algorithm": "ecdsa-sha2-nistp384",
            "bits": 384,
            "fingerprint": fingerprint(&home, "id.pub", "sha256"),
            "comment": "ann@example.org",
            "format": "pem",
            "encryption": { "cipher": "AES-128-CBC", "kdf": "MD5, 1 round" },
            "mode": "0600",
            "pair": { "status": "unverified", "path": pair },
            "consumers": [
                yes("OpenSSH"),
                yes("WebSSH2"),
                no(
                    "Segura",
                    "only RSA in PEM format is known to work",
                    "sshk keygen -t rsa -m pem -f id.rsa"
                ),
                no("Ubuntu One", "it needs the public key, never this file", "cat id.pub"),
                yes("PEM-only"),
            ],
            "problems": [{
                "kind": "weak-encryption",
                "message": "the encryption of the pem format is weak against passphrase guessing",
                "hint": "sshk convert id -m openssh",
            }],
        })
    );
    assert_eq!(
        facts(&show(&home, "id").expect(0), "encryption"),
        ["AES-128-CBC (MD5, 1 round); the rest is from the .pub file"]
    );
    // The passphrase gives what the .pub was believed for.
    let run =
        home.sshk(["show", "--json", "id"]).env("SSHK_PASSPHRASE", PASSPHRASE).run().expect(0);
    assert_eq!(serde_json::from_str::<Value>(run.out()).unwrap()["pair"]["status"], "match");
}

#[test]
fn a_file_that_cannot_be_read_fails_alone_and_the_others_are_shown() {
    let home = Home::new();
    keygen(&home, "a", &["-t", "ed25519"]);
    keygen(&home, "b", &["-t", "ed25519"]);
    let said = home.sshk(["show", "--json", "a", "missing", "b"]).run().expect(1);
    let objects: Vec<Value> =
        said.out().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(
        objects.iter().map(|it| it["kind"].as_str().unwrap()).collect::<Vec<_>>(),
        ["private", "unknown", "private"]
    );
    let error = json!({ "kind": "not-found", "message": "\"missing\": no such \
        file", "hint": "generate a key: sshk keygen" });
    assert_eq!((&objects[1]["error"], &objects[1]["problems"]), (&error, &json!([error])));
    assert!(objects[0].get("error").is_none());
    assert_eq!(
        said.err(),
        "sshk: error: \"missing\": no such file\nsshk: hint: generate a key: sshk keygen\n"
    );
    let said = home.sshk(["show", "a", "missing", "b"]).run().expect(1);
    assert_eq!(facts(&said, "file"), ["a", "missing", "b"]);
    assert_eq!(facts(&said, "fingerprint").len(), 2);
}

#[test]
fn fingerprints_and_the_randomart_are_those_of_ssh_keygen() {
    let home = Home::new();
    for (kind, bits) in [
        ("rsa", "2048"),
        ("rsa", "3072"),
        ("ecdsa", "256"),
        ("ecdsa", "384"),
        ("ecdsa", "521"),
        ("ed25519", "256"),
    ] {
        let name = format!("{kind}{bits}");
        keygen(&home, &name, &["-t", kind, "-b", bits]);
        for (hash, option) in [("sha256", "SHA256"), ("md5", "MD5")] {
            let said = home.sshk(["show", &name, "-E", option]).run().expect(0);
            assert_eq!(facts(&said, "fingerprint"), [fingerprint(&home, &name, hash)]);
            assert_eq!(
                facts(&said, "algorithm"),
                [format!("{}, {bits} bits", kind.to_uppercase())]
            );
        }
        let theirs = ssh_keygen(["-lv", "-f"]).arg(home.join(&name)).run().expect(0);
        let art: String = theirs.out().lines().skip(1).map(|line| format!("{line}\n")).collect();
        let ours = home.sshk(["show", "-v", &name]).run().expect(0);
        assert!(ours.out().ends_with(&art), "{}\n{art}", ours.out());
    }
    let said = home.sshk(["show", "-E", "sha1", "x"]).run().expect(2);
    assert!(said.err().contains("fingerprint hashes are sha256 and md5"), "{}", said.err());
}

#[track_caller]
fn fails(home: &Home, name: &str, kind: &str, message: &str, hint: Option<&str>) {
    let said = home.sshk(["show", "--json", name]).run().expect(1);
    let object: Value = serde_json::from_str(said.out()).unwrap();
    let message = format!("{name:?}: {message}");
    assert_eq!(object["error"], json!({ "kind": kind, "message": message, "hint": hint }));
    let hint = hint.map(|hint| format!("sshk: hint: {hint}\n")).unwrap_or_default();
    assert_eq!(said.err(), format!("sshk: error: {message}\n{hint}"));
}

#[test]
fn damaged_keys_are_reported() {
    let home = Home::new();
    keygen(&home, "id", &["-t", "rsa", "-b", "2048", "-m", "PEM"]);
    let text = fs::read_to_string(home.join("id")).unwrap();
    let write = |text: &str| {
        let _ = fs::remove_file(home.join("x"));
        write_private(&home.join("x"), text);
    };
    let copy = Some("copy the whole file again from its source");
    write("");
    fails(&home, "x", "not-a-key", "it is empty", None);
    write("hello\n");
    fails(
        &home,
        "x",
        "not-a-key",
        "this is not a key: it has no -----BEGIN … PRIVATE KEY----- line",
        None,
    );
    write(&text[..text.len() / 2]);
    fails(
        &home,
        "x",
        "not-a-key",
        "the key is cut short: its last line, -----END RSA PRIVATE KEY-----, is missing",
        copy,
    );
    assert_eq!(facts(&show(&home, "x").expect(1), "kind"), ["private key"]);
    assert!(facts(&show(&home, "x"), "OpenSSH").is_empty());
    write(&text.replace('\n', " "));
    let repair = Some("sshk convert x --repair");
    fails(&home, "x", "not-a-key", "the key is damaged: its line breaks are lost", repair);
    write(&text.replace('\n', "\\n"));
    fails(
        &home,
        "x",
        "not-a-key",
        "the key is damaged: its line breaks are the two characters \\n",
        repair,
    );
    write(&text.replace('\n', "\n  "));
    fails(&home, "x", "not-a-key", "the key is damaged: its lines are indented", repair);
    write(&text.replace('\n', "\r\n"));
    let said = show(&home, "x").expect(0);
    let crlf = "it was altered: its lines end as on Windows (CRLF); sshk \
        convert x --repair";
    assert_eq!(facts(&said, "problem"), [crlf]);
    fs::create_dir(home.join("folder")).unwrap();
    fails(&home, "folder", "not-a-key", "this is a directory, not a regular file", None);
    Run::new("mkfifo").arg(home.join("pipe")).run().expect(0);
    fails(
        &home,
        "pipe",
        "not-a-key",
        "this is a pipe, not a regular file",
        Some("save it to a file first: (umask 077; cat PIPE > FILE)"),
    );
    fails(&home, "/dev/zero", "not-a-key", "this is a device, not a regular file", None);
    fs::write(home.join("large"), vec![b'A'; (1 << 20) + 1]).unwrap();
    fails(&home, "large", "not-a-key", "it is larger than 1 MiB, and no key is that large", None);
    fs::write(home.join("utf16"), b"\xff\xfe-\0-\0").unwrap();
    fails(&home, "utf16", "not-a-key", "this is not text: it is UTF-16; save it as UTF-8", None);
    ssh_keygen(["-q", "-s"])
        .arg(home.join("id"))
        .args(["-I", "x", "-n", "ann"])
        .arg(home.join("id.pub"))
        .run()
        .expect(0);
    fails(
        &home,
        "id-cert.pub",
        "certificate",
        "this is a certificate, not a key",
        Some("give the private key: id"),
    );
    assert_eq!(object(&home, &["id-cert.pub"])["kind"], "certificate");
}

#[test]
fn dsa_and_security_keys_are_recognised_and_reported_as_unusable() {
    let home = Home::new();
    let dsa = "this is a DSA key, which OpenSSH and current servers no longer accept";
    let made = home.run("puttygen").args([
        "-q",
        "-t",
        "dsa",
        "-b",
        "1024",
        "--random-device",
        "/dev/urandom",
    ]);
    made.args(["--new-passphrase", "/dev/null", "-o", "dsa.ppk"]).run().expect(0);
    puttygen(["-L", "-o"]).arg(home.join("dsa.pub")).arg(home.join("dsa.ppk")).run().expect(0);
    puttygen(["-O", "private-openssh", "-o"])
        .arg(home.join("dsa.pem"))
        .arg(home.join("dsa.ppk"))
        .run()
        .expect(0);
    puttygen(["-O", "private-openssh-new", "-o"])
        .arg(home.join("dsa.new"))
        .arg(home.join("dsa.ppk"))
        .run()
        .expect(0);
    for (name, kind) in [
        ("dsa.ppk", "private"),
        ("dsa.pub", "public"),
        ("dsa.pem", "private"),
        ("dsa.new", "private"),
    ] {
        fails(&home, name, "unsupported-key", dsa, Some("generate a new key: sshk keygen"));
        let object = object(&home, &[name]);
        assert_eq!(
            (&object["kind"], &object["algorithm"]),
            (&json!(kind), &json!("ssh-dss")),
            "{name}"
        );
        assert_eq!(facts(&show(&home, name), "algorithm"), ["DSA"]);
    }
    // A public key needs no hardware: application "ssh:", any point.
    let mut blob = Vec::new();
    for part in [&b"sk-ssh-ed25519@openssh.com"[..], &[0x42; 32], b"ssh:"] {
        blob.extend(u32::try_from(part.len()).unwrap().to_be_bytes());
        blob.extend(part);
    }
    let line =
        format!("sk-ssh-ed25519@openssh.com {} token\n", data_encoding::BASE64.encode(&blob));
    fs::write(home.join("sk.pub"), line).unwrap();
    let said = show(&home, "sk.pub").expect(0);
    assert_eq!(facts(&said, "algorithm"), ["ED25519-SK, 256 bits"]);
    assert_eq!(facts(&said, "fingerprint"), [fingerprint(&home, "sk.pub", "sha256")]);
    assert_eq!(facts(&said, "Ubuntu One"), ["yes"]);
    assert_eq!(
        facts(&said, "problem"),
        ["its private key is on a security key, which sshk cannot use; log in with ssh -i sk"]
    );
}

#[test]
fn the_passphrase_is_asked_for_only_if_the_files_show_nothing() {
    let home = Home::new();
    keygen(&home, "told", &["-t", "ed25519", "-N", PASSPHRASE]);
    keygen(&home, "closed", &["-t", "ecdsa", "-m", "PKCS8", "-N", PASSPHRASE]);
    let own = fingerprint(&home, "closed.pub", "sha256");
    let asking = |name: &str, answer: &str| {
        let program = askpass(home.path(), answer);
        home.sshk(["show", name])
            .env("SSH_ASKPASS", program)
            .env("SSH_ASKPASS_REQUIRE", "force")
            .run()
    };
    // Beside its .pub it is not asked for either: a wrong answer does no harm.
    for name in ["told", "closed"] {
        assert_eq!(asking(name, "wrong horse").expect(0).err(), "");
    }
    fs::remove_file(home.join("closed.pub")).unwrap();
    fs::remove_file(home.join("told.pub")).unwrap();
    assert_eq!(facts(&asking("told", "wrong horse").expect(0), "algorithm"), ["ED25519, 256 bits"]);
    let said = show(&home, "closed").expect(0);
    assert_eq!(
        facts(&said, "problem"),
        ["the key is encrypted and has no .pub file: only the passphrase shows which key it is; \
          give it with --passphrase-file FILE or SSHK_PASSPHRASE"]
    );
    assert!(facts(&said, "fingerprint").is_empty());
    assert_eq!(object(&home, &["closed"])["problems"][0]["kind"], "passphrase-needed");
    assert_eq!(
        facts(&asking("closed", PASSPHRASE).expect(0), "fingerprint"),
        std::slice::from_ref(&own)
    );
    fs::write(home.join("secret"), format!("{PASSPHRASE}\n")).unwrap();
    let said = home.sshk(["show", "closed", "--passphrase-file", "secret"]).run().expect(0);
    assert_eq!(facts(&said, "fingerprint"), [own]);
    let said = home
        .sshk(["show", "--json", "closed"])
        .env("SSHK_PASSPHRASE", "wrong horse")
        .run()
        .expect(1);
    assert_eq!(said.err(), "sshk: error: \"closed\": wrong passphrase\n");
    let object: Value = serde_json::from_str(said.out()).unwrap();
    assert_eq!(
        (&object["error"]["kind"], &object["format"]),
        (&json!("wrong-passphrase"), &json!("pkcs8"))
    );
}

#[test]
fn the_other_key_of_the_pair_is_compared() {
    let home = Home::new();
    keygen(&home, "a", &["-t", "ed25519"]);
    keygen(&home, "b", &["-t", "ed25519"]);
    fs::copy(home.join("b.pub"), home.join("a.pub")).unwrap();
    let repair = "write the public key again: ssh-keygen -y -f a > a.pub";
    for (name, pair) in
        [("a", "\"a.pub\" is not its public key"), ("a.pub", "\"a\" is not its private key")]
    {
        let said = show(&home, name).expect(0);
        assert_eq!(facts(&said, "pair"), [pair]);
        assert_eq!(
            facts(&said, "problem"),
            [format!("\"a.pub\": this is not the public key of \"a\"; {repair}")]
        );
        assert_eq!(object(&home, &[name])["pair"]["status"], "mismatch");
        assert_eq!(object(&home, &[name])["problems"][0]["kind"], "not-a-pair");
    }
    fs::remove_file(home.join("a.pub")).unwrap();
    assert_eq!(facts(&show(&home, "a").expect(0), "pair"), ["\"a.pub\" does not exist"]);
    fs::write(home.join("a.pub"), "hello world\n").unwrap();
    let why = "\"a.pub\": this is not a key: it has no public key line such as ssh-ed25519 AAAA… \
        comment";
    assert_eq!(facts(&show(&home, "a").expect(0), "pair"), [why]);
    assert_eq!(facts(&show(&home, "a").expect(0), "problem"), [format!("{why}; {repair}")]);
    assert_eq!(object(&home, &["a"])["pair"]["status"], "unreadable");
    fs::rename(home.join("b.pub"), home.join("b-public")).unwrap();
    assert!(facts(&show(&home, "b-public").expect(0), "pair").is_empty());
    assert_eq!(object(&home, &["b-public"])["pair"], json!({ "status": "none", "path": null }));
}

#[test]
fn unsafe_permissions_and_a_weak_key_are_problems() {
    let home = Home::new();
    keygen(&home, "id key", &["-t", "rsa", "-b", "1024", "-m", "PEM"]);
    set_mode(&home.join("id key"), 0o640);
    let said = show(&home, "id key").expect(0);
    assert_eq!(facts(&said, "mode"), ["0640"]);
    assert_eq!(
        facts(&said, "problem"),
        [
            "RSA with 1024 bits is weak; use 3072 or more; generate a new key: sshk keygen",
            "\"id key\": permissions 0640 are too open: others can access this private key, so ssh \
             ignores it; chmod 600 'id key'",
        ]
    );
    assert_eq!(
        facts(&said, "OpenSSH"),
        ["no, it ignores a private key that others can access; run: chmod 600 'id key'"]
    );
    set_mode(&home.join("id key.pub"), 0o666);
    assert_eq!(facts(&show(&home, "id key.pub").expect(0), "problem").len(), 1);
}

/// The forms of one private key that are met, with the passphrase of each.
fn variants(home: &Home, kind: &str) -> Vec<(String, &'static str)> {
    let mut made = Vec::new();
    let mut keep = |name: &str, text: &str, passphrase: &'static str| {
        let name = format!("{kind}-{name}");
        write_private(&home.join(&name), text);
        made.push((name, passphrase));
    };
    let key = home.join("made");
    for (name, passphrase) in [("", ""), (" sealed", PASSPHRASE)] {
        for format in ["RFC4716", "PEM", "PKCS8"] {
            let bits = if kind == "rsa" { "2048" } else { "256" };
            ssh_keygen([
                "-q", "-t", kind, "-b", bits, "-m", format, "-N", passphrase, "-a", "2", "-f",
            ])
            .arg(&key)
            .run()
            .expect(0);
            let text = fs::read_to_string(&key).unwrap();
            keep(&format!("{format}{name}"), &text, passphrase);
            if name.is_empty() {
                keep(&format!("{format} crlf"), &text.replace('\n', "\r\n"), passphrase);
                keep(&format!("{format} no last line break"), text.trim_end(), passphrase);
                keep(&format!("{format} bom"), &format!("\u{feff}{text}"), passphrase);
                keep(&format!("{format} around"), &format!("Key of ann:\n{text}"), passphrase);
                keep(&format!("{format} after"), &format!("{text}\nthat was it\n"), passphrase);
                keep(&format!("{format} blanks"), &text.replace('\n', "  \n"), passphrase);
            }
            fs::remove_file(&key).unwrap();
            fs::remove_file(home.join("made.pub")).unwrap();
        }
    }
    ssh_keygen([
        "-q",
        "-t",
        kind,
        "-Z",
        "chacha20-poly1305@openssh.com",
        "-a",
        "2",
        "-N",
        PASSPHRASE,
        "-f",
    ])
    .arg(&key)
    .run()
    .expect(0);
    keep("chacha", &fs::read_to_string(&key).unwrap(), PASSPHRASE);
    fs::remove_file(&key).unwrap();
    let putty = home.join("made.ppk");
    let kind_of_putty = if kind == "ed25519" { "eddsa" } else { kind };
    let bits = if kind == "rsa" { "2048" } else { "256" };
    let bits = if kind == "ed25519" { "255" } else { bits };
    let made_by = puttygen([
        "-q",
        "-t",
        kind_of_putty,
        "-b",
        bits,
        "--random-device",
        "/dev/urandom",
        "--new-passphrase",
        "/dev/null",
        "-o",
    ]);
    made_by.arg(&putty).run().expect(0);
    for version in ["2", "3"] {
        let out = home.join("out.ppk");
        puttygen(["--reencrypt", "--ppk-param", &format!("version={version}")])
            .arg(&putty)
            .arg("-o")
            .arg(&out)
            .run()
            .expect(0);
        keep(&format!("putty{version}"), &fs::read_to_string(&out).unwrap(), "");
        keep(
            &format!("putty{version} crlf"),
            &fs::read_to_string(&out).unwrap().replace('\n', "\r\n"),
            "",
        );
    }
    if kind != "ed25519" {
        let pem = home.join(format!("{kind}-PEM"));
        let verb = if kind == "rsa" { vec!["rsa", "-traditional"] } else { vec!["ec"] };
        for cipher in ["-aes192", "-aes256", "-des3"] {
            let run = openssl(&verb)
                .args([cipher, "-passout", &format!("pass:{PASSPHRASE}"), "-in"])
                .arg(&pem);
            keep(cipher, run.run().expect(0).out(), PASSPHRASE);
        }
    }
    made
}

/// What `consumer` says of the file, by itself.
fn takes(home: &Home, consumer: &str, name: &str, passphrase: &str) -> Option<bool> {
    let file = home.join(name);
    match consumer {
        "OpenSSH" => Some(ssh_keygen(["-y", "-P", passphrase, "-f"]).arg(&file).run().code() == 0),
        "WebSSH2" => {
            let script = "const { utils } = require('ssh2'); const key = \
                require('fs').readFileSync(process.argv[1], 'utf8'); \
                          process.exit(utils.parseKey(key, process.argv[2] || undefined) \
                          instanceof Error ? 1 : 0)";
            Some(node(script, [file.as_os_str(), passphrase.as_ref()]).run().code() == 0)
        }
        _ => None,
    }
}

fn judges_every_form(kind: &str) {
    let home = Home::new();
    let folder = Path::new(env!("CARGO_BIN_EXE_sshk")).parent().unwrap();
    let path = std::env::join_paths(
        [folder.to_owned()]
            .into_iter()
            .chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
    )
    .unwrap();
    let mut seen = HashSet::new();
    for (name, passphrase) in variants(&home, kind) {
        let said =
            home.sshk(["show", "--json", &name]).env("SSHK_PASSPHRASE", passphrase).run().expect(0);
        let object: Value = serde_json::from_str(said.out()).unwrap();
        for verdict in object["consumers"].as_array().unwrap_or_else(|| panic!("{name}: {object}"))
        {
            let consumer = verdict["name"].as_str().unwrap();
            if let Some(taken) = takes(&home, consumer, &name, passphrase) {
                assert_eq!(verdict["accepts"], json!(taken), "{consumer} and {name:?}: {verdict}");
            }
            let Some(command) = verdict["command"].as_str() else {
                assert_eq!(verdict["accepts"], json!(true), "{name:?}: {verdict}");
                continue;
            };
            if command.starts_with("sshk keygen") {
                assert_eq!(
                    command,
                    format!("sshk keygen -t rsa -m pem -f '{name}.rsa'")
                        .replace('\'', quote(&name))
                );
                continue;
            }
            // One run for each reason in each format: the others differ in nothing.
            let format = object["format"].as_str().unwrap();
            if !seen.insert(format!("{consumer} {format} {}", verdict["reason"])) {
                continue;
            }
            // The command fixes it: after it the same consumer accepts the file that it names.
            let copy = Home::new();
            write_private(&copy.join(&name), fs::read_to_string(home.join(&name)).unwrap());
            let program = askpass(copy.path(), passphrase);
            let run = copy
                .run("sh")
                .args(["-c", command])
                .env("PATH", &path)
                .env("SSHK_PASSPHRASE", passphrase);
            let said =
                run.env("SSH_ASKPASS", program).env("SSH_ASKPASS_REQUIRE", "force").run().expect(0);
            if consumer == "Ubuntu One" {
                let line = said.out().lines().next().unwrap();
                fs::write(copy.join("line.pub"), format!("{line}\n")).unwrap();
                assert_eq!(
                    facts(&show(&copy, "line.pub").expect(0), "Ubuntu One"),
                    ["yes"],
                    "{name:?}: {command}"
                );
                continue;
            }
            let result =
                command.split(" -f ").nth(1).map_or(name.as_str(), |word| word.trim_matches('\''));
            let after =
                copy.sshk(["show", result]).env("SSHK_PASSPHRASE", passphrase).run().expect(0);
            assert_eq!(facts(&after, consumer), ["yes"], "{name:?}: {command}");
            assert_ne!(
                takes(&copy, consumer, result, passphrase),
                Some(false),
                "{name:?}: {command}"
            );
        }
    }
    assert!(seen.len() >= 10, "{seen:?}");
}

/// The quotes that a name wants in a shell.
fn quote(name: &str) -> &'static str {
    if name.contains(' ') { "'" } else { "" }
}

#[test]
fn openssh_and_ssh2_agree_about_every_form_of_an_rsa_key_and_each_command_fixes_it() {
    judges_every_form("rsa");
}

#[test]
fn openssh_and_ssh2_agree_about_every_form_of_an_ecdsa_key_and_each_command_fixes_it() {
    judges_every_form("ecdsa");
}

#[test]
fn openssh_and_ssh2_agree_about_every_form_of_an_ed25519_key_and_each_command_fixes_it() {
    judges_every_form("ed25519");
}

#[test]
fn public_keys_in_other_formats_are_not_accepted_as_lines() {
    let home = Home::new();
    keygen(&home, "id", &["-t", "rsa", "-b", "2048"]);
    let own = fingerprint(&home, "id.pub", "sha256");
    for (format, name) in [("RFC4716", "rfc4716"), ("PEM", "pem"), ("PKCS8", "pkcs8")] {
        let text = ssh_keygen(["-e", "-m", format, "-f"])
            .arg(home.join("id"))
            .run()
            .expect(0)
            .out()
            .to_owned();
        let file = format!("{name}.pub");
        fs::write(home.join(&file), text).unwrap();
        let said = show(&home, &file).expect(0);
        assert_eq!(
            (facts(&said, "format"), facts(&said, "fingerprint")),
            (vec![name.to_owned()], vec![own.clone()])
        );
        let command = format!("sshk convert {file} -m openssh -f {name}.openssh.pub");
        let no = format!("no, it accepts a line such as ssh-ed25519 AAAA… comment; run: {command}");
        assert_eq!(
            (facts(&said, "OpenSSH"), facts(&said, "Ubuntu One")),
            (vec![no.clone()], vec![no])
        );
        home.sshk(command.split(' ').skip(1)).run().expect(0);
        assert_eq!(
            facts(&show(&home, &format!("{name}.openssh.pub")).expect(0), "Ubuntu One"),
            ["yes"]
        );
        assert_eq!(fingerprint(&home, &format!("{name}.openssh.pub"), "sha256"), own);
    }
    let line = fs::read_to_string(home.join("id.pub")).unwrap();
    for spoilt in [
        line.replace(' ', "  "),
        line.replace(' ', "\t"),
        line.replace('\n', "\r\n"),
        format!("# mine\n{line}"),
    ] {
        fs::write(home.join("loose.pub"), spoilt).unwrap();
        let said = show(&home, "loose.pub").expect(0);
        let no = "no, it accepts one line with single spaces; run: sshk convert loose.pub --repair";
        assert_eq!(facts(&said, "Ubuntu One"), [no]);
        home.sshk(["convert", "loose.pub", "--repair"]).run().expect(0);
        assert_eq!(fs::read_to_string(home.join("loose.pub")).unwrap(), line);
    }
}

#[test]
fn control_characters_of_a_file_never_reach_the_terminal() {
    let home = Home::new();
    keygen(&home, "id", &["-t", "ed25519"]);
    let line = fs::read_to_string(home.join("id.pub")).unwrap();
    fs::write(home.join("x\u{1b}[2J.pub"), line.replace("ann@", "ann\u{1b}[2J@")).unwrap();
    let said = show(&home, "x\u{1b}[2J.pub").expect(0);
    assert!(!said.out().contains('\u{1b}'), "{:?}", said.out());
    assert_eq!(facts(&said, "comment"), ["ann [2J@example.org"]);
}
