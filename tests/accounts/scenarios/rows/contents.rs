//! What else is in the file: the key is not active in it, and is added as one whole line.

use crate::scenarios::scenario::{After, BY_COMMAND, EVERYWHERE, ON_SSHD, Row, SSHD_SFTP, row};

const SNAPD: &str = r#"<other> ann@core # snapd {"origin":"store","email":"ann@example.org"}"#;

pub fn rows() -> Vec<Row> {
    vec![
        row("no .ssh").at(EVERYWHERE),
        row("no file").without_file().at(EVERYWHERE),
        row("an empty file").holds("").at(EVERYWHERE),
        row("another key").holds("<other> ann@elsewhere\n").at(EVERYWHERE),
        row("no newline at the end").holds("<other> ann@elsewhere").mends().at(EVERYWHERE),
        row("a comment without a newline").holds("# last words").mends(),
        row("blank lines at the end").holds("<other> a\n\n\n"),
        row("CRLF").holds("<other> a\r\n# b\r\n"),
        row("CRLF without the last LF").holds("<other> a\r").mends(),
        row("a byte order mark").holds("\u{feff}<other> a\n"),
        row("UTF-16")
            .holds_bytes(|key| {
                format!("\u{feff}{key} a\n").encode_utf16().flat_map(u16::to_le_bytes).collect()
            })
            .mends(),
        row("UTF-16, the other byte order").holds_bytes(|key| {
            format!("{key} a\n").encode_utf16().flat_map(u16::to_be_bytes).collect()
        }),
        row("NUL bytes inside").holds("<other> a\0b\n\0\n# \0\n"),
        row("a NUL before the key").holds("\0<key> a\n"),
        row("NUL bytes at the end").holds("<other> a\n\0\0\0").mends(),
        row("a NUL behind the last newline's line").holds("<other> a\0").mends(),
        row("a blank at the end").holds("<other> a ").mends(),
        row("a tab and a blank line at the end").holds("<other> a\t\n \n"),
        row("bytes of every value").holds_bytes(|_| (0..=255).collect()).mends(),
        row("Latin-1").holds_bytes(|_| b"# caf\xe9 \xff\xfe\n".to_vec()),
        row("no keys at all").holds("hello\n\tworld 'and \"quotes\n$(touch owned) `id` \\\n"),
        row("Ubuntu Core's file").holds(SNAPD).mends().at(EVERYWHERE),
        row("glued to Ubuntu Core's comment").holds(format!("{SNAPD}<key> ann@here\n")),
        row("another key glued to it").holds("<key><other> a\n"),
        row("glued to another key's blob").holds("<other><key> a\n"),
        row("in another key's comment").holds("<other> <key>\n"),
        row("commented out").holds("#<key> ann\n# <key> ann\n").at(EVERYWHERE),
        row("commented out behind blanks").holds(" \t#<key> ann\n"),
        row("a certificate authority").holds("cert-authority <key> ca\n"),
        row("a certificate authority among options")
            .holds("from=\"127.0.0.1\",Cert-Authority,restrict <key> ca\n")
            .at(ON_SSHD),
        row("behind a quote that does not end").holds("command=\"uptime <key> ann\n"),
        row("quoted inside another key's command").holds("command=\"<key>\" <other>\n"),
        row("another type before its blob").holds_bytes(|key| {
            key.replace("ssh-ed25519 ", "ssh-rsa ")
                .into_bytes()
                .into_iter()
                .chain(*b" a\n")
                .collect()
        }),
        row("cut short").holds_bytes(|key| key.as_bytes()[..key.len() - 6].to_vec()).mends(),
        row("behind a byte order mark").holds("\u{feff}<key> ann\n"),
        row("1 MB in one line").holds(format!("# {}\n<other> a\n", "x".repeat(1 << 20))),
        row("1 MB in the last line").holds(format!("# {}", "x".repeat(1 << 20))).mends(),
        row("50,000 lines").holds("<other> ann@elsewhere\n".repeat(50_000)),
        row("10 MB").holds(format!("# {}\n", "x".repeat(198)).repeat(50_000)).at(BY_COMMAND),
        row("10 MB over SFTP")
            .holds(format!("# {}\n", "x".repeat(198)).repeat(50_000))
            .at(SSHD_SFTP),
        row("a directory that others may enter")
            .without_file()
            .given("chmod 755 .ssh")
            .makes(After::New),
    ]
}
