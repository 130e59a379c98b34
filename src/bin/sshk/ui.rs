//! Everything the user sees or is asked: the one place that writes to the terminal.
//!
//! stdout carries results only; messages go to stderr, cleaned, and never hold key material.

mod askpass;
mod clean;
mod error;
mod escape;
pub mod interrupt;
mod modes;
#[cfg(test)]
mod on_a_pty;
mod progress;
mod prompt;
pub mod raw_mode;
pub mod relay;
pub mod report;
mod screen;

pub use askpass::AskpassEnv;
pub use error::Error;
#[cfg(test)]
use interrupt::Ending;
pub use interrupt::Interrupts;
pub use progress::Progress;
pub use prompt::TerminalPrompter;

use clap::ColorChoice;
use screen::{Screen, Stream};
use sshk::hosts::ssh_config::LogLevel;
use std::ffi::OsString;
use std::fmt::Display;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use unicode_width::UnicodeWidthStr;

/// The widest column of a table, in columns of the terminal: longer cells overflow.
const WIDEST: usize = 120;

/// A failure before there is a [`Ui`], on stderr.
pub fn startup_failure(error: &io::Error) -> ExitCode {
    let reason = clean::line(&sshk::text::io_reason(error));
    let _ = writeln!(io::stderr(), "sshk: error: {reason}");
    ExitCode::FAILURE
}

/// What the options say about output.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    pub quiet: bool,
    pub verbose: u8,
    pub color: ColorChoice,
    pub json: bool,
}

/// The terminal, under the options of this run. Clones write to the same one.
#[derive(Clone)]
pub struct Ui {
    settings: Settings,
    colored: bool,
    progress: bool,
    screen: Arc<Screen>,
    prompter: Arc<TerminalPrompter>,
    interrupts: Arc<Interrupts>,
    /// Where messages go instead of to stderr.
    log: Option<Arc<File>>,
}

