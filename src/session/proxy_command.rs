//! ProxyCommand: a program whose standard input and output are the connection.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child, Command};

use super::Error;
use super::dial::io_word;
use super::way::Stream;

/// How long a program that let go of its streams may take to end, for the message that says how it
/// did.
const END: Duration = Duration::from_secs(1);

/// The running program; it is told to hang up when this is dropped, as ssh does.
pub(super) struct ProxyCommand {
    command: String,
    child: Child,
}

impl ProxyCommand {
    /// `command` is run by the user's shell, without a second process for it. What it says on
    /// stderr goes where ours goes.
    pub(super) fn start(command: &str, shell: &Path) -> Result<(Self, impl Stream + use<>), Error> {
        let failed = |why| Error::ProxyCommand { command: command.to_owned(), why };
        let started = Command::new(shell)
            .arg("-c")
            .arg(format!("exec {command}"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        let mut child = started.map_err(|error| {
            failed(format!("could not be started by {shell:?}: {}", io_word(&error)))
        })?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(failed("has no standard streams".into()));
        };
        Ok((Self { command: command.to_owned(), child }, tokio::io::join(output, input)))
    }

    /// Why the connection ended, where it did because the program did.
    pub(super) async fn end(&mut self) -> Option<Error> {
        let status = tokio::time::timeout(END, self.child.wait()).await.ok()?.ok()?;
        Some(Error::ProxyCommand {
            command: self.command.clone(),
            why: format!("ended before the host answered ({status})"),
        })
    }
}

impl Drop for ProxyCommand {
    fn drop(&mut self) {
        let Some(pid) = self.child.id().and_then(|id| Pid::from_raw(id.try_into().ok()?)) else {
            return;
        };
        // One that is gone already needs no signal; the runtime takes its status.
        let _ = kill_process(pid, Signal::HUP);
    }
}
