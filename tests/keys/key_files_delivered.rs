//! Private keys as secrets stores, forms, web pages and listings deliver them: without their first
//! and last lines, under another name, encoded.

use std::fs;

use data_encoding::BASE64;
use sshk::keys::key_file::{Damage, Fault, diagnose};

use super::key_files_repaired::KEYS;
use crate::support::Home;
use crate::support::oracle::{openssl, ssh_keygen};
use crate::support::process::write_private;

/// A conversion from the text of a key to the content of a file.
type Harm = fn(&str) -> String;

const LABELS: [&str; 5] = [
    "OPENSSH PRIVATE KEY",
    "RSA PRIVATE KEY",
    "EC PRIVATE KEY",
    "ENCRYPTED PRIVATE KEY",
    "PRIVATE KEY",
];

fn label(text: &str) -> &str {
    let found = LABELS.into_iter().find(|label| text.contains(&format!("BEGIN {label}")));
    found.unwrap_or("PRIVATE KEY")
}

/// Everything between the first and the last line.
fn body(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let inside = lines.get(1..lines.len().saturating_sub(1)).unwrap_or_default();
    inside.iter().map(|line| format!("{line}\n")).collect()
}

fn numbered(text: &str, write: fn(usize, &str) -> String) -> String {
    text.lines().enumerate().map(|(at, line)| write(at + 1, line)).collect()
}

/// As `encodeURIComponent` does it.
fn url_encoded(text: &str) -> String {
    let encode = |c: char| match c {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '-' => c.to_string(),
        c => format!("%{:02X}", u32::from(c)),
    };
    text.chars().map(encode).collect()
}

/// The harms that leave a key in old encrypted PEM whole, by the name of the damage.
const AROUND: [(Damage, Harm); 13] = [
    (Damage::FewDashes, |text| text[1..].to_owned()),
    (Damage::FewDashes, |text| text.replace("-----", "----")),
    (Damage::FewDashes, |text| text.trim_end().trim_end_matches("-----").to_owned() + "----"),
    (Damage::LineNumbers, |text| numbered(text, |at, line| format!("{at:6}\t{line}\n"))),
    (Damage::LineNumbers, |text| numbered(text, |at, line| format!("{at}:{line}\n"))),
    (Damage::LineNumbers, |text| numbered(text, |at, line| format!("  {} {line}\r\n", at + 40))),
    (Damage::UrlEncoded, |text| text.replace('\n', "%0A")),
    (Damage::UrlEncoded, |text| text.replace('\n', "%0d%0a")),
    (Damage::UrlEncoded, url_encoded),
    (Damage::UrlEncoded, |text| url_encoded(text).replace("%20", "+")),
    (Damage::HtmlBreaks, |text| text.replace('\n', "<br>")),
    (Damage::HtmlBreaks, |text| text.replace('\n', "<br/>\n")),
    (Damage::HtmlBreaks, |text| text.replace('\n', "<BR />\r\n")),
];

/// The others.
const WITHIN: [(Damage, Harm); 13] = [
    (Damage::NoFirstLine, body),
    (Damage::NoLastLine, body),
    (Damage::NoFirstLine, |text| body(text).replace('\n', "")),
    (Damage::NoFirstLine, |text| format!("SSH_KEY={}\n", body(text).replace('\n', ""))),
    (Damage::NoFirstLine, |text| format!("\"{}\"", body(text).replace('\n', "\\n"))),
    (Damage::NoFirstLine, |text| text.split_once('\n').map_or(text, |(_, rest)| rest).to_owned()),
    (Damage::NoFirstLine, |text| text.replacen("-----", "", 1)),
    (Damage::NoLastLine, |text| {
        text.trim_end().rsplit_once('\n').map_or(text, |(rest, _)| rest).to_owned() + "\n"
    }),
    (Damage::NoLastLine, |text| text[..text.len().saturating_sub(9)].to_owned()),
    (Damage::Relabelled, |text| text.replace(label(text), "RSA PRIVATE KEY")),
    (Damage::Relabelled, |text| text.replace(label(text), "OPENSSH PRIVATE KEY")),
    (Damage::Relabelled, |text| text.replacen(label(text), "PRIVATE KEY", 1)),
    (Damage::LostPluses, |text| {
        let first = text.lines().next().unwrap_or_default();
        format!("{first}\n{}-----END {}-----\n", body(text).replace('+', " "), label(text))
    }),
];

