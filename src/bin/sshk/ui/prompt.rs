//! Questions to the user, on the terminal itself or, without one, through the askpass program.
//!
//! However a question ends, the terminal is left as it was. An answer is kept in one allocation,
//! which is wiped.

use super::askpass::{self, AskpassEnv};
use super::clean;
use super::interrupt::{Event, Interrupts, time_to_hang_up};
use super::modes::{self, TypeAhead};
use super::screen::{self, Screen};
use rustix::fs::OFlags;
use rustix::termios::{InputModes, LocalModes, OutputModes, Termios};
use sshk::prompter::{Answer, Error, Prompter, Question};
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use zeroize::Zeroizing;

/// The longest answer, in bytes. The line discipline silently drops what exceeds its buffer (4095
/// bytes on Linux, MAX_CANON elsewhere): an answer that fills it may have lost its end, and is
/// rejected.
pub const LONGEST_ANSWER: usize = if cfg!(target_os = "linux") { 4094 } else { 1022 };

/// Asks the user at the terminal.
pub struct TerminalPrompter {
    one_at_a_time: Mutex<()>,
    terminal: PathBuf,
    askpass: AskpassEnv,
    screen: Arc<Screen>,
    interrupts: Arc<Interrupts>,
    quiet: bool,
}

enum Asker {
    Terminal(File),
    Askpass(PathBuf),
}

/// What ends the wait for an answer, or interrupts it.
enum Happened {
    /// `None`: the end of the input, with nothing before it.
    Line(io::Result<Option<Zeroizing<Vec<u8>>>>),
    Signal(Event),
}

impl TerminalPrompter {
    /// With `quiet`, [`Prompter::tell`] prints nothing; questions are still asked.
    pub fn new(
        terminal: &Path,
        askpass: AskpassEnv,
        screen: Arc<Screen>,
        interrupts: Arc<Interrupts>,
        quiet: bool,
    ) -> Self {
        Self {
            one_at_a_time: Mutex::new(()),
            terminal: terminal.into(),
            askpass,
            screen,
            interrupts,
            quiet,
        }
    }

    fn asker(&self) -> Option<Asker> {
        let program = self.askpass.program();
        if self.askpass.is_first() {
            return program.map(Asker::Askpass);
        }
        // O_NOCTTY: asking on a terminal must not make it this process's own.
        let flags = OFlags::NOCTTY.bits().cast_signed();
        match OpenOptions::new().read(true).write(true).custom_flags(flags).open(&self.terminal) {
            Ok(terminal) => Some(Asker::Terminal(terminal)),
            Err(_) => program.map(Asker::Askpass),
        }
    }
}

impl Prompter for TerminalPrompter {
    fn ask(&self, question: &Question) -> Result<Zeroizing<String>, Error> {
        let _turn = self.one_at_a_time.lock().unwrap_or_else(PoisonError::into_inner);
        if self.interrupts.pending().is_some() {
            return Err(Error::Interrupted);
        }
        let prompt = clean::block(&question.prompt);
        let line = match self.asker() {
            None => {
                return Err(Error::NoTerminal {
                    wanted: question.wanted.clone(),
                    instead: question.instead.clone(),
                });
            }
            Some(Asker::Terminal(terminal)) => {
                let _asking = self.screen.ask();
                ask_on(&terminal, &prompt, question.answer, &self.interrupts)?
            }
            Some(Asker::Askpass(program)) => {
                askpass::ask(&program, prompt.trim_end(), LONGEST_ANSWER, &self.interrupts)?
            }
        };
        match line {
            Some(line) => Ok(as_text(line)?),
            None => Err(Error::NoAnswer {
                wanted: question.wanted.clone(),
                instead: question.instead.clone(),
            }),
        }
    }

    fn can_ask(&self) -> bool {
        self.asker().is_some()
    }

    fn tell(&self, from: &str, text: &str) {
        if !self.quiet {
            self.screen.tell(&clean::said(from, text, screen::width()));
        }
    }
}

