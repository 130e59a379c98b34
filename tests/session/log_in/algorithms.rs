//! Which keys are offered, with which signatures, in which order, and how often:
//! PubkeyAcceptedAlgorithms and related keywords.

use std::fs;
use std::path::PathBuf;

use crate::keys::{fingerprint, public};
use crate::log_in::{Site, text};
use crate::support::oracle::ssh_keygen;
use crate::support::{Account, Agent, Home, Sshd, root_only};

fn rsa(home: &Home, name: &str, bits: &str) -> PathBuf {
    let file = home.ssh().join(name);
    ssh_keygen(["-q", "-t", "rsa", "-b", bits, "-N", "", "-C", "", "-f"])
        .arg(&file)
        .run()
        .expect(0);
    file
}

/// A server like old ones: SHA-1 or nothing.
#[test]
fn sha_1_signatures_are_made_only_if_allowed() {
    let (site, agent) = (
        Site::new(Sshd::builder().line("PubkeyAcceptedAlgorithms ssh-rsa").start()),
        Agent::start(),
    );
    // The file's key has 2048 bits; 1024 bits are fewer than ring supports.
    for bits in ["2048", "1024"] {
        let key = rsa(&site.home, &format!("id{bits}"), bits);
        site.sshd.authorize(&public(&key));
        site.connect(&["-i", text(&key)]).run().expect(255);
        for list in ["+ssh-rsa", "ssh-rsa"] {
            let allowed = format!("PubkeyAcceptedAlgorithms={list}");
            assert_eq!(
                site.connect(&["-i", text(&key), "-o", &allowed]).run().expect(0).out(),
                "in\n"
            );
            let said = site.test(&["-i", text(&key), "-o", &allowed]).run().expect(0);
            assert!(
                said.err().contains(&format!("logged in with {} (ssh-rsa) to ", fingerprint(&key))),
                "{}",
                said.err()
            );
        }
    }
    let key = rsa(&site.home, "held", "2048");
    site.sshd.authorize(&public(&key));
    agent.add(&key);
    fs::remove_file(&key).unwrap();
    let run = |options: &[&str]| site.connect(options).env("SSH_AUTH_SOCK", agent.socket()).run();
    run(&[]).expect(255);
    assert_eq!(run(&["-o", "PubkeyAcceptedAlgorithms=+ssh-rsa"]).expect(0).out(), "in\n");
}

#[test]
fn the_configuration_chooses_the_hash() {
    for (list, taken) in [
        ("rsa-sha2-256", "rsa-sha2-256"),
        ("^rsa-sha2-256", "rsa-sha2-256"),
        ("-rsa-sha2-512", "rsa-sha2-256"),
        ("rsa-*", "rsa-sha2-512"),
    ] {
        let (site, agent) = (
            Site::new(Sshd::builder().line(&format!("PubkeyAcceptedAlgorithms {taken}")).start()),
            Agent::start(),
        );
        let key = rsa(&site.home, "id", "2048");
        site.sshd.authorize(&public(&key));
        let list = format!("PubkeyAcceptedAlgorithms={list}");
        let said = site.test(&["-i", text(&key), "-o", &list]).run().expect(0);
        assert!(said.err().contains(&format!("({taken})")), "{}", said.err());
        agent.add(&key);
        fs::remove_file(&key).unwrap();
        let said = site
            .test(&["-i", text(&key), "-o", &list])
            .env("SSH_AUTH_SOCK", agent.socket())
            .run()
            .expect(0);
        assert!(said.err().contains(&format!("({taken})")), "{}", said.err());
    }
}

/// Above 4096 bits another library signs.
#[test]
fn long_rsa_keys_sign_too() {
    let site = Site::plain();
    let key = rsa(&site.home, "id", "5120");
    site.sshd.authorize(&public(&key));
    for hash in ["rsa-sha2-512", "rsa-sha2-256"] {
        let list = format!("PubkeyAcceptedAlgorithms={hash}");
        let said = site.test(&["-i", text(&key), "-o", &list]).run().expect(0);
        assert!(said.err().contains(&format!("({hash})")), "{}", said.err());
    }
}

#[test]
fn keys_that_may_not_be_offered_are_reported_and_not_offered() {
    let (site, agent) = (Site::plain(), Agent::start());
    let (small, good) = (rsa(&site.home, "small", "2048"), site.home.key("ed25519", "good"));
    site.sshd.authorize(&(public(&small) + &public(&good)));
    let good_too = format!("IdentityFile={}", good.display());
    for (option, why) in [
        (
            "PubkeyAcceptedAlgorithms=ssh-ed25519",
            "PubkeyAcceptedAlgorithms does not allow rsa-sha2-512",
        ),
        ("PubkeyAcceptedAlgorithms=-rsa-*", "PubkeyAcceptedAlgorithms does not allow rsa-sha2-512"),
        ("RequiredRSASize=3072", "it has 2048 bits, but RequiredRSASize is 3072"),
    ] {
        let said = site
            .connect(&["-v", "-i", text(&small), "-o", &good_too, "-o", option])
            .run()
            .expect(0);
        let note = format!("{}: the key {small:?} is not offered: {why}\n", site.destination());
        assert!(said.err().contains(&note), "{}", said.err());
        let said = site.test(&["-i", text(&small), "-o", option]).run().expect(1);
        let refused = format!(
            "sshk: error: {}: the key {} was not offered: {why}\n",
            site.destination(),
            fingerprint(&small)
        );
        assert_eq!(said.err(), refused);
    }
    agent.add(&small);
    let run =
        |option: &str| site.connect(&["-o", option]).env("SSH_AUTH_SOCK", agent.socket()).run();
    let said = run("RequiredRSASize=3072").expect(255);
    assert!(
        said.err().contains("the key \"test@house\" is not offered: it has 2048 bits")
            || said.err().contains("it has 2048 bits")
    );
    run("RequiredRSASize=2048").expect(0);
    assert!(!site.sshd.log().contains("Failed publickey"), "{}", site.sshd.log());
}

