//! OpenSSH to compare with: keys made by ssh-keygen, its `-lF`, and `ssh` talking to an `sshd -i`
//! through a pipe, without a port.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;

use ssh_key::PublicKey;

/// Host keys, made once per run. `ed25519` belongs to the server behind [`ssh`]; `ed25519-cert` is
/// its certificate.
pub struct Keys {
    folder: tempfile::TempDir,
}

pub static KEYS: LazyLock<Keys> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    for (name, kind, bits) in [
        ("ed25519", "ed25519", "256"),
        ("ed25519-other", "ed25519", "256"),
        ("rsa", "rsa", "2048"),
        ("ecdsa", "ecdsa", "256"),
        ("ecdsa-384", "ecdsa", "384"),
    ] {
        let file = folder.path().join(name);
        let made = run(Command::new("ssh-keygen")
            .args(["-q", "-N", "", "-C", "", "-t", kind, "-b", bits, "-f"])
            .arg(file));
        assert!(made.status.success(), "{made:?}");
    }
    let certify = ["-q", "-h", "-I", "", "-s"];
    let made = run(Command::new("ssh-keygen")
        .args(certify)
        .args(["rsa", "ed25519.pub"])
        .current_dir(folder.path()));
    assert!(made.status.success(), "{made:?}");
    Keys { folder }
});

impl Keys {
    /// `type base64`, as known_hosts has it.
    pub fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.file(name).with_extension("pub")).unwrap().trim().to_owned()
    }

    pub fn key(&self, name: &str) -> PublicKey {
        self.text(name).parse().unwrap()
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// A line that `ssh-keygen -lF` found.
#[derive(Debug, PartialEq, Eq)]
pub struct Found {
    pub line: usize,
    /// `CA`, `REVOKED` or nothing.
    pub marker: String,
    pub fingerprint: String,
}

/// The lines of `file` that name `host` and have a key that ssh-keygen can parse.
pub fn keygen_find(host: &str, file: &Path) -> Vec<Found> {
    let output = run(Command::new("ssh-keygen").args(["-l", "-F", host, "-f"]).arg(file));
    // 1 means "nothing found", or that the file cannot be opened, which does not happen here.
    assert!(matches!(output.status.code(), Some(0 | 1)), "{output:?}");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut lines = text.lines();
    let mut found = Vec::new();
    while let Some(line) = lines.next() {
        let Some((_, place)) = line.split_once(" found: line ") else { continue };
        let (number, marker) = place.split_once(' ').unwrap_or((place, ""));
        let fingerprint = lines.next().unwrap().split(' ').nth(2).unwrap();
        found.push(Found {
            line: number.parse().unwrap(),
            marker: marker.to_owned(),
            fingerprint: fingerprint.to_owned(),
        });
    }
    found
}

/// What `ssh` decided about the ed25519 host key.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Its certificate was accepted, because of this line.
    Certified(usize),
    /// It was found in this line.
    Known(usize),
    New,
    Changed,
    Revoked,
}

/// Lets `ssh` look up the server in these files. `options` come first and so win.
pub fn ssh(host: &str, port: u16, user: &Path, global: &Path, options: &[&str]) -> Verdict {
    let options = [options, &["-oHostKeyAlgorithms=ssh-ed25519"]].concat();
    ask(host, port, (user, global), &options, "")
}

/// The same with a server that presents `ed25519-cert`, which the key `rsa` signed.
pub fn ssh_with_certificate(host: &str, port: u16, user: &Path, global: &Path) -> Verdict {
    let certificate =
        format!("-o HostCertificate={}", KEYS.file("ed25519-cert").with_extension("pub").display());
    ask(
        host,
        port,
        (user, global),
        &["-oHostKeyAlgorithms=ssh-ed25519-cert-v01@openssh.com,ssh-ed25519"],
        &certificate,
    )
}

fn ask(
    host: &str,
    port: u16,
    (user, global): (&Path, &Path),
    options: &[&str],
    server: &str,
) -> Verdict {
    // Debian's sshd needs this directory if root starts it; its service unit usually creates it.
    if rustix::process::geteuid().is_root() {
        std::fs::create_dir_all("/run/sshd").unwrap();
    }
    let mut command = Command::new("ssh");
    command.args(["-v", "-F", "none", "-p", &port.to_string()]).args(options);
    for option in [
        "BatchMode=yes",
        "StrictHostKeyChecking=yes",
        "PreferredAuthentications=none",
        "IdentityAgent=none",
        "IdentityFile=none",
        &format!("UserKnownHostsFile={}", user.display()),
        &format!("GlobalKnownHostsFile={}", global.display()),
        &format!(
            "ProxyCommand=/usr/sbin/sshd -i -f /dev/null -h {} {server}",
            KEYS.file("ed25519").display()
        ),
    ] {
        command.args(["-o", option]);
    }
    let output = run(command.arg(format!("nobody@{host}")));
    let said = String::from_utf8_lossy(&output.stderr);
    let holds = |words: &str| said.contains(words);
    if holds("REVOKED HOST KEY DETECTED") {
        Verdict::Revoked
    } else if holds("REMOTE HOST IDENTIFICATION HAS CHANGED") {
        Verdict::Changed
    } else if holds("is known and matches the ED25519-CERT host certificate") {
        Verdict::Certified(place(&said, "debug1: Found CA key in "))
    } else if holds("is known and matches the ED25519 host key") {
        Verdict::Known(place(&said, "debug1: Found key in "))
    } else if holds("No ED25519 host key is known") || holds("Permanently added") {
        Verdict::New
    } else {
        panic!("ssh did not reach the host key check: {said}")
    }
}

fn place(said: &str, before: &str) -> usize {
    let place = said.lines().find_map(|line| line.strip_prefix(before)).unwrap();
    place.trim_end().rsplit_once(':').unwrap().1.parse().unwrap()
}

fn run(command: &mut Command) -> Output {
    command
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}; install OpenSSH"))
}

/// Replaces the words ED, OTHER, RSA (CA for an authority) and CERT in these lines by keys.
pub fn with_keys(lines: &str) -> String {
    let word = |word: &str| match word {
        "ED" => KEYS.text("ed25519"),
        "OTHER" => KEYS.text("ed25519-other"),
        "RSA" | "CA" => KEYS.text("rsa"),
        "CERT" => KEYS.text("ed25519-cert"),
        _ => word.to_owned(),
    };
    let line = |line: &str| line.split(' ').map(word).collect::<Vec<_>>().join(" ");
    lines.split('\n').map(line).collect::<Vec<_>>().join("\n")
}