fn ask_on(
    terminal: &File,
    prompt: &str,
    answer: Answer,
    interrupts: &Interrupts,
) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
    // Text may be typed ahead, but not a secret, nor a yes to something not yet read.
    let type_ahead = if answer == Answer::Text { TypeAhead::Keep } else { TypeAhead::Drop };
    let modes = modes::change(terminal, type_ahead, |modes| asking_modes(modes, answer))?;
    let (happened, events) = channel();
    let signalled = happened.clone();
    interrupts.listen(move |event| {
        // A question that has been answered no longer listens.
        let _ = signalled.send(Happened::Signal(event));
    });
    show(terminal, prompt)?;
    read_in_background(terminal, happened)?;
    let line = loop {
        match events.recv() {
            Ok(Happened::Line(line)) => break line,
            // A terminal that hangs up sends SIGHUP and SIGCONT, and the second may be seen first:
            // the writing fails then, and the reading ends it.
            Ok(Happened::Signal(Event::Resumed)) => {
                let _ = show(terminal, prompt);
            }
            Ok(Happened::Signal(Event::Ended)) | Err(_) => {
                let _ = (&*terminal).write_all(b"\n");
                return Err(Error::Interrupted);
            }
        }
    };
    // The newline that was typed was not echoed, or there was none.
    if answer == Answer::Secret || !matches!(line, Ok(Some(_))) {
        let _ = (&*terminal).write_all(b"\n");
    }
    drop(modes);
    // A terminal that hangs up ends its input as well, and the signal may arrive second.
    let ended = !matches!(line, Ok(Some(_)))
        && matches!(
            events.recv_timeout(time_to_hang_up(terminal)),
            Ok(Happened::Signal(Event::Ended))
        );
    if ended || interrupts.pending().is_some() {
        return Err(Error::Interrupted);
    }
    Ok(line?)
}

/// Lines, signals and Enter work even if another program left the terminal raw.
fn asking_modes(modes: &mut Termios, answer: Answer) {
    modes.input_modes.remove(InputModes::IGNCR | InputModes::INLCR);
    modes.input_modes.insert(InputModes::ICRNL);
    modes.output_modes.insert(OutputModes::OPOST | OutputModes::ONLCR);
    modes.local_modes.insert(LocalModes::ICANON | LocalModes::ISIG);
    if answer == Answer::Secret {
        modes.local_modes.remove(LocalModes::ECHO | LocalModes::ECHONL);
        // Ctrl-T would print a line of statistics over the question; 0xff is off (termios(4)).
        #[cfg(target_os = "macos")]
        {
            modes.special_codes[rustix::termios::SpecialCodeIndex::VSTATUS] = 0xff;
        }
    } else {
        modes.local_modes.insert(LocalModes::ECHO);
    }
}

/// From the start of the line, over anything typed before the echo went off, as ssh does.
fn show(mut terminal: &File, prompt: &str) -> io::Result<()> {
    terminal.write_all(format!("\r{prompt}").as_bytes())
}

/// Reads a line on a thread of its own: the caller can see signals meanwhile, and needs neither
/// poll(2) (macOS has none for /dev/tty) nor EINTR.
///
/// After an interrupted question the thread stays in read(2) until the program, which is ending,
/// ends.
fn read_in_background(terminal: &File, happened: Sender<Happened>) -> io::Result<()> {
    let mut terminal = terminal.try_clone()?;
    std::thread::Builder::new().name("question".into()).spawn(move || {
        // After an interrupt nobody listens.
        let _ = happened.send(Happened::Line(read_line(&mut terminal)));
    })?;
    Ok(())
}

fn read_line(input: &mut impl Read) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
    // One allocation for everything: growing would leave copies behind.
    let mut line = Zeroizing::new(vec![0; LONGEST_ANSWER + 2]);
    let mut filled = 0;
    while filled < line.len() {
        let read = match input.read(&mut line[filled..]) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            outcome => outcome?,
        };
        if read == 0 && filled == 0 {
            return Ok(None);
        }
        let end = line[filled..filled + read].iter().position(|byte| matches!(byte, b'\r' | b'\n'));
        if let Some(end) = end.map(|end| filled + end).or((read == 0).then_some(filled)) {
            line.truncate(end);
            return Ok(Some(line));
        }
        filled += read;
    }
    Ok(Some(line))
}

/// The same allocation as text.
fn as_text(mut line: Zeroizing<Vec<u8>>) -> io::Result<Zeroizing<String>> {
    if line.len() > LONGEST_ANSWER {
        let why = format!("the answer is longer than {LONGEST_ANSWER} bytes");
        return Err(io::Error::new(io::ErrorKind::InvalidInput, why));
    }
    String::from_utf8(std::mem::take(&mut *line)).map(Zeroizing::new).map_err(|error| {
        drop(Zeroizing::new(error.into_bytes()));
        io::Error::new(io::ErrorKind::InvalidData, "the answer is not UTF-8 text")
    })
}
