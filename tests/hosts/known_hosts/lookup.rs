//! Which lines name a host, and what they say about a key.

use std::slice::from_ref;

use proptest::prelude::*;
use ssh_key::{Algorithm, EcdsaCurve, HashAlg};
use sshk::hosts::known_hosts::{HostKeyStatus, HostName, KnownHosts, Marker};

use crate::known_hosts::openssh::{Found, KEYS, Verdict, keygen_find, ssh, with_keys};
use crate::known_hosts::{Folder, host, read, words};

/// The hosts to look up: host, port, and the name for `ssh-keygen -F`.
pub const HOSTS: [(&str, u16, &str); 4] = [
    ("web1", 22, "web1"),
    ("web1", 2222, "[web1]:2222"),
    ("db.example.org", 22, "db.example.org"),
    ("::1", 2222, "[::1]:2222"),
];

/// For properties that start `ssh` for each case.
pub fn few_cases() -> ProptestConfig {
    ProptestConfig {
        cases: 40,
        failure_persistence: None,
        max_shrink_iters: 64,
        ..ProptestConfig::default()
    }
}

fn names() -> impl Strategy<Value = String> {
    let pattern = prop_oneof![
        5 => prop::sample::select(HOSTS.map(|(_, _, name)| name.to_owned()).to_vec()),
        2 => prop::sample::select(vec![
            "WEB1", "Db.Example.Org", "[Web1]:2222", "::1", "10.0.0.1", "web", "web11", "",
        ])
        .prop_map(str::to_owned),
        2 => prop::sample::select(vec![
            "*", "?", "web?", "*.org", "*.example.*", "[*]:2222", "*1*", "**", "[web1]:*", "w*2",
            "db*",
        ])
        .prop_map(str::to_owned),
    ];
    let list =
        prop::collection::vec((prop::bool::weighted(0.15), pattern), 1..4).prop_map(|patterns| {
            let patterns: Vec<_> = patterns
                .iter()
                .map(|(negated, pattern)| format!("{}{pattern}", if *negated { "!" } else { "" }))
                .collect();
            patterns.join(",")
        });
    prop_oneof![
        4 => list,
        2 => hashed(),
        1 => hashed().prop_map(|name| name + ",web1"),
        1 => broken_hash(),
    ]
}

/// Names hashed by ssh-keygen itself, once per run.
fn hashed() -> impl Strategy<Value = String> {
    static HASHED: std::sync::LazyLock<Vec<String>> = std::sync::LazyLock::new(|| {
        let folder = Folder::new();
        let lines: String =
            HOSTS.iter().map(|(_, _, name)| format!("{name} {}\n", KEYS.text("ed25519"))).collect();
        let file = folder.write("known_hosts", lines);
        let done = std::process::Command::new("ssh-keygen")
            .args(["-q", "-H", "-f"])
            .arg(&file)
            .output()
            .unwrap();
        assert!(done.status.success(), "{done:?}");
        let hashed = std::fs::read_to_string(file).unwrap();
        hashed.lines().map(|line| line.split(' ').next().unwrap().to_owned()).collect()
    });
    prop::sample::select(HASHED.clone())
}

fn broken_hash() -> impl Strategy<Value = String> {
    (hashed(), 0..8_usize).prop_map(|(name, way)| match way {
        0 => name.replace("|1|", "|2|"),
        1 => name[..name.len() / 2].to_owned(),
        2 => name.trim_end_matches('=').to_owned(),
        3 => "|1|".into(),
        4 => "|1||".into(),
        5 => name.to_lowercase(),
        6 => format!("web1,{name}"),
        _ => format!("{name}="),
    })
}

