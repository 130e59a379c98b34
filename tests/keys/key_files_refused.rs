//! Key files that must not be used: damaged, unsound, too costly to open, or something else. Each
//! message is compared word for word.

use data_encoding::BASE64;
use proptest::prelude::*;
use rand::rng;
use ssh_key::private::{EcdsaKeypair, Ed25519Keypair, KeypairData, RsaKeypair, RsaPrivateKey};
use ssh_key::public::RsaPublicKey;
use ssh_key::{LineEnding, Mpint, PrivateKey};
use sshk::Passphrase;
use sshk::error::Failure;
use sshk::keys::generate::{KeySpec, KeyType, generate};
use sshk::keys::key_file::{Error, Format, Private, encode};
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use zeroize::Zeroizing;

static RSA: LazyLock<PrivateKey> = LazyLock::new(|| {
    generate(KeySpec::new(KeyType::Rsa, Some(2048)).unwrap(), "c", &mut rng()).unwrap()
});
static ECDSA: LazyLock<PrivateKey> = LazyLock::new(|| {
    generate(KeySpec::new(KeyType::Ecdsa, None).unwrap(), "c", &mut rng()).unwrap()
});
static ED25519: LazyLock<PrivateKey> = LazyLock::new(|| {
    generate(KeySpec::new(KeyType::Ed25519, None).unwrap(), "c", &mut rng()).unwrap()
});

fn text(key: &PrivateKey, format: Format, passphrase: &str) -> String {
    let passphrase = Passphrase::new(Zeroizing::new(passphrase.to_owned()));
    encode(key, format, Some(&passphrase), Some(1), &mut rng()).unwrap().to_string()
}

fn parse(text: &str) -> Result<Private, Error> {
    Private::parse(Zeroizing::new(text.to_owned()), "/k/id")
}

#[track_caller]
fn refused(text: &str, kind: &str, message: &str) -> Error {
    let error = parse(text)
        .err()
        .unwrap_or_else(|| panic!("was read as a private key, not refused with {message:?}"));
    assert_eq!((error.to_string(), error.kind().as_str()), (format!("\"/k/id\": {message}"), kind));
    error
}

