//! What came back: only complete lines behind the nonce are the script's, all else is noise, and
//! tells why there are none.

use super::{Answer, Change, Error, Made, folder_of};
use crate::accounts::remote_script::{self, Nonce, bounded, spoken};
use crate::session::sftp::Status;

/// Reads what the exec request of [`super::command`] printed. `exit_status` is `None` where the
/// connection ended before one came.
pub fn read_answer(
    output: &[u8],
    stderr: &[u8],
    exit_status: Option<u32>,
    nonce: &Nonce,
) -> Result<Answer, Error> {
    let spoken = spoken(output, stderr, exit_status, nonce).map_err(|error| match error {
        remote_script::Error::Lost => Error::CutShort,
        error => error.into(),
    })?;
    let mut file = String::new();
    let mut made = Made::default();
    let mut writing = false;
    for (word, rest) in spoken.words() {
        match word {
            "file" => file = rest.to_owned(),
            "made" if rest == "folder" => made.folder = true,
            "made" if rest == "file" => made.file = true,
            "writing" => writing = true,
            "no" => return Err(refusal_of(rest, file, made)),
            _ => {
                if let Some(outcome) = outcome(word, rest) {
                    return Ok(Answer { outcome, file, made });
                }
            }
        }
    }
    // Without a status the connection was lost, and with it perhaps the words after these.
    match exit_status {
        Some(_) if !writing => Err(spoken.ended().into()),
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

/// A script's `no REASON DETAIL` about a file that was there already.
pub(crate) fn refusal(rest: &str, file: String) -> Error {
    refusal_of(rest, file, Made::default())
}

/// What an SFTP server refused to do with a file that was there already.
pub(crate) fn refused(status: Status, said: String, file: String) -> Error {
    match status {
        Status::PermissionDenied => Error::Denied { file, made: Made::default() },
        _ => Error::WriteFailed { file, said, made: Made::default() },
    }
}

fn refusal_of(rest: &str, file: String, made: Made) -> Error {
    let (reason, detail) = rest.split_once(' ').unwrap_or((rest, ""));
    match reason {
        "tool" => remote_script::Error::ToolMissing { tool: bounded(detail) }.into(),
        "home" => remote_script::Error::NoHome { home: bounded(detail) }.into(),
        "folder-kind" => Error::NotAFolder { folder: folder_of(&file).to_owned() },
        "locked" => Error::Locked { folder: folder_of(&file).to_owned(), made },
        "unreadable" => Error::Unreadable { file, made },
        "kind" => match detail {
            "folder" => Error::NotAFile { file, what: "a folder" },
            "FIFO" => Error::NotAFile { file, what: "a FIFO" },
            "dangling" => Error::DanglingLink { file },
            _ => Error::NotAFile { file, what: "a device or socket" },
        },
        "partial-line" => Error::Torn { file },
        "concurrent-change" => Error::Unsettled { file },
        _ => write_refusal(detail, file, made),
    }
}

/// Tells the causes apart by the C library's words, which zsh writes small; the script runs with
/// `LC_ALL=C`.
fn write_refusal(said: &str, file: String, made: Made) -> Error {
    let small = said.to_ascii_lowercase();
    let has = |words: &str| small.contains(words);
    if has("no space left")
        || has("quota exceeded")
        || has("file too large")
        || has("file size limit")
    {
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NONCE: &str = "00112233445566778899aabbccddeeff";

    /// `N` stands for the nonce.
    fn read(stdout: &str, stderr: &str, status: Option<u32>) -> Result<Answer, Error> {
        let [stdout, stderr] = [stdout, stderr].map(|text| text.replace('N', NONCE));
        read_answer(stdout.as_bytes(), stderr.as_bytes(), status, &Nonce::known(NONCE))
    }

    fn ended_early(status: u32) -> Result<Answer, Error> {
        Err(remote_script::Error::EndedEarly { exit_status: Some(status) }.into())
    }

    #[test]
    fn believes_only_whole_lines_behind_the_nonce() {
        let said = "Welcome\ninstalled\nN start\r\nnoiseN file ~/.ssh/authorized_keys\nN \
            installed mended\n";
        let answer = Answer {
            outcome: Change::Installed { mended_newline: true },
            file: "~/.ssh/authorized_keys".into(),
            made: Made::default(),
        };
        assert_eq!(read(said, "", Some(0)), Ok(answer.clone()));
        assert_eq!(read("", said, Some(0)), Ok(answer));
        assert_eq!(read("N start\nN install", "", Some(0)), ended_early(0));
        assert_eq!(read("N start\nNinstalled\n", "", Some(0)), ended_early(0));
        assert_eq!(read("N start\nN present x\n", "", Some(0)), ended_early(0));
    }

    #[test]
    fn a_lost_connection_leaves_open_whether_the_line_is_there() {
        assert_eq!(read("N start\nN writing\n", "", Some(137)), Err(Error::CutShort));
        assert_eq!(read("N start\n", "", None), Err(Error::CutShort));
        assert_eq!(read("", "", None), Err(Error::CutShort));
        assert_eq!(read("N start\n", "", Some(137)), ended_early(137));
    }

    #[test]
    fn a_refusal_says_what_was_made() {
        let made = Made { folder: true, file: false };
        let said = "N start\nN file /a b/k\nN made folder\nN no write sh: cannot create ./k: Disk \
            quota exceeded\n";
        assert_eq!(read(said, "", Some(1)), Err(Error::NoSpace { file: "/a b/k".into(), made }));
        let said = "N file ~/k\nN no write sh: \u{1b}]0;odd\u{7}\n";
        assert_eq!(
            read(said, "", Some(1)),
            Err(Error::WriteFailed {
                file: "~/k".into(),
                said: "sh: ]0;odd".into(),
                made: Made::default()
            })
        );
        assert_eq!(
            read("N file ~/k\nN no locked\n", "", Some(1)),
            Err(Error::Locked { folder: "~".into(), made: Made::default() })
        );
        assert_eq!(
            read("N file /k\nN no torn\n", "", Some(1)),
            Err(Error::Torn { file: "/k".into() })
        );
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
        prop_oneof![
            word.prop_map(|word| word.as_bytes().to_vec()),
            prop::collection::vec(any::<u8>(), 0..8)
        ]
    }

    proptest! {
        #[test]
        fn never_panics_and_never_believes_a_stream_without_the_nonce(
            stdout in prop::collection::vec(piece(), 0..40),
            stderr in prop::collection::vec(piece(), 0..40),
            status in any::<Option<u32>>(),
        ) {
            let (stdout, stderr) = (stdout.concat(), stderr.concat());
            let _ = read_answer(&stdout, &stderr, status, &Nonce::known(NONCE));
            prop_assert!(read_answer(&stdout, &stderr, status, &Nonce::known("ffeeddccbbaa998877665544\
                33221100")).is_err());
        }
    }
}
