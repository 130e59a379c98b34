//! `sshk test`: it tests the one key and nothing else, and names the step that failed.

use std::fs;
use std::path::Path;

use crate::keys::{fingerprint, public};
use crate::site::OnAccount;
use crate::support::hostile::Refusing;
use crate::support::oracle::ssh_keygen;
use crate::support::server::Seen;
use crate::support::site::Site;
use crate::support::{
    Account, Agent, Dropbear, Home, Run, SOON, Sshd, Terminal, program, root_only,
};
use russh::MethodKind;
use serde_json::Value;

impl Site {
    fn authorize(&self, key: &Path) {
        let folder = self.server.home().join(".ssh");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("authorized_keys"), public(key)).unwrap();
    }

    fn test(&self, options: &[&str]) -> Run {
        self.home.sshk(["test"]).args(options).arg(self.destination())
    }

    fn offered(&self) -> usize {
        self.count(|seen| matches!(seen, Seen::Offered(_)))
    }
}

/// The hint for a key that the server rejects.
const INSTALL: &str = "install it, or find out why it is rejected: sshk copy-id";

/// The line about a login that succeeded, with `T` for its time.
#[track_caller]
fn logged_in(said: &str) -> String {
    let (words, time) = said.trim_end().rsplit_once(" in ").expect("it ends with a time");
    let seconds: f64 = time.strip_suffix(" s").expect("in seconds").parse().expect("a number");
    assert!((0.0..SOON.as_secs_f64()).contains(&seconds), "{said}");
    format!("{words} in T s\n")
}

#[test]
fn test_prints_key_algorithm_server_and_time() {
    let sshd = Sshd::builder().start();
    let home = Home::new();
    home.know(&sshd.known_hosts());
    let to = format!("ssh://{}@127.0.0.1:{}", sshd.user(), sshd.port());
    let version = crate::support::Run::new(crate::support::program("ssh"))
        .arg("-V")
        .run()
        .expect(0)
        .err()
        .split([',', ' '])
        .next()
        .unwrap()
        .to_owned();
    for (kind, bits, signature) in [
        ("ed25519", "256", "ssh-ed25519"),
        ("ecdsa", "256", "ecdsa-sha2-nistp256"),
        ("ecdsa", "384", "ecdsa-sha2-nistp384"),
        ("ecdsa", "521", "ecdsa-sha2-nistp521"),
        ("rsa", "2048", "rsa-sha2-512"),
        // Longer than ring supports.
        ("rsa", "5120", "rsa-sha2-512"),
    ] {
        let key = home.join(format!("{kind}-{bits}"));
        ssh_keygen(["-q", "-t", kind, "-b", bits, "-N", "", "-f"]).arg(&key).run().expect(0);
        sshd.authorize(&public(&key));
        let said = home.sshk(["test", "-i", key.to_str().unwrap(), &to]).run().expect(0);
        assert_eq!(said.out(), "");
        let line = logged_in(said.err());
        let head = format!(
            "{to}: logged in with {} ({signature}) to SSH-2.0-{version}",
            fingerprint(&key)
        );
        assert!(line.starts_with(&head) && line.ends_with(" in T s\n"), "{line} is not {head}");
    }
}

#[test]
fn the_agents_other_key_is_not_used_even_if_it_would_log_in() {
    let (site, agent) = (Site::open(), Agent::start());
    let other = site.home.key("ed25519", "other");
    agent.add(&other);
    site.authorize(&other);
    let said = site
        .test(&["-i", site.key.to_str().unwrap()])
        .env("SSH_AUTH_SOCK", agent.socket())
        .env("SSHK_PASSWORD", "hush");
    let said = said.run().expect(1);
    assert_eq!(
        said.err(),
        format!(
            "sshk: error: {}: the server rejected the key {}; it accepts publickey, \
            password, keyboard-interactive\n\
             sshk: hint: {INSTALL} -i {} {0}\n",
            site.destination(),
            fingerprint(&site.key),
            site.key.display()
        )
    );
    assert_eq!((site.offered(), site.passwords()), (1, 0));
}

