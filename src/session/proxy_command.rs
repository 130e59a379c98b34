//! ProxyCommand: a program whose standard input and output are the connection.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child, Command};

use super::error::{Error, ReachError};
use super::stream::Stream;
use crate::child;
use crate::text::io_reason;

/// How long a program that closed its streams may take to exit, so that a message can give its
/// exit status.
const END: Duration = Duration::from_secs(1);

/// The running program. Dropping this sends it a hangup, as ssh does.
pub(super) struct ProxyCommand {
    command: String,
    child: Child,
}

impl ProxyCommand {
    /// The user's shell runs `command`, without a second process for it. Its stderr goes where ours
    /// goes.
    pub(super) fn start(command: &str, shell: &Path) -> Result<(Self, impl Stream + use<>), Error> {
        let failed = |why| ReachError::ProxyCommand { command: command.to_owned(), why };
        let started = Command::from(child::command(shell))
            .arg("-c")
            .arg(format!("exec {command}"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        let mut running = started.map_err(|error| {
            failed(format!("could not be started with {shell:?}: {}", io_reason(&error)))
        })?;
        let (Some(input), Some(output)) = (running.stdin.take(), running.stdout.take()) else {
            return Err(failed("has no standard streams".into()).into());
        };
        Ok((Self { command: command.to_owned(), child: running }, tokio::io::join(output, input)))
    }

    /// Why the connection ended, if it did because the program did.
    pub(super) async fn end(&mut self) -> Option<Error> {
        let status = tokio::time::timeout(END, self.child.wait()).await.ok()?.ok()?;
        let why = format!("ended before the host answered ({status})");
        Some(ReachError::ProxyCommand { command: self.command.clone(), why }.into())
    }
}

impl Drop for ProxyCommand {
    fn drop(&mut self) {
        let Some(pid) = self.child.id().and_then(|id| Pid::from_raw(id.try_into().ok()?)) else {
            return;
        };
        // One that has already ended needs no signal; the runtime collects its status.
        let _ = kill_process(pid, Signal::HUP);
    }
}
