//! ssh-keygen's letters, given more than once.

use super::*;

#[test]
fn the_last_of_a_letter_given_twice_wins_as_in_ssh_keygen() {
    let home = Home::new();
    let args = |file: &str| {
        let words = "-q -q -t rsa -t ed25519 -C one -C two -a 16 -a 17 -f first -N secret";
        let last = ["-f", file, "-N", ""].map(str::to_owned);
        words.split(' ').map(str::to_owned).chain(last).collect::<Vec<_>>()
    };
    home.run(crate::support::program("ssh-keygen")).args(args("theirs")).run().expect(0);
    home.sshk(["keygen"]).args(args("ours")).run().expect(0);
    assert!(!home.join("first").exists());
    for file in ["theirs.pub", "ours.pub"] {
        let line = std::fs::read_to_string(home.join(file)).unwrap();
        assert!(line.starts_with("ssh-ed25519 ") && line.ends_with(" two\n"), "{file}: {line}");
    }
    // Without a passphrase: the last one was empty.
    let public = ssh_keygen(["-y", "-P", "", "-f"]).arg(home.join("ours")).run().expect(0);
    assert!(public.out().starts_with("ssh-ed25519 "));
}
