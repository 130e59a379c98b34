//! One thread's own account, home and servers, and how a row is run on them.

use std::cell::OnceCell;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use crate::scenarios::hints;
use crate::scenarios::scenario::{After, Content, Login, Row, Spot};
use crate::scenarios::snapshot::{self, Node, Snapshot};
use crate::support::oracle::{Ssh, askpass, ssh_keygen};
use crate::support::process::Finished;
use crate::support::{Account, Dropbear, Home, Run, Sshd, program};

/// The keys a row can name; `other` appears in files but logs in nowhere.
const KEYS: [(&str, &[&str]); 4] = [
    ("id_ed25519", &["-t", "ed25519"]),
    ("second", &["-t", "ed25519"]),
    ("rsa2048", &["-t", "rsa", "-b", "2048"]),
    ("other", &["-t", "ed25519"]),
];

pub struct Worker {
    home: Home,
    /// `ash` is busybox under that name.
    ash: Home,
    sshd: Sshd,
    dropbear: OnceCell<Dropbear>,
    account: OnceCell<Account>,
}

/// The server that a row talks to.
enum Server<'a> {
    Sshd(&'a Sshd),
    Dropbear(&'a Dropbear),
}

impl Server<'_> {
    /// The path of its configuration, if it has one.
    fn config(&self) -> PathBuf {
        match self {
            Self::Sshd(server) => server.config_file(),
            Self::Dropbear(_) => PathBuf::new(),
        }
    }

    fn port(&self) -> u16 {
        match self {
            Self::Sshd(server) => server.port(),
            Self::Dropbear(server) => server.port(),
        }
    }

    fn known_hosts(&self) -> String {
        match self {
            Self::Sshd(server) => server.known_hosts(),
            Self::Dropbear(server) => server.known_hosts(),
        }
    }

    fn log(&self) -> String {
        match self {
            Self::Sshd(server) => server.log(),
            Self::Dropbear(server) => server.log(),
        }
    }
}

/// Runs at the end, before anything of the account is removed.
struct Undo<'a> {
    script: String,
    home: &'a Path,
}

impl Drop for Undo<'_> {
    fn drop(&mut self) {
        let done = shell(&self.script, Run::new("/bin/sh"), self.home);
        assert!(
            done.status.success() || std::thread::panicking(),
            "{}: {}",
            self.script,
            done.err()
        );
    }
}

fn shell(script: &str, sh: Run, folder: &Path) -> Finished {
    let folder = if folder.is_dir() { folder } else { Path::new("/") };
    sh.arg("-ec").arg(script).current_dir(folder).run()
}

impl Worker {
    pub fn new() -> Self {
        let home = Home::new();
        for (name, options) in KEYS {
            let file = home.ssh().join(name);
            ssh_keygen(["-q", "-N", "", "-C", "test@house", "-f"])
                .arg(file)
                .args(options)
                .run()
                .expect(0);
        }
        let ash = Home::new();
        symlink(program("busybox"), ash.join("ash")).unwrap();
        fs::set_permissions(ash.path(), fs::Permissions::from_mode(0o755)).unwrap();
        Self {
            home,
            ash,
            sshd: Sshd::for_accounts().start(),
            dropbear: OnceCell::new(),
            account: OnceCell::new(),
        }
    }

    /// Sets up the row's state on a server of its kind, and undoes it after `act`.
    fn staged<T>(&self, row: &Row, spot: Spot, act: impl FnOnce(&Account, &Server) -> T) -> T {
        let own = row.shell.map(|shell| {
            Account::new(&shell.replace("<ash>", self.ash.join("ash").to_str().unwrap()))
        });
        let account =
            own.as_ref().unwrap_or_else(|| self.account.get_or_init(|| Account::new("/bin/bash")));
        clear(account);
        let fill = |text: &str| self.fill(text, row, account);
        let own_sshd = Self::own_sshd(row, spot, &fill);
        let server = if spot.is_sshd() {
            Server::Sshd(own_sshd.as_ref().unwrap_or(&self.sshd))
        } else {
            Server::Dropbear(self.dropbear.get_or_init(|| Dropbear::start(&[])))
        };
        self.prepare(row, account, &fill);
        let _undo = Undo { script: fill(row.undo), home: &account.home() };
        if !row.as_root.is_empty() {
            shell(&fill(row.as_root), Run::new("/bin/sh"), &account.home()).expect(0);
        }
        fs::write(self.home.ssh().join("known_hosts"), server.known_hosts()).unwrap();
        act(account, &server)
    }

