//! Keys in the formats of others: PuTTY's private key files, and public keys in RFC 4716 and PEM.
//! Their makers are the judges.

use sshk::error::Failure;
use std::fs;
use std::path::{Path, PathBuf};

use crate::support::Home;
use crate::support::oracle::{openssl, puttygen, ssh_keygen};
use data_encoding::BASE64;
use proptest::prelude::*;
use ssh_key::{HashAlg, PublicKey};
use sshk::Passphrase;
use sshk::keys::key_file;
use sshk::keys::key_file::{Fault, Format, KeyFile, Private};
use zeroize::Zeroizing;

const PASSPHRASE: &str = "correct horse";

fn passphrase(text: &str) -> Passphrase {
    Passphrase::new(Zeroizing::new(text.to_owned()))
}

fn parse(text: &str) -> Result<Private, key_file::Error> {
    Private::parse(Zeroizing::new(text.to_owned()), "k")
}

#[track_caller]
fn refused(text: &str, kind: &str, message: &str) {
    let error =
        parse(text).err().unwrap_or_else(|| panic!("was read, not refused with {message:?}"));
    assert_eq!((error.to_string(), error.kind().as_str()), (format!("\"k\": {message}"), kind));
}

/// A key made by puttygen, and its public half as puttygen says it.
struct Putty {
    home: Home,
    file: PathBuf,
    public: PublicKey,
}

fn putty(kind: &str, bits: &str) -> Putty {
    let home = Home::new();
    let file = home.join("key.ppk");
    let made = puttygen([
        "-q",
        "-t",
        kind,
        "-b",
        bits,
        "-C",
        "ann's key",
        "--random-device",
        "/dev/urandom",
        "--new-passphrase",
        "/dev/null",
        "-o",
    ]);
    made.arg(&file).run().expect(0);
    let public = puttygen(["-L"]).arg(&file).run().expect(0).out().parse().unwrap();
    Putty { home, file, public }
}

impl Putty {
    /// The same key under [`PASSPHRASE`].
    fn sealed(&self, parameters: &str) -> String {
        let (secret, out) = (self.home.join("passphrase"), self.home.join("sealed.ppk"));
        fs::write(&secret, format!("{PASSPHRASE}\n")).unwrap();
        let run = puttygen(["-P", "--ppk-param", parameters])
            .arg(&self.file)
            .arg("--new-passphrase")
            .arg(&secret);
        run.arg("-o").arg(&out).run().expect(0);
        fs::read_to_string(out).unwrap()
    }

    /// The same key without a passphrase, in another version.
    fn plain(&self, version: &str) -> String {
        let out = self.home.join("plain.ppk");
        puttygen(["--reencrypt", "--ppk-param", version])
            .arg(&self.file)
            .arg("-o")
            .arg(&out)
            .run()
            .expect(0);
        fs::read_to_string(out).unwrap()
    }
}

