//! A script on an account: one exec request in words that every login shell reads alike, and what
//! the script said.
//!
//! Script and data travel in this one packet: a cut link leaves all or nothing, and no rc file can
//! eat the data. Of what comes back only complete lines behind a nonce are the script's; all else
//! is noise, and tells why there are none.

use crate::error::{Failure, Kind};
use std::fmt::Write as _;

use rand::CryptoRng;

use crate::session::{Output, Session};

const PREAMBLE: &str = include_str!("remote_script/preamble.sh");

/// Joins its words with newlines and runs them. sh reads it inside single quotes, so it holds none;
/// the `_` keeps `$( )` from dropping the newline.
const BOOTSTRAP: &str = r#"sh -c 'IFS=$(printf "\012_"); eval "$*"' sshk"#;

/// csh stops at words of 1024 bytes.
const PIECE: usize = 700;

/// How much of a server's words goes into a message, in characters.
const SAID: usize = 200;

/// 128 random bits around every word a script says, so that nothing an rc file prints is taken for
/// its answer.
#[derive(Clone, Debug)]
pub struct Nonce(String);

impl Nonce {
    pub fn new(rng: &mut (impl CryptoRng + ?Sized)) -> Self {
        let mut bytes = [0; 16];
        rng.fill_bytes(&mut bytes);
        Self(data_encoding::HEXLOWER.encode(&bytes))
    }

    /// What stands before every word.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    #[cfg(test)]
    pub(crate) fn known(text: &str) -> Self {
        Self(text.into())
    }

    /// The command carries the halves apart: a forced command that prints what it was asked to run
    /// does not print the whole.
    fn halves(&self) -> (&str, &str) {
        self.0.split_at(self.0.len() / 2)
    }
}

/// What a script is given, as shell variables whose names are one letter. `m` and `e` are taken by
/// the nonce.
#[derive(Clone, Debug, Default)]
pub(crate) struct Given(Vec<String>);

impl Given {
    /// A number, or a word of letters, digits and `@.-_`.
    pub fn word(mut self, name: char, value: &str) -> Self {
        debug_assert!(
            value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"@.-_".contains(&byte))
        );
        self.0.push(format!("{name}={value}"));
        self
    }

    /// Base64, of any length.
    pub fn base64(mut self, name: char, value: &str) -> Self {
        self.0.push(format!("{name}="));
        self.0.extend(pieces(value).map(|piece| format!("{name}=${{{name}}}{piece}")));
        self
    }

    /// Any text, as `printf %b` of the variable gives it.
    pub fn text(mut self, name: char, value: &str) -> Self {
        self.0.push(format!("{name}="));
        self.0.extend(pieces(&octal(value)).map(|piece| format!("{name}=${{{name}}}\"{piece}\"")));
        self
    }
}

/// The bytes of the exec request. dropbear takes up to 9000 of them.
pub(crate) fn command(script: &str, given: &Given, nonce: &Nonce) -> Vec<u8> {
    let (first, second) = nonce.halves();
    let mut command = BOOTSTRAP.to_owned();
    let _ = write!(command, " 'm={first} e={second}'");
    let lines = [PREAMBLE, script].into_iter().flat_map(str::lines).map(str::trim_start);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    for word in given.0.iter().map(String::as_str).chain(lines) {
        let _ = write!(command, " '{word}'");
    }
    command.into_bytes()
}

/// What a script said, without the nonce.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Spoken {
    /// Each a word, and what it says after a blank.
    pub lines: Vec<String>,
    /// `None` where the connection ended before one came.
    pub exit_status: Option<u32>,
}

impl Spoken {
    /// Each line's first word, and the rest of it.
    pub fn words(&self) -> impl Iterator<Item = (&str, &str)> {
        self.lines.iter().map(|line| line.split_once(' ').unwrap_or((line, "")))
    }

    /// Why there is no last word among the lines.
    pub fn ended(&self) -> Error {
        match self.exit_status {
            Some(_) => Error::EndedEarly { exit_status: self.exit_status },
            None => Error::Lost,
        }
    }
}

/// Runs `script`, bounded to `max_output` bytes of each output, and gives all that came back
/// besides what it said.
pub(crate) async fn run(
    session: &Session,
    script: &str,
    given: &Given,
    max_output: usize,
) -> Result<(Spoken, Output, Nonce), crate::error::Error> {
    let nonce = Nonce::new(&mut rand::rng());
    let output = session.exec(&command(script, given, &nonce), max_output).await?;
    let spoken = spoken(&output.stdout, &output.stderr, output.status, &nonce)?;
    Ok((spoken, output, nonce))
}

