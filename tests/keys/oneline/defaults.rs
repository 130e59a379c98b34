//! Without KEY: the one private key in ~/.ssh.

use std::fs;

use super::{SOON, oneline};
use crate::support::oracle::jq;
use crate::support::{Home, Terminal};

#[test]
fn the_only_default_key_is_used_with_or_without_its_public_key() {
    let home = Home::new();
    let key = home.key("ed25519", "id_ed25519");
    for _ in 0..2 {
        let expected = jq(["-Rs", "."], fs::read(&key).unwrap()).run().expect(0);
        let said = oneline(&home, &["--as", "json"]);
        assert_eq!((said.code(), said.out(), said.err()), (0, expected.out(), ""));
        let _ = fs::remove_file(key.with_extension("pub"));
    }
    fs::write(&key, "").unwrap();
    let words = format!("sshk: error: {key:?}: it is empty\n");
    assert_eq!(
        (oneline(&home, &[]).expect(1).err(), oneline(&home, &[]).out()),
        (words.as_str(), "")
    );
}

#[test]
fn no_key_and_several_keys_are_wrong_usage_without_a_terminal() {
    let home = Home::new();
    let none = oneline(&home, &[]);
    let words = format!(
        "sshk: error: there is no key in {:?}\nsshk: hint: generate one with: sshk keygen\n",
        home.join(".ssh")
    );
    assert_eq!((none.code(), none.out(), none.err()), (2, "", words.as_str()));
    let (first, second) = (home.key("ecdsa", "id_ecdsa"), home.key("ed25519", "id_ed25519"));
    let several = oneline(&home, &[]);
    let words = format!(
        "sshk: error: there are several keys in {:?}: {first:?}, {second:?}\n\
         sshk: hint: name one with sshk oneline {}\n",
        home.join(".ssh"),
        first.display()
    );
    assert_eq!((several.code(), several.out(), several.err()), (2, "", words.as_str()));
}

#[test]
fn the_user_is_asked_which_of_several_keys() {
    let home = Home::new();
    let (first, second) = (home.key("ecdsa", "id_ecdsa"), home.key("ed25519", "id_ed25519"));
    let start = || {
        let mut terminal = Terminal::redirected(home.sshk(["oneline", "--as", "json"]), ">out");
        let list = format!(
            "There are several keys in {:?}:\r\n  1  {}\r\n  2  {}\r\nWhich one (1-2)? ",
            home.join(".ssh"),
            first.display(),
            second.display()
        );
        terminal.expect(&list, SOON);
        terminal
    };
    let mut terminal = start();
    terminal.send("3\n");
    terminal.expect("Please type a number from 1 to 2: ", SOON);
    terminal.send(" 2 \n");
    assert_eq!(terminal.wait(SOON), 0);
    assert_eq!(
        fs::read_to_string(home.join("out")).unwrap(),
        jq(["-Rs", "."], fs::read(&second).unwrap()).run().out()
    );

    let mut terminal = start();
    let modes = terminal.modes();
    terminal.send_ctrl_c();
    assert_eq!((terminal.wait(SOON), terminal.modes().local), (130, modes.local));
    let mut terminal = start();
    terminal.send_ctrl_d();
    terminal.expect("error:\u{1b}[0m the choice of a key was asked for, but not given\r\n", SOON);
    let hint = format!("hint:\u{1b}[0m name one with sshk oneline {}\r\n", first.display());
    terminal.expect(&hint, SOON);
    assert_eq!(terminal.wait(SOON), 1);
    assert_eq!(fs::read(home.join("out")).unwrap(), b"");
}
