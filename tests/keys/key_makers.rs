//! Keys made by ssh-keygen, openssl, puttygen, paramiko and ssh2 come through show and convert with
//! the fingerprint that their maker or ssh-keygen prints, and each of these programs reads what
//! convert writes.

use std::fs;
use std::path::Path;

use crate::support::oracle::{node, openssl, puttygen, python, ssh_keygen};
use crate::support::process::write_private;
use crate::support::{Finished, Home};
use serde_json::Value;

const PASSPHRASE: &str = "correct horse";

/// One file of a maker's: its name in the home directory, its passphrase, and its key's
/// fingerprint.
struct Made {
    name: String,
    passphrase: &'static str,
    fingerprint: String,
}

fn fingerprint_of(home: &Home, line: &str) -> String {
    let file = home.join("line.pub");
    fs::write(&file, format!("{}\n", line.trim())).unwrap();
    let said = ssh_keygen(["-l", "-f"]).arg(&file).run().expect(0);
    said.out().split(' ').nth(1).unwrap().to_owned()
}

/// Every program that supports the format reads what convert writes, as the same key. OpenSSH 9.2
/// reads no ED25519 in PKCS#8, ssh2 no PKCS#8 at all, paramiko no ED25519 there.
fn is_read_by_all(home: &Home, file: &Path, format: &str, kind: &str, made: &Made) {
    let case = format!("{} as {format}", made.name);
    let is = |said: Finished| {
        assert_eq!(fingerprint_of(home, said.expect(0).out()), made.fingerprint, "{case}")
    };
    let ed25519_in_pkcs8 = (kind, format) == ("ed25519", "pkcs8");
    if !ed25519_in_pkcs8 {
        is(ssh_keygen(["-y", "-P", made.passphrase, "-f"]).arg(file).run());
    }
    if format != "openssh" {
        openssl([
            "pkey",
            "-check",
            "-noout",
            "-passin",
            &format!("pass:{}", made.passphrase),
            "-in",
        ])
        .arg(file)
        .run()
        .expect(0);
    }
    // ssh2's bcrypt takes seconds.
    if format == "pem" || format == "openssh" && made.passphrase.is_empty() {
        let script = "const { utils } = require('ssh2'); \
            const key = utils.parseKey(require('fs').readFileSync(process.argv[1]), \
            process.argv[2] || undefined); \
            if (key instanceof Error) throw key; console.log(key.type + ' ' + \
            key.getPublicSSH().toString('base64'))";
        is(node(script, [file.as_os_str(), made.passphrase.as_ref()]).run());
    }
    if format != "pkcs8" {
        let script = "import sys, paramiko\n\
            kind = {'rsa': paramiko.RSAKey, 'ecdsa': paramiko.ECDSAKey, 'ed25519': \
            paramiko.Ed25519Key}[sys.argv[2]]\n\
            key = kind.from_private_key_file(sys.argv[1], sys.argv[3] or None)\n\
            print(key.get_name(), key.get_base64())";
        is(python(script, [file.as_os_str(), kind.as_ref(), made.passphrase.as_ref()]).run());
    }
}

fn comes_through(home: &Home, kind: &str, made: &Made) {
    let said = home
        .sshk(["show", "--json", &made.name])
        .env("SSHK_PASSPHRASE", made.passphrase)
        .run()
        .expect(0);
    let object: Value = serde_json::from_str(said.out()).unwrap();
    assert_eq!(object["fingerprint"], made.fingerprint.as_str(), "{}", made.name);
    assert_eq!(object["encryption"].is_null(), made.passphrase.is_empty(), "{}", made.name);
    for format in ["openssh", "pem", "pkcs8"] {
        if (kind, format) == ("ed25519", "pem") {
            continue;
        }
        let out = format!("{}.{format}", made.name);
        let run = home
            .sshk(["convert", &made.name, "-q", "-m", format, "-f", &out])
            .env("SSHK_PASSPHRASE", made.passphrase);
        assert_eq!(run.run().expect(0).err(), "");
        is_read_by_all(home, &home.join(&out), format, kind, made);
        let said = home
            .sshk(["show", "--json", &out])
            .env("SSHK_PASSPHRASE", made.passphrase)
            .run()
            .expect(0);
        let object: Value = serde_json::from_str(said.out()).unwrap();
        assert_eq!(
            (&object["fingerprint"], &object["format"]),
            (&made.fingerprint.as_str().into(), &format.into()),
            "{out}"
        );
        fs::remove_file(home.join(&out)).unwrap();
    }
}

