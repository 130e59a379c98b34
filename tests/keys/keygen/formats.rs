//! Every type in every format, with and without a passphrase.

use std::fs;
use std::path::Path;

use ssh_key::{Kdf, PrivateKey};

use super::{assert_fails, assert_usage, fingerprint, keygen, mode, names};
use crate::support::oracle::{node, openssl, public_key_of, ssh_keygen};
use crate::support::{Home, Run, Sshd, program};

/// The type of the key that ssh2 finds in the file, or its error.
const PARSE: &str = "const key = \
    require('ssh2').utils.parseKey(require('fs').readFileSync(process.argv[1]), process.argv[2]); \
                     console.log(key instanceof Error ? 'refused' : (Array.isArray(key) ? key[0] \
                     : key).type)";

struct Expected {
    first_line: &'static str,
    ssh2: &'static str,
}

fn assert_taken(kind: &str, bits: &str, format: &str, passphrase: &str, expected: &Expected) {
    let case = format!("-t {kind} -b {bits} -m {format} -N {passphrase:?}");
    let home = Home::new();
    let said = keygen(
        &home,
        &[
            "-t",
            kind,
            "-b",
            bits,
            "-m",
            format,
            "-N",
            passphrase,
            "-a",
            "1",
            "-C",
            "a comment",
            "-f",
            "key",
        ],
    );
    assert_eq!((said.code(), said.out()), (0, ""), "{case}: {}", said.err());
    let (file, public) = (home.join("key"), fs::read_to_string(home.join("key.pub")).unwrap());

    let text = fs::read_to_string(&file).unwrap();
    let first_line = match (format, passphrase) {
        ("pkcs8", "") => "-----BEGIN PRIVATE KEY-----",
        ("pkcs8", _) => "-----BEGIN ENCRYPTED PRIVATE KEY-----",
        _ => expected.first_line,
    };
    assert_eq!(text.lines().next(), Some(first_line), "{case}");
    let is_legacy =
        text.starts_with(&format!("{first_line}\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,"));
    assert_eq!(is_legacy, format == "pem" && !passphrase.is_empty(), "{case}");

    // OpenSSH 9.2 does not support ED25519 in PKCS#8, but openssl does; the rest is checked by
    // ssh-keygen.
    if (kind, format) == ("ed25519", "pkcs8") {
        let said = openssl(["pkey", "-noout", "-passin", &format!("pass:{passphrase}"), "-in"])
            .arg(&file)
            .run();
        assert_eq!(said.code(), 0, "{case}: {}", said.err());
    } else {
        let found = public_key_of(&file, passphrase);
        assert_eq!(
            found.split(' ').take(2).collect::<Vec<_>>(),
            public.split(' ').take(2).collect::<Vec<_>>(),
            "{case}"
        );
        if !passphrase.is_empty() {
            ssh_keygen(["-y", "-P", "wrong one", "-f"]).arg(&file).run().expect(255);
        }
    }
    let listed = ssh_keygen(["-l", "-f"]).arg(home.join("key.pub")).run().expect(0);
    assert!(
        listed.out().starts_with(&format!("{bits} SHA256:"))
            && listed.out().contains(" a comment ("),
        "{case}: {}",
        listed.out()
    );
    let ssh2 = if format == "pkcs8" { "refused" } else { expected.ssh2 };
    assert_eq!(
        node(PARSE, [file.as_os_str(), passphrase.as_ref()]).run().expect(0).out().trim_end(),
        ssh2,
        "{case}"
    );
}