/// A block whose base64 is `body`.
fn block(label: &str, body: &[u8]) -> String {
    let packed = BASE64.encode(body);
    let lines: Vec<&str> =
        packed.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

fn body(text: &str) -> Vec<u8> {
    let packed: String = text.lines().filter(|line| !line.starts_with('-')).collect();
    BASE64.decode(packed.as_bytes()).unwrap()
}

#[test]
fn damaged_private_keys_are_reported() {
    let pem = text(&RSA, Format::Pem, "");
    let lines: Vec<&str> = pem.lines().collect();
    let public = RSA.public_key().to_openssh().unwrap();
    refused("", "not-a-key", "it is empty");
    refused("\n \n", "not-a-key", "it is empty");
    refused(
        "hello\n",
        "not-a-key",
        "this is not a key: it has no -----BEGIN … PRIVATE KEY----- line",
    );
    let error = refused(&public, "public-key", "this is a public key, not a private key");
    assert_eq!(error.hint().unwrap(), "give the private key, the file without .pub");
    refused(
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
        "public-key",
        "this is a public key, not a private key",
    );
    refused(
        "ssh-rsa-cert-v01@openssh.com AAAA c\n",
        "certificate",
        "this is a certificate, not a key",
    );
    refused(
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        "not-a-key",
        "this is not a key: it holds an X.509 certificate",
    );
    refused(
        "PuTTY-User-Key-File-3: ssh-rsa\n",
        "not-a-key",
        "the key is damaged: its end is missing",
    );
    refused(&format!("{pem}{pem}"), "several-keys", "it holds 2 keys, and one is expected");
    let cut = "the key is cut short: its last line, -----END RSA PRIVATE KEY-----, is missing";
    refused(&lines[..lines.len() - 1].join("\n"), "not-a-key", cut);
    refused(&pem[..pem.len() - 10], "not-a-key", cut);
    refused(&pem[..pem.len() / 2], "not-a-key", cut);
    let holed = [&lines[..3], &lines[5..]].concat().join("\n");
    refused(&holed, "not-a-key", "the key is damaged: its content does not match its first line");
    let shortened = pem.replacen(&lines[4][..5], "", 1);
    refused(&shortened, "not-a-key", "the key is damaged: part of its base64 text is missing");
    refused(
        &pem.replacen(lines[4], "MII*", 1),
        "not-a-key",
        "the key is damaged: line 5 is not base64",
    );
    refused(
        &lines[1..].join("\n"),
        "not-a-key",
        "the key is damaged: its first line, -----BEGIN …-----, is missing",
    );
    refused(
        &pem.replace('\n', "\\n"),
        "not-a-key",
        "the key is damaged: its line breaks are the two characters \\n",
    );
    refused(&pem.replace('\n', " "), "not-a-key", "the key is damaged: its line breaks are lost");
    refused(&pem.replace('\n', ""), "not-a-key", "the key is damaged: its line breaks are lost");
    refused(
        &format!("  {}", pem.replace('\n', "\n  ")),
        "not-a-key",
        "the key is damaged: its lines are indented",
    );
    let crossed = pem.replace("END RSA", "END EC");
    refused(&crossed, "not-a-key", "the key is damaged: its first and last lines do not match");
    let empty = "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n";
    refused(
        empty,
        "not-a-key",
        "the key is damaged: there is nothing between its first and last lines",
    );
    refused(
        &block("DSA PRIVATE KEY", b"x"),
        "unsupported-key",
        "this is a DSA key, which OpenSSH and current servers no longer accept",
    );
}

#[test]
fn a_text_that_can_still_be_read_with_certainty_is_read() {
    let pem = text(&RSA, Format::Pem, "");
    for same in [
        pem.replace('\n', "\r\n"),
        format!("\u{feff}{pem}"),
        pem.trim_end().to_owned(),
        format!("Key of ann:\n\n{pem}\n\n"),
        pem.replace('\n', "  \n"),
    ] {
        assert_eq!(
            parse(&same).unwrap().unlock(None).unwrap().key_data(),
            RSA.key_data(),
            "{same}"
        );
    }
}

#[test]
fn no_message_repeats_the_content_of_a_file() {
    let secret = "hunter2hunter2hunter2";
    for text in [
        secret.to_owned(),
        format!("-----BEGIN RSA PRIVATE KEY-----\n{secret}!\n-----END RSA PRIVATE KEY-----\n"),
        format!(
            "-----BEGIN {secret} PRIVATE KEY-----\n{secret}\n-----END {secret} PRIVATE KEY-----\n"
        ),
        format!(
            "-----BEGIN RSA PRIVATE KEY-----\nX: {secret}\n\n{secret}===\n-----END RSA PRIVATE \
            KEY-----\n"
        ),
        format!("ssh-rsa {secret} {secret}"),
    ] {
        let error = parse(&text).unwrap_err();
        let said = format!("{error} {error:?} {:?}", error.hint());
        assert!(!said.contains("hunter2"), "{said}");
    }
    let private = parse(&text_of_ed25519()).unwrap();
    assert_eq!(format!("{private:?}"), "Private { name: \"/k/id\", format: OpenSsh, .. }");
}

fn text_of_ed25519() -> String {
    text(&ED25519, Format::OpenSsh, "")
}

/// An RSA key of these numbers, unchecked, in OpenSSH's format.
fn rsa_text(n: &Mpint, e: &Mpint, d: &Mpint, iqmp: &Mpint, p: &Mpint, q: &Mpint) -> String {
    let public = RsaPublicKey::new(e.clone(), n.clone()).unwrap();
    let private = RsaPrivateKey::new(d.clone(), iqmp.clone(), p.clone(), q.clone()).unwrap();
    let key =
        PrivateKey::new(KeypairData::Rsa(RsaKeypair::new(public, private).unwrap()), "c").unwrap();
    key.to_openssh(LineEnding::LF).unwrap().to_string()
}

fn mpint(number: u64) -> Mpint {
    Mpint::from_positive_bytes(&number.to_be_bytes())
}

fn plus_two(number: &Mpint) -> Mpint {
    let mut bytes = number.as_positive_bytes().unwrap().to_vec();
    let last = bytes.last_mut().unwrap();
    *last ^= 2;
    Mpint::from_positive_bytes(&bytes)
}

#[test]
fn an_rsa_key_whose_numbers_do_not_match_is_refused() {
    let KeypairData::Rsa(pair) = RSA.key_data() else { panic!() };
    let (n, e, own) = (pair.public().n(), pair.public().e(), pair.private());
    let (d, p, q, iqmp) = (own.d(), own.p(), own.q(), own.iqmp());
    let unsound = |text: &str, why: &str| {
        let error = refused(text, "unsound-key", &format!("the key is not safe to use: {why}"));
        assert_eq!(
            error.hint().unwrap(),
            "generate a new key (sshk keygen) and stop using this one"
        );
    };
    assert!(parse(&rsa_text(n, e, d, iqmp, p, q)).is_ok());
    for exponent in [1, 2, 4, 65536, 1 << 34] {
        unsound(
            &rsa_text(n, &mpint(exponent), d, iqmp, p, q),
            "its public exponent is not an odd number from 3 to 2^33",
        );
    }
    let parts = "its exponents and primes do not match its modulus";
    unsound(&rsa_text(n, &mpint(3), d, iqmp, p, q), parts);
    unsound(&rsa_text(n, e, &plus_two(d), iqmp, p, q), parts);
    unsound(&rsa_text(&plus_two(n), e, d, iqmp, p, q), parts);
    unsound(&rsa_text(n, e, d, iqmp, &plus_two(p), q), parts);
    unsound(&rsa_text(n, e, d, iqmp, n, &mpint(1)), parts);
    unsound(&rsa_text(n, e, d, iqmp, p, p), "its two primes are the same");
    let crt = "its CRT coefficient is wrong, so its signatures would reveal the key";
    unsound(&rsa_text(n, e, d, &plus_two(iqmp), p, q), crt);
    unsound(&rsa_text(n, e, d, &mpint(1), p, q), crt);
    unsound(&rsa_text(n, e, d, iqmp, q, p), crt);
    let huge = Mpint::from_positive_bytes(&[0xff; 4096]);
    unsound(&rsa_text(n, e, &huge, iqmp, p, q), "one of its numbers is larger than its modulus");
    unsound(&rsa_text(&huge, e, d, iqmp, p, q), "it has more than 16384 bits");
    let even = Mpint::from_positive_bytes(&[0xfe; 256]);
    unsound(&rsa_text(&even, e, d, iqmp, p, q), "its modulus is even");
    let short = Mpint::from_positive_bytes(&[0xff; 64]);
    unsound(&rsa_text(&short, e, d, iqmp, p, q), "it has fewer than 1024 bits");
}

#[test]
fn a_pem_key_of_512_bits_or_with_wrong_crt_exponents_is_refused() {
    let output = Command::new("openssl")
        .args(["genrsa", "-traditional", "512"])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success());
    let tiny = String::from_utf8(output.stdout).unwrap();
    refused(&tiny, "unsound-key", "the key is not safe to use: it has fewer than 1024 bits");
    // dp and dq are the last but two and the last but one of nine numbers: found from the end, each
    // has 128 bytes here.
    let whole = body(&text(&RSA, Format::Pem, ""));
    let KeypairData::Rsa(pair) = RSA.key_data() else { panic!() };
    let iqmp_length = pair.private().iqmp().as_bytes().len() + 3;
    let mut wrong = whole.clone();
    let at = wrong.len() - iqmp_length - 5;
    wrong[at] ^= 4;
    let message = "the key is not safe to use: its CRT exponents are wrong, so \
        its signatures would reveal the key";
    refused(&block("RSA PRIVATE KEY", &wrong), "unsound-key", message);
}

