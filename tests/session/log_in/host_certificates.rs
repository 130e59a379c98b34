//! Host certificates and `@cert-authority`: `ssh` runs each case too, and both must agree on who is
//! trusted.

use std::path::{Path, PathBuf};

use crate::keys::{fingerprint, public};
use crate::log_in::{certify, text};
use crate::support::oracle::Ssh;
use crate::support::{Home, Run, Sshd};

/// A server with a certified host key and a user who can log in.
struct Certified {
    home: Home,
    sshd: Sshd,
    ca: PathBuf,
    host_key: PathBuf,
    key: PathBuf,
}

impl Certified {
    /// `options` are ssh-keygen's for the certificate.
    fn new(authority: &str, kind: &str, options: &[&str]) -> Self {
        let home = Home::new();
        let (ca, host_key, key) =
            (home.key(authority, "ca"), home.key(kind, "host"), home.key("ed25519", "id"));
        let certificate = certify(&ca, &host_key, &[&["-h"], options].concat());
        let sshd = Sshd::builder()
            .line(&format!("HostKey {}", host_key.display()))
            .line(&format!("HostCertificate {}", certificate.display()))
            .start();
        sshd.authorize(&public(&key));
        Self { home, sshd, ca, host_key, key }
    }

    fn good() -> Self {
        Self::new("ed25519", "ed25519", &["-n", "127.0.0.1"])
    }

    /// A line of known_hosts about the authority.
    fn authority(&self, names: &str) -> String {
        format!("@cert-authority {names} {}", public(&self.ca))
    }

    fn destination(&self) -> String {
        format!("ssh://{}@127.0.0.1:{}", self.sshd.user(), self.sshd.port())
    }

    /// What sshk reports with only these lines in known_hosts; ssh must come to the same result.
    #[track_caller]
    fn says(&self, lines: &str, options: &[&str], trusted: bool) -> String {
        let said = self.sshk(lines, options, trusted);
        let file = self.home.join("known");
        let theirs = options
            .iter()
            .fold(Ssh::new(self.sshd.user(), self.sshd.port(), &file).key(&self.key), |ssh, it| {
                ssh.option(it)
            });
        let theirs = theirs.command("true").run();
        assert_eq!(theirs.code() == 0, trusted, "ssh disagrees: {}", theirs.err());
        said
    }

    #[track_caller]
    fn sshk(&self, lines: &str, options: &[&str], trusted: bool) -> String {
        let run = self.connect(lines, options, "true").run();
        run.expect(if trusted { 0 } else { 255 }).err().to_owned()
    }

    fn connect(&self, lines: &str, options: &[&str], command: &str) -> Run {
        let file = self.home.join("known");
        std::fs::write(&file, lines).unwrap();
        let known = format!("UserKnownHostsFile={}", file.display());
        let base = ["StrictHostKeyChecking=yes", &known, "GlobalKnownHostsFile=/dev/null"];
        let options = base.iter().chain(options).flat_map(|option| ["-o", option]);
        self.home.sshk(["connect", "-F", "none"]).args(options).args([
            "-i",
            text(&self.key),
            &self.destination(),
            command,
        ])
    }

    fn note(&self, why: &str) -> String {
        let certificate =
            format!("certificate \"me\" (serial 7) of the authority {}", fingerprint(&self.ca));
        format!(
            "{}: ignoring the host's {certificate}: {why}; checking its plain key instead\n",
            self.destination()
        )
    }

    fn unknown(&self, kind: &str) -> String {
        let sent = format!("{kind} {}", fingerprint(&self.host_key));
        format!(
            "sshk: error: {}: host key is unknown: the server presented {sent}; nothing was sent\n\
             sshk: hint: verify the fingerprint with the host's administrator, then add -o \
             StrictHostKeyChecking=accept-new\n",
            self.destination()
        )
    }
}

#[test]
fn an_authority_vouches_for_an_unknown_host() {
    for (authority, kind) in [
        ("ed25519", "ed25519"),
        ("rsa", "rsa"),
        ("ecdsa", "ecdsa"),
        ("rsa", "ed25519"),
        ("ed25519", "rsa"),
    ] {
        let it = Certified::new(authority, kind, &["-n", "127.0.0.1"]);
        for names in
            ["*", "127.0.0.1", &format!("[127.0.0.1]:{}", it.sshd.port()), "10.*,127.*,!127.0.0.2"]
        {
            assert_eq!(
                it.says(&it.authority(names), &[], true),
                "",
                "{authority} for {kind}: {names}"
            );
        }
    }
}

