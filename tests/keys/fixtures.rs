//! The corpus: the library and `sshk show` find in every file of tests/fixtures what its line in
//! keys.tsv says.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::Instant;

use crate::support::Home;
use proptest::prelude::*;
use ssh_key::HashAlg;
use sshk::Passphrase;
use sshk::keys::key_file::{Content, Error, Fault, KeyFile, Private, diagnose};
use sshk::keys::oneline;
use zeroize::Zeroizing;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

fn file(name: &str) -> PathBuf {
    folder().join("keys").join(name)
}

/// What must be found in each file, by its name.
fn answers() -> BTreeMap<String, Vec<String>> {
    let table = fs::read_to_string(folder().join("keys.tsv")).unwrap();
    let row = |line: &str| {
        let mut fields = line.split('\t').map(str::to_owned);
        (fields.next().unwrap(), fields.collect())
    };
    table.lines().map(row).collect()
}

/// The rows of one kind; there must be several.
fn rows(kind: &str, least: usize) -> Vec<(String, Vec<String>)> {
    let rows: Vec<_> = answers().into_iter().filter(|(_, answer)| answer[0] == kind).collect();
    assert!(rows.len() >= least, "{} of {kind}", rows.len());
    rows
}

fn passphrase(text: &str) -> Passphrase {
    Passphrase::new(Zeroizing::new(text.to_owned()))
}

#[test]
fn every_file_is_listed_and_every_listed_file_exists() {
    let mut found = Vec::new();
    for folder in ["good", "bad"] {
        for entry in fs::read_dir(file(folder)).unwrap() {
            found.push(format!("{folder}/{}", entry.unwrap().file_name().into_string().unwrap()));
        }
    }
    found.sort();
    let told: Vec<_> = answers().into_keys().collect();
    assert_eq!(found, told);
    let count = |folder: &str| told.iter().filter(|name| name.starts_with(folder)).count();
    assert!(count("good/") >= 60 && count("bad/") >= 120);
}

#[test]
fn every_private_key_is_read_and_unlocked_only_by_its_passphrase() {
    for (name, answer) in rows("private", 60) {
        let Ok(Content::Private(private)) = KeyFile::new(file(&name)).read().unwrap().content
        else {
            panic!("{name}")
        };
        let is_locked = answer.get(3).is_some_and(|word| word == "locked");
        assert_eq!(
            (private.format().to_string(), private.is_encrypted()),
            (answer[1].clone(), is_locked),
            "{name}"
        );
        let key = private.unlock(Some(&passphrase("correct horse"))).unwrap();
        assert_eq!(key.fingerprint(HashAlg::Sha256).to_string(), answer[2], "{name}");
        let without = private.unlock(None);
        let wrong = private.unlock(Some(&passphrase("wrong horse")));
        if is_locked {
            assert!(
                matches!(without, Err(Error::Key { fault: Fault::PassphraseNeeded, .. })),
                "{name}"
            );
            assert!(
                matches!(wrong, Err(Error::Key { fault: Fault::WrongPassphrase, .. })),
                "{name}"
            );
        } else {
            assert_eq!(
                without.unwrap().fingerprint(HashAlg::Sha256).to_string(),
                answer[2],
                "{name}"
            );
        }
    }
}

#[test]
fn every_public_key_is_read() {
    for (name, answer) in rows("public", 15) {
        let Ok(Content::Public(format, key)) = KeyFile::new(file(&name)).read().unwrap().content
        else {
            panic!("{name}")
        };
        assert_eq!(
            (format.to_string(), key.fingerprint(HashAlg::Sha256).to_string()),
            (answer[1].clone(), answer[2].clone()),
            "{name}"
        );
    }
}

