//! User certificates: which are offered, which are not and why, and how a login by one is reported.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::keys::{fingerprint, public, with};
use crate::log_in::{Site, certify, text};
use crate::support::{Agent, Home, SOON, Sshd, Terminal, oracle::ssh_keygen};

/// A server that trusts an authority, and has no authorized keys.
struct Trusting {
    site: Site,
    ca: PathBuf,
}

fn trusting(lines: &[&str]) -> Trusting {
    let home = Home::new();
    let ca = home.key("ed25519", "ca");
    let sshd = Sshd::builder().line(&format!("TrustedUserCAKeys {}.pub", ca.display()));
    let sshd = lines.iter().fold(sshd, |sshd, line| sshd.line(line)).start();
    home.know(&sshd.known_hosts());
    Trusting { site: Site { home, sshd }, ca }
}

impl Trusting {
    fn user(&self) -> &str {
        self.site.sshd.user()
    }

    fn certified(&self, kind: &str, name: &str) -> PathBuf {
        let key = self.site.home.key(kind, name);
        certify(&self.ca, &key, &["-n", self.user()]);
        key
    }

    fn certificate(&self) -> String {
        format!("certificate \"me\" (serial 7) of the authority {}", fingerprint(&self.ca))
    }
}

#[test]
fn a_certificate_next_to_the_key_logs_in_whatever_the_type_of_key() {
    let it = trusting(&[]);
    for (kind, signed) in
        [("ed25519", "ED25519-CERT"), ("rsa", "RSA-CERT"), ("ecdsa", "ECDSA-CERT")]
    {
        let key = it.certified(kind, kind);
        assert_eq!(it.site.connect(&["-i", text(&key)]).run().expect(0).out(), "in\n");
        it.site.sshd.wait_for_log(&format!(
            "{signed} {} ID me (serial 7) CA ED25519 {}",
            fingerprint(&key),
            fingerprint(&it.ca)
        ));
    }
    // OpenSSH 9.2 accepts no RSA certificate with SHA-1.
    assert!(!it.site.sshd.log().contains("ssh-rsa-cert"), "{}", it.site.sshd.log());
}

#[test]
fn the_agents_certificates_log_in() {
    let (it, agent) = (trusting(&[]), Agent::start());
    for kind in ["ed25519", "rsa", "ecdsa"] {
        let key = it.certified(kind, kind);
        // ssh-add adds the certificate too.
        agent.add(&key);
        for file in [key.clone(), with(&key, ".pub"), with(&key, "-cert.pub")] {
            fs::remove_file(file).unwrap();
        }
        let said = it.site.connect(&[]).env("SSH_AUTH_SOCK", agent.socket()).run().expect(0);
        assert_eq!((said.out(), said.err()), ("in\n", ""), "{kind}");
        crate::support::Run::new(crate::support::program("ssh-add"))
            .env("SSH_AUTH_SOCK", agent.socket())
            .arg("-qD")
            .run()
            .expect(0);
    }
    assert_eq!(
        it.site.sshd.log().matches("(serial 7) CA ED25519").count(),
        3,
        "{}",
        it.site.sshd.log()
    );
}

/// As ssh does: the key in the agent signs for the certificate in a file.
#[test]
fn a_key_in_the_agent_signs_for_its_certificate_in_a_file() {
    let (it, agent) = (trusting(&[]), Agent::start());
    let key = it.site.home.key("rsa", "id");
    agent.add(&key);
    let certificate = certify(&it.ca, &key, &["-n", it.user()]);
    fs::remove_file(&key).unwrap();
    let named = format!("CertificateFile={}", certificate.display());
    for options in [&["-i", text(&key)][..], &["-i", text(&certificate)], &["-o", &named]] {
        let said = it.site.connect(options).env("SSH_AUTH_SOCK", agent.socket()).run().expect(0);
        assert_eq!((said.out(), said.err()), ("in\n", ""), "{options:?}");
    }
}

#[test]
fn a_certificate_may_be_anywhere() {
    let it = trusting(&[]);
    let key = it.certified("ed25519", "id");
    let elsewhere = it.site.home.join("elsewhere");
    fs::rename(with(&key, "-cert.pub"), &elsewhere).unwrap();
    it.site.connect(&["-i", text(&key)]).run().expect(255);
    let named = format!("CertificateFile={}", elsewhere.display());
    it.site.connect(&["-i", text(&key), "-o", &named]).run().expect(0);
    it.site.test(&["-i", text(&key), "-o", &named]).run().expect(0);
}

