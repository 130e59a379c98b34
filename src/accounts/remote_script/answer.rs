//! What came back from a script: only complete lines after the nonce are the script's; the rest is
//! noise, and explains why there are none.

use super::error::Error;
use super::nonce::Nonce;
use super::words::cleaned;

/// How much of the end of an output is searched for the reason why there is no answer, in bytes.
const EXPLAINS: usize = 64 * 1024;

/// What a script said, without the nonce.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ScriptAnswer {
    /// Each is a word, then a space and its detail.
    pub lines: Vec<String>,
    /// `None` if the connection ended before one came.
    pub exit_status: Option<u32>,
}

impl ScriptAnswer {
    /// Each line's first word, and the rest of it.
    pub fn words(&self) -> impl Iterator<Item = (&str, &str)> {
        self.lines.iter().map(|line| line.split_once(' ').unwrap_or((line, "")))
    }

    /// Why the last word is missing from the lines.
    pub fn ended(&self) -> Error {
        match self.exit_status {
            Some(_) => Error::EndedEarly { exit_status: self.exit_status },
            None => Error::Lost,
        }
    }
}

/// Reads what a command printed.
///
/// # Errors
///
/// If the script said nothing: why, judging by the output.
pub(crate) fn read_script(
    stdout: &[u8],
    stderr: &[u8],
    exit_status: Option<u32>,
    nonce: &Nonce,
) -> Result<ScriptAnswer, Error> {
    // An rc file can redirect stdout; a script says everything on both.
    let [from_stdout, from_stderr] = [stdout, stderr].map(|stream| lines_behind(nonce, stream));
    let lines = if from_stderr.len() > from_stdout.len() { from_stderr } else { from_stdout };
    if lines.is_empty() {
        Err(not_run(stdout, stderr, exit_status))
    } else {
        Ok(ScriptAnswer { lines, exit_status })
    }
}

/// The complete lines after the nonce, which can be anywhere on a line of output. Each line of
/// output is at most one of the script's: the server knows the nonce, and can repeat it.
fn lines_behind(nonce: &Nonce, stream: &[u8]) -> Vec<String> {
    let marker = format!("{} ", nonce.as_str()).into_bytes();
    let complete = stream.split_inclusive(|byte| *byte == b'\n');
    complete
        .filter_map(|line| {
            let line = line.strip_suffix(b"\n")?;
            let at = line.windows(marker.len()).position(|window| window == marker)?;
            let text = String::from_utf8_lossy(&line[at + marker.len()..]);
            Some(text.trim_end_matches('\r').to_owned())
        })
        .collect()
}

/// Why a script said nothing, judging by the output and the status.
pub(crate) fn not_run(output: &[u8], stderr: &[u8], exit_status: Option<u32>) -> Error {
    let all = [output, stderr]
        .map(|stream| String::from_utf8_lossy(&stream[stream.len().saturating_sub(EXPLAINS)..]));
    let has = |words: &str| all.iter().any(|text| text.contains(words));
    // The end matters; a message of the day comes before it.
    let said = [&all[1], &all[0]]
        .into_iter()
        .map(|text| last_words(text))
        .find(|said| !said.is_empty())
        .unwrap_or_default();
    if said.is_empty() {
        return if exit_status.is_none() { Error::Lost } else { Error::Silent { exit_status } };
    }
    if has("allows sftp connections only") {
        Error::SftpOnly
    } else if has("account is currently not available") || has("account is not available") {
        Error::NoLogin { said }
    } else if has("password has expired") || has("assword change required") {
        Error::PasswordExpired { said }
    } else if ["internal or external command", "the name of a cmdlet", "a name of a cmdlet"]
        .into_iter()
        .any(has)
    {
        Error::Windows { said }
    } else if exit_status == Some(127) || all.iter().any(|text| misses_sh(text)) {
        Error::NoSh { said }
    } else {
        Error::NotRun { said }
    }
}

/// `sh: command not found`, as csh says it, which does not exit with 127, and as the others do. Not
/// `zsh: command not found: x`.
fn misses_sh(text: &str) -> bool {
    text.lines().any(|line| {
        let line = line.to_ascii_lowercase();
        ["sh: command not found", "sh: not found"].into_iter().any(|words| {
            line == words || line == format!("{words}.") || line.ends_with(&format!(" {words}"))
        })
    })
}

/// The last two non-empty lines, as one.
fn last_words(text: &str) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    cleaned(&lines[lines.len().saturating_sub(2)..].join(" "))
}

#[cfg(test)]
mod tests {
    use super::super::words::MOST;
    use super::*;

    const NONCE: &str = "00112233445566778899aabbccddeeff";

    fn nonce() -> Nonce {
        Nonce::known(NONCE)
    }

    fn heard(stdout: &str, stderr: &str, status: Option<u32>) -> Result<ScriptAnswer, Error> {
        read_script(stdout.as_bytes(), stderr.as_bytes(), status, &nonce())
    }

    #[test]
    fn names_the_accounts_that_run_no_command() {
        let motd = "Last login: never\n";
        assert_eq!(
            heard("This service allows sftp connections only.\r\n", "", Some(1)),
            Err(Error::SftpOnly)
        );
        assert!(matches!(
            heard(&format!("{motd}This account is currently not available.\n"), "", Some(1)),
            Err(Error::NoLogin { .. })
        ));
        assert!(matches!(
            heard("", "WARNING: Your password has expired.\n", Some(1)),
            Err(Error::PasswordExpired { .. })
        ));
        let cmd = "'sh' is not recognized as an internal or external command,\r\noperable program \
            or batch file.\r\n";
        assert!(matches!(
            heard("", cmd, Some(1)),
            Err(Error::Windows { said })
                if said.ends_with("command, operable program or batch file.")
        ));
        assert!(matches!(
            heard(
                "",
                "The term 'sh' is not recognized as the name of a cmdlet, function\n",
                Some(1)
            ),
            Err(Error::Windows { .. })
        ));
        for said in [
            "sh: Command not found.",
            "bash: line 1: sh: command not found",
            "-rbash: sh: command not found",
            "ash: sh: not found",
        ] {
            assert!(matches!(heard("", said, Some(1)), Err(Error::NoSh { .. })), "{said}");
        }
        assert!(matches!(heard("", "anything", Some(127)), Err(Error::NoSh { .. })));
        assert_eq!(
            heard("hi\n", "zsh: command not found: fortune\n", Some(1)),
            Err(Error::NotRun { said: "zsh: command not found: fortune".into() })
        );
        assert_eq!(heard("", " \r\n", Some(1)), Err(Error::Silent { exit_status: Some(1) }));
        assert_eq!(heard("", "", None), Err(Error::Lost));
    }

    #[test]
    fn a_servers_words_are_bounded_and_hold_no_control_character() {
        let Err(Error::NotRun { said }) =
            heard("", &format!("a\u{1b}[2J\u{9b}{}é\n", "x".repeat(10_000)), Some(0))
        else {
            panic!()
        };
        assert_eq!(said.chars().count(), MOST + 1);
        assert!(
            said.starts_with('…') && said.ends_with('é') && !said.chars().any(char::is_control)
        );
        assert_eq!(
            Error::NotRun { said: "\u{1b}[31mno".into() }.to_string(),
            r#"the account's shell did not run the script; "#.to_owned()
                + r#"it said "\u{1b}[31mno"; nothing was written"#
        );
        assert_eq!(
            Error::Silent { exit_status: Some(1) }.to_string(),
            "the account's shell did not run the script and said nothing (exit status 1)"
        );
    }
}
