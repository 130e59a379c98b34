//! The questions on a terminal, and every way to end them.

use std::fs;

use super::{SOON, names};
use crate::support::oracle::{public_key_of, ssh_keygen};
use crate::support::{Home, Terminal};

fn start(home: &Home, args: &[&str]) -> Terminal {
    let kind = if args.contains(&"-t") { &[][..] } else { &["-t", "ed25519"] };
    Terminal::start(home.sshk(["keygen", "-a", "1"]).args(kind).args(args))
}

/// Types the passphrase at both questions.
fn give(terminal: &mut Terminal, path: &str, first: &str, second: &str) {
    terminal.expect(&format!("Enter passphrase for {path:?} (empty for no passphrase): "), SOON);
    terminal.expect_echo(false, SOON);
    terminal.send(&format!("{first}\n"));
    terminal.expect("Enter same passphrase again: ", SOON);
    terminal.expect_echo(false, SOON);
    terminal.send(&format!("{second}\n"));
}

#[test]
fn it_asks_for_the_file_and_twice_for_the_passphrase() {
    let home = Home::new();
    let default = home.join(".ssh/id_ed25519");
    let mut terminal = start(&home, &[]);
    terminal
        .expect(&format!("Enter file in which to save the key ({}): ", default.display()), SOON);
    terminal.send("\n");
    give(&mut terminal, default.to_str().unwrap(), "one two", "one two");
    assert_eq!(terminal.wait(SOON), 0);
    public_key_of(&default, "one two");
    assert!(!terminal.screen().contains("one two"));
}

#[test]
fn the_file_can_be_somewhere_else() {
    for (answer, place) in [("other", "other"), (" ~/below ", "below")] {
        let home = Home::new();
        let mut terminal = start(&home, &[]);
        terminal.expect("): ", SOON);
        terminal.send(&format!("{answer}\n"));
        let shown = if place == "below" {
            home.join(place).display().to_string()
        } else {
            place.to_owned()
        };
        give(&mut terminal, &shown, "", "");
        assert_eq!(terminal.wait(SOON), 0);
        public_key_of(&home.join(place), "");
        assert_eq!(names(home.path()), [place.to_owned(), format!("{place}.pub")]);
    }
}

#[test]
fn passphrases_that_do_not_match_are_asked_for_again() {
    let home = Home::new();
    let mut terminal = start(&home, &["-f", "key"]);
    give(&mut terminal, "key", "one", "two");
    terminal.expect("Passphrases do not match.  Try again.\r\n", SOON);
    give(&mut terminal, "key", "three", "three");
    assert_eq!(terminal.wait(SOON), 0);
    public_key_of(&home.join("key"), "three");
}

#[test]
fn a_passphrase_too_short_for_the_format_is_asked_for_again() {
    let home = Home::new();
    let mut terminal = start(&home, &["-t", "ecdsa", "-m", "pem", "-f", "key"]);
    terminal.expect("(empty for no passphrase): ", SOON);
    terminal.send("four\n");
    terminal.expect(
        "the passphrase is too short: the pem format requires at least five characters.  \
        Try again.\r\n",
        SOON,
    );
    give(&mut terminal, "key", "fiver", "fiver");
    assert_eq!(terminal.wait(SOON), 0);
    public_key_of(&home.join("key"), "fiver");
}

#[test]
fn an_option_suppresses_its_question() {
    let home = Home::new();
    for args in [&["-N", ""][..], &["--force", "-q", "-N", ""]] {
        assert_eq!(start(&home, args).wait(SOON), 0);
    }
    let mut quiet = start(&home, &["-q", "-f", "quiet"]);
    give(&mut quiet, "quiet", "", "");
    assert_eq!(quiet.wait(SOON), 0);
    // Only the question is on the screen.
    let asked = "\rEnter passphrase for \"quiet\" (empty for no passphrase): \r\n\rEnter same \
        passphrase again: \r\n";
    assert_eq!(quiet.screen(), asked);
    assert_eq!(names(home.path()), [".ssh", "quiet", "quiet.pub"]);
}

