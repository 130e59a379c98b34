//! One row of the table: the state of an account, what is run, and what must hold afterwards.
//!
//! Texts name what differs from run to run: `<key>` type and blob, `<line>` the same with its
//! comment, `<other>` another key's type and blob, `<home>`, `<user>`, `<to>` the destination,
//! `<fingerprint>`, `<signature>`, `<methods>` what the server accepts, `<config>` its
//! configuration file, `<keyfile>` the private file of the row's key, `<mine>` type and blob of the
//! home's usual key.

/// A server, and how the file is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spot {
    Sshd,
    SshdSftp,
    Dropbear,
    DropbearSftp,
}

use Spot::{Dropbear, DropbearSftp, Sshd, SshdSftp};

pub const EVERYWHERE: &[Spot] = &[Sshd, SshdSftp, Dropbear, DropbearSftp];
/// Both servers by a command, and SFTP once: it reads the same file on either server.
pub const USUAL: &[Spot] = &[Sshd, SshdSftp, Dropbear];
pub const BY_COMMAND: &[Spot] = &[Sshd, Dropbear];
pub const OVER_SFTP: &[Spot] = &[SshdSftp, DropbearSftp];
pub const ON_SSHD: &[Spot] = &[Sshd, SshdSftp];
pub const ON_DROPBEAR: &[Spot] = &[Dropbear, DropbearSftp];
pub const SSHD: &[Spot] = &[Sshd];
pub const SSHD_SFTP: &[Spot] = &[SshdSftp];
pub const DROPBEAR: &[Spot] = &[Dropbear];

impl Spot {
    pub fn is_sshd(self) -> bool {
        matches!(self, Sshd | SshdSftp)
    }

    pub fn is_sftp(self) -> bool {
        matches!(self, SshdSftp | DropbearSftp)
    }
}

/// What the key's file holds before.
pub enum Content {
    NoFolder,
    NoFile,
    /// Placeholders are filled in.
    Text(String),
    /// Made of `<key>`.
    Bytes(fn(&str) -> Vec<u8>),
}

/// What must have happened to the file; every other file of the home, and every mode, owner, link
/// and attribute, must be unchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    Same,
    /// The whole line is at its end, after a newline if there was none.
    Added,
    /// The same, and its mode is now this.
    AddedWithMode(u32),
    /// It is new, mode 0600, and so is its directory, mode 0700, if that was missing.
    New,
    /// The same, but empty.
    NewAndEmpty,
}

/// Whether OpenSSH's own `ssh` logs in with the key afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Login {
    In,
    Out,
}

pub struct Row {
    pub name: &'static str,
    pub at: &'static [Spot],
    pub content: Content,
    /// Other files of the home: path, text, mode.
    pub files: Vec<(&'static str, String, u32)>,
    /// Run by sh in the home, as the account and then as root; `undo` always runs as root at the
    /// end.
    pub given: &'static str,
    pub as_root: &'static str,
    pub undo: &'static str,
    pub shell: Option<&'static str>,
    /// Lines of sshd_config; such a row has a server of its own.
    pub config: Vec<String>,
    pub is_secretive: bool,
    /// A name among the worker's keys.
    pub key: &'static str,
    pub password: Option<&'static str>,
    pub options: &'static [&'static str],
    /// Where the file is, if not `~/.ssh/authorized_keys`.
    pub file: Option<&'static str>,
    /// The directory that must not change otherwise, if not the home.
    pub tree: &'static str,
    pub after: After,
    pub login: Login,
    pub words: String,
    pub status: i32,
}

/// A row whose account has an empty home; by default the key is installed.
pub fn row(name: &'static str) -> Row {
    Row {
        name,
        at: USUAL,
        content: Content::NoFolder,
        files: Vec::new(),
        given: "",
        as_root: "",
        undo: "",
        shell: None,
        config: Vec::new(),
        is_secretive: false,
        key: "id_ed25519",
        password: None,
        options: &[],
        file: None,
        tree: "<home>",
        after: After::New,
        login: Login::In,
        words: format!("<to>: {INSTALLED}\n"),
        status: 0,
    }
}

const INSTALLED: &str =
    "installed in ~/.ssh/authorized_keys; verified by a new login (<signature>)";
