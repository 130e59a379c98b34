//! The permissions of a new key pair under every umask. A file of its own: the umask belongs to the
//! whole process.

use rustix::fs::Mode;
use sshk::KeyFile;
use std::os::unix::fs::PermissionsExt;

#[test]
fn the_umask_does_not_change_the_permissions_of_a_pair_or_its_directory() {
    let folder = tempfile::TempDir::new().unwrap();
    for umask in [0o000, 0o022, 0o077, 0o777] {
        let home = folder.path().join(format!("{umask:o}"));
        std::fs::create_dir(&home).unwrap();
        let path = home.join(".ssh/id");
        let before = rustix::process::umask(Mode::from_raw_mode(umask));
        let made = KeyFile::new(&path).create_pair("private\n", "public\n", false, true);
        rustix::process::umask(before);
        made.unwrap();
        let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o7777;
        assert_eq!(
            [mode(&home.join(".ssh")), mode(&path), mode(&path.with_extension("pub"))],
            [0o700, 0o600, 0o644],
            "umask {umask:o}"
        );
    }
}
