//! One command on the server, without a terminal, its output read to the end and bounded.

use std::time::Duration;

use russh::ChannelMsg;

use super::error::{ChannelError, ConnectionError, Error};
use super::lock::lock;
use super::logged_in::Session;
use super::shell::without_sig;
use super::step::Step;

/// What a command printed, and how it ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// Its standard output.
    pub stdout: Vec<u8>,
    /// Its standard error.
    pub stderr: Vec<u8>,
    /// Its exit status; `None` if a signal ended it or the server did not say.
    pub status: Option<u32>,
    /// The name, without `SIG`, of the signal that ended it.
    pub signal: Option<String>,
}

impl Session {
    /// Runs `command` in the account's shell with an empty standard input. Each of the two outputs
    /// may be `max_output` bytes long, and the whole may take as long as one step.
    ///
    /// # Errors
    ///
    /// If the server opens no session or runs no commands, if there is more output, or if the
    /// connection ends before the command.
    pub async fn exec(&self, command: &[u8], max_output: usize) -> Result<Output, Error> {
        let channel = self.open_channel().await?;
        self.steps.enter(Step::Command);
        let output = self.steps.bound(run(channel, command, max_output)).await?;
        output.map_err(|error| match error {
            Error::Connection(ConnectionError::Closed { .. }) => {
                lock(&self.transport.said).fault(Step::Command).unwrap_or(error)
            }
            error => error,
        })
    }
}

async fn run(
    mut channel: russh::Channel<russh::client::Msg>,
    command: &[u8],
    max_output: usize,
) -> Result<Output, Error> {
    let closed = || ConnectionError::Closed { step: Step::Command, reason: None };
    channel.exec(true, command).await.map_err(|_| closed())?;
    // Otherwise a login script that reads its input would wait forever.
    channel.eof().await.map_err(|_| closed())?;
    let mut output = Output::default();
    let mut is_closed = false;
    // Data can follow the exit status, so only the close ends the reading.
    while let Some(message) = channel.wait().await {
        match message {
            ChannelMsg::Data { data } => append(&mut output.stdout, &data, max_output)?,
            ChannelMsg::ExtendedData { data, ext: 1 } => {
                append(&mut output.stderr, &data, max_output)?
            }
            ChannelMsg::ExitStatus { exit_status } => output.status = Some(exit_status),
            ChannelMsg::ExitSignal { signal_name, .. } => {
                output.signal = Some(without_sig(&signal_name))
            }
            ChannelMsg::Failure => return Err(ChannelError::NoCommands.into()),
            ChannelMsg::Close => {
                is_closed = true;
                break;
            }
            _ => {}
        }
    }
    if !is_closed && output.status.is_none() && output.signal.is_none() {
        return Err(closed().into());
    }
    // Some servers wait for our close; give it a moment to arrive.
    let _ = tokio::time::timeout(Duration::from_millis(200), channel.close()).await;
    Ok(output)
}

fn append(to: &mut Vec<u8>, data: &[u8], limit: usize) -> Result<(), Error> {
    if to.len() + data.len() > limit {
        return Err(ChannelError::TooMuchOutput { limit }.into());
    }
    to.extend_from_slice(data);
    Ok(())
}