const MENDED: &str = "installed in ~/.ssh/authorized_keys (its last line had no newline, and now \
    has one); \
                      verified by a new login (<signature>)";

impl Row {
    pub fn at(self, at: &'static [Spot]) -> Self {
        Self { at, ..self }
    }

    /// `~/.ssh` exists, but the file does not.
    pub fn without_file(self) -> Self {
        Self { content: Content::NoFile, ..self }
    }

    pub fn holds(self, text: impl Into<String>) -> Self {
        Self { content: Content::Text(text.into()), after: After::Added, ..self }
    }

    pub fn holds_bytes(self, make: fn(&str) -> Vec<u8>) -> Self {
        Self { content: Content::Bytes(make), after: After::Added, ..self }
    }

    pub fn file(mut self, path: &'static str, text: impl Into<String>, mode: u32) -> Self {
        self.files.push((path, text.into(), mode));
        self
    }

    pub fn given(self, given: &'static str) -> Self {
        Self { given, ..self }
    }

    pub fn root(self, as_root: &'static str) -> Self {
        Self { as_root, ..self }
    }

    pub fn undo(self, undo: &'static str) -> Self {
        Self { undo, ..self }
    }

    pub fn shell(self, shell: &'static str) -> Self {
        Self { shell: Some(shell), ..self }
    }

    pub fn config(mut self, line: impl Into<String>) -> Self {
        self.config.push(line.into());
        self
    }

    /// Only root can read the server's configuration.
    pub fn secretive(self) -> Self {
        Self { is_secretive: true, ..self }
    }

    pub fn key(self, key: &'static str) -> Self {
        Self { key, ..self }
    }

    pub fn password(self, password: &'static str) -> Self {
        Self { password: Some(password), ..self }
    }

    pub fn options(self, options: &'static [&'static str]) -> Self {
        Self { options, ..self }
    }

    pub fn target(self, file: &'static str) -> Self {
        Self { file: Some(file), ..self }
    }

    pub fn tree(self, tree: &'static str) -> Self {
        Self { tree, ..self }
    }

    /// The line is added; the last line had no newline.
    pub fn mends(self) -> Self {
        self.says(MENDED)
    }

    /// The file is new.
    pub fn makes(self, after: After) -> Self {
        Self { after, ..self }
    }

    /// The key is already in this line and logs in: nothing changes.
    pub fn finds(self, line: usize) -> Self {
        let words = format!(
            "already present, line {line} of ~/.ssh/authorized_keys; verified by this login"
        );
        Self { after: After::Same, ..self }.says(&words)
    }

    /// Nothing changes, and this is printed.
    pub fn keeps(self, words: &str) -> Self {
        Self { after: After::Same, ..self }.says(words)
    }

    /// One line about the destination.
    pub fn says(self, words: &str) -> Self {
        Self { words: format!("<to>: {words}\n"), ..self }
    }

    /// A line of the run itself before the others.
    pub fn first_says(self, words: &str) -> Self {
        Self { words: format!("<to>: {words}\n{}", self.words), ..self }
    }

    /// Nothing changes, the key does not log in, and the failure and its hint are these.
    pub fn refused(self, message: &str, hint: &str) -> Self {
        Self { after: After::Same, login: Login::Out, ..self }.fails(message, hint)
    }

    /// Status 1 with this failure and its hint.
    pub fn fails(self, message: &str, hint: &str) -> Self {
        let hint = if hint.is_empty() { String::new() } else { format!("sshk: hint: {hint}\n") };
        Self { words: format!("sshk: error: <to>: {message}\n{hint}"), status: 1, ..self }
    }

    /// Added, but the key does not log in.
    pub fn in_vain(self, why: &str, hint: &str) -> Self {
        let message = format!(
            "the key was written to \"~/.ssh/authorized_keys\" on the server, but it does not log \
            in: {why}"
        );
        Self { login: Login::Out, ..self }.fails(&message, hint)
    }

    /// Already present, but the key does not log in.
    pub fn finds_in_vain(self, why: &str, hint: &str) -> Self {
        let message = format!(
            "the key is in \"~/.ssh/authorized_keys\" on the server, but it does not log in: {why}"
        );
        Self { after: After::Same, login: Login::Out, ..self }.fails(&message, hint)
    }

    pub fn but_ssh_gets(self, login: Login) -> Self {
        Self { login, ..self }
    }
}
