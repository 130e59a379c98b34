//! Private keys in formats that only another program reads: sshk names the format, and its hint is
//! that program's command, which works as it is printed.

use std::fs;

use crate::support::oracle::{openssl, public_key_of, puttygen, ssh_keygen};
use crate::support::{Home, SOON, Terminal};

/// A home with a key `rsa` in PEM; the key's public line.
fn with_key(home: &Home) -> String {
    ssh_keygen(["-q", "-m", "PEM", "-t", "rsa", "-b", "2048", "-N", "", "-C", "", "-f"])
        .arg(home.join("rsa"))
        .run()
        .expect(0);
    public_key_of(&home.join("rsa"), "")
}

/// `sshk show key` says `what`; its hint, run on a terminal where `prompts` are answered, writes
/// `copy`, which sshk and ssh-keygen read with the passphrase.
fn hint_converts(home: &Home, what: &str, prompts: &[&str], copy: &str, public: &str) {
    let said = home.sshk(["show", "key"]).run().expect(1);
    assert!(said.err().contains(&format!("{what} is not supported\n")), "{}", said.err());
    assert!(said.out().contains("private key"), "{}", said.out());
    let hint = said.err().split_once("sshk: hint: ").unwrap().1.trim_end();
    let command = hint.split_once(": ").unwrap().1;
    let mut terminal = Terminal::start(home.run("/bin/sh").args(["-c", command]));
    for prompt in prompts {
        terminal.expect(prompt, SOON);
        terminal.expect_echo(false, SOON);
        terminal.send("secret\n");
    }
    assert_eq!(terminal.wait(SOON), 0, "{command}: {}", terminal.screen());
    assert_eq!(public_key_of(&home.join(copy), "secret"), public, "{command}");
    let said = home.sshk(["show", "--json", copy]).env("SSHK_PASSPHRASE", "secret").run().expect(0);
    assert!(said.out().contains("\"SHA256:"), "{}", said.out());
}

#[test]
fn an_encryption_that_sshk_lacks_is_named_with_the_openssl_command_that_replaces_it() {
    let home = Home::new();
    let public = with_key(&home);
    for (words, name) in [
        (&["-v1", "PBE-SHA1-3DES"][..], "PBE-SHA1-3DES"),
        (&["-v1", "PBE-SHA1-2DES"], "PBE-SHA1-2DES"),
        (&["-v2", "camellia-256-cbc"], "CAMELLIA-256-CBC"),
        (&["-v2", "aria-128-cbc"], "ARIA-128-CBC"),
        (&["-v1", "PBE-MD5-DES", "-provider", "legacy", "-provider", "default"], "PBE-MD5-DES"),
    ] {
        openssl(["pkcs8", "-topk8", "-passout", "pass:secret", "-in", "rsa", "-out", "key"])
            .args(words)
            .current_dir(home.path())
            .run()
            .expect(0);
        let what = format!("the encryption of this key, {name},");
        let prompts = ["phrase", "Encryption Password:", "Verifying - Enter Encryption Password:"];
        hint_converts(&home, &what, &prompts, "key.pkcs8", &public);
        fs::remove_file(home.join("key.pkcs8")).unwrap();
    }
    openssl(["rsa", "-traditional", "-camellia256", "-passout", "pass:secret", "-in", "rsa"])
        .args(["-out", "key"])
        .current_dir(home.path())
        .run()
        .expect(0);
    let prompts = ["phrase", "Encryption Password:", "Verifying - Enter Encryption Password:"];
    let what = "the cipher \"CAMELLIA-256-CBC\"";
    hint_converts(&home, what, &prompts, "key.pkcs8", &public);
}

#[test]
fn a_pkcs12_file_is_named_with_the_openssl_command_that_extracts_the_key() {
    let home = Home::new();
    let public = with_key(&home);
    openssl(["req", "-x509", "-subj", "/CN=a", "-days", "1", "-key", "rsa", "-out", "certificate"])
        .current_dir(home.path())
        .run()
        .expect(0);
    openssl(["pkcs12", "-export", "-inkey", "rsa", "-in", "certificate", "-out", "key"])
        .args(["-passout", "pass:secret"])
        .current_dir(home.path())
        .run()
        .expect(0);
    let prompts = ["Import Password:", "PEM pass phrase:", "Verifying - Enter PEM pass phrase:"];
    hint_converts(&home, "a PKCS#12 file", &prompts, "key.pem", &public);
}

#[test]
fn no_command_is_hinted_that_would_not_read_the_file() {
    let home = Home::new();
    with_key(&home);
    let sealed = openssl(["pkcs8", "-topk8", "-v1", "PBE-SHA1-3DES", "-passout", "pass:secret"]);
    let sealed = sealed.arg("-in").arg(home.join("rsa")).run().expect(0);
    fs::write(home.join("key"), sealed.out().replace('\n', " ")).unwrap();
    let said = home.sshk(["show", "key"]).run().expect(1);
    assert!(said.err().contains("PBE-SHA1-3DES, is not supported\n"), "{}", said.err());
    assert!(!said.err().contains("hint"), "{}", said.err());
}

#[test]
fn a_key_of_ssh_com_is_named_with_the_puttygen_command_that_converts_it() {
    for passphrase in ["", "secret"] {
        let home = Home::new();
        let public = with_key(&home);
        fs::write(home.join("passphrase"), passphrase).unwrap();
        puttygen(["rsa", "-O", "private-sshcom", "-o", "key", "--new-passphrase", "passphrase"])
            .current_dir(home.path())
            .run()
            .expect(0);
        let what = "the private key format of ssh.com";
        let prompts = if passphrase.is_empty() { &[][..] } else { &["passphrase to load key:"] };
        hint_converts(&home, what, prompts, "key.openssh", &public);
    }
}
