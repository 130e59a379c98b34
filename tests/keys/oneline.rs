//! `sshk oneline` as a user sees it: jq and Node decode the output to the file, ssh2 reads it as a
//! key, and anything else is refused.

mod defaults;
mod refusals;
mod warnings;

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use crate::support::oracle::{jq, node, openssl, ssh_keygen};
use crate::support::process::write_private;
use crate::support::{Finished, Home, Sshd, Terminal, program};

use crate::support::SOON;
pub const PEM: [&str; 6] = ["-m", "PEM", "-t", "rsa", "-b", "2048"];

/// A key that ssh-keygen generates, and its path.
pub fn made(home: &Home, name: &str, passphrase: &str, args: &[&str]) -> PathBuf {
    ssh_keygen(["-q", "-N", passphrase, "-C", "c", "-f"])
        .arg(home.join(name))
        .args(args)
        .run()
        .expect(0);
    home.join(name)
}

fn oneline(home: &Home, args: &[&str]) -> Finished {
    home.sshk(["oneline"]).args(args).run()
}

/// Every kind of file that WebSSH2 accepts, by name.
fn takeable(home: &Home) -> Vec<PathBuf> {
    let mut files = vec![
        made(home, "pem", "", &PEM),
        made(home, "pem_locked", "secret", &PEM),
        made(home, "ec", "", &["-m", "PEM", "-t", "ecdsa"]),
        made(home, "openssh", "", &["-t", "ed25519"]),
        made(home, "openssh_locked", "secret", &["-t", "ed25519", "-a", "1"]),
    ];
    for cipher in ["aes192", "aes256", "des3"] {
        let text = openssl([
            "rsa",
            "-traditional",
            &format!("-{cipher}"),
            "-passout",
            "pass:secret",
            "-in",
        ])
        .arg(home.join("pem"))
        .run();
        let file = home.join(cipher);
        write_private(&file, text.expect(0).out());
        files.push(file);
    }
    files
}

/// Prints the type of the key in a JSON object's `privateKey`, opened with the passphrase `secret`
/// where it has one.
const PARSE: &str = "const config = JSON.parse(require('fs').readFileSync(process.argv[1])); \
    const key = require('ssh2').utils.parseKey(config.privateKey, 'secret'); \
    console.log(key instanceof Error ? key.message : (Array.isArray(key) ? key[0] : key).type)";

const LOCKED: &str =
    "sshk: warning: the key is encrypted: WebSSH2 needs its passphrase in user.passphrase\n";

#[test]
fn the_json_string_is_what_jq_prints_and_the_member_adds_a_name() {
    let home = Home::new();
    for file in takeable(&home) {
        let text = fs::read_to_string(&file).unwrap();
        let expected = jq(["-Rs", "."], &text).run().expect(0);
        let name = file.to_str().unwrap();
        let json = oneline(&home, &[name, "--as", "json"]);
        assert_eq!((json.code(), json.out(), json.err()), (0, expected.out(), ""), "{name}");
        let member = format!("\"privateKey\": {}", expected.out());
        let is_locked = text.contains("ENCRYPTED") || name.ends_with("openssh_locked");
        let advice = if is_locked { LOCKED } else { "" };
        for args in [&[name][..], &["--as", "member", name], &["--", name]] {
            let said = oneline(&home, args);
            assert_eq!(
                (said.code(), said.out(), said.err()),
                (0, member.as_str(), advice),
                "{args:?}"
            );
        }
        let alias = home.sshk(["to-json-line", name]).run();
        assert_eq!(
            (alias.code(), alias.out(), alias.err()),
            (0, member.as_str(), advice),
            "{name}"
        );
        let stdin = home.sshk(["oneline", "-"]).stdin(&text).run();
        assert_eq!(
            (stdin.code(), stdin.out(), stdin.err()),
            (0, member.as_str(), advice),
            "{name}"
        );
        let config = home.join("parsed.json");
        fs::write(&config, format!("{{{member}}}")).unwrap();
        let kind = if name.contains("openssh") {
            "ssh-ed25519"
        } else if name.ends_with("ec") {
            "ecdsa-sha2-nistp256"
        } else {
            "ssh-rsa"
        };
        assert_eq!(node(PARSE, [config]).run().expect(0).out().trim_end(), kind, "{name}");
    }
}

#[test]
fn the_members_name_can_be_any_json_string() {
    let home = Home::new();
    let key = made(&home, "key", "", &["-t", "ed25519"]);
    for name in ["key", "a \"b\"\\\n鍵", ""] {
        let said = home.sshk(["oneline", "--name", name]).arg(&key).run().expect(0);
        assert_eq!((said.out().lines().count(), said.err()), (1, ""));
        let object: serde_json::Value =
            serde_json::from_str(&format!("{{{}}}", said.out())).unwrap();
        assert_eq!(object[name], fs::read_to_string(&key).unwrap());
    }
}

/// A WebSSH2 config that stops after its last member, for something to be appended.
const CONFIG: &str = "{\n  \"listen\": { \"ip\": \"0.0.0.0\", \"port\": 2222 },\n  \"user\": \
    {\n    \"name\": \"NAME\",\n    \"password\": null,\n    ";

