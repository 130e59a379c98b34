//! The key is already active, with or without options: nothing is written, and its restrictions are
//! reported.

use crate::scenarios::scenario::{
    BY_COMMAND, EVERYWHERE, Login, ON_DROPBEAR, ON_SSHD, Row, SSHD, SSHD_SFTP, row,
};

/// Found with these options, and then verified by a login with the key.
fn restricted(name: &'static str, options: &str) -> Row {
    let words = format!(
        "already present, restricted by {options:?}, line 1 of ~/.ssh/authorized_keys; verified \
            by a new login (<signature>)"
    );
    row(name).holds(format!("{options} <key> ann\n")).keeps(&words)
}

/// The same if the key itself made the login that found it.
fn restricted_and_let_in(name: &'static str, options: &str) -> Row {
    let words = format!(
        "already present, restricted by {options:?}, line 1 of ~/.ssh/authorized_keys; verified \
            by this login"
    );
    row(name).holds(format!("{options} <key> ann\n")).keeps(&words)
}

/// Found with options that reject it.
fn kept_out(name: &'static str, options: &str) -> Row {
    let why =
        format!("line 1 has it with the options {options:?}, which may reject logins from here");
    row(name)
        .holds(format!("{options} <key> ann\n"))
        .finds_in_vain(&why, "look on the server: sed -n 1p ~/.ssh/authorized_keys")
}

pub fn rows() -> Vec<Row> {
    vec![
        row("present").holds("# one\n<line>\n").finds(2).at(EVERYWHERE),
        row("present with another \
            comment")
        .holds("<other> a\n<key> somebody else # 2024\n")
        .finds(2),
        row("present without a comment, at the end of a file without a \
            newline")
        .holds("<other> a\n<key>")
        .finds(2),
        row("present in a CRLF file").holds("<other> a\r\n<key> ann\r\n").finds(2),
        row("present behind 50,000 \
            lines")
        .holds(format!("{}<line>\n", "# a line of nothing much\n".repeat(50_000)))
        .finds(50_001),
        row("present behind a line of 1 \
            MB")
        .holds(format!("# {}\n<line>\n", "x".repeat(1 << 20)))
        .finds(2),
        row("present twice").holds("<line>\n<key> again\n").finds(1),
        row("present, and commented out before").holds("#<key>\n<line>\n").finds(2),
        row("present behind blanks and tabs").holds(" \t<key> ann\n").finds(1).at(ON_SSHD),
        row("present behind blanks, which dropbear does not take")
            .holds(" \t<key> ann\n")
            .finds_in_vain(
                "line 1 contains it, but the server ignores that line: dropbear accepts no line \
                that begins with a space or tab",
                "look on the server: sed -n 1p ~/.ssh/authorized_keys",
            )
            .at(ON_DROPBEAR),
        row("present with tabs between the \
            words")
        .holds("<other> a\n<key>\tann\n")
        .finds(2)
        .at(ON_SSHD),
        restricted("behind a command", "command=\"echo only this\"").at(SSHD),
        restricted(
            "behind a command with \
            quotes",
            r#"command="echo \"a  b\" # c, d",no-pty"#,
        )
        .at(SSHD),
        restricted("behind restrict and a command", "restrict,command=\"true\"").at(SSHD),
        restricted_and_let_in("behind no-pty", "no-pty,no-port-forwarding").at(EVERYWHERE),
        restricted_and_let_in("behind restrict", "restrict").at(ON_SSHD),
        restricted_and_let_in(
            "behind from= that \
            matches",
            "from=\"192.0.2.0/24,127.0.0.0/8\"",
        )
        .at(ON_SSHD),
        restricted_and_let_in(
            "behind a long list of \
            options",
            r#"restrict,pty,from="!192.0.2.*,127.*",expiry-time="29991231""#,
        )
        .at(ON_SSHD),
        restricted_and_let_in("behind environment=", "environment=\"A=b c\"")
            .config("PermitUserEnvironment yes")
            .at(ON_SSHD),
        kept_out("behind from= that does not match", "from=\"192.0.2.1\"").at(ON_SSHD),
        kept_out("behind expiry-time= that is over", "expiry-time=\"20200101\"").at(ON_SSHD),
        kept_out(
            "behind a list of options that keeps it \
            out",
            r#"restrict,from="192.0.2.1, !127.0.0.1""#,
        )
        .at(SSHD),
        row("behind an unknown option").holds("frobnicate=\"x\" <key> ann\n").at(EVERYWHERE),
        row("behind an option with a typing error").holds("restrict,no-ptty <key> ann\n"),
        row("behind two unknown options, then \
            plain")
        .holds("a <key>\nb=\"c d\" <key>\n<key> ann\n")
        .finds(3),
        restricted("behind a command, then plain", "command=\"echo first\"")
            .holds("command=\"echo first\" <key> a\n<key> b\n")
            .keeps(
                "already present, restricted by \"command=\\\"echo first\\\"\", line 1 of \
                ~/.ssh/authorized_keys; \
                 verified by a new login (<signature>)",
            )
            .at(BY_COMMAND),
        row("in authorized_keys2 alone")
            .without_file()
            .file(".ssh/authorized_keys2", "<line>\n", 0o600)
            .keeps("already present, line 1 of ~/.ssh/authorized_keys2; verified by this login")
            .at(SSHD),
        row("in authorized_keys2 alone, which SFTP does not look into")
            .without_file()
            .file(".ssh/authorized_keys2", "<line>\n", 0o600)
            .keeps(
                "the key logs in already, not from a file sshk can see; nothing was written; \
                verified by this login",
            )
            .at(SSHD_SFTP),
        row("plain behind from= that does not match")
            .holds("from=\"192.0.2.1\" <key> a\n<key> b\n")
            .keeps(
                "already present, restricted by \"from=\\\"192.0.2.1\\\"\", line 1 of \
                ~/.ssh/authorized_keys; verified by this login",
            )
            .but_ssh_gets(Login::In)
            .at(SSHD),
    ]
}