/// Reads what a [`command`] printed.
pub(crate) fn spoken(
    stdout: &[u8],
    stderr: &[u8],
    exit_status: Option<u32>,
    nonce: &Nonce,
) -> Result<Spoken, Error> {
    // An rc file can turn stdout away; a script says everything on both.
    let [from_stdout, from_stderr] = [stdout, stderr].map(|stream| lines_behind(nonce, stream));
    let lines = if from_stderr.len() > from_stdout.len() { from_stderr } else { from_stdout };
    match lines.is_empty() {
        true => Err(not_run(stdout, stderr, exit_status)),
        false => Ok(Spoken { lines, exit_status }),
    }
}

/// The complete lines behind the nonce, wherever on a line of output it stands.
fn lines_behind(nonce: &Nonce, stream: &[u8]) -> Vec<String> {
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

/// Why an account did not run a script to its end. What a server said is cleaned and bounded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    #[error("the account allows SFTP only and runs no commands; nothing was written")]
    SftpOnly,
    #[error("the account is closed for logins: the server said {said:?}; nothing was written")]
    NoLogin { said: String },
    #[error(
        "the account's password must be changed first: the server said {said:?}; nothing was \
        written"
    )]
    PasswordExpired { said: String },
    #[error(
        "the server answers with a Windows shell, where sshk runs no script: it said {said:?}; \
        nothing was written"
    )]
    Windows { said: String },
    #[error(
        "the account has no sh to run the script with: its shell said {said:?}; nothing was written"
    )]
    NoSh { said: String },
    #[error("the account's shell did not run the script; it said {said:?}; nothing was written")]
    NotRun { said: String },
    #[error("the account's shell did not run the script and said nothing{}", status(.exit_status))]
    Silent { exit_status: Option<u32> },
    #[error("the script ended early{}; nothing was written", status(.exit_status))]
    EndedEarly { exit_status: Option<u32> },
    #[error("the connection ended before the script answered")]
    Lost,
    #[error("the account lacks {tool:?}, which the script needs; nothing was written")]
    ToolMissing { tool: String },
    #[error("the home folder {home:?} is missing or cannot be entered; nothing was written")]
    NoHome { home: String },
}

fn status(exit_status: &Option<u32>) -> String {
    exit_status.map(|status| format!(" (exit status {status})")).unwrap_or_default()
}

impl Failure for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::SftpOnly => Kind::SftpOnly,
            Self::NoLogin { .. } => Kind::Nologin,
            Self::PasswordExpired { .. } => Kind::PasswordExpired,
            Self::Windows { .. } => Kind::Windows,
            Self::NoSh { .. } => Kind::NoSh,
            Self::NotRun { .. } | Self::Silent { .. } => Kind::NotRun,
            Self::EndedEarly { .. } | Self::Lost => Kind::NoResult,
            Self::ToolMissing { .. } => Kind::ToolMissing,
            Self::NoHome { .. } => Kind::NoHome,
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::SftpOnly => "install over SFTP: run it again with -s".into(),
            Self::NoLogin { .. } => {
                "ask the server's administrator to give the account a shell".into()
            }
            Self::PasswordExpired { .. } => "log in once with ssh and change the password".into(),
            Self::Windows { .. } => "edit .ssh\\authorized_keys there by hand".into(),
            Self::NoSh { .. } | Self::NotRun { .. } | Self::Silent { .. } => {
                "see what the account does with a command: ssh DESTINATION echo hello".into()
            }
            Self::EndedEarly { .. } | Self::Lost => {
                "run it again: it looks before it writes".into()
            }
            Self::ToolMissing { tool } => {
                format!("install {tool} on the server, or run it again with -s")
            }
            Self::NoHome { .. } => "ask the server's administrator to make the home folder".into(),
        })
    }
}

impl Error {
    /// Whether the account ran something of its own, or nothing, in place of the script.
    pub(crate) fn is_not_run(&self) -> bool {
        matches!(self, Self::SftpOnly | Self::NotRun { .. } | Self::Silent { .. })
    }

    /// Whether it may run no commands at all. Also the shell that is an SFTP server: given a
    /// command, it reads its end of input, and ends.
    pub(crate) fn may_be_sftp_only(&self) -> bool {
        matches!(self, Self::SftpOnly | Self::Silent { exit_status: Some(0) })
    }
}

