//! A real dropbear on 127.0.0.1. It reads `~/.ssh/authorized_keys` of the real home and nothing
//! else, so logging in to it takes a [`super::Account`], and that takes root.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use tempfile::TempDir;

use super::oracle::Ssh;
use super::process::{Daemon, Run};
use super::{free_port, program};

const KINDS: [&str; 3] = ["ed25519", "rsa", "ecdsa"];

/// A running dropbear; it ends when this is dropped.
pub struct Dropbear {
    daemon: Daemon,
    folder: TempDir,
    port: u16,
}

impl Dropbear {
    /// With these options of dropbear(8) besides address, port and host keys: `-s` refuses
    /// passwords, for example.
    pub fn start(options: &[&str]) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("sshk-dropbear-")
            .tempdir()
            .expect("a temporary folder");
        let log = folder.path().join("log");
        for _ in 0..5 {
            let port = free_port();
            let mut command = Command::new(program("dropbear"));
            command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
            command
                .args(["-F", "-E", "-p", &format!("127.0.0.1:{port}"), "-P"])
                .arg(folder.path().join("pid"));
            for kind in KINDS {
                command.arg("-r").arg(host_keys().join(kind));
            }
            // It listens before it says this.
            match Daemon::start(Self::with(command, options), &log, |log| {
                log.contains("Not backgrounding")
            }) {
                // Dropbear goes on without an address that is taken, as long as another one was
                // free.
                Ok(daemon) if !daemon.log().contains("Failed listening") => {
                    return Self { daemon, folder, port };
                }
                Err(log) if !log.contains("already in use") => {
                    panic!("dropbear does not start:\n{log}")
                }
                _ => {}
            }
        }
        panic!("five ports in a row were taken by somebody else");
    }

    fn with(mut command: Command, options: &[&str]) -> Command {
        command.args(options);
        command
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.daemon.id()
    }

    /// The public half of its host key of this kind: `ed25519`, `rsa` or `ecdsa`.
    pub fn host_key(&self, kind: &str) -> String {
        let said = Run::new(program("dropbearkey"))
            .args(["-y", "-f"])
            .arg(host_keys().join(kind))
            .run()
            .expect(0);
        let line =
            said.out().lines().find(|line| line.starts_with("ssh-") || line.starts_with("ecdsa-"));
        line.expect("dropbearkey -y prints the public key").to_owned()
    }

    /// The lines for a known_hosts file, one a host key.
    pub fn known_hosts(&self) -> String {
        KINDS
            .iter()
            .map(|kind| format!("[127.0.0.1]:{} {}\n", self.port, self.host_key(kind)))
            .collect()
    }

    pub fn log(&self) -> String {
        self.daemon.log()
    }

    #[track_caller]
    pub fn wait_for_log(&self, text: &str) {
        self.daemon.wait_for_log(text);
    }

    /// OpenSSH's own client, on its way to `user` here.
    pub fn ssh(&self, user: &str) -> Ssh {
        let file = self.folder.path().join("known_hosts");
        fs::write(&file, self.known_hosts()).expect("our own folder");
        Ssh::new(user, self.port, &file)
    }
}

/// Host keys in dropbear's own format, made once for each user who runs the tests.
fn host_keys() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("dropbear-keys-{}", rustix::process::geteuid().as_raw()));
        fs::create_dir_all(&folder).expect("cargo's own folder takes a folder");
        // Several test programs can be first at the same time.
        let lock = File::create(folder.join("lock")).expect("our own folder");
        lock.lock().expect("a local file can be locked");
        for kind in KINDS {
            let (file, draft) = (folder.join(kind), folder.join("draft"));
            if !file.exists() {
                let _ = fs::remove_file(&draft);
                Run::new(program("dropbearkey"))
                    .args(["-t", kind, "-f"])
                    .arg(&draft)
                    .run()
                    .expect(0);
                fs::rename(&draft, &file).expect("our own folder");
            }
        }
        folder
    })
}
