//! Which key is meant without -i: the one that ssh would use. And which key logs in to install it.

use super::*;
use crate::support::{Agent, Terminal};

/// The HOME of the site in what was said, as `HOME`.
fn anonymous(site: &Site, text: &str) -> String {
    text.replace(site.home.path().to_str().unwrap(), "HOME")
}

fn config(site: &Site, text: &str) {
    fs::write(site.home.join(".ssh/config"), text).unwrap();
}

fn without_default_keys(site: &Site) {
    for name in ["id_ed25519", "id_ed25519.pub"] {
        fs::remove_file(site.home.join(".ssh").join(name)).unwrap();
    }
}

#[test]
fn the_identity_file_of_ssh_config_is_installed_and_not_a_default_key() {
    let (site, agent) = (Site::open(), Agent::start());
    let work = site.home.key("ed25519", "work");
    agent.add(&site.key);
    config(&site, "Host 127.0.0.1\n    IdentityFile ~/.ssh/work\n");
    let run = site.copy_id::<&str>([]).env("SSH_AUTH_SOCK", agent.socket());
    assert_eq!(run.run().expect(0).err(), installed(&site.destination()));
    assert_eq!(fs::read_to_string(site.remote()).unwrap(), public(&work));
    let said = site.home.sshk(["test", &site.destination()]).run().expect(0);
    assert!(said.err().contains(&fingerprint(&work)), "{}", said.err());
}

#[test]
fn a_key_that_only_the_agent_holds_is_installed() {
    for by_config in [false, true] {
        let (site, agent) = (Site::open(), Agent::start());
        agent.add(&site.key);
        let line = agent.keys();
        without_default_keys(&site);
        let mut run = site.copy_id::<&str>([]);
        if by_config {
            config(&site, &format!("IdentityAgent {}\n", agent.socket().display()));
        } else {
            run = run.env("SSH_AUTH_SOCK", agent.socket());
        }
        assert_eq!(run.run().expect(0).err(), installed(&site.destination()));
        assert_eq!(fs::read_to_string(site.remote()).unwrap(), line);
    }
}

#[test]
fn several_keys_in_files_and_the_agent_are_listed_and_each_can_be_named() {
    let (site, agent) = (Site::open(), Agent::start());
    let held = site.home.key("ed25519", "held");
    for key in [&held, &site.key] {
        agent.add(key);
    }
    for name in ["held", "held.pub"] {
        fs::rename(site.home.join(".ssh").join(name), site.home.join(name)).unwrap();
    }
    let held = site.home.join("held");
    let fingerprint = fingerprint(&held);
    let run = |options: &[&str]| site.copy_id(options).env("SSH_AUTH_SOCK", agent.socket());
    let said = run(&[]).run().expect(2);
    assert_eq!(
        anonymous(&site, said.err()),
        format!(
            "sshk: error: there are several keys for {}: \"HOME/.ssh/id_ed25519\", \
             \"{fingerprint} test@house (in the agent)\"\n\
             sshk: hint: name one with -i HOME/.ssh/id_ed25519\n",
            site.destination()
        )
    );
    assert_eq!(site.connections(), 0);
    run(&["-i", &fingerprint]).run().expect(0);
    assert_eq!(fs::read_to_string(site.remote()).unwrap(), public(&held));
    let said = run(&["-i", "SHA256:missing"]).run().expect(2);
    assert_eq!(
        said.err(),
        "sshk: error: no agent holds a key with the fingerprint SHA256:missing\n\
         sshk: hint: see which keys it holds: ssh-add -l\n"
    );
    // What only the agent holds is named by its fingerprint.
    without_default_keys(&site);
    let said = run(&["-o", "BatchMode=yes"]).run().expect(2);
    assert!(said.err().contains("sshk: hint: name one with -i SHA256:"), "{}", said.err());
}

#[test]
fn each_destination_gets_its_own_key_and_a_choice_is_made_once() {
    let (first, second) = (Site::open(), Site::open());
    first.home.know(&second.server.known_hosts());
    let (work, other) = (first.home.key("ed25519", "work"), first.home.key("ecdsa", "id_ecdsa"));
    let port = |site: &Site| site.server.port().to_string();
    config(
        &first,
        &format!(
            "Host work\n    IdentityFile ~/.ssh/work\n    Port {}\nHost a b\n    Port {}\n\
             Host *\n    HostName 127.0.0.1\n    User ann\n",
            port(&first),
            port(&second)
        ),
    );
    let run = first.home.sshk(["copy-id", "work", "a", "b"]).env("SSHK_PASSWORD", "hush");
    let mut terminal = Terminal::start(run);
    terminal.expect("There are several keys for a:", SOON);
    terminal.expect("Which one (1-2)? ", SOON);
    terminal.send("1\n");
    assert_eq!(terminal.wait(SOON), 0, "{}", terminal.screen());
    let screen = terminal.screen();
    assert_eq!(screen.matches("Which one").count(), 1, "{screen}");
    assert_eq!(fs::read_to_string(first.remote()).unwrap(), public(&work));
    assert_eq!(fs::read_to_string(second.remote()).unwrap(), public(&other));
}

#[test]
fn an_identity_file_that_does_not_exist_is_named() {
    let site = Site::open();
    config(&site, "IdentityFile ~/.ssh/absent\n");
    without_default_keys(&site);
    let said = site.copy_id::<&str>([]).run().expect(2);
    assert_eq!(
        anonymous(&site, said.err()),
        format!(
            "sshk: error: there is no key \"HOME/.ssh/absent\", which ssh_config names for {}\n\
             sshk: hint: generate it: sshk keygen -f HOME/.ssh/absent\n",
            site.destination()
        )
    );
    assert_eq!(site.connections(), 0);
}

/// The only way in is an encrypted key that no configuration names.
#[test]
fn a_denied_login_hints_at_another_key_and_login_key_uses_it() {
    let site = Site::new(&[russh::MethodKind::PublicKey]);
    let old = site.home.key("ed25519", "old");
    site.holds(&public(&old));
    ssh_keygen(["-q", "-p", "-P", "", "-N", "hidden", "-f"]).arg(&old).run().expect(0);
    let to = site.destination();
    let said = site.without_password::<&str>([]).run().expect(1);
    let command = format!("copy-id --login-key {} {to}", old.display());
    let hint = format!("sshk: hint: another key may log in: sshk {command}\n");
    assert!(said.err().ends_with(&hint), "{}", said.err());
    let connect = site.home.sshk(["connect", &to, "true"]).run().expect(255);
    let hint =
        format!("sshk: hint: another key may log in: sshk connect -i {} {to}\n", old.display());
    assert!(connect.err().ends_with(&hint), "{}", connect.err());
    let unlocked = |command: &str| {
        site.home.sshk(command.split(' ')).env("SSHK_PASSPHRASE", "hidden").run().expect(0)
    };
    assert_eq!(unlocked(&command).err(), installed(&to));
    let revoke = ["revoke", "-i", site.key.to_str().unwrap(), "--login-key", old.to_str().unwrap()];
    let said = unlocked(&format!("{} {to}", revoke.join(" ")));
    assert!(said.err().contains("revoked"), "{}", said.err());
    assert!(fs::read_to_string(site.remote()).unwrap().contains(&public(&old)));
}
