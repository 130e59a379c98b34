//! Key files compared with the tools that use them: every algorithm, format and encryption, in both
//! directions.

use rand::rng;
use ssh_key::{Kdf, PrivateKey, PublicKey};
use sshk::Passphrase;
use sshk::error::Failure;
use sshk::keys::generate::{KeySpec, KeyType, generate};
use sshk::keys::key_file::{Error, Fault, Format, KeyFile, Private, encode};
use sshk::keys::oneline;
use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{LazyLock, Mutex};
use tempfile::TempDir;
use zeroize::Zeroizing;

const PASSPHRASE: &str = "correct horse";
const KINDS: [(KeyType, u32); 5] = [
    (KeyType::Rsa, 2048),
    (KeyType::Ed25519, 256),
    (KeyType::Ecdsa, 256),
    (KeyType::Ecdsa, 384),
    (KeyType::Ecdsa, 521),
];
const FORMATS: [Format; 3] = [Format::OpenSsh, Format::Pem, Format::Pkcs8];

/// One key of each kind for all tests: the search for RSA primes is slow.
fn key(kind: KeyType, bits: u32) -> PrivateKey {
    static KEYS: LazyLock<Mutex<HashMap<(KeyType, u32), PrivateKey>>> =
        LazyLock::new(Mutex::default);
    let mut keys = KEYS.lock().unwrap();
    keys.entry((kind, bits))
        .or_insert_with(|| {
            generate(KeySpec::new(kind, Some(bits)).unwrap(), "ann@example.org", &mut rng())
                .unwrap()
        })
        .clone()
}

fn passphrase(text: &str) -> Passphrase {
    Passphrase::new(Zeroizing::new(text.to_owned()))
}

fn parse(text: &str) -> Result<Private, Error> {
    Private::parse(Zeroizing::new(text.to_owned()), "k")
}

fn fault(text: &str) -> Fault {
    match parse(text) {
        Err(Error::Key { fault, .. }) => fault,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("was read as a private key"),
    }
}

/// What a tool printed; if it fails, so does the test.
fn run(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("{program}: {error}"));
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {arguments:?}: {complaint}");
    String::from_utf8(output.stdout).unwrap()
}

fn write(folder: &TempDir, name: &str, text: &str) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    path
}

fn blob(line: &str) -> PublicKey {
    line.parse().unwrap_or_else(|error| panic!("{line:?}: {error}"))
}

/// The public key of a private key file: as ssh-keygen prints it, or, for ED25519 in PKCS#8, which
/// OpenSSH 9.2 does not read, as openssl says.
fn public_half(path: &str, secret: &str) -> PublicKey {
    let openssl = || {
        run(
            "openssl",
            &[
                "pkey",
                "-in",
                path,
                "-passin",
                &format!("pass:{secret}"),
                "-pubout",
                "-text_pub",
                "-noout",
            ],
        )
    };
    if fs::read_to_string(path).unwrap().starts_with("-----BEGIN OPENSSH")
        || !openssl().starts_with("ED25519")
    {
        return blob(&run("ssh-keygen", &["-y", "-P", secret, "-f", path]));
    }
    let text = openssl();
    let digits: String =
        text.lines().skip(2).flat_map(str::chars).filter(char::is_ascii_hexdigit).collect();
    let bytes = (0..32)
        .map(|at| u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).unwrap())
        .collect::<Vec<_>>();
    ssh_key::public::Ed25519PublicKey(bytes.try_into().unwrap()).into()
}