/// Whether an encrypted PEM file says so in headers: nothing shows that it is whole.
fn has_headers(text: &str) -> bool {
    text.contains("DEK-Info")
}

#[test]
fn what_secrets_stores_do_to_a_key_is_named_and_repaired_to_the_byte() {
    for key in KEYS.iter() {
        let within = WITHIN.into_iter().filter(|_| !has_headers(key));
        for (number, (damage, harm)) in AROUND.into_iter().chain(within).enumerate() {
            let harmed = harm(key);
            let found = diagnose(harmed.as_bytes());
            let shown = format!("harm {number} of {}\n{harmed}\n{found:?}", label(key));
            assert!(harmed == *key || found.damages().contains(&damage), "{shown}");
            assert_eq!(*found.into_repaired("key").expect(&shown), *key, "{shown}");
        }
    }
}

#[test]
fn such_damage_inside_of_base64_is_repaired_as_well() {
    for key in KEYS.iter().filter(|key| !has_headers(key)) {
        for (damage, harm) in AROUND.into_iter().chain(WITHIN) {
            let harmed = BASE64.encode(harm(key).as_bytes());
            let found = diagnose(harmed.as_bytes());
            let shown = format!("{damage:?} of {}\n{found:?}", label(key));
            assert_eq!(*found.into_repaired("key").expect(&shown), *key, "{shown}");
        }
    }
}

#[test]
fn two_such_damages_at_once_are_repaired_to_the_byte_or_refused() {
    let (mut repaired, mut all) = (0, 0);
    for key in KEYS.iter() {
        // Of an encrypted PEM key, nothing shows that a line is missing.
        let within = WITHIN.into_iter().filter(|_| !has_headers(key));
        let harms: Vec<_> = AROUND.into_iter().chain(within).map(|(_, harm)| harm).collect();
        for inner in &harms {
            let once = inner(key);
            for outer in &harms {
                let twice = outer(&once);
                let found = diagnose(twice.as_bytes());
                let shown = format!("{}\n{twice}\n{found:?}", label(key));
                all += 1;
                if let Ok(text) = found.into_repaired("key") {
                    assert_eq!(*text, *key, "{shown}");
                    repaired += 1;
                }
            }
        }
    }
    assert!(repaired * 2 > all, "{repaired} of {all}");
}

#[test]
fn an_encrypted_pem_key_that_may_be_cut_is_not_repaired() {
    for key in KEYS.iter().filter(|key| has_headers(key)) {
        for (damage, harm) in WITHIN.into_iter().filter(|(it, _)| *it != Damage::LostPluses) {
            let harmed = harm(key);
            // An EC key under the label of an RSA key looks like one until it is opened.
            if harmed != *key && damage != Damage::Relabelled {
                assert!(diagnose(harmed.as_bytes()).fault().is_some(), "{damage:?}\n{harmed}");
            }
        }
    }
}

