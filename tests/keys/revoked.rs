//! Files of revoked keys, compared with `ssh-keygen -Q`, which asks OpenSSH's own reader.

use std::fs;
use std::path::{Path, PathBuf};

use ssh_key::{Certificate, PublicKey};
use sshk::keys::revoked::{Malformed, RevokedKeys};

use crate::support::Home;
use crate::support::oracle::ssh_keygen;

/// Three keys, and certificates for the first of them by two authorities.
struct Keys {
    home: Home,
}

impl Keys {
    fn new() -> Self {
        let home = Home::new();
        for name in ["one", "two", "ca", "other-ca"] {
            home.key("ed25519", name);
        }
        home.key("rsa", "three");
        let keys = Self { home };
        for (ca, serial, id) in [
            ("ca", 0, "unnumbered"),
            ("ca", 1, "web1"),
            ("ca", 7, "web7"),
            ("ca", 40, "web40"),
            ("ca", u64::MAX, "last"),
            ("other-ca", 7, "web7"),
        ] {
            let key = keys.home.ssh().join(format!("{ca}-{serial}"));
            fs::copy(keys.file("one").with_extension("pub"), key.with_extension("pub")).unwrap();
            ssh_keygen(["-q", "-h", "-I", id, "-z", &serial.to_string(), "-s"])
                .arg(keys.file(ca))
                .arg(key.with_extension("pub"))
                .run()
                .expect(0);
            // Only the certificate counts.
            fs::remove_file(key.with_extension("pub")).unwrap();
        }
        keys
    }

    fn file(&self, name: &str) -> PathBuf {
        self.home.ssh().join(name)
    }

    fn write(&self, name: &str, content: &str) -> PathBuf {
        let file = self.home.join(name);
        fs::write(&file, content).unwrap();
        file
    }

    /// A KRL of this specification (ssh-keygen(1), KEY REVOCATION LISTS).
    fn krl(&self, specification: &str, options: &[&str]) -> PathBuf {
        let (krl, list) = (self.home.join("krl"), self.write("specification", specification));
        let made = ssh_keygen(["-q", "-k", "-f"]).arg(&krl).args(options).arg(list).run();
        made.expect(0);
        krl
    }

    fn public(&self, name: &str) -> String {
        fs::read_to_string(self.file(name).with_extension("pub")).unwrap()
    }

    /// The names of all keys and certificates that a KRL revokes; ssh-keygen must say the same.
    #[track_caller]
    fn revoked_by(&self, krl: &Path) -> Vec<String> {
        let names = self.revoked_by_file(krl);
        for found in crate::support::home::names(&self.home.ssh()) {
            let Some(name) = found.strip_suffix(".pub") else { continue };
            let asked = ssh_keygen(["-Q", "-f"]).arg(krl).arg(self.home.ssh().join(&found)).run();
            let ours = names.iter().any(|own| own == name);
            assert_eq!(ours, asked.code() == 1, "{name}: ssh-keygen says {}", asked.out());
        }
        names
    }

    /// The same by our reader alone, which reads lists too; `ssh-keygen -Q` does not.
    fn revoked_by_file(&self, file: &Path) -> Vec<String> {
        let revoked = RevokedKeys::parse(&fs::read(file).unwrap()).unwrap();
        let mut names = Vec::new();
        for found in crate::support::home::names(&self.home.ssh()) {
            let Some(name) = found.strip_suffix(".pub") else { continue };
            let text = fs::read_to_string(self.home.ssh().join(&found)).unwrap();
            let ours = match text.parse::<Certificate>() {
                Ok(certificate) => revoked.holds_certificate(&certificate),
                Err(_) => {
                    revoked.holds_key(&text.parse::<PublicKey>().unwrap().to_bytes().unwrap())
                }
            };
            if ours {
                names.push(name.to_owned());
            }
        }
        names.sort();
        names
    }
}

const CERTIFICATES: [&str; 6] = [
    "ca-0-cert",
    "ca-1-cert",
    "ca-18446744073709551615-cert",
    "ca-40-cert",
    "ca-7-cert",
    "other-ca-7-cert",
];

fn with<'a>(names: &[&'a str]) -> Vec<&'a str> {
    let mut all = [&CERTIFICATES[..], names].concat();
    all.sort_unstable();
    all
}