#[test]
fn keys_of_ssh_keygen_survive_every_round_trip() {
    let home = Home::new();
    for (kind, bits) in
        [("rsa", "2048"), ("ecdsa", "256"), ("ecdsa", "384"), ("ecdsa", "521"), ("ed25519", "256")]
    {
        for (format, passphrase) in [("RFC4716", PASSPHRASE), ("PEM", ""), ("PKCS8", "")] {
            let name = format!("{kind}{bits}{format}");
            let run = ssh_keygen([
                "-q", "-t", kind, "-b", bits, "-m", format, "-N", passphrase, "-a", "2", "-f",
            ]);
            run.arg(home.join(&name)).run().expect(0);
            let fingerprint = fingerprint_of(
                &home,
                &fs::read_to_string(home.join(format!("{name}.pub"))).unwrap(),
            );
            comes_through(&home, kind, &Made { name, passphrase, fingerprint });
        }
    }
}

#[test]
fn keys_of_openssl_survive_every_round_trip() {
    let home = Home::new();
    let secret = format!("pass:{PASSPHRASE}");
    for (kind, args) in [
        ("rsa", &["genrsa", "2048"][..]),
        ("rsa", &["genrsa", "-traditional", "-aes256", "-passout", &secret, "2048"]),
        ("rsa", &["genpkey", "-algorithm", "rsa", "-aes-256-cbc", "-pass", &secret]),
        ("ecdsa", &["ecparam", "-name", "prime256v1", "-genkey"]),
        ("ecdsa", &["ecparam", "-name", "secp521r1", "-genkey", "-noout"]),
        ("ecdsa", &["genpkey", "-algorithm", "ec", "-pkeyopt", "ec_paramgen_curve:P-384"]),
        ("ed25519", &["genpkey", "-algorithm", "ed25519"]),
        ("ed25519", &["genpkey", "-algorithm", "ed25519", "-aes-128-cbc", "-pass", &secret]),
    ] {
        let passphrase = if args.contains(&secret.as_str()) { PASSPHRASE } else { "" };
        let name = args.join("-").replace(['/', ':', ' '], "_");
        write_private(&home.join(&name), openssl(args).run().expect(0).out());
        // openssl has no SSH fingerprint: it comes from ssh-keygen's conversion of the public key,
        // if it can convert it.
        let public = openssl(["pkey", "-pubout", "-passin", &secret, "-in"])
            .arg(home.join(&name))
            .run()
            .expect(0);
        fs::write(home.join("pkix"), public.out()).unwrap();
        let line = match kind {
            // The last 32 bytes of a PKIX file are the key (RFC 8410).
            "ed25519" => {
                let der = data_encoding::BASE64
                    .decode(public.out().lines().nth(1).unwrap().as_bytes())
                    .unwrap();
                let key =
                    ssh_key::public::Ed25519PublicKey(der[der.len() - 32..].try_into().unwrap());
                ssh_key::PublicKey::from(key).to_openssh().unwrap()
            }
            _ => ssh_keygen(["-i", "-m", "PKCS8", "-f"])
                .arg(home.join("pkix"))
                .run()
                .expect(0)
                .out()
                .to_owned(),
        };
        let fingerprint = fingerprint_of(&home, &line);
        comes_through(&home, kind, &Made { name, passphrase, fingerprint });
    }
}

