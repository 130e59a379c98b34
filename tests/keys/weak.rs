//! Keys that protect nothing: refused where they would be used, and named where they are shown.

use std::fs;

use crypto_primes::{Flavor, is_prime, random_prime};
use data_encoding::{BASE64, HEXLOWER};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rsa::BoxedUint;
use serde_json::Value;
use ssh_key::encoding::bigint::ConcatenatingMul;

use crate::support::Home;
use crate::support::oracle::{openssl, ssh_keygen};

/// One string of SSH's wire format (RFC 4251, section 5).
fn string(bytes: &[u8]) -> Vec<u8> {
    [&u32::try_from(bytes.len()).unwrap().to_be_bytes(), bytes].concat()
}

/// A line with a public key of these parts.
fn line(algorithm: &str, parts: &[&[u8]]) -> String {
    let mut blob = string(algorithm.as_bytes());
    parts.iter().for_each(|part| blob.extend(string(part)));
    format!("{algorithm} {} of ann\n", BASE64.encode(&blob))
}

/// The points of small order, as libsodium lists them (ge25519_has_small_order): of orders 4, 1, 8,
/// 8, 2, and 4 and 1 again as p and p + 1.
const SMALL_ORDER: [&str; 7] = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
];

#[test]
fn an_ed25519_key_of_small_order_is_refused() {
    let home = Home::new();
    for digits in SMALL_ORDER {
        for sign in [0, 0x80] {
            let mut point = HEXLOWER.decode(digits.as_bytes()).unwrap();
            point[31] |= sign;
            fs::write(home.join("key.pub"), line("ssh-ed25519", &[&point])).unwrap();
            // Nothing is looked up: the name would not resolve.
            let said = home.sshk(["copy-id", "-i", "key.pub", "nowhere.invalid"]).run().expect(1);
            let words = "the key is not safe to use: its point has a small order, so anyone can \
                log in with it, without any private key";
            assert!(said.err().contains(words), "{digits} {sign}: {}", said.err());
            let said = home.sshk(["show", "key.pub"]).run().expect(1);
            assert!(said.err().contains(words), "{digits} {sign}: {}", said.err());
        }
    }
}

#[test]
fn an_ed25519_key_of_33_bytes_is_no_key() {
    let home = Home::new();
    home.key("ed25519", "id_ed25519");
    let public = fs::read_to_string(home.ssh().join("id_ed25519.pub")).unwrap();
    let blob = BASE64.decode(public.split(' ').nth(1).unwrap().as_bytes()).unwrap();
    let point = [&blob[blob.len() - 32..], &[7]].concat();
    fs::write(home.join("long.pub"), line("ssh-ed25519", &[&point])).unwrap();
    ssh_keygen(["-l", "-f"]).arg(home.join("long.pub")).run().expect(255);
    let said = home.sshk(["show", "long.pub"]).run().expect(1);
    assert!(said.err().contains("its public key has the wrong length"), "{}", said.err());
}

/// What show says of an RSA key with this modulus and exponent.
fn shown(home: &Home, modulus: &BoxedUint, exponent: &[u8]) -> Value {
    let modulus = [&[0][..], &modulus.to_be_bytes()].concat();
    let zeros = modulus.iter().take_while(|byte| **byte == 0).count();
    // As an mpint: a zero byte only in front of a first bit that is set.
    let start = if modulus[zeros] & 0x80 == 0 { zeros } else { zeros - 1 };
    fs::write(home.join("rsa.pub"), line("ssh-rsa", &[exponent, &modulus[start..]])).unwrap();
    let said = home.sshk(["show", "--json", "rsa.pub"]).run().expect(0);
    serde_json::from_str(said.out()).unwrap()
}

