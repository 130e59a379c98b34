//! An interactive session: a shell or a command, its streams relayed both ways at once until the server closes.

use std::path::PathBuf;
use std::time::Duration;

use russh::client::Handle;
use russh::{ChannelMsg, ChannelReadHalf, ChannelWriteHalf, Sig};
use tokio::sync::mpsc;

use super::client::Client;
use super::steps::Step;
use super::{Error, Session};

/// How often a connection on which nothing runs is looked at.
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

/// A terminal's size in characters and pixels; 0 pixels where unknown (RFC 4254 section 6.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    pub columns: u32,
    pub rows: u32,
    pub width: u32,
    pub height: u32,
}

/// The terminal to ask for.
#[derive(Clone, Debug)]
pub struct Pty {
    /// The terminal's kind, from `TERM`.
    pub term: String,
    pub size: Size,
    /// Opcode and value of each mode (RFC 4254 section 8).
    pub modes: Vec<(u8, u32)>,
}

/// What runs in a session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Program {
    /// The account's shell.
    #[default]
    Shell,
    /// A command for that shell, as bytes: servers know no encoding.
    Command(Vec<u8>),
    /// A subsystem of the server, `sftp` and its like.
    Subsystem(String),
}

/// What to run, and with what.
#[derive(Clone, Debug, Default)]
pub struct Request {
    pub program: Program,
    pub pty: Option<Pty>,
    /// The socket of an agent that the server may reach while the session runs.
    pub agent: Option<PathBuf>,
    /// Variables to set; servers take few of them and say nothing about the others.
    pub env: Vec<(String, String)>,
}

/// From the person to the server.
#[derive(Debug)]
pub enum Input {
    Data(Vec<u8>),
    /// The end of standard input.
    End,
    Resize(Size),
    /// Both sides are to change their keys.
    Rekey,
}

/// From the server to the person.
#[derive(Debug)]
pub enum Sent {
    Stdout(Vec<u8>),
    Stderr(Vec<u8>),
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exit {
    Status(u32),
    /// The signal's name without `SIG`.
    Signal(String),
    /// The server closed the session without saying.
    Unknown,
}

impl Session {
    /// Runs `request` until the server closes the session. Reading stops while `output` is full, so that a slow reader slows the server.
    pub async fn run(&self, request: &Request, input: mpsc::Receiver<Input>, output: mpsc::Sender<Sent>) -> Result<Exit, Error> {
        let mut channel = self.open_channel().await?;
        if let Some(socket) = &request.agent {
            self.transport.agent.allow(socket, self.transport.handle.agent_session_binding());
        }
        self.steps.bound(start(&mut channel, request)).await??;
        let (reader, writer) = channel.split();
        let mut sending = std::pin::pin!(send_all(&self.transport.handle, &writer, input));
        let mut receiving = std::pin::pin!(receive_all(reader, &output, || self.loss()));
        tokio::select! {
            exit = &mut receiving => exit,
            // Our side has nothing more to say; the server's end decides.
            () = &mut sending => receiving.await,
        }
    }

    /// Runs nothing, and waits for the end of the connection; it comes with its reason.
    pub async fn outlast(&self) -> Error {
        while !self.transport.handle.is_closed() {
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
        self.loss()
    }
}

async fn start(channel: &mut russh::Channel<russh::client::Msg>, request: &Request) -> Result<(), Error> {
    let gone = |_| Error::Closed { step: Step::Session, reason: None };
    if let Some(Pty { term, size, modes }) = &request.pty {
        let modes: Vec<_> = modes.iter().filter_map(|&(opcode, value)| Some((russh::Pty::from_u8(opcode)?, value))).collect();
        channel.request_pty(true, term, size.columns, size.rows, size.width, size.height, &modes).await.map_err(gone)?;
        if !granted(channel).await? {
            return Err(Error::NoSession { why: "it gave no terminal".into() });
        }
    }
    for (name, value) in &request.env {
        channel.set_env(false, name, value).await.map_err(gone)?;
    }
    if request.agent.is_some() {
        // As ssh: a server that allows none says nothing, and nothing is lost.
        channel.agent_forward(false).await.map_err(gone)?;
    }
    match &request.program {
        Program::Shell => channel.request_shell(true).await.map_err(gone)?,
        Program::Command(command) => channel.exec(true, command.as_slice()).await.map_err(gone)?,
        Program::Subsystem(name) => channel.request_subsystem(true, name.as_str()).await.map_err(gone)?,
    }
    match (granted(channel).await?, &request.program) {
        (true, _) => Ok(()),
        (false, Program::Subsystem(name)) => Err(Error::NoSession { why: format!("it has no subsystem {name:?}") }),
        (false, _) => Err(Error::NoSession { why: "it runs neither shells nor commands for this account".into() }),
    }
}

/// The answer to the request just made. Nothing else can arrive before it but window changes.
async fn granted(channel: &mut russh::Channel<russh::client::Msg>) -> Result<bool, Error> {
    loop {
        match channel.wait().await {
            Some(ChannelMsg::Success) => return Ok(true),
            Some(ChannelMsg::Failure) => return Ok(false),
            Some(ChannelMsg::Close) | None => return Err(Error::NoSession { why: "it closed the session at once".into() }),
            Some(_) => {}
        }
    }
}

async fn send_all(handle: &Handle<Client>, writer: &ChannelWriteHalf<russh::client::Msg>, mut input: mpsc::Receiver<Input>) {
    // A server that is gone shows at the receiving side, with the reason; here there is only nobody to send to.
    while let Some(item) = input.recv().await {
        let sent = match item {
            Input::Data(data) => writer.data_bytes(data).await,
            Input::End => writer.eof().await,
            Input::Rekey => handle.rekey_soon().await,
            Input::Resize(size) => writer.window_change(size.columns, size.rows, size.width, size.height).await,
        };
        if sent.is_err() {
            return;
        }
    }
}

async fn receive_all(mut reader: ChannelReadHalf, output: &mpsc::Sender<Sent>, loss: impl Fn() -> Error) -> Result<Exit, Error> {
    let mut exit = None;
    loop {
        // A receiver that is gone (a closed pipe) is like a reader that takes everything: the exit status still counts.
        match reader.wait().await {
            Some(ChannelMsg::Data { data }) => drop(output.send(Sent::Stdout(data.to_vec())).await),
            Some(ChannelMsg::ExtendedData { data, ext: 1 }) => drop(output.send(Sent::Stderr(data.to_vec())).await),
            Some(ChannelMsg::ExitStatus { exit_status }) => exit = Some(Exit::Status(exit_status)),
            Some(ChannelMsg::ExitSignal { signal_name, .. }) => exit = Some(Exit::Signal(signal_word(&signal_name))),
            Some(ChannelMsg::Close) => return Ok(exit.unwrap_or(Exit::Unknown)),
            Some(_) => {}
            None => return exit.ok_or_else(loss),
        }
    }
}

/// The signal's name without `SIG`, as RFC 4254 section 6.10 has it.
pub(super) fn signal_word(signal: &Sig) -> String {
    match signal {
        Sig::Custom(name) => name.clone(),
        known => format!("{known:?}"),
    }
}
