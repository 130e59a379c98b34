//! Certificates of hosts under `@cert-authority`: each case is shown to `ssh` too, and both must
//! agree on who is trusted.

use std::path::{Path, PathBuf};

use crate::log_in::{certify, fingerprint, public, text};
use crate::support::oracle::Ssh;
use crate::support::{Home, Sshd};

/// A server with a certified host key and a user it lets in.
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

    /// What sshk says, with these lines in known_hosts and no other; ssh has to come to the same
    /// end.
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
        let file = self.home.join("known");
        std::fs::write(&file, lines).unwrap();
        let known = format!("UserKnownHostsFile={}", file.display());
        let base = [
            "-F",
            "none",
            "-o",
            "StrictHostKeyChecking=yes",
            "-o",
            &known,
            "-o",
            "GlobalKnownHostsFile=/dev/null",
        ];
        let options = options.iter().flat_map(|option| ["-o", option]);
        let run = self.home.sshk(["connect"]).args(base).args(options).args([
            "-i",
            text(&self.key),
            &self.destination(),
            "true",
        ]);
        run.run().expect(if trusted { 0 } else { 255 }).err().to_owned()
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
fn an_authority_vouches_for_a_host_that_nobody_knows() {
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

/// The kind of host key that was judged is asked for again when keys are changed.
#[test]
fn a_certified_host_may_change_keys_in_the_middle() {
    let it = Certified::new("ed25519", "rsa", &["-n", "127.0.0.1"]);
    std::fs::write(it.home.join("known"), it.authority("*")).unwrap();
    let known = format!("UserKnownHostsFile={}", it.home.join("known").display());
    let base = [
        "connect",
        "-F",
        "none",
        "-o",
        "StrictHostKeyChecking=yes",
        "-o",
        &known,
        "-o",
        "GlobalKnownHostsFile=/dev/null",
    ];
    let run = it.home.sshk(base).args([
        "-o",
        "RekeyLimit=1M",
        "-i",
        text(&it.key),
        &it.destination(),
        "head -c 8000000 /dev/zero",
    ]);
    assert_eq!(run.run().expect(0).stdout.len(), 8_000_000);
}

#[test]
fn nothing_is_learnt_of_a_certified_host() {
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
    assert_eq!(
        it.says(&it.authority("*"), &["HostKeyAlias=web2"], false),
        note + &it.unknown("ED25519")
    );
}

/// OpenSSH 9.2 compares names letter by letter; later ones take wildcards, and so does this.
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
fn a_certificate_that_does_not_count_says_why_and_leaves_the_plain_key() {
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
            "it has critical options that nobody knows here: \"moon@example.org\"",
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
fn signatures_of_authorities_are_as_the_configuration_has_them() {
    let it = Certified::good();
    let said = it.says(&it.authority("*"), &["CASignatureAlgorithms=-ssh-ed25519"], false);
    let why =
        "its authority signed it with ssh-ed25519, which CASignatureAlgorithms does not allow";
    assert_eq!(said, it.note(why) + &it.unknown("ED25519"));
}

/// OpenSSH 9.2 takes such a certificate for every host; from 10.3 on it is for none, and here too.
#[test]
fn a_certificate_without_principals_is_for_no_host() {
    let it = Certified::new("ed25519", "ed25519", &[]);
    assert_eq!(
        it.sshk(&it.authority("*"), &[], false),
        it.note("it names no host at all") + &it.unknown("ED25519")
    );
}

#[test]
fn another_authority_or_another_host_is_as_good_as_none() {
    let it = Certified::good();
    let stranger = it.home.key("ed25519", "stranger");
    let said = it.says(&format!("@cert-authority * {}", public(&stranger)), &[], false);
    assert_eq!(said, it.unknown("ED25519"));
    // No line asks for a certificate here, and the server's first key comes instead.
    let said = it.says(&it.authority("web1,!127.0.0.1"), &[], false);
    assert!(said.contains("host key is unknown: the server presented ED25519 "), "{said}");
    // An authority's key is no host's own.
    let said = it.says(&format!("* {}", public(&it.ca)), &[], false);
    assert!(said.contains("host key has changed"), "{said}");
}

#[test]
fn a_revoked_authority_or_key_ends_it() {
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
    // The plain key known does not help.
    let plain = format!("[127.0.0.1]:{} {}", it.sshd.port(), public(&it.host_key));
    it.says(&(lines(&it.ca) + &plain), &[], false);
}

#[test]
fn host_key_algorithms_say_whether_certificates_are_asked_for() {
    let it = Certified::good();
    let said = it.says(&it.authority("*"), &["HostKeyAlgorithms=ssh-ed25519"], false);
    assert!(!said.contains("certificate") && said.contains("host key is unknown"), "{said}");
    // And nothing but certificates asks for nothing else.
    assert_eq!(
        it.says(&it.authority("*"), &["HostKeyAlgorithms=*-cert-v01@openssh.com"], true),
        ""
    );
    assert_eq!(
        it.says(&it.authority("*"), &["HostKeyAlgorithms=ssh-ed25519-cert-v01@openssh.com"], true),
        ""
    );
}