    /// Runs the row once; the error lists everything that is wrong.
    pub fn play(&self, row: &Row, spot: Spot) -> Result<(), String> {
        self.staged(row, spot, |account, server| self.check(row, spot, account, server))
    }

    /// What ssh-copy-id does in the row's state: its output, whether ssh logs in with the key
    /// afterwards, and what the file then contains.
    pub fn play_ssh_copy_id(&self, row: &Row, options: &[String]) -> (Finished, Login, Vec<u8>) {
        self.staged(row, Spot::Sshd, |account, server| {
            let run = self
                .home
                .run(program("ssh-copy-id"))
                .args(["-i"])
                .arg(self.home.ssh().join(row.key).with_extension("pub"));
            let run = run.args([
                "-p",
                &server.port().to_string(),
                "-o",
                "StrictHostKeyChecking=yes",
                "-o",
                "IdentityAgent=none",
                "-o",
            ]);
            let run = run.arg(format!(
                "UserKnownHostsFile={}",
                self.home.ssh().join("known_hosts").display()
            ));
            let run = run
                .args(options)
                .env("SSH_ASKPASS_REQUIRE", "force")
                .env("SSH_ASKPASS", askpass(self.home.path(), account.password()));
            let said = run.arg(format!("{}@127.0.0.1", account.name())).run();
            let login = self.login(row, account, server.port()).unwrap();
            let is_file = account.authorized_keys().is_file();
            (
                said,
                login,
                if is_file { fs::read(account.authorized_keys()).unwrap() } else { Vec::new() },
            )
        })
    }

    /// The private file of a key.
    pub fn key(&self, name: &str) -> PathBuf {
        self.home.ssh().join(name)
    }

    fn check(
        &self,
        row: &Row,
        spot: Spot,
        account: &Account,
        server: &Server,
    ) -> Result<(), String> {
        let fill = |text: &str| self.fill(text, row, account);
        let tree = PathBuf::from(fill(row.tree));
        let before = snapshot::of(&tree);
        let said = self.copy_id(row, &[], spot, account, server.port());
        let after = snapshot::of(&tree);
        let login = self.login(row, account, server.port());

        let file = fill(row.file.unwrap_or(".ssh/authorized_keys"));
        let line = fill("<line>");
        let mut wrong = snapshot::differences(
            &expected(row.after, before, &tree, Path::new(&file), &line, account),
            &after,
        );
        let to = format!("ssh://{}@127.0.0.1:{}", account.name(), server.port());
        let methods = if spot.is_sshd() {
            "publickey, password, keyboard-interactive"
        } else {
            "publickey, password"
        };
        let words = fill(&row.words).replace("<to>", &to).replace("<methods>", methods);
        let words = words.replace("<config>", server.config().to_str().unwrap());
        if (said.code(), said.out(), said.err()) != (row.status, "", words.as_str()) {
            wrong.push(format!("sshk ended with {}, not {}", said.code(), row.status));
            wrong.push(format!("it said\n{}{}--- not\n{words}---", said.out(), said.err()));
        }
        if login != Ok(row.login) {
            wrong.push(format!("ssh's login: {login:?}, not {:?}", row.login));
        }
        wrong.extend(self.wrong_hints(&said, row, spot, account, server));
        if wrong.is_empty() {
            return Ok(());
        }
        Err(format!(
            "{}\n--- the end of the server's log\n{}",
            wrong.join("\n"),
            last_lines(&server.log())
        ))
    }

