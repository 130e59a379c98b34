//! `sshk audit`: what it reports about real accounts on real servers, to the user and to a script.

mod accounts;
mod servers;
mod several;
mod table;

use std::ffi::OsStr;

use crate::server::Server;
use crate::support::{Account, Home, Run, Sshd, root_only};
use serde_json::Value;

const ED25519: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0dN5o9dr0YnBBdKhTlX1hZsCQvDk4oA8uYqZlHxW2R";
const FINGERPRINT: &str = "SHA256:XrmoXinFPefVaFhN8z2rMvDeKXgxeFIkKKwbcwqwglA";

/// Fingerprints are those of ssh-keygen -l.
const RSA_1024: &str = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQDUCm16XDTEF4RmU/XqNyRD2YvcXhMeUCePSjr\
    TGLyFRUbQ8BUAxTinlwURHjLw3qryxciclKYB+sJny8QU\
     dZ7+8AUkCDf/ADIBkUt7IgWvujFNa/V3n+yh5/1MjbZUdyv/QI5PIOI2J7Mxk5MtXjPLMCN5eC3IcFia1WYVWH/yuw==";
const RSA_1024_FINGERPRINT: &str = "SHA256:T//EnRTivKNpRVB9sBGVvK4yRmfO7iSLdsuFWy3uiQU";
const RSA_2048: &str = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC6xINf+RjEn98Cqh9Ys3Yqfokxnc+h0b5/AbI\
    cTAnoalbvwuglKoPR16/yRywJtpv/Qcabb0CmqxY1SNnU\
     kODoDoZS/tv/Ek2NPJvAgMYh2Ype5sxVRzWJjlMXuT9pfkoopRkyw8W+jxD1x2HTxxHnca6MDg39q3MAfMx1VMtil8jwcO\
     9JXLw9PStC+rwgsFA1UCxZYH6PyqcEnyDMbqpfyKlw\
     9vg4uJZyWDGJ6/sTga8/xCYERldm3u+/zWyhutftgIaO+CdXmc0AMinK+AwIu7/sP8HUoPcZCDUyENOOTcckbpTkyQdsUk\
     Tdpa3gUCEJjzxcsQdWktZOpBUj8LTl";
const RSA_2048_FINGERPRINT: &str = "SHA256:5/7Pu0gT1InbGn+qXvD07dn8BVsBjVYs66ZwL7mAy7A";

/// An account with a password on a real server, and a home that knows it.
struct Place {
    home: Home,
    account: Account,
    port: u16,
    _server: Server,
}

impl Place {
    fn new(shell: &str, server: Server) -> Self {
        let (home, account, port) = (Home::new(), Account::new(shell), server.port());
        home.know(&server.known_hosts());
        Self { home, account, port, _server: server }
    }

    fn sshd() -> Self {
        Self::new("/bin/bash", Server::sshd())
    }

    fn dropbear() -> Self {
        Self::new("/bin/sh", Server::dropbear())
    }

    fn to(&self) -> String {
        format!("ssh://{}@127.0.0.1:{}", self.account.name(), self.port)
    }

    /// `sshk audit OPTIONS DESTINATION`, the password in the environment.
    fn audit<A: AsRef<OsStr>>(&self, options: impl IntoIterator<Item = A>) -> Run {
        self.home
            .sshk(["audit"])
            .args(options)
            .arg(self.to())
            .env("SSHK_PASSWORD", self.account.password())
    }

    /// The table without its first line, which names the destination.
    #[track_caller]
    fn table(&self) -> String {
        let said = self.audit::<&str>([]).run().expect(0);
        said.out()
            .strip_prefix(&format!("{}:\n", self.to()))
            .expect("the destination stands first")
            .to_owned()
    }

    /// Each object that `--json` prints.
    #[track_caller]
    fn objects(&self) -> Vec<Value> {
        self.audit(["--json"])
            .run()
            .expect(0)
            .out()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}