/// Rekeying asks for the same type of host key again.
#[test]
fn a_certified_host_may_rekey() {
    let it = Certified::new("ed25519", "rsa", &["-n", "127.0.0.1"]);
    let run = it.connect(&it.authority("*"), &["RekeyLimit=1M"], "head -c 8000000 /dev/zero");
    assert_eq!(run.run().expect(0).stdout.len(), 8_000_000);
}

#[test]
fn a_certified_host_is_not_added_to_known_hosts() {
    let it = Certified::good();
    let lines = it.authority("*");
    assert_eq!(it.sshk(&lines, &["StrictHostKeyChecking=accept-new"], true), "");
    assert_eq!(std::fs::read_to_string(it.home.join("known")).unwrap(), lines);
}

#[test]
fn a_certificate_has_to_name_the_host_or_its_alias() {
    let it = Certified::new("ed25519", "ed25519", &["-n", "web1,127.0.0.1"]);
    assert_eq!(it.says(&it.authority("*"), &[], true), "");
    assert_eq!(it.says(&it.authority("web1"), &["HostKeyAlias=WEB1"], true), "");
    let note = it.note("it is for \"web1\", \"127.0.0.1\", not for \"web2\"");
    let unknown = note + &it.unknown("ED25519");
    assert_eq!(it.says(&it.authority("*"), &["HostKeyAlias=web2"], false), unknown);
}

/// OpenSSH 9.2 compares names literally; later versions accept wildcards, as sshk does.
#[test]
fn a_certificate_may_name_hosts_by_a_pattern() {
    let it = Certified::new("ed25519", "ed25519", &["-n", "127.*"]);
    assert_eq!(it.sshk(&it.authority("*"), &[], true), "");
    let note = it.note("it is for \"127.*\", not for \"web1\"");
    assert_eq!(
        it.sshk(&it.authority("*"), &["HostKeyAlias=web1"], false),
        note + &it.unknown("ED25519")
    );
}

#[test]
fn an_ignored_certificate_is_reported_and_leaves_the_plain_key() {
    let expired = ["-n", "127.0.0.1", "-V", "20200101000000Z:20200102000000Z"];
    let early = ["-n", "127.0.0.1", "-V", "20990101000000Z:20990102000000Z"];
    let critical = ["-n", "127.0.0.1", "-O", "critical:moon@example.org=full"];
    for (authority, options, why) in [
        ("ed25519", &["-n", "web1"][..], "it is for \"web1\", not for \"127.0.0.1\""),
        ("ed25519", &expired, "it expired at 2020-01-02 00:00:00 UTC"),
        ("ed25519", &early, "it is not valid before 2099-01-01 00:00:00 UTC"),
        (
            "ed25519",
            &critical,
            "it has critical options that sshk does not know: \"moon@example.org\"",
        ),
        (
            "rsa",
            &["-n", "127.0.0.1", "-t", "ssh-rsa"],
            "its authority signed it with ssh-rsa, which CASignatureAlgorithms does not allow",
        ),
    ] {
        let it = Certified::new(authority, "ed25519", options);
        assert_eq!(it.says(&it.authority("*"), &[], false), it.note(why) + &it.unknown("ED25519"));
        let plain = format!("[127.0.0.1]:{} {}", it.sshd.port(), public(&it.host_key));
        assert_eq!(it.says(&(it.authority("*") + &plain), &[], true), it.note(why));
    }
}

#[test]
fn ca_signature_algorithms_are_honoured() {
    let it = Certified::good();
    let said = it.says(&it.authority("*"), &["CASignatureAlgorithms=-ssh-ed25519"], false);
    let why =
        "its authority signed it with ssh-ed25519, which CASignatureAlgorithms does not allow";
    assert_eq!(said, it.note(why) + &it.unknown("ED25519"));
}

/// OpenSSH 9.2 accepts such a certificate for every host; from 10.3 on for none, as sshk does.
#[test]
fn a_certificate_without_principals_is_valid_for_no_host() {
    let it = Certified::new("ed25519", "ed25519", &[]);
    assert_eq!(
        it.sshk(&it.authority("*"), &[], false),
        it.note("it has no principals") + &it.unknown("ED25519")
    );
}