#[test]
fn ssh_keygen_and_openssl_read_what_we_write() {
    let folder = TempDir::new().unwrap();
    for (kind, bits) in KINDS {
        let key = key(kind, bits);
        for format in FORMATS {
            for secret in ["", PASSPHRASE] {
                let case = format!("{kind} {bits} {format} {secret:?}");
                let made = encode(&key, format, Some(&passphrase(secret)), None, &mut rng());
                if kind == KeyType::Ed25519 && format == Format::Pem {
                    assert!(matches!(made, Err(Error::NoSuchForm { .. })), "{case}");
                    continue;
                }
                let text = made.unwrap();
                let path = write(&folder, "key", &text);
                let path = path.to_str().unwrap();
                let public = public_half(path, secret);
                assert_eq!(public.key_data(), key.public_key().key_data(), "{case}");
                if format == Format::OpenSsh {
                    assert_eq!(public.comment().as_bytes(), b"ann@example.org", "{case}");
                }
                let fingerprint = key.fingerprint(ssh_key::HashAlg::Sha256).to_string();
                let line = run(
                    "ssh-keygen",
                    &[
                        "-l",
                        "-f",
                        write(&folder, "key.pub", &key.public_key().to_openssh().unwrap())
                            .to_str()
                            .unwrap(),
                    ],
                );
                assert!(line.starts_with(&format!("{bits} {fingerprint}")), "{case}: {line}");
                if format != Format::OpenSsh {
                    let source = format!("pass:{secret}");
                    run("openssl", &["pkey", "-check", "-noout", "-in", path, "-passin", &source]);
                    let verb = ["rsa", "ec"][usize::from(kind == KeyType::Ecdsa)];
                    if kind != KeyType::Ed25519 {
                        run(
                            "openssl",
                            &[verb, "-check", "-noout", "-in", path, "-passin", &source],
                        );
                    }
                }
                let private = parse(&text).unwrap();
                assert_eq!(
                    (private.format(), private.is_encrypted()),
                    (format, !secret.is_empty()),
                    "{case}"
                );
                assert_eq!(
                    private.unlock(Some(&passphrase(secret))).unwrap().key_data(),
                    key.key_data(),
                    "{case}"
                );
                if !secret.is_empty() {
                    assert!(
                        matches!(
                            private.unlock(None),
                            Err(Error::Key { fault: Fault::PassphraseNeeded, .. })
                        ),
                        "{case}"
                    );
                    let wrong = private.unlock(Some(&passphrase("wrong horse"))).unwrap_err();
                    assert_eq!(wrong.to_string(), "\"k\": wrong passphrase", "{case}");
                }
            }
        }
    }
}

#[test]
fn files_look_as_their_own_tools_write_them() {
    let folder = TempDir::new().unwrap();
    for (kind, bits, format, cmp) in [
        (KeyType::Rsa, 2048, Format::Pem, &["rsa", "-traditional"][..]),
        (KeyType::Ecdsa, 384, Format::Pem, &["ec"][..]),
        (KeyType::Rsa, 2048, Format::Pkcs8, &["pkey"][..]),
        (KeyType::Ecdsa, 256, Format::Pkcs8, &["pkey"][..]),
        (KeyType::Ecdsa, 521, Format::Pkcs8, &["pkey"][..]),
        (KeyType::Ed25519, 256, Format::Pkcs8, &["pkey"][..]),
    ] {
        let text = encode(&key(kind, bits), format, None, None, &mut rng()).unwrap();
        let path = write(&folder, "key", &text);
        let theirs = run("openssl", &[cmp, &["-in", path.to_str().unwrap()]].concat());
        assert_eq!(*text, theirs, "{kind} {bits} {format}");
    }
    let legacy = encode(
        &key(KeyType::Rsa, 2048),
        Format::Pem,
        Some(&passphrase(PASSPHRASE)),
        None,
        &mut rng(),
    )
    .unwrap();
    assert!(
        legacy.starts_with(
            "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,"
        ),
        "{legacy:?}"
    );
    let openssh =
        encode(&key(KeyType::Rsa, 2048), Format::OpenSsh, None, None, &mut rng()).unwrap();
    assert!(
        openssh.lines().skip(1).all(|line| line.len() <= 70)
            && openssh.lines().nth(1).unwrap().len() == 70
    );
    assert!(openssh.ends_with("\n-----END OPENSSH PRIVATE KEY-----\n"));
}

