//! Root on the server: what another user controls is not written to, since a symlink there would
//! lead root's hand anywhere.

use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::PathBuf;

use crate::support::{Account, Finished, Home, Sshd, root_only};

/// Root's own account on a real sshd, and bob, whose keys file is a symlink to a file of root's.
struct Place {
    home: Home,
    sshd: Sshd,
    bob: Account,
    victim: PathBuf,
    /// Logs in.
    door: PathBuf,
    key: PathBuf,
}

impl Place {
    fn new() -> Self {
        let (home, bob) = (Home::new(), Account::new("/bin/sh"));
        let keys = bob.home().join(".ssh/authorized_keys");
        let door_keys = home.join("door_keys");
        let sshd = Sshd::builder()
            .line(&format!("AuthorizedKeysFile {} {}", door_keys.display(), keys.display()))
            .start();
        home.know(&sshd.known_hosts());
        let (door, key) = (home.key("ed25519", "door"), home.key("ed25519", "new"));
        fs::write(door_keys, public(&door)).unwrap();
        let victim = home.join("victim");
        bob.write(".ssh/x", "", 0o600);
        symlink(&victim, &keys).unwrap();
        Self { home, sshd, bob, victim, door, key }
    }

    fn run(&self, words: &[&str]) -> Finished {
        let door = format!("IdentityFile={}", self.door.display());
        self.home
            .sshk([words[0], "-i"])
            .arg(&self.key)
            .args(["-o", &door])
            .args(&words[1..])
            .arg(format!("ssh://root@127.0.0.1:{}", self.sshd.port()))
            .run()
    }

    #[track_caller]
    fn refuses(&self, words: &[&str]) {
        let before = fs::read(&self.victim).unwrap();
        let said = self.run(words).expect(1);
        let folder = self.bob.home();
        let why = format!(
            "on the server is in the hands of another user: {folder:?} belongs to uid {}; nothing \
            was written",
            self.bob.uid()
        );
        assert!(said.err().contains(&why), "{words:?}: {}", said.err());
        assert_eq!(fs::read(&self.victim).unwrap(), before, "{words:?}");
    }
}

fn public(key: &std::path::Path) -> String {
    fs::read_to_string(key.with_extension("pub")).unwrap()
}

#[test]
fn root_does_not_follow_another_users_symlink_when_it_installs_a_key() {
    root_only!("root_does_not_follow_another_users_symlink_when_it_installs_a_key");
    let place = Place::new();
    fs::write(&place.victim, "# root's\n").unwrap();
    let keys = place.bob.authorized_keys();
    let keys = keys.to_str().unwrap();
    for options in [&["-t", keys][..], &["-s", "-t", keys], &["-n", "-t", keys]] {
        place.refuses(&[&["copy-id", "--no-verify"], options].concat());
    }
    // A new file in a directory of his would be root's.
    let new = place.bob.home().join("made/authorized_keys");
    place.refuses(&["copy-id", "--no-verify", "-t", new.to_str().unwrap()]);
    assert!(!new.parent().unwrap().exists());
    place.run(&["copy-id", "--no-verify", "-f", "-t", keys]).expect(0);
    let content = fs::read_to_string(&place.victim).unwrap();
    assert_eq!(content, format!("# root's\n{}", public(&place.key)));
}

#[test]
fn root_does_not_reach_another_users_directory_through_a_symlink_of_its_own() {
    root_only!("root_does_not_reach_another_users_directory_through_a_symlink_of_its_own");
    let place = Place::new();
    fs::write(&place.victim, "# root's\n").unwrap();
    let link = place.home.join("link");
    symlink(place.bob.home().join(".ssh"), &link).unwrap();
    let keys = link.join("authorized_keys");
    place.refuses(&["copy-id", "--no-verify", "-t", keys.to_str().unwrap()]);
    place.refuses(&["copy-id", "--no-verify", "-s", "-t", keys.to_str().unwrap()]);
    // A link of root's to a file of root's is followed.
    let own = place.home.join("own");
    symlink(&place.victim, &own).unwrap();
    place.run(&["copy-id", "--no-verify", "-t", own.to_str().unwrap()]).expect(0);
    assert!(fs::read_to_string(&place.victim).unwrap().ends_with(&public(&place.key)));
    assert_eq!(place.victim.metadata().unwrap().uid(), 0);
}

#[test]
fn root_does_not_follow_another_users_symlink_when_it_revokes_a_key() {
    root_only!("root_does_not_follow_another_users_symlink_when_it_revokes_a_key");
    let place = Place::new();
    fs::write(&place.victim, public(&place.key)).unwrap();
    place.refuses(&["revoke"]);
    place.run(&["revoke", "--force"]).expect(0);
    let content = fs::read_to_string(&place.victim).unwrap();
    assert_eq!(content, format!("#{}", &public(&place.key)[1..]));
}