fn assert_all_taken(kind: &str, bits: &str, formats: &[(&str, &'static str)], ssh2: &'static str) {
    for (format, first_line) in formats {
        for passphrase in ["", "pass phräse"] {
            assert_taken(kind, bits, format, passphrase, &Expected { first_line, ssh2 });
        }
    }
}

const OPENSSH: (&str, &str) = ("openssh", "-----BEGIN OPENSSH PRIVATE KEY-----");

#[test]
fn rsa_keys_are_accepted_by_ssh_keygen_openssl_and_ssh2() {
    assert_all_taken(
        "rsa",
        "2048",
        &[OPENSSH, ("pem", "-----BEGIN RSA PRIVATE KEY-----"), ("pkcs8", "")],
        "ssh-rsa",
    );
}

#[test]
fn ecdsa_keys_are_accepted_by_ssh_keygen_openssl_and_ssh2() {
    for (bits, ssh2) in [
        ("256", "ecdsa-sha2-nistp256"),
        ("384", "ecdsa-sha2-nistp384"),
        ("521", "ecdsa-sha2-nistp521"),
    ] {
        assert_all_taken(
            "ecdsa",
            bits,
            &[OPENSSH, ("pem", "-----BEGIN EC PRIVATE KEY-----"), ("pkcs8", "")],
            ssh2,
        );
    }
}

#[test]
fn ed25519_keys_are_accepted_by_ssh_keygen_openssl_and_ssh2() {
    assert_all_taken("ed25519", "256", &[OPENSSH, ("pkcs8", "")], "ssh-ed25519");
}

#[test]
fn the_guides_command_creates_a_pem_key_of_4096_bits_under_the_default_name() {
    let home = Home::new();
    let said = keygen(&home, &["-t", "RSA", "-m", "PEM", "-N", ""]);
    let (file, public) = (home.join(".ssh/id_rsa"), home.join(".ssh/id_rsa.pub"));
    let print = fingerprint(&public);
    let expected = format!(
        "private key: ~/.ssh/id_rsa\npublic key:  ~/.ssh/id_rsa.pub\nfingerprint: {print}\n"
    );
    assert_eq!((said.code(), said.out(), said.err()), (0, "", expected.as_str()));
    assert_eq!([mode(&home.join(".ssh")), mode(&file), mode(&public)], [0o700, 0o600, 0o644]);
    assert!(fs::read_to_string(&file).unwrap().starts_with("-----BEGIN RSA PRIVATE KEY-----\n"));
    openssl(["rsa", "-check", "-noout", "-in"]).arg(&file).run().expect(0);
    assert!(ssh_keygen(["-l", "-f"]).arg(&file).run().expect(0).out().starts_with("4096 SHA256:"));
    let (user, host) =
        (Run::new(program("id")).arg("-un").run(), Run::new(program("uname")).arg("-n").run());
    assert!(
        print.ends_with(&format!(" {}@{}", user.out().trim_end(), host.out().trim_end())),
        "{print}"
    );
    assert_eq!(names(&home.join(".ssh")), ["id_rsa", "id_rsa.pub"]);
}

#[test]
fn each_key_type_has_its_own_defaults() {
    for (kind, name, bits) in [("ed25519", "id_ed25519", "256"), ("Ecdsa", "id_ecdsa", "256")] {
        let home = Home::new();
        keygen(&home, &["-t", kind, "-N", ""]).expect(0);
        assert_eq!(names(&home.join(".ssh")), [name.to_owned(), format!("{name}.pub")]);
        let file = home.join(".ssh").join(name);
        assert!(
            fs::read_to_string(&file).unwrap().starts_with("-----BEGIN OPENSSH PRIVATE KEY-----\n")
        );
        assert!(
            ssh_keygen(["-l", "-f"])
                .arg(&file)
                .run()
                .expect(0)
                .out()
                .starts_with(&format!("{bits} "))
        );
    }
}

/// Logs in with ssh2 as WebSSH2 does and prints what the command said.
const LOGIN: &str = "const {Client} = require('ssh2'), [port, username, key, passphrase] = \
    process.argv.slice(1); const c = new Client(); \
    c.on('ready', () => c.exec('echo in', (e, s) => s.on('data', d => \
    process.stdout.write(d)).on('close', () => c.end()))) \
     .on('error', e => { console.error(e.message); process.exit(1) }) \
     .connect({host: '127.0.0.1', port: +port, username, privateKey: \
     require('fs').readFileSync(key), passphrase});";

#[test]
fn ssh2_and_ssh_log_in_to_sshd_with_a_pem_key() {
    let (home, sshd) = (Home::new(), Sshd::builder().start());
    for (name, kind, passphrase) in
        [("rsa", "rsa", ""), ("locked", "rsa", "secret"), ("ec", "ecdsa", "")]
    {
        let mut args = vec!["-m", "pem", "-t", kind, "-N", passphrase, "-f", name];
        if kind == "rsa" {
            args.extend(["-b", "2048"]);
        }
        keygen(&home, &args).expect(0);
        sshd.authorize(&fs::read_to_string(home.join(name).with_extension("pub")).unwrap());
        let port = sshd.port().to_string();
        let said = node(
            LOGIN,
            [Path::new(&port), Path::new(sshd.user()), &home.join(name), Path::new(passphrase)],
        )
        .run();
        assert_eq!((said.code(), said.out()), (0, "in\n"), "{name}: {}", said.err());
        if passphrase.is_empty() {
            assert_eq!(
                sshd.ssh(sshd.user())
                    .key(&home.join(name))
                    .command("echo in")
                    .run()
                    .expect(0)
                    .out(),
                "in\n"
            );
        }
    }
}

#[test]
fn keygen_warns_of_weak_encryption_and_of_formats_that_few_programs_read() {
    let home = Home::new();
    let warning = |args: &[&str]| {
        let said = keygen(&home, args).expect(0);
        said.err().lines().filter(|line| line.starts_with("sshk: ")).collect::<Vec<_>>().join("\n")
    };
    let weak = "sshk: warning: the encryption of the PEM format is weak against passphrase \
        guessing; -m pkcs8 or -m openssh protects a passphrase better";
    assert_eq!(warning(&["-t", "ecdsa", "-m", "pem", "-N", "secret", "-f", "weak"]), weak);
    assert_eq!(warning(&["-t", "ecdsa", "-m", "pem", "-N", "", "-f", "plain"]), "");
    let little = "sshk: warning: OpenSSH before 9.6 does not read an ed25519 key in the PKCS#8 \
        format; every OpenSSH since 6.5 reads -m openssh";
    assert_eq!(warning(&["-t", "ed25519", "-m", "pkcs8", "-N", "", "-f", "little"]), little);
    assert_eq!(warning(&["-t", "ecdsa", "-m", "pkcs8", "-N", "", "-f", "read"]), "");
    assert_eq!(
        keygen(&home, &["-q", "-t", "ecdsa", "-m", "pem", "-N", "secret", "-f", "quiet"])
            .expect(0)
            .err(),
        ""
    );
}

#[test]
fn impossible_keys_are_refused_and_nothing_is_written() {
    let home = Home::new();
    let size = |args: &[&str], bits: &str, kind: &str, hint: &str| {
        let said = keygen(&home, &[args, &["-N", ""]].concat());
        assert_fails(
            &said,
            2,
            &format!("a key of type {kind} cannot have {bits} bits; nothing was written"),
            hint,
        );
    };
    for bits in ["0", "1024", "2047", "16385", "4294967295"] {
        size(&["-b", bits], bits, "rsa", "RSA keys have 2048 to 16384 bits: -b 4096");
    }
    size(
        &["-t", "ecdsa", "-b", "255"],
        "255",
        "ecdsa",
        "ECDSA keys have 256, 384 or 521 bits: -b 256",
    );
    size(
        &["-t", "ed25519", "-b", "4096"],
        "4096",
        "ed25519",
        "ED25519 keys have only one size: omit -b",
    );
    let pem = keygen(&home, &["-t", "ED25519", "-m", "Pem", "-N", ""]);
    assert_fails(
        &pem,
        2,
        "ed25519 keys have no PEM format",
        "use -m openssh or -m pkcs8, or -t rsa for PEM",
    );

    let dsa = keygen(&home, &["-t", "dsa"]);
    assert_usage(
        &dsa,
        "sshk: error: invalid value 'dsa' for '-t <TYPE>' [possible values: rsa, ed25519, ecdsa]",
    );
    assert!(dsa.err().contains("[possible values: rsa, ed25519, ecdsa]"), "{}", dsa.err());
    let format = keygen(&home, &["-m", "der"]);
    assert_usage(
        &format,
        "sshk: error: invalid value 'der' for '-m <FORMAT>' [possible values: openssh, pem, pkcs8]",
    );
    assert!(format.err().contains("[possible values: openssh, pem, pkcs8]"), "{}", format.err());
    assert_usage(
        &keygen(&home, &["-b", "many"]),
        "sshk: error: invalid value 'many' for '-b <BITS>': invalid digit found in string",
    );
    for rounds in ["0", "10001"] {
        let line = format!(
            "sshk: error: invalid value '{rounds}' for '-a <ROUNDS>': {rounds} is not in 1..=10000"
        );
        assert_usage(&keygen(&home, &["-a", rounds]), &line);
    }
    assert_eq!(names(home.path()), [""; 0]);
}

#[test]
fn bcrypt_rounds_are_24_unless_option_a_says_otherwise() {
    let home = Home::new();
    for (args, expected) in [(&["-f", "default"][..], 24), (&["-f", "seven", "-a", "7"], 7)] {
        keygen(&home, &[args, &["-t", "ed25519", "-N", "x"]].concat()).expect(0);
        let key = PrivateKey::from_openssh(fs::read(home.join(args[1])).unwrap()).unwrap();
        assert!(
            matches!(key.kdf(), Kdf::Bcrypt { rounds, .. } if *rounds == expected),
            "{:?}",
            key.kdf()
        );
    }
}

#[test]
fn a_comment_is_one_printable_line() {
    let home = Home::new();
    for (name, typed, comment) in [
        ("lines", "a\nssh-rsa AAAA\u{1b}[2Jb", "a ssh-rsa AAAA [2Jb"),
        ("dash", "-x", "-x"),
        ("empty", "", ""),
        ("plain", "鍵 of ann", "鍵 of ann"),
    ] {
        let said = keygen(&home, &["-t", "ed25519", "-N", "", "-C", typed, "-f", name]).expect(0);
        let public = fs::read_to_string(home.join(name).with_extension("pub")).unwrap();
        assert_eq!(
            public.trim_end_matches('\n').splitn(3, ' ').nth(2).unwrap_or_default(),
            comment
        );
        assert_eq!(
            (public.lines().count(), public_key_of(&home.join(name), "").as_str()),
            (1, public.trim_end())
        );
        assert!(said.err().lines().nth(2).unwrap().ends_with(comment), "{}", said.err());
    }
}

#[test]
fn json_names_the_files_and_the_key() {
    let home = Home::new();
    let said = keygen(
        &home,
        &[
            "-t", "ecdsa", "-b", "384", "-m", "pem", "-N", "secret", "-C", "c", "-f", "key",
            "--json", "-q",
        ],
    )
    .expect(0);
    assert_eq!((said.out().lines().count(), said.err()), (1, ""));
    let print = fingerprint(&home.join("key.pub"));
    let expected = serde_json::json!({
        "algorithm": "ecdsa-sha2-nistp384", "bits": 384, "comment": "c", "created": true,
        "encrypted": true,
        "fingerprint": print.split(' ').next().unwrap(), "format": "pem",
        "path": home.join("key"), "public_path": home.join("key.pub"),
    });
    assert_eq!(serde_json::from_str::<serde_json::Value>(said.out()).unwrap(), expected);
    let there = keygen(&home, &["-f", "key", "-N", "", "--json", "-q", "--if-missing"]).expect(0);
    let there: serde_json::Value = serde_json::from_str(there.out()).unwrap();
    assert_eq!(
        (&there["created"], &there["fingerprint"], &there["path"]),
        (&false.into(), &expected["fingerprint"], &expected["path"])
    );

    let failed = keygen(&home, &["-f", "key", "-N", "", "--json"]).expect(1);
    let expected = serde_json::json!({ "status": "failed", "error": {
        "kind": "exists", "message": "\"key\" already exists; nothing was written",
        "hint": "choose another file with -f, or replace it with --force",
    }});
    assert_eq!(serde_json::from_str::<serde_json::Value>(failed.out()).unwrap(), expected);
}
