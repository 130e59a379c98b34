//! `sshk copy-id`: the built program against real servers, and what it leaves on them.

mod accounts;
mod elsewhere;
mod keys;
mod passwords;
mod remote_file;
mod several;
mod shells;
mod the_servers_file;
mod tries;
mod which_key;

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use crate::support::oracle::ssh_keygen;
use crate::support::server::{self, Seen, Server};
use crate::support::site::Site;
use crate::support::{Account, Dropbear, Home, Run, Sshd};
use russh::MethodKind;

/// Long enough for a loaded machine.
use crate::support::SOON;

impl Site {
    /// `sshk copy-id OPTIONS DESTINATION`, the password in the environment.
    fn copy_id<A: AsRef<OsStr>>(&self, options: impl IntoIterator<Item = A>) -> Run {
        self.without_password(options).env("SSHK_PASSWORD", "hush")
    }

    fn without_password<A: AsRef<OsStr>>(&self, options: impl IntoIterator<Item = A>) -> Run {
        self.home.sshk(["copy-id"]).args(options).arg(self.destination())
    }

    fn public(&self) -> String {
        public(&self.key)
    }

    fn remote(&self) -> PathBuf {
        self.server.home().join(".ssh/authorized_keys")
    }

    /// Makes this the remote file, with the permissions that a server requires.
    fn holds(&self, content: &str) {
        use std::os::unix::fs::PermissionsExt;
        let folder = self.server.home().join(".ssh");
        fs::create_dir_all(&folder).unwrap();
        fs::write(self.remote(), content).unwrap();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
        fs::set_permissions(self.remote(), fs::Permissions::from_mode(0o600)).unwrap();
    }

    fn connections(&self) -> usize {
        self.count(|seen| *seen == Seen::Connection)
    }

    fn commands(&self) -> usize {
        self.count(|seen| matches!(seen, Seen::Exec(_)))
    }
}

/// A real account on a real sshd, in a home that knows its host keys.
struct Place {
    home: Home,
    sshd: Sshd,
    account: Account,
    key: PathBuf,
}

impl Place {
    fn new(account: Account, sshd: Sshd) -> Self {
        let home = Home::new();
        let key = home.key("ed25519", "id_ed25519");
        home.know(&sshd.known_hosts());
        Self { home, sshd, account, key }
    }

    fn destination(&self) -> String {
        destination(self.account.name(), self.sshd.port())
    }

    /// `sshk copy-id OPTIONS DESTINATION`, the password in the environment.
    fn copy_id<A: AsRef<OsStr>>(&self, options: impl IntoIterator<Item = A>) -> Run {
        self.without_password(options).env("SSHK_PASSWORD", self.account.password())
    }

    fn without_password<A: AsRef<OsStr>>(&self, options: impl IntoIterator<Item = A>) -> Run {
        self.home.sshk(["copy-id"]).args(options).arg(self.destination())
    }

    /// The same, of its own key, whatever keys an agent holds.
    fn copy_own_id(&self) -> Run {
        self.copy_id(["-i", self.key.to_str().unwrap()])
    }

    fn public(&self) -> String {
        public(&self.key)
    }

    fn remote(&self) -> String {
        fs::read_to_string(self.account.authorized_keys()).unwrap_or_default()
    }

    /// How many passwords sshd's log has rejected, by either method.
    fn rejected_passwords(&self) -> usize {
        let is_rejected =
            |line: &&str| line.contains("Failed password") || line.contains("Failed keyboard");
        self.sshd.log().lines().filter(is_rejected).count()
    }

    /// Checks that OpenSSH's own client logs in with the key.
    #[track_caller]
    fn ssh_gets_in(&self) {
        self.sshd.ssh(self.account.name()).key(&self.key).command("true").run().expect(0);
    }
}

fn destination(user: &str, port: u16) -> String {
    format!("ssh://{user}@127.0.0.1:{port}")
}

fn public(key: &Path) -> String {
    fs::read_to_string(key.with_extension("pub")).unwrap()
}

/// The fingerprint as ssh-keygen has it.
fn fingerprint(key: &Path) -> String {
    ssh_keygen(["-l", "-f"]).arg(key).run().expect(0).out().split(' ').nth(1).unwrap().to_owned()
}

/// What is printed for a key that was written and then verified.
fn installed(destination: &str) -> String {
    format!(
        "{destination}: installed in ~/.ssh/authorized_keys; verified by a new login \
        (ssh-ed25519)\n"
    )
}