fn key() -> impl Strategy<Value = String> {
    let good = prop::sample::select(
        ["ed25519", "ed25519-other", "rsa", "ecdsa", "ecdsa-384"]
            .map(|name| KEYS.text(name))
            .to_vec(),
    );
    prop_oneof![6 => good.clone(), 2 => (good, 0..10_usize).prop_map(|(key, way)| {
        let (word, blob) = key.split_once(' ').unwrap();
        match way {
            0 => format!("ssh-dss {blob}"),
            1 => format!("rsa-sha2-512 {blob}"),
            2 => format!("{word} {}", &blob[..blob.len() / 2]),
            3 => format!("{word} {blob}AAAA"),
            4 => format!("{word} {}", &blob[..blob.len() - 1]),
            5 => format!("{word} #{blob}"),
            6 => word.to_owned(),
            7 => format!("{} {blob}", word.to_uppercase()),
            8 => "1024 35 14223".to_owned(),
            _ => format!("ecdsa-sha2-nistp521 {blob}"),
        }
    })]
}

/// Uses one separator throughout: OpenSSH misses a marker that ends in a tab if a space follows
/// later.
fn line() -> impl Strategy<Value = String> {
    let marker = prop::sample::select(vec![
        "",
        "",
        "",
        "@revoked",
        "@cert-authority",
        "@bogus",
        "@REVOKED",
        "@revoked @revoked",
        "@",
    ]);
    let entry = (
        marker,
        names(),
        key(),
        prop::sample::select(vec![" ", "  ", "\t", "\t\t"]),
        0..6_usize,
        prop::sample::select(vec!["", "\r"]),
    )
        .prop_map(|(marker, names, key, gap, shape, cr)| {
            let comment = ["", " ", " comment", " # c", " two words", " web1"][shape];
            let lead = if marker.is_empty() { "" } else { " " };
            let indent = ["", "", "", "", " ", "   "][shape];
            format!("{indent}{marker}{lead}{names} {key}{comment}{cr}").replace(' ', gap)
        });
    let noise = prop::sample::select(vec![
        "",
        " ",
        "\t",
        "# web1 comment",
        " #",
        // Not "web1" alone: OpenSSH 9.2 then goes on behind the end of the line, where a part of
        // the line before can be left.
        "web1 ",
        "garbage in a line",
        "\r",
        "web1\0x",
        "!",
        "é ü ß",
    ]);
    prop_oneof![6 => entry, 1 => noise.prop_map(str::to_owned)]
}

pub fn content(lines: std::ops::Range<usize>) -> impl Strategy<Value = String> {
    (prop::collection::vec(line(), lines), any::<bool>())
        .prop_map(|(lines, ends)| lines.join("\n") + if ends { "\n" } else { "" })
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 250,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_lines_found_are_those_that_ssh_keygen_finds(content in content(1..12)) {
        let folder = Folder::new();
        let file = folder.write("known_hosts", &content);
        let known = read(&file);
        for (name, port, written) in HOSTS {
            let found: Vec<_> = known.entries(&host(name, port)).iter().map(|entry| {
                let marker = match entry.marker {
                    Marker::None => "",
                    Marker::CertAuthority => "CA",
                    Marker::Revoked => "REVOKED",
                };
                Found {
                    line: entry.line,
                    marker: marker.into(),
                    fingerprint: entry.key.fingerprint(HashAlg::Sha256).to_string(),
                }
            }).collect();
            prop_assert_eq!(found, keygen_find(written, &file), "{} in:\n{}", written, &content);
        }
    }
}

#[test]
fn a_line_that_ends_with_the_name_has_no_key_of_the_line_before() {
    let folder = Folder::new();
    let key = KEYS.key("ed25519").to_openssh().unwrap();
    let file = folder.write("known_hosts", format!("web  {}\nweb1", key.replace(' ', "  ")));
    assert_eq!(read(&file).entries(&host("web1", 22)), []);
}

/// The verdict of `ssh` that a status corresponds to. `ssh` may warn of a revoked key and then go
/// on with the name without the port; the warning counts.
pub fn verdict(status: &HostKeyStatus) -> Verdict {
    match status {
        HostKeyStatus::Known { entry } => Verdict::Known(entry.line),
        HostKeyStatus::New { others } if others.is_empty() => Verdict::New,
        HostKeyStatus::New { .. } | HostKeyStatus::Changed { .. } => Verdict::Changed,
        HostKeyStatus::Revoked { .. } => Verdict::Revoked,
    }
}

