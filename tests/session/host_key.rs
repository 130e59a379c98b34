//! What ssh_config says about host keys besides known_hosts, compared with `ssh` on the same server
//! and files.

mod address;
mod command;
mod soundness;
mod update;

use std::fs;
use std::path::{Path, PathBuf};

use crate::keys::public;
use crate::support::{Finished, Home, Run, Sshd, program};

/// A server, a user who can log in, and a known_hosts file of its own.
struct Site {
    home: Home,
    sshd: Sshd,
    key: PathBuf,
    address: &'static str,
}

impl Site {
    /// The host is known by its ed25519 key.
    fn new() -> Self {
        Self::with(Sshd::builder().start())
    }

    fn with(sshd: Sshd) -> Self {
        let home = Home::new();
        let key = home.key("ed25519", "id");
        sshd.authorize(&public(&key));
        let site = Self { home, sshd, key, address: "127.0.0.1" };
        site.know(&site.line(&site.name()));
        site
    }

    /// With this host key and no other, which is known.
    fn with_key(home: Home, host_key: &Path) -> Self {
        let sshd =
            Sshd::builder().no_host_keys().line(&format!("HostKey {}", host_key.display())).start();
        let key = home.key("ed25519", "id");
        sshd.authorize(&public(&key));
        let site = Self { home, sshd, key, address: "127.0.0.1" };
        site.know(&format!("{} {}", site.name(), public(host_key)));
        site
    }

    /// The same, reached at another address.
    fn at(self, address: &'static str) -> Self {
        Self { address, ..self }
    }

    /// The name in known_hosts.
    fn name(&self) -> String {
        format!("[{}]:{}", self.address, self.sshd.port())
    }

    /// A line with the ed25519 key of the server.
    fn line(&self, names: &str) -> String {
        format!("{names} {}\n", self.sshd.host_key("ed25519"))
    }

    fn file(&self) -> PathBuf {
        self.home.join("known")
    }

    fn know(&self, lines: &str) {
        fs::write(self.file(), lines).unwrap();
    }

    fn known(&self) -> String {
        fs::read_to_string(self.file()).unwrap()
    }

    fn destination(&self) -> String {
        format!("ssh://{}@{}:{}", self.sshd.user(), self.address, self.sshd.port())
    }

    /// `sshk connect`, running `true`.
    fn sshk(&self, options: &[&str]) -> Run {
        let known = format!("UserKnownHostsFile={}", self.file().display());
        let base = [known.as_str(), "GlobalKnownHostsFile=/dev/null"];
        let options = options.iter().chain(&base).flat_map(|option| ["-o", option]);
        let run = self.home.sshk(["connect", "-F", "none"]).args(options).arg("-i").arg(&self.key);
        run.args([&self.destination(), "true"])
    }

    fn ssh(&self, options: &[&str]) -> Finished {
        let known = format!("UserKnownHostsFile={}", self.file().display());
        let base = [known.as_str(), "GlobalKnownHostsFile=/dev/null", "BatchMode=yes"];
        let options = options.iter().chain(&base).flat_map(|option| ["-o", option]);
        let run = self.home.run(program("ssh")).args(["-F", "none"]).args(options);
        let run = run.args(["-o", "IdentitiesOnly=yes", "-i"]).arg(&self.key);
        let port = self.sshd.port().to_string();
        run.args(["-l", self.sshd.user(), "-p", &port, self.address, "true"]).run()
    }

    /// What sshk prints; ssh must come to the same result.
    #[track_caller]
    fn both(&self, options: &[&str], trusted: bool) -> String {
        let theirs = self.ssh(options);
        assert_eq!(theirs.code() == 0, trusted, "ssh disagrees: {}", theirs.err());
        let ours = self.sshk(options).run();
        ours.expect(if trusted { 0 } else { 255 }).err().to_owned()
    }

    /// The error of a refused key.
    fn refusal(&self, message: &str, hint: &str) -> String {
        format!("sshk: error: {}: {message}\nsshk: hint: {hint}\n", self.destination())
    }
}

const ASK_THE_ADMINISTRATOR: &str =
    "do not use this host until its administrator has explained the key";
