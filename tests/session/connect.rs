//! `sshk connect` compared with `ssh`: the same command line, the same configuration, the same
//! server.

mod agent_forwarding;
mod capital_g;
mod configuration;
mod failures;
mod flow;
mod home;
mod interactive;
mod letters;
mod local_command;
mod login;
mod other_letters;
mod secrets;
mod streams;
mod usage;
mod ways_out;

use std::ffi::OsStr;
use std::fs;
use std::path::PathBuf;

use crate::support::{Finished, Home, Run, SOON, Sshd, program};

/// A home whose configuration names the server `srv`, with a key that the server accepts.
struct Site {
    home: Home,
    sshd: Sshd,
    key: PathBuf,
}

impl Site {
    fn new() -> Self {
        Self::with(Sshd::builder().start())
    }

    fn with(sshd: Sshd) -> Self {
        let home = Home::new();
        let key = home.key("ed25519", "id_test");
        sshd.authorize(&fs::read_to_string(key.with_extension("pub")).unwrap());
        home.know(&sshd.known_hosts());
        let site = Self { home, sshd, key };
        site.configure("");
        site
    }

    /// Rewrites the configuration: these lines for `srv`, then its address, port, user and key.
    fn configure(&self, lines: &str) {
        let known = self.home.join(".ssh/known_hosts");
        let config = format!(
            "Host srv\n{lines}\nHostName 127.0.0.1\nPort {}\nUser {}\nIdentityFile \
            {}\nIdentitiesOnly yes\nIdentityAgent none\n\
             UserKnownHostsFile {}\nGlobalKnownHostsFile /dev/null\n",
            self.sshd.port(),
            self.sshd.user(),
            self.key.display(),
            known.display()
        );
        fs::write(self.config(), config).unwrap();
    }

    fn config(&self) -> PathBuf {
        self.home.join(".ssh/config")
    }

    /// `sshk connect` with these arguments.
    fn sshk<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Run {
        self.home.sshk(["connect"]).args(args).env("NO_COLOR", "1")
    }

    /// `ssh` with these arguments; it gets its home from passwd(5), so the configuration is named.
    fn ssh<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Run {
        self.home.run(program("ssh")).arg("-F").arg(self.config()).args(args)
    }

    /// Runs one command line through both, with the same input; they must agree on status, stdout
    /// and stderr.
    #[track_caller]
    fn same(&self, args: &[&str], input: &[u8]) -> Finished {
        let (theirs, ours) =
            (self.ssh(args).stdin(input).run(), self.sshk(args).stdin(input).run());
        let shown = |it: &Finished| {
            let text = |bytes: &[u8]| {
                String::from_utf8_lossy(&bytes[..bytes.len().min(4000)]).replace("\r\n", "\n")
            };
            (it.code(), text(&it.stdout), text(&it.stderr))
        };
        assert_eq!(shown(&ours), shown(&theirs), "{args:?}: sshk on the left, ssh on the right");
        assert!(ours.stdout == theirs.stdout, "{args:?}: stdout differs");
        ours
    }
}