#[test]
fn an_existing_file_is_replaced_only_after_a_yes() {
    for (answer, is_yes) in [("y", true), ("Yes", true), ("n", false), ("", false), ("yess", false)]
    {
        let home = Home::new();
        fs::write(home.join("key"), "theirs").unwrap();
        let mut terminal = start(&home, &["-f", "key", "-N", ""]);
        terminal.expect("key already exists.\r\nOverwrite (y/n)? ", SOON);
        terminal.send(&format!("{answer}\n"));
        assert_eq!(terminal.wait(SOON), i32::from(!is_yes), "{answer:?}");
        if is_yes {
            public_key_of(&home.join("key"), "");
        } else {
            assert_eq!(
                (names(home.path()), fs::read(home.join("key")).unwrap()),
                (vec!["key".to_owned()], b"theirs".to_vec())
            );
            terminal
                .expect("error:\u{1b}[0m \"key\" already exists; nothing was written\r\n", SOON);
            terminal.expect(
                "hint:\u{1b}[0m choose another file with -f, or replace it with --force\r\n",
                SOON,
            );
        }
    }
}

/// A question, how to reach it, and what Ctrl-D prints there.
const QUESTIONS: [(&[&str], &str, &str, &str, &str); 4] = [
    (&[], "", "Enter file in which", "the file name", "-f"),
    (
        &["-f", "there", "-N", ""],
        "",
        "Overwrite (y/n)? ",
        "permission to overwrite the file",
        "--force or another file with -f",
    ),
    (
        &["-f", "key"],
        "",
        "no passphrase): ",
        "a passphrase for \"key\"",
        "--passphrase-file or SSHK_PASSPHRASE, or -N '' for no passphrase",
    ),
    (
        &["-f", "key"],
        "x\n",
        "again: ",
        "a passphrase for \"key\"",
        "--passphrase-file or SSHK_PASSPHRASE, or -N '' for no passphrase",
    ),
];

fn at_question(home: &Home, args: &[&str], typed: &str, question: &str) -> Terminal {
    fs::write(home.join("there"), "theirs").unwrap();
    let mut terminal = start(home, args);
    if !typed.is_empty() {
        terminal.expect("no passphrase): ", SOON);
        terminal.send(typed);
    }
    terminal.expect(question, SOON);
    terminal
}

fn assert_untouched(home: &Home) {
    assert_eq!(
        (names(home.path()), fs::read(home.join("there")).unwrap()),
        (vec!["there".to_owned()], b"theirs".to_vec())
    );
}

#[test]
fn ctrl_c_at_every_question_ends_the_run_and_leaves_terminal_and_disk_as_they_were() {
    let modes = Terminal::start(Home::new().run("/bin/true")).modes();
    for (args, typed, question, _, _) in QUESTIONS {
        let home = Home::new();
        let mut terminal = at_question(&home, args, typed, question);
        terminal.send_ctrl_c();
        assert_eq!(terminal.wait(SOON), 130, "{question}");
        assert_eq!(terminal.modes(), modes, "{question}");
        assert!(!terminal.screen().contains("error"), "{}", terminal.screen());
        assert_untouched(&home);
    }
}

#[test]
fn ctrl_d_at_every_question_is_not_an_answer() {
    for (args, typed, question, wanted, instead) in QUESTIONS {
        let home = Home::new();
        let mut terminal = at_question(&home, args, typed, question);
        terminal.send_ctrl_d();
        terminal
            .expect(&format!("error:\u{1b}[0m {wanted} was asked for, but not given\r\n"), SOON);
        terminal.expect(&format!("hint:\u{1b}[0m give it with {instead}\r\n"), SOON);
        assert_eq!(terminal.wait(SOON), 1, "{question}");
        assert!(terminal.echoes());
        assert_untouched(&home);
    }
}

#[test]
fn the_randomart_is_ssh_keygens_and_for_terminals_only() {
    let home = Home::new();
    for (args, name) in [
        (&["-f", "a"][..], "a"),
        (&["-t", "rsa", "-b", "2048", "-f", "b"], "b"),
        (&["-t", "ecdsa", "-f", "c"], "c"),
    ] {
        let mut terminal = start(&home, &[args, &["-N", ""]].concat());
        assert_eq!(terminal.wait(SOON), 0);
        let said = ssh_keygen(["-l", "-v", "-f"]).arg(home.join(name)).run().expect(0);
        let art = said.out().split_once('\n').unwrap().1.replace('\n', "\r\n");
        assert!(
            art.starts_with('+') && terminal.screen().ends_with(&art),
            "{art}\n{}",
            terminal.screen()
        );
    }
}
