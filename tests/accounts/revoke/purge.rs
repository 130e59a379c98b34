//! `--purge`: disabled lines are removed and nothing else, and a file that a copy could harm is
//! left alone.

use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

use super::*;

#[test]
fn disabled_lines_are_removed_and_all_others_stay_byte_for_byte() {
    root_only!("disabled_lines_are_removed_and_all_others_stay_byte_for_byte");
    for server in [Server::sshd(), Server::dropbear()] {
        let place = Place::new("/bin/bash", server);
        let (key, other) = (place.line(), place.other_line());
        for (before, after) in [
            (format!("{key}{other}"), other.clone()),
            (format!("{other}{}", key.trim_end()), other.clone()),
            (
                format!("# a\r\n\0\n{key}{}{other}restrict {key}#{key}no newline", disabled(&key)),
                format!("# a\r\n\0\n{other}#{key}no newline"),
            ),
            (
                format!("{}{key}{other}", "# pad\n".repeat(30_000)),
                format!("{}{other}", "# pad\n".repeat(30_000)),
            ),
        ] {
            place.account.write(".ssh/authorized_keys", &before, 0o640);
            place.revoke(["--purge"]).run().expect(0);
            assert!(
                place.remote() == after.as_bytes(),
                "{:?}",
                String::from_utf8_lossy(&place.remote())
            );
            let found = place.account.authorized_keys().metadata().unwrap();
            assert_eq!((found.mode() & 0o777, found.uid()), (0o640, place.account.uid()));
            assert!(place.gets_in(&place.other));
            let folder = fs::read_dir(place.account.home().join(".ssh")).unwrap();
            assert_eq!(folder.count(), 1, "a copy was left behind");
        }
    }
}

#[test]
fn lines_revoked_earlier_are_removed_too_and_those_of_other_keys_stay() {
    root_only!("lines_revoked_earlier_are_removed_too_and_those_of_other_keys_stay");
    let place = Place::sshd();
    let (key, other) = (place.line(), place.other_line());
    place.holds(format!("{}{}{other}", disabled(&key), disabled(&other)));
    let said = place.revoke(["--purge"]).run().expect(0);
    assert!(
        said.err().ends_with("; the server rejects it; 1 line was deleted\n"),
        "{}",
        said.err()
    );
    assert_eq!(String::from_utf8(place.remote()).unwrap(), format!("{}{other}", disabled(&other)));
}

#[test]
fn a_file_that_a_copy_could_damage_keeps_its_disabled_lines() {
    root_only!("a_file_that_a_copy_could_damage_keeps_its_disabled_lines");
    let place = Place::sshd();
    let (key, other) = (place.line(), place.other_line());
    let refused = |why: &str| {
        let said = place.revoke(["--purge"]).run().expect(1);
        assert_eq!(
            said.err(),
            format!(
                "sshk: error: {}: \"~/.ssh/authorized_keys\" on the server cannot be purged: \
                {why}; its lines are disabled, but were not deleted\n\
                 sshk: hint: remove the lines by hand, or leave them: servers ignore them\n",
                place.to()
            )
        );
        assert_eq!(
            String::from_utf8(place.remote()).unwrap(),
            format!("{}{other}", disabled(&key))
        );
        assert!(!place.gets_in(&place.key));
    };
    let file = place.account.authorized_keys();
    place.holds(format!("{key}{other}"));
    fs::hard_link(&file, place.account.home().join("second")).unwrap();
    refused("it has 2 names (hard links)");
    fs::remove_file(place.account.home().join("second")).unwrap();
    fs::remove_file(&file).unwrap();
    place.account.write("keys", format!("{key}{other}"), 0o600);
    symlink("../keys", &file).unwrap();
    refused("it is a symlink");
    fs::remove_file(&file).unwrap();
    place.holds(format!("{key}{other}"));
    std::os::unix::fs::chown(&file, Some(0), None).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o666)).unwrap();
    // Owned by root and writable by everyone: sshd does not read it, but the account may change it.
    let said = place.revoke(["--purge"]).run().expect(1);
    assert!(said.err().contains("cannot be purged: it belongs to uid 0; "), "{}", said.err());
}

#[test]
fn lines_appended_during_the_purge_are_kept() {
    root_only!("lines_appended_during_the_purge_are_kept");
    let place = Place::sshd();
    let (key, other) = (place.line(), place.other_line());
    place.holds(format!("{key}{other}{key}"));
    let file = place.account.authorized_keys();
    let (is_over, ends) = (
        std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false)),
        std::sync::atomic::Ordering::Relaxed,
    );
    let writer = std::thread::spawn({
        let (file, is_over) = (file.clone(), is_over.clone());
        move || {
            use std::io::Write;
            let mut lines = 0;
            while !is_over.load(ends) {
                // The file can be renamed between the open and the write.
                let mut file = fs::OpenOptions::new().append(true).open(&file).unwrap();
                std::thread::sleep(std::time::Duration::from_millis(1));
                file.write_all(format!("# appended {lines}\n").as_bytes()).unwrap();
                lines += 1;
            }
            lines
        }
    });
    let said = place.revoke(["--purge"]).run();
    is_over.store(true, ends);
    let lines = writer.join().unwrap();
    let after = String::from_utf8(place.remote()).unwrap();
    assert!(said.status.success(), "{}", said.err());
    assert!(after.starts_with(&other), "{after}");
    let missing: Vec<_> =
        (0..lines).filter(|n| !after.contains(&format!("# appended {n}\n"))).collect();
    assert!(missing.is_empty(), "{missing:?} of {lines} were lost");
}
