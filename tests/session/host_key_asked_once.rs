//! Two accounts on one unknown host: the user is asked about its host key once, and it is added
//! once.

use std::fs;

use crate::support::server::{Account, Server};
use crate::support::{Home, SOON, Terminal};

#[test]
fn two_accounts_on_an_unknown_host_ask_about_its_host_key_once() {
    let (home, server) = (Home::new(), Server::start(Account::new("ann", "pw")).unwrap());
    let key = home.key("ed25519", "id_ed25519");
    fs::create_dir(server.home().join(".ssh")).unwrap();
    fs::copy(key.with_extension("pub"), server.home().join(".ssh/authorized_keys")).unwrap();
    let at = |user: &str| format!("ssh://{user}@127.0.0.1:{}", server.port());
    // Bob's login fails, but only after the host key was accepted for it.
    let mut terminal = Terminal::start(home.sshk(["test", "-F", "none", &at("ann"), &at("bob")]));
    terminal.expect("(yes/no/[fingerprint])? ", SOON);
    terminal.send("yes\n");
    assert_eq!(terminal.wait(SOON), 1, "{}", terminal.screen());
    let screen = terminal.screen();
    assert_eq!(screen.matches("(yes/no/[fingerprint])? ").count(), 1, "{screen}");
    assert!(screen.contains(&format!("{}: logged in with ", at("ann"))), "{screen}");
    assert!(screen.contains(&format!("{}: the server rejected the key", at("bob"))), "{screen}");
    let known = fs::read_to_string(home.join(".ssh/known_hosts")).unwrap();
    assert_eq!(known.lines().count(), 1, "{known}");
}
