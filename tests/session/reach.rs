//! How a host is reached: through jump hosts and proxy commands, and what is reported if it is not.

mod addresses;
mod algorithms;
mod jump_hosts;
mod proxy_commands;

use std::fs;
use std::path::PathBuf;

use crate::support::{Home, Run, Sshd};

/// A home whose configuration names some servers, and has a separate key for each.
struct Site {
    home: Home,
    servers: Vec<(&'static str, Sshd)>,
}

impl Site {
    /// Servers with these names, each with its own host keys.
    fn new(names: &[&'static str]) -> Self {
        Self::with(
            names.iter().map(|name| (*name, Sshd::builder().fresh_host_keys().start())).collect(),
        )
    }

    fn with(servers: Vec<(&'static str, Sshd)>) -> Self {
        let home = Home::new();
        for (name, server) in &servers {
            let key = home.key("ed25519", name);
            server.authorize(&fs::read_to_string(key.with_extension("pub")).unwrap());
        }
        home.know(&servers.iter().map(|(_, server)| server.known_hosts()).collect::<String>());
        let site = Self { home, servers };
        site.configure("");
        site
    }

    /// Rewrites the configuration: these lines first, then where each server is.
    fn configure(&self, lines: &str) {
        let mut config = format!("{lines}\n");
        for (name, server) in &self.servers {
            let (port, user, key) = (server.port(), server.user(), self.key(name));
            config += &format!(
                "Host {name}\nHostName 127.0.0.1\nPort {port}\nUser {user}\nIdentityFile {}\n",
                key.display()
            );
        }
        config +=
            "Host *\nIdentitiesOnly yes\nIdentityAgent none\nGlobalKnownHostsFile /dev/null\n";
        fs::write(self.home.ssh().join("config"), config).unwrap();
    }

    fn key(&self, name: &str) -> PathBuf {
        self.home.join(".ssh").join(name)
    }

    fn server(&self, name: &str) -> &Sshd {
        &self.servers.iter().find(|(own, _)| *own == name).unwrap().1
    }

    fn sshk(&self, args: &[&str]) -> Run {
        self.home.sshk(args)
    }
}
