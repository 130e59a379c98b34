//! Several destinations, and the exit status.

use super::*;
use crate::support::oracle::openssl;

fn content(keys: &[&str]) -> String {
    keys.iter().map(|key| format!("{key}\n")).collect()
}

#[test]
fn a_finding_fails_with_strict_alone_and_a_remark_never() {
    root_only!("a_finding_fails_with_strict_alone_and_a_remark_never");
    let place = Place::sshd();
    place.account.authorize(&content(&[RSA_2048]));
    let said = place.audit(["--strict"]).run().expect(0);
    assert_eq!(said.err(), format!("{}: 1 key in force, 1 remark\n", place.to()));
    place.account.authorize(&content(&[RSA_2048, RSA_1024]));
    place.audit::<&str>([]).run().expect(0);
    let said = place.audit(["--strict"]).run().expect(1);
    let last = format!(
        "sshk: error: 1 finding on {}; --strict counts that as a \
        failure",
        place.to()
    );
    assert_eq!(said.err().lines().last(), Some(&*last));
}

#[test]
fn a_key_on_several_destinations_is_reported_at_the_end() {
    root_only!("a_key_on_several_destinations_is_reported_at_the_end");
    let (one, other) = (Place::sshd(), Place::sshd());
    one.account.authorize(&format!("{ED25519} ann\n{RSA_1024}\n"));
    other.account.authorize(&format!("{RSA_2048}\nrestrict {ED25519}\n"));
    // Each account has its own password, so each one's key is used to log in.
    let key = one.home.key("ed25519", "way");
    let way = std::fs::read_to_string(key.with_extension("pub")).unwrap();
    for place in [&one, &other] {
        let file = place.account.authorized_keys();
        let before = std::fs::read_to_string(&file).unwrap();
        place.account.authorize(&format!("{before}{way}"));
    }
    one.home.know(&std::fs::read_to_string(other.home.join(".ssh/known_hosts")).unwrap());
    let run = |option: &str| {
        one.home
            .sshk(["audit", "--strict", "-i"])
            .arg(&key)
            .arg(option)
            .args([one.to(), other.to()])
            .run()
            .expect(1)
    };
    let said = run("-v");
    let end = format!(
        "ssh-ed25519 256  {FINGERPRINT}  ann\n      remark: one key can log in to 2 \
        destinations: {}, {}\n",
        one.to(),
        other.to()
    );
    assert!(said.out().contains(&end), "{}", said.out());
    assert!(
        said.err().ends_with(&format!(
            "sshk: error: 1 finding on {}; --strict counts that as a failure\n",
            one.to()
        )),
        "{}",
        said.err()
    );
    let said = run("--json");
    let objects: Vec<Value> =
        said.out().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let shared: Vec<_> = objects.iter().filter(|object| object["status"] == "shared").collect();
    assert_eq!(shared.len(), 2);
    assert_eq!(
        *shared[0],
        serde_json::json!({
            "destination": null, "destinations": [one.to(), other.to()], "status": "shared",
            "algorithm": "ssh-ed25519", "bits": 256,
            "fingerprint": FINGERPRINT, "comment": "ann",
            "findings": [{
                "kind": "shared", "level": "remark",
                "message": format!("one key can log in to 2 destinations: {}, \
                    {}", one.to(), other.to()),
            }],
        })
    );
}

#[test]
fn a_destination_that_fails_does_not_stop_the_others() {
    root_only!("a_destination_that_fails_does_not_stop_the_others");
    let place = Place::sshd();
    place.account.authorize(&content(&[ED25519]));
    let said = place.audit(["--json", "--strict", "ssh://nobody@127.0.0.1:1"]).run().expect(1);
    let mut objects: Vec<Value> =
        said.out().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    objects.sort_by_key(|object| object["status"] != "failed");
    assert_eq!(objects.len(), 2);
    assert_eq!(
        (&objects[0]["destination"], &objects[0]["error"]["kind"]),
        (&"ssh://nobody@127.0.0.1:1".into(), &"connect".into())
    );
    assert_eq!(objects[1]["status"], "in-force");
    let last: Vec<&str> = said.err().lines().rev().take(2).collect();
    assert_eq!(
        last[0],
        "sshk: hint: retry only these: sshk audit --json --strict ssh://nobody@127.0.0.1:1"
    );
    assert_eq!(
        last[1],
        "sshk: error: 1 of 2 hosts failed: ssh://nobody@127.0.0.1:1 (cannot connect to 127.0.0.1:1)"
    );
}

#[test]
fn keys_of_different_accounts_with_a_common_prime_are_reported_at_the_end() {
    root_only!("keys_of_different_accounts_with_a_common_prime_are_reported_at_the_end");
    let (one, other) = (Place::sshd(), Place::sshd());
    let prime = || {
        let digits = openssl(["prime", "-generate", "-bits", "1024"]).run().expect(0);
        digits.out().trim().parse::<num_bigint::BigUint>().unwrap()
    };
    let common = prime();
    let line = || {
        let modulus = [&[0][..], &(&common * prime()).to_bytes_be()].concat();
        let mut blob = Vec::new();
        for part in [b"ssh-rsa", &[1, 0, 1][..], &modulus] {
            blob.extend(u32::try_from(part.len()).unwrap().to_be_bytes());
            blob.extend(part);
        }
        format!("ssh-rsa {}\n", data_encoding::BASE64.encode(&blob))
    };
    let key = one.home.key("ed25519", "way");
    let way = std::fs::read_to_string(key.with_extension("pub")).unwrap();
    for place in [&one, &other] {
        place.account.authorize(&format!("{}{RSA_2048}\n{way}", line()));
    }
    one.home.know(&std::fs::read_to_string(other.home.join(".ssh/known_hosts")).unwrap());
    let run = one.home.sshk(["audit", "--strict", "--json", "-i"]).arg(&key);
    let said = run.args([one.to(), other.to()]).run().expect(1);
    let objects: Vec<Value> =
        said.out().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let weak: Vec<_> = objects.iter().filter(|object| object["status"] == "common-prime").collect();
    assert_eq!(weak.len(), 2, "{}", said.out());
    for (this, that, place) in [(weak[0], weak[1], &one), (weak[1], weak[0], &other)] {
        let finding = &this["findings"][0];
        assert_eq!(finding["kind"], "rsa-common-prime");
        assert_eq!(
            finding["message"],
            format!(
                "it has a prime number in common with the key {}, so the private keys of both can \
                 be computed; it is on {}",
                that["fingerprint"].as_str().unwrap(),
                place.to()
            )
        );
    }
    let end = format!("2 findings on {}, {}; --strict", one.to(), other.to());
    assert!(said.err().contains(&end), "{}", said.err());
}