#[test]
fn we_read_what_ssh_keygen_writes() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("key");
    let name = path.to_str().unwrap();
    for (kind, bits) in KINDS {
        for mode in ["RFC4716", "PEM", "PKCS8"] {
            for secret in ["", PASSPHRASE] {
                let _ = (fs::remove_file(&path), fs::remove_file(folder.path().join("key.pub")));
                let (kind_word, bits_word) = (kind.to_string(), bits.to_string());
                run(
                    "ssh-keygen",
                    &[
                        "-q",
                        "-t",
                        &kind_word,
                        "-b",
                        &bits_word,
                        "-m",
                        mode,
                        "-N",
                        secret,
                        "-C",
                        "ben s key",
                        "-a",
                        "4",
                        "-f",
                        name,
                    ],
                );
                let case = format!("{kind} {bits} {mode} {secret:?}");
                let file = KeyFile::new(&path);
                let private = file.read_private().unwrap();
                let key = private
                    .unlock(Some(&passphrase(secret)))
                    .unwrap_or_else(|error| panic!("{case}: {error}"));
                let public = file.read_public().unwrap();
                assert_eq!(key.public_key().key_data(), public.key_data(), "{case}");
                assert_eq!(public.comment().as_bytes(), b"ben s key", "{case}");
                if private.format() == Format::OpenSsh {
                    assert_eq!(key.comment().as_bytes(), b"ben s key", "{case}");
                }
                if !secret.is_empty() {
                    let wrong = private.unlock(Some(&passphrase("wrong horse"))).unwrap_err();
                    assert!(
                        matches!(wrong, Error::Key { fault: Fault::WrongPassphrase, .. }),
                        "{case}: {wrong}"
                    );
                }
            }
        }
    }
}

#[test]
fn we_read_every_cipher_of_ssh_keygen() {
    let folder = TempDir::new().unwrap();
    let ciphers = run("ssh", &["-Q", "cipher"]);
    assert!(ciphers.lines().count() >= 9, "{ciphers}");
    for cipher in ciphers.lines() {
        let path = folder.path().join(cipher.replace('@', "_"));
        let name = path.to_str().unwrap();
        run(
            "ssh-keygen",
            &[
                "-q", "-t", "ed25519", "-Z", cipher, "-N", PASSPHRASE, "-a", "2", "-C", "c", "-f",
                name,
            ],
        );
        let private = KeyFile::new(&path).read_private().unwrap();
        let key = private
            .unlock(Some(&passphrase(PASSPHRASE)))
            .unwrap_or_else(|error| panic!("{cipher}: {error}"));
        assert_eq!(key.public_key(), &KeyFile::new(&path).read_public().unwrap(), "{cipher}");
        let wrong = private.unlock(Some(&passphrase("wrong horse"))).unwrap_err();
        assert!(
            matches!(wrong, Error::Key { fault: Fault::WrongPassphrase, .. }),
            "{cipher}: {wrong}"
        );
    }
}

#[test]
fn we_read_every_common_encryption_of_openssl() {
    let folder = TempDir::new().unwrap();
    let source = format!("pass:{PASSPHRASE}");
    for (kind, bits) in [(KeyType::Rsa, 2048), (KeyType::Ecdsa, 256)] {
        let key = key(kind, bits);
        let plain =
            write(&folder, "plain", &encode(&key, Format::Pem, None, None, &mut rng()).unwrap());
        let plain = plain.to_str().unwrap();
        let verb: &[&str] = if kind == KeyType::Rsa { &["rsa", "-traditional"] } else { &["ec"] };
        let mut texts = Vec::new();
        for cipher in ["-aes128", "-aes192", "-aes256", "-des3"] {
            texts.push((
                cipher.to_owned(),
                run("openssl", &[verb, &[cipher, "-in", plain, "-passout", &source]].concat()),
            ));
        }
        for options in [
            "-v2 aes-128-cbc",
            "-v2 aes-192-cbc -v2prf hmacWithSHA512",
            "-v2 aes-256-cbc -v2prf hmacWithSHA1",
            "-v2 aes-256-cbc -iter 600000",
            "-v2 des3",
            "-scrypt",
            "-scrypt -scrypt_N 1024 -scrypt_r 4 -scrypt_p 16",
        ] {
            let options: Vec<&str> = options.split(' ').collect();
            texts.push((
                options.join(" "),
                run(
                    "openssl",
                    &[&["pkcs8", "-topk8", "-in", plain, "-passout", &source], &options[..]]
                        .concat(),
                ),
            ));
        }
        for (case, text) in texts {
            let private = parse(&text).unwrap_or_else(|error| panic!("{case}: {error}"));
            let opened = private
                .unlock(Some(&passphrase(PASSPHRASE)))
                .unwrap_or_else(|error| panic!("{case}: {error}"));
            assert_eq!(opened.key_data(), key.key_data(), "{case}");
            let wrong = private.unlock(Some(&passphrase("wrong horse"))).unwrap_err();
            assert!(
                matches!(wrong, Error::Key { fault: Fault::WrongPassphrase, .. }),
                "{case}: {wrong}"
            );
        }
        let foreign =
            run("openssl", &[verb, &["-camellia128", "-in", plain, "-passout", &source]].concat());
        assert_eq!(fault(&foreign).to_string(), "the cipher \"CAMELLIA-128-CBC\" is not supported");
        let pbes1 = run(
            "openssl",
            &["pkcs8", "-topk8", "-in", plain, "-v1", "PBE-SHA1-3DES", "-passout", &source],
        );
        assert!(matches!(fault(&pbes1), Fault::Foreign { .. }));
    }
}

