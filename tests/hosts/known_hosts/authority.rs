//! What known_hosts says about the authority of a certificate, held against what `ssh` makes of the
//! same server and files.

use proptest::prelude::*;
use sshk::hosts::known_hosts::{AuthorityStatus, HostKeyStatus, KnownHosts};

use crate::known_hosts::lookup::{HOSTS, content, verdict};
use crate::known_hosts::openssh::{KEYS, Verdict, ssh_with_certificate};
use crate::known_hosts::{Folder, host, read};

/// What the parts of a check come to for a server that shows the certificate: a revocation, the
/// authority, else the plain key.
fn certified(known: &KnownHosts, name: &str, port: u16) -> Verdict {
    let status = known.status(&host(name, port), &KEYS.key("ed25519"));
    match (known.authority(&host(name, port), KEYS.key("rsa").key_data()), &status) {
        (AuthorityStatus::Revoked { .. }, _) | (_, HostKeyStatus::Revoked { .. }) => {
            Verdict::Revoked
        }
        (AuthorityStatus::Trusted { entry }, _) => Verdict::Certified(entry.line),
        (AuthorityStatus::Unknown, status) => verdict(status),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, max_shrink_iters: 64, ..ProptestConfig::default() })]

    #[test]
    fn judges_a_certificate_as_ssh_does(
        user in content(0..4),
        authority in prop::sample::select(vec!["", "@cert-authority \
            *", "@cert-authority web1,db*", "@revoked web1", "@cert-authority !web1,*"]),
        which in 0..3_usize,
    ) {
        let folder = Folder::new();
        let line = if authority.is_empty() { String::new() } else { format!("{authority} {}\n", KEYS.text("rsa")) };
        let (user_file, global_file) = (folder.write("user", &user), folder.write("global", &line));
        let (name, port, _) = HOSTS[which];
        let known = KnownHosts::read(std::slice::from_ref(&user_file), std::slice::from_ref(&global_file)).unwrap();
        let theirs = ssh_with_certificate(name, port, &user_file, &global_file);
        prop_assert_eq!(certified(&known, name, port), theirs, "{}:{} in:\n{}\nglobal:\n{}", name, port, &user, &line);
    }
}

/// Lines with the words CA, ED and OTHER in place of keys.
fn check(lines: &str, name: &str, port: u16, expected: Verdict) {
    let folder = Folder::new();
    let word = |word: &str| match word {
        "CA" => KEYS.text("rsa"),
        "ED" => KEYS.text("ed25519"),
        "OTHER" => KEYS.text("ed25519-other"),
        _ => word.to_owned(),
    };
    let lines = lines
        .split('\n')
        .map(|line| line.split(' ').map(word).collect::<Vec<_>>().join(" "))
        .collect::<Vec<_>>()
        .join("\n");
    let file = folder.write("known_hosts", &lines);
    assert_eq!(certified(&read(&file), name, port), expected, "{name}:{port} in\n{lines}");
    assert_eq!(
        ssh_with_certificate(name, port, &file, &folder.path("none")),
        expected,
        "{name}:{port} in\n{lines}"
    );
}

#[test]
fn an_authority_is_trusted_for_the_hosts_of_its_line() {
    check("@cert-authority web1 CA", "WEB1", 22, Verdict::Certified(1));
    check("@cert-authority web* CA", "web1", 22, Verdict::Certified(1));
    check("@cert-authority *,!web1 CA", "web1", 22, Verdict::New);
    check("@cert-authority web1 OTHER\n@cert-authority web1 CA", "web1", 22, Verdict::Certified(2));
    check("@cert-authority web1 OTHER", "web1", 22, Verdict::New);
    // Its key as a plain one is nobody's certificate.
    check("web1 CA", "web1", 22, Verdict::Changed);
    check("@cert-authority [web1]:2222 CA", "web1", 2222, Verdict::Certified(1));
    check("@cert-authority web1 CA", "web1", 2222, Verdict::Certified(1));
    check("[web1]:2222 OTHER\n@cert-authority web1 CA", "web1", 2222, Verdict::Certified(2));
    check("@cert-authority [web1]:2222 CA", "web1", 22, Verdict::New);
}

#[test]
fn without_its_authority_the_plain_key_is_looked_at() {
    check("@cert-authority web1 OTHER\nweb1 ED", "web1", 22, Verdict::Known(2));
    check("web1 OTHER", "web1", 22, Verdict::Changed);
    check("@cert-authority web1 CA\nweb1 OTHER", "web1", 22, Verdict::Certified(1));
}

#[test]
fn a_revoked_authority_or_key_wins() {
    check("@cert-authority web1 CA\n@revoked web1 CA", "web1", 22, Verdict::Revoked);
    check("@revoked * CA\nweb1 ED", "web1", 22, Verdict::Revoked);
    check("@cert-authority web1 CA\n@revoked web1 ED", "web1", 22, Verdict::Revoked);
    check("@cert-authority web1 CA\n@revoked web2 CA", "web1", 22, Verdict::Certified(1));
}
