//! A throw-away HOME, and the built `sshk` running in it.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::process::Run;

/// An empty home directory, removed when this is dropped.
pub struct Home {
    folder: TempDir,
}

impl Home {
    pub fn new() -> Self {
        Self {
            folder: tempfile::Builder::new()
                .prefix("sshk-home-")
                .tempdir()
                .expect("create a temporary directory"),
        }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A path inside the home.
    pub fn join(&self, path: impl AsRef<Path>) -> PathBuf {
        self.path().join(path)
    }

    /// `~/.ssh`, created with mode 0700 if it is missing.
    pub fn ssh(&self) -> PathBuf {
        let folder = self.join(".ssh");
        if !folder.exists() {
            fs::create_dir(&folder).unwrap();
            fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
        }
        folder
    }

    /// Adds lines to `~/.ssh/known_hosts`, such as those of a server's `known_hosts()`.
    pub fn know(&self, lines: &str) {
        let file = self.ssh().join("known_hosts");
        let before = fs::read_to_string(&file).unwrap_or_default();
        fs::write(file, before + lines).unwrap();
    }

    /// Makes a key pair with ssh-keygen, without a passphrase, and returns the path of the private
    /// key.
    pub fn key(&self, kind: &str, name: &str) -> PathBuf {
        let file = self.ssh().join(name);
        super::oracle::ssh_keygen(["-q", "-t", kind, "-N", "", "-C", "test@house", "-f"])
            .arg(&file)
            .run()
            .expect(0);
        file
    }

    /// The built `sshk` with this HOME: no terminal, no agent, no display, and nothing else of the
    /// caller's environment.
    pub fn sshk<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Run {
        self.run(env!("CARGO_BIN_EXE_sshk")).args(args)
    }

    /// Any other program in the same environment.
    pub fn run(&self, program: impl AsRef<OsStr>) -> Run {
        Run::new(program).env("HOME", self.path()).current_dir(self.path())
    }
}

/// The names of everything in a directory, in order.
pub fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|it| it.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}