/// Logs in as WebSSH2 does with its config.json.
const LOGIN: &str = "const {Client} = require('ssh2'), user = \
    JSON.parse(require('fs').readFileSync(process.argv[1])).user; \
    const c = new Client(); \
    c.on('ready', () => c.exec('echo in', (e, s) => s.on('data', d => \
    process.stdout.write(d)).on('close', () => c.end()))) \
     .on('error', e => { console.error(e.message); process.exit(1) }) \
     .connect({host: '127.0.0.1', port: +process.argv[2], username: user.name, privateKey: \
     user.privateKey, passphrase: 'secret'});";

#[test]
fn a_line_appended_to_a_config_logs_in() {
    let (home, sshd) = (Home::new(), Sshd::builder().start());
    for (name, passphrase) in [("plain", ""), ("locked", "secret")] {
        let made =
            home.sshk(["keygen", "-m", "pem", "-b", "2048", "-N", passphrase, "-f", name]).run();
        made.expect(0);
        let (key, config) = (home.join(name), home.join(format!("{name}.json")));
        fs::write(&config, CONFIG.replace("NAME", sshd.user())).unwrap();
        let append = "\"$0\" oneline \"$1\" >> \"$2\" && printf '  }\\n}\\n' >> \"$2\"";
        home.run("/bin/sh")
            .args(["-c", append, env!("CARGO_BIN_EXE_sshk")])
            .args([&key, &config])
            .run()
            .expect(0);

        let text = fs::read_to_string(&key).unwrap();
        let parsed = jq(["-j", ".user.privateKey"], fs::read(&config).unwrap()).run().expect(0);
        assert_eq!(parsed.out(), text);
        sshd.authorize(&fs::read_to_string(key.with_extension("pub")).unwrap());
        let said = node(LOGIN, [config.as_path(), Path::new(&sshd.port().to_string())]).run();
        assert_eq!((said.code(), said.out()), (0, "in\n"), "{name}: {}", said.err());
    }
}

#[test]
fn crlf_and_a_byte_order_mark_are_removed() {
    let home = Home::new();
    for (name, args) in [("pem", &PEM[..]), ("openssh", &["-t", "ed25519"])] {
        let text = fs::read_to_string(made(&home, name, "", args)).unwrap();
        let expected = jq(["-Rs", "."], &text).run().expect(0);
        for damaged in [
            text.replace('\n', "\r\n"),
            format!("\u{feff}{text}"),
            format!("\u{feff}{}", text.replace('\n', "\r\n")),
        ] {
            let _ = fs::remove_file(home.join("damaged"));
            write_private(&home.join("damaged"), &damaged);
            let said = oneline(&home, &["damaged", "--as", "json"]);
            assert_eq!((said.code(), said.out(), said.err()), (0, expected.out(), ""));
            assert_eq!(
                home.sshk(["oneline", "-", "--as", "json"]).stdin(&damaged).run().expect(0).out(),
                expected.out()
            );
        }
        let without_end = oneline_of(&home, text.trim_end());
        assert_eq!(without_end.out(), jq(["-Rs", "."], text.trim_end()).run().out());
    }
}

fn oneline_of(home: &Home, text: &str) -> Finished {
    home.sshk(["oneline", "--as", "json", "-"]).stdin(text).run().expect(0)
}

#[test]
fn quiet_still_prints_the_data() {
    let home = Home::new();
    let key = made(&home, "key", "", &["-t", "ed25519"]);
    let (loud, quiet) = (
        home.sshk(["oneline"]).arg(&key).run().expect(0),
        home.sshk(["oneline", "-q"]).arg(&key).run().expect(0),
    );
    assert_eq!((loud.out(), quiet.err()), (quiet.out(), ""));
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_an_error_and_a_closed_pipe_ends_the_run_quietly() {
    let home = Home::new();
    made(&home, "key", "", &["-t", "ed25519"]);
    let shell =
        |command: &str| home.run("/bin/sh").args(["-c", command, env!("CARGO_BIN_EXE_sshk")]).run();
    let full = shell("\"$0\" oneline key >/dev/full");
    let words = "sshk: error: could not write to standard output: no space left on device\n";
    assert_eq!((full.code(), full.err()), (1, words));
    // The reader is gone before the first byte: the write end is opened while `true` still runs,
    // and used after it has ended.
    let pipe = home.run(program("bash")).args([
        "-c",
        "{ sleep 0.3; \"$0\" oneline key; echo $? >&2; } | true",
        env!("CARGO_BIN_EXE_sshk"),
    ]);
    assert_eq!(pipe.run().err(), "141\n");
}

#[test]
fn ctrl_c_ends_the_wait_for_standard_input() {
    let home = Home::new();
    let mut terminal = Terminal::start(home.sshk(["oneline", "-"]));
    let modes = terminal.modes();
    terminal.send("-----BEGIN\n");
    terminal.expect("BEGIN", SOON);
    thread::sleep(Duration::from_millis(300));
    terminal.send_ctrl_c();
    assert_eq!((terminal.wait(SOON), terminal.modes()), (130, modes));
}

#[test]
fn an_unknown_form_is_wrong_usage() {
    let home = Home::new();
    let said = oneline(&home, &["--as", "xml", "key"]).expect(2);
    assert!(
        said.err().starts_with(
            "sshk: error: invalid value 'xml' for '--as <FORM>' [possible values: \
                member, json, env, sh, base64, yaml]\n"
        ),
        "{}",
        said.err()
    );
    assert_eq!(said.out(), "");
    let two = oneline(&home, &["one", "two"]).expect(2);
    assert_eq!(
        (two.out(), two.err().lines().next()),
        ("", Some("sshk: error: unexpected argument 'two' found"))
    );
}
