//! A small SSH server on a free loopback port, for the tour and the tests: one account with a
//! password, a throw-away home directory, and the public keys that are in its
//! `.ssh/authorized_keys` at that moment. A real shell runs the commands. For this machine only:
//! anyone who knows the password can run commands as the user who started the server.
#![allow(dead_code, reason = "the tour and each test program use their own part of it")]

use std::collections::HashMap;
use std::fs;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use russh::keys::{Algorithm, PrivateKey, PublicKey};
use russh::server::{
    Auth, ChannelOpenHandle, Handler, Msg, PublicKeyOffer, Response, Server as _, Session,
    VerifiedPublicKey,
};
use russh::{Channel, ChannelId, ChannelWriteHalf, MethodKind, MethodSet, Pty, Sig};
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, ChildStdin, Command};
use tokio::runtime::Runtime;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::AbortHandle;

/// Who can log in, and how.
#[derive(Clone, Debug)]
pub struct Account {
    pub user: String,
    pub password: String,
    /// Runs every command as `shell -c COMMAND`, as sshd does with the shell of passwd(5).
    pub shell: PathBuf,
    /// The methods the server offers and accepts.
    pub methods: Vec<MethodKind>,
    /// Shown before the login (RFC 4252 section 5.4).
    pub banner: Option<String>,
    /// Whether exec and shell requests are granted.
    pub runs_commands: bool,
    /// What the shell runs as the SFTP subsystem, if there is one.
    pub sftp: Option<String>,
}

impl Account {
    pub fn new(user: &str, password: &str) -> Self {
        Self {
            user: user.to_owned(),
            password: password.to_owned(),
            shell: "/bin/sh".into(),
            methods: vec![
                MethodKind::PublicKey,
                MethodKind::Password,
                MethodKind::KeyboardInteractive,
            ],
            banner: None,
            runs_commands: true,
            sftp: None,
        }
    }
}

/// What the server has seen of its clients, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Seen {
    Connection,
    /// A key the client asked about, whether or not it would be accepted.
    Offered(PublicKey),
    /// A password was tried, by either method; the password itself is not kept.
    Password(MethodKind),
    LoggedIn(MethodKind),
    /// The bytes of an exec request.
    Exec(Vec<u8>),
}

/// A running server. It ends, with its connections and their commands, when this is dropped.
pub struct Server {
    port: u16,
    host_key: PublicKey,
    /// Kept here, since the last task of the runtime can outlive the program and would leave the
    /// folder behind.
    home: TempDir,
    site: Arc<Site>,
    runtime: Option<Runtime>,
}

/// What all connections share.
struct Site {
    account: Account,
    home: PathBuf,
    seen: Mutex<Vec<Seen>>,
}

