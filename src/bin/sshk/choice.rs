//! One of several keys: the user chooses. Without a terminal, several are wrong usage.

use std::path::Path;

use sshk::Error;
use sshk::keys::key_file::KeyFile;
use sshk::prompter::{Answer, Prompter, Question};
use sshk::quoting::shell_path;

use crate::usage::Usage;

/// The only key of those found in `folder`. `naming` is what precedes a key on the command line.
pub fn the_one(
    found: &[KeyFile],
    folder: &Path,
    naming: &str,
    prompter: &dyn Prompter,
) -> Result<KeyFile, Error> {
    match found {
        [] => Err(Usage::new(format!("there is no key in {folder:?}"))
            .hint("generate one with: sshk keygen")
            .into()),
        [one] => Ok(one.clone()),
        several => {
            let labels: Vec<_> =
                several.iter().map(|key| key.path().display().to_string()).collect();
            let first = || format!("{naming} {}", shell_path(several[0].path()));
            let what = format!("there are several keys in {folder:?}");
            Ok(several[ask(&what, &labels, first, prompter)?].clone())
        }
    }
}

/// Which of `labels` the user means. `what` says that there are several, and `naming` gives the
/// words that name the first of them on the command line.
///
/// # Errors
///
/// Wrong usage without a terminal, and what the question fails with.
pub fn ask(
    what: &str,
    labels: &[String],
    naming: impl Fn() -> String,
    prompter: &dyn Prompter,
) -> Result<usize, Error> {
    if !prompter.can_ask() {
        let list: Vec<_> = labels.iter().map(|label| format!("{label:?}")).collect();
        let usage = Usage::new(format!("{what}: {}", list.join(", ")));
        return Err(usage.hint(format!("name one with {}", naming())).into());
    }
    let mut start = what.to_owned();
    start[..1].make_ascii_uppercase();
    let mut prompt = format!("{start}:\n");
    for (index, label) in labels.iter().enumerate() {
        prompt.push_str(&format!("  {}  {label}\n", index + 1));
    }
    prompt.push_str(&format!("Which one (1-{})? ", labels.len()));
    loop {
        let answer = prompter.ask(&Question {
            prompt: prompt.clone(),
            answer: Answer::Text,
            wanted: "the choice of a key".into(),
            instead: format!("name one with {}", naming()),
        })?;
        match answer.trim().parse::<usize>() {
            Ok(number) if (1..=labels.len()).contains(&number) => return Ok(number - 1),
            _ => prompt = format!("Please type a number from 1 to {}: ", labels.len()),
        }
    }
}
