//! A private key in a file that holds other things: it is shown and copied out, and the file is
//! never replaced by it.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};

use serde_json::Value;

use crate::support::Home;
use crate::support::oracle::{openssl, ssh_keygen};
use crate::support::process::write_private;

/// A home with a PEM key `key`, and the key's text.
fn with_key(home: &Home) -> String {
    ssh_keygen(["-q", "-m", "PEM", "-t", "rsa", "-b", "2048", "-N", "", "-C", "", "-f"])
        .arg(home.join("key"))
        .run()
        .expect(0);
    fs::read_to_string(home.join("key")).unwrap()
}

/// File names, contents, and what sshk says of them.
fn documents(home: &Home, key: &str) -> Vec<(&'static str, String, &'static str)> {
    let one_line = serde_json::to_string(key).unwrap();
    let indented: String = key.lines().map(|line| format!("    {line}\n")).collect();
    let certificate = home.join("certificate");
    openssl(["req", "-x509", "-subj", "/CN=a", "-days", "1", "-key"])
        .arg(home.join("key"))
        .arg("-out")
        .arg(&certificate)
        .run()
        .expect(0);
    let certificate = fs::read_to_string(certificate).unwrap();
    vec![
        (
            "config.json",
            format!(
                "{{\n  \"listen\": {{\"port\": 2222}}, // é\n  \"user\": {{\"name\": \"ann\", \
                 \"privateKey\": {one_line}}}\n}}\n"
            ),
            "this is a JSON file that holds a private key at /user/privateKey",
        ),
        (
            "list.json",
            format!("[1, {{\"keys\": [{one_line}]}}]"),
            "this is a JSON file that holds a private key at /1/keys/0",
        ),
        (
            ".env",
            format!("PORT=2222\nexport SSH_KEY={one_line}\nNAME=ann\n"),
            "this is a file of variables that holds a private key as SSH_KEY",
        ),
        (
            "values.yaml",
            format!("port: 22\nssh:\n  privateKey: |\n{indented}name: ann\n"),
            "this is a YAML file that holds a private key as privateKey",
        ),
        (
            "haproxy.pem",
            format!("{certificate}{key}"),
            "this is a PEM file that holds a certificate as well as a private key",
        ),
        (
            "chain.pem",
            format!("{key}{certificate}{certificate}"),
            "this is a PEM file that holds 2 certificates as well as a private key",
        ),
        (
            "config.js",
            format!("module.exports = {{user: {{name: 'ann', privateKey: {one_line}}}}};\n"),
            "this is a text that holds a private key among other things",
        ),
        (
            "mail.txt",
            format!("{}\nhere is the key:\n{key}\n", "Dear Ann, it is cold. ".repeat(60)),
            "this is a text that holds a private key among other things",
        ),
    ]
}

#[test]
fn a_document_is_never_replaced_by_the_key_in_it() {
    let home = Home::new();
    let key = with_key(&home);
    for (name, text, is) in documents(&home, &key) {
        let file = home.join(name);
        write_private(&file, &text);
        for change in [&["--repair"][..], &["-m", "openssh"], &["-C", "new"], &["-N", "secret"]] {
            let said = home.sshk(["convert", name]).args(change).run().expect(1);
            assert_eq!(
                said.err(),
                format!(
                    "sshk: error: {name:?}: {is}; the key alone in its place would lose the rest, \
                     so nothing was written\n\
                     sshk: hint: write the key to a file of its own: -f {name}.key\n"
                ),
                "{name} {change:?}"
            );
            assert_eq!(fs::read_to_string(&file).unwrap(), text, "{name} {change:?}");
        }
        // The hint, also where others may read the document.
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        let copy = format!("{name}.key");
        home.sshk(["convert", name, "--repair", "-f", &copy]).run().expect(0);
        assert_eq!(fs::read_to_string(home.join(&copy)).unwrap(), key, "{name}");
        assert_eq!(fs::metadata(home.join(&copy)).unwrap().mode() & 0o7777, 0o600, "{name}");
        assert_eq!(home.sshk(["oneline", "--decode", name]).run().expect(0).out(), key, "{name}");
    }
}

#[test]
fn show_tells_which_document_a_key_is_in_and_which_key_it_is() {
    let home = Home::new();
    let key = with_key(&home);
    let shown = home.sshk(["show", "--json", "key"]).run().expect(0);
    let fingerprint = serde_json::from_str::<Value>(shown.out()).unwrap()["fingerprint"].clone();
    for (name, text, is) in documents(&home, &key) {
        write_private(&home.join(name), text);
        let said = home.sshk(["show", "--json", name]).run();
        let object: Value = serde_json::from_str(said.out()).unwrap();
        assert_eq!(object["kind"], "private", "{name}");
        assert_eq!(object["fingerprint"], fingerprint, "{name}");
        assert_eq!(object["format"], "pem", "{name}");
        let problem = &object["problems"][0];
        assert_eq!(problem["kind"], "key-in-document", "{name}: {object}");
        assert_eq!(problem["message"], format!("{name:?}: {is}; it is not a key file"));
        let hint = problem["hint"].as_str().unwrap();
        assert_eq!(
            hint,
            format!(
                "save the key to a file of its own: sshk convert {name} --repair -f {name}.key"
            )
        );
        let place = is.rsplit_once(" at ").or(is.rsplit_once(" as ")).map(|(_, place)| place);
        let place = place.filter(|place| !place.contains(' '));
        assert_eq!(object["document"]["at"].as_str(), place, "{name}");
    }
    assert!(!shown.out().contains("document"), "{}", shown.out());
}

