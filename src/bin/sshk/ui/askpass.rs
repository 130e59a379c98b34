//! The program that asks if there is no terminal: `SSH_ASKPASS`, under the conditions of ssh(1)
//! (readpass.c).

use super::interrupt::{Event, Interrupts};
use sshk::prompter::Error;
use std::ffi::{OsStr, OsString};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;
use zeroize::Zeroizing;

/// Where distributions install the program; OpenSSH's own default is the last (pathnames.h).
const DEFAULT_PLACES: [&str; 3] =
    ["/usr/bin/ssh-askpass", "/usr/libexec/openssh/ssh-askpass", "/usr/X11R6/bin/ssh-askpass"];

/// What the environment says about asking, read once at the start.
#[derive(Clone, Debug, Default)]
pub struct AskpassEnv {
    display: bool,
    require: Option<Require>,
    program: Option<OsString>,
    path: OsString,
}

/// `SSH_ASKPASS_REQUIRE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Require {
    Force,
    Prefer,
    Never,
}

impl AskpassEnv {
    /// `lookup` gives a variable's value, as `std::env::var_os` does.
    pub fn from_env(lookup: impl Fn(&str) -> Option<OsString>) -> Self {
        let is_set = |name| lookup(name).is_some_and(|value| !value.is_empty());
        let require = lookup("SSH_ASKPASS_REQUIRE").and_then(|value| {
            match value.to_str()?.to_ascii_lowercase().as_str() {
                "force" => Some(Require::Force),
                "prefer" => Some(Require::Prefer),
                "never" => Some(Require::Never),
                _ => None,
            }
        });
        Self {
            display: is_set("DISPLAY") || is_set("WAYLAND_DISPLAY"),
            require,
            program: lookup("SSH_ASKPASS"),
            path: lookup("PATH").unwrap_or_default(),
        }
    }

    /// The program, if it may be asked at all. One that `SSH_ASKPASS` names is not checked, so that
    /// a wrong name is reported.
    pub fn program(&self) -> Option<PathBuf> {
        let allowed = match self.require {
            Some(Require::Force) => true,
            Some(Require::Never) => false,
            Some(Require::Prefer) | None => self.display,
        };
        if !allowed {
            return None;
        }
        match &self.program {
            Some(program) if program.is_empty() => None,
            Some(program) => Some(self.find(program).unwrap_or_else(|| program.into())),
            None => DEFAULT_PLACES.iter().map(PathBuf::from).find(|place| place.is_file()),
        }
    }

    /// Whether the program is preferred to the terminal.
    pub fn is_first(&self) -> bool {
        matches!(self.require, Some(Require::Force | Require::Prefer)) && self.program().is_some()
    }

    /// As execlp(3) does: a name without a slash is looked up in PATH.
    fn find(&self, program: &OsStr) -> Option<PathBuf> {
        if program.as_encoded_bytes().contains(&b'/') {
            return Some(program.into());
        }
        std::env::split_paths(&self.path)
            .map(|folder| folder.join(program))
            .find(|file| file.is_file())
    }
}

/// What arrives while the program runs: its answer, or the signal that ends the wait.
enum Happened {
    Output(io::Result<Zeroizing<Vec<u8>>>),
    Ended,
}

/// Runs `program` with the prompt as its one argument and gives the first line it writes; one that
/// is longer than `longest` bytes is cut, but to more than that. `None` if the program declined.
///
/// `SSH_ASKPASS_PROMPT` is not set, just as ssh sets it for none of the questions it asks while
/// connecting: under `confirm` an empty answer would have to count as yes, and
/// `SSH_ASKPASS=/bin/true` would trust every host key.
pub fn ask(
    program: &Path,
    prompt: &str,
    longest: usize,
    interrupts: &Interrupts,
) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
    let spawned = sshk::child::command(program)
        .arg(prompt)
        .env_remove("SSH_ASKPASS_PROMPT")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| {
            io::Error::new(
                error.kind(),
                format!("the askpass program {program:?} cannot be run: {error}"),
            )
        })?;
    let mut running = Running(spawned);
    let (happened, events) = channel();
    read_in_background(&mut running.0, longest, happened.clone())?;
    interrupts.listen(move |event| {
        if event == Event::Ended {
            let _ = happened.send(Happened::Ended);
        }
    });
    let output = match events.recv() {
        Ok(Happened::Output(output)) => output?,
        Ok(Happened::Ended) | Err(_) => return Err(Error::Interrupted),
    };
    // Too long is an error whatever the status, which by then is SIGPIPE's.
    if output.len() > longest {
        return Ok(Some(output));
    }
    // It may close its output long before it exits.
    let status = loop {
        if let Some(status) = running.0.try_wait()? {
            break status;
        }
        match events.recv_timeout(Duration::from_millis(20)) {
            Err(RecvTimeoutError::Timeout) => {}
            _ => return Err(Error::Interrupted),
        }
    };
    Ok(status.success().then_some(output))
}