    /// What is wrong with the commands that the failure's hint proposes: each must run, and one that
    /// is to help must not be followed by the same failure.
    fn wrong_hints(
        &self,
        said: &Finished,
        row: &Row,
        spot: Spot,
        account: &Account,
        server: &Server,
    ) -> Vec<String> {
        let commands = hints::of(said).map(hints::commands).unwrap_or_default();
        let password = row.password.unwrap_or(account.password());
        let mut wrong = Vec::new();
        for command in commands {
            let again = |options: &[&str]| self.copy_id(row, options, spot, account, server.port());
            let (ran, then) = match &command {
                hints::Command::Sshk(words) => {
                    (self.home.sshk(words).env("SSHK_PASSWORD", password).run(), None)
                }
                hints::Command::OnServer(command) => {
                    let ran = hints::on_server(command, account);
                    let fixes = command.starts_with("chmod") && ran.code() == 0;
                    (ran, fixes.then(|| again(&[])))
                }
                hints::Command::Again(options) => (again(options), Some(again(options))),
            };
            // Some of what the server's administrator can do needs root.
            let is_for_root = ran.err().contains("Operation not permitted");
            // `ls` also says which of the files is missing.
            let is_listed = !ran.out().is_empty() && ran.err().contains("No such file");
            if matches!(ran.code(), 2 | 127) && !is_for_root && !is_listed {
                wrong.push(format!("{command:?} ended with {}: {}", ran.code(), ran.err()));
            }
            if let Some(then) = then.filter(|then| then.code() != 0 && then.err() == said.err()) {
                wrong.push(format!("{command:?} changed nothing: {}", then.err()));
            }
        }
        wrong
    }

    /// The sshd of a row that needs its own configuration.
    fn own_sshd(row: &Row, spot: Spot, fill: &impl Fn(&str) -> String) -> Option<Sshd> {
        if !spot.is_sshd() || row.config.is_empty() && !row.is_secretive {
            return None;
        }
        let lines = row.config.iter().map(|line| fill(line));
        let sshd =
            if row.is_secretive { Sshd::for_accounts().secretive() } else { Sshd::for_accounts() };
        Some(lines.fold(sshd, |sshd, line| sshd.line(&line)).start())
    }

    fn prepare(&self, row: &Row, account: &Account, fill: &impl Fn(&str) -> String) {
        let content = match &row.content {
            Content::NoFolder => None,
            Content::NoFile => {
                fs::create_dir(account.home().join(".ssh")).unwrap();
                account.own(&account.home().join(".ssh"), 0o700);
                None
            }
            Content::Text(text) => Some(fill(text).into_bytes()),
            Content::Bytes(make) => Some(make(&fill("<key>"))),
        };
        if let Some(content) = content {
            account.write(".ssh/authorized_keys", content, 0o600);
        }
        for (path, text, mode) in &row.files {
            account.write(path, fill(text), *mode);
        }
        if !row.given.is_empty() {
            let sh = Run::new(program("setpriv"))
                .args([format!("--reuid={}", account.uid()), format!("--regid={}", account.gid())]);
            shell(&fill(row.given), sh.args(["--clear-groups", "/bin/sh"]), &account.home())
                .expect(0);
        }
    }

    fn copy_id(
        &self,
        row: &Row,
        more: &[&str],
        spot: Spot,
        account: &Account,
        port: u16,
    ) -> Finished {
        let key = self.home.ssh().join(row.key);
        let run = self.home.sshk(["copy-id", "-i"]).arg(key).args(row.options).args(more);
        let run = if spot.is_sftp() { run.arg("-s") } else { run };
        let run = run.env("SSHK_PASSWORD", row.password.unwrap_or(account.password()));
        run.arg(format!("ssh://{}@127.0.0.1:{port}", account.name())).run()
    }