#[test]
fn we_read_what_openssl_generates() {
    let folder = TempDir::new().unwrap();
    let ed25519 = run("openssl", &["genpkey", "-algorithm", "ed25519"]);
    let with_parameters = run("openssl", &["ecparam", "-name", "secp384r1", "-genkey"]);
    assert!(with_parameters.starts_with("-----BEGIN EC PARAMETERS-----"), "{with_parameters}");
    let compressed = run(
        "openssl",
        &[
            "ec",
            "-conv_form",
            "compressed",
            "-in",
            write(&folder, "ec", &with_parameters).to_str().unwrap(),
        ],
    );
    let rsa = run("openssl", &["genpkey", "-algorithm", "rsa", "-pkeyopt", "rsa_keygen_bits:2048"]);
    for text in [ed25519, with_parameters, compressed, rsa] {
        let path = write(&folder, "key", &text);
        let ours = parse(&text).unwrap().unlock(None).unwrap();
        assert_eq!(
            ours.public_key().key_data(),
            public_half(path.to_str().unwrap(), "").key_data()
        );
    }
    for (algorithm, options) in
        [("ed448", &[][..]), ("x25519", &[]), ("ec", &["-pkeyopt", "ec_paramgen_curve:secp256k1"])]
    {
        let text = run("openssl", &[&["genpkey", "-algorithm", algorithm], options].concat());
        assert!(matches!(fault(&text), Fault::Unsupported { .. }), "{algorithm}");
    }
}

/// ssh-key rejects these: one P-256 key in 512 that ssh-keygen generates.
#[test]
fn an_ecdsa_key_whose_private_number_has_leading_zeros_is_read_and_written() {
    let folder = TempDir::new().unwrap();
    let mut scalar = [0x5a; 32];
    scalar[..3].fill(0);
    let secret = p256::SecretKey::from_slice(&scalar).unwrap();
    let pair = ssh_key::private::EcdsaKeypair::NistP256 {
        public: secret.public_key().into(),
        private: secret.into(),
    };
    let key = PrivateKey::new(pair.into(), "short").unwrap();
    for format in FORMATS {
        let text = encode(&key, format, None, None, &mut rng()).unwrap();
        let path = write(&folder, "key", &text);
        let name = path.to_str().unwrap();
        assert_eq!(
            blob(&run("ssh-keygen", &["-y", "-P", "", "-f", name])).key_data(),
            key.public_key().key_data(),
            "{format}"
        );
        // ssh-keygen rewrites it in its own format.
        run("ssh-keygen", &["-q", "-p", "-P", "", "-N", "", "-f", name]);
        let theirs = KeyFile::new(&path).read_private().unwrap();
        assert_eq!(theirs.format(), Format::OpenSsh);
        assert_eq!(theirs.unlock(None).unwrap().key_data(), key.key_data(), "{format}");
    }
}

