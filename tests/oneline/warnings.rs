//! Lines that are printed although they will not serve, or should not lie where they do: said on stderr, with what mends it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::support::Home;
use super::support::oracle::{jq, node, openssl};
use super::support::process::write_private;
use super::{PEM, made, oneline};

/// Prints `taken` or what ssh2 has against the file.
const PARSE: &str = "const key = require('ssh2').utils.parseKey(require('fs').readFileSync(process.argv[1]), 'secret'); \
                     console.log(key instanceof Error ? key.message : 'taken')";

fn is_taken(file: &Path) -> bool {
    node(PARSE, [file]).run().expect(0).out() == "taken\n"
}

/// Makes a file by openssl, of which only the owner can know.
fn by_openssl(home: &Home, name: &str, args: &[&str]) {
    write_private(&home.join(name), openssl(args).current_dir(home.path()).run().expect(0).out());
}

#[test]
fn what_webssh2_does_not_take_is_named_with_what_mends_it() {
    let home = Home::new();
    made(&home, "rsa", "", &PEM);
    let mut cases = vec![("pkcs8", "it has no PKCS#8", ""), ("pkcs8 locked", "it has no PKCS#8", ""), ("pkcs8_ec", "it has no PKCS#8", "")];
    by_openssl(&home, "pkcs8", &["pkcs8", "-topk8", "-nocrypt", "-in", "rsa"]);
    by_openssl(&home, "pkcs8 locked", &["pkcs8", "-topk8", "-passout", "pass:secret", "-in", "rsa"]);
    by_openssl(&home, "pkcs8_ec", &["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]);
    by_openssl(&home, "pkcs8_ed25519", &["genpkey", "-algorithm", "ed25519"]);
    cases.push(("pkcs8_ed25519", "it has no PKCS#8", " (OpenSSH 9.6 or later)"));
    made(&home, "chacha", "secret", &["-t", "ed25519", "-a", "1", "-Z", "chacha20-poly1305@openssh.com"]);
    cases.push(("chacha", "it cannot open the cipher chacha20-poly1305", ""));
    by_openssl(&home, "parameters", &["ecparam", "-name", "prime256v1", "-genkey"]);
    write_private(&home.join("after"), fs::read_to_string(home.join("rsa")).unwrap() + "made on Monday\n");
    cases.extend(["parameters", "after"].map(|name| (name, "something stands before or after the key", "")));

    for (name, why, needs) in cases {
        assert!(!is_taken(&home.join(name)), "{name}");
        let said = oneline(&home, &[name]);
        let (from, to) =
            if name.contains(' ') { (format!("'{name}'"), format!("'{name}.pem'")) } else { (name.into(), format!("{name}.pem")) };
        let mend = format!("cp {from} {to} && ssh-keygen -p -m PEM -f {to}");
        let words = format!("sshk: warning: WebSSH2 will not take this key: {why}\nsshk: hint: for a copy that it takes{needs}: {mend}\n");
        assert_eq!((said.code(), said.err()), (0, words.as_str()), "{name}");
        let text = fs::read(home.join(name)).unwrap();
        assert_eq!(said.out(), format!("\"privateKey\": {}", jq(["-Rs", "."], &text).run().out()), "{name}");
        let quiet = oneline(&home, &["-q", name]);
        assert_eq!((quiet.code(), quiet.out(), quiet.err()), (0, said.out(), ""), "{name}");

        let stdin = home.sshk(["oneline", "-"]).stdin(&text).run().expect(0);
        let hint = "for a form that it takes, save the key as a file and run: ssh-keygen -p -m PEM -f FILE";
        assert_eq!(stdin.err(), format!("sshk: warning: WebSSH2 will not take this key: {why}\nsshk: hint: {hint}\n"), "{name}");
        if needs.is_empty() {
            // Pasted, with the answers that ssh-keygen would ask for.
            home.run("/bin/sh").args(["-c", &format!("{mend} -P secret -N secret")]).run().expect(0);
            assert!(is_taken(&home.join(format!("{name}.pem"))), "{name}");
            let mended = oneline(&home, &[&format!("{name}.pem")]);
            assert_eq!((mended.code(), mended.err()), (0, ""), "{name}");
        }
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
            "sshk: warning: \"a key\": permissions 0{mode:o} are too open: others can reach this private key, and ssh will not use it\n\
             sshk: hint: chmod 600 'a key'\n"
        );
        assert_eq!((said.code(), said.out(), said.err()), (0, expected.out(), words.as_str()));
    }
}