proptest! {
    #![proptest_config(few_cases())]

    #[test]
    fn a_key_gets_the_verdict_of_ssh(
        user in content(0..4),
        global in content(0..3),
        which in 0..3_usize,
    ) {
        let folder = Folder::new();
        let user_file = folder.write("user", &user);
        let global_file = folder.write("global", &global);
        let (name, port, _) = HOSTS[which];
        let known = KnownHosts::read(from_ref(&user_file), from_ref(&global_file)).unwrap();
        let status = known.status(&host(name, port), &KEYS.key("ed25519"));
        prop_assert_eq!(
            verdict(&status),
            ssh(name, port, &user_file, &global_file, &[]),
            "{}:{} {:?} in:\n{}\nglobal:\n{}",
            name, port, status, &user, &global,
        );
    }
}

/// Compares the status for these lines, with [`with_keys`], with the expected one and with the
/// verdict of `ssh`.
fn check(lines: &str, name: &str, port: u16, alias: Option<&str>, expected: &str) {
    let folder = Folder::new();
    let lines = with_keys(lines);
    let file = folder.write("known_hosts", &lines);
    let status = read(&file).status(&HostName::new(name, port, alias), &KEYS.key("ed25519"));
    assert_eq!(words(&status), expected, "{name}:{port} in\n{lines}");
    let alias = alias.map(|alias| format!("-oHostKeyAlias={alias}"));
    let options: Vec<_> = alias.iter().map(String::as_str).collect();
    assert_eq!(
        verdict(&status),
        ssh(name, port, &file, &folder.path("none"), &options),
        "{name}:{port} in\n{lines}"
    );
}

#[test]
fn a_key_is_known_new_changed_or_revoked_as_in_ssh() {
    check("", "web1", 22, None, "new");
    check("web1 ED", "WEB1", 22, None, "known 1");
    check("web1 OTHER\nweb1 RSA\nweb1 ED\n", "web1", 22, None, "known 3");
    check("web1 RSA\nweb1 OTHER\n", "web1", 22, None, "changed 2");
    check("web1 RSA\n\n# c\nweb1 RSA\n", "web1", 22, None, "new beside 1 4");
    check("web1 ED\n@revoked * ED\n", "web1", 22, None, "revoked 2");
    check("@revoked web2 ED\nweb1 ED\n", "web1", 22, None, "known 2");
    check("@revoked web1 OTHER\nweb1 ED\n", "web1", 22, None, "known 2");
}

#[test]
fn a_cert_authority_line_never_matches_a_plain_key() {
    check("@cert-authority * ED\n", "web1", 22, None, "new");
    check("@cert-authority * OTHER\n", "web1", 22, None, "new");
    check("@cert-authority * ED\nweb1 OTHER\n", "web1", 22, None, "changed 2");
}

#[test]
fn the_name_without_the_port_counts_if_the_port_has_no_entry_as_in_ssh() {
    check("web1 ED\n", "web1", 2222, None, "known 1");
    check("web1 OTHER\n", "web1", 2222, None, "new");
    check("web1 RSA\n", "web1", 2222, None, "new");
    check("@cert-authority [web1]:2222 OTHER\nweb1 ED\n", "web1", 2222, None, "known 2");
    check("[web1]:2222 OTHER\nweb1 ED\n", "web1", 2222, None, "changed 1");
    check("[web1]:2222 RSA\nweb1 ED\n", "web1", 2222, None, "new beside 1");
    check("[web1]:2222 ED\n", "web1", 22, None, "new");
    check("[web1]:22 ED\n", "web1", 22, None, "new");
}

#[test]
fn a_key_revoked_for_the_name_without_the_port_is_revoked_though_ssh_only_warns() {
    check("@revoked web1 ED\n", "web1", 2222, None, "revoked 1");
    check("@revoked web1 ED\n[web1]:2222 ED\n", "web1", 2222, None, "known 2");
}

