//! One command on the server, without a terminal, its output read to the end and bounded.

use std::time::Duration;

use russh::ChannelMsg;

use super::steps::Step;
use super::{Error, Session};

/// What a command came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    /// `None` where a signal ended it or the server said nothing.
    pub status: Option<u32>,
    /// The signal's name without `SIG`.
    pub signal: Option<String>,
}

impl Session {
    /// Runs `command` through the account's shell with an empty standard input. Each of the two
    /// outputs is bounded by `max_output` bytes, the whole by the time a step may take.
    pub async fn exec(&self, command: &[u8], max_output: usize) -> Result<Output, Error> {
        let channel = self.open_channel().await?;
        self.steps.enter(Step::Command);
        self.steps.bound(run(channel, command, max_output)).await?
    }
}

async fn run(
    mut channel: russh::Channel<russh::client::Msg>,
    command: &[u8],
    max_output: usize,
) -> Result<Output, Error> {
    let gone = |_| Error::Closed { step: Step::Command, reason: None };
    channel.exec(true, command).await.map_err(gone)?;
    // Without this, a login script that reads its input would wait for ever.
    channel.eof().await.map_err(gone)?;
    let mut output = Output::default();
    let mut closed = false;
    // Data can follow the exit status, so only the close ends the reading.
    while let Some(message) = channel.wait().await {
        match message {
            ChannelMsg::Data { data } => append(&mut output.stdout, &data, max_output)?,
            ChannelMsg::ExtendedData { data, ext: 1 } => {
                append(&mut output.stderr, &data, max_output)?
            }
            ChannelMsg::ExitStatus { exit_status } => output.status = Some(exit_status),
            ChannelMsg::ExitSignal { signal_name, .. } => {
                output.signal = Some(super::shell::signal_word(&signal_name))
            }
            ChannelMsg::Failure => return Err(Error::NoCommands),
            ChannelMsg::Close => {
                closed = true;
                break;
            }
            _ => {}
        }
    }
    if !closed && output.status.is_none() && output.signal.is_none() {
        return Err(Error::Closed { step: Step::Command, reason: None });
    }
    // Some servers wait for our close; give them a moment, no more.
    let _ = tokio::time::timeout(Duration::from_millis(200), channel.close()).await;
    Ok(output)
}

fn append(to: &mut Vec<u8>, data: &[u8], limit: usize) -> Result<(), Error> {
    if to.len() + data.len() > limit {
        return Err(Error::TooMuchOutput { limit });
    }
    to.extend_from_slice(data);
    Ok(())
}