#[test]
fn an_ecdsa_key_with_another_keys_public_key_is_refused() {
    let message = "the key is not safe to use: its public key belongs to another key";
    let other = Ed25519Keypair::random(&mut rng());
    let KeypairData::Ed25519(own) = ED25519.key_data() else { panic!() };
    let crossed = Ed25519Keypair { public: other.public, private: own.private.clone() };
    let crossed = PrivateKey::new(KeypairData::Ed25519(crossed), "c")
        .unwrap()
        .to_openssh(LineEnding::LF)
        .unwrap();
    refused(&crossed, "not-a-key", "the key is damaged: its private numbers cannot be read");
    let KeypairData::Ecdsa(EcdsaKeypair::NistP256 { private, .. }) = ECDSA.key_data() else {
        panic!()
    };
    let other = generate(KeySpec::new(KeyType::Ecdsa, None).unwrap(), "c", &mut rng()).unwrap();
    let KeypairData::Ecdsa(EcdsaKeypair::NistP256 { public, .. }) = other.key_data() else {
        panic!()
    };
    let crossed =
        KeypairData::Ecdsa(EcdsaKeypair::NistP256 { public: *public, private: private.clone() });
    let crossed = PrivateKey::new(crossed, "c").unwrap();
    refused(&crossed.to_openssh(LineEnding::LF).unwrap(), "unsound-key", message);
    for format in [Format::Pem, Format::Pkcs8] {
        refused(&text(&crossed, format, ""), "unsound-key", message);
    }
    let mut off = body(&text(&ECDSA, Format::Pem, ""));
    *off.last_mut().unwrap() ^= 1;
    refused(&block("EC PRIVATE KEY", &off), "unsound-key", message);
}

