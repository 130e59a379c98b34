//! The password: asked once, given in three ways, never tried twice, wiped from what is shown.

use std::fs;

use super::*;
use crate::support::oracle::askpass;
use crate::support::process::write_private;
use crate::support::{Account, Sshd, Terminal, root_only};

#[test]
fn a_password_is_asked_for_on_the_terminal_and_not_shown() {
    let site = Site::open();
    let mut terminal = Terminal::start(site.without_password::<&str>([]));
    let before = terminal.modes();
    terminal.expect("ann@127.0.0.1's password: ", SOON);
    terminal.expect_echo(false, SOON);
    terminal.send("hush\n");
    terminal.expect(installed(&site.destination()).trim_end(), SOON);
    assert_eq!(terminal.wait(SOON), 0);
    assert_eq!(terminal.modes(), before);
    assert!(!terminal.screen().contains("hush"), "{}", terminal.screen());
    assert_eq!(fs::read_to_string(site.remote()).unwrap(), site.public());
    assert_eq!((site.connections(), site.passwords(), site.commands()), (2, 1, 1));
}

#[test]
fn a_password_comes_from_the_environment_a_file_or_stdin() {
    for way in ["environment", "file", "stdin"] {
        let site = Site::open();
        let file = site.home.join("password");
        write_private(&file, "hush\n");
        let run = match way {
            "environment" => site.copy_id::<&str>([]),
            "file" => site.without_password(["--password-file", file.to_str().unwrap()]),
            _ => site.without_password(["--password-file", "-"]).stdin("hush\n"),
        };
        let said = run.run().expect(0);
        assert_eq!(
            (said.out(), said.err()),
            ("", installed(&site.destination()).as_str()),
            "{way}"
        );
        assert_eq!(site.passwords(), 1, "{way}");
    }
}

#[test]
fn a_password_file_loses_one_newline_and_no_spaces() {
    let account = server::Account::new("ann", " two words \n");
    let (home, server) = (Home::new(), Server::start(account).unwrap());
    home.key("ed25519", "id_ed25519");
    home.know(&server.known_hosts());
    let to = destination("ann", server.port());
    home.sshk(["copy-id", "--password-file", "-", &to]).stdin(" two words \n\r\n").run().expect(0);
}

#[test]
fn the_option_overrides_the_environment() {
    let site = Site::open();
    site.without_password(["--password-file", "-"])
        .stdin("hush")
        .env("SSHK_PASSWORD", "wrong")
        .run()
        .expect(0);
}

#[test]
fn a_wrong_given_password_is_tried_once_and_no_other_is_asked_for() {
    for methods in [
        &[MethodKind::PublicKey, MethodKind::Password, MethodKind::KeyboardInteractive][..],
        &[MethodKind::Password][..],
        &[MethodKind::KeyboardInteractive][..],
    ] {
        let site = Site::new(methods);
        let said = site.copy_id::<&str>([]).env("SSHK_PASSWORD", "wrong").run().expect(1);
        let keys = if methods.contains(&MethodKind::PublicKey) {
            format!("publickey {}, ", site.key.display())
        } else {
            String::new()
        };
        let by = if methods.contains(&MethodKind::KeyboardInteractive) {
            "keyboard-interactive"
        } else {
            "password"
        };
        let accepts: Vec<String> = methods.iter().map(String::from).collect();
        assert_eq!(
            said.err(),
            format!(
                "sshk: error: {}: permission denied; tried {keys}{by}; it accepts {}\n",
                site.destination(),
                accepts.join(", ")
            )
        );
        assert_eq!((site.connections(), site.passwords()), (1, 1), "{methods:?}");
        assert!(!site.remote().exists());
    }
}

#[test]
fn a_user_who_mistypes_is_asked_as_often_as_the_configuration_says() {
    let site = Site::new(&[MethodKind::Password]);
    let mut terminal = Terminal::start(site.without_password(["-o", "NumberOfPasswordPrompts=2"]));
    terminal.expect("ann@127.0.0.1's password: ", SOON);
    terminal.send("wrong\n");
    terminal.expect("Permission denied, please try again.\r\nann@127.0.0.1's password: ", SOON);
    terminal.send("wrong too\n");
    terminal.expect("permission denied; tried password; it accepts password", SOON);
    assert_eq!(terminal.wait(SOON), 1);
    assert_eq!(site.passwords(), 2);
}