#[test]
fn show_names_the_damage_and_the_key_and_its_hint_repairs_it() {
    let home = Home::new();
    ssh_keygen(["-q", "-t", "rsa", "-b", "2048", "-N", "", "-C", "ann", "-f"])
        .arg(home.join("key"))
        .run()
        .expect(0);
    let key = fs::read_to_string(home.join("key")).unwrap();
    let public = fs::read_to_string(home.join("key.pub")).unwrap();
    let fingerprint = ssh_keygen(["-l", "-f", "key"]).current_dir(home.path()).run().expect(0);
    let fingerprint = fingerprint.out().split(' ').nth(1).unwrap().to_owned();
    fs::remove_file(home.join("key.pub")).unwrap();
    for (damage, harm) in AROUND.into_iter().chain(WITHIN) {
        if harm(&key) == key {
            continue;
        }
        fs::remove_file(home.join("key")).unwrap();
        write_private(&home.join("key"), harm(&key));
        let said = home.sshk(["show", "key"]).run().expect(1);
        assert!(said.out().contains(&fingerprint), "{}", said.out());
        assert!(said.err().contains(&damage.to_string()), "{damage:?}: {}", said.err());
        let hint = said.err().split_once("sshk: hint: sshk ").unwrap().1.trim_end();
        home.sshk(hint.split(' ')).run().expect(0);
        assert_eq!(fs::read_to_string(home.join("key")).unwrap(), key, "{damage:?}");
        let derived = ssh_keygen(["-y", "-f", "key"]).current_dir(home.path()).run().expect(0);
        assert_eq!(derived.out(), public, "{damage:?}");
    }
}

#[test]
fn no_lost_character_makes_a_false_figure() {
    for key in KEYS.iter() {
        let whole = BASE64
            .decode(
                body(key).lines().filter(|line| !line.contains(':')).collect::<String>().as_bytes(),
            )
            .unwrap()
            .len();
        let lines = key.find("\n\n").map_or_else(|| key.find('\n').unwrap() + 1, |at| at + 2);
        for at in (lines..key.rfind("-----END").unwrap()).step_by(5) {
            for length in [1, 3, 40] {
                let end = (at + length).min(key.rfind("\n-----END").unwrap());
                if end <= at {
                    continue;
                }
                let harmed = [&key[..at], &key[end..]].concat();
                if let Some(Fault::Missing { bytes, of }) = diagnose(harmed.as_bytes()).fault() {
                    assert_eq!((*of, *bytes <= length), (whole, true), "{at} {length}\n{harmed}");
                }
            }
        }
    }
}

#[test]
fn a_key_in_der_is_named_and_its_hint_writes_it_as_pem() {
    for (kind, convert) in [
        ("rsa", &["rsa", "-traditional"][..]),
        ("rsa", &["pkcs8", "-topk8", "-nocrypt"]),
        ("ecdsa", &["ec"]),
        ("ecdsa", &["pkcs8", "-topk8", "-v2", "aes-256-cbc", "-passout", "pass:secret"]),
    ] {
        let home = Home::new();
        ssh_keygen(["-q", "-m", "PEM", "-t", kind, "-N", "", "-C", "", "-f"])
            .arg(home.join("pem"))
            .run()
            .expect(0);
        openssl(convert)
            .args(["-outform", "DER", "-in", "pem", "-out", "key.der"])
            .current_dir(home.path())
            .run()
            .expect(0);
        fs::set_permissions(
            home.join("key.der"),
            std::os::unix::fs::PermissionsExt::from_mode(0o600),
        )
        .unwrap();
        for words in [&["test", "-i", "key.der", "nowhere.invalid"][..], &["show", "key.der"]] {
            let said = home.sshk(words).run().expect(1);
            assert!(said.err().contains("this is a private key in DER"), "{}", said.err());
        }
        let said = home.sshk(["oneline", "key.der"]).run().expect(1);
        let hint = said.err().split_once("sshk: hint: write it as PEM: sshk ").unwrap().1;
        home.sshk(hint.trim_end().split(' ')).run().expect(0);
        let derived = ssh_keygen(["-y", "-P", "secret", "-f", "key.pem"])
            .current_dir(home.path())
            .run()
            .expect(0);
        let public = fs::read_to_string(home.join("pem.pub")).unwrap();
        assert_eq!(derived.out().trim_end(), public.trim_end(), "{convert:?}");
    }
}