#[test]
fn a_revoked_certificate_revokes_its_key_and_a_certificate_is_no_plain_key() {
    check("@revoked web1 CERT\nweb1 ED\n", "web1", 22, None, "revoked 1");
    check("web1 CERT\n", "web1", 22, None, "changed 1");
}

#[test]
fn an_alias_is_used_without_the_port_and_without_a_fallback() {
    check("cluster ED\n", "web1", 2222, Some("Cluster"), "known 1");
    check("web1 ED\n[web1]:2222 ED\n[cluster]:2222 ED\n", "web1", 2222, Some("cluster"), "new");
}

#[test]
fn addresses_are_looked_up_in_their_short_form() {
    check("[::1]:2222 ED\n", "0:0:0:0:0:0:0:1", 2222, None, "known 1");
    check("fe80::a ED\n", "FE80:0::A", 22, None, "known 1");
}

#[test]
fn user_files_come_before_global_ones_and_a_revocation_in_any_wins() {
    let folder = Folder::new();
    let key = KEYS.key("ed25519");
    let user = folder
        .write("user", format!("web1 {}\nweb2 {}\n", KEYS.text("ed25519"), KEYS.text("ed25519")));
    let second = folder.write("user2", format!("web1 {0}\nweb3 {0}\n", KEYS.text("ed25519")));
    let global =
        folder.write("global", format!("web1 {0}\n@revoked web2 {0}\n", KEYS.text("ed25519")));
    let known = KnownHosts::read(
        &[user.clone(), second.clone(), folder.path("none")],
        std::slice::from_ref(&global),
    )
    .unwrap();
    let place = |name| match known.status(&host(name, 22), &key) {
        HostKeyStatus::Known { entry } | HostKeyStatus::Revoked { entry } => {
            (entry.marker, entry.file, entry.line)
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(place("web1"), (Marker::None, user, 1));
    assert_eq!(place("web2"), (Marker::Revoked, global, 2));
    assert_eq!(place("web3"), (Marker::None, second, 2));
}

#[test]
fn a_key_of_an_unknown_type_hides_no_other_line_and_still_makes_the_host_known() {
    let folder = Folder::new();
    let name = "ssh-future@example.org";
    let mut blob = Vec::new();
    sshk::ssh_string::put(&mut blob, name.as_bytes());
    sshk::ssh_string::put(&mut blob, b"key");
    let blob = data_encoding::BASE64.encode(&blob);
    let file = folder.write(
        "known_hosts",
        format!("web1 {name} {blob}\nweb2 {name} {blob}\nweb1 {}\n", KEYS.text("ed25519")),
    );
    let known = read(&file);
    assert_eq!(words(&known.status(&host("web1", 22), &KEYS.key("ed25519"))), "known 3");
    assert_eq!(words(&known.status(&host("web2", 22), &KEYS.key("ed25519"))), "new beside 2");
}

#[test]
fn the_algorithms_to_request_are_those_of_the_known_keys() {
    let folder = Folder::new();
    let lines = format!(
        "web1 {rsa}\nweb1 {ecdsa}\nweb1 {rsa}\n@cert-authority web1 {ed}\n[web1]:23 {ed}\nweb2 \
        {ed}\nweb2 {rsa}\n@revoked web2 {ed}\n",
        rsa = KEYS.text("rsa"),
        ecdsa = KEYS.text("ecdsa-384"),
        ed = KEYS.text("ed25519"),
    );
    let file = folder.write("known_hosts", lines);
    let known = read(&file);
    let (rsa, ecdsa) =
        (Algorithm::Rsa { hash: None }, Algorithm::Ecdsa { curve: EcdsaCurve::NistP384 });
    assert_eq!(known.algorithms(&host("web1", 22)), [rsa.clone(), ecdsa.clone()]);
    assert_eq!(known.algorithms(&host("web1", 23)), [Algorithm::Ed25519]);
    assert_eq!(known.algorithms(&host("web1", 24)), [rsa.clone(), ecdsa]);
    assert_eq!(known.algorithms(&host("web2", 22)), [rsa]);
    assert_eq!(known.algorithms(&host("web3", 22)), []);
}