#[test]
fn a_user_who_mistypes_once_logs_in() {
    for methods in [&[MethodKind::Password][..], &[MethodKind::KeyboardInteractive][..]] {
        let site = Site::new(&[methods, &[MethodKind::PublicKey]].concat());
        let mut terminal = Terminal::start(site.without_password::<&str>([]));
        terminal.expect("password: ", SOON);
        terminal.send("wrong\n");
        terminal.expect("Permission denied, please try again.\r\nann@127.0.0.1's password: ", SOON);
        terminal.send("hush\n");
        terminal.expect("installed in", SOON);
        assert_eq!(terminal.wait(SOON), 0);
        assert_eq!((site.connections(), site.passwords()), (2, 2), "{methods:?}");
    }
}

#[test]
fn one_question_serves_every_destination() {
    let sites = [
        Site::open(),
        Site::open(),
        Site::new(&[MethodKind::PublicKey, MethodKind::KeyboardInteractive]),
    ];
    let home = &sites[0].home;
    let mut run = home.sshk(["copy-id"]);
    for site in &sites {
        home.know(&site.server.known_hosts());
        run = run.arg(site.destination());
    }
    let mut terminal = Terminal::start(run);
    terminal.expect("ann@127.0.0.1's password: ", SOON);
    terminal.send("hush\n");
    assert_eq!(terminal.wait(SOON), 0);
    assert_eq!(terminal.screen().matches("password:").count(), 1, "{}", terminal.screen());
    assert_eq!(
        terminal.screen().matches("verified by a new login").count(),
        3,
        "{}",
        terminal.screen()
    );
    for site in &sites {
        assert_eq!((site.connections(), site.passwords()), (2, 1));
    }
}

#[test]
fn a_question_names_the_hosts_that_share_its_answer_and_each_gets_it_once() {
    let first = Site::open();
    let second = server::Account {
        methods: vec![MethodKind::PublicKey, MethodKind::Password],
        ..server::Account::new("ann", "other")
    };
    let second = Server::start(second).unwrap();
    first.home.know(&second.known_hosts().replace("127.0.0.1", "localhost"));
    let to = format!("ssh://ann@localhost:{}", second.port());
    let options = ["-o", "AddressFamily=inet"];
    let mut terminal = Terminal::start(first.without_password(options).arg(to));
    // Either may be the first to ask.
    let asked = terminal.expect("): ", SOON);
    let (one, two) = ("ann@127.0.0.1", "ann@localhost");
    let is_first = asked.contains(&format!("Password for {one} (also tried on {two}): "));
    assert!(
        is_first || asked.contains(&format!("Password for {two} (also tried on {one}): ")),
        "{asked}"
    );
    terminal.send(if is_first { "hush\n" } else { "other\n" });
    let rest = if is_first { two } else { one };
    terminal.expect(&format!("{rest} rejected that password.\r\n{rest}'s password: "), SOON);
    terminal.send(if is_first { "other\n" } else { "hush\n" });
    assert_eq!(terminal.wait(SOON), 0);
    let sent = second.seen().iter().filter(|seen| matches!(seen, Seen::Password(_))).count();
    assert_eq!((first.passwords(), sent), if is_first { (1, 2) } else { (2, 1) });
}

#[test]
fn a_typed_password_is_not_sent_to_an_account_that_the_question_did_not_name() {
    let first = Site::open();
    let second = server::Account {
        methods: vec![MethodKind::PublicKey, MethodKind::Password],
        ..server::Account::new("bob", "other")
    };
    let second = Server::start(second).unwrap();
    first.home.know(&second.known_hosts());
    let mut terminal =
        Terminal::start(first.without_password::<&str>([]).arg(destination("bob", second.port())));
    // Either may be the first to ask.
    for _ in 0..2 {
        let asked = terminal.expect("@127.0.0.1's password: ", SOON);
        terminal.send(if asked.ends_with("ann@127.0.0.1's password: ") {
            "hush\n"
        } else {
            "other\n"
        });
    }
    assert_eq!(terminal.wait(SOON), 0);
    let screen = terminal.screen();
    assert_eq!(screen.matches("password:").count(), 2, "{screen}");
    assert!(!screen.contains("Permission denied"), "{screen}");
    let sent = second.seen().iter().filter(|seen| matches!(seen, Seen::Password(_))).count();
    assert_eq!((first.passwords(), sent), (1, 1));
}

#[test]
fn without_a_terminal_or_a_password_it_fails_at_once_and_says_how_to_give_one() {
    for batch in [false, true] {
        let site = Site::open();
        let options = if batch { vec!["-o", "BatchMode=yes"] } else { vec![] };
        let said = site.without_password(options).run().expect(1);
        let expected = if batch {
            format!(
                "sshk: error: {}: permission denied; tried publickey {}; it accepts publickey, \
                password, keyboard-interactive\n",
                site.destination(),
                site.key.display()
            )
        } else {
            format!(
                "sshk: error: {}: the password of ann@127.0.0.1 is needed, and there is no \
                terminal to ask on\n\
                 sshk: hint: give it with --password-file or in SSHK_PASSWORD\n",
                site.destination()
            )
        };
        assert_eq!((said.out(), said.err()), ("", expected.as_str()));
        assert_eq!(site.passwords(), 0);
    }
}

