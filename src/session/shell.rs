//! An interactive session: a shell or a command, its streams relayed both ways at once until the
//! server closes.

use std::path::PathBuf;
use std::time::Duration;

use russh::client::{Handle, Msg};
use russh::{Channel, ChannelMsg, ChannelReadHalf, ChannelWriteHalf, Sig};
use tokio::sync::mpsc;

use super::backlog::{self, Received};
use super::client::Client;
use super::error::{ChannelError, ConnectionError, Error};
use super::gate::Gate;
use super::logged_in::Session;
use super::said::signal_name;
use super::step::Step;
use super::transport::{Transport, refusal_words};

/// How often a connection on which nothing runs is checked.
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

/// How long input may wait before the server's answer is looked for after output that nobody reads.
const PATIENCE: Duration = Duration::from_millis(50);

/// A terminal's size in characters and pixels; 0 pixels if unknown (RFC 4254 section 6.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Width in characters.
    pub columns: u32,
    /// Height in characters.
    pub rows: u32,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
}

/// The terminal to request.
#[derive(Clone, Debug)]
pub struct Pty {
    /// The terminal's kind, from `TERM`.
    pub term: String,
    /// Its size.
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
    /// A command for that shell, as bytes: SSH knows no encoding.
    Command(Vec<u8>),
    /// A subsystem of the server, such as `sftp`.
    Subsystem(String),
    /// None: a connection from the server to this host and port (`ssh -W`).
    Forward(String, u16),
}

/// What to run, and with what.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The program.
    pub program: Program,
    /// A terminal for it.
    pub pty: Option<Pty>,
    /// The socket of an agent to forward while the session runs.
    pub agent: Option<PathBuf>,
    /// Variables to set; servers accept few of them and ignore the others.
    pub env: Vec<(String, String)>,
}

/// From the user to the server.
#[derive(Debug)]
pub enum Input {
    /// Standard input.
    Data(Vec<u8>),
    /// The end of standard input.
    End,
    /// The terminal has another size.
    Resize(Size),
    /// Both sides should renegotiate their keys.
    Rekey,
}

/// From the server to the user.
#[derive(Debug)]
pub enum Sent {
    /// Standard output.
    Stdout(Vec<u8>),
    /// Standard error.
    Stderr(Vec<u8>),
}

/// How a program ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exit {
    /// With this exit status.
    Status(u32),
    /// By the signal of this name, which is without `SIG`.
    Signal(String),
    /// The server closed the session without saying.
    Unknown,
}

impl Session {
    /// Runs `request` until the server closes the session. Reading stops while `output` is full, so
    /// that a slow reader slows the server.
    ///
    /// # Errors
    ///
    /// If the server opens no session or does not run the program, or if the connection ends first.
    pub async fn run(
        &self,
        request: &Request,
        input: mpsc::Receiver<Input>,
        output: mpsc::Sender<Sent>,
    ) -> Result<Exit, Error> {
        let channel = match &request.program {
            Program::Forward(host, port) => self.open_forward(host, *port).await?,
            _ => self.open_program(request).await?,
        };
        let (reader, writer) = channel.split();
        let Transport { handle, gate, .. } = &self.transport;
        let beside =
            async { tokio::join!(send_all(handle, gate, &writer, input), self.transport.attend()) };
        tokio::select! {
            exit = receive_all(reader, gate, &output, || self.transport.loss()) => exit,
            // Our side may have nothing more to send; the server's end decides.
            _ = beside => std::future::pending().await,
        }
    }

    async fn open_program(&self, request: &Request) -> Result<Channel<Msg>, Error> {
        let mut channel = self.open_channel().await?;
        if let Some(socket) = &request.agent {
            self.transport.agent.allow(socket, self.transport.handle.agent_session_binding());
        }
        self.steps.bound(start(&mut channel, request)).await??;
        Ok(channel)
    }

    async fn open_forward(&self, host: &str, port: u16) -> Result<Channel<Msg>, Error> {
        self.steps.enter(Step::Session);
        let address = format!("[{host}]:{port}");
        match self.steps.bound(self.transport.open_forward(host, port)).await? {
            Ok(channel) => Ok(channel),
            Err(russh::Error::ChannelOpenFailure(reason)) => {
                Err(ChannelError::NotForwarded { address, why: refusal_words(reason) }.into())
            }
            Err(_) => Err(self.transport.loss()),
        }
    }