#[test]
fn test_reports_that_the_certificate_logged_in() {
    let it = trusting(&[]);
    let key = it.certified("rsa", "id");
    let logged_in = format!(
        "{}: logged in with the {} for {} (rsa-sha2-512) to ",
        it.site.destination(),
        it.certificate(),
        fingerprint(&key)
    );
    for name in [key.clone(), with(&key, "-cert.pub")] {
        let said = it.site.test(&["-i", text(&name)]).run().expect(0);
        assert!(said.err().starts_with(&logged_in), "{}", said.err());
    }
    let said: Value =
        serde_json::from_str(it.site.test(&["--json", "-i", text(&key)]).run().expect(0).out())
            .unwrap();
    assert_eq!(
        said["certificate"],
        json!({ "key_id": "me", "serial": 7, "authority": fingerprint(&it.ca) })
    );
    assert_eq!(said["fingerprint"], json!(fingerprint(&key)));
}

/// A key that was given as its public key file is that key alone: its certificate does not replace
/// it.
#[test]
fn a_key_given_by_its_public_key_file_is_tested_without_its_certificate() {
    let it = trusting(&[]);
    let key = it.certified("ed25519", "id");
    let refused =
        format!("the server rejected the key {}; it accepts publickey", fingerprint(&key));
    let said = it.site.test(&["-i", text(&with(&key, ".pub"))]).run().expect(1);
    assert!(said.err().contains(&refused), "{}", said.err());
    it.site.sshd.authorize(&public(&key));
    let said = it.site.test(&["-i", text(&with(&key, ".pub"))]).run().expect(0);
    assert!(
        said.err().contains(&format!(": logged in with {} (ssh-ed25519)", fingerprint(&key))),
        "{}",
        said.err()
    );
}

#[test]
fn a_rejected_certificate_is_reported_and_the_key_is_tried() {
    // With one try, the key gets a connection of its own.
    for tries in ["MaxAuthTries 6", "MaxAuthTries 1"] {
        let it = trusting(&[tries]);
        let stranger = it.site.home.key("ed25519", "stranger");
        let key = it.site.home.key("ed25519", "id");
        certify(&stranger, &key, &["-n", it.user()]);
        let certificate = format!(
            "the certificate \"me\" (serial 7) of the authority {}",
            fingerprint(&stranger)
        );
        let note = format!("{}: the server rejected {certificate}\n", it.site.destination());
        let said = it.site.test(&["-i", text(&key)]).run().expect(1);
        assert!(said.err().starts_with(&note), "{}", said.err());
        assert!(
            said.err().contains(&format!("the server rejected the key {}; ", fingerprint(&key))),
            "{}",
            said.err()
        );
        it.site.sshd.authorize(&public(&key));
        let said = it.site.test(&["-i", text(&key)]).run().expect(0);
        let logged_in = format!(
            "{}: logged in with {} (ssh-ed25519)",
            it.site.destination(),
            fingerprint(&key)
        );
        assert!(said.err().starts_with(&(note + &logged_in)), "{}", said.err());
    }
}

#[test]
fn a_useless_certificate_is_reported_and_not_offered() {
    let it = trusting(&[]);
    let key = it.site.home.key("ed25519", "id");
    let other = it.site.home.key("ed25519", "other");
    it.site.sshd.authorize(&public(&key));
    let beside = with(&key, "-cert.pub");
    let user = it.user();
    for (options, why) in [
        (
            &["-n", user, "-V", "20200101000000Z:20200102000000Z"][..],
            "it expired at 2020-01-02 00:00:00 UTC",
        ),
        (
            &["-n", user, "-V", "20990101000000Z:20990102000000Z"],
            "it is not valid before 2099-01-01 00:00:00 UTC",
        ),
        (&["-h", "-n", "web1"], "it is a host certificate, which cannot log in"),
    ] {
        certify(&it.ca, &key, options);
        let note = format!(
            "debug1: {}: the certificate {beside:?} is not offered: {why}\n",
            it.site.destination()
        );
        let said = it.site.connect(&["-i", text(&key)]).run().expect(0);
        assert_eq!((said.out(), said.err()), ("in\n", ""));
        let said = it.site.connect(&["-v", "-i", text(&key)]).run().expect(0);
        assert!(said.err().contains(&note), "{}", said.err());
        let said = it.site.test(&["-v", "-i", text(&key)]).run().expect(0);
        let logged_in =
            format!("{}: logged in with {} (", it.site.destination(), fingerprint(&key));
        assert!(said.err().contains(&note) && said.err().contains(&logged_in), "{}", said.err());
        // Named by itself, it is the only key.
        let said = it.site.test(&["-i", text(&beside)]).run().expect(1);
        assert_eq!(
            said.err(),
            format!(
                "sshk: error: {}: the key {} was not offered: {why}\n",
                it.site.destination(),
                fingerprint(&key)
            )
        );
    }
    fs::rename(certify(&it.ca, &other, &["-n", user]), &beside).unwrap();
    let said = it.site.connect(&["-v", "-i", text(&key)]).run().expect(0);
    let note = format!(
        "{}: the certificate {beside:?} is not offered: it belongs to another key\n",
        it.site.destination()
    );
    assert!(said.err().contains(&note), "{}", said.err());
    fs::write(&beside, "nonsense\n").unwrap();
    let said = it.site.connect(&["-v", "-i", text(&key)]).run().expect(0);
    let note = format!("debug1: {}: not offered: {beside:?}: ", it.site.destination());
    assert!(said.err().contains(&note), "{}", said.err());
    assert_eq!(it.site.sshd.log().matches("-CERT").count(), 0, "{}", it.site.sshd.log());
}