#[test]
fn every_key_of_puttygen_is_read_in_both_versions_with_and_without_a_passphrase() {
    for (kind, bits) in
        [("rsa", "2048"), ("ecdsa", "256"), ("ecdsa", "384"), ("ecdsa", "521"), ("eddsa", "255")]
    {
        let putty = putty(kind, bits);
        for (text, format, encryption) in [
            (putty.plain("version=2"), Format::Ppk2, None),
            (putty.plain("version=3"), Format::Ppk3, None),
            (putty.sealed("version=2"), Format::Ppk2, Some("SHA-1, 1 round")),
            (putty.sealed("memory=64,passes=3"), Format::Ppk3, Some("argon2id, 64 KiB, 3 passes")),
            (
                putty.sealed("kdf=argon2i,memory=64,passes=2,parallelism=4"),
                Format::Ppk3,
                Some("argon2i, 64 KiB, 2 passes"),
            ),
            (
                putty.sealed("kdf=argon2d,memory=1024,passes=1"),
                Format::Ppk3,
                Some("argon2d, 1024 KiB, 1 passes"),
            ),
        ] {
            let case = format!("{kind} {bits} {format} {encryption:?}");
            let private = parse(&text).unwrap_or_else(|error| panic!("{case}: {error}"));
            assert_eq!(private.format(), format, "{case}");
            let said = private.encryption();
            assert_eq!(said.as_ref().map(|it| it.kdf.as_str()), encryption, "{case}");
            assert!(said.is_none_or(|it| it.cipher == "aes256-cbc"), "{case}");
            assert_eq!(private.public().unwrap(), putty.public, "{case}");
            let key = private
                .unlock(Some(&passphrase(PASSPHRASE)))
                .unwrap_or_else(|error| panic!("{case}: {error}"));
            assert_eq!(key.public_key(), &putty.public, "{case}");
            // The private half: puttygen's own export has the same.
            if encryption.is_some() {
                assert!(
                    matches!(
                        private.unlock(None),
                        Err(key_file::Error::Key { fault: Fault::PassphraseNeeded, .. })
                    ),
                    "{case}"
                );
                for wrong in ["wrong horse", ""] {
                    assert_eq!(
                        private.unlock(Some(&passphrase(wrong))).unwrap_err().to_string(),
                        "\"k\": wrong passphrase",
                        "{case}"
                    );
                }
            }
            for same in [
                text.replace('\n', "\r\n"),
                text.trim_end().to_owned(),
                format!("\u{feff}{text}\n"),
            ] {
                assert_eq!(parse(&same).unwrap().public().unwrap(), putty.public, "{case}");
            }
        }
        let exported = putty.home.join("exported");
        puttygen(["-O", "private-openssh-new"])
            .arg(&putty.file)
            .arg("-o")
            .arg(&exported)
            .run()
            .expect(0);
        let theirs = KeyFile::new(&exported).read_private().unwrap().unlock(None).unwrap();
        let ours = KeyFile::new(&putty.file).read_private().unwrap().unlock(None).unwrap();
        assert_eq!(ours.key_data(), theirs.key_data(), "{kind} {bits}");
    }
}

/// A PPK 3 without a passphrase, its MAC as it has to be: what puttygen makes of a key it was
/// given.
fn written_by_puttygen(home: &Home, openssh: &str) -> String {
    let (from, to) = (home.join("from"), home.join("to.ppk"));
    let _ = (fs::remove_file(&from), fs::remove_file(&to));
    crate::support::process::write_private(&from, openssh);
    puttygen(["-O", "private"]).arg(&from).arg("-o").arg(&to).run().expect(0);
    fs::read_to_string(to).unwrap()
}

/// ssh-key's reader takes these wrong: PuTTY leaves the zeros out at the end of the number, or at
/// its beginning.
#[test]
fn private_numbers_with_zeros_at_either_end_are_read() {
    use ssh_key::private::{EcdsaKeypair, Ed25519Keypair, KeypairData};
    let home = Home::new();
    let mut scalar = [0x5a; 32];
    scalar[..9].fill(0);
    let secret = p256::SecretKey::from_slice(&scalar).unwrap();
    let mut keys = vec![KeypairData::Ecdsa(EcdsaKeypair::NistP256 {
        public: secret.public_key().into(),
        private: secret.into(),
    })];
    for (first, last) in [(0, 1), (1, 0), (0, 0), (0x80, 0x80), (0, 0x80), (0x80, 0)] {
        let mut seed = [0x42; 32];
        (seed[0], seed[31]) = (first, last);
        keys.push(KeypairData::Ed25519(Ed25519Keypair::from_seed(&seed)));
    }
    for key in keys {
        let key = ssh_key::PrivateKey::new(key, "c").unwrap();
        let text = key_file::encode(&key, Format::OpenSsh, None, None, &mut rand::rng()).unwrap();
        let ppk = written_by_puttygen(&home, &text);
        assert_eq!(parse(&ppk).unwrap().unlock(None).unwrap().key_data(), key.key_data());
    }
}