    /// Runs nothing, waits for the end of the connection, and returns its reason.
    pub async fn outlast(&self) -> Error {
        while !self.transport.handle.is_closed() {
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
        self.transport.loss()
    }
}

async fn start(channel: &mut Channel<Msg>, request: &Request) -> Result<(), Error> {
    let gone = |_| ConnectionError::Closed { step: Step::Session, reason: None };
    if let Some(Pty { term, size, modes }) = &request.pty {
        let modes: Vec<_> = modes
            .iter()
            .filter_map(|&(opcode, value)| Some((russh::Pty::from_u8(opcode)?, value)))
            .collect();
        channel
            .request_pty(true, term, size.columns, size.rows, size.width, size.height, &modes)
            .await
            .map_err(gone)?;
        if !granted(channel).await? {
            return Err(no_session("PTY allocation request failed"));
        }
    }
    for (name, value) in &request.env {
        channel.set_env(false, name, value).await.map_err(gone)?;
    }
    if request.agent.is_some() {
        // As in ssh: a server that allows none does not say so, and nothing is lost.
        channel.agent_forward(false).await.map_err(gone)?;
    }
    match &request.program {
        // It has a channel of another kind.
        Program::Forward(..) => return Ok(()),
        Program::Shell => channel.request_shell(true).await.map_err(gone)?,
        Program::Command(command) => channel.exec(true, command.as_slice()).await.map_err(gone)?,
        Program::Subsystem(name) => {
            channel.request_subsystem(true, name.as_str()).await.map_err(gone)?
        }
    }
    match (granted(channel).await?, &request.program) {
        (true, _) => Ok(()),
        (false, Program::Subsystem(name)) => {
            Err(no_session(&format!("subsystem request failed: {name:?}")))
        }
        (false, _) => {
            Err(no_session("the server runs neither shells nor commands for this account"))
        }
    }
}

fn no_session(why: &str) -> Error {
    ChannelError::NoSession { why: why.to_owned() }.into()
}

/// Whether the server granted the request that was just made. Nothing but window changes can arrive
/// before its answer.
async fn granted(channel: &mut Channel<Msg>) -> Result<bool, Error> {
    loop {
        match channel.wait().await {
            Some(ChannelMsg::Success) => return Ok(true),
            Some(ChannelMsg::Failure) => return Ok(false),
            Some(ChannelMsg::Close) | None => {
                return Err(no_session("the server closed it immediately"));
            }
            Some(_) => {}
        }
    }
}

async fn send_all(
    handle: &Handle<Client>,
    gate: &Gate,
    writer: &ChannelWriteHalf<Msg>,
    mut input: mpsc::Receiver<Input>,
) {
    // If the server is gone, the receiving side notices and knows the reason; this side just cannot
    // send.
    while let Some(item) = input.recv().await {
        let mut sending = std::pin::pin!(async {
            match item {
                Input::Data(data) => writer.data_bytes(data).await,
                Input::End => writer.eof().await,
                Input::Rekey => handle.rekey_soon().await,
                Input::Resize(size) => {
                    writer.window_change(size.columns, size.rows, size.width, size.height).await
                }
            }
        });
        let sent = match tokio::time::timeout(PATIENCE, &mut sending).await {
            Ok(sent) => sent,
            Err(_) => {
                let _urgent = gate.urgent();
                sending.await
            }
        };
        if sent.is_err() {
            return;
        }
    }
}

async fn receive_all(
    reader: ChannelReadHalf,
    gate: &Gate,
    output: &mpsc::Sender<Sent>,
    loss: impl Fn() -> Error,
) -> Result<Exit, Error> {
    let (mut exit, mut closed) = (None, false);
    backlog::carry(reader, gate, output, |message| {
        match message {
            Some(ChannelMsg::Data { data }) => {
                return Received::Data(Sent::Stdout(data.to_vec()), data.len());
            }
            Some(ChannelMsg::ExtendedData { data, ext: 1 }) => {
                return Received::Data(Sent::Stderr(data.to_vec()), data.len());
            }
            Some(ChannelMsg::ExitStatus { exit_status }) => exit = Some(Exit::Status(exit_status)),
            Some(ChannelMsg::ExitSignal { signal_name, .. }) => {
                exit = Some(Exit::Signal(without_sig(&signal_name)))
            }
            Some(ChannelMsg::Close) => closed = true,
            Some(_) => {}
            None => return Received::End,
        }
        if closed { Received::End } else { Received::Nothing }
    })
    .await;
    match exit {
        Some(exit) => Ok(exit),
        None if closed => Ok(Exit::Unknown),
        None => Err(loss()),
    }
}

/// The signal's name without `SIG`, as RFC 4254 section 6.10 has it.
pub(super) fn without_sig(signal: &Sig) -> String {
    match signal {
        Sig::Custom(name) => signal_name(name),
        known => format!("{known:?}"),
    }
}