#[test]
fn an_encrypted_key_keeps_its_comment_and_uses_24_rounds_as_in_openssh() {
    let key = key(KeyType::Ed25519, 256);
    for (asked, rounds) in [(None, 24), (Some(1), 1), (Some(100), 100)] {
        let text = encode(&key, Format::OpenSsh, Some(&passphrase(PASSPHRASE)), asked, &mut rng())
            .unwrap();
        let sealed = PrivateKey::from_openssh(&*text).unwrap();
        assert!(matches!(sealed.kdf(), Kdf::Bcrypt { rounds: it, .. } if *it == rounds));
        assert_eq!(sealed.cipher().as_str(), "aes256-ctr");
        let opened = parse(&text).unwrap().unlock(Some(&passphrase(PASSPHRASE))).unwrap();
        assert_eq!(opened.comment().as_bytes(), b"ann@example.org");
    }
    for rounds in [0, 10_001, u32::MAX] {
        let error =
            encode(&key, Format::OpenSsh, Some(&passphrase(PASSPHRASE)), Some(rounds), &mut rng())
                .unwrap_err();
        assert_eq!(error.to_string(), "the number of rounds must be from 1 to 10000");
    }
}

#[test]
fn a_key_that_a_format_cannot_hold_is_refused() {
    let pem = encode(&key(KeyType::Ed25519, 256), Format::Pem, None, None, &mut rng()).unwrap_err();
    assert_eq!(pem.to_string(), "a key of type ssh-ed25519 cannot be written in the pem format");
    assert_eq!(pem.hint().unwrap(), "use -m openssh or -m pkcs8");
    for format in [Format::Pem, Format::Pkcs8] {
        let short =
            encode(&key(KeyType::Rsa, 2048), format, Some(&passphrase("abcd")), None, &mut rng())
                .unwrap_err();
        assert_eq!(
            short.to_string(),
            format!(
                "the passphrase is too short: the {format} format requires at least five characters"
            )
        );
    }
}

#[test]
fn a_wrong_passphrase_is_always_reported_as_such() {
    // Its padding is valid once in 256: with this many tries some are.
    let text = encode(
        &key(KeyType::Ecdsa, 256),
        Format::Pem,
        Some(&passphrase(PASSPHRASE)),
        None,
        &mut rng(),
    )
    .unwrap();
    let private = parse(&text).unwrap();
    for attempt in 0..2000 {
        let wrong = private.unlock(Some(&passphrase(&format!("wrong{attempt}")))).unwrap_err();
        assert!(
            matches!(wrong, Error::Key { fault: Fault::WrongPassphrase, .. }),
            "{attempt}: {wrong}"
        );
    }
}

#[test]
fn the_json_string_of_a_key_is_what_jq_prints() {
    let folder = TempDir::new().unwrap();
    let mut texts: Vec<String> = KINDS
        .iter()
        .map(|(kind, bits)| {
            encode(&key(*kind, *bits), Format::OpenSsh, None, None, &mut rng()).unwrap().to_string()
        })
        .collect();
    texts.push(
        (1..0x20u32)
            .chain(0x20..0x7f)
            .chain([0xe9, 0x2028, 0x1f511])
            .filter_map(char::from_u32)
            .collect(),
    );
    texts.push("no last line break".into());
    texts.push(String::new());
    for text in texts {
        let path = write(&folder, "key", &text);
        let theirs = run("jq", &["-Rs", ".", path.to_str().unwrap()]);
        assert_eq!(*oneline::json_string(&text), theirs.trim_end_matches('\n'));
        let broken = format!("\u{feff}{}", text.replace('\n', "\r\n"));
        assert_eq!(*oneline::json_string(&broken), theirs.trim_end_matches('\n'));
        let object = format!("{{{}}}", *oneline::member("privateKey", &text));
        let path = write(&folder, "object", &object);
        assert_eq!(run("jq", &["-j", ".privateKey", path.to_str().unwrap()]), text);
    }
}

fn assert_only(folder: &Path, names: &[&str]) {
    let mut found: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    found.sort();
    assert_eq!(found, names);
}

#[test]
fn ssh_keygen_accepts_a_generated_pair() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("key");
    let key = key(KeyType::Ed25519, 256);
    let text = encode(&key, Format::OpenSsh, None, None, &mut rng()).unwrap();
    KeyFile::new(&path)
        .create_pair(&text, &key.public_key().to_openssh().unwrap(), false, false)
        .unwrap();
    assert_only(folder.path(), &["key", "key.pub"]);
    let public = fs::read_to_string(folder.path().join("key.pub")).unwrap();
    assert_eq!(public, run("ssh-keygen", &["-y", "-f", path.to_str().unwrap()]));
    assert_eq!(KeyFile::new(&path).read_public().unwrap(), *key.public_key());
}
