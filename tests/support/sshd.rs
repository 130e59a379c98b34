//! A real OpenSSH server on 127.0.0.1, with its own configuration, host keys and log.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use super::listening::{self, Listening, listens};
use super::oracle::{Ssh, ssh_keygen};
use super::process::Run;
use super::{Home, program};

/// The types and bits of the host keys every server has, in the order of its configuration.
const KINDS: [(&str, &str); 3] = [("ed25519", "256"), ("rsa", "2048"), ("ecdsa", "256")];

/// A running sshd; it ends when this is dropped.
pub struct Sshd {
    listening: Listening,
    home: Home,
    host_keys: PathBuf,
}

listens!(Sshd);

/// The configuration of a server to start.
pub struct Builder {
    lines: Vec<String>,
    oneself: bool,
    fresh_host_keys: bool,
    no_host_keys: bool,
    is_secretive: bool,
}

impl Sshd {
    /// A server for logins with a key as the user who runs the tests, root or not. The login's HOME
    /// is [`Sshd::home`], so that no real home is touched (though the working folder is the real
    /// one). StrictModes is off, since everyone can write to the temporary directory.
    pub fn builder() -> Builder {
        Builder { oneself: true, ..Self::for_accounts() }
    }

    /// A server for [`super::Account`]s, with sshd's own defaults. It needs root.
    pub fn for_accounts() -> Builder {
        Builder {
            lines: Vec::new(),
            oneself: false,
            fresh_host_keys: false,
            no_host_keys: false,
            is_secretive: false,
        }
    }

    /// The user who logs in to a server of [`Sshd::builder`]: the one who runs the tests.
    pub fn user(&self) -> &'static str {
        oneself()
    }

    /// The home of that login; the server reads its `.ssh/authorized_keys`.
    pub fn home(&self) -> &Home {
        &self.home
    }

    pub fn authorized_keys(&self) -> PathBuf {
        self.home.join(".ssh/authorized_keys")
    }

    /// Writes the authorized_keys of that login.
    pub fn authorize(&self, lines: &str) {
        self.home.ssh();
        fs::write(self.authorized_keys(), lines).expect("write to our own directory");
    }

    /// Its public host key of this kind: `ed25519`, `rsa` or `ecdsa`.
    pub fn host_key(&self, kind: &str) -> String {
        read_public(&self.host_keys.join(kind))
    }

    /// The lines for a known_hosts file, one per host key.
    pub fn known_hosts(&self) -> String {
        let kinds = KINDS.iter().filter(|(kind, _)| self.host_keys.join(kind).exists());
        self.listening.known_hosts_of(kinds.map(|(kind, _)| self.host_key(kind)))
    }

    /// Its configuration file.
    pub fn config_file(&self) -> PathBuf {
        self.listening.folder().join("sshd_config")
    }

    /// OpenSSH's own client, about to log in to this server as `user`.
    pub fn ssh(&self, user: &str) -> Ssh {
        self.listening.ssh_knowing(user, &self.known_hosts())
    }
}

impl Builder {
    /// One more line of sshd_config(5). It overrides the defaults given here; a `Match` and what
    /// follows it come last.
    pub fn line(mut self, line: &str) -> Self {
        self.lines.push(line.to_owned());
        self
    }

    /// Passwords and keyboard-interactive through PAM, as on Debian.
    pub fn pam(self) -> Self {
        self.line("UsePAM yes").line("KbdInteractiveAuthentication yes")
    }

    /// Host keys that no other server has; without this, all servers share theirs. Only ed25519,
    /// which is quick to make.
    pub fn fresh_host_keys(mut self) -> Self {
        self.fresh_host_keys = true;
        self
    }

    /// No host keys but those of the lines.
    pub fn no_host_keys(mut self) -> Self {
        self.no_host_keys = true;
        self
    }

    /// Only root can read its configuration, as on Fedora. Otherwise everyone can, as on Debian.
    pub fn secretive(mut self) -> Self {
        self.is_secretive = true;
        self
    }