#[test]
fn without_a_named_key_each_that_ssh_would_use_is_tried_and_no_password() {
    let (site, agent) = (Site::open(), Agent::start());
    let held = site.home.key("ecdsa", "held");
    agent.add(&held);
    fs::remove_file(&held).unwrap();
    site.home.key("ecdsa", "id_ecdsa");
    let test = |options: &[&str]| {
        let run = site.test(options).env("SSHK_PASSWORD", "hush");
        run.env("SSH_AUTH_SOCK", agent.socket()).run()
    };
    let said = test(&[]).expect(1);
    let keys = [".ssh/id_ecdsa", ".ssh/id_ed25519"];
    let [ecdsa, ed25519] = keys.map(|name| site.home.join(name).display().to_string());
    assert_eq!(
        said.err(),
        format!(
            "sshk: error: {0}: permission denied; tried publickey test@house, publickey {ecdsa}, \
             publickey {ed25519}; it accepts publickey, password, keyboard-interactive\n\
             sshk: hint: install a key, or find out why they are rejected: sshk copy-id {0}\n",
            site.destination()
        )
    );
    site.authorize(&site.key);
    let said = test(&[]).expect(0);
    assert!(said.err().contains(&fingerprint(&site.key)), "{}", said.err());
    // More than the server allows on one connection.
    let more: Vec<_> = (0..7).map(|n| site.home.key("ed25519", &format!("k{n}"))).collect();
    let config: String = more
        .iter()
        .chain([&site.key])
        .map(|key| format!("IdentityFile {}\n", key.display()))
        .collect();
    fs::write(site.home.join(".ssh/config"), config).unwrap();
    let said = test(&["-o", "IdentitiesOnly=yes"]).expect(0);
    assert!(said.err().contains(&fingerprint(&site.key)), "{}", said.err());
    assert_eq!(site.passwords(), 0);
}

#[test]
fn other_default_and_configured_keys_are_not_used() {
    let site = Site::open();
    let (other, new) = (site.home.key("ed25519", "other"), site.home.key("ed25519", "new"));
    site.authorize(&other);
    fs::write(site.home.join(".ssh/config"), "IdentityFile ~/.ssh/other\n").unwrap();
    let said = site.test(&["-i", new.to_str().unwrap()]).run().expect(1);
    assert!(
        said.err().contains(&format!("rejected the key {}", fingerprint(&new))),
        "{}",
        said.err()
    );
    assert_eq!((site.offered(), site.passwords()), (1, 0));
}

#[test]
fn the_only_default_key_is_tested_if_none_is_named() {
    let site = Site::open();
    site.authorize(&site.key);
    assert!(site.test(&[]).run().expect(0).err().contains(&fingerprint(&site.key)));
    assert_eq!(site.offered(), 1);
}

#[test]
fn the_agent_signs_with_the_tested_key() {
    let (site, agent) = (Site::open(), Agent::start());
    agent.add(&site.key);
    site.authorize(&site.key);
    fs::remove_file(&site.key).unwrap();
    let without = site.test(&[]).run().expect(1);
    assert_eq!(
        without.err(),
        format!(
            "sshk: error: {}: cannot sign with the key {}: its private key is not available\n\
             sshk: hint: give the private key file with -i, or load the key into the agent with \
            ssh-add\n",
            site.destination(),
            fingerprint(&site.key.with_extension("pub"))
        )
    );
    site.test(&[]).env("SSH_AUTH_SOCK", agent.socket()).run().expect(0);
}

#[test]
fn without_an_agent_that_holds_the_key_there_is_no_private_key() {
    let (site, agent) = (Site::open(), Agent::start());
    agent.add(&site.key);
    site.authorize(&site.key);
    fs::remove_file(&site.key).unwrap();
    Run::new(crate::support::program("ssh-add"))
        .env("SSH_AUTH_SOCK", agent.socket())
        .arg("-D")
        .run()
        .expect(0);
    let said = site.test(&[]).env("SSH_AUTH_SOCK", agent.socket()).run().expect(1);
    assert!(said.err().contains("its private key is not available"), "{}", said.err());
    let said = site.test(&[]).env("SSH_AUTH_SOCK", "/nonexistent/agent").run().expect(1);
    assert!(said.err().contains("its private key is not available"), "{}", said.err());
}

#[test]
fn a_passphrase_is_asked_for_once_for_all_destinations() {
    let sites = [Site::open(), Site::open(), Site::open()];
    let key = &sites[0].key;
    ssh_keygen(["-q", "-p", "-P", "", "-N", "open sesame", "-f"]).arg(key).run().expect(0);
    let mut run = sites[0].home.sshk(["test"]);
    for site in &sites {
        sites[0].home.know(&site.server.known_hosts());
        site.authorize(key);
        run = run.arg(site.destination());
    }
    let mut terminal = Terminal::start(run);
    terminal.expect(&format!("Enter passphrase for key {key:?}: "), SOON);
    terminal.expect_echo(false, SOON);
    terminal.send("open sesame\n");
    assert_eq!(terminal.wait(SOON), 0);
    assert_eq!(terminal.screen().matches("Enter passphrase").count(), 1);
    assert_eq!(
        terminal.screen().matches(": logged in with SHA256:").count(),
        3,
        "{}",
        terminal.screen()
    );
}

