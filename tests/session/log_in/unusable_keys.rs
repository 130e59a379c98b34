//! Keys and files that ssh logs in with and that were refused here.

use std::fs;
use std::path::Path;

use crate::keys::{public, with};
use crate::log_in::{Site, certify, text};
use crate::support::oracle::{openssl, ssh_keygen};
use crate::support::process::write_private;
use crate::support::{Home, Run, Sshd, program};

/// Writes an RSA key of these primes in PEM, and the `.pub` next to it.
const OF_PRIMES: &str = r#"
import base64, sys
p, q = sorted(map(int, sys.argv[1:3]), reverse=True)
e, n = 65537, p * q
d = pow(e, -1, (p - 1) * (q - 1))
def der(tag, body):
    size = len(body)
    octets = size.to_bytes((size.bit_length() + 7) // 8, 'big')
    head = bytes([size]) if size < 128 else bytes([0x80 + len(octets)]) + octets
    return bytes([tag]) + head + body
numbers = [0, n, e, d, p, q, d % (p - 1), d % (q - 1), pow(q, -1, p)]
body = b''.join(der(2, x.to_bytes(x.bit_length() // 8 + 1, 'big')) for x in numbers)
text = base64.encodebytes(der(0x30, body)).decode()
print('-----BEGIN RSA PRIVATE KEY-----\n' + text + '-----END RSA PRIVATE KEY-----')
"#;

fn prime(bits: &str) -> String {
    openssl(["prime", "-generate", "-bits", bits]).run().expect(0).out().trim().to_owned()
}

fn key_of_uneven_primes(file: &Path) {
    let (p, q) = (prime("1200"), prime("848"));
    let made = Run::new(program("python3")).args(["-c", OF_PRIMES, &p, &q]).run().expect(0);
    write_private(file, made.out());
    let line = ssh_keygen(["-y", "-f"]).arg(file).run().expect(0);
    fs::write(with(file, ".pub"), line.out()).unwrap();
}

#[test]
fn an_rsa_key_whose_primes_differ_in_size_logs_in() {
    let site = Site::plain();
    let key = site.home.ssh().join("uneven");
    key_of_uneven_primes(&key);
    site.sshd.authorize(&public(&key));
    let said = site.connect(&["-i", text(&key)]).run().expect(0);
    assert_eq!((said.out(), said.err()), ("in\n", ""));
    site.test(&["-i", text(&key)]).run().expect(0);
}

#[test]
fn a_pub_file_that_holds_the_certificate_of_its_key_logs_in_as_with_ssh() {
    let home = Home::new();
    let ca = home.key("ed25519", "ca");
    let sshd = Sshd::builder().line(&format!("TrustedUserCAKeys {}.pub", ca.display())).start();
    home.know(&sshd.known_hosts());
    let site = Site { home, sshd };
    let key = site.home.key("ed25519", "id");
    let certificate = certify(&ca, &key, &["-n", site.sshd.user()]);
    fs::rename(&certificate, with(&key, ".pub")).unwrap();
    let ssh = site.sshd.ssh(site.sshd.user()).key(&key).command("echo in").run();
    assert_eq!(ssh.expect(0).out(), "in\n");
    let said = site.connect(&["-i", text(&key)]).run().expect(0);
    assert_eq!((said.out(), said.err()), ("in\n", ""));
    let said = site.test(&["-i", text(&key)]).run().expect(0);
    assert!(said.err().contains("certificate"), "{}", said.err());
    // A certificate for another key is not this key's.
    let other = site.home.key("ed25519", "other");
    fs::copy(with(&key, ".pub"), with(&other, ".pub")).unwrap();
    let said = site.test(&["-i", text(&other)]).run().expect(1);
    assert!(said.err().contains("this is not the public key of"), "{}", said.err());
}
