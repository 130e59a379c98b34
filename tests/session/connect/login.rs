//! Ways to log in: keys, agents, passphrases, passwords, and how an account can be named.

use std::fs;
use std::path::{Path, PathBuf};

use crate::connect::Site;
use crate::site::OnAccount;
use crate::support::oracle::ssh_keygen;
use crate::support::process::write_program;
use crate::support::{Agent, Home, Run, SOON, Sshd, Terminal, root_only};

/// An account with a password and no key.
fn with_a_password(sshd: Sshd) -> OnAccount {
    OnAccount::new(sshd, "/bin/bash", &[])
}

/// `sshk connect OPTIONS DESTINATION COMMAND`.
fn connect(it: &OnAccount, args: &[&str]) -> Run {
    let to = format!("{}@127.0.0.1", it.account.name());
    let port = it.sshd.port().to_string();
    let (command, options) = args.split_last().unwrap();
    it.home.sshk(["connect", "-p", &port]).args(options).args([&to, *command]).env("NO_COLOR", "1")
}

#[test]
fn a_password_is_asked_for_until_it_is_right() {
    root_only!("a_password_is_asked_for_until_it_is_right");
    let it = with_a_password(Sshd::for_accounts().line("KbdInteractiveAuthentication no").start());
    let (name, question) =
        (it.account.name(), format!("{}@127.0.0.1's password: ", it.account.name()));
    let mut terminal = Terminal::start(connect(&it, &["id -un; exit 5"]));
    let before = terminal.modes();
    terminal.expect(&question, SOON);
    terminal.expect_echo(false, SOON);
    terminal.send("wrong\n");
    terminal.expect(&format!("Permission denied, please try again.\r\n{question}"), SOON);
    terminal.expect_echo(false, SOON);
    terminal.send(&format!("{}\n", it.account.password()));
    terminal.expect(&format!("\r\n{name}\r\n"), SOON);
    assert_eq!(terminal.wait(SOON), 5);
    assert_eq!(terminal.modes(), before);
    assert!(
        !terminal.screen().contains("wrong") && !terminal.screen().contains(it.account.password())
    );
}

#[test]
fn three_wrong_passwords_are_permission_denied() {
    root_only!("three_wrong_passwords_are_permission_denied");
    let it = with_a_password(Sshd::for_accounts().line("KbdInteractiveAuthentication no").start());
    let mut terminal = Terminal::start(connect(&it, &["true"]));
    for _ in 0..3 {
        terminal.expect("'s password: ", SOON);
        terminal.expect_echo(false, SOON);
        terminal.send("wrong\n");
    }
    assert_eq!(terminal.wait(SOON), 255);
    let last = "sshk: error: ".to_owned()
        + it.account.name()
        + "@127.0.0.1: permission denied; tried password; it accepts publickey, password\r\n";
    assert!(terminal.screen().ends_with(&last), "{}", terminal.screen());
}

#[test]
fn ctrl_c_at_the_question_exits_130_and_ctrl_d_is_not_an_answer() {
    root_only!("ctrl_c_at_the_question_exits_130_and_ctrl_d_is_not_an_answer");
    let it = with_a_password(Sshd::for_accounts().line("KbdInteractiveAuthentication no").start());
    for (key, status) in [("\x03", 130), ("\x04", 255)] {
        let mut terminal = Terminal::start(connect(&it, &["true"]));
        let before = terminal.modes();
        terminal.expect("'s password: ", SOON);
        terminal.expect_echo(false, SOON);
        terminal.send(key);
        assert_eq!(terminal.wait(SOON), status);
        assert_eq!(terminal.modes(), before);
    }
}

