//! Other things at the path of a known_hosts file: all but a regular file or nothing are refused,
//! without waiting.

use std::path::{Path, PathBuf};

use sshk::error::Failure;
use sshk::hosts::known_hosts::{Error, KnownHosts, learn};

use crate::known_hosts::openssh::KEYS;
use crate::known_hosts::{Folder, host};
use crate::support::SOON;

/// Runs something that must not hang, and fails if it does.
fn in_time<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let (done, wait) = std::sync::mpsc::channel();
    std::thread::spawn(move || done.send(work()));
    wait.recv_timeout(SOON).expect("the call hangs")
}

fn refusals(file: &Path) -> [Error; 3] {
    let file = file.to_owned();
    let key = KEYS.key("ed25519");
    in_time(move || {
        let files = [file.clone()];
        [
            KnownHosts::read(&files, &[]).unwrap_err(),
            KnownHosts::read(&[], &files).unwrap_err(),
            learn(&file, &host("web1", 22), &key, false, &mut rand::rng()).unwrap_err(),
        ]
    })
}

#[test]
fn a_missing_file_and_dev_null_are_empty() {
    let folder = Folder::new();
    let link = folder.path("link");
    std::os::unix::fs::symlink("/dev/null", &link).unwrap();
    let null = PathBuf::from("/dev/null");
    let known = KnownHosts::read(
        &[folder.path("none"), null.clone(), link.clone()],
        &[folder.path("none/none")],
    )
    .unwrap();
    assert_eq!(known.entries(&host("web1", 22)), []);
    let mode = |path: &Path| {
        std::os::unix::fs::PermissionsExt::mode(&path.metadata().unwrap().permissions())
    };
    let before = mode(&null);
    for file in [null.clone(), link] {
        learn(&file, &host("web1", 22), &KEYS.key("ed25519"), false, &mut rand::rng()).unwrap();
    }
    assert_eq!(mode(&null), before);
    assert!(!folder.path("none").exists());
}

#[test]
fn directories_pipes_sockets_and_devices_are_refused() {
    let folder = Folder::new();
    let (pipe, socket) = (folder.path("pipe"), folder.path("socket"));
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    for (path, what) in [
        (folder.path(""), "a directory"),
        (pipe, "a named pipe"),
        (socket, "a socket"),
        (PathBuf::from("/dev/zero"), "a device"),
    ] {
        for (error, option) in refusals(&path).iter().zip([
            "UserKnownHostsFile",
            "GlobalKnownHostsFile",
            "UserKnownHostsFile",
        ]) {
            assert_eq!(
                error.to_string(),
                format!("{path:?} is {what}, not a known_hosts file; the host key was not checked")
            );
            assert_eq!(error.hint().unwrap(), format!("leave the file out with -o {option}=none"));
            assert_eq!(error.kind().as_str(), "known-hosts");
        }
    }
}

#[test]
fn an_unreadable_file_does_not_count_as_empty() {
    let folder = Folder::new();
    // Not by its permissions, which root ignores.
    let file = folder.write("file", "").join("known_hosts");
    for error in refusals(&file) {
        assert_eq!(
            error.to_string(),
            format!("cannot read {file:?}: not a directory; the host key was not checked")
        );
        assert_eq!(
            error.hint().unwrap(),
            format!("check its permissions: ls -ld {}", file.display())
        );
        assert_eq!(error.kind().as_str(), "known-hosts");
    }
}

#[test]
fn a_file_that_is_too_large_is_refused() {
    let folder = Folder::new();
    let file = folder.write("known_hosts", "");
    std::fs::File::options().write(true).open(&file).unwrap().set_len((64 << 20) + 1).unwrap();
    for error in refusals(&file) {
        assert_eq!(
            error.to_string(),
            format!("{file:?} is larger than 64 MiB; the host key was not checked")
        );
    }
    assert_eq!(file.metadata().unwrap().len(), (64 << 20) + 1);
}