#[test]
fn an_rsa_key_that_can_be_factored_is_a_problem() {
    let home = Home::new();
    let mut rng = StdRng::seed_from_u64(2);
    let mut prime = |bits| random_prime::<BoxedUint, _>(&mut rng, Flavor::Any, bits);
    let (p, q, long) = (prime(1024), prime(1024), prime(2048));
    let two = BoxedUint::from(2u8);
    let mut next = p.wrapping_add(&two);
    while !is_prime(Flavor::Any, &next) {
        next = next.wrapping_add(&two);
    }
    let kinds = |modulus: &BoxedUint, exponent: &[u8]| -> Vec<String> {
        let object = shown(&home, modulus, exponent);
        let problems = object["problems"].as_array().unwrap();
        problems.iter().map(|it| it["kind"].as_str().unwrap().to_owned()).collect()
    };
    let usual = [1, 0, 1];
    let none: [&str; 0] = [];
    assert_eq!(kinds(&p.concatenating_mul(&q), &usual), none);
    assert_eq!(kinds(&p.concatenating_mul(&next), &usual), ["rsa-close-primes"]);
    assert_eq!(kinds(&p.concatenating_mul(&p), &usual), ["rsa-modulus"]);
    assert_eq!(kinds(&long, &usual), ["rsa-modulus"]);
    assert_eq!(kinds(&long.concatenating_mul(&BoxedUint::from(7919u32)), &usual), ["rsa-modulus"]);
    assert_eq!(kinds(&p.concatenating_mul(&q), &[3]), ["rsa-exponent"]);
}

#[test]
fn the_size_of_an_rsa_key_is_that_of_ssh_keygen() {
    let home = Home::new();
    let mut rng = StdRng::seed_from_u64(3);
    for (p, q) in [(1024, 1018), (1019, 1024), (1536, 1024)] {
        let mut prime = |bits| random_prime::<BoxedUint, _>(&mut rng, Flavor::Any, bits);
        let bits = shown(&home, &prime(p).concatenating_mul(&prime(q)), &[1, 0, 1])["bits"].clone();
        let said = ssh_keygen(["-l", "-f"]).arg(home.join("rsa.pub")).run().expect(0);
        assert_eq!(said.out().split(' ').next().unwrap(), bits.to_string(), "{p} {q}");
    }
}

#[test]
fn two_rsa_keys_with_a_common_prime_are_named_when_they_are_shown_together() {
    let home = Home::new();
    let prime = || {
        let digits = openssl(["prime", "-generate", "-bits", "1024"]).run().expect(0);
        digits.out().trim().parse::<num_bigint::BigUint>().unwrap()
    };
    let (p, q, r) = (prime(), prime(), prime());
    for (name, modulus) in [("one.pub", &p * &q), ("two.pub", &p * &r)] {
        let modulus = [&[0][..], &modulus.to_bytes_be()].concat();
        fs::write(home.join(name), line("ssh-rsa", &[&[1, 0, 1], &modulus])).unwrap();
        let said = ssh_keygen(["-l", "-f"]).arg(home.join(name)).run().expect(0);
        assert!(said.out().starts_with("204"), "{}", said.out());
    }
    home.key("rsa", "good");
    let kind = "rsa-common-prime";
    let problem = |object: &Value| {
        let problems = object["problems"].as_array().unwrap().clone();
        problems.into_iter().find(|it| it["kind"] == kind).map(|it| it["message"].to_string())
    };
    let names = ["one.pub", ".ssh/good", "two.pub", ".ssh/good.pub", "one.pub"];
    let said = home.sshk(["show", "--json"]).args(names).run().expect(0);
    let found: Vec<_> =
        said.out().lines().map(|line| problem(&serde_json::from_str(line).unwrap())).collect();
    let with = |other: &str| {
        Some(format!(
            "\"it has a prime number in common with the key in \\\"{other}\\\", so the private keys \
             of both can be computed\""
        ))
    };
    assert_eq!(found, [with("two.pub"), None, with("one.pub"), None, with("two.pub")]);
    let said = home.sshk(["show", "--json", "one.pub", ".ssh/good"]).run().expect(0);
    assert!(!said.out().contains(kind), "{}", said.out());
}