#[test]
fn a_password_comes_from_a_file_or_the_environment_and_is_tried_once() {
    root_only!("a_password_comes_from_a_file_or_the_environment_and_is_tried_once");
    let it = with_a_password(Sshd::for_accounts().line("KbdInteractiveAuthentication no").start());
    fs::write(it.home.join("pw"), format!("{}\n", it.account.password())).unwrap();
    assert_eq!(
        connect(&it, &["--password-file", "pw", "cat"]).stdin("kept").run().expect(0).out(),
        "kept"
    );
    assert_eq!(
        connect(&it, &["--password-file", "-", "echo in"])
            .stdin(it.account.password())
            .run()
            .expect(0)
            .out(),
        "in\n"
    );
    assert_eq!(
        connect(&it, &["echo in"])
            .env("SSHK_PASSWORD", it.account.password())
            .run()
            .expect(0)
            .out(),
        "in\n"
    );
    let denied = connect(&it, &["true"]).env("SSHK_PASSWORD", "wrong").run().expect(255);
    assert_eq!(
        denied.err(),
        format!(
            "sshk: error: {}@127.0.0.1: permission denied; tried password; it accepts publickey, \
            password\n",
            it.account.name()
        )
    );
    assert_eq!(it.sshd.log().matches("Failed password").count(), 1);
    let both =
        connect(&it, &["--password-file", "-", "--passphrase-file", "-", "true"]).run().expect(2);
    assert_eq!(
        both.err(),
        "sshk: error: standard input can hold the passphrase or the password, not both\n"
    );
}

#[test]
fn without_anyone_to_ask_it_fails_immediately_with_the_option_to_use() {
    root_only!("without_anyone_to_ask_it_fails_immediately_with_the_option_to_use");
    let it = with_a_password(Sshd::for_accounts().line("KbdInteractiveAuthentication no").start());
    let place = format!("{}@127.0.0.1", it.account.name());
    let said = connect(&it, &["true"]).run().expect(255);
    assert_eq!(
        said.err(),
        format!(
            "sshk: error: {place}: the password of {place} is needed, and there is no terminal to \
            ask on\n\
             sshk: hint: give it with --password-file or in SSHK_PASSWORD\n"
        )
    );
    let askpass = it.home.join("askpass");
    write_program(&askpass, &format!("#!/bin/sh\necho '{}'\n", it.account.password()));
    let said = connect(&it, &["echo in"])
        .env("SSH_ASKPASS", &askpass)
        .env("SSH_ASKPASS_REQUIRE", "force")
        .run()
        .expect(0);
    assert_eq!(said.out(), "in\n");
    let batch = connect(&it, &["-oBatchMode=yes", "true"])
        .env("SSH_ASKPASS", &askpass)
        .env("SSH_ASKPASS_REQUIRE", "force")
        .run();
    assert_eq!(
        batch.expect(255).err(),
        format!(
            "sshk: error: {place}: permission denied; tried nothing; it accepts publickey, \
            password\n"
        )
    );
}

#[test]
fn keyboard_interactive_through_pam() {
    root_only!("keyboard_interactive_through_pam");
    let it = with_a_password(Sshd::for_accounts().pam().line("PasswordAuthentication no").start());
    let mut terminal = Terminal::start(connect(&it, &["echo in"]));
    terminal.expect("'s password: ", SOON);
    terminal.expect_echo(false, SOON);
    terminal.send(&format!("{}\n", it.account.password()));
    terminal.expect("\r\nin\r\n", SOON);
    assert_eq!(terminal.wait(SOON), 0);
    assert!(it.sshd.log().contains("Accepted keyboard-interactive/pam"), "{}", it.sshd.log());
}

fn in_place(key: &Path) -> String {
    fs::read_to_string(key.with_extension("pub")).unwrap()
}

fn encrypted(home: &Home, name: &str, passphrase: &str) -> PathBuf {
    let file = home.ssh().join(name);
    ssh_keygen(["-q", "-t", "ed25519", "-N", passphrase, "-C", "", "-f"])
        .arg(&file)
        .run()
        .expect(0);
    file
}

