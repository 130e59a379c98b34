//! The outside programs that check the results: their verdict on a file or a login counts.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use super::process::Run;
use super::program;

/// `ssh-keygen`; options and files follow with `arg`.
pub fn ssh_keygen<A: AsRef<OsStr>>(args: impl IntoIterator<Item = A>) -> Run {
    Run::new(program("ssh-keygen")).args(args)
}

/// The public key that ssh-keygen finds in the private key with this passphrase.
pub fn public_key_of(file: &Path, passphrase: &str) -> String {
    ssh_keygen(["-y", "-P", passphrase, "-f"]).arg(file).run().expect(0).out().trim_end().to_owned()
}

pub fn openssl<A: AsRef<OsStr>>(args: impl IntoIterator<Item = A>) -> Run {
    Run::new(program("openssl")).args(args)
}

pub fn puttygen<A: AsRef<OsStr>>(args: impl IntoIterator<Item = A>) -> Run {
    Run::new(program("puttygen")).args(args)
}

/// `puttygen`, about to generate a key of this type; the output file follows with `arg`.
pub fn puttygen_new(kind: &str, bits: &str, comment: &str) -> Run {
    puttygen(["-q", "-t", kind, "-b", bits, "-C", comment, "--random-device", "/dev/urandom"])
}

/// `jq` with this input.
pub fn jq<A: AsRef<OsStr>>(args: impl IntoIterator<Item = A>, input: impl AsRef<[u8]>) -> Run {
    Run::new(program("jq")).args(args).stdin(input)
}

/// `node -e SCRIPT ARGS`, where `require("ssh2")` finds the version that scripts/test has
/// installed.
pub fn node<A: AsRef<OsStr>>(script: &str, args: impl IntoIterator<Item = A>) -> Run {
    let modules = node_modules();
    assert!(
        modules.join("ssh2/package.json").is_file(),
        "Node's ssh2 is not in {modules:?}: run scripts/test, which installs it"
    );
    Run::new(program("node")).env("NODE_PATH", modules).args(["-e", script, "--"]).args(args)
}

fn node_modules() -> PathBuf {
    oracles().join("node_modules")
}

/// `python3 -c SCRIPT ARGS`, where `import paramiko` finds the version that scripts/test installed.
pub fn python<A: AsRef<OsStr>>(script: &str, args: impl IntoIterator<Item = A>) -> Run {
    let modules = oracles().join("python");
    assert!(
        modules.join("paramiko").is_dir(),
        "paramiko is not in {modules:?}: run scripts/test, which installs it"
    );
    Run::new(program("python3"))
        .env("PYTHONPATH", modules)
        .env("PYTHONWARNINGS", "ignore")
        .args(["-c", script])
        .args(args)
}

fn oracles() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .parent()
        .expect("cargo's folder for tests is inside the target directory");
    target.join("oracles")
}

/// `ssh` without configuration or agent: only the key and the known hosts given here. It never
/// prompts.
pub struct Ssh {
    run: Run,
}

impl Ssh {
    /// A login to 127.0.0.1 with this known_hosts file, and no key yet.
    pub fn new(user: &str, port: u16, known_hosts: &Path) -> Self {
        Self::asking("none".as_ref(), user, port, known_hosts)
    }

    /// The same, signing with the agent at `socket`.
    pub fn through_agent(socket: &Path, user: &str, port: u16, known_hosts: &Path) -> Self {
        Self::asking(socket, user, port, known_hosts)
    }

    fn asking(agent: &Path, user: &str, port: u16, known_hosts: &Path) -> Self {
        let run = Run::new(program("ssh"))
            .args([
                "-F",
                "none",
                "-o",
                "GlobalKnownHostsFile=/dev/null",
                "-o",
                "StrictHostKeyChecking=yes",
            ])
            .args(["-o", "IdentitiesOnly=yes", "-o", "ConnectTimeout=180", "-o"])
            .arg(option("IdentityAgent=", agent))
            .arg("-o")
            .arg(option("UserKnownHostsFile=", known_hosts))
            .args(["-l", user, "-p", &port.to_string()]);
        Self { run }
    }

    /// With this key and no other way to log in.
    pub fn key(self, file: &Path) -> Self {
        let run = self
            .run
            .args(["-o", "BatchMode=yes", "-o", "PreferredAuthentications=publickey", "-i"])
            .arg(file);
        Self { run }
    }

    /// With a password by `method` (`password` or `keyboard-interactive`), given by an askpass
    /// program in `folder`.
    pub fn password(self, password: &str, method: &str, folder: &Path) -> Self {
        let askpass = askpass(folder, password);
        let run = self
            .run
            .args(["-o", "PubkeyAuthentication=no", "-o", "NumberOfPasswordPrompts=1", "-o"])
            .arg(format!("PreferredAuthentications={method}"))
            .env("SSH_ASKPASS", askpass)
            .env("SSH_ASKPASS_REQUIRE", "force");
        Self { run }
    }

    pub fn option(self, option: &str) -> Self {
        Self { run: self.run.args(["-o", option]) }
    }

    pub fn command(self, command: &str) -> Run {
        self.run.args(["127.0.0.1", command])
    }
}

fn option(name: &str, value: &Path) -> OsString {
    let mut option = OsString::from(name);
    option.push(value);
    option
}

/// Writes a program for SSH_ASKPASS that answers every prompt with `answer`.
pub fn askpass(folder: &Path, answer: &str) -> PathBuf {
    assert!(!answer.contains('\''), "the answer is written in single quotes");
    let file = folder.join("askpass");
    super::process::write_program(&file, &format!("#!/bin/sh\nprintf '%s\\n' '{answer}'\n"));
    file
}