#[test]
fn a_putty_file_that_is_not_whole_is_named() {
    let putty = putty("eddsa", "255");
    let (text, sealed) = (putty.plain("version=3"), putty.sealed("memory=64,passes=1"));
    let damaged =
        |text: &str, why: &str| refused(text, "not-a-key", &format!("the key is damaged: {why}"));
    let lines: Vec<&str> = sealed.lines().collect();
    for kept in 1..lines.len() {
        damaged(&lines[..kept].join("\n"), "its end is missing");
    }
    for lost in 1..lines.len() {
        let rest = [&lines[..lost], &lines[lost + 1..]].concat().join("\n");
        assert!(
            parse(&rest).is_err()
                || parse(&rest).unwrap().unlock(Some(&passphrase(PASSPHRASE))).is_err(),
            "without line {lost}"
        );
    }
    damaged(
        &text.replace("ann's key", "bob's key"),
        "its MAC does not match: it was changed after it was written",
    );
    damaged(&text.replace("Comment: ", "Remark: "), "its lines are not those of a PuTTY key file");
    damaged(
        &text.replace("ssh-ed25519", "ssh-rsa"),
        "the type before the key is not the type in the key",
    );
    damaged(&format!("{text}more\n"), "something follows the key");
    damaged(&text.replace("File-3", "File-x"), "its lines are not those of a PuTTY key file");
    refused(
        &text.replace("File-3", "File-1"),
        "unsupported-key",
        "a PuTTY key file of a version other than 2 and 3 is not supported",
    );
    refused(
        &text.replace("ssh-ed25519", "ssh-ed448"),
        "unsupported-key",
        "the key algorithm of this PuTTY key file is not supported",
    );
    refused(
        &text.replace("Encryption: none", "Encryption: rot13"),
        "unsupported-key",
        "the encryption of this PuTTY key file is not supported",
    );
    refused(
        &sealed.replace("Argon2id", "Argon9"),
        "unsupported-key",
        "the key derivation of this PuTTY key file is not supported",
    );
    let certificate = text.replace("ssh-ed25519", "ssh-ed25519-cert-v01@openssh.com");
    refused(
        &certificate,
        "unsupported-key",
        "a PuTTY key file with a certificate in it is not supported",
    );
    let dsa = putty_file("dsa", "1024");
    refused(
        &dsa,
        "unsupported-key",
        "this is a DSA key, which OpenSSH and current servers no longer accept",
    );
    // The passphrase is right, the file is not: with a MAC over everything nobody can tell.
    let changed = sealed.replace("ann's key", "bob's key");
    assert_eq!(
        parse(&changed).unwrap().unlock(Some(&passphrase(PASSPHRASE))).unwrap_err().to_string(),
        "\"k\": wrong passphrase"
    );
}

fn putty_file(kind: &str, bits: &str) -> String {
    fs::read_to_string(putty(kind, bits).file).unwrap()
}

#[test]
fn a_putty_file_that_asks_for_too_much_is_refused_before_it_is_opened() {
    let sealed = putty("eddsa", "255").sealed("memory=64,passes=1");
    let cost = |memory: &str, passes: &str| {
        sealed
            .replace("Memory: 64", &format!("Memory: {memory}"))
            .replace("Passes: 1", &format!("Passes: {passes}"))
    };
    let most = "the limit is 256 MiB, or 16384 passes over 1 MiB";
    for (memory, passes) in
        [("4294967295", "1"), ("262145", "1"), ("262144", "65"), ("64", "4294967295")]
    {
        let message = format!(
            "opening this key would cost too much: Argon2 with {memory} KiB and {passes} passes; \
            {most}"
        );
        refused(&cost(memory, passes), "unsupported-key", &message);
    }
    assert!(parse(&cost("262144", "64")).is_ok());
    for (memory, passes) in [("4294967296", "1"), ("7", "1"), ("-1", "1"), ("64", "0"), ("64", "x")]
    {
        refused(
            &cost(memory, passes),
            "not-a-key",
            "the key is damaged: its lines are not those of a PuTTY key file",
        );
    }
    let salt = sealed.lines().find(|line| line.starts_with("Argon2-Salt")).unwrap();
    refused(
        &sealed.replace(salt, "Argon2-Salt: 00"),
        "not-a-key",
        "the key is damaged: its lines are not those of a PuTTY key file",
    );
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn no_putty_file_makes_the_reader_panic(lines in prop::collection::vec("(Encryption: \
        (none|aes256-cbc)|Comment: .{0,9}|(Public|Private)-Lines: \
        [0-9]{1,11}|[A-Za-z0-9+/=]{0,64}|Key-Derivation: Argon2id|Argon2-[A-Z][a-z]{1,9}: \
        [0-9a-f]{0,12}|Private-MAC: [0-9a-f]{0,9})", 0..14), version in "[0-9]{0,3}") {
        let _ = parse(&format!("PuTTY-User-Key-File-{version}: ssh-ed25519\n{}", lines.join("\n")));
    }
}

