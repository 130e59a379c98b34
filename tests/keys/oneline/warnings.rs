//! Lines that are printed although they will not work or are not stored safely: a warning on
//! stderr, with the fix.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::{PEM, made, oneline};
use crate::support::Home;
use crate::support::oracle::{jq, node, openssl};
use crate::support::process::write_private;

/// Prints `taken` or why ssh2 rejects the file.
const PARSE: &str = "const key = \
    require('ssh2').utils.parseKey(require('fs').readFileSync(process.argv[1]), 'secret'); \
                     console.log(key instanceof Error ? key.message : 'taken')";

fn is_taken(file: &Path) -> bool {
    node(PARSE, [file]).run().expect(0).out() == "taken\n"
}

/// Has openssl write a file that only its owner can read.
fn by_openssl(home: &Home, name: &str, args: &[&str]) {
    write_private(&home.join(name), openssl(args).current_dir(home.path()).run().expect(0).out());
}

#[test]
fn a_key_that_webssh2_rejects_gets_a_warning_and_a_fix() {
    let home = Home::new();
    made(&home, "rsa", "", &PEM);
    by_openssl(&home, "pkcs8", &["pkcs8", "-topk8", "-nocrypt", "-in", "rsa"]);
    by_openssl(
        &home,
        "pkcs8 locked",
        &["pkcs8", "-topk8", "-passout", "pass:secret", "-in", "rsa"],
    );
    by_openssl(
        &home,
        "pkcs8_ec",
        &["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
    );
    by_openssl(&home, "pkcs8_ed25519", &["genpkey", "-algorithm", "ed25519"]);
    made(
        &home,
        "chacha",
        "secret",
        &["-t", "ed25519", "-a", "1", "-Z", "chacha20-poly1305@openssh.com"],
    );
    by_openssl(&home, "parameters", &["ecparam", "-name", "prime256v1", "-genkey"]);
    write_private(
        &home.join("after"),
        fs::read_to_string(home.join("rsa")).unwrap() + "made on Monday\n",
    );
    let around = "there is text before or after the key";
    for (name, why, format) in [
        ("pkcs8", "it does not read PKCS#8", "pem"),
        ("pkcs8 locked", "it does not read PKCS#8", "openssh"),
        ("pkcs8_ec", "it does not read PKCS#8", "pem"),
        ("pkcs8_ed25519", "it does not read PKCS#8", "openssh"),
        ("chacha", "it cannot decrypt chacha20-poly1305", "openssh"),
        ("parameters", around, "pem"),
        ("after", around, "pem"),
    ] {
        assert!(!is_taken(&home.join(name)), "{name}");
        let said = oneline(&home, &[name]);
        let quoted = |name: String| if name.contains(' ') { format!("'{name}'") } else { name };
        let (from, to) = (quoted(name.into()), quoted(format!("{name}.{format}")));
        let mend = format!("sshk convert {from} -m {format} -f {to}");
        let is_locked = ["pkcs8 locked", "chacha"].contains(&name);
        let advice = if is_locked { super::LOCKED } else { "" };
        let refused = format!("{advice}sshk: warning: WebSSH2 will not accept this key: {why}\n");
        assert_eq!(
            (said.code(), said.err()),
            (0, format!("{refused}sshk: hint: make a copy that it accepts: {mend}\n").as_str()),
            "{name}"
        );
        let text = fs::read(home.join(name)).unwrap();
        assert_eq!(
            said.out(),
            format!("\"privateKey\": {}", jq(["-Rs", "."], &text).run().out()),
            "{name}"
        );
        let quiet = oneline(&home, &["-q", name]);
        assert_eq!((quiet.code(), quiet.out(), quiet.err()), (0, said.out(), ""), "{name}");

        let stdin = home.sshk(["oneline", "-"]).stdin(&text).run().expect(0);
        let hint = format!(
            "save the key to a file, and convert it with the option -m {format} of sshk convert"
        );
        assert_eq!(stdin.err(), format!("{refused}sshk: hint: {hint}\n"), "{name}");
        // Pasted.
        let pasted = mend.replacen("sshk", "\"$0\"", 1);
        home.run("/bin/sh")
            .env("SSHK_PASSPHRASE", "secret")
            .args(["-c", &pasted, env!("CARGO_BIN_EXE_sshk")])
            .run()
            .expect(0);
        let copy = format!("{name}.{format}");
        assert!(is_taken(&home.join(&copy)), "{name}");
        assert_eq!(oneline(&home, &[&copy]).expect(0).err(), advice, "{name}");
    }
}

#[test]
fn a_key_that_others_can_read_is_printed_with_a_warning() {
    let home = Home::new();
    let key = made(&home, "a key", "", &["-t", "ed25519"]);
    let expected = oneline(&home, &["a key"]).expect(0);
    assert_eq!(expected.err(), "");
    for mode in [0o640, 0o604, 0o660, 0o777] {
        fs::set_permissions(&key, fs::Permissions::from_mode(mode)).unwrap();
        let said = oneline(&home, &["a key"]);
        let words = format!(
            "sshk: warning: \"a key\": permissions 0{mode:o} are too open: others can access this \
             private key, so ssh ignores it\n\
             sshk: hint: chmod 600 'a key'\n"
        );
        assert_eq!((said.code(), said.out(), said.err()), (0, expected.out(), words.as_str()));
    }
}