#[test]
fn keyboard_interactive_is_not_started_if_there_is_nobody_to_answer() {
    let site = Site::new(&[MethodKind::PublicKey, MethodKind::KeyboardInteractive]);
    let said = site.without_password::<&str>([]).run().expect(1);
    assert!(
        said.err().contains(
            "the password of ann@127.0.0.1 is needed, and there is no terminal to ask on"
        ),
        "{}",
        said.err()
    );
    assert_eq!(site.passwords(), 0);
}

#[test]
fn without_a_terminal_an_askpass_program_is_asked() {
    let site = Site::open();
    let program = askpass(site.home.path(), "hush");
    let run = site
        .without_password::<&str>([])
        .env("SSH_ASKPASS", program)
        .env("SSH_ASKPASS_REQUIRE", "force");
    assert_eq!(run.run().expect(0).err(), installed(&site.destination()));
}

#[test]
fn a_password_that_cannot_be_read_or_is_given_twice_is_an_error() {
    let site = Site::open();
    let missing = site.home.join("missing");
    let said =
        site.without_password(["--password-file", missing.to_str().unwrap()]).run().expect(1);
    assert_eq!(
        said.err(),
        format!(
            "sshk: error: could not read the secret from {missing:?}: no such file or \
            directory\n"
        )
    );
    let said =
        site.without_password(["--password-file", "-", "--passphrase-file", "-"]).run().expect(2);
    assert_eq!(
        said.err(),
        "sshk: error: standard input can hold the passphrase or the password, not both\n"
    );
    assert_eq!(site.connections(), 0);
}

#[test]
fn ctrl_c_at_the_password_ends_the_run_and_nothing_is_written() {
    let site = Site::open();
    let mut terminal = Terminal::start(site.without_password::<&str>([]));
    let before = terminal.modes();
    terminal.expect("password: ", SOON);
    terminal.expect_echo(false, SOON);
    terminal.send_ctrl_c();
    assert_eq!(terminal.wait(SOON), 130);
    assert_eq!(terminal.modes(), before);
    assert_eq!((site.passwords(), site.commands()), (0, 0));
}

#[test]
fn ctrl_d_at_the_password_is_not_an_answer() {
    let site = Site::open();
    let mut terminal = Terminal::start(site.without_password::<&str>([]));
    terminal.expect("password: ", SOON);
    terminal.send_ctrl_d();
    terminal.expect("the password of ann@127.0.0.1 was asked for, but not given\r\n", SOON);
    terminal.expect("give it with --password-file or in SSHK_PASSWORD\r\n", SOON);
    assert_eq!(terminal.wait(SOON), 1);
    assert_eq!(site.passwords(), 0);
}

#[test]
fn sshd_accepts_a_password_with_and_without_pam() {
    root_only!("sshd_accepts_a_password_with_and_without_pam");
    for (lines, accepted) in [
        (
            &["UsePAM yes", "KbdInteractiveAuthentication yes", "PasswordAuthentication no"][..],
            "Accepted keyboard-interactive/pam for",
        ),
        (&["UsePAM yes", "KbdInteractiveAuthentication no"][..], "Accepted password for"),
        (&["UsePAM no", "KbdInteractiveAuthentication no"][..], "Accepted password for"),
    ] {
        let sshd = lines.iter().fold(Sshd::for_accounts(), |sshd, line| sshd.line(line)).start();
        let place = Place::new(Account::new("/bin/bash"), sshd);
        let said = place.copy_id::<&str>([]).run().expect(0);
        assert_eq!(said.err(), installed(&place.destination()));
        assert_eq!(place.remote(), place.public());
        place.sshd.wait_for_log(accepted);
        place.ssh_gets_in();
    }
}

#[test]
fn sshd_gets_a_wrong_password_once() {
    root_only!("sshd_gets_a_wrong_password_once");
    let place = Place::new(Account::new("/bin/bash"), Sshd::for_accounts().pam().start());
    let said = place.copy_id::<&str>([]).env("SSHK_PASSWORD", "wrong").run().expect(1);
    assert_eq!(
        said.err(),
        format!(
            "sshk: error: {}: permission denied; tried publickey {}, keyboard-interactive; it \
            accepts publickey, password, keyboard-interactive\n",
            place.destination(),
            place.key.display()
        )
    );
    assert_eq!(place.rejected_passwords(), 1, "{}", place.sshd.log());
}