#[test]
fn a_private_number_outside_the_curves_range_is_refused() {
    let message = "the key is not safe to use: its private scalar is out of range for the curve";
    let KeypairData::Ecdsa(EcdsaKeypair::NistP256 { public, .. }) = ECDSA.key_data() else {
        panic!()
    };
    for scalar in [[0; 32], [0xff; 32]] {
        let pair = EcdsaKeypair::NistP256 { public: *public, private: scalar.into() };
        let key = PrivateKey::new(KeypairData::Ecdsa(pair), "c").unwrap();
        refused(&text(&key, Format::Pem, ""), "unsound-key", message);
        refused(&text(&key, Format::OpenSsh, ""), "unsound-key", message);
    }
}

#[test]
fn costly_key_derivations_are_refused_before_they_begin() {
    use pkcs8::der::Encode;
    use pkcs8::der::asn1::OctetStringRef;
    use pkcs8::pkcs5::{EncryptionScheme, pbes2};
    let salt = pbes2::Salt::new([7; 16]).unwrap();
    let scrypt = |cost_parameter, block_size, parallelization| {
        pbes2::Kdf::Scrypt(pbes2::ScryptParams {
            salt,
            cost_parameter,
            block_size,
            parallelization,
            key_length: None,
        })
    };
    let rounds = |iteration_count| {
        let prf = pbes2::Pbkdf2Prf::HmacWithSha256;
        pbes2::Kdf::Pbkdf2(pbes2::Pbkdf2Params { salt, iteration_count, key_length: None, prf })
    };
    let sealed = |kdf| {
        let parameters = pbes2::Parameters {
            kdf,
            encryption: pbes2::EncryptionScheme::Aes256Cbc { iv: [7; 16] },
        };
        let encrypted_data = <&OctetStringRef>::try_from(&[7; 32][..]).unwrap();
        let info = pkcs8::EncryptedPrivateKeyInfoRef {
            encryption_algorithm: EncryptionScheme::from(parameters),
            encrypted_data,
        };
        block("ENCRYPTED PRIVATE KEY", &info.to_der().unwrap())
    };
    // 1 TiB of memory.
    let message = "opening this key would take too much time or memory: scrypt with N=1073741824, \
        r=8, p=1; the limit is 256 MiB";
    refused(&sealed(scrypt(1 << 30, 8, 1)), "unsupported-key", message);
    let message = "opening this key would take too much time or memory: scrypt with N=16384, r=8, \
        p=65535; the limit is 256 MiB";
    refused(&sealed(scrypt(1 << 14, 8, 65535)), "unsupported-key", message);
    for broken in [
        scrypt(0, 8, 1),
        scrypt(1, 8, 1),
        scrypt(12345, 8, 1),
        scrypt(1 << 14, 0, 1),
        scrypt(1 << 14, 8, 0),
        rounds(0),
    ] {
        refused(
            &sealed(broken),
            "not-a-key",
            "the key is damaged: its content does not match its first line",
        );
    }
    let message = "opening this key would take too much time or memory: 4294967295 rounds of \
        PBKDF2; the limit is 10000000";
    refused(&sealed(rounds(u32::MAX)), "unsupported-key", message);
    assert!(parse(&sealed(rounds(1_000_000))).is_ok());

    let mut bcrypt = body(&text(&ED25519, Format::OpenSsh, "correct horse"));
    let at = bcrypt
        .windows(8)
        .position(|it| it == [0, 0, 0, 1, 0, 0, 0, 1])
        .expect("one round, then one key");
    bcrypt[at..at + 4].fill(0xff);
    let message = "opening this key would take too much time or memory: 4294967295 rounds of \
        bcrypt; the limit is 10000";
    refused(&block("OPENSSH PRIVATE KEY", &bcrypt), "unsupported-key", message);
}

