//! What known_hosts says about the authority of a certificate, compared with the verdict of `ssh`
//! on the same server and files.

use std::slice::from_ref;

use proptest::prelude::*;
use sshk::hosts::known_hosts::{AuthorityStatus, HostKeyStatus, KnownHosts};

use crate::known_hosts::lookup::{HOSTS, content, few_cases, verdict};
use crate::known_hosts::openssh::{KEYS, Verdict, ssh_with_certificate, with_keys};
use crate::known_hosts::{Folder, host, read};

/// The verdict on a server that presents the certificate: a revocation counts first, then the
/// authority, then the plain key.
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
    #![proptest_config(few_cases())]

    #[test]
    fn a_certificate_gets_the_verdict_of_ssh(
        user in content(0..4),
        authority in prop::sample::select(vec![
            "",
            "@cert-authority *",
            "@cert-authority web1,db*",
            "@revoked web1",
            "@cert-authority !web1,*",
        ]),
        which in 0..3_usize,
    ) {
        let folder = Folder::new();
        let line = match authority {
            "" => String::new(),
            names => format!("{names} {}\n", KEYS.text("rsa")),
        };
        let user_file = folder.write("user", &user);
        let global_file = folder.write("global", &line);
        let (name, port, _) = HOSTS[which];
        let known = KnownHosts::read(from_ref(&user_file), from_ref(&global_file)).unwrap();
        let theirs = ssh_with_certificate(name, port, &user_file, &global_file);
        prop_assert_eq!(
            certified(&known, name, port),
            theirs,
            "{}:{} in:\n{}\nglobal:\n{}",
            name, port, &user, &line,
        );
    }
}

/// Compares the verdict on these lines, with [`with_keys`], with the expected one and with that of
/// `ssh`.
fn check(lines: &str, name: &str, port: u16, expected: Verdict) {
    let folder = Folder::new();
    let lines = with_keys(lines);
    let file = folder.write("known_hosts", &lines);
    assert_eq!(certified(&read(&file), name, port), expected, "{name}:{port} in\n{lines}");
    assert_eq!(
        ssh_with_certificate(name, port, &file, &folder.path("none")),
        expected,
        "{name}:{port} in\n{lines}"
    );
}

#[test]
fn an_authority_is_trusted_for_the_hosts_on_its_line() {
    check("@cert-authority web1 CA", "WEB1", 22, Verdict::Certified(1));
    check("@cert-authority web* CA", "web1", 22, Verdict::Certified(1));
    check("@cert-authority *,!web1 CA", "web1", 22, Verdict::New);
    check("@cert-authority web1 OTHER\n@cert-authority web1 CA", "web1", 22, Verdict::Certified(2));
    check("@cert-authority web1 OTHER", "web1", 22, Verdict::New);
    // A line for its plain key trusts no certificate.
    check("web1 CA", "web1", 22, Verdict::Changed);
    check("@cert-authority [web1]:2222 CA", "web1", 2222, Verdict::Certified(1));
    check("@cert-authority web1 CA", "web1", 2222, Verdict::Certified(1));
    check("[web1]:2222 OTHER\n@cert-authority web1 CA", "web1", 2222, Verdict::Certified(2));
    check("@cert-authority [web1]:2222 CA", "web1", 22, Verdict::New);
}

#[test]
fn the_plain_key_counts_if_the_authority_is_unknown() {
    check("@cert-authority web1 OTHER\nweb1 ED", "web1", 22, Verdict::Known(2));
    check("web1 OTHER", "web1", 22, Verdict::Changed);
    check("@cert-authority web1 CA\nweb1 OTHER", "web1", 22, Verdict::Certified(1));
}

#[test]
fn a_revoked_authority_or_key_overrides_a_trusted_one() {
    check("@cert-authority web1 CA\n@revoked web1 CA", "web1", 22, Verdict::Revoked);
    check("@revoked * CA\nweb1 ED", "web1", 22, Verdict::Revoked);
    check("@cert-authority web1 CA\n@revoked web1 ED", "web1", 22, Verdict::Revoked);
    check("@cert-authority web1 CA\n@revoked web2 CA", "web1", 22, Verdict::Certified(1));
}
