//! What the real servers have in common: a port of their own on 127.0.0.1, a directory, and a log.

use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::oracle::Ssh;
use super::process::Daemon;

/// A running server; it ends when this is dropped.
pub struct Listening {
    pub daemon: Daemon,
    folder: TempDir,
    pub port: u16,
}

/// The methods of a server that keeps a [`Listening`] in its field `listening`.
macro_rules! listens {
    ($server:ty) => {
        impl $server {
            pub fn port(&self) -> u16 {
                self.listening.port
            }

            /// The id of its process.
            pub fn id(&self) -> u32 {
                self.listening.daemon.id()
            }

            /// Everything it has logged, once its connections are over: a server may log what it
            /// did after it has answered. sshd logs at LogLevel VERBOSE.
            #[track_caller]
            pub fn log(&self) -> String {
                self.listening.daemon.wait_for_children();
                self.listening.daemon.log()
            }

            /// Waits until it has logged `text`, which a server may do after it has answered.
            #[track_caller]
            pub fn wait_for_log(&self, text: &str) {
                self.listening.daemon.wait_for_log(text);
            }
        }
    };
}
pub(super) use listens;

impl Listening {
    /// Starts what `command` makes of the server's folder and a port, and waits until `is_ready`
    /// finds in its log that it listens. Another program can take the port first: if the log says
    /// so, the next port is tried.
    pub fn start(
        folder: TempDir,
        command: impl Fn(&Path, u16) -> Command,
        is_ready: impl Fn(&str) -> bool,
    ) -> Self {
        const TAKEN: [&str; 3] = ["Address already in use", "already in use", "Failed listening"];
        for _ in 0..5 {
            let port = free_port();
            let command = command(folder.path(), port);
            let shown = format!("{command:?}");
            let started = Daemon::start(command, &folder.path().join("log"), &is_ready);
            let log = started.as_ref().map_or_else(String::clone, Daemon::log);
            match started {
                _ if TAKEN.iter().any(|words| log.contains(words)) => {}
                Ok(daemon) => return Self { daemon, folder, port },
                Err(log) => panic!("{shown} does not start:\n{log}"),
            }
        }
        panic!("five ports in a row were taken by other programs");
    }

    /// Its own directory, with its configuration and log.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The lines of a known_hosts file for these public host keys.
    pub fn known_hosts_of(&self, keys: impl IntoIterator<Item = String>) -> String {
        keys.into_iter().map(|key| format!("[127.0.0.1]:{} {key}\n", self.port)).collect()
    }

    /// OpenSSH's own client, about to log in as `user`, knowing these hosts.
    pub fn ssh_knowing(&self, user: &str, known_hosts: &str) -> Ssh {
        let file = self.folder.path().join("known_hosts");
        fs::write(&file, known_hosts).expect("write to the server's own directory");
        Ssh::new(user, self.port, &file)
    }
}

/// A loopback port that was free a moment ago.
fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("listen on loopback");
    listener.local_addr().expect("a bound listener has an address").port()
}

/// A directory that all tests of a user share, since making RSA keys takes time. `make` fills it
/// the first time.
pub fn shared_host_keys(name: &str, make: impl FnOnce(&Path)) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join(format!("{name}-{}", rustix::process::geteuid().as_raw()));
    // Several test programs can get here at the same time.
    let lock = File::create(folder.with_extension("lock")).expect("create the lock file");
    lock.lock().expect("lock a local file");
    if !folder.exists() {
        let draft = folder.with_extension("draft");
        // Left over from an interrupted run.
        let _ = fs::remove_dir_all(&draft);
        fs::create_dir(&draft).expect("create a directory in cargo's own");
        make(&draft);
        fs::rename(&draft, &folder).expect("rename our own directory");
    }
    folder
}