#[test]
fn keys_of_puttygen_survive_every_round_trip() {
    let home = Home::new();
    fs::write(home.join("secret"), format!("{PASSPHRASE}\n")).unwrap();
    fs::write(home.join("none"), "").unwrap();
    for (theirs, bits, kind, version, passphrase) in [
        ("rsa", "2048", "rsa", "2", PASSPHRASE),
        ("rsa", "2048", "rsa", "3", ""),
        ("ecdsa", "256", "ecdsa", "3", PASSPHRASE),
        ("ecdsa", "384", "ecdsa", "2", ""),
        ("ecdsa", "521", "ecdsa", "3", ""),
        ("eddsa", "255", "ed25519", "3", PASSPHRASE),
        ("eddsa", "255", "ed25519", "2", ""),
    ] {
        let name = format!("{theirs}{bits}v{version}.ppk");
        let file = home.join(&name);
        let parameters = format!("version={version}");
        let secret = home.join(if passphrase.is_empty() { "none" } else { "secret" });
        let made = puttygen([
            "-q",
            "-t",
            theirs,
            "-b",
            bits,
            "--random-device",
            "/dev/urandom",
            "--ppk-param",
            &parameters,
        ]);
        made.arg("--new-passphrase").arg(secret).arg("-o").arg(&file).run().expect(0);
        let said = puttygen(["-l"]).arg(&file).run().expect(0);
        let fingerprint = said
            .out()
            .split_whitespace()
            .find(|word| word.starts_with("SHA256:"))
            .unwrap()
            .to_owned();
        comes_through(&home, kind, &Made { name, passphrase, fingerprint });
    }
}

#[test]
fn keys_of_paramiko_survive_every_round_trip() {
    let home = Home::new();
    let script = "import sys, paramiko\n\
        made = paramiko.RSAKey.generate(2048) if sys.argv[2] == 'rsa' else \
        paramiko.ECDSAKey.generate(bits=int(sys.argv[3]))\n\
        made.write_private_key_file(sys.argv[1], sys.argv[4] or None)\n\
        print(made.get_name(), made.get_base64())";
    for (kind, bits) in [("rsa", "2048"), ("ecdsa", "256"), ("ecdsa", "384"), ("ecdsa", "521")] {
        for passphrase in ["", PASSPHRASE] {
            let name = format!("{kind}{bits}{}", passphrase.len());
            let file = home.join(&name);
            let line = python(
                script,
                [file.as_os_str(), kind.as_ref(), bits.as_ref(), passphrase.as_ref()],
            )
            .run()
            .expect(0);
            let fingerprint = fingerprint_of(&home, line.out());
            comes_through(&home, kind, &Made { name, passphrase, fingerprint });
        }
    }
}

#[test]
fn keys_of_ssh2_survive_every_round_trip() {
    let home = Home::new();
    let script = "const { utils } = require('ssh2'); const [kind, bits, passphrase, cipher] = \
        process.argv.slice(1); \
        const sealed = passphrase ? { passphrase, cipher, rounds: 2 } : {}; \
        const made = utils.generateKeyPairSync(kind, { bits: Number(bits), comment: 'from node', \
        ...sealed }); \
        console.log(JSON.stringify(made))";
    for (kind, bits, cipher) in [
        ("rsa", "2048", ""),
        ("rsa", "2048", "aes256-cbc"),
        ("ecdsa", "256", ""),
        ("ecdsa", "384", "aes128-gcm@openssh.com"),
        ("ecdsa", "521", ""),
        ("ed25519", "256", ""),
        ("ed25519", "256", "aes256-gcm@openssh.com"),
    ] {
        let passphrase = if cipher.is_empty() { "" } else { PASSPHRASE };
        let said = node(script, [kind, bits, passphrase, cipher]).run().expect(0);
        let pair: Value = serde_json::from_str(said.out()).unwrap();
        let name = format!("{kind}{bits}{}", cipher.len());
        write_private(&home.join(&name), pair["private"].as_str().unwrap());
        let fingerprint = fingerprint_of(&home, pair["public"].as_str().unwrap());
        comes_through(&home, kind, &Made { name, passphrase, fingerprint });
    }
}
