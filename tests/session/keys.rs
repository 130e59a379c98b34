//! Keys as the tests name them: by file, line and fingerprint.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::oracle::ssh_keygen;

/// The line of `KEY.pub`.
pub fn public(key: &Path) -> String {
    fs::read_to_string(with(key, ".pub")).unwrap()
}

/// The fingerprint according to ssh-keygen, of a key by either of its files.
pub fn fingerprint(key: &Path) -> String {
    let public = if key.extension().is_some_and(|it| it == "pub") {
        key.to_owned()
    } else {
        with(key, ".pub")
    };
    let said = ssh_keygen(["-l", "-f"]).arg(public).run().expect(0);
    said.out().split(' ').nth(1).unwrap().to_owned()
}

/// `KEY-cert.pub` and its like.
pub fn with(key: &Path, ending: &str) -> PathBuf {
    let mut path = key.to_owned().into_os_string();
    path.push(ending);
    path.into()
}