    /// Whether OpenSSH's own client logs in with the key; `Err` with its output if that is not
    /// clear.
    fn login(&self, row: &Row, account: &Account, port: u16) -> Result<Login, String> {
        let ssh = Ssh::new(account.name(), port, &self.home.ssh().join("known_hosts"))
            .key(&self.home.ssh().join(row.key));
        let said = ssh.command("true").run();
        if said.err().contains("Permission denied (") {
            Ok(Login::Out)
        } else if said.code() == 255 {
            Err(said.err().to_owned())
        } else {
            Ok(Login::In)
        }
    }

    fn fill(&self, text: &str, row: &Row, account: &Account) -> String {
        if !text.contains('<') {
            return text.to_owned();
        }
        let line = |name: &str| {
            fs::read_to_string(self.home.ssh().join(name).with_extension("pub"))
                .unwrap()
                .trim_end()
                .to_owned()
        };
        let bare = |name: &str| line(name).rsplit_once(' ').unwrap().0.to_owned();
        let signature = if row.key == "rsa2048" { "rsa-sha2-512" } else { "ssh-ed25519" };
        let text = text
            .replace("<key>", &bare(row.key))
            .replace("<line>", &line(row.key))
            .replace("<other>", &bare("other"));
        let text = text
            .replace("<home>", account.home().to_str().unwrap())
            .replace("<user>", account.name());
        let text = text
            .replace("<mine>", &bare("id_ed25519"))
            .replace("<keyfile>", self.home.ssh().join(row.key).to_str().unwrap());
        let text =
            text.replace("<uid>", &account.uid().to_string()).replace("<signature>", signature);
        if text.contains("<fingerprint>") {
            text.replace("<fingerprint>", &self.fingerprint(row.key))
        } else {
            text
        }
    }

    fn fingerprint(&self, name: &str) -> String {
        let said = ssh_keygen(["-l", "-f"]).arg(self.home.ssh().join(name)).run().expect(0);
        said.out().split(' ').nth(1).unwrap().to_owned()
    }
}

/// Empties the home, whatever the previous row left.
fn clear(account: &Account) {
    let home = account.home();
    if home.exists() {
        fs::remove_dir_all(&home).unwrap();
    }
    fs::create_dir(&home).unwrap();
    account.own(&home, 0o700);
}

/// What `tree` must look like afterwards; `file` is relative to it or absolute.
fn expected(
    after: After,
    mut before: Snapshot,
    tree: &Path,
    file: &Path,
    line: &str,
    account: &Account,
) -> Snapshot {
    let new = |kind, mode, content| {
        let owner = (account.uid(), account.gid());
        Node {
            kind,
            mode,
            owner,
            links: u64::from(kind == "file"),
            inode: 0,
            attributes: Vec::new(),
            content,
        }
    };
    let folder = file.parent().unwrap();
    match after {
        After::Same => {}
        After::Added | After::AddedWithMode(_) => {
            let real = fs::canonicalize(tree.join(file)).expect("the file is there");
            let real = real
                .strip_prefix(fs::canonicalize(tree).unwrap())
                .expect("the file is in the directory that is looked at");
            let (inode, mut content) = (before[real].inode, before[real].content.clone());
            if content.last().is_some_and(|byte| *byte != b'\n') {
                content.push(b'\n');
            }
            content.extend_from_slice(format!("{line}\n").as_bytes());
            // Its other names as well.
            for node in before.values_mut().filter(|node| node.inode == inode) {
                node.content.clone_from(&content);
                if let After::AddedWithMode(mode) = after {
                    node.mode = mode;
                }
            }
        }
        After::New | After::NewAndEmpty => {
            before.entry(folder.to_owned()).or_insert_with(|| new("folder", 0o700, Vec::new()));
            let content = if after == After::New { format!("{line}\n") } else { String::new() };
            let clash = before.insert(file.to_owned(), new("file", 0o600, content.into_bytes()));
            assert_eq!(clash, None, "the file was not to be there before");
        }
    }
    before
}

fn last_lines(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(12)..].join("\n")
}
