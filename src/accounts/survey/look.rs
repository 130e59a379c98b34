//! Files of an account, looked at by a script: their bytes, permissions and owners.

use crate::accounts::authorized_keys::AuthorizedKeys;
use crate::accounts::remote_file::{self, FileSnapshot, FileState, MAX_SIZE, Node, NotAFile};
use crate::accounts::remote_script::{
    self, LOOK, MAX_ANSWER, Nonce, ScriptAnswer, Variables, refusal,
};
use crate::session::Session;

/// How often the files are read until all arrive whole. A file can change while it is read, and
/// something that an rc file started can print between its bytes.
const ATTEMPTS: usize = 6;

/// Looks at `files`; the server stops checking permissions at `home`.
pub(super) async fn with_script(
    session: &Session,
    files: &[String],
    home: &str,
) -> Result<Vec<FileSnapshot>, crate::error::Error> {
    for attempt in 0..ATTEMPTS {
        // What redirects one stream, or prints to it, rarely does so to the other.
        let to_stderr = attempt % 2 == 1;
        if let Some(files) = look_once(session, files, home, to_stderr).await? {
            return Ok(files);
        }
    }
    let file = files.first().map(|file| remote_file::shown(file)).unwrap_or_default();
    Err(remote_file::Error::KeepsChanging { file }.into())
}

/// `None` if the bytes of a file did not arrive whole.
async fn look_once(
    session: &Session,
    files: &[String],
    home: &str,
    to_stderr: bool,
) -> Result<Option<Vec<FileSnapshot>>, crate::error::Error> {
    let variables = Variables::default()
        .text("given_paths", &files.join("\n"))
        .text("given_home", home)
        .word("size_limit", &MAX_SIZE.to_string())
        .flag("to_stderr", to_stderr);
    let limit = MAX_SIZE + MAX_ANSWER;
    let (answer, output, nonce) = remote_script::run(session, &LOOK, &variables, limit).await?;
    let stream = if to_stderr { &output.stderr } else { &output.stdout };
    assemble(files, &answer, contents(stream, &nonce))
}

/// The files that a script showed, which are those it was asked for. `bytes` has the content of
/// those that have any, in the same order.
pub(in crate::accounts) fn assemble(
    asked: &[String],
    answer: &ScriptAnswer,
    bytes: Vec<Option<Vec<u8>>>,
) -> Result<Option<Vec<FileSnapshot>>, crate::error::Error> {
    let mut bytes = bytes.into_iter();
    let mut files: Vec<FileSnapshot> = Vec::new();
    let (mut path, mut is_done) = (String::new(), false);
    for (word, rest) in answer.words() {
        if word == "look" {
            // The names are ours, so that their number and length are too.
            if asked.get(files.len()).is_none_or(|asked| asked != rest) {
                return Err(answer.ended().into());
            }
            files.push(FileSnapshot::missing(rest));
            continue;
        }
        match (word, files.last_mut()) {
            ("no", _) => return Err(refusal(rest).unwrap_or_else(|| answer.ended()).into()),
            ("done", _) => is_done = true,
            ("link", Some(file)) => file.is_link = true,
            ("context", Some(file)) => file.context = rest.to_owned(),
            ("node", Some(_)) => path = rest.to_owned(),
            ("ls", Some(file)) => file.nodes.extend(Node::from_ls(std::mem::take(&mut path), rest)),
            ("bytes", Some(file)) => match bytes.next().flatten() {
                Some(content) => file.state = FileState::Read(AuthorizedKeys::new(content)),
                None => return Ok(None),
            },
            ("state", Some(file)) => {
                file.state = match rest {
                    "large" => FileState::TooLarge,
                    "closed" | "unreadable" => FileState::Unreadable,
                    "missing" => FileState::Missing,
                    kind => FileState::NotAFile(NotAFile::from_script(kind)),
                };
            }
            _ => {}
        }
    }
    files.iter_mut().for_each(FileSnapshot::name_the_home);
    let is_done = is_done && files.len() == asked.len();
    if is_done { Ok(Some(files)) } else { Err(answer.ended().into()) }
}

/// The bytes behind the n-th `bytes N` of a script; `None` unless all of them are there and
/// followed by `end`.
pub(in crate::accounts) fn contents(stream: &[u8], nonce: &Nonce) -> Vec<Option<Vec<u8>>> {
    let marker = format!("\n{} ", nonce.as_str()).into_bytes();
    let (mut found, mut rest) = (Vec::new(), stream);
    while let Some(at) = rest.windows(marker.len()).position(|window| window == marker) {
        rest = &rest[at + marker.len()..];
        let Some(end) = rest.iter().position(|byte| *byte == b'\n') else { break };
        let length = std::str::from_utf8(&rest[..end])
            .ok()
            .and_then(|line| line.strip_prefix("bytes ")?.parse::<usize>().ok());
        let Some(length) = length else { continue };
        let body = &rest[end + 1..];
        let is_whole = body.get(length..).is_some_and(|after| {
            after.strip_prefix(&*marker).is_some_and(|word| word.starts_with(b"end\n"))
        });
        found.push(is_whole.then(|| body[..length].to_vec()));
        rest = if is_whole { &body[length..] } else { body };
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_believed_only_whole_and_framed() {
        let nonce = Nonce::known("feed");
        let read = |text: &str| {
            contents(text.as_bytes(), &nonce)
                .into_iter()
                .map(|it| it.map(|it| String::from_utf8(it).unwrap()))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            read("motd\nfeed start\n\nfeed bytes 4\na\n\0b\nfeed end\n"),
            [Some("a\n\0b".into())]
        );
        assert_eq!(
            read("\nfeed bytes 0\n\nfeed end\n\nfeed bytes 1\nx\nfeed end\n"),
            [Some(String::new()), Some("x".into())]
        );
        assert_eq!(read("\nfeed bytes 5\na\n\nfeed end\n"), [None]);
        assert_eq!(read("\nfeed bytes 1\nab\nfeed end\n"), [None]);
        assert_eq!(read("\nfeed bytes 99999999999999999999\n"), []);
    }
}
