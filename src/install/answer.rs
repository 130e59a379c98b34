//! What came back: only complete lines behind the nonce are the script's, all else is noise, and tells why there are none.

use super::{Answer, Change, Error, Made, Nonce, folder_of};

/// How much of a server's words goes into a message, in characters.
const SAID: usize = 200;

/// Reads what the exec request of [`super::command`] printed. `exit_status` is `None` where the connection ended before one came.
pub fn read_answer(output: &[u8], stderr: &[u8], exit_status: Option<u32>, nonce: &Nonce) -> Result<Answer, Error> {
    // An rc file can turn stdout away; the script says everything on both.
    let lines = [output, stderr].map(|stream| spoken(stream, nonce));
    let lines = if lines[1].len() > lines[0].len() { &lines[1] } else { &lines[0] };
    if lines.is_empty() {
        return Err(not_run(output, stderr, exit_status));
    }
    let mut file = String::new();
    let mut made = Made::default();
    let mut writing = false;
    for line in lines {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "file" => file = rest.to_owned(),
            "made" if rest == "folder" => made.folder = true,
            "made" if rest == "file" => made.file = true,
            "writing" => writing = true,
            "no" => return Err(refusal(rest, file, made)),
            _ => {
                if let Some(outcome) = outcome(word, rest) {
                    return Ok(Answer { outcome, file, made });
                }
            }
        }
    }
    // Without a status the connection was lost, and with it perhaps the words after these.
    match exit_status {
        Some(_) if !writing => Err(Error::EndedEarly { exit_status }),
        _ => Err(Error::CutShort),
    }
}

fn outcome(word: &str, rest: &str) -> Option<Change> {
    match word {
        "installed" => Some(Change::Installed { mended_newline: rest == "mended" }),
        "would" => Some(Change::WouldInstall),
        "present" => {
            let (line, options) = rest.split_once(' ').unwrap_or((rest, ""));
            let line = line.parse().ok()?;
            Some(match options {
                "" => Change::Present { line },
                options => Change::PresentRestricted { line, options: options.to_owned() },
            })
        }
        _ => None,
    }
}

/// The complete lines behind the nonce, wherever on a line of output it stands.
fn spoken(stream: &[u8], nonce: &Nonce) -> Vec<String> {
    let marker = nonce.0.as_bytes();
    let mut lines = Vec::new();
    let mut rest = stream;
    while let Some(at) = rest.windows(marker.len()).position(|window| window == marker) {
        rest = &rest[at + marker.len()..];
        if let Some(end) = rest.iter().position(|byte| *byte == b'\n')
            && let Some(line) = rest[..end].strip_prefix(b" ")
        {
            lines.push(String::from_utf8_lossy(line).trim_end_matches('\r').to_owned());
        }
    }
    lines
}

/// The script's `no REASON DETAIL`.
fn refusal(rest: &str, file: String, made: Made) -> Error {
    let (reason, detail) = rest.split_once(' ').unwrap_or((rest, ""));
    match reason {
        "tool" => Error::ToolMissing { tool: bounded(detail) },
        "home" => Error::NoHome { home: bounded(detail) },
        "folder-kind" => Error::NotAFolder { folder: folder_of(&file).to_owned() },
        "locked" => Error::Locked { folder: folder_of(&file).to_owned(), made },
        "unreadable" => Error::Unreadable { file, made },
        "kind" => match detail {
            "folder" => Error::NotAFile { file, what: "a folder" },
            "FIFO" => Error::NotAFile { file, what: "a FIFO" },
            "dangling" => Error::DanglingLink { file },
            _ => Error::NotAFile { file, what: "a device or socket" },
        },
        "torn" => Error::Torn { file },
        "unsettled" => Error::Unsettled { file },
        _ => write_refusal(detail, file, made),
    }
}

/// Tells the causes apart by the C library's words, which zsh writes small; the script runs with `LC_ALL=C`.
fn write_refusal(said: &str, file: String, made: Made) -> Error {
    let small = said.to_ascii_lowercase();
    let has = |words: &str| small.contains(words);
    if has("no space left") || has("quota exceeded") || has("file too large") || has("file size limit") {
        Error::NoSpace { file, made }
    } else if has("read-only file system") {
        Error::ReadOnly { file, made }
    } else if has("operation not permitted") {
        Error::Immutable { file, made }
    } else if has("permission denied") || said.is_empty() {
        Error::Denied { file, made }
    } else {
        Error::WriteFailed { file, said: bounded(said), made }
    }
}