#[test]
fn a_krl_revokes_what_ssh_keygen_says() {
    let keys = Keys::new();
    let one = keys.public("one");
    // An explicit key, and its hashes; with it every certificate for it.
    for form in ["key: ", "sha1: ", "sha256: "] {
        let krl = keys.krl(&format!("{form}{one}{form}{}", keys.public("three")), &[]);
        assert_eq!(keys.revoked_by(&krl), with(&["one", "three"]), "{form}");
    }
    assert_eq!(keys.revoked_by(&keys.krl("", &[])), [""; 0]);
    let ca = keys.file("ca.pub");
    let by_ca = ["-s", ca.to_str().unwrap()];
    for (specification, expected) in [
        ("serial: 7\n", &["ca-7-cert"][..]),
        ("serial: 2-39\n", &["ca-7-cert"]),
        ("serial: 1-40\n", &["ca-1-cert", "ca-40-cert", "ca-7-cert"]),
        // Few numbers close together become a bitmap, scattered ones a list.
        ("serial: 1\nserial: 3\nserial: 5\nserial: 7\nserial: 9\n", &["ca-1-cert", "ca-7-cert"]),
        ("serial: 40\nserial: 100000\nserial: 9000000\n", &["ca-40-cert"]),
        ("serial: 18446744073709551615\n", &["ca-18446744073709551615-cert"]),
        ("id: web40\n", &["ca-40-cert"]),
        ("id: unnumbered\n", &["ca-0-cert"]),
        ("id: web\n", &[]),
    ] {
        assert_eq!(keys.revoked_by(&keys.krl(specification, &by_ca)), expected, "{specification}");
    }
    // Of every authority.
    let krl = keys.krl("id: web7\n", &["-s", "none"]);
    assert_eq!(keys.revoked_by(&krl), ["ca-7-cert", "other-ca-7-cert"]);
    // The authority itself.
    let krl = keys.krl(&format!("key: {}", keys.public("other-ca")), &[]);
    assert_eq!(keys.revoked_by(&krl), ["other-ca", "other-ca-7-cert"]);
}

#[test]
fn a_list_of_public_keys_revokes_them_and_what_they_signed() {
    let keys = Keys::new();
    let list = keys
        .write("list", &format!("# gone\n\n\t {}{}", keys.public("two"), keys.public("other-ca")));
    assert_eq!(keys.revoked_by_file(&list), ["other-ca", "other-ca-7-cert", "two"]);
    // A certificate stands for its key.
    let list = keys.write("list", &keys.public("ca-7-cert"));
    assert_eq!(keys.revoked_by_file(&list), with(&["one"]));
}

#[test]
fn a_file_that_is_not_understood_to_its_end_is_refused() {
    let keys = Keys::new();
    let one = keys.public("one");
    for (text, line) in [
        (format!("{one}garbage\n"), 2),
        (format!("# list\ncommand=\"x\" {one}"), 2),
        (format!("{}\n", one.replace("AAAA", "AAA!")), 1),
        ("\r\n".into(), 1),
    ] {
        assert_eq!(RevokedKeys::parse(text.as_bytes()).unwrap_err(), Malformed::Line(line));
    }
    let krl = fs::read(keys.krl(&format!("key: {one}"), &[])).unwrap();
    for end in 8..krl.len() {
        // Behind the header, a file may end: it then has no sections.
        if let Ok(revoked) = RevokedKeys::parse(&krl[..end]) {
            let blob = one.parse::<PublicKey>().unwrap().to_bytes().unwrap();
            assert!(!revoked.holds_key(&blob) && end < krl.len() - blob.len(), "{end}");
        }
    }
    let section = |kind: u8, content: &[u8]| {
        let length = u32::try_from(content.len()).unwrap().to_be_bytes();
        [&krl[..], &[kind], &length, content].concat()
    };
    let extension = |critical: u8| [&b"\0\0\0\x01x"[..], &[critical], b"\0\0\0\0"].concat();
    RevokedKeys::parse(&section(255, &extension(0))).unwrap();
    for bad in [section(255, &extension(1)), section(6, b""), section(1, b"\0\0\0\0")] {
        assert!(matches!(RevokedKeys::parse(&bad), Err(Malformed::Krl(_))));
    }
    let mut other = krl.clone();
    other[11] = 2;
    let error = RevokedKeys::parse(&other).unwrap_err();
    assert_eq!(error.to_string(), "it is a KRL that is of an unknown version");
}