#[test]
fn a_certificate_without_its_key_is_reported() {
    let it = trusting(&[]);
    let key = it.certified("ed25519", "id");
    fs::rename(with(&key, "-cert.pub"), it.site.home.join("lone-cert.pub")).unwrap();
    let lone = it.site.home.join("lone-cert.pub");
    let said = it.site.connect(&["-i", text(&lone)]).run().expect(255);
    let note = format!(
        "{}: the certificate {lone:?} is not offered: its private key is not available\n",
        it.site.destination()
    );
    assert!(said.err().starts_with(&note), "{}", said.err());
    let said = it.site.test(&["-i", text(&lone)]).run().expect(1);
    assert!(
        said.err().contains(&format!(
            "cannot sign with the key {}: its private key is not available",
            fingerprint(&key)
        )),
        "{}",
        said.err()
    );
}

#[test]
fn the_passphrase_is_asked_for_only_if_the_server_accepts_the_certificate() {
    let it = trusting(&[]);
    let key = it.certified("ed25519", "id");
    ssh_keygen(["-q", "-p", "-P", "", "-N", "open sesame", "-f"]).arg(&key).run().expect(0);
    let question = format!("Enter passphrase for key {key:?}: ");
    let mut terminal = Terminal::start(it.site.connect(&["-i", text(&key)]));
    terminal.expect(&question, SOON);
    terminal.expect_echo(false, SOON);
    terminal.send("open sesame\n");
    terminal.expect("\r\nin\r\n", SOON);
    assert_eq!(terminal.wait(SOON), 0);
    assert_eq!(terminal.screen().matches(&question).count(), 1, "{}", terminal.screen());

    let stranger = it.site.home.key("ed25519", "stranger");
    certify(&stranger, &key, &["-n", it.user()]);
    let mut terminal = Terminal::start(it.site.connect(&["-i", text(&key)]));
    assert_eq!(terminal.wait(SOON), 255);
    assert!(!terminal.screen().contains("Enter passphrase"), "{}", terminal.screen());
}

/// The certificate logs in, which proves nothing about the line in the file: only the key does.
#[test]
fn copy_id_installs_the_key_and_verifies_it_without_its_certificate() {
    let it = trusting(&[]);
    // The certificate is one of the ways to log in, whatever is installed.
    let key = it.certified("ed25519", "id_ed25519");
    let said = it.site.sshk("copy-id", &["-i", text(&key)]).run().expect(0);
    assert!(said.err().contains(": installed in ~/.ssh/authorized_keys"), "{}", said.err());
    assert_eq!(fs::read_to_string(it.site.sshd.authorized_keys()).unwrap(), public(&key));
    let log = it.site.sshd.log();
    let accepted: Vec<_> =
        log.lines().filter(|line| line.starts_with("Accepted publickey")).collect();
    assert!(
        matches!(
            accepted.as_slice(),
            [first, second] if first.contains("ED25519-CERT") && !second.contains("CERT")
        ),
        "{log}"
    );
    // A certificate is refused as the key to install.
    let said = it.site.sshk("copy-id", &["-i", text(&with(&key, "-cert.pub"))]).run();
    assert!(
        said.code() != 0 && said.err().contains("this is a certificate, not a key"),
        "{}",
        said.err()
    );
}