/// Every form in which a public key comes, made by those who make it.
fn foreign_forms(home: &Home, key: &Path, kind: &str) -> Vec<(&'static str, String)> {
    let text = |run: crate::support::Run| run.run().expect(0).out().to_owned();
    let mut forms = vec![("rfc4716", text(ssh_keygen(["-e", "-m", "RFC4716", "-f"]).arg(key)))];
    forms.push(("putty's rfc4716", text(puttygen(["-O", "public", "-o", "/dev/stdout"]).arg(key))));
    // ssh-keygen has no PEM form of ED25519.
    let pem = home.join("pem");
    let private = KeyFile::new(key).read_private().unwrap().unlock(None).unwrap();
    let _ = fs::remove_file(&pem);
    crate::support::process::write_private(
        &pem,
        &*key_file::encode(&private, Format::Pkcs8, None, None, &mut rand::rng()).unwrap(),
    );
    forms.push(("pkix", text(openssl(["pkey", "-pubout", "-in"]).arg(&pem))));
    match kind {
        "rsa" => {
            forms.push(("pkcs1", text(ssh_keygen(["-e", "-m", "PEM", "-f"]).arg(key))));
            forms.push((
                "ssh-keygen's pkix",
                text(ssh_keygen(["-e", "-m", "PKCS8", "-f"]).arg(key)),
            ));
        }
        "ecdsa" => forms.push((
            "compressed",
            text(openssl(["ec", "-pubout", "-conv_form", "compressed", "-in"]).arg(&pem)),
        )),
        _ => {}
    }
    forms
}

#[test]
fn public_keys_are_read_in_every_format() {
    for kind in ["rsa", "ecdsa", "ed25519"] {
        let home = Home::new();
        let key = home.key(kind, "key");
        let own: PublicKey =
            fs::read_to_string(key.with_extension("pub")).unwrap().parse().unwrap();
        for (form, text) in foreign_forms(&home, &key, kind) {
            for text in [text.clone(), text.replace('\n', "\r\n"), format!("\u{feff}{text}")] {
                let file = home.join("foreign.pub");
                fs::write(&file, &text).unwrap();
                let read = KeyFile::new(&file)
                    .read_public()
                    .unwrap_or_else(|error| panic!("{kind} {form}: {error}"));
                assert_eq!(
                    read.fingerprint(HashAlg::Sha256),
                    own.fingerprint(HashAlg::Sha256),
                    "{kind} {form}"
                );
                let comment = read.comment().to_string();
                match form {
                    "rfc4716" => assert!(comment.contains("converted by"), "{comment}"),
                    "putty's rfc4716" => assert_eq!(comment, "test@house"),
                    _ => assert_eq!(comment, ""),
                }
            }
        }
    }
}

#[test]
fn public_keys_that_are_not_whole_are_named() {
    let home = Home::new();
    let file = home.join("foreign.pub");
    let said = |text: &str| {
        fs::write(&file, text).unwrap();
        let error = KeyFile::new(&file).read_public().unwrap_err();
        error.to_string().replace(&format!("{file:?}: "), "")
    };
    let key = home.key("rsa", "key");
    let pkix = ssh_keygen(["-e", "-m", "PKCS8", "-f"]).arg(&key).run().expect(0).out().to_owned();
    let lines: Vec<&str> = pkix.lines().collect();
    assert_eq!(said(&lines[..4].join("\n")), "the key is damaged: its last line is missing");
    let holed = [&lines[..2], &lines[4..]].concat().join("\n");
    assert_eq!(said(&holed), "the key is damaged: its content does not match its first line");
    let relabelled = pkix.replace("PUBLIC KEY", "RSA PUBLIC KEY");
    assert_eq!(said(&relabelled), "the key is damaged: its content does not match its first line");
    for (algorithm, message) in [
        ("x25519", "the key algorithm 1.3.101.110 is not supported"),
        ("ed448", "the key algorithm 1.3.101.113 is not supported"),
    ] {
        let private = home.join(algorithm);
        openssl(["genpkey", "-algorithm", algorithm, "-out"]).arg(&private).run().expect(0);
        let public = openssl(["pkey", "-pubout", "-in"]).arg(&private).run().expect(0);
        assert_eq!(said(public.out()), message);
    }
    let point = [&[4; 65][..]].concat();
    let off_curve = [
        &data_encoding::HEXLOWER
            .decode(b"3059301306072a8648ce3d020106082a8648ce3d030107034200")
            .unwrap()[..],
        &point,
    ]
    .concat();
    let pem = format!(
        "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
        BASE64.encode(&off_curve)
    );
    assert_eq!(
        said(&pem),
        "the key is unsound and must not be used: its point is not on the curve"
    );
}
