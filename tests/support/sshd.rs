//! A real OpenSSH server on 127.0.0.1, with its own configuration, host keys and log.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use tempfile::TempDir;

use super::oracle::{Ssh, ssh_keygen};
use super::process::{Daemon, Run};
use super::{Home, free_port, program};

/// The kinds of host key every server has, in the order of its configuration.
const KINDS: [(&str, &str); 3] = [("ed25519", "256"), ("rsa", "2048"), ("ecdsa", "256")];

/// A running sshd; it ends when this is dropped.
pub struct Sshd {
    daemon: Daemon,
    folder: TempDir,
    home: Home,
    host_keys: PathBuf,
    port: u16,
}

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

    pub fn port(&self) -> u16 {
        self.port
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
        kinds
            .map(|(kind, _)| format!("[127.0.0.1]:{} {}\n", self.port, self.host_key(kind)))
            .collect()
    }

    /// The file of its configuration.
    pub fn config_file(&self) -> PathBuf {
        self.folder.path().join("sshd_config")
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.daemon.id()
    }

    /// Everything the server has logged, at LogLevel VERBOSE.
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
        let host_keys = match self.fresh_host_keys {
            true => {
                make_host_key(folder.path(), KINDS[0]);
                folder.path().to_owned()
            }
            false => shared_host_keys().to_owned(),
        };
        if rustix::process::geteuid().is_root() && cfg!(target_os = "linux") {
            // Where sshd locks up its unprivileged half; the system's own service makes it at boot.
            fs::create_dir_all("/run/sshd").expect("root may make a folder");
        }
        let (config, log) = (folder.path().join("sshd_config"), folder.path().join("log"));
        for _ in 0..5 {
            let port = free_port();
            fs::write(&config, self.config(port, &host_keys, &home)).expect("our own folder");
            let started = Daemon::start(sshd(&config, &["-D", "-e"]), &log, |log| {
                log.contains("Server listening on 127.0.0.1")
            });
            match started {
                Ok(daemon) => return Sshd { daemon, folder, home, host_keys, port },
                Err(log) if log.contains("Address already in use") => {}
                Err(log) => panic!(
                    "sshd does not start:\n{log}\n--- sshd_config\n{}",
                    fs::read_to_string(&config).unwrap()
                ),
            }
        }
        panic!("five ports in a row were taken by somebody else");
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

fn sshd(config: &Path, options: &[&str]) -> Command {
    // By its full path: sshd starts itself again for every connection.
    let mut command = Command::new(program("sshd"));
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .arg("-f")
        .arg(config)
        .args(options);
    command
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

/// Host keys made once for each user who runs the tests: they protect nothing, and RSA takes its
/// time.
fn shared_host_keys() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("host-keys-{}", rustix::process::geteuid().as_raw()));
        fs::create_dir_all(&folder).expect("cargo's own folder takes a folder");
        // Several test programs can be first at the same time.
        let lock = File::create(folder.join("lock")).expect("our own folder");
        lock.lock().expect("a local file can be locked");
        for kind in KINDS {
            if !folder.join(kind.0).with_extension("pub").exists() {
                make_host_key(&folder, kind);
            }
        }
        folder
    })
}

fn make_host_key(folder: &Path, (kind, bits): (&str, &str)) {
    let file = folder.join(kind);
    // Half a pair of an interrupted run would make ssh-keygen ask.
    let _ = fs::remove_file(&file);
    ssh_keygen(["-q", "-t", kind, "-b", bits, "-N", "", "-C", "", "-f"]).arg(&file).run().expect(0);
}

fn read_public(private: &Path) -> String {
    fs::read_to_string(private.with_extension("pub"))
        .expect("a host key has its public half beside it")
        .trim_end()
        .to_owned()
}