impl Server {
    /// Listens on 127.0.0.1 with a new host key and an empty home. Works inside and outside an
    /// async runtime, since it has its own.
    pub fn start(account: Account) -> io::Result<Self> {
        let host_key =
            PrivateKey::random(&mut rand::rng(), Algorithm::Ed25519).map_err(io::Error::other)?;
        let home = tempfile::Builder::new().prefix("sshk-home-").tempdir()?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let port = listener.local_addr()?.port();

        let config = Arc::new(russh::server::Config {
            methods: MethodSet::from(account.methods.as_slice()),
            keys: vec![host_key.clone()],
            // The usual delay is against guessing passwords over a network.
            auth_rejection_time: Duration::ZERO,
            nodelay: true,
            ..Default::default()
        });
        let site = Arc::new(Site { account, home: home.path().to_owned(), seen: Mutex::default() });
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let mut door = Door { site: Arc::clone(&site) };
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener)?;
            door.run_on_socket(config, &listener).await
        });
        Ok(Self {
            port,
            host_key: host_key.public_key().clone(),
            home,
            site,
            runtime: Some(runtime),
        })
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn user(&self) -> &str {
        &self.site.account.user
    }

    /// The account's home directory; removed with the server.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    pub fn host_key(&self) -> &PublicKey {
        &self.host_key
    }

    /// The line for a known_hosts file, newline included.
    pub fn known_hosts(&self) -> String {
        let key = self.host_key.to_openssh().expect("a key that was just made has a text form");
        format!("[127.0.0.1]:{} {key}\n", self.port)
    }

    /// Everything seen so far.
    pub fn seen(&self) -> Vec<Seen> {
        self.site.seen.lock().expect("no holder of this lock panics").clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Dropping a runtime waits, which panics inside another runtime.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Site {
    fn note(&self, event: Seen) {
        self.seen.lock().expect("no holder of this lock panics").push(event);
    }

    /// Reads authorized_keys each time, so that a key is accepted as soon as it is written. As with
    /// sshd's StrictModes, a file or folder that others can write to is ignored. So are lines with
    /// options, which this server could not enforce.
    fn authorizes(&self, user: &str, key: &PublicKey) -> bool {
        let folder = self.home.join(".ssh");
        let file = folder.join("authorized_keys");
        let closed_to_others = |path: &PathBuf| {
            fs::metadata(path)
                .is_ok_and(|it| it.permissions().mode() & 0o022 == 0 && it.uid() == owner())
        };
        if user != self.account.user
            || ![&self.home, &folder, &file].into_iter().all(closed_to_others)
            // A FIFO would block; sshd reads regular files alone.
            || !file.is_file()
        {
            return false;
        }
        let text = fs::read_to_string(&file).unwrap_or_default();
        // Without the comment, which may differ.
        text.lines()
            .filter_map(|line| PublicKey::from_openssh(line.trim()).ok())
            .any(|line| line.key_data() == key.key_data())
    }

    fn accepts(&self, method: MethodKind) -> bool {
        self.account.methods.contains(&method)
    }

    fn check_password(&self, user: &str, password: &[u8], method: MethodKind) -> Auth {
        self.note(Seen::Password(method));
        if self.accepts(method)
            && user == self.account.user
            && password == self.account.password.as_bytes()
        {
            self.note(Seen::LoggedIn(method));
            return Auth::Accept;
        }
        self.reject()
    }

    /// Rejects and, as sshd does, offers every method again, this one included.
    fn reject(&self) -> Auth {
        Auth::Reject {
            proceed_with_methods: Some(MethodSet::from(self.account.methods.as_slice())),
            partial_success: false,
        }
    }

    /// The account's shell in its home, with the environment of a login and nothing of ours.
    fn shell(&self) -> Command {
        let mut shell = Command::new(&self.account.shell);
        shell
            .env_clear()
            .env("HOME", &self.home)
            .env("USER", &self.account.user)
            .env("LOGNAME", &self.account.user)
            .env("SHELL", &self.account.shell)
            .env("PATH", "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin")
            .current_dir(&self.home)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        shell
    }
}

fn owner() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// Makes a [`Connection`] for each client.
struct Door {
    site: Arc<Site>,
}

impl russh::server::Server for Door {
    type Handler = Connection;

    fn new_client(&mut self, _: Option<SocketAddr>) -> Connection {
        self.site.note(Seen::Connection);
        Connection { site: Arc::clone(&self.site), opened: HashMap::new(), running: HashMap::new() }
    }
}

/// One client; russh calls these methods as its requests arrive.
struct Connection {
    site: Arc<Site>,
    /// Channels without a request so far.
    opened: HashMap<ChannelId, ChannelWriteHalf<Msg>>,
    running: HashMap<ChannelId, Running>,
}

/// A running command. Dropped, and so killed, when its channel or its connection closes.
struct Running {
    input: Option<UnboundedSender<Vec<u8>>>,
    task: AbortHandle,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Connection {
    fn run(
        &mut self,
        id: ChannelId,
        mut command: Command,
        session: &mut Session,
    ) -> Result<(), russh::Error> {
        let (Some(channel), Ok(child)) = (self.opened.remove(&id), command.spawn()) else {
            return session.channel_failure(id);
        };
        session.channel_success(id)?;
        // Unbounded: while a bounded queue is full, russh stops the whole connection, output
        // included, and a command that waits for its output to be read (`cat`) would wait forever.
        let (input, queue) = unbounded_channel();
        let task = tokio::spawn(carry(child, queue, channel, session.handle())).abort_handle();
        self.running.insert(id, Running { input: Some(input), task });
        Ok(())
    }
}

impl Handler for Connection {
    type Error = russh::Error;

    async fn authentication_banner(&mut self) -> Result<Option<String>, russh::Error> {
        Ok(self.site.account.banner.clone())
    }

    async fn auth_none(&mut self, _user: &str) -> Result<Auth, russh::Error> {
        Ok(self.site.reject())
    }

    async fn auth_password(&mut self, user: &str, password: &str) -> Result<Auth, russh::Error> {
        Ok(self.site.check_password(user, password.as_bytes(), MethodKind::Password))
    }

    async fn auth_keyboard_interactive(
        &mut self,
        user: &str,
        _: &str,
        answer: Option<Response<'_>>,
    ) -> Result<Auth, russh::Error> {
        let method = MethodKind::KeyboardInteractive;
        let Some(mut answer) = answer else {
            if !self.site.accepts(method) {
                return Ok(self.site.reject());
            }
            return Ok(Auth::Partial {
                name: "".into(),
                instructions: "".into(),
                prompts: vec![("Password: ".into(), false)].into(),
            });
        };
        Ok(self.site.check_password(user, &answer.next().unwrap_or_default(), method))
    }

    /// The query before the signature: would this key be accepted?
    async fn auth_publickey_offered(
        &mut self,
        user: &str,
        offer: PublicKeyOffer<'_>,
    ) -> Result<Auth, russh::Error> {
        self.site.note(Seen::Offered(offer.public_key.clone()));
        if !self.site.accepts(MethodKind::PublicKey)
            || !self.site.authorizes(user, offer.public_key)
        {
            return Ok(self.site.reject());
        }
        Ok(Auth::Accept)
    }

    /// The login itself: russh has verified the signature.
    async fn auth_publickey(
        &mut self,
        user: &str,
        key: VerifiedPublicKey<'_>,
    ) -> Result<Auth, russh::Error> {
        if !self.site.accepts(MethodKind::PublicKey) || !self.site.authorizes(user, key.public_key)
        {
            return Ok(self.site.reject());
        }
        self.site.note(Seen::LoggedIn(MethodKind::PublicKey));
        Ok(Auth::Accept)
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), russh::Error> {
        // Input arrives through `data` below.
        let (_, writing) = channel.split();
        self.opened.insert(writing.id(), writing);
        reply.accept().await;
        Ok(())
    }

    async fn exec_request(
        &mut self,
        id: ChannelId,
        command: &[u8],
        session: &mut Session,
    ) -> Result<(), russh::Error> {
        use std::os::unix::ffi::OsStrExt;
        self.site.note(Seen::Exec(command.to_vec()));
        if !self.site.account.runs_commands {
            return session.channel_failure(id);
        }
        let mut shell = self.site.shell();
        shell.arg("-c").arg(std::ffi::OsStr::from_bytes(command));
        self.run(id, shell, session)
    }

    /// A shell that reads its commands from the channel. There are no terminals here, so it prints
    /// no prompt.
    async fn shell_request(
        &mut self,
        id: ChannelId,
        session: &mut Session,
    ) -> Result<(), russh::Error> {
        if !self.site.account.runs_commands {
            return session.channel_failure(id);
        }
        let shell = self.site.shell();
        self.run(id, shell, session)
    }

    async fn subsystem_request(
        &mut self,
        id: ChannelId,
        name: &str,
        session: &mut Session,
    ) -> Result<(), russh::Error> {
        let Some(program) = self.site.account.sftp.as_ref().filter(|_| name == "sftp") else {
            return session.channel_failure(id);
        };
        let mut shell = self.site.shell();
        shell.arg("-c").arg(program);
        self.run(id, shell, session)
    }

    async fn data(
        &mut self,
        id: ChannelId,
        data: &[u8],
        _: &mut Session,
    ) -> Result<(), russh::Error> {
        if let Some(Running { input: Some(input), .. }) = self.running.get(&id) {
            // Fails once the command has ended: the rest of its input is dropped, as by sshd.
            let _ = input.send(data.to_vec());
        }
        Ok(())
    }

    async fn channel_eof(&mut self, id: ChannelId, _: &mut Session) -> Result<(), russh::Error> {
        if let Some(running) = self.running.get_mut(&id) {
            running.input = None;
        }
        Ok(())
    }

    async fn channel_close(&mut self, id: ChannelId, _: &mut Session) -> Result<(), russh::Error> {
        self.opened.remove(&id);
        self.running.remove(&id);
        Ok(())
    }

    // russh itself does not answer these, and the client would wait forever.

    async fn pty_request(
        &mut self,
        id: ChannelId,
        _term: &str,
        _columns: u32,
        _rows: u32,
        _width: u32,
        _height: u32,
        _modes: &[(Pty, u32)],
        session: &mut Session,
    ) -> Result<(), russh::Error> {
        session.channel_failure(id)
    }

    async fn env_request(
        &mut self,
        id: ChannelId,
        _name: &str,
        _value: &str,
        session: &mut Session,
    ) -> Result<(), russh::Error> {
        session.channel_failure(id)
    }
}

/// Carries the three streams of a command at the same time until each has ended, then sends how the
/// command ended.
async fn carry(
    mut child: Child,
    queue: UnboundedReceiver<Vec<u8>>,
    channel: ChannelWriteHalf<Msg>,
    client: russh::server::Handle,
) {
    let (Some(stdin), Some(stdout), Some(stderr)) =
        (child.stdin.take(), child.stdout.take(), child.stderr.take())
    else {
        return;
    };
    let feeding = tokio::spawn(feed(stdin, queue));
    // If the client is gone, the command finds out when it writes to a closed pipe.
    let _ = tokio::join!(channel.data(stdout), channel.extended_data(STDERR, stderr));
    let status = child.wait().await;
    feeding.abort();
    let _ = channel.eof().await;
    if let Ok(status) = status {
        send_status(status, &channel, &client).await;
    }
    let _ = channel.close().await;
}

/// SSH_EXTENDED_DATA_STDERR, RFC 4254 section 5.2.
const STDERR: u32 = 1;

/// Sends a command its input, and end of file when the other end of the queue is dropped.
async fn feed(mut stdin: ChildStdin, mut queue: UnboundedReceiver<Vec<u8>>) {
    while let Some(bytes) = queue.recv().await {
        if stdin.write_all(&bytes).await.is_err() {
            return;
        }
    }
}

/// `exit-status` or `exit-signal`, RFC 4254 section 6.10.
async fn send_status(
    status: ExitStatus,
    channel: &ChannelWriteHalf<Msg>,
    client: &russh::server::Handle,
) {
    match (status.code(), status.signal()) {
        (Some(code), _) => {
            let _ = channel.exit_status(code.unsigned_abs()).await;
        }
        (None, signal) => {
            let _ = client
                .exit_signal_request(
                    channel.id(),
                    signal_name(signal),
                    status.core_dumped(),
                    String::new(),
                    String::new(),
                )
                .await;
        }
    }
}

fn signal_name(number: Option<i32>) -> Sig {
    use rustix::process::Signal;
    match number.and_then(Signal::from_named_raw) {
        Some(Signal::HUP) => Sig::HUP,
        Some(Signal::INT) => Sig::INT,
        Some(Signal::QUIT) => Sig::QUIT,
        Some(Signal::ABORT) => Sig::ABRT,
        Some(Signal::KILL) => Sig::KILL,
        Some(Signal::SEGV) => Sig::SEGV,
        Some(Signal::PIPE) => Sig::PIPE,
        Some(Signal::TERM) => Sig::TERM,
        // A name of one's own needs an `@`, RFC 4254 section 6.10.
        _ => Sig::Custom(format!("{}@sshk", number.unwrap_or_default())),
    }
}