#[test]
fn a_passphrase_is_asked_for_given_or_missing() {
    let site = Site::new();
    let key = encrypted(&site.home, "locked", "open sesame");
    site.sshd.authorize(&in_place(&key));
    // The one key of the configuration is not the one that is authorized.
    let identity = key.to_str().unwrap();
    let question = format!("Enter passphrase for key {identity:?}: ");
    let mut terminal = Terminal::start(site.sshk(["-i", identity, "srv", "echo in"]));
    terminal.expect(&question, SOON);
    terminal.expect_echo(false, SOON);
    terminal.send("close sesame\n");
    terminal.expect(&format!("Wrong passphrase, please try again.\r\n{question}"), SOON);
    terminal.expect_echo(false, SOON);
    terminal.send("open sesame\n");
    terminal.expect("\r\nin\r\n", SOON);
    assert_eq!(terminal.wait(SOON), 0);

    let given = |run: Run| run.run();
    assert_eq!(
        given(site.sshk(["-i", identity, "srv", "echo in"]).env("SSHK_PASSPHRASE", "open sesame"))
            .expect(0)
            .out(),
        "in\n"
    );
    fs::write(site.home.join("phrase"), "open sesame\n").unwrap();
    assert_eq!(
        given(site.sshk(["--passphrase-file", "phrase", "-i", identity, "srv", "echo in"]))
            .expect(0)
            .out(),
        "in\n"
    );
    let missed = site
        .sshk([
            "-o",
            "BatchMode=no",
            "-o",
            "PasswordAuthentication=no",
            "-i",
            identity,
            "srv",
            "true",
        ])
        .run()
        .expect(255);
    assert_eq!(
        missed.err(),
        format!(
            "sshk: error: srv: the passphrase of {identity:?} is needed, and there is no terminal \
            to ask on\n\
             sshk: hint: give it with --passphrase-file or in SSHK_PASSPHRASE, or load the \
             key with ssh-add\n"
        )
    );
}

#[test]
fn the_agents_keys_are_used_unless_identities_only_is_set() {
    let (home, sshd, agent) = (Home::new(), Sshd::builder().start(), Agent::start());
    let key = home.key("rsa", "elsewhere");
    sshd.authorize(&in_place(&key));
    agent.add(&key);
    let public = home.ssh().join("named.pub");
    fs::rename(key.with_extension("pub"), &public).unwrap();
    fs::remove_file(&key).unwrap();
    home.know(&sshd.known_hosts());
    let (port, place) = (sshd.port().to_string(), format!("{}@127.0.0.1", sshd.user()));
    let base = [
        "connect",
        "-p",
        &port,
        "-o",
        "PasswordAuthentication=no",
        "-o",
        "KbdInteractiveAuthentication=no",
    ];
    let run = |args: &[&str]| {
        home.sshk(base)
            .args(args)
            .args([&place, "echo in"])
            .env("SSH_AUTH_SOCK", agent.socket())
            .run()
    };
    assert_eq!(run(&[]).expect(0).out(), "in\n");
    run(&["-o", "IdentitiesOnly=yes"]).expect(255);
    run(&["-o", "IdentityAgent=none"]).expect(255);
    // A public key file names the agent's key.
    assert_eq!(
        run(&["-o", "IdentitiesOnly=yes", "-i", public.to_str().unwrap()]).expect(0).out(),
        "in\n"
    );
    assert_eq!(home.sshk(base).args([&place, "true"]).run().expect(255).out(), "");
}

#[test]
fn a_dead_agent_is_reported_and_the_key_file_is_used() {
    let site = Site::new();
    let port = site.sshd.port().to_string();
    let key = site.key.to_str().unwrap();
    let place = format!("{}@127.0.0.1", site.sshd.user());
    let said = site
        .sshk(["-F", "none", "-p", &port, "-i", key, &place, "echo in"])
        .env("SSH_AUTH_SOCK", "/nowhere/agent")
        .run()
        .expect(0);
    assert_eq!(said.out(), "in\n");
    assert_eq!(
        said.err(),
        format!("{place}: the agent at \"/nowhere/agent\" failed: no such file or directory\n")
    );
}