    pub fn start(self) -> Sshd {
        let (folder, home) = (
            tempfile::Builder::new()
                .prefix("sshk-sshd-")
                .tempdir()
                .expect("create a temporary directory"),
            Home::new(),
        );
        fs::set_permissions(
            folder.path(),
            fs::Permissions::from_mode(if self.is_secretive { 0o700 } else { 0o755 }),
        )
        .expect("write to our own directory");
        let host_keys = if self.no_host_keys {
            folder.path().join("no-host-keys")
        } else if self.fresh_host_keys {
            make_host_key(folder.path(), KINDS[0]);
            folder.path().to_owned()
        } else {
            shared_host_keys().to_owned()
        };
        if rustix::process::geteuid().is_root() && cfg!(target_os = "linux") {
            // sshd's chroot for its unprivileged process; the system's own service creates it at
            // boot.
            fs::create_dir_all("/run/sshd").expect("create a directory as root");
        }
        let command = |folder: &Path, port: u16| {
            let config = folder.join("sshd_config");
            fs::write(&config, self.config(port, &host_keys, &home))
                .expect("write to the server's own directory");
            // By its full path: sshd starts itself again for every connection.
            let mut command = Command::new(program("sshd"));
            command
                .env_clear()
                .env("PATH", std::env::var_os("PATH").unwrap_or_default())
                .args(["-D", "-e", "-f"])
                .arg(config);
            command
        };
        let is_ready = |log: &str| log.contains("Server listening on 127.0.0.1");
        let listening = Listening::start(folder, command, is_ready);
        Sshd { listening, home, host_keys }
    }

    fn config(&self, port: u16, host_keys: &Path, home: &Home) -> String {
        let matches =
            self.lines.iter().position(|line| is(line, "Match")).unwrap_or(self.lines.len());
        let (general, matches) = self.lines.split_at(matches);
        let mut lines = vec![
            format!("ListenAddress 127.0.0.1:{port}"),
            "PidFile none".into(),
            "LogLevel VERBOSE".into(),
        ];
        let keys = KINDS.iter().map(|(kind, _)| host_keys.join(kind)).filter(|file| file.exists());
        lines.extend(keys.map(|file| format!("HostKey {}", file.display())));
        lines.extend_from_slice(general);
        // Many tests connect at the same time, and some of them fail on purpose.
        if !general.iter().any(|line| is(line, "MaxStartups")) {
            lines.push("MaxStartups 100".into());
        }
        lines.extend(
            ["PermitRootLogin yes", "PrintMotd no", "AcceptEnv LANG LC_*"].map(String::from),
        );
        if has_penalties() {
            lines.push("PerSourcePenalties no".into());
        }
        if !general.iter().any(|line| is(line, "Subsystem")) {
            lines.push("Subsystem sftp internal-sftp".into());
        }
        if self.oneself {
            lines.push("StrictModes no".into());
        }
        lines.extend_from_slice(matches);
        if self.oneself {
            lines.extend([
                format!("Match User {}", oneself()),
                format!("SetEnv HOME={}", home.path().display()),
            ]);
            if !general.iter().any(|line| is(line, "AuthorizedKeysFile")) {
                lines.push(format!(
                    "AuthorizedKeysFile {}",
                    home.join(".ssh/authorized_keys").display()
                ));
            }
        }
        lines.join("\n") + "\n"
    }
}

fn is(line: &str, keyword: &str) -> bool {
    line.split_whitespace().next().is_some_and(|word| word.eq_ignore_ascii_case(keyword))
}

/// Whether this sshd bans addresses that fail to log in (OpenSSH 9.8 and later): all tests share
/// 127.0.0.1.
fn has_penalties() -> bool {
    static HAS: OnceLock<bool> = OnceLock::new();
    *HAS.get_or_init(|| {
        let key = shared_host_keys().join(KINDS[0].0);
        let question = Run::new(program("sshd"))
            .args(["-t", "-f", "/dev/null", "-o", "PerSourcePenalties=no", "-h"])
            .arg(key);
        question.run().status.success()
    })
}

fn oneself() -> &'static str {
    static NAME: OnceLock<String> = OnceLock::new();
    NAME.get_or_init(|| Run::new(program("id")).arg("-un").run().expect(0).out().trim().to_owned())
}

/// They protect nothing.
fn shared_host_keys() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        listening::shared_host_keys("sshd-host-keys", |folder| {
            KINDS.into_iter().for_each(|kind| make_host_key(folder, kind));
        })
    })
}

fn make_host_key(folder: &Path, (kind, bits): (&str, &str)) {
    ssh_keygen(["-q", "-t", kind, "-b", bits, "-N", "", "-C", "", "-f"])
        .arg(folder.join(kind))
        .run()
        .expect(0);
}

fn read_public(private: &Path) -> String {
    fs::read_to_string(private.with_extension("pub"))
        .expect("a host key has its public key beside it")
        .trim_end()
        .to_owned()
}
