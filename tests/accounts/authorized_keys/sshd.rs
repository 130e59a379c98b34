//! A real sshd on 127.0.0.1 for the user who runs the tests, with its own files; it stops when its
//! handle is dropped.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

pub struct Sshd {
    folder: TempDir,
    child: Child,
    port: u16,
}

impl Sshd {
    /// Accepts the keys in `keys` and in `home/.ssh/authorized_keys` of [`Self::path`]; sessions
    /// have that `home`.
    pub fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("sshk-sshd").tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("home")).unwrap();
        for key in ["host", "door", "key"] {
            let status = Command::new("ssh-keygen")
                .args(["-q", "-t", "ed25519", "-N", "", "-f"])
                .arg(at(key))
                .status();
            assert!(status.expect("ssh-keygen is missing: run scripts/test").success());
        }
        if rustix::process::geteuid().is_root() {
            fs::create_dir_all("/run/sshd").unwrap();
        }
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let dir = folder.path().display();
        let config = format!(
            "ListenAddress 127.0.0.1:{port}\nHostKey {dir}/host\nPidFile none\nStrictModes \
            no\nUsePAM no\nPermitRootLogin yes\n\
             PasswordAuthentication no\nKbdInteractiveAuthentication no\nSetEnv HOME={dir}/home\n\
             AuthorizedKeysFile {dir}/keys {dir}/home/.ssh/authorized_keys\n"
        );
        // From OpenSSH 9.8 on, refused logins would delay the next ones.
        fs::write(at("config"), format!("{config}PerSourcePenalties no\n")).unwrap();
        let sshd = ["/usr/sbin/sshd", "/usr/local/sbin/sshd", "/usr/libexec/sshd"]
            .into_iter()
            .find(|path| Path::new(path).exists());
        let sshd =
            sshd.expect("sshd is missing: run scripts/test, it installs what the tests need");
        if !Command::new(sshd)
            .arg("-t")
            .arg("-f")
            .arg(at("config"))
            .stderr(Stdio::null())
            .status()
            .unwrap()
            .success()
        {
            fs::write(at("config"), config).unwrap();
        }
        let log = fs::File::create(at("log")).unwrap();
        let child = Command::new(sshd)
            .args(["-D", "-e", "-f"])
            .arg(at("config"))
            .stdin(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let sshd = Self { folder, child, port };
        let start = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let log = || fs::read_to_string(sshd.path("log")).unwrap();
            assert!(start.elapsed() < crate::support::SOON, "sshd did not start: {}", log());
            thread::sleep(Duration::from_millis(20));
        }
        sshd
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// `ssh` with this key and nothing else.
    pub fn ssh(&self, key: &str, command: &str) -> Output {
        let mut ssh = Command::new("ssh");
        ssh.args([
            "-F",
            "none",
            "-T",
            "-o",
            "BatchMode=yes",
            "-o",
            "IdentitiesOnly=yes",
            "-o",
            "StrictHostKeyChecking=no",
        ]);
        ssh.args([
            "-o",
            "UserKnownHostsFile=/dev/null",
            "-o",
            "LogLevel=ERROR",
            "-o",
            "ConnectTimeout=20",
            "-o",
            "IdentityAgent=none",
        ]);
        ssh.args(["-p", &self.port.to_string(), "-i"])
            .arg(self.path(key))
            .args(["127.0.0.1", command]);
        ssh.stdin(Stdio::null()).output().unwrap()
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