#[test]
fn every_damage_is_reported_and_repaired_to_the_byte() {
    for (name, answer) in rows("repairs", 100) {
        let (bytes, whole) =
            (fs::read(file(&name)).unwrap(), fs::read_to_string(file(&answer[1])).unwrap());
        let found = diagnose(&bytes);
        assert!(
            found.damages().iter().any(|damage| damage.kind() == answer[2]),
            "{name}: {found:?}"
        );
        assert_eq!(*found.into_repaired(&name).unwrap(), whole, "{name}");
        assert_eq!(*oneline::decode(&bytes, &name).unwrap().0, whole, "{name}");
        let repaired = KeyFile::new(file(&name)).read().unwrap().into_repaired(&name).unwrap();
        let Content::Private(private) = repaired else { panic!("{name}") };
        assert_eq!(private.text(), whole, "{name}");
    }
}

#[test]
fn damaged_keys_are_refused_with_the_listed_messages() {
    for (name, answer) in rows("refused", 50) {
        let found = diagnose(&fs::read(file(&name)).unwrap());
        assert_eq!(
            found.fault().unwrap_or_else(|| panic!("{name}: {found:?}")).to_string(),
            answer[1],
            "{name}"
        );
        let read = KeyFile::new(file(&name)).read().unwrap();
        assert!(!matches!(read.content, Ok(Content::Private(_))), "{name}");
    }
}

#[test]
fn show_prints_every_fingerprint_that_it_can_and_continues_after_every_failure() {
    let (home, answers) = (Home::new(), answers());
    let names: Vec<_> = answers.keys().map(|name| file(name)).collect();
    let said = home.sshk(["show", "--json"]).args(&names).run().expect(1);
    let objects: Vec<serde_json::Value> =
        said.out().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(objects.len(), names.len());
    for ((name, answer), object) in answers.iter().zip(&objects) {
        let (kind, has_failed) = (answer[0].as_str(), !object["error"].is_null());
        assert!(!object["path"].is_null(), "{name}: {object}");
        match kind {
            "private" | "public" => {
                assert!(
                    !has_failed && object["kind"] == kind && object["format"] == answer[1],
                    "{name}: {object}"
                );
                let is_hidden = object["fingerprint"].is_null()
                    && answer.len() == 4
                    && ["pem", "pkcs8"].contains(&answer[1].as_str());
                assert!(is_hidden || object["fingerprint"] == answer[2], "{name}: {object}");
            }
            "repairs" => {
                let problems = object["problems"].as_array().unwrap();
                // A PuTTY file of Windows has CRLF from its maker.
                assert!(
                    has_failed || !problems.is_empty() || name.contains(".ppk3.crlf"),
                    "{name}: {object}"
                );
            }
            _ => assert!(has_failed || object["kind"] == "public", "{name}: {object}"),
        }
    }
}

/// The bytes of every file, in the order of their names.
static FILES: LazyLock<Vec<Vec<u8>>> =
    LazyLock::new(|| answers().keys().map(|name| fs::read(file(name)).unwrap()).collect());

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, ..ProptestConfig::default() })]

    /// Bytes inserted, removed and changed anywhere: every reader finishes quickly, and whatever is
    /// accepted as a key is one.
    #[test]
    fn no_change_to_a_file_brings_a_reader_down(
        at: prop::sample::Index,
        changes in prop::collection::vec(
            (
                any::<prop::sample::Index>(),
                0usize..40,
                prop::collection::vec(any::<u8>(), 0..6),
            ),
            1..5,
        ),
    ) {
        let mut bytes = at.get(&FILES).clone();
        for (place, taken, put) in changes {
            let start = if bytes.is_empty() { 0 } else { place.index(bytes.len()) };
            let end = (start + taken).min(bytes.len());
            bytes.splice(start..end, put);
        }
        let start = Instant::now();
        if let Ok(text) = std::str::from_utf8(&bytes) {
            let _ = Content::parse(text, "changed");
        }
        if let Ok((text, _)) = oneline::decode(&bytes, "changed") {
            prop_assert!(Private::parse(text, "changed").is_ok());
        }
        prop_assert!(start.elapsed() < crate::support::SOON);
    }
}
