//! `sshk copy-id` against SFTP servers with odd habits and bad ones: what is written, and what is
//! reported.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::sync::OnceLock;

use crate::support::server::{Account, Seen, Server};
use crate::support::{Home, Run, program};

const KEPT: &str = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQDkept kept@elsewhere\n";
const FILE: &str = "\"~/.ssh/authorized_keys\" on the server";
const AGAIN: &str = "run it again: it checks before it writes";

/// A server that runs no commands, and whose SFTP server is `server.py` with these habits.
struct Place {
    home: Home,
    server: Server,
    key: PathBuf,
}

impl Place {
    fn with(habits: &str) -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/accounts/copy_id_sftp/server.py");
        Self::on(Some(format!("'{}' '{script}' {habits}", python())), false)
    }

    fn on(sftp: Option<String>, runs_commands: bool) -> Self {
        let server =
            Server::start(Account { sftp, runs_commands, ..Account::new("ann", "pw") }).unwrap();
        let home = Home::new();
        home.know(&server.known_hosts());
        let key = home.key("ed25519", "id_ed25519");
        Self { home, server, key }
    }

    fn file(&self) -> PathBuf {
        self.server.home().join(".ssh/authorized_keys")
    }

    fn with_file(self, content: impl AsRef<[u8]>) -> Self {
        fs::create_dir(self.file().parent().unwrap()).unwrap();
        fs::write(self.file(), content).unwrap();
        self
    }

    fn content(&self) -> String {
        fs::read_to_string(self.file()).unwrap()
    }

    fn line(&self) -> String {
        fs::read_to_string(self.key.with_extension("pub")).unwrap()
    }

    fn copy_id(&self, options: &[&str]) -> Run {
        let port = self.server.port().to_string();
        self.home
            .sshk(["copy-id", "-p", &port])
            .args(options)
            .arg("ann@127.0.0.1")
            .env("SSHK_PASSWORD", "pw")
    }

    #[track_caller]
    fn installs(&self, words: &str) {
        let said = self.copy_id(&["-s"]).run().expect(0);
        let words = format!(
            "ann@127.0.0.1: installed in ~/.ssh/authorized_keys{words}; verified by a new login \
                (ssh-ed25519)\n"
        );
        assert_eq!((said.out(), said.err()), ("", &*words));
        assert!(!self.server.seen().iter().any(|seen| matches!(seen, Seen::Exec(_))));
    }

    /// The error and its hint, also as JSON with its kind.
    #[track_caller]
    fn fails(&self, options: &[&str], kind: &str, error: &str, hint: Option<&str>) {
        let said = self.copy_id(options).arg("--json").run().expect(1);
        let words = hint.map(|hint| format!("sshk: hint: {hint}\n")).unwrap_or_default();
        assert_eq!(said.err(), format!("sshk: error: ann@127.0.0.1: {error}\n{words}"));
        let json: serde_json::Value = serde_json::from_str(said.out()).unwrap();
        assert_eq!(
            json["error"],
            serde_json::json!({ "kind": kind, "message": error, "hint": hint })
        );
    }
}

/// The interpreter itself: what PATH names may need more of the environment than a login has.
fn python() -> &'static str {
    static PATH: OnceLock<String> = OnceLock::new();
    PATH.get_or_init(|| {
        let asked = Run::new(program("python3")).args(["-c", "import sys; print(sys.executable)"]);
        asked.run().expect(0).out().trim_end().to_owned()
    })
}

#[test]
fn an_account_that_is_refused_every_command_gets_its_key_over_sftp() {
    let place = Place::with("plain");
    let said = place.copy_id(&[]).run().expect(0);
    assert_eq!(
        said.err(),
        "ann@127.0.0.1: the account runs no commands; installing over SFTP\n\
         ann@127.0.0.1: installed in ~/.ssh/authorized_keys; verified by a new login \
         (ssh-ed25519)\n"
    );
    assert_eq!(place.content(), place.line());
    assert_eq!(place.copy_id(&["-q", "-f", "--no-verify"]).run().expect(0).err(), "");
    // The SFTP session was another channel of the connection that asked for the command; the second
    // connection is the verification.
    let first_run =
        place.server.seen().iter().filter(|seen| **seen == Seen::Connection).count() - 1;
    assert_eq!(first_run, 2);
}

#[test]
fn an_account_with_neither_commands_nor_sftp_is_reported_to_run_no_commands() {
    let place = Place::on(None, false);
    place.fails(
        &[],
        "account",
        "logged in, but the server refused to run a command for this account",
        None,
    );
    let hint = Some("run it again without -s");
    place.fails(
        &["-s"],
        "no-sftp",
        "logged in, but the server offers no SFTP for this account",
        hint,
    );
}

#[test]
fn the_line_is_right_on_servers_with_odd_habits() {
    for habits in
        ["binary-handles", "no-words", "no-modes", "small-reads", "ignores-append", "ignores-modes"]
    {
        let place = Place::with(habits);
        place.installs("");
        assert_eq!(place.content(), place.line(), "{habits}");
        let mode = |path| fs::metadata(path).unwrap().mode() & 0o7777;
        assert_eq!(
            (mode(place.file().parent().unwrap().into()), mode(place.file())),
            (0o700, 0o600),
            "{habits}"
        );
        let place = Place::with(habits).with_file(KEPT.trim_end());
        place.installs(" (its last line had no newline, and now has one)");
        assert_eq!(place.content(), format!("{KEPT}{}", place.line()), "{habits}");
    }
}

