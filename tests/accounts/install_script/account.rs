//! An account as the script finds it: a throw-away home, a login shell, and the `sh` and tools that
//! its PATH holds.

use std::fs;
use std::io::Read;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use ssh_key::PublicKey;
use sshk::accounts::install::{self, Answer, Error, InstallRequest};
use sshk::accounts::remote_script::Nonce;
use tempfile::TempDir;

/// The shells an account may have; sshd runs `SHELL -c COMMAND`.
pub const LOGIN_SHELLS: [&[&str]; 10] = [
    &["bash"],
    &["dash"],
    &["zsh"],
    &["fish"],
    &["tcsh"],
    &["csh"],
    &["ksh"],
    &["mksh"],
    &["busybox", "ash"],
    &["rbash"],
];

/// What `sh` is on one system or another.
pub const SH: [&str; 6] = ["dash", "bash", "busybox", "ksh", "mksh", "zsh"];

/// Longer than any of the script's own waits.
const TIMEOUT: Duration = crate::support::SOON;

/// What the server would send back.
pub struct Output {
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    pub status: Option<u32>,
}

pub struct Account {
    folder: TempDir,
    shell: Vec<String>,
    path: String,
    /// If we are root, another account: root may read and write everything.
    nobody: bool,
}

impl Account {
    /// With this login shell and this machine's tools.
    pub fn new(shell: &[&str]) -> Self {
        let folder = tempfile::Builder::new().prefix("sshk-account").tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        fs::create_dir(folder.path().join("home")).unwrap();
        let shell = std::iter::once(find(shell[0]).display().to_string())
            .chain(shell[1..].iter().map(|arg| (*arg).to_string()));
        Self {
            shell: shell.collect(),
            folder,
            path: "/usr/local/bin:/usr/bin:/bin".into(),
            nobody: false,
        }
    }

    /// With this `sh`, and without the tools named.
    pub fn with_sh(sh: &str, without: &[&str]) -> Self {
        let mut account = Self::new(&["dash"]);
        let bin = account.folder.path().join("bin");
        fs::create_dir(&bin).unwrap();
        symlink(find(sh), bin.join("sh")).unwrap();
        for tool in [
            "cat", "chmod", "dd", "flock", "grep", "id", "mkdir", "printf", "sleep", "sync",
            "tail", "tr", "uname", "wc",
        ] {
            if !without.contains(&tool) {
                symlink(find(tool), bin.join(tool)).unwrap();
            }
        }
        account.path = bin.display().to_string();
        account
    }

    /// The same PATH under another login shell.
    pub fn with_shell(mut self, shell: &[&str]) -> Self {
        self.shell = Self::new(shell).shell;
        self
    }

    /// As an account that is not root, to test permissions.
    pub fn unprivileged(mut self) -> Self {
        self.nobody = is_root();
        self
    }

    pub fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    pub fn file(&self) -> PathBuf {
        self.home().join(".ssh/authorized_keys")
    }

    pub fn content(&self) -> Vec<u8> {
        fs::read(self.file()).unwrap()
    }

    /// `.ssh` 0700 with this file 0600 in it.
    pub fn with_file(self, content: impl AsRef<[u8]>) -> Self {
        self.with_folder();
        fs::write(self.file(), content).unwrap();
        fs::set_permissions(self.file(), fs::Permissions::from_mode(0o600)).unwrap();
        self
    }

    pub fn with_folder(&self) {
        fs::create_dir(self.home().join(".ssh")).unwrap();
        fs::set_permissions(self.home().join(".ssh"), fs::Permissions::from_mode(0o700)).unwrap();
    }

    /// A file that its shell reads when it starts, relative to the home.
    pub fn with_rc(self, name: &str, text: &str) -> Self {
        let file = self.home().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
        self
    }

    pub fn install(&self, key: &PublicKey) -> Result<Answer, Error> {
        self.ask(&InstallRequest::of(key))
    }

    pub fn dry_run(&self, key: &PublicKey) -> Result<Answer, Error> {
        self.ask(&InstallRequest { dry_run: true, ..InstallRequest::of(key) })
    }

    pub fn ask(&self, request: &InstallRequest) -> Result<Answer, Error> {
        self.ask_behind(&[], request)
    }

    /// Run by another program, such as `prlimit --fsize=N`.
    pub fn ask_behind(&self, before: &[&str], request: &InstallRequest) -> Result<Answer, Error> {
        let nonce = Nonce::new(&mut rand::rng());
        let command = String::from_utf8(install::command(request, &nonce)?).unwrap();
        let output = self.run(before, &command);
        install::read_answer(&output.stdout, &output.stderr, output.status, &nonce)
    }

    /// As sshd does for an exec request, and with what it leaves in the environment.
    pub fn run(&self, before: &[&str], command: &str) -> Output {
        let mut argv: Vec<&str> = before.to_vec();
        argv.extend(self.shell.iter().map(String::as_str));
        let mut child = Command::new(argv[0]);
        child.args(&argv[1..]).args(["-c", command]);
        child
            .env_clear()
            .env("HOME", self.home())
            .env("PATH", &self.path)
            .env("USER", "ann")
            .env("LOGNAME", "ann");
        // Debian's bash reads ~/.bashrc if it thinks that sshd runs it.
        child.env("SHELL", &self.shell[0]).env("SSH_CLIENT", "127.0.0.1 50000 22");
        if let Ok(home) = fs::canonicalize(self.home()) {
            child.current_dir(home);
        }
        if self.nobody {
            for path in [self.home(), self.home().join(".ssh"), self.file()] {
                if path.exists() {
                    std::os::unix::fs::chown(path, Some(65534), Some(65534)).unwrap();
                }
            }
            child.uid(65534).gid(65534);
        }
        finish(
            child
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap(),
        )
    }
}

fn finish(mut child: Child) -> Output {
    let stdout = read(child.stdout.take().unwrap());
    let stderr = read(child.stderr.take().unwrap());
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if start.elapsed() > TIMEOUT {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("the script did not end within {TIMEOUT:?}");
        }
        thread::sleep(Duration::from_millis(2));
    };
    Output {
        stdout: stdout.join().unwrap().unwrap(),
        stderr: stderr.join().unwrap().unwrap(),
        status: status.code().and_then(|code| u32::try_from(code).ok()),
    }
}

fn read(mut stream: impl Read + Send + 'static) -> thread::JoinHandle<std::io::Result<Vec<u8>>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).map(|_| bytes)
    })
}

/// The program's path on this machine.
pub fn find(program: &str) -> PathBuf {
    let places = ["/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin"];
    let found =
        places.iter().map(|place| Path::new(place).join(program)).find(|path| path.exists());
    found.unwrap_or_else(|| {
        panic!("{program} is missing: run scripts/test, it installs what the tests need")
    })
}

pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Whether a test that needs root may go on; if not, reports that it was left out.
pub fn root_or_left_out(test: &str) -> bool {
    if !is_root() {
        eprintln!("LEFT OUT (needs root): {test}");
    }
    is_root()
}
