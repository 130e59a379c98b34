//! Which key is installed, which keys log in, and what is never sent.

use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::support::process::write_private;
use crate::support::{Agent, Terminal};

/// The error and its hint on stderr, for a run that failed before any connection.
#[track_caller]
fn refused(site: &Site, run: Run, code: i32) -> String {
    let said = run.run().expect(code);
    assert_eq!(said.out(), "");
    assert_eq!(site.connections(), 0, "{}", said.err());
    said.err().replace(site.home.path().to_str().unwrap(), "HOME")
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// An encrypted key in place of the site's own.
fn encrypted(site: &Site, passphrase: &str) {
    ssh_keygen(["-q", "-p", "-P", "", "-N", passphrase, "-f"]).arg(&site.key).run().expect(0);
}

#[test]
fn either_file_of_the_key_can_be_named() {
    for name in ["id_ed25519", "id_ed25519.pub"] {
        let site = Site::open();
        let said = site
            .copy_id(["-i", site.home.join(".ssh").join(name).to_str().unwrap()])
            .run()
            .expect(0);
        assert_eq!(said.err(), installed(&site.destination()));
        assert_eq!(fs::read_to_string(site.remote()).unwrap(), site.public());
    }
}

#[test]
fn without_a_key_the_only_default_key_is_installed() {
    let site = Site::open();
    site.home.key("ed25519", "work");
    site.copy_id::<&str>([]).run().expect(0);
    assert_eq!(fs::read_to_string(site.remote()).unwrap(), site.public());
}

#[test]
fn several_default_keys_without_a_terminal_are_listed() {
    let site = Site::open();
    site.home.key("ecdsa", "id_ecdsa");
    assert_eq!(
        refused(&site, site.copy_id::<&str>([]), 2),
        format!(
            "sshk: error: there are several keys for {}: \"HOME/.ssh/id_ecdsa\", \
             \"HOME/.ssh/id_ed25519\"\n\
             sshk: hint: name one with -i HOME/.ssh/id_ecdsa\n",
            site.destination()
        )
    );
}

#[test]
fn the_user_is_asked_which_of_several_default_keys() {
    let site = Site::open();
    let ecdsa = site.home.key("ecdsa", "id_ecdsa");
    let mut terminal = Terminal::start(site.copy_id::<&str>([]));
    let question = terminal
        .expect("Which one (1-2)? ", SOON)
        .replace(site.home.path().to_str().unwrap(), "HOME");
    assert_eq!(
        question.trim_start_matches('\r'),
        format!(
            "There are several keys for {}:\r\n  1  HOME/.ssh/id_ecdsa\r\n  2  \
            HOME/.ssh/id_ed25519\r\nWhich one (1-2)? ",
            site.destination()
        )
    );
    for wrong in ["3\n", "0\n", "\n", "x\n"] {
        terminal.send(wrong);
        terminal.expect("Please type a number from 1 to 2: ", SOON);
    }
    terminal.send("1\n");
    assert_eq!(terminal.wait(SOON), 0);
    assert_eq!(fs::read_to_string(site.remote()).unwrap(), public(&ecdsa));
}

#[test]
fn ctrl_c_at_the_choice_of_a_key_ends_the_run() {
    let site = Site::open();
    site.home.key("ecdsa", "id_ecdsa");
    let mut terminal = Terminal::start(site.copy_id::<&str>([]));
    let before = terminal.modes();
    terminal.expect("Which one (1-2)? ", SOON);
    terminal.send_ctrl_c();
    assert_eq!(terminal.wait(SOON), 130);
    assert_eq!((terminal.modes(), site.connections()), (before, 0));
}

#[test]
fn no_key_at_all() {
    let site = Site::open();
    fs::remove_file(&site.key).unwrap();
    fs::remove_file(site.key.with_extension("pub")).unwrap();
    assert_eq!(
        refused(&site, site.copy_id::<&str>([]), 2),
        "sshk: error: there is no key in \"HOME/.ssh\"\nsshk: hint: generate one with: sshk \
            keygen\n"
    );
    assert_eq!(
        refused(&site, site.copy_id(["-i", site.home.join("work").to_str().unwrap()]), 1),
        "sshk: error: \"HOME/work\": no such file\n\
         sshk: hint: generate it: sshk keygen -f HOME/work\n"
    );
}

#[test]
fn a_public_key_alone_is_installed_and_verified_by_an_offer() {
    let site = Site::open();
    fs::remove_file(&site.key).unwrap();
    for (options, words) in [(&[][..], "installed in"), (&["-f"][..], "already present, line 1 of")]
    {
        let before = site.connections();
        let said = site.copy_id(options).run().expect(0);
        assert_eq!(
            said.err(),
            format!(
                "{}: {words} ~/.ssh/authorized_keys; the server says that it accepts the key \
                    (there is no private key here to log in with)\n",
                site.destination()
            )
        );
        // No connection is dropped after only asking: servers punish that.
        assert_eq!(site.connections() - before, 2);
        assert_eq!(
            site.count(|seen| *seen == Seen::LoggedIn(MethodKind::KeyboardInteractive)),
            site.connections()
        );
    }
    assert_eq!(fs::read_to_string(site.remote()).unwrap(), site.public());
    let said = site.copy_id(["--json"]).run().expect(0);
    assert!(said.out().contains("\"verified\":\"offer\""), "{}", said.out());
}

#[test]
fn a_public_key_that_the_server_rejects_is_not_called_verified() {
    let site = Site::open();
    fs::remove_file(&site.key).unwrap();
    let said = site.copy_id(["-t", "elsewhere"]).run().expect(1);
    assert_eq!(
        said.err().lines().next().unwrap(),
        format!(
            "sshk: error: {}: the key was written to \"~/elsewhere\" on the server, but it does \
            not log in: the server rejected the key {}; \
             it accepts publickey, password, keyboard-interactive",
            site.destination(),
            fingerprint(&site.key.with_extension("pub"))
        )
    );
}

#[test]
fn a_private_key_is_never_sent_whatever_its_name() {
    let site = Site::open();
    let secret = fs::read_to_string(&site.key).unwrap();
    for (name, free) in [("key.pub", "key"), ("id_other.pub", "id_other")] {
        let file = site.home.join(".ssh").join(name);
        write_private(&file, &secret);
        let expected = format!(
            "sshk: error: \"HOME/.ssh/{name}\": this file should hold a public key but holds a \
            private one; it was not used, and nothing was sent\n\
             sshk: hint: give it a name of its own: mv -n HOME/.ssh/{name} HOME/.ssh/{free}\n"
        );
        assert_eq!(refused(&site, site.copy_id(["-f", "-i", file.to_str().unwrap()]), 1), expected);
        fs::remove_file(file).unwrap();
    }
    // Next to the real private key, too.
    fs::write(site.key.with_extension("pub"), secret).unwrap();
    assert!(refused(&site, site.copy_id(["-f"]), 1).contains("but holds a private one"));
}

#[test]
fn what_is_sent_contains_the_public_key_and_nothing_of_the_private_one() {
    let site = Site::open();
    let key = site.home.join("id_pem");
    ssh_keygen(["-q", "-t", "rsa", "-b", "2048", "-m", "PEM", "-N", "", "-C", "", "-f"])
        .arg(&key)
        .run()
        .expect(0);
    site.copy_id(["-i", key.to_str().unwrap()]).run().expect(0);
    let commands = site.server.seen().into_iter().filter_map(|seen| match seen {
        Seen::Exec(bytes) => Some(String::from_utf8(bytes).unwrap()),
        _ => None,
    });
    let commands: Vec<String> = commands.collect();
    assert_eq!(commands.len(), 1);
    // The blob is sent in pieces.
    let blob = public(&key).split(' ').nth(1).unwrap().trim_end().to_owned();
    assert!(commands[0].contains(&blob), "{}", commands[0]);
    let secret = fs::read_to_string(&key).unwrap();
    let lines: Vec<&str> = secret.lines().filter(|line| line.len() == 64).collect();
    assert!(lines.len() > 20);
    for line in lines {
        assert!(!commands[0].contains(line) && !commands[0].contains(&line[8..24]), "{line}");
    }
}

#[test]
fn a_comment_with_private_key_text_is_not_sent() {
    let site = Site::open();
    fs::write(
        site.key.with_extension("pub"),
        site.public().replace("test@house", "BEGIN PRIVATE KEY"),
    )
    .unwrap();
    assert!(refused(&site, site.copy_id::<&str>([]), 1).contains("but holds a private one"));
}

#[test]
fn a_file_with_two_keys_is_refused() {
    let site = Site::open();
    let file = site.key.with_extension("pub");
    fs::write(&file, site.public() + &public(&site.home.key("ed25519", "other"))).unwrap();
    assert_eq!(
        refused(&site, site.copy_id::<&str>([]), 1),
        "sshk: error: \"HOME/.ssh/id_ed25519.pub\": it holds 2 keys, and one is \
        expected\nsshk: hint: split it into files with one key each\n"
    );
}

#[test]
fn a_certificate_is_not_installed() {
    let site = Site::open();
    let ca = site.home.key("ed25519", "ca");
    ssh_keygen(["-q", "-I", "ann", "-s"])
        .arg(&ca)
        .arg(site.key.with_extension("pub"))
        .run()
        .expect(0);
    let certificate = site.home.join(".ssh/id_ed25519-cert.pub");
    assert_eq!(
        refused(&site, site.copy_id(["-i", certificate.to_str().unwrap()]), 1),
        "sshk: error: \"HOME/.ssh/id_ed25519-cert.pub\": this is a certificate, not a key\n\
         sshk: hint: give the private key: HOME/.ssh/id_ed25519\n"
    );
    // It does not get in the way of its key.
    site.copy_id::<&str>([]).run().expect(0);
}

#[test]
fn a_public_key_from_another_pair_is_refused() {
    let site = Site::open();
    fs::write(site.key.with_extension("pub"), public(&site.home.key("ed25519", "other"))).unwrap();
    assert_eq!(
        refused(&site, site.copy_id::<&str>([]), 1),
        "sshk: error: \"HOME/.ssh/id_ed25519.pub\": this is not the public key \
        of \"HOME/.ssh/id_ed25519\"\n\
         sshk: hint: write the public key again: mv -n HOME/.ssh/id_ed25519.pub \
         HOME/.ssh/id_ed25519.pub.old && ssh-keygen -y -f HOME/.ssh/id_ed25519 > \
         HOME/.ssh/id_ed25519.pub\n"
    );
}

#[test]
fn a_public_key_file_beside_the_private_key_of_another_pair_is_refused() {
    let site = Site::open();
    let file = site.key.with_extension("pub");
    fs::write(&file, public(&site.home.key("ed25519", "other"))).unwrap();
    for options in [&[][..], &["-f"], &["--no-verify"], &["-n"]] {
        let run = site.copy_id(["-i", file.to_str().unwrap()]).args(options);
        assert!(refused(&site, run, 1).contains("this is not the public key of"), "{options:?}");
    }
}

/// An encrypted PEM key, which hides its public key, beside the public key of another pair.
fn hidden_mismatch(site: &Site) -> PathBuf {
    let key = site.home.join("id_pem");
    ssh_keygen(["-q", "-t", "rsa", "-b", "2048", "-m", "PEM", "-N", "open sesame", "-f"])
        .arg(&key)
        .run()
        .expect(0);
    fs::write(key.with_extension("pub"), public(&site.home.key("ed25519", "other"))).unwrap();
    key
}

#[test]
fn a_mismatch_that_only_the_passphrase_shows_is_found_before_anything_is_sent() {
    let site = Site::open();
    let key = hidden_mismatch(&site);
    let named = ["-i", key.to_str().unwrap()];
    let run = site.copy_id(named).env("SSHK_PASSPHRASE", "open sesame");
    assert!(refused(&site, run, 1).contains("this is not the public key of"));
    // Asked once, for two destinations.
    let other = site.destination().replace("ann@", "bob@");
    let mut terminal = Terminal::start(site.copy_id(named).arg(other));
    terminal.expect("Enter passphrase for key ", SOON);
    terminal.expect_echo(false, SOON);
    terminal.send("open sesame\n");
    assert_eq!(terminal.wait(SOON), 1);
    let screen = terminal.screen();
    assert_eq!(screen.matches("this is not the public key of").count(), 2, "{screen}");
    assert_eq!(screen.matches("Enter passphrase").count(), 1, "{screen}");
    assert_eq!(site.connections(), 0);
}

#[test]
fn a_pair_that_cannot_be_checked_is_reported() {
    let site = Site::open();
    let key = hidden_mismatch(&site);
    let said = site.copy_id(["--no-verify", "-i", key.to_str().unwrap()]).run().expect(0);
    let words = "is encrypted, so sshk cannot tell whether the public key belongs to it\n";
    assert!(said.err().contains(words), "{}", said.err());
}

#[test]
fn a_private_key_that_others_can_read_is_refused() {
    let site = Site::open();
    mode(&site.key, 0o644);
    assert_eq!(
        refused(&site, site.copy_id::<&str>([]), 1),
        "sshk: error: \"HOME/.ssh/id_ed25519\": permissions 0644 are too open: others can access \
         this private key, so ssh ignores it\n\
         sshk: hint: chmod 600 HOME/.ssh/id_ed25519\n"
    );
}

#[test]
fn a_passphrase_is_asked_for_when_the_key_must_sign() {
    let site = Site::open();
    encrypted(&site, "open sesame");
    let mut terminal = Terminal::start(site.copy_id::<&str>([]));
    let question = format!("Enter passphrase for key {:?}: ", site.key);
    terminal.expect(&question, SOON);
    terminal.expect_echo(false, SOON);
    terminal.send("wrong one\n");
    terminal.expect(&format!("Wrong passphrase, please try again.\r\n{question}"), SOON);
    terminal.send("open sesame\n");
    terminal.expect("verified by a new login", SOON);
    assert_eq!(terminal.wait(SOON), 0);
    assert_eq!(terminal.screen().matches("Enter passphrase").count(), 2);
    assert!(!terminal.screen().contains("sesame"));
}

#[test]
fn a_passphrase_comes_from_the_environment_or_a_file() {
    for way in ["environment", "file", "stdin"] {
        let site = Site::open();
        encrypted(&site, "open sesame");
        let file = site.home.join("passphrase");
        write_private(&file, "open sesame\n");
        let run = match way {
            "environment" => site.copy_id::<&str>([]).env("SSHK_PASSPHRASE", "open sesame"),
            "file" => site.copy_id(["--passphrase-file", file.to_str().unwrap()]),
            _ => site.copy_id(["--passphrase-file", "-"]).stdin("open sesame"),
        };
        assert_eq!(run.run().expect(0).err(), installed(&site.destination()), "{way}");
    }
}

#[test]
fn a_wrong_passphrase_is_reported_before_anything_is_written() {
    let site = Site::open();
    encrypted(&site, "open sesame");
    let said = site.copy_id::<&str>([]).env("SSHK_PASSPHRASE", "wrong").run().expect(1);
    assert_eq!(said.err(), format!("sshk: error: {:?}: wrong passphrase\n", site.key));
    assert_eq!(site.connections(), 0);
    assert!(!site.remote().exists());
}

#[test]
fn an_encrypted_key_without_its_passphrase_is_installed_and_verified_by_an_offer() {
    let site = Site::open();
    encrypted(&site, "open sesame");
    let said = site.copy_id::<&str>([]).run().expect(0);
    assert_eq!(
        said.err(),
        format!(
            "{}: installed in ~/.ssh/authorized_keys; the server says that it accepts the key \
                (the private key is encrypted and no passphrase was given)\n",
            site.destination()
        )
    );
}

#[test]
fn ctrl_c_at_the_passphrase_ends_the_run() {
    let site = Site::open();
    encrypted(&site, "open sesame");
    site.holds(&site.public());
    let mut terminal = Terminal::start(site.copy_id::<&str>([]));
    let before = terminal.modes();
    terminal.expect("Enter passphrase for key ", SOON);
    terminal.expect_echo(false, SOON);
    terminal.send_ctrl_c();
    assert_eq!(terminal.wait(SOON), 130);
    assert_eq!((terminal.modes(), site.passwords()), (before, 0));
}

#[test]
fn a_key_in_the_agent_logs_in_without_a_password() {
    let (site, agent) = (Site::open(), Agent::start());
    let known = site.home.key("ed25519", "known");
    site.holds(&public(&known));
    agent.add(&known);
    let said = site
        .without_password(["-i", site.key.to_str().unwrap()])
        .env("SSH_AUTH_SOCK", agent.socket())
        .run()
        .expect(0);
    assert_eq!(said.err(), installed(&site.destination()));
    assert_eq!(fs::read_to_string(site.remote()).unwrap(), public(&known) + &site.public());
    assert_eq!((site.connections(), site.passwords()), (2, 0));
}

#[test]
fn the_agent_that_identity_agent_names_verifies_the_login() {
    let (site, agent) = (Site::open(), Agent::start());
    agent.add(&site.key);
    fs::remove_file(&site.key).unwrap();
    let option = format!("IdentityAgent={}", agent.socket().display());
    let said = site.copy_id(["-o", &option]).run().expect(0);
    assert!(said.err().contains("verified by a new login"), "{}", said.err());
    assert_eq!(fs::read_to_string(site.remote()).unwrap(), site.public());
}

#[test]
fn the_agents_key_verifies_the_login_if_the_file_is_encrypted() {
    let (site, agent) = (Site::open(), Agent::start());
    agent.add(&site.key);
    encrypted(&site, "open sesame");
    let said = site
        .copy_id(["-i", site.key.to_str().unwrap()])
        .env("SSH_AUTH_SOCK", agent.socket())
        .run()
        .expect(0);
    assert_eq!(said.err(), installed(&site.destination()));
}

#[test]
fn a_default_identity_logs_in_without_a_password() {
    let site = Site::open();
    let other = site.home.key("ed25519", "new");
    site.holds(&site.public());
    let said = site.without_password(["-i", other.to_str().unwrap()]).run().expect(0);
    assert_eq!(said.err(), installed(&site.destination()));
    assert_eq!(fs::read_to_string(site.remote()).unwrap(), site.public() + &public(&other));
    assert_eq!(site.passwords(), 0);
}

#[test]
fn a_configured_identity_logs_in_without_a_password() {
    let site = Site::open();
    let (known, new) = (site.home.key("ed25519", "known"), site.home.key("ed25519", "new"));
    site.holds(&public(&known));
    fs::write(site.home.join(".ssh/config"), "IdentityFile ~/.ssh/known\n").unwrap();
    let said = site.without_password(["-i", new.to_str().unwrap()]).run().expect(0);
    assert_eq!(said.err(), installed(&site.destination()));
    assert_eq!(site.passwords(), 0);
}