/// A child that does not outlive the question.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn read_in_background(
    child: &mut Child,
    longest: usize,
    happened: Sender<Happened>,
) -> io::Result<()> {
    let Some(mut stdout) = child.stdout.take() else {
        return Err(io::ErrorKind::BrokenPipe.into());
    };
    std::thread::Builder::new().name("askpass".into()).spawn(move || {
        // One allocation for everything: growing would leave copies behind. One extra byte shows
        // that it is too long.
        let mut line = Zeroizing::new(vec![0; longest + 1]);
        let mut filled = 0;
        let outcome = loop {
            match stdout.read(&mut line[filled..]) {
                Ok(0) => break Ok(()),
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => break Err(error),
            }
            if filled == line.len() {
                break Ok(());
            }
        };
        let end =
            line[..filled].iter().position(|byte| matches!(byte, b'\r' | b'\n')).unwrap_or(filled);
        // After an interrupt nobody listens.
        let _ = happened.send(Happened::Output(outcome.map(|()| {
            line.truncate(end);
            line
        })));
    })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::prompt::{LONGEST_ANSWER, TerminalPrompter};
    use crate::ui::screen::Screen;
    use sshk::error::Failure;
    use sshk::prompter::{Answer, Prompter, Question};
    use std::process::Command;
    use std::sync::Arc;
    use std::time::Instant;
    use tempfile::TempDir;

    fn env(pairs: &[(&str, &str)]) -> AskpassEnv {
        let path = ("PATH", std::env::var("PATH").unwrap());
        let find = |name: &str| {
            pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        AskpassEnv::from_env(|name| {
            find(name).or((name == path.0).then(|| path.1.clone())).map(OsString::from)
        })
    }

    fn script(folder: &TempDir, text: &str) -> String {
        let file = folder.path().join("askpass").into_os_string().into_string().unwrap();
        // Another process writes the file: a descriptor open for writing, inherited by another
        // test's child, would make it "text file busy".
        let made = Command::new("sh")
            .args([
                "-c",
                "printf '#!/bin/sh\n%s\n' \"$2\" >\"$1\" && chmod 755 \"$1\"",
                "sh",
                &file,
                text,
            ])
            .status();
        assert!(made.unwrap().success());
        file
    }

    fn ask_with(env: AskpassEnv, interrupts: &Arc<Interrupts>) -> Result<String, Error> {
        let screen = Screen::new(interrupts.clone());
        let prompter =
            TerminalPrompter::new(Path::new("/nonexistent"), env, screen, interrupts.clone(), true);
        let question = Question {
            prompt: "ann@web1's\x1b[2J password: ".into(),
            answer: Answer::Secret,
            wanted: "the password of ann@web1".into(),
            instead: "give it with --password-file".into(),
        };
        prompter.ask(&question).map(|answer| answer.to_string())
    }

    fn ask_script(text: &str) -> Result<String, Error> {
        let folder = TempDir::new().unwrap();
        let file = script(&folder, text);
        ask_with(env(&[("SSH_ASKPASS", &file), ("DISPLAY", ":0")]), &Arc::default())
    }

    #[test]
    fn the_first_line_is_the_answer() {
        for (text, answer) in [
            ("echo 'hunter two'", "hunter two"),
            ("printf hunter", "hunter"),
            ("printf 'a\\r\\n'", "a"),
            ("printf 'a\\nb\\n'", "a"),
            ("printf '\\n'", ""),
            ("true", ""),
            ("printf 'a b '", "a b "),
            ("printf %s \"$#:$1\"", "1:ann@web1's password:"),
            ("printf %s \"${SSH_ASKPASS_PROMPT-unset}\"", "unset"),
            ("read it; printf 'stdin is empty: %s' \"$it\"", "stdin is empty: "),
        ] {
            assert_eq!(ask_script(text).unwrap(), answer, "{text}");
        }
    }

    #[test]
    fn a_program_that_fails_has_declined() {
        for text in ["echo hunter; exit 1", "echo hunter; kill -9 $$"] {
            let error = ask_script(text).unwrap_err();
            assert_eq!(error.to_string(), "the password of ann@web1 was asked for, but not given");
            assert_eq!(
                (error.kind().as_str(), error.hint().as_deref()),
                ("no-answer", Some("give it with --password-file"))
            );
        }
    }

    #[test]
    fn an_answer_has_a_maximum_length() {
        let longest = format!("head -c {LONGEST_ANSWER} /dev/zero | tr '\\0' x");
        assert_eq!(ask_script(&longest).unwrap(), "x".repeat(LONGEST_ANSWER));
        let error = ask_script("tr '\\0' x </dev/zero").unwrap_err();
        assert!(
            error.to_string().contains(&format!("longer than {LONGEST_ANSWER} bytes")),
            "{error}"
        );
    }

    #[test]
    fn the_end_of_the_program_ends_the_question_and_the_askpass_program() {
        for text in ["exec sleep 60", "exec sleep 60 >/dev/null"] {
            let folder = TempDir::new().unwrap();
            let pid_file = folder.path().join("pid");
            let file = script(
                &folder,
                &format!("echo $$ >'{0}.new' && mv '{0}.new' '{0}'\n{text}", pid_file.display()),
            );
            let interrupts = Arc::new(Interrupts::default());
            let since = Instant::now();
            let error = std::thread::scope(|scope| {
                let asking = scope.spawn(|| {
                    ask_with(env(&[("SSH_ASKPASS", &file), ("DISPLAY", ":0")]), &interrupts)
                });
                while !pid_file.exists() {
                    assert!(since.elapsed() < Duration::from_secs(20), "the program did not start");
                    std::thread::sleep(Duration::from_millis(5));
                }
                interrupts.end(crate::ui::Ending::Terminate);
                asking.join().unwrap().unwrap_err()
            });
            assert!(matches!(error, Error::Interrupted), "{error}");
            assert!(since.elapsed() < Duration::from_secs(20));
            let pid = std::fs::read_to_string(&pid_file)
                .unwrap()
                .trim()
                .parse()
                .ok()
                .and_then(rustix::process::Pid::from_raw)
                .unwrap();
            assert!(rustix::process::test_kill_process(pid).is_err(), "it is gone");
        }
    }

    #[test]
    fn it_is_asked_when_openssh_would_ask_it() {
        let folder = TempDir::new().unwrap();
        let file = script(&folder, "echo x");
        for (require, display, may, first) in [
            ("", "", false, false),
            ("", ":0", true, false),
            ("never", ":0", false, false),
            ("prefer", "", false, false),
            ("prefer", ":0", true, true),
            ("force", "", true, true),
            ("FORCE", "", true, true),
            ("nonsense", ":0", true, false),
            ("nonsense", "", false, false),
        ] {
            for name in ["DISPLAY", "WAYLAND_DISPLAY"] {
                let env = env(&[
                    ("SSH_ASKPASS", &file),
                    ("SSH_ASKPASS_REQUIRE", require),
                    (name, display),
                ]);
                assert_eq!(
                    (env.program().is_some(), env.is_first()),
                    (may, first),
                    "{require:?} {name}={display:?}"
                );
            }
        }
    }

    #[test]
    fn a_name_is_looked_up_in_path_and_a_wrong_one_is_reported() {
        // `echo` says its one argument.
        let answer =
            ask_with(env(&[("SSH_ASKPASS", "echo"), ("DISPLAY", ":0")]), &Arc::default()).unwrap();
        assert_eq!(answer, "ann@web1's password:");
        let error =
            ask_with(env(&[("SSH_ASKPASS", "/no/such"), ("DISPLAY", ":0")]), &Arc::default())
                .unwrap_err();
        assert!(
            error
                .to_string()
                .contains("the askpass program \"/no/such\" cannot be run: No such file"),
            "{error}"
        );
        assert_eq!(error.kind().as_str(), "io");
    }

    #[test]
    fn without_anyone_to_ask_it_fails_at_once() {
        for pairs in
            [&[][..], &[("SSH_ASKPASS", ""), ("DISPLAY", ":0")], &[("SSH_ASKPASS", "echo")]]
        {
            let error = ask_with(env(pairs), &Arc::default()).unwrap_err();
            assert_eq!(
                error.to_string(),
                "the password of ann@web1 is needed, and there is no terminal to ask on"
            );
        }
    }
}