impl Ui {
    /// `lookup` gives the value of an environment variable, as `std::env::var_os` does; it is used
    /// only here.
    pub fn new(
        settings: Settings,
        interrupts: Arc<Interrupts>,
        lookup: impl Fn(&str) -> Option<OsString>,
    ) -> Self {
        let is_dumb = lookup("TERM").is_some_and(|term| term == "dumb");
        // https://no-color.org: any value but the empty one; the command line takes precedence.
        let no_color = lookup("NO_COLOR").is_some_and(|value| !value.is_empty());
        let colored = match settings.color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => Stream::Error.is_terminal() && !no_color && !is_dumb,
        };
        let screen = Screen::new(interrupts.clone());
        let terminal = Path::new(modes::CONTROLLING_TERMINAL);
        let askpass = AskpassEnv::from_env(lookup);
        let prompter = Arc::new(TerminalPrompter::new(
            terminal,
            askpass,
            screen.clone(),
            interrupts.clone(),
            settings.quiet,
        ));
        let progress = Stream::Error.is_terminal() && !is_dumb && !settings.quiet && !settings.json;
        Self { settings, colored, progress, screen, prompter, interrupts, log: None }
    }

    /// The same terminal under a `LogLevel` of the configuration; `-q` and `-v` take precedence.
    pub fn under(&self, level: LogLevel) -> Self {
        let mut settings = self.settings;
        if !settings.quiet && settings.verbose == 0 {
            settings.quiet = level < LogLevel::Info;
            settings.verbose = match level {
                LogLevel::Quiet | LogLevel::Fatal | LogLevel::Error | LogLevel::Info => 0,
                LogLevel::Verbose | LogLevel::Debug1 => 1,
                LogLevel::Debug2 => 2,
                LogLevel::Debug3 => 3,
            };
        }
        Self { settings, progress: self.progress && !settings.quiet, ..self.clone() }
    }

    /// The `LogLevel` that `-q` and `-v` stand for; `None` without either.
    pub fn asked_log_level(&self) -> Option<&'static str> {
        match (self.settings.quiet, self.settings.verbose) {
            (true, _) => Some("QUIET"),
            (false, 0) => None,
            (false, 1) => Some("DEBUG1"),
            (false, 2) => Some("DEBUG2"),
            (false, _) => Some("DEBUG3"),
        }
    }

    /// The same terminal, with messages appended to `file` (ssh's `-E`). Questions are still asked
    /// at the terminal.
    ///
    /// # Errors
    ///
    /// If the file cannot be opened.
    pub fn logging_to(&self, file: &Path) -> Result<Self, Error> {
        let log = File::options()
            .append(true)
            .create(true)
            .open(file)
            .map_err(|source| Error::Log { path: file.to_owned(), source })?;
        Ok(Self { colored: false, progress: false, log: Some(Arc::new(log)), ..self.clone() })
    }

    /// Whether a signal ends the program, now or in a moment: a terminal that hangs up ends its
    /// input and fails its writes, too. Blocks for that moment.
    pub fn is_ending(&self) -> bool {
        self.interrupts.pending_soon().is_some()
    }

    /// The library asks its questions through this.
    pub fn prompter(&self) -> Arc<TerminalPrompter> {
        self.prompter.clone()
    }

    /// A failure, in two lines. `-q` does not silence it.
    pub fn error(&self, message: impl Display, hint: Option<&str>) {
        self.labelled("error", "31", &message.to_string());
        if let Some(hint) = hint {
            self.labelled("hint", "36", hint);
        }
    }

    /// Something the user should know, although the run goes on; `-q` silences it.
    pub fn warning(&self, message: impl Display) {
        if !self.settings.quiet {
            self.labelled("warning", "33", &message.to_string());
        }
    }

    /// What to do about a warning, ready to paste; `-q` silences it too.
    pub fn hint(&self, step: impl Display) {
        if !self.settings.quiet {
            self.labelled("hint", "36", &step.to_string());
        }
    }

    /// One line of a message; `-q` silences it.
    pub fn say(&self, line: impl Display) {
        if !self.settings.quiet {
            self.to_user(&clean::line(&line.to_string()));
        }
    }

    /// One line that the user at the terminal is waiting for: it is not a message for the log of
    /// `-E`; `-q` silences it.
    pub fn tell(&self, line: impl Display) {
        if !self.settings.quiet {
            self.screen.tell(&clean::line(&line.to_string()));
        }
    }

    /// A server's words, each line after where it is `from`, so that none can pass for ours; as
    /// with ssh they go to the terminal, whatever `-E` says, and `-q` silences them.
    pub fn said(&self, from: &str, text: &str) {
        if !self.settings.quiet {
            self.screen.tell(&clean::said(from, text, screen::width()));
        }
    }

    /// Several lines for the terminal, such as a randomart, whatever `-E` says; `-q` silences them.
    /// Text from outside does not belong here: it could pass for our own.
    pub fn say_block(&self, lines: impl Display) {
        if !self.settings.quiet {
            self.screen.tell(clean::block(&lines.to_string()).trim_end());
        }
    }

    /// One line of explanation, for that many `-v` or more, in ssh's form.
    pub fn verbose(&self, level: u8, line: impl Display) {
        if self.settings.verbose >= level {
            self.to_user(&format!("debug{level}: {}", clean::line(&line.to_string())));
        }
    }

    /// A result for stdout, byte for byte. A reader that has gone away is not a failure: it ends
    /// the program ([`Ending::ClosedPipe`]).
    ///
    /// # Errors
    ///
    /// If it cannot be written, for example to a full disk.
    pub fn data(&self, bytes: &[u8]) -> Result<(), Error> {
        self.screen.write(Stream::Output, bytes).map_err(|source| Error::Output { source })
    }

    /// One line of a result for reading, on stdout, cleaned: its parts may come from a file.
    pub fn fact(&self, line: impl Display) -> Result<(), Error> {
        self.data(format!("{}\n", clean::line(&line.to_string())).as_bytes())
    }

    /// Lines for [`Ui::fact`], cleaned: columns as wide as their widest cell, up to [`WIDEST`],
    /// separated by two spaces.
    pub fn table<const COLUMNS: usize>(rows: &[[String; COLUMNS]]) -> Vec<String> {
        let rows: Vec<[String; COLUMNS]> =
            rows.iter().map(|row| row.each_ref().map(|cell| clean::line(cell))).collect();
        // A CJK character takes two columns, and a combining accent none.
        let length = |cell: &String| cell.width();
        let widths: [usize; COLUMNS] = std::array::from_fn(|column| {
            rows.iter().map(|row| length(&row[column])).max().unwrap_or_default().min(WIDEST)
        });
        let line = |row: &[String; COLUMNS]| {
            let cells = row.iter().zip(widths).map(|(cell, width)| {
                format!("  {cell}{}", " ".repeat(width.saturating_sub(length(cell))))
            });
            cells.collect::<String>().trim_end().to_owned()
        };
        rows.iter().map(line).collect()
    }

    /// One JSON object on one line of stdout, as [`Ui::data`].
    pub fn json(&self, value: &serde_json::Value) -> Result<(), Error> {
        self.data(format!("{}\n", clean::json(&value.to_string())).as_bytes())
    }

    /// A line that moves while a long step runs, with the number of things to do if that is known.
    pub fn progress(&self, message: &str, total: Option<u64>) -> Progress {
        Progress::start(self.progress.then(|| self.screen.clone()), message, total)
    }

    /// A result that ssh prints on stderr, whatever `-q` says.
    pub fn on_stderr(&self, text: &str) {
        self.screen.tell(text);
    }

    /// What the remote command wrote to its standard error, byte for byte; `-q` does not silence
    /// it.
    pub fn remote_error(&self, bytes: &[u8]) -> io::Result<()> {
        self.screen.write(Stream::Error, bytes)
    }

    /// Whether `-v` was given.
    pub fn is_verbose(&self) -> bool {
        self.settings.verbose > 0
    }

    /// Whether the user is watching, and may be shown more than a log should hold.
    pub fn on_terminal(&self) -> bool {
        !self.settings.quiet && Stream::Error.is_terminal()
    }

    fn labelled(&self, label: &str, color: &str, text: &str) {
        let text = clean::line(text);
        self.to_user(&if self.colored {
            format!("sshk: \x1b[1;{color}m{label}:\x1b[0m {text}")
        } else {
            format!("sshk: {label}: {text}")
        });
    }

    fn to_user(&self, text: &str) {
        match &self.log {
            // As on stderr: there is nobody left to report a failed write to.
            Some(log) => drop((&**log).write_all(format!("{text}\n").as_bytes())),
            None => self.screen.tell(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_on_a_terminal_whatever_script_a_cell_is_in() {
        let row = |one: &str, two: &str| [one.to_owned(), two.to_owned()];
        let lines = Ui::table(&[row("鍵", "x"), row("e\u{301}te\u{301}", "x"), row("plain", "x")]);
        assert_eq!(lines, ["  鍵     x", "  e\u{301}te\u{301}    x", "  plain  x"]);
    }
}