#[test]
fn bytes_that_another_program_writes_before_our_write_stay() {
    for habits in ["another-writer", "another-writer ignores-append"] {
        let place = Place::with(habits).with_file(KEPT);
        place.installs("");
        assert_eq!(
            place.content(),
            format!("{KEPT}ssh-rsa AAAA theirs\n{}", place.line()),
            "{habits}"
        );
    }
    let place = Place::with("another-maker");
    place.installs(" (its last line had no newline, and now has one)");
    assert_eq!(place.content(), format!("ssh-rsa AAAA theirs\n{}", place.line()));
    // The file is theirs, and so is its mode.
    assert_eq!(fs::metadata(place.file()).unwrap().mode() & 0o7777, 0o644);
}

#[test]
fn a_partial_line_is_removed_only_if_it_is_our_own() {
    let place = Place::with("tears").with_file(KEPT);
    let error = format!(
        "{FILE} could not be written: the server said \"as[31m told\"; nothing was written"
    );
    place.fails(&["-s"], "write-failed", &error, None);
    assert_eq!(place.content(), KEPT);

    let place = Place::with("tears-and-keeps").with_file(KEPT);
    let error = format!(
        "{FILE} ends with part of the new line, which could not be removed; servers ignore it"
    );
    let hint = "make room on the server and run it again; then remove the incomplete last line \
        of ~/.ssh/authorized_keys";
    place.fails(&["-s"], "partial-line", &error, Some(hint));
    assert_eq!(place.content(), format!("{KEPT}{}", &place.line()[..20]));

    let place = Place::with("tears-and-another-writes").with_file(KEPT);
    let error = format!(
        "{FILE} was changed by another program at the same time; the line is not in it as written"
    );
    place.fails(&["-s"], "concurrent-change", &error, Some(AGAIN));
    assert_eq!(place.content(), format!("{KEPT}{}ssh-rsa AAAA theirs\n", &place.line()[..20]));
}

#[test]
fn after_a_connection_lost_during_the_write_the_result_is_unknown() {
    let open = "the server closed the connection during the SFTP session; the line may or may not \
        be in the file";
    let place = Place::with("ends-before-the-write").with_file(KEPT);
    place.fails(&["-s"], "closed", open, Some(AGAIN));
    assert_eq!(place.content(), KEPT);
    let place = Place::with("ends-after-the-write").with_file(KEPT);
    place.fails(&["-s"], "closed", open, Some(AGAIN));
    assert_eq!(place.content(), format!("{KEPT}{}", place.line()));

    let place = Place::with("sleeps-after-the-write").with_file(KEPT);
    let error = "timed out after 2 s during the SFTP session; the line may or may not be in the \
        file";
    place.fails(&["-s", "-o", "ConnectTimeout=2"], "timeout", error, Some(AGAIN));

    let place = Place::with("denies-reading-back").with_file(KEPT);
    let error = format!(
        "{FILE} could not be read back: the server said \"as[31m told\"; the line may or may not \
         be in the file"
    );
    place.fails(&["-s"], "no-result", &error, Some(AGAIN));
}

#[test]
fn a_write_that_cannot_be_read_back_is_not_reported_as_installed() {
    let place = Place::with("loses-writes").with_file(KEPT);
    let said = place.copy_id(&["-s", "--no-verify"]).run().expect(1);
    assert!(said.err().contains("the line is not in it as written"), "{}", said.err());
}

#[test]
fn output_that_is_not_sftp_is_shown_and_cut() {
    let none = |said: &str| {
        format!(
            "logged in, but no SFTP server started: the program that ran instead printed \
            {said:?}"
        )
    };
    let hint = Some(
        "check what the account's startup files print before any command runs: ssh \
            ann@127.0.0.1 true",
    );
    Place::with("greets").fails(&["-s"], "not-sftp", &none("Welcome to [1mthe machine"), hint);
    Place::with("complains").fails(&["-s"], "not-sftp", &none("sftp-server: not found"), hint);
    let broken = |why: &str| format!("protocol error during the SFTP session: {why}");
    Place::with("old").fails(
        &["-s"],
        "protocol",
        &broken(
            "the server speaks SFTP version 2, not \
        3",
        ),
        None,
    );
    let no_answer = broken("the server sent an unexpected reply; nothing was written");
    for habit in ["sends-huge", "mixes-up-answers"] {
        Place::with(habit).fails(&["-s"], "protocol", &no_answer, None);
    }
    let place = Place::with("empty-reads").with_file(KEPT);
    place.fails(&["-s"], "protocol", &no_answer, None);
    let place = Place::with("endless-file").with_file(KEPT);
    let error = format!(
        "{FILE} is larger than 16 MiB, alone or with the files before it; nothing was written"
    );
    place.fails(
        &["-s"],
        "too-large",
        &error,
        Some("look at it on the server: ls -l ~/.ssh/authorized_keys"),
    );
    assert_eq!(place.content(), KEPT);
}
