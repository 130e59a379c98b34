//! What README.md and docs/ssh-copy-id.md say about ssh-copy-id and sshk, measured: OpenSSH's own
//! ssh-copy-id on the states of the table's rows.

use std::fs;
use std::path::Path;

use crate::scenarios::rows;
use crate::scenarios::scenario::Login;
use crate::scenarios::worker::Worker;
use crate::support::root_only;

/// A row of the table, and the line of the documents about it. Text in backticks is the programs'
/// own output.
struct Line {
    row: &'static str,
    situation: &'static str,
    theirs: &'static str,
    login: Login,
    ours: &'static str,
}

impl Line {
    fn in_markdown(&self) -> String {
        let Self { situation, theirs, login, ours, .. } = self;
        let then = if *login == In { "yes" } else { "no" };
        format!("| {situation} | {theirs} | {then} | {ours} |")
    }
}

const fn line(
    row: &'static str,
    situation: &'static str,
    theirs: &'static str,
    login: Login,
    ours: &'static str,
) -> Line {
    Line { row, situation, theirs, login, ours }
}

use Login::{In, Out};

const LINES: [Line; 18] = [
    line(
        "a file that all may write to",
        "Others can write to the file, its directory or the home directory",
        "`Number of key(s) added: 1`",
        Out,
        "`is writable by everyone (mode 0666), so servers ignore the file`; `--fix-perms` \
        fixes it",
    ),
    line(
        "present in a file that all may write to",
        "The same, and the key is already there",
        "`Number of key(s) added: 1`",
        Out,
        "`the key is in \"~/.ssh/authorized_keys\" on the server, but it does not log in`, and why",
    ),
    line(
        "AuthorizedKeysFile of another name",
        "`AuthorizedKeysFile` names another file",
        "`Number of key(s) added: 1`",
        Out,
        "`installed in ~/.ssh/keys, which the server reads instead of the default`",
    ),
    line(
        "AuthorizedKeysFile none",
        "`AuthorizedKeysFile none`",
        "`Number of key(s) added: 1`",
        Out,
        "`the server reads no authorized_keys file for this account`",
    ),
    line(
        "PubkeyAuthentication no",
        "`PubkeyAuthentication no`",
        "`Number of key(s) added: 1`",
        Out,
        "`sshd's configuration says \"PubkeyAuthentication no\"`",
    ),
    line(
        "PubkeyAcceptedAlgorithms rsa-sha2-512",
        "The server does not accept keys of this type",
        "`Number of key(s) added: 1`",
        Out,
        "`sshd's configuration says \"PubkeyAcceptedAlgorithms rsa-sha2-512\"`",
    ),
    line(
        "an rc file that reads its input to the end",
        "An rc file reads its input",
        "`Number of key(s) added: 1`",
        Out,
        "`verified by a new login`: the key is not sent that way",
    ),
    line(
        "an rc file that says something and exits",
        "An rc file ends the shell",
        "`Number of key(s) added: 1`",
        Out,
        "`the account's shell did not run the script; it said \"come back later\"; nothing was \
        written`",
    ),
    line(
        "a forced command",
        "`ForceCommand`",
        "`Number of key(s) added: 1`",
        Out,
        "`the account's shell did not run the script; it said \"only this\"; nothing was written`",
    ),
    line(
        "a symlink to a device",
        "The file is a link to /dev/null",
        "`Number of key(s) added: 1`",
        Out,
        "`is a device or socket, not a file; nothing was written`",
    ),
    line(
        "another key lets in",
        "Another configured key logs in",
        "`All keys were skipped because they already exist on the remote system`",
        Out,
        "`installed in ~/.ssh/authorized_keys; verified by a new login`",
    ),
    line(
        "behind a command with quotes",
        "The key is there behind `command=`",
        "`All keys were skipped because they already exist on the remote system`",
        In,
        "`already present, restricted by`, with the options and the line",
    ),
    line(
        "-f where it is present",
        "The key is there, and `-f`",
        "`Number of key(s) added: 1`, and adds a second line",
        In,
        "`already present, line 2 of ~/.ssh/authorized_keys; verified by a new login`",
    ),
    line(
        "a disk that takes a part of the line",
        "The disk is full",
        "`cat: write error: No space left on device`, and leaves half a line",
        Out,
        "`no space or quota is left for \"~/.ssh/authorized_keys\" on the server; nothing was \
        written`",
    ),
    line(
        "a home that is missing",
        "The home directory is missing",
        "`mkdir: cannot create directory '.ssh': Permission denied`",
        Out,
        "`is missing or cannot be entered; nothing was written`",
    ),
    line(
        "nologin",
        "The shell is nologin",
        "`This account is currently not available.`",
        Out,
        "`the account allows no logins: the server said \"This account is currently not \
        available.\"; nothing was written`",
    ),
    line(
        "behind an unknown option",
        "The key is there behind an option that sshd does not know",
        "`Number of key(s) added: 1`",
        In,
        "`verified by a new login`",
    ),
    line(
        "Ubuntu Core's file",
        "The last line has no newline, as in Ubuntu Core's file",
        "`Number of key(s) added: 1`",
        In,
        "`(its last line had no newline, and now has one); verified by a new login`",
    ),
];

