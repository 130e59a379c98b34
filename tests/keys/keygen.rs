//! `sshk keygen` as a user sees it: the built binary, checked by ssh-keygen, openssl and Node's
//! ssh2.

mod asking;
mod ending;
mod formats;
mod letters;
#[cfg(target_os = "linux")]
mod memory;
mod passphrases;
mod places;

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::support::home::names;
use crate::support::oracle::ssh_keygen;
use crate::support::{Finished, Home};

use crate::support::SOON;

fn keygen(home: &Home, args: &[&str]) -> Finished {
    home.sshk(["keygen"]).args(args).run()
}

/// It failed with exactly this message, and with nothing on stdout.
#[track_caller]
fn assert_fails(said: &Finished, status: i32, error: &str, hint: &str) {
    let hint = if hint.is_empty() { String::new() } else { format!("sshk: hint: {hint}\n") };
    assert_eq!(
        (said.code(), said.out(), said.err()),
        (status, "", format!("sshk: error: {error}\n{hint}").as_str())
    );
}

/// clap's words for arguments that do not parse: the first line of them.
#[track_caller]
fn assert_usage(said: &Finished, first_line: &str) {
    assert_eq!((said.code(), said.out(), said.err().lines().next()), (2, "", Some(first_line)));
}

fn mode(path: &Path) -> u32 {
    path.symlink_metadata().unwrap().permissions().mode() & 0o7777
}

/// `SHA256:… comment`, as ssh-keygen sees it.
fn fingerprint(public: &Path) -> String {
    let said = ssh_keygen(["-l", "-f"]).arg(public).run().expect(0);
    let words = said.out().trim_end().split_once(' ').unwrap().1;
    words.rsplit_once(" (").unwrap().0.to_owned()
}