#[test]
fn a_comment_with_a_line_break_becomes_one_line() {
    let mut key = ED25519.clone();
    key.set_comment("ann\nssh-rsa AAAA evil\r\u{1b}[2J\u{202e}end");
    let hostile = key.to_openssh(LineEnding::LF).unwrap();
    let opened = parse(&hostile).unwrap().unlock(None).unwrap();
    assert_eq!(opened.comment().as_str().unwrap(), "ann ssh-rsa AAAA evil  [2J end");
    assert_eq!(opened.public_key().to_openssh().unwrap().lines().count(), 1);
    let again = parse(&text(&key, Format::OpenSsh, "")).unwrap().unlock(None).unwrap();
    assert_eq!(again.comment().as_str().unwrap(), "ann ssh-rsa AAAA evil  [2J end");
    let made = generate(KeySpec::new(KeyType::Ed25519, None).unwrap(), "a\nb", &mut rng()).unwrap();
    assert_eq!(made.comment().as_str().unwrap(), "a b");
}

/// A few changed bytes give an error or the same key; never another one, and never a panic.
fn changed(key: &PrivateKey, format: Format, label: &str, changes: &[(prop::sample::Index, u8)]) {
    let mut bytes = body(&text(key, format, ""));
    for (at, byte) in changes {
        let at = at.index(bytes.len());
        bytes[at] = *byte;
    }
    if let Ok(private) = parse(&block(label, &bytes)) {
        assert!(private.unlock(None).unwrap().key_data() == key.key_data());
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(200)
    })]

    #[test]
    fn a_changed_byte_never_gives_another_key(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        for (key, pem) in [(&RSA, "RSA PRIVATE KEY"), (&ECDSA, "EC PRIVATE KEY")] {
            changed(key, Format::OpenSsh, "OPENSSH PRIVATE KEY", &changes);
            changed(key, Format::Pem, pem, &changes);
            changed(key, Format::Pkcs8, "PRIVATE KEY", &changes);
        }
        changed(&ED25519, Format::OpenSsh, "OPENSSH PRIVATE KEY", &changes);
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "(-----BEGIN (OPENSSH |RSA |EC |ENCRYPTED )?PRIVATE \
        KEY-----\r?\n)?([A-Za-z0-9+/=:, \n-]{0,300})(\n-----END (OPENSSH |RSA |EC |ENCRYPTED \
        )?PRIVATE KEY-----\n)?") {
        let _ = parse(&text);
    }
}