/// Why the script was never heard, as far as the words and the status tell.
fn not_run(output: &[u8], stderr: &[u8], exit_status: Option<u32>) -> Error {
    let all = [output, stderr].map(String::from_utf8_lossy);
    let has = |words: &str| all.iter().any(|text| text.contains(words));
    // The last words are the ones that matter; a message of the day stands before them.
    let said = [&all[1], &all[0]].into_iter().map(|text| last_words(text)).find(|said| !said.is_empty()).unwrap_or_default();
    if said.is_empty() {
        return if exit_status.is_none() { Error::CutShort } else { Error::Silent { exit_status } };
    }
    if has("allows sftp connections only") {
        Error::SftpOnly
    } else if has("account is currently not available") || has("account is not available") {
        Error::NoLogin { said }
    } else if has("password has expired") || has("assword change required") {
        Error::PasswordExpired { said }
    } else if ["internal or external command", "the name of a cmdlet", "a name of a cmdlet"].into_iter().any(has) {
        Error::Windows { said }
    } else if exit_status == Some(127) || all.iter().any(|text| misses_sh(text)) {
        Error::NoSh { said }
    } else {
        Error::NotRun { said }
    }
}

/// `sh: command not found`, in the words of csh, which gives no status 127 for it, and of the others. Not `zsh: command not found: x`.
fn misses_sh(text: &str) -> bool {
    text.lines().any(|line| {
        let line = line.to_ascii_lowercase();
        ["sh: command not found", "sh: not found"]
            .into_iter()
            .any(|words| line == words || line == format!("{words}.") || line.ends_with(&format!(" {words}")))
    })
}

/// The last two lines that say something, as one.
fn last_words(text: &str) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    bounded(&lines[lines.len().saturating_sub(2)..].join(" "))
}

