//! Throw-away Linux accounts, for what only another user's login can test: shells, passwords, PAM,
//! permissions. They need root.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::process::Run;
use super::program;

/// Skips the test if the tests do not run as root: `root_only!("name_of_the_test");`.
macro_rules! root_only {
    ($name:expr) => {
        if !$crate::support::accounts::is_root_or_left_out($name) {
            return;
        }
    };
}
pub(crate) use root_only;

/// Whether we are root. If not, the test is added to the list that scripts/test prints at its end.
pub fn is_root_or_left_out(name: &str) -> bool {
    if rustix::process::geteuid().is_root() {
        return true;
    }
    println!("SKIPPED (needs root): {name}");
    let list = Path::new(env!("CARGO_TARGET_TMPDIR")).join("left-out");
    let mut file = File::options()
        .create(true)
        .append(true)
        .open(&list)
        .expect("write to cargo's own directory");
    file.write_all(format!("{name}\n").as_bytes()).expect("write to the list");
    false
}

/// An account with a home directory and a password of its own. When this is dropped, both are
/// removed and whatever still runs as this user is killed.
pub struct Account {
    name: String,
    password: String,
    uid: u32,
    folder: TempDir,
}

impl Account {
    /// Creates an account with this login shell: a path, or the name of a program.
    pub fn new(shell: &str) -> Self {
        let shell = if shell.contains('/') { PathBuf::from(shell) } else { program(shell) };
        let folder = tempfile::Builder::new()
            .prefix("sshk-account-")
            .tempdir()
            .expect("create a temporary directory");
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755))
            .expect("change our own directory");
        let home = folder.path().join("home");
        let name = format!("sshk{:08x}", rand::random::<u32>());
        let password = format!("{:016x}", rand::random::<u64>());
        {
            let _lock = lock();
            Run::new(program("useradd"))
                .args(["-M", "-s"])
                .arg(shell)
                .arg("-d")
                .arg(&home)
                .arg(&name)
                .run()
                .expect(0);
        }
        let mut account = Self { name, password, uid: 0, folder };
        account.uid = account.id("-u");
        account.set_password();
        fs::create_dir(&home).unwrap();
        account.own(&home, 0o700);
        account
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn password(&self) -> &str {
        &self.password
    }

    pub fn uid(&self) -> u32 {
        self.uid
    }

    pub fn gid(&self) -> u32 {
        self.id("-g")
    }

    pub fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    pub fn authorized_keys(&self) -> PathBuf {
        self.home().join(".ssh/authorized_keys")
    }

    /// Writes a file owned by the account into its home; missing directories are created with mode
    /// 0700.
    pub fn write(&self, path: impl AsRef<Path>, content: impl AsRef<[u8]>, mode: u32) -> PathBuf {
        let (path, mut folder) = (path.as_ref(), self.home());
        for part in path.parent().into_iter().flat_map(Path::components) {
            folder.push(part);
            if !folder.exists() {
                fs::create_dir(&folder).unwrap();
                self.own(&folder, 0o700);
            }
        }
        let file = self.home().join(path);
        fs::write(&file, content).unwrap();
        self.own(&file, mode);
        file
    }

    /// Writes its authorized_keys, with the permissions that sshd wants.
    pub fn authorize(&self, lines: &str) {
        self.write(".ssh/authorized_keys", lines, 0o600);
    }

    /// Makes the account the owner of a file, with this mode.
    pub fn own(&self, path: &Path, mode: u32) {
        chown(path, Some(self.uid), Some(self.gid())).expect("root may change the owner");
        fs::set_permissions(path, fs::Permissions::from_mode(mode))
            .expect("root may change the mode");
    }

    fn set_password(&self) {
        let _lock = lock();
        Run::new(program("chpasswd"))
            .stdin(format!("{}:{}\n", self.name, self.password))
            .run()
            .expect(0);
    }

    fn id(&self, which: &str) -> u32 {
        Run::new(program("id"))
            .args([which, &self.name])
            .run()
            .expect(0)
            .out()
            .trim()
            .parse()
            .expect("id prints a number")
    }

    /// Whether anything runs as this user.
    pub fn is_busy(&self) -> bool {
        !self.processes().is_empty()
    }

    /// Kills what runs as this user: userdel does not, and it would keep files in the home
    /// directory open.
    pub fn end_processes(&self) {
        for pid in self.processes() {
            let _ = kill_process(pid, Signal::KILL);
        }
    }

    fn processes(&self) -> Vec<Pid> {
        let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
        let ours = entries.filter(|entry| entry.metadata().is_ok_and(|it| it.uid() == self.uid));
        // Ended processes wait for init to reap them, which takes time.
        let runs = |pid: &Pid| {
            fs::read_to_string(format!("/proc/{pid}/status"))
                .is_ok_and(|status| !status.contains("State:\tZ"))
        };
        ours.filter_map(|entry| Pid::from_raw(entry.file_name().to_str()?.parse().ok()?))
            .filter(runs)
            .collect()
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        // Still 0 if the uid is unknown.
        if self.uid != 0 {
            self.end_processes();
        }
        let _lock = lock();
        let gone = Run::new(program("userdel")).arg("-f").arg(&self.name).run();
        if !gone.status.success() && !std::thread::panicking() {
            panic!("the account {} could not be removed: {}", self.name, gone.err());
        }
    }
}

/// passwd(5) allows one writer at a time, and useradd gives up at once instead of waiting. Held
/// until dropped.
fn lock() -> File {
    // Not in the temporary directory, where any user could have created it.
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open("/run/sshk-accounts.lock")
        .expect("create a lock file as root");
    file.lock().expect("lock a local file");
    file
}
