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

/// The kinds of host key every server has, in the order of its configuration.
const KINDS: [(&str, &str); 3] = [("ed25519", "256"), ("rsa", "2048"), ("ecdsa", "256")];

/// A running sshd; it ends when this is dropped.
pub struct Sshd {
    listening: Listening,
    home: Home,
    host_keys: PathBuf,
}

listens!(Sshd);

/// What the configuration will say.
pub struct Builder {
    lines: Vec<String>,
    oneself: bool,
    fresh_host_keys: bool,
    is_secretive: bool,
}

impl Sshd {
    /// A server that whoever runs the tests logs in to with a key, as root or not. The login's HOME
    /// is [`Sshd::home`], so that nobody's real home is touched (its working folder is the real one
    /// all the same). StrictModes is off, since the temporary folder is everybody's.
    pub fn builder() -> Builder {
        Builder { lines: Vec::new(), oneself: true, fresh_host_keys: false, is_secretive: false }
    }

    /// A server for [`super::Account`]s, which are logged in to as sshd's own defaults say. It
    /// needs root.
    pub fn for_accounts() -> Builder {
        Builder { lines: Vec::new(), oneself: false, fresh_host_keys: false, is_secretive: false }
    }

    /// Who logs in to a server of [`Sshd::builder`]: whoever runs the tests.
    pub fn user(&self) -> &'static str {
        oneself()
    }

    /// The home of that login; its `.ssh/authorized_keys` is what the server reads.
    pub fn home(&self) -> &Home {
        &self.home
    }

    pub fn authorized_keys(&self) -> PathBuf {
        self.home.join(".ssh/authorized_keys")
    }

    /// Makes these lines the authorized_keys of that login.
    pub fn authorize(&self, lines: &str) {
        self.home.ssh();
        fs::write(self.authorized_keys(), lines).expect("our own folder");
    }

    /// The public half of its host key of this kind: `ed25519`, `rsa` or `ecdsa`.
    pub fn host_key(&self, kind: &str) -> String {
        read_public(&self.host_keys.join(kind))
    }

    /// The lines for a known_hosts file, one a host key.
    pub fn known_hosts(&self) -> String {
        let kinds = KINDS.iter().filter(|(kind, _)| self.host_keys.join(kind).exists());
        self.listening.known_hosts_of(kinds.map(|(kind, _)| self.host_key(kind)))
    }

    /// The file of its configuration.
    pub fn config_file(&self) -> PathBuf {
        self.listening.folder().join("sshd_config")
    }

    /// OpenSSH's own client, about to log in to this server as `user`.
    pub fn ssh(&self, user: &str) -> Ssh {
        self.listening.ssh_knowing(user, &self.known_hosts())
    }
}

impl Builder {
    /// One more line of sshd_config(5). It counts before the defaults given here; a `Match` and
    /// what follows it come last.
    pub fn line(mut self, line: &str) -> Self {
        self.lines.push(line.to_owned());
        self
    }

    /// Passwords and questions through PAM, as a Debian server has it.
    pub fn pam(self) -> Self {
        self.line("UsePAM yes").line("KbdInteractiveAuthentication yes")
    }

    /// Host keys that no other server has; without this all servers of a machine's tests share
    /// theirs. Only ed25519: it is quick.
    pub fn fresh_host_keys(mut self) -> Self {
        self.fresh_host_keys = true;
        self
    }

    /// Its configuration is for root to read, as on Fedora. Otherwise everybody can, as on Debian.
    pub fn secretive(mut self) -> Self {
        self.is_secretive = true;
        self
    }

    pub fn start(self) -> Sshd {
        let (folder, home) = (
            tempfile::Builder::new().prefix("sshk-sshd-").tempdir().expect("a temporary folder"),
            Home::new(),
        );
        fs::set_permissions(
            folder.path(),
            fs::Permissions::from_mode(if self.is_secretive { 0o700 } else { 0o755 }),
        )
        .expect("our own folder");
        let host_keys = if self.fresh_host_keys {
            make_host_key(folder.path(), KINDS[0]);
            folder.path().to_owned()
        } else {
            shared_host_keys().to_owned()
        };
        if rustix::process::geteuid().is_root() && cfg!(target_os = "linux") {
            // Where sshd locks up its unprivileged half; the system's own service makes it at boot.
            fs::create_dir_all("/run/sshd").expect("root may make a folder");
        }
        let command = |folder: &Path, port: u16| {
            let config = folder.join("sshd_config");
            fs::write(&config, self.config(port, &host_keys, &home))
                .expect("write to the server's own folder");
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
        // Many tests at a time knock at one machine, and some of them fail on purpose.
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

/// Whether this sshd bans addresses that fail to log in (OpenSSH 9.8 and later): 127.0.0.1 is
/// everybody here.
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
        .expect("a host key has its public half beside it")
        .trim_end()
        .to_owned()
}
