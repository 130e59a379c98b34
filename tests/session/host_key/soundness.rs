//! Host keys that are refused whatever known_hosts says: revoked by a file, too short, or so weak
//! that others can sign with them.

use std::fs;

use crypto_primes::{Flavor, is_prime, random_prime};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rsa::BoxedUint;
use rsa::pkcs1::{EncodeRsaPrivateKey, LineEnding};

use super::{ASK_THE_ADMINISTRATOR, Site};
use crate::keys::{fingerprint, public};
use crate::log_in::certify;
use crate::support::oracle::ssh_keygen;
use crate::support::process::write_private;
use crate::support::{Home, Sshd};

/// An RSA key whose primes are neighbours: its private key can be computed in no time.
fn key_with_close_primes(home: &Home) -> std::path::PathBuf {
    let mut rng = StdRng::seed_from_u64(4);
    let prime: BoxedUint = random_prime(&mut rng, Flavor::Any, 1024);
    let two = BoxedUint::from(2u8);
    let mut next = prime.wrapping_add(&two);
    while !is_prime(Flavor::Any, &next) {
        next = next.wrapping_add(&two);
    }
    let exponent = BoxedUint::from(65537u32);
    let key = rsa::RsaPrivateKey::from_p_q(prime, next, exponent).unwrap();
    let file = home.ssh().join("close");
    write_private(&file, key.to_pkcs1_pem(LineEnding::LF).unwrap().as_bytes());
    let public = ssh_keygen(["-y", "-f"]).arg(&file).run().expect(0).out().to_owned();
    fs::write(file.with_extension("pub"), public).unwrap();
    file
}

#[test]
fn a_host_key_that_others_can_sign_with_is_refused_even_if_it_is_known() {
    let home = Home::new();
    let host_key = key_with_close_primes(&home);
    let site = Site::with_key(home, &host_key);
    // ssh does not look.
    assert_eq!(site.ssh(&[]).code(), 0);
    let said = site.sshk(&["StrictHostKeyChecking=no"]).run().expect(255).err().to_owned();
    let message = format!(
        "host key is not safe: the server presented RSA {}, and its two primes are too close to \
        each other, so its private key can be computed; nothing was sent",
        fingerprint(&host_key)
    );
    assert_eq!(said, site.refusal(&message, ASK_THE_ADMINISTRATOR));
}

#[test]
fn an_rsa_host_key_below_required_rsa_size_is_refused() {
    let home = Home::new();
    let host_key = home.ssh().join("host");
    ssh_keygen(["-q", "-t", "rsa", "-b", "2048", "-N", "", "-f"]).arg(&host_key).run().expect(0);
    let site = Site::with_key(home, &host_key);
    assert_eq!(site.both(&["RequiredRSASize=2048"], true), "");
    let said = site.both(&["RequiredRSASize=3072"], false);
    let message = "the server's RSA host key has 2048 bits, but RequiredRSASize is 3072; nothing \
        was sent";
    assert!(said.starts_with(&format!("sshk: error: {}: {message}\n", site.destination())));
}

#[test]
fn revoked_host_keys_are_refused_by_lists_and_krls() {
    let site = Site::new();
    let (list, krl) = (site.home.join("list"), site.home.join("krl"));
    fs::write(&list, format!("# gone\n{}", site.line("").trim_start())).unwrap();
    let option = |file: &std::path::Path| format!("RevokedHostKeys={}", file.display());
    let host_key = site.home.join("host.pub");
    fs::write(&host_key, site.sshd.host_key("ed25519")).unwrap();
    let refusal = |file: &std::path::Path| {
        let message = format!(
            "host key is revoked: the server presented ED25519 {}, which RevokedHostKeys {file:?} \
            revokes; nothing was sent",
            fingerprint(&host_key)
        );
        site.refusal(&message, ASK_THE_ADMINISTRATOR)
    };
    assert_eq!(site.both(&[&option(&list)], false), refusal(&list));
    for form in ["key", "sha1", "sha256"] {
        let specification = site.home.join("specification");
        fs::write(&specification, format!("{form}: {}\n", site.sshd.host_key("ed25519"))).unwrap();
        ssh_keygen(["-q", "-k", "-f"]).arg(&krl).arg(specification).run().expect(0);
        // StrictHostKeyChecking does not matter here.
        let options = [&option(&krl), "StrictHostKeyChecking=no"];
        assert_eq!(site.both(&options, false), refusal(&krl), "{form}");
    }
    // Another key of the server is not revoked.
    let rsa = ["HostKeyAlgorithms=rsa-sha2-512", &option(&krl)];
    site.know(&format!("{} {}\n", site.name(), site.sshd.host_key("rsa")));
    assert_eq!(site.both(&rsa, true), "");
    assert_eq!(site.both(&["RevokedHostKeys=none"], true), "");
}

#[test]
fn a_krl_revokes_the_certificate_of_a_host_by_its_serial() {
    let home = Home::new();
    let (ca, host_key) = (home.key("ed25519", "ca"), home.key("ed25519", "host"));
    let certificate = certify(&ca, &host_key, &["-h", "-n", "127.0.0.1", "-z", "7"]);
    let sshd = Sshd::builder()
        .line(&format!("HostKey {}", host_key.display()))
        .line(&format!("HostCertificate {}", certificate.display()))
        .start();
    let key = home.key("ed25519", "id");
    sshd.authorize(&public(&key));
    let site = Site { home, sshd, key, address: "127.0.0.1" };
    site.know(&format!("@cert-authority * {}", public(&ca)));
    let krl = |serial: &str| {
        let (krl, specification) = (site.home.join("krl"), site.home.join("specification"));
        fs::write(&specification, format!("serial: {serial}\n")).unwrap();
        let run = ssh_keygen(["-q", "-k", "-s"]).arg(ca.with_extension("pub")).arg("-f");
        run.arg(&krl).arg(specification).run().expect(0);
        format!("RevokedHostKeys={}", krl.display())
    };
    assert_eq!(site.both(&[&krl("8")], true), "");
    let said = site.both(&[&krl("5-7")], false);
    assert!(said.contains("host key is revoked: the server presented ED25519 "), "{said}");
    // A list revokes what an authority in it has signed.
    let list = format!("RevokedHostKeys={}", ca.with_extension("pub").display());
    let said = site.both(&[&list], false);
    assert!(said.contains("host key is revoked: the server presented ED25519 "), "{said}");
}

#[test]
fn a_file_of_revoked_host_keys_that_cannot_be_used_refuses_every_host() {
    let site = Site::new();
    let bad = site.home.join("bad");
    fs::write(&bad, "garbage\n").unwrap();
    let said = site.both(&[&format!("RevokedHostKeys={}", bad.display())], false);
    let message = format!(
        "cannot use RevokedHostKeys {bad:?}: its line 1 is not a public key; the host key was not \
        checked"
    );
    let hint = format!("fix or remove the line: sed -n 1p {}", bad.display());
    assert_eq!(said, site.refusal(&message, &hint));
    let missing = site.home.join("missing");
    let said = site.both(&[&format!("RevokedHostKeys={}", missing.display())], false);
    let message =
        format!("cannot read {missing:?}: no such file or directory; the host key was not checked");
    assert!(said.starts_with(&format!("sshk: error: {}: {message}\n", site.destination())));
    assert_eq!(site.both(&["RevokedHostKeys=/dev/null"], true), "");
}