/// The named key comes before five other keys of the agent, and before the password.
#[test]
fn the_named_key_is_the_first_of_few_tries() {
    root_only!("the_named_key_is_the_first_of_few_tries");
    for tries in [1, 2, 6] {
        let sshd = Sshd::for_accounts().pam().line(&format!("MaxAuthTries {tries}")).start();
        let (home, account, agent) = (Home::new(), Account::new("/bin/bash"), Agent::start());
        for number in 0..5 {
            agent.add(&home.key("ed25519", &format!("stranger{number}")));
        }
        let key = home.key("ed25519", "mine");
        account.authorize(&public(&key));
        agent.add(&key);
        home.know(&sshd.known_hosts());
        let to = format!("ssh://{}@127.0.0.1:{}", account.name(), sshd.port());
        let connect = |options: &[&str]| {
            let run = home.sshk(["connect", "-F", "none"]).args(options).args([&to, "echo in"]);
            run.env("SSH_AUTH_SOCK", agent.socket()).env("SSHK_PASSWORD", account.password()).run()
        };
        assert_eq!(connect(&["-i", text(&key)]).expect(0).out(), "in\n", "{tries} tries");
        sshd.wait_for_log("Accepted publickey");
        assert!(!sshd.log().contains("Failed "), "{tries} tries: {}", sshd.log());
        // Not named: after the other keys the password still logs in, on its own connection if
        // necessary.
        assert_eq!(connect(&[]).expect(0).out(), "in\n", "{tries} tries");
        assert!(!sshd.log().contains("Failed password"), "{tries} tries: {}", sshd.log());
    }
}

#[test]
fn the_configuration_orders_the_methods() {
    root_only!("the_configuration_orders_the_methods");
    let sshd = Sshd::for_accounts().pam().start();
    let (home, account) = (Home::new(), Account::new("/bin/bash"));
    let key = home.key("ed25519", "id_ed25519");
    account.authorize(&public(&key));
    home.know(&sshd.known_hosts());
    let to = format!("ssh://{}@127.0.0.1:{}", account.name(), sshd.port());
    for (option, accepted) in [
        ("PreferredAuthentications=password,publickey", "Accepted password"),
        ("PreferredAuthentications=keyboard-interactive", "Accepted keyboard-interactive/pam"),
        ("PubkeyAuthentication=no", "Accepted keyboard-interactive/pam"),
        ("BatchMode=no", "Accepted publickey"),
    ] {
        let before = sshd.log().matches(accepted).count();
        let run = home
            .sshk(["connect", "-F", "none", "-o", option, &to, "echo in"])
            .env("SSHK_PASSWORD", account.password());
        assert_eq!(run.run().expect(0).out(), "in\n", "{option}");
        assert_eq!(sshd.log().matches(accepted).count(), before + 1, "{option}: {}", sshd.log());
    }
    let said = home
        .sshk([
            "connect",
            "-F",
            "none",
            "-o",
            "PubkeyAuthentication=no",
            "-o",
            "BatchMode=yes",
            &to,
            "true",
        ])
        .run()
        .expect(255);
    assert!(
        said.err().contains("permission denied; tried nothing; it accepts publickey"),
        "{}",
        said.err()
    );
}

#[test]
fn the_configuration_names_the_agent() {
    let (site, agent) = (Site::plain(), Agent::start());
    let key = site.home.key("ed25519", "elsewhere");
    site.sshd.authorize(&public(&key));
    agent.add(&key);
    fs::remove_file(&key).unwrap();
    let socket = agent.socket();
    let named = format!("IdentityAgent={}", socket.display());
    // By path, with nothing in the environment; by another variable; by SSH_AUTH_SOCK.
    site.connect(&["-o", &named]).run().expect(0);
    site.connect(&["-o", "IdentityAgent=$MY_AGENT"]).env("MY_AGENT", &socket).run().expect(0);
    site.connect(&["-o", "IdentityAgent=SSH_AUTH_SOCK"])
        .env("SSH_AUTH_SOCK", &socket)
        .run()
        .expect(0);
    for option in ["IdentityAgent=none", "IdentityAgent=$MY_AGENT", "IdentitiesOnly=yes"] {
        site.connect(&["-o", option]).env("SSH_AUTH_SOCK", &socket).run().expect(255);
    }
    // The same for a test of one key: only the agent has its private key.
    site.test(&["-i", text(&key), "-o", &named]).run().expect(0);
    let said = site
        .test(&["-i", text(&key), "-o", "IdentityAgent=none"])
        .env("SSH_AUTH_SOCK", &socket)
        .run()
        .expect(1);
    assert!(said.err().contains("its private key is not available"), "{}", said.err());
}
