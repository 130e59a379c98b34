//! What the tests are built on: real servers on loopback, throw-away homes and accounts, terminals,
//! and the outside programs that check the results. A value stops what it has started when it is
//! dropped, and every wait has a deadline.
#![allow(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "each test program uses its own part of it"
)]

pub mod accounts;
pub mod agent;
pub mod dropbear;
pub mod home;
pub mod hostile;
pub mod listening;
pub mod oracle;
pub mod process;
pub mod pty;
pub mod rsa_soundness;
#[path = "../../examples/support/server.rs"]
pub mod server;
pub mod site;
pub mod sshd;

use std::path::PathBuf;
use std::time::Duration;

pub use accounts::Account;
pub(crate) use accounts::root_only;
pub use agent::Agent;
pub use dropbear::Dropbear;
pub use home::Home;
pub use process::{Finished, Run};
pub use pty::Terminal;
pub use sshd::Sshd;

/// How long a test waits for an event that must come. Long enough that running out means a hang,
/// however busy the machine is.
pub const SOON: Duration = Duration::from_secs(180);

/// The full path of a program, from PATH or the directories where servers are kept.
pub fn program(name: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(
            ["/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin", "/opt/homebrew/bin"]
                .map(PathBuf::from),
        )
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
        .unwrap_or_else(|| {
            panic!(
                "{name} is not installed: run scripts/test, which installs what the tests need or \
                lists what is missing"
            )
        })
}