#[test]
fn another_authority_or_another_host_does_not_count() {
    let it = Certified::good();
    let stranger = it.home.key("ed25519", "stranger");
    let said = it.says(&format!("@cert-authority * {}", public(&stranger)), &[], false);
    assert_eq!(said, it.unknown("ED25519"));
    assert_eq!(it.says(&it.authority("web1,!127.0.0.1"), &[], false), it.unknown("ED25519"));
    // An authority's key is not a host key.
    let said = it.says(&format!("* {}", public(&it.ca)), &[], false);
    assert!(said.contains("host key has changed"), "{said}");
}

#[test]
fn a_revoked_authority_or_key_is_refused() {
    let it = Certified::good();
    let file = it.home.join("known");
    let revoked = |sent: &str| {
        format!(
            "sshk: error: {}: host key is revoked: the server presented {sent}, which {}:2 \
            revokes; \
            nothing was sent\n\
             sshk: hint: do not use this host until its administrator has explained the key\n",
            it.destination(),
            file.display()
        )
    };
    let lines = |key: &Path| it.authority("*") + &format!("@revoked * {}", public(key));
    let said = it.says(&lines(&it.ca), &[], false);
    assert_eq!(
        said,
        revoked(&format!("a certificate of the authority ED25519 {}", fingerprint(&it.ca)))
    );
    assert_eq!(
        it.says(&lines(&it.host_key), &[], false),
        revoked(&format!("ED25519 {}", fingerprint(&it.host_key)))
    );
    // Knowing the plain key does not help.
    let plain = format!("[127.0.0.1]:{} {}", it.sshd.port(), public(&it.host_key));
    it.says(&(lines(&it.ca) + &plain), &[], false);
}

#[test]
fn host_key_algorithms_decide_whether_certificates_are_requested() {
    let it = Certified::good();
    let said = it.says(&it.authority("*"), &["HostKeyAlgorithms=ssh-ed25519"], false);
    assert!(!said.contains("certificate") && said.contains("host key is unknown"), "{said}");
    // With certificates alone in the list, no plain key is asked for.
    assert_eq!(
        it.says(&it.authority("*"), &["HostKeyAlgorithms=*-cert-v01@openssh.com"], true),
        ""
    );
    assert_eq!(
        it.says(&it.authority("*"), &["HostKeyAlgorithms=ssh-ed25519-cert-v01@openssh.com"], true),
        ""
    );
}

/// A server with two host keys of one type, of which one is certified. Nobody trusts the authority.
/// Only the known key tells which of the two is meant.
#[test]
fn a_certified_host_key_beside_a_plain_one_of_its_type_is_no_changed_key() {
    let home = Home::new();
    let [ca, plain, certified, key] =
        ["ca", "plain", "certified", "id"].map(|name| home.key("ed25519", name));
    let certificate = certify(&ca, &certified, &["-h", "-n", "127.0.0.1"]);
    let sshd = Sshd::builder()
        .no_host_keys()
        .line(&format!("HostKey {}", plain.display()))
        .line(&format!("HostKey {}", certified.display()))
        .line(&format!("HostCertificate {}", certificate.display()))
        .start();
    sshd.authorize(&public(&key));
    let it = Certified { home, sshd, ca, host_key: certified.clone(), key };
    let name = format!("[127.0.0.1]:{}", it.sshd.port());
    // As ssh: the key in the certificate counts as a plain key.
    assert_eq!(it.says(&format!("{name} {}", public(&certified)), &[], true), "");
    // ssh looks no further than the certificate, and calls the known key changed.
    assert_eq!(it.sshk(&format!("{name} {}", public(&plain)), &[], true), "");
    // A key that the server does not have is still a changed one.
    let said = it.says(&format!("{name} {}", public(&it.ca)), &[], false);
    assert!(said.contains("host key has changed: the server presented ED25519 "), "{said}");
    // With certificates alone allowed, there is no plain key to ask for.
    let certificates = "HostKeyAlgorithms=*-cert-v01@openssh.com";
    let said = it.says(&format!("{name} {}", public(&plain)), &[certificates], false);
    assert!(said.contains("host key has changed: the server presented ED25519 "), "{said}");
}
