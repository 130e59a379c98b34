//! A script on an account: one exec request in words that every login shell parses the same way,
//! and the script's answer.
//!
//! Script and data travel in one packet: a lost connection delivers all or nothing, and no rc file
//! can read the data from standard input.

mod answer;
mod command;
mod error;
mod nonce;
mod source;
mod words;

use crate::session::{Output, Session};

pub(crate) use answer::{ScriptAnswer, not_run, read_script};
pub(crate) use command::{Variables, command};
pub use error::Error;
pub(crate) use error::refusal;
pub use nonce::Nonce;
pub(crate) use source::{APPEND, DROP, LOOK, MARK, REMOVE_WRITE_PERMISSION, SURVEY, Script};
pub(crate) use words::cleaned;

/// The most that a script may answer, in bytes: far more than any needs, far less than would do
/// harm.
pub(crate) const MAX_ANSWER: usize = 256 * 1024;

/// Runs `script` and returns what it answered, with all that came back: at most `max_output` bytes
/// of each stream.
///
/// # Errors
///
/// A [`crate::session::Error`] if the command could not be run, an [`Error`] if the script did not
/// answer.
pub(crate) async fn run(
    session: &Session,
    script: &Script,
    variables: &Variables,
    max_output: usize,
) -> Result<(ScriptAnswer, Output, Nonce), crate::error::Error> {
    let nonce = Nonce::new(&mut rand::rng());
    let output = session.exec(&command(script, variables, &nonce), max_output).await?;
    let answer = read_script(&output.stdout, &output.stderr, output.status, &nonce)?;
    Ok((answer, output, nonce))
}