/// Why a script was never heard, as far as the words and the status tell.
fn not_run(output: &[u8], stderr: &[u8], exit_status: Option<u32>) -> Error {
    let all = [output, stderr].map(String::from_utf8_lossy);
    let has = |words: &str| all.iter().any(|text| text.contains(words));
    // The last words are the ones that matter; a message of the day stands before them.
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

/// `sh: command not found`, in the words of csh, which gives no status 127 for it, and of the
/// others. Not `zsh: command not found: x`.
fn misses_sh(text: &str) -> bool {
    text.lines().any(|line| {
        let line = line.to_ascii_lowercase();
        ["sh: command not found", "sh: not found"].into_iter().any(|words| {
            line == words || line == format!("{words}.") || line.ends_with(&format!(" {words}"))
        })
    })
}

/// The last two lines that say something, as one.
fn last_words(text: &str) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    bounded(&lines[lines.len().saturating_sub(2)..].join(" "))
}

/// Without control characters, blanks at the ends, and what goes beyond [`SAID`]: the end is kept.
pub(crate) fn bounded(text: &str) -> String {
    let text: String = text
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|c| !c.is_control())
        .collect();
    let text = text.trim();
    match text.char_indices().rev().nth(SAID) {
        Some((at, dropped)) => format!("…{}", &text[at + dropped.len_utf8()..]),
        None => text.to_owned(),
    }
}

/// For `printf %b`: all but the plainest bytes as `\0ooo`.
fn octal(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"@._:+/=,-".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "\\0{byte:03o}");
        }
    }
    encoded
}

/// Cuts ASCII text into words' lengths, never inside a `\0ooo`.
fn pieces(mut text: &str) -> impl Iterator<Item = &str> {
    std::iter::from_fn(move || {
        let mut at = text.len().min(PIECE);
        if let Some(escape) = text[..at].rfind('\\')
            && at < escape + 5
            && at < text.len()
        {
            at = escape;
        }
        let (piece, rest) = text.split_at(at);
        text = rest;
        (!piece.is_empty()).then_some(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONCE: &str = "00112233445566778899aabbccddeeff";

    fn nonce() -> Nonce {
        Nonce(NONCE.into())
    }

    fn heard(stdout: &str, stderr: &str, status: Option<u32>) -> Result<Spoken, Error> {
        spoken(stdout.as_bytes(), stderr.as_bytes(), status, &nonce())
    }

    #[test]
    fn every_word_is_read_alike_by_every_shell() {
        let long = "é'\"!\\$`;&|<>(){}[]*?~#%".repeat(40);
        let given = Given::default()
            .word('t', "ssh-ed25519")
            .base64('k', &"A".repeat(2101))
            .text('c', &long);
        let text =
            String::from_utf8(command("# a comment\n    say 'no'\n", &Given::default(), &nonce()))
                .unwrap();
        assert!(text.ends_with(" 'tell start' 'say 'no''"), "{text}");
        let text = String::from_utf8(command("x=\"$c\"\n", &given, &nonce())).unwrap();
        let words: Vec<&str> = text.strip_prefix(BOOTSTRAP).unwrap().split('\'').collect();
        assert_eq!(words.len() % 2, 1);
        for word in words.iter().skip(1).step_by(2) {
            assert!(word.len() <= 800, "{word}");
            assert!(
                word.bytes().all(|byte| (b' '..=b'~').contains(&byte) && byte != b'!'),
                "{word}"
            );
            assert!(
                word.split('\\')
                    .skip(1)
                    .all(|after| after.starts_with(|c: char| c.is_ascii_digit())),
                "{word}"
            );
        }
        assert!(words.iter().step_by(2).all(|between| between.trim().is_empty()));
        assert!(!text.contains(NONCE), "an echo of the command would be taken for an answer");
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
        assert!(
            matches!(heard("", cmd, Some(1)), Err(Error::Windows { said }) if said.ends_with("command, operable program or batch file."))
        );
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
        assert_eq!(said.chars().count(), SAID + 1);
        assert!(
            said.starts_with('…') && said.ends_with('é') && !said.chars().any(char::is_control)
        );
        assert_eq!(
            Error::NotRun { said: "\u{1b}[31mno".into() }.to_string(),
            r#"the account's shell did not run the script; it said "\u{1b}[31mno"; nothing was written"#
        );
        assert_eq!(
            Error::Silent { exit_status: Some(1) }.to_string(),
            "the account's shell did not run the script and said nothing (exit status 1)"
        );
    }

    #[test]
    fn pieces_lose_nothing_and_cut_no_escape() {
        for text in
            ["", "a", &octal(&"é".repeat(500)), &"A".repeat(2101), &format!("{}é", "a".repeat(697))]
        {
            let encoded = octal(text);
            let all: Vec<&str> = pieces(&encoded).collect();
            assert_eq!(all.concat(), encoded);
            for piece in all {
                assert!(
                    piece.len() <= PIECE && piece.split('\\').skip(1).all(|after| after.len() >= 4),
                    "{piece}"
                );
            }
        }
    }
}
