//! Each form read by its own readers: the result is the file, to the byte.

use std::fs;

use super::{assert_said, keys, oneline, text};
use crate::support::oracle::{jq, node, python};
use crate::support::{Home, program};

/// The form of a key, in a file of its own.
fn write(home: &Home, key: &str, form: &str, file: &str) -> String {
    let said = oneline(home, &[key, "--as", form, "-q"]).expect(0);
    fs::write(home.join(file), said.out()).unwrap();
    home.join(file).to_str().unwrap().to_owned()
}

#[test]
fn env_is_read_by_the_dotenvs_of_npm_python_and_node() {
    let home = Home::new();
    let node_help = home.run(program("node")).arg("--help").run().expect(0).out().to_owned();
    for key in keys(&home) {
        let (file, text) = (write(&home, key, "env", ".env"), text(&home, key));
        let npm = "const text = require('fs').readFileSync(process.argv[1]); \
            process.stdout.write(require('dotenv').parse(text).PRIVATE_KEY)";
        assert_eq!(node(npm, [&file]).run().expect(0).out(), text, "{key}");
        let read = "import sys, dotenv; \
            sys.stdout.write(dotenv.dotenv_values(sys.argv[1])['PRIVATE_KEY'])";
        assert_eq!(python(read, [&file]).run().expect(0).out(), text, "{key}");
        // Node reads such files itself since 20.6; Debian 12 has 18.
        if node_help.contains("--env-file") {
            let own = home.run(program("node")).args([
                &format!("--env-file={file}"),
                "-e",
                "process.stdout.write(process.env.PRIVATE_KEY)",
            ]);
            assert_eq!(own.run().expect(0).out(), text, "{key}");
        }
    }
}

#[test]
fn sh_is_read_by_bash_and_dash() {
    let home = Home::new();
    for key in keys(&home) {
        let file = write(&home, key, "sh", "key.sh");
        for shell in ["bash", "dash"] {
            let said = home
                .run(program(shell))
                .args(["-c", ". \"$0\"; exec printenv PRIVATE_KEY", &file])
                .run()
                .expect(0);
            assert_eq!(said.out(), text(&home, key) + "\n", "{shell}: {key}");
        }
    }
}

#[test]
fn base64_is_unwrapped_and_read_by_base64() {
    let home = Home::new();
    for key in keys(&home) {
        let file = write(&home, key, "base64", "key.b64");
        assert_eq!(fs::read_to_string(&file).unwrap().lines().count(), 1);
        assert_eq!(
            home.run(program("base64")).args(["-d", &file]).run().expect(0).out(),
            text(&home, key)
        );
    }
}

#[test]
fn yaml_is_read_by_pyyaml() {
    let home = Home::new();
    for key in keys(&home) {
        let file = write(&home, key, "yaml", "key.yaml");
        let read =
            "import sys, yaml; sys.stdout.write(yaml.safe_load(open(sys.argv[1]))['privateKey'])";
        assert_eq!(python(read, [&file]).run().expect(0).out(), text(&home, key), "{key}");
    }
}

#[test]
fn json_is_read_by_jq_and_the_key_in_a_member_by_ssh2() {
    let home = Home::new();
    for key in keys(&home) {
        let file = write(&home, key, "json", "key.json");
        assert_eq!(
            jq(["-j", "."], fs::read(&file).unwrap()).run().expect(0).out(),
            text(&home, key)
        );
    }
    for (key, kind) in [
        ("rsa", "ssh-rsa"),
        ("locked", "ssh-rsa"),
        ("ec", "ecdsa-sha2-nistp256"),
        ("ed25519", "ssh-ed25519"),
    ] {
        home.sshk(["oneline", "-q", "--into", "c.json", key]).run().expect(0);
        let parse = "const key = \
            require('ssh2').utils.parseKey(require(process.argv[1]).user.privateKey, 'secret'); \
                     console.log(key instanceof Error ? key.message : (Array.isArray(key) ? \
                     key[0] : key).type)";
        assert_eq!(node(parse, [home.join("c.json")]).run().expect(0).out().trim_end(), kind);
    }
}

#[test]
fn name_sets_the_variable_or_the_member() {
    let home = Home::new();
    keys(&home);
    let first = |form: &str, name: &str| {
        oneline(&home, &["ec", "--as", form, "--name", name]).expect(0).out()[..12].to_owned()
    };
    assert_eq!(first("env", "GW_KEY"), "GW_KEY=\"----");
    assert_eq!(first("sh", "GW_KEY"), "export GW_KE");
    assert_eq!(first("yaml", "gwKey"), "gwKey: |\n  -");
    assert_eq!(first("yaml", "no"), "\"no\": |\n  --");
    assert_eq!(first("member", "gwKey"), "\"gwKey\": \"--");
    for form in ["env", "sh"] {
        let words = "sshk: error: \"gw-key\" is not a valid variable name\n\
                     sshk: hint: use only letters, digits and _: --name PRIVATE_KEY\n";
        assert_said(&oneline(&home, &["ec", "--as", form, "--name", "gw-key"]), 2, "", words);
    }
}

#[test]
fn text_that_a_form_cannot_hold_is_refused_with_a_hint_to_another_form() {
    let home = Home::new();
    keys(&home);
    let with_text = format!("it's \"the\" $KEY\t\n{}", text(&home, "ec"));
    for (form, is_taken) in
        [("env", false), ("yaml", false), ("sh", true), ("base64", true), ("json", true)]
    {
        let said = home.sshk(["oneline", "-q", "-", "--as", form]).stdin(&with_text).run();
        if is_taken {
            let back = home.sshk(["oneline", "-", "--decode"]).stdin(&said.stdout).run();
            assert_said(&back, 0, &with_text, "");
        } else {
            let words = format!(
                "sshk: error: there is text before or after the key that some readers of the \
                 {form} format reject\n\
                 sshk: hint: use --as base64\n"
            );
            assert_said(&said, 1, "", &words);
        }
    }
}
