//! What came back: what the script did, or why it did nothing.

use super::error::Error;
use crate::accounts::remote_file::{self, Made};
use crate::accounts::remote_script::{self, Nonce, read_script, refusal};

/// What the script did, as it read it back from the file itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What happened to the key.
    pub outcome: Change,
    /// The file as the script names it: `~/.ssh/authorized_keys`. A server's words: quote it.
    pub file: String,
    /// What did not exist before.
    pub made: Made,
}

/// The state of the key in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Written, synced and read back.
    Installed {
        /// The last line had no newline; the same write put it first.
        added_newline: bool,
    },
    /// Already active, without options. Nothing was written.
    Present {
        /// Its number, from 1.
        line: usize,
    },
    /// Already active, restricted by options such as `from=` or `command=`, which servers apply
    /// before any later line. Nothing was written.
    PresentRestricted {
        /// Its number, from 1.
        line: usize,
        /// As in the file; `...` if they are longer than 4000 bytes. A server's words: quote them.
        options: String,
    },
    /// The key logs in already, and not from a file that is seen. Nothing was written.
    Elsewhere {
        /// A clause about the file, if it has the key and the server does not read it from there.
        why: Option<String>,
    },
    /// A dry run: the key is not in the file, and nothing was found that would prevent writing it.
    WouldInstall,
}

/// Reads what the exec request of [`super::command`] printed. `exit_status` is `None` if the
/// connection ended before one came.
///
/// # Errors
///
/// Why the key is not in the file, or not known to be.
pub fn read_answer(
    output: &[u8],
    stderr: &[u8],
    exit_status: Option<u32>,
    nonce: &Nonce,
) -> Result<Answer, Error> {
    let answer = read_script(output, stderr, exit_status, nonce).map_err(|error| match error {
        remote_script::Error::Lost => Error::CutShort,
        error => error.into(),
    })?;
    let mut file = String::new();
    let mut made = Made::default();
    let mut is_writing = false;
    for (word, rest) in answer.words() {
        match word {
            "file" => file = rest.to_owned(),
            "made" if rest == "folder" => made.folder = true,
            "made" if rest == "file" => made.file = true,
            "writing" => is_writing = true,
            "no" => return Err(failure(rest, file, made)),
            _ => {
                if let Some(outcome) = outcome(word, rest) {
                    return Ok(Answer { outcome, file, made });
                }
            }
        }
    }
    // Without a status, the connection was lost, perhaps along with the rest of the answer.
    match exit_status {
        Some(_) if !is_writing => Err(answer.ended().into()),
        _ => Err(Error::CutShort),
    }
}

fn outcome(word: &str, rest: &str) -> Option<Change> {
    match word {
        "installed" => Some(Change::Installed { added_newline: rest == "newline" }),
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

/// A script's `no REASON DETAIL`.
fn failure(words: &str, file: String, made: Made) -> Error {
    match words {
        "partial-line" => Error::PartialLine { file },
        "concurrent-change" => Error::ConcurrentChange { file },
        _ => refusal(words).map_or_else(
            || remote_file::Error::from_script(words, file, made).into(),
            Error::Script,
        ),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::accounts::remote_file::Error as FileError;

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
            installed newline\n";
        let answer = Answer {
            outcome: Change::Installed { added_newline: true },
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
    fn after_a_lost_connection_the_line_may_be_there_or_not() {
        assert_eq!(read("N start\nN writing\n", "", Some(137)), Err(Error::CutShort));
        assert_eq!(read("N start\n", "", None), Err(Error::CutShort));
        assert_eq!(read("", "", None), Err(Error::CutShort));
        assert_eq!(read("N start\n", "", Some(137)), ended_early(137));
    }

    #[test]
    fn a_failure_says_what_was_created() {
        let made = Made { folder: true, file: false };
        let said = "N start\nN file /a b/k\nN made folder\nN no write sh: cannot create ./k: Disk \
            quota exceeded\n";
        assert_eq!(
            read(said, "", Some(1)),
            Err(FileError::NoSpace { file: "/a b/k".into(), made }.into())
        );
        let said = "N file ~/k\nN no write sh: \u{1b}]0;odd\u{7}\n";
        assert_eq!(
            read(said, "", Some(1)),
            Err(FileError::WriteFailed {
                file: "~/k".into(),
                said: "sh: ]0;odd".into(),
                made: Made::default()
            }
            .into())
        );
        assert_eq!(
            read("N file ~/k\nN no locked\n", "", Some(1)),
            Err(FileError::Locked { folder: "~".into(), made: Made::default() }.into())
        );
        assert_eq!(
            read("N file /k\nN no partial-line\n", "", Some(1)),
            Err(Error::PartialLine { file: "/k".into() })
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
            "no partial-line",
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
            let other = Nonce::known("ffeeddccbbaa99887766554433221100");
            prop_assert!(read_answer(&stdout, &stderr, status, &other).is_err());
        }
    }
}