#[test]
fn the_parameters_before_an_ec_key_are_the_keys_own() {
    let home = Home::new();
    openssl(["ecparam", "-name", "prime256v1", "-genkey", "-out"])
        .arg(home.join("ec"))
        .run()
        .expect(0);
    let text = fs::read_to_string(home.join("ec")).unwrap();
    assert!(text.starts_with("-----BEGIN EC PARAMETERS-----"), "openssl wrote something else");
    fs::set_permissions(home.join("ec"), fs::Permissions::from_mode(0o600)).unwrap();
    home.sshk(["convert", "ec", "-m", "openssh"]).run().expect(0);
    ssh_keygen(["-y", "-f"]).arg(home.join("ec")).run().expect(0);
}

#[test]
fn a_public_key_in_a_long_text_does_not_replace_it() {
    let home = Home::new();
    with_key(&home);
    let line = fs::read_to_string(home.join("key.pub")).unwrap();
    let text = format!("{}{line}", "# of Ann, until May\n".repeat(20));
    fs::write(home.join("list"), &text).unwrap();
    let said = home.sshk(["convert", "list", "-C", "new"]).run().expect(1);
    assert!(
        said.err().contains("this is a text that holds a public key among other things"),
        "{}",
        said.err()
    );
    assert_eq!(fs::read_to_string(home.join("list")).unwrap(), text);
}

#[test]
fn a_comment_around_a_key_is_damage_and_can_be_repaired_in_place() {
    let home = Home::new();
    let key = with_key(&home);
    let one_line = serde_json::to_string(&key).unwrap();
    for text in [
        format!("The key of Ann:\n\n{key}\nRegards\n"),
        format!("# of Ann\nSSH_KEY={one_line}\n"),
        format!("\"privateKey\": {one_line},\n"),
    ] {
        fs::remove_file(home.join("key")).unwrap();
        write_private(&home.join("key"), &text);
        home.sshk(["convert", "key", "--repair"]).run().expect(0);
        assert_eq!(fs::read_to_string(home.join("key")).unwrap(), key, "{text}");
    }
}

#[test]
fn a_private_key_under_a_public_name_is_moved_and_never_overwritten() {
    let home = Home::new();
    let key = with_key(&home);
    for taken in [false, true] {
        let _ = fs::remove_file(home.join("key"));
        if taken {
            fs::rename(home.key("ed25519", "other"), home.join("key")).unwrap();
        }
        let _ = fs::remove_file(home.join("key.pub"));
        write_private(&home.join("key.pub"), &key);
        let said = home.sshk(["copy-id", "-i", "key.pub", "nowhere.invalid"]).run().expect(1);
        let hint = said.err().split_once("name of its own: ").unwrap().1.trim_end().to_owned();
        home.run("/bin/sh").args(["-c", &hint]).run().expect(0);
        let free = if taken { "key.pub.private" } else { "key" };
        assert_eq!(fs::read_to_string(home.join(free)).unwrap(), key, "{hint}");
    }
}

#[test]
fn a_damaged_key_is_repaired_by_the_hint_of_every_command() {
    let home = Home::new();
    let key = with_key(&home);
    for damaged in [key.replace('\n', " "), key.replace('\n', "\\n"), format!("  {key}")] {
        fs::remove_file(home.join("key")).unwrap();
        write_private(&home.join("key"), &damaged);
        let said = home.sshk(["test", "-i", "key", "nowhere.invalid"]).run().expect(1);
        assert!(said.err().ends_with("hint: sshk convert key --repair\n"), "{}", said.err());
        home.sshk(["convert", "key", "--repair"]).run().expect(0);
        assert_eq!(fs::read_to_string(home.join("key")).unwrap(), key);
    }
}

#[test]
fn a_hint_about_weak_encryption_leaves_the_file_to_those_who_read_it() {
    let home = Home::new();
    ssh_keygen(["-q", "-m", "PEM", "-t", "rsa", "-b", "2048", "-N", "secret", "-C", "", "-f"])
        .arg(home.join("id_rsa"))
        .run()
        .expect(0);
    let said = home.sshk(["show", "--json", "id_rsa"]).run().expect(0);
    let object: Value = serde_json::from_str(said.out()).unwrap();
    let hint = object["problems"][0]["hint"].as_str().unwrap();
    assert_eq!(hint, "sshk convert id_rsa -m openssh -f id_rsa.openssh");
    let words = hint.split(' ').skip(1);
    home.sshk(words).env("SSHK_PASSPHRASE", "secret").run().expect(0);
    let segura = |name: &str| {
        let said = home.sshk(["show", "--json", name]).run().expect(0);
        let object: Value = serde_json::from_str(said.out()).unwrap();
        let consumers = object["consumers"].as_array().unwrap().clone();
        consumers.into_iter().find(|it| it["name"] == "Segura").unwrap()["accepts"].clone()
    };
    assert_eq!(segura("id_rsa"), true);
}