#[test]
fn the_documents_quote_what_ssh_copy_id_and_sshk_print() {
    root_only!("the_documents_quote_what_ssh_copy_id_and_sshk_print");
    let (worker, rows) = (Worker::new(), rows::all());
    for Line { row, theirs, login, ours, .. } in LINES {
        let found = rows
            .iter()
            .find(|candidate| candidate.name == row)
            .unwrap_or_else(|| panic!("there is no row {row:?}"));
        let options = match row {
            "another key lets in" => vec![
                "-o".to_owned(),
                format!("IdentityFile={}", worker.key("id_ed25519").display()),
            ],
            "-f where it is present" => vec!["-f".to_owned()],
            _ => Vec::new(),
        };
        let (said, got, file) = worker.play_ssh_copy_id(found, &options);
        let said = format!("{}{}", said.out(), said.err());
        assert!(quoted(theirs).all(|words| said.contains(words)), "{row}: {said}");
        assert_eq!(got, login, "{row}: {said}");
        if theirs.ends_with("and leaves half a line") {
            // The file ended in a newline.
            assert_ne!(file.last(), Some(&b'\n'), "{row}");
        }
        // The table checks sshk against these.
        assert!(
            quoted(ours)
                .filter(|words| !words.starts_with("--"))
                .all(|words| found.words.contains(words)),
            "{row}: {}",
            found.words
        );
    }
}

/// docs/ssh-copy-id.md has all of them, README.md the most important ones. With SSHK_RENEW set,
/// both get the lines from here.
#[test]
fn the_documents_say_of_ssh_copy_id_what_is_measured() {
    for (file, expected) in
        [("docs/ssh-copy-id.md", LINES.len()..=LINES.len()), ("README.md", 5..=10)]
    {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        let text = fs::read_to_string(&path).unwrap();
        let (mut found, mut renewed) = (0, String::new());
        for written in text.lines() {
            let line = LINES
                .iter()
                .find(|line| written.starts_with(&format!("| {} |", line.situation)))
                .map_or_else(
                    || written.to_owned(),
                    |line| {
                        found += 1;
                        line.in_markdown()
                    },
                );
            renewed += &line;
            renewed.push('\n');
        }
        assert!(expected.contains(&found), "{file} has {found} of the lines");
        if std::env::var_os("SSHK_RENEW").is_some() {
            fs::write(&path, renewed).unwrap();
        } else {
            assert_eq!(text, renewed, "{file}: renew it by running this test with SSHK_RENEW=1");
        }
    }
}

/// What is in backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}