#[test]
fn a_missing_key_file_is_skipped_and_reported_with_v_or_if_the_login_fails() {
    let site = Site::new();
    let file = "-oIdentityFile=missing";
    let note = "not offered: \"missing\": no such file\n";
    let said = site.sshk([file, "srv", "echo in"]).run().expect(0);
    assert_eq!((said.out(), said.err()), ("in\n", ""));
    let said = site.sshk(["-v", file, "srv", "echo in"]).run().expect(0);
    assert!(said.err().contains(&format!("debug1: srv: {note}")), "{}", said.err());
    let alone = ["-F", "none", "-oUserKnownHostsFile=.ssh/known_hosts", file];
    let port = site.sshd.port().to_string();
    let at = ["-p", &port, "-oIdentityAgent=none", "127.0.0.1", "true"];
    for options in [&["-oBatchMode=yes"][..], &[], &["-v"]] {
        let said = site.sshk(alone).args(options).args(at).run().expect(255);
        let shown = said.err().matches(&format!("127.0.0.1: {note}")).count();
        assert_eq!(shown, 1, "{options:?}: {}", said.err());
    }
}

#[test]
fn a_missing_file_of_i_is_warned_of_and_the_default_keys_are_tried_as_in_ssh() {
    let site = Site::new();
    for run in [
        site.ssh(["-i", "missing", "srv", "echo in"]),
        site.sshk(["-i", "missing", "srv", "echo in"]),
    ] {
        let said = run.run().expect(0);
        assert_eq!((said.out(), said.err().lines().count()), ("in\n", 1), "{}", said.err());
        assert!(said.err().to_lowercase().contains("no such file"), "{}", said.err());
    }
    // The default key alone logs in.
    std::fs::rename(&site.key, site.home.ssh().join("id_ed25519")).unwrap();
    let port = site.sshd.port().to_string();
    let said = site
        .sshk(["-F", "none", "-oUserKnownHostsFile=.ssh/known_hosts", "-oIdentityAgent=none"])
        .args(["-i", "~/missing", "-p", &port, "127.0.0.1", "echo in"])
        .run()
        .expect(0);
    assert_eq!(
        (said.out(), said.err()),
        (
            "in\n",
            "sshk: warning: identity file \"~/missing\" is not accessible: no such file or \
             directory\n"
        )
    );
}

#[test]
fn every_form_of_destination_reaches_the_account() {
    let site = Site::new();
    let (port, user, key) =
        (site.sshd.port().to_string(), site.sshd.user(), site.key.to_str().unwrap());
    let uri = format!("ssh://{user}@127.0.0.1:{port}");
    let bracketed = format!("{user}@[127.0.0.1]:{port}");
    let at = format!("{user}@127.0.0.1");
    let (port_option, user_option, key_option) =
        (format!("Port={port}"), format!("User {user}"), format!("IdentityFile={key}"));
    let clustered = format!("-qnp{port}");
    let config = site.config();
    let config = config.to_str().unwrap();
    for args in [
        &["-i", key, &uri][..],
        &["-i", key, &bracketed],
        &["-i", key, "-p", &port, &at],
        &["-i", key, "-p", &port, "-l", user, "127.0.0.1"],
        &["-o", &key_option, "-o", &port_option, "-o", &user_option, "127.0.0.1"],
        &["-i", key, &clustered, &at],
        &["127.0.0.1", "-i", key, "-p", &port, "-l", user],
        &["-4", "-i", key, &uri],
        &["-F", config, "srv"],
        &["srv"],
    ] {
        assert_eq!(site.sshk(args).arg("echo in").run().expect(0).out(), "in\n", "{args:?}");
    }
    let said = site.sshk(["-6", "srv", "true"]).run().expect(255);
    assert_eq!(
        said.err(),
        "sshk: error: srv: could not resolve hostname \"127.0.0.1\": it has no IPv6 address; \
        nothing was sent\n\
         sshk: hint: check the spelling of the name, or use an IP address\n"
    );
}

#[test]
fn a_port_after_a_colon_is_told_where_it_belongs() {
    let site = Site::new();
    // Refused when it is looked up, by each resolver.
    let said = site.sshk(["-F", "none", "no-such-host.invalid:22", "true"]).run().expect(255);
    assert_eq!(
        said.err().lines().last(),
        Some("sshk: hint: write the port as [no-such-host.invalid]:22, or with -p 22")
    );
}