#[test]
fn a_wrong_or_missing_passphrase_is_reported() {
    let site = Site::open();
    site.authorize(&site.key);
    ssh_keygen(["-q", "-p", "-P", "", "-N", "open sesame", "-f"]).arg(&site.key).run().expect(0);
    site.test(&["--passphrase-file", "-"]).stdin("open sesame\n").run().expect(0);
    site.test(&[]).env("SSHK_PASSPHRASE", "open sesame").run().expect(0);
    let wrong = site.test(&[]).env("SSHK_PASSPHRASE", "wrong").run().expect(1);
    assert_eq!(wrong.err(), format!("sshk: error: {:?}: wrong passphrase\n", site.key));
    let missing = site.test(&[]).run().expect(1);
    assert_eq!(
        missing.err(),
        format!(
            "sshk: error: {}: the passphrase of {:?} is needed, and there is no terminal to ask \
            on\n\
             sshk: hint: give it with --passphrase-file or in SSHK_PASSPHRASE, or load the \
             key with ssh-add\n",
            site.destination(),
            site.key.to_str().unwrap()
        )
    );
    let mut terminal = Terminal::start(site.test(&[]));
    for _ in 0..3 {
        terminal.expect("Enter passphrase for key ", SOON);
        terminal.send("wrong\n");
    }
    terminal.expect("wrong passphrase", SOON);
    assert_eq!(terminal.wait(SOON), 1);
}

#[test]
fn a_rejected_signature_is_told_apart_from_a_rejected_key() {
    let site = Site::open();
    site.authorize(&site.key);
    ssh_keygen(["-q", "-p", "-P", "", "-N", "open sesame", "-f"]).arg(&site.key).run().expect(0);
    let mut terminal = Terminal::start(site.test(&[]));
    // The server has accepted the offer; when the signature comes, it no longer accepts the key.
    terminal.expect("Enter passphrase for key ", SOON);
    fs::remove_file(site.server.home().join(".ssh/authorized_keys")).unwrap();
    terminal.send("open sesame\n");
    let message = format!(
        "the server accepted the key {} but rejected its signature; it accepts publickey, \
        password, keyboard-interactive\r\n",
        fingerprint(&site.key)
    );
    terminal.expect(&message, SOON);
    assert_eq!(terminal.wait(SOON), 1);
}

#[test]
fn batch_mode_asks_for_no_passphrase() {
    let site = Site::open();
    site.authorize(&site.key);
    ssh_keygen(["-q", "-p", "-P", "", "-N", "open sesame", "-f"]).arg(&site.key).run().expect(0);
    let mut terminal = Terminal::start(site.test(&["-o", "BatchMode=yes"]));
    assert_eq!(terminal.wait(SOON), 1);
    let screen = terminal.screen();
    assert!(
        !screen.contains("Enter passphrase")
            && screen.contains("the key is encrypted and needs a passphrase"),
        "{screen}"
    );
}

#[test]
fn a_server_that_accepts_only_passwords() {
    let site = Site::new(&[MethodKind::Password]);
    let said = site.test(&[]).env("SSHK_PASSWORD", "hush").run().expect(1);
    assert_eq!(
        said.err(),
        format!(
            "sshk: error: {}: the server rejected the key {}; it accepts password\nsshk: \
            hint: the server accepts no keys for this account, or not as the first method: ask \
            its administrator (PubkeyAuthentication, \
             AuthenticationMethods)\n",
            site.destination(),
            fingerprint(&site.key)
        )
    );
    assert_eq!((site.offered(), site.passwords()), (0, 0));
}

#[test]
fn one_connection_and_one_question_for_each_destination() {
    let site = Site::open();
    site.authorize(&site.key);
    site.test(&[]).run().expect(0);
    let seen = site.server.seen();
    assert!(
        matches!(
            seen.as_slice(),
            [
                Seen::Connection,
                Seen::Offered(_),
                Seen::LoggedIn(MethodKind::PublicKey),
                Seen::Exec(command)
            ] if command.starts_with(b"echo ")
        ),
        "nothing but the key, and one echo: {seen:?}"
    );
}