/// Without control characters, blanks at the ends, and what goes beyond [`SAID`]: the end is kept.
pub(super) fn bounded(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(|c| !c.is_control()).collect();
    let text = text.trim();
    match text.char_indices().rev().nth(SAID) {
        Some((at, dropped)) => format!("…{}", &text[at + dropped.len_utf8()..]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NONCE: &str = "00112233445566778899aabbccddeeff";

    /// `N` stands for the nonce.
    fn read(stdout: &str, stderr: &str, status: Option<u32>) -> Result<Answer, Error> {
        let [stdout, stderr] = [stdout, stderr].map(|text| text.replace('N', NONCE));
        read_answer(stdout.as_bytes(), stderr.as_bytes(), status, &Nonce(NONCE.into()))
    }

    #[test]
    fn believes_only_whole_lines_behind_the_nonce() {
        let said = "Welcome\ninstalled\nN start\r\nnoiseN file ~/.ssh/authorized_keys\nN installed mended\n";
        let answer =
            Answer { outcome: Change::Installed { mended_newline: true }, file: "~/.ssh/authorized_keys".into(), made: Made::default() };
        assert_eq!(read(said, "", Some(0)), Ok(answer.clone()));
        assert_eq!(read("", said, Some(0)), Ok(answer));
        assert_eq!(read("N start\nN install", "", Some(0)), Err(Error::EndedEarly { exit_status: Some(0) }));
        assert_eq!(read("N start\nNinstalled\n", "", Some(0)), Err(Error::EndedEarly { exit_status: Some(0) }));
        assert_eq!(read("N start\nN present x\n", "", Some(0)), Err(Error::EndedEarly { exit_status: Some(0) }));
    }

    #[test]
    fn a_lost_connection_leaves_open_whether_the_line_is_there() {
        assert_eq!(read("N start\nN writing\n", "", Some(137)), Err(Error::CutShort));
        assert_eq!(read("N start\n", "", None), Err(Error::CutShort));
        assert_eq!(read("", "", None), Err(Error::CutShort));
        assert_eq!(read("N start\n", "", Some(137)), Err(Error::EndedEarly { exit_status: Some(137) }));
    }

    #[test]
    fn a_refusal_says_what_was_made() {
        let made = Made { folder: true, file: false };
        let said = "N start\nN file /a b/k\nN made folder\nN no write sh: cannot create ./k: Disk quota exceeded\n";
        assert_eq!(read(said, "", Some(1)), Err(Error::NoSpace { file: "/a b/k".into(), made }));
        let said = "N file ~/k\nN no write sh: \u{1b}]0;odd\u{7}\n";
        assert_eq!(
            read(said, "", Some(1)),
            Err(Error::WriteFailed { file: "~/k".into(), said: "sh: ]0;odd".into(), made: Made::default() })
        );
        assert_eq!(read("N file ~/k\nN no locked\n", "", Some(1)), Err(Error::Locked { folder: "~".into(), made: Made::default() }));
        assert_eq!(read("N file /k\nN no torn\n", "", Some(1)), Err(Error::Torn { file: "/k".into() }));
    }

    #[test]
    fn names_the_accounts_that_run_no_command() {
        let motd = "Last login: never\n";
        assert_eq!(read("This service allows sftp connections only.\r\n", "", Some(1)), Err(Error::SftpOnly));
        assert!(matches!(read(&format!("{motd}This account is currently not available.\n"), "", Some(1)), Err(Error::NoLogin { .. })));
        assert!(matches!(read("", "WARNING: Your password has expired.\n", Some(1)), Err(Error::PasswordExpired { .. })));
        let cmd = "'sh' is not recognized as an internal or external command,\r\noperable program or batch file.\r\n";
        assert!(
            matches!(read("", cmd, Some(1)), Err(Error::Windows { said }) if said.ends_with("command, operable program or batch file."))
        );
        assert!(matches!(
            read("", "The term 'sh' is not recognized as the name of a cmdlet, function\n", Some(1)),
            Err(Error::Windows { .. })
        ));
        for said in ["sh: Command not found.", "bash: line 1: sh: command not found", "-rbash: sh: command not found", "ash: sh: not found"]
        {
            assert!(matches!(read("", said, Some(1)), Err(Error::NoSh { .. })), "{said}");
        }
        assert!(matches!(read("", "anything", Some(127)), Err(Error::NoSh { .. })));
        assert_eq!(
            read("hi\n", "zsh: command not found: fortune\n", Some(1)),
            Err(Error::NotRun { said: "zsh: command not found: fortune".into() })
        );
        assert_eq!(read("", " \r\n", Some(1)), Err(Error::Silent { exit_status: Some(1) }));
    }

    #[test]
    fn a_servers_words_are_bounded_and_hold_no_control_character() {
        let Err(Error::NotRun { said }) = read("", &format!("a\u{1b}[2J\u{9b}{}é\n", "x".repeat(10_000)), Some(0)) else { panic!() };
        assert_eq!(said.chars().count(), SAID + 1);
        assert!(said.starts_with('…') && said.ends_with('é') && !said.chars().any(char::is_control));
    }

    fn piece() -> impl Strategy<Value = Vec<u8>> {
        let word = prop::sample::select(vec![
            NONCE,
            " ",
            "\n",
            "\r\n",
            "start",
            "file ~/k",
            "made file",
            "writing",
            "installed",
            "present 7 restrict",
            "present",
            "would",
            "no ",
            "no write ",
            "no kind ",
            "no torn",
            "sh: not found",
            "\u{feff}é",
        ]);
        prop_oneof![word.prop_map(|word| word.as_bytes().to_vec()), prop::collection::vec(any::<u8>(), 0..8)]
    }

    proptest! {
        #[test]
        fn never_panics_and_never_believes_a_stream_without_the_nonce(
            stdout in prop::collection::vec(piece(), 0..40),
            stderr in prop::collection::vec(piece(), 0..40),
            status in any::<Option<u32>>(),
        ) {
            let (stdout, stderr) = (stdout.concat(), stderr.concat());
            let _ = read_answer(&stdout, &stderr, status, &Nonce(NONCE.into()));
            prop_assert!(read_answer(&stdout, &stderr, status, &Nonce("ffeeddccbbaa99887766554433221100".into())).is_err());
        }
    }
}