#[test]
fn each_destination_has_its_own_outcome() {
    let (site, dead) = (Site::open(), Refusing::new());
    site.authorize(&site.key);
    let dead = format!("ssh://ann@127.0.0.1:{}", dead.port());
    let said = site.test(&["-o", "ConnectTimeout=9", &dead]).run().expect(1);
    let address = dead.rsplit_once('@').unwrap().1;
    assert!(
        said.err().contains(&format!("{}: logged in with ", site.destination())),
        "{}",
        said.err()
    );
    assert!(
        said.err().ends_with(&format!(
            "sshk: error: 1 of 2 hosts failed: {dead} (cannot connect to {address}); the key logs \
            in to the other one\n\
             sshk: hint: retry only these: sshk test -o ConnectTimeout=9 {dead}\n"
        )),
        "{}",
        said.err()
    );
}

#[test]
fn json_has_every_field() {
    let site = Site::open();
    let json = |code| -> Value {
        serde_json::from_str(site.test(&["--json"]).run().expect(code).out()).unwrap()
    };
    let refused = json(1);
    assert_eq!(
        (&refused["status"], &refused["destination"]),
        (&"failed".into(), &site.destination().into())
    );
    assert_eq!(
        refused["error"],
        serde_json::json!({
            "kind": "key-refused",
            "message": format!(
                "the server rejected the key {}; it accepts publickey, password, \
                keyboard-interactive", fingerprint(&site.key)
            ),
            "hint": format!("{INSTALL} {}", site.destination()),
        })
    );
    site.authorize(&site.key);
    let mut proved = json(0);
    assert!(proved["seconds"].take().as_f64().unwrap() > 0.0);
    assert!(proved["server"].take().as_str().unwrap().starts_with("SSH-2.0-"));
    assert_eq!(
        proved,
        serde_json::json!({
            "destination": site.destination(),
            "status": "ok",
            "fingerprint": fingerprint(&site.key),
            "algorithm": "ssh-ed25519",
            "certificate": null,
            "address": format!("127.0.0.1:{}", site.server.port()),
            "server": null,
            "seconds": null,
        })
    );
}

/// A real account whose authorized_keys has the home's only key.
fn on_account(shell: &str, lines: &[&str]) -> OnAccount {
    let sshd = lines.iter().fold(Sshd::for_accounts(), |sshd, line| sshd.line(line));
    OnAccount::new(sshd.start(), shell, &["ed25519"])
}

impl OnAccount {
    #[track_caller]
    fn fails(&self, message: &str, hint: &str) {
        let said = self
            .home
            .sshk(["test", &self.destination()])
            .env("SSHK_PASSWORD", self.account.password())
            .run()
            .expect(1);
        let hint = if hint.is_empty() { String::new() } else { format!("sshk: hint: {hint}\n") };
        assert_eq!(said.err(), format!("sshk: error: {}: {message}\n{hint}", self.destination()));
    }

    #[track_caller]
    fn rejects_the_key(&self) {
        self.fails(
            &format!(
                "the server rejected the key {}; it accepts publickey, password, \
                keyboard-interactive",
                fingerprint(&self.keys[0])
            ),
            &format!("{INSTALL} {}", self.destination()),
        );
    }
}

#[test]
fn a_server_that_also_requires_a_password() {
    root_only!("a_server_that_also_requires_a_password");
    let site = on_account("/bin/bash", &["AuthenticationMethods publickey,password"]);
    site.fails("the key was accepted, but the server also requires password", "");
    assert!(!site.sshd.log().contains(" password for "), "{}", site.sshd.log());
}

#[test]
fn a_server_that_hangs_up_on_the_key_has_rejected_it() {
    root_only!("a_server_that_hangs_up_on_the_key_has_rejected_it");
    let site = on_account("/bin/bash", &["MaxAuthTries 1"]);
    site.account.authorize("");
    site.rejects_the_key();
}

/// OpenSSH 9.2 says that it accepts every RSA signature (server-sig-algs), and rejects the key;
/// only its log tells why.
#[test]
fn a_server_that_accepts_rsa_only_with_sha_1_rejects_the_key() {
    root_only!("a_server_that_accepts_rsa_only_with_sha_1_rejects_the_key");
    let site = on_account("/bin/bash", &["PubkeyAcceptedAlgorithms ssh-rsa"]);
    let key = site.home.join("rsa");
    ssh_keygen(["-q", "-t", "rsa", "-b", "2048", "-N", "", "-f"]).arg(&key).run().expect(0);
    site.account.authorize(&public(&key));
    let said =
        site.home.sshk(["test", "-i", key.to_str().unwrap(), &site.destination()]).run().expect(1);
    assert!(
        said.err().contains(&format!("the server rejected the key {}; ", fingerprint(&key))),
        "{}",
        said.err()
    );
    site.sshd.wait_for_log("signature algorithm rsa-sha2-512 not in PubkeyAcceptedAlgorithms");
}

#[test]
fn an_account_that_lets_in_and_runs_nothing_is_reported_as_that() {
    root_only!("an_account_that_lets_in_and_runs_nothing_is_reported_as_that");
    let accepted = |site: &OnAccount, rest: &str| {
        format!("the key {} is accepted, but the account {rest}", fingerprint(&site.keys[0]))
    };
    let site = on_account("nologin", &[]);
    site.fails(
        &accepted(
            &site,
            "allows no logins: the server said \"This account is currently not available.\"",
        ),
        "ask the server's administrator to give the account a shell",
    );
    let site = on_account("/bin/bash", &[]);
    let line = public(&site.keys[0]);
    let other = "ran something other than the command";
    for (command, rest) in [
        // As on the machines of clouds.
        (
            "echo 'Please login as the user ann rather than root.'; exit 142",
            format!("{other}: it said \"Please login as the user ann rather than root.\""),
        ),
        // The nonce is in two parts there.
        ("echo no $SSH_ORIGINAL_COMMAND >/dev/null; echo no", format!("{other}: it said \"no\"")),
        ("exit 3", format!("{other}, which said nothing (exit status 3)")),
    ] {
        site.account.authorize(&format!("command=\"{command}\" {line}"));
        site.fails(&accepted(&site, &rest), "");
    }
    site.account.authorize(&format!("command=\"printf %s \\\"$SSH_ORIGINAL_COMMAND\\\"\" {line}"));
    let said = site.home.sshk(["test", &site.destination()]).run().expect(1);
    assert!(said.err().contains(other), "{}", said.err());
    let site = on_account("/bin/bash", &["ForceCommand internal-sftp"]);
    let said = site.home.sshk(["test", &site.destination()]).run().expect(1);
    assert!(said.err().contains("allows SFTP only and runs no commands"), "{}", said.err());
    // Only PAM asks for the age of a password after a login with a key.
    let site = OnAccount::new(Sshd::for_accounts().pam().start(), "/bin/bash", &["ed25519"]);
    Run::new(program("chage")).args(["-d", "0", site.account.name()]).run().expect(0);
    let said = site.home.sshk(["test", &site.destination()]).run().expect(1);
    let words = accepted(&site, "must change its password first: the server said ");
    assert!(said.err().contains(&words), "{}", said.err());
}

#[test]
fn no_session_is_told_apart_from_no_login() {
    root_only!("no_session_is_told_apart_from_no_login");
    let site = on_account("/bin/bash", &["MaxSessions 0"]);
    site.fails("logged in, but could not open a session: connect failed", "");
}

#[test]
fn an_account_in_deny_users_accepts_no_key() {
    root_only!("an_account_in_deny_users_accepts_no_key");
    let site = on_account("/bin/bash", &["DenyUsers *"]);
    site.rejects_the_key();
}

#[test]
fn dropbear_accepts_every_type_of_key() {
    root_only!("dropbear_accepts_every_type_of_key");
    let (home, dropbear, account) = (Home::new(), Dropbear::start(&[]), Account::new("/bin/bash"));
    home.know(&dropbear.known_hosts());
    let to = format!("ssh://{}@127.0.0.1:{}", account.name(), dropbear.port());
    for (kind, signature) in
        [("ed25519", "ssh-ed25519"), ("rsa", "rsa-sha2-256"), ("ecdsa", "ecdsa-sha2-nistp256")]
    {
        let key = home.key(kind, kind);
        let refused = home.sshk(["test", "-i", key.to_str().unwrap(), &to]).run().expect(1);
        assert!(
            refused.err().contains("rejected the key")
                && refused.err().contains("it accepts publickey, password\n"),
            "{}",
            refused.err()
        );
        account.authorize(&public(&key));
        let said = home.sshk(["test", "-i", key.to_str().unwrap(), &to]).run().expect(0);
        assert!(
            said.err().contains(&format!("({signature}) to SSH-2.0-dropbear")),
            "{}",
            said.err()
        );
    }
}
