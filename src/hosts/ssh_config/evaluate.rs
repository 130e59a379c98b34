//! The walk through the configuration, line by line: Host, Match, Include, and who may set what.

use std::path::Path;

use super::criteria;
use super::expand::{self, Connection, Tokens};
use super::keyword::{self, Harmless, Keyword, Text};
use super::line::{self, Words};
use super::options::{Options, Placed};
use super::{Error, MAX_DEPTH, Note, Place, Surroundings, proxy, source};
use crate::hosts::destination::{check_host, check_user};
use crate::wildcard;

/// One evaluation for one destination.
pub(super) struct Evaluator<'a> {
    pub surroundings: &'a Surroundings,
    /// The host as typed.
    pub original: &'a str,
    /// What will be run there, as [`super::CommandLine::command`] has it.
    pub command: Option<&'a str>,
    /// The host that `Host` lines are held against: as typed, in the final pass as resolved.
    pub host: String,
    pub options: Options,
    /// Whether the files are read again because a line says `Match final`.
    pub final_pass: bool,
    pub wants_final_pass: bool,
    pub passed_over: Vec<Note>,
    /// The first value of each keyword that is not honoured yet.
    not_yet: Vec<(&'static str, Harmless, Placed<String>)>,
}

/// Where a line stands.
#[derive(Clone)]
pub(super) struct Scope {
    pub place: Place,
    /// Below the user's own file; the other kind belongs to the system.
    pub users: bool,
    /// Whether the lines now apply.
    pub active: bool,
    /// Included from a block that does not apply: nothing here can.
    pub never: bool,
    pub depth: usize,
}

impl<'a> Evaluator<'a> {
    pub(super) fn new(
        surroundings: &'a Surroundings,
        host: &'a str,
        command: Option<&'a str>,
    ) -> Self {
        Self {
            surroundings,
            original: host,
            command,
            host: host.to_owned(),
            options: Options::default(),
            final_pass: false,
            wants_final_pass: false,
            passed_over: Vec::new(),
            not_yet: Vec::new(),
        }
    }

    /// A `-o` text.
    pub(super) fn option(&mut self, text: &str) -> Result<(), Error> {
        let mut scope =
            Scope { place: Place::COMMAND_LINE, users: true, active: true, never: false, depth: 0 };
        self.line(text, &mut scope)
    }

    /// A whole file, and what it includes. `Ok(false)`: there is none.
    pub(super) fn file(&mut self, path: &Path, users: bool, checked: bool) -> Result<bool, Error> {
        let scope = Scope {
            place: Place { file: Some(path.to_owned()), line: 0 },
            users,
            active: true,
            never: false,
            depth: 0,
        };
        self.read(path, scope, checked)
    }

    fn read(&mut self, path: &Path, mut scope: Scope, checked: bool) -> Result<bool, Error> {
        let owner = checked.then_some(self.surroundings.uid);
        let Some(bytes) = source::read(path, owner)? else { return Ok(false) };
        for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
            scope.place = Place {
                file: Some(path.to_owned()),
                line: u32::try_from(index + 1).unwrap_or(u32::MAX),
            };
            match std::str::from_utf8(line) {
                Ok(line) if !line.contains('\0') => self.line(line, &mut scope)?,
                _ if line.trim_ascii_start().starts_with(b"#") => {}
                _ => {
                    return Err(Error::BadLine {
                        place: scope.place,
                        why: "it is not text in UTF-8",
                    });
                }
            }
        }
        Ok(true)
    }

    fn line(&mut self, text: &str, scope: &mut Scope) -> Result<(), Error> {
        let bad_line = |why| Error::BadLine { place: scope.place.clone(), why };
        let Some(line) = line::split(text).map_err(bad_line)? else { return Ok(()) };
        let Some((name, keyword)) = keyword::lookup(&line.keyword) else {
            let ignored = self.options.text(Text::IgnoreUnknown);
            if ignored
                .is_some_and(|list| wildcard::list_matches_caseless(&line.keyword, &list.value))
            {
                return Ok(());
            }
            return Err(Error::BadOption { place: scope.place.clone(), keyword: line.keyword });
        };
        let mut words = line::words(line.rest).map_err(bad_line)?;
        let fault =
            |why: String| Error::BadValue { place: scope.place.clone(), keyword: name, why };
        if line.rest.is_empty() {
            return Err(fault("its value is missing".into()));
        }
        match keyword {
            Keyword::Host | Keyword::Match | Keyword::Include if scope.place.file.is_none() => {
                return Err(fault("it is not supported as a command-line option".into()));
            }
            Keyword::Host => {
                let applies = host_applies(&self.host, &mut words).map_err(fault)?;
                scope.active = applies && !scope.never;
            }
            Keyword::Match => {
                scope.active = criteria::hold(self, words.take_all(), scope)? && !scope.never
            }
            Keyword::Include => self.include(words.take_all(), scope)?,
            Keyword::RefuseConnection => {
                let reason = words.take().map_err(fault)?;
                if scope.active {
                    return Err(Error::Refused { place: scope.place.clone(), reason });
                }
            }
            Keyword::NotYet(_) | Keyword::PassedOver => {
                self.hold_back(keyword, name, &mut words, scope)
            }
            setting => self
                .options
                .set(
                    setting,
                    (line.rest, &mut words),
                    scope.active,
                    &scope.place,
                    self.surroundings,
                )
                .map_err(fault)?,
        }
        match words.is_empty() {
            true => Ok(()),
            false => Err(Error::BadValue {
                place: scope.place.clone(),
                keyword: name,
                why: "extra arguments at end of line".into(),
            }),
        }
    }

    /// Remembers a keyword that does nothing yet: judged at the end, when its first value is known.
    fn hold_back(
        &mut self,
        keyword: Keyword,
        name: &'static str,
        words: &mut Words,
        scope: &Scope,
    ) {
        let value = words.next().unwrap_or_default();
        words.take_all();
        if !scope.active {
            return;
        }
        match keyword {
            Keyword::NotYet(_) if self.not_yet.iter().any(|(own, ..)| *own == name) => {}
            Keyword::NotYet(harmless) => {
                self.not_yet.push((name, harmless, Placed { value, place: scope.place.clone() }))
            }
            _ => {
                let note = Note::new(&scope.place, name);
                if !self.passed_over.contains(&note) {
                    self.passed_over.push(note);
                }
            }
        }
    }

    /// The first setting that applies, is not honoured yet and would change the outcome.
    pub(super) fn refuse_not_yet(&self) -> Result<(), Error> {
        let command = self
            .options
            .proxy_command
            .as_ref()
            .is_some_and(|command| !proxy::is_none(&command.value));
        let idle = |harmless: Harmless| matches!(harmless, Harmless::NoOrNoCommand) && !command;
        match self
            .not_yet
            .iter()
            .find(|(_, harmless, value)| !harmless.includes(&value.value) && !idle(*harmless))
        {
            Some((name, _, value)) => Err(self.not_honoured(&value.place, (*name).to_owned())),
            None => Ok(()),
        }
    }

    pub(super) fn not_honoured(&self, place: &Place, what: String) -> Error {
        Error::NotHonoured { place: place.clone(), what }
    }

    fn include(&mut self, names: Vec<String>, scope: &Scope) -> Result<(), Error> {
        let fault =
            |why: String| Error::BadValue { place: scope.place.clone(), keyword: "Include", why };
        for name in names {
            if name.is_empty() {
                return Err(fault("one of its values is empty".into()));
            }
            let name = self.tokens()?.percent_dollar(&name, self.surroundings).map_err(fault)?;
            if name.starts_with('~') && !scope.users {
                return Err(fault("a file of the system cannot include one by ~".into()));
            }
            let folder = match scope.users {
                true => self.surroundings.home.join(".ssh"),
                false => self.surroundings.system_folder().to_owned(),
            };
            let (home, rest) = expand::split_tilde(&name, self.surroundings).map_err(fault)?;
            for path in wildcard::glob(&home.unwrap_or(folder).join(rest)) {
                if scope.depth == MAX_DEPTH {
                    return Err(Error::TooDeep { place: scope.place.clone() });
                }
                // Opened and found empty by ssh.
                if path.is_dir() {
                    continue;
                }
                // A Host or Match in there ends with the file.
                self.read(
                    &path,
                    Scope { depth: scope.depth + 1, never: !scope.active, ..scope.clone() },
                    true,
                )?;
            }
        }
        Ok(())
    }

    /// The host as the settings so far make it, which `Match host` and Include see.
    pub(super) fn host_so_far(&self) -> Result<String, Error> {
        match self.options.text(Text::HostName) {
            Some(host) if !self.final_pass => {
                Tokens::for_host_name(&self.host).percent(&host.value).map_err(|why| {
                    Error::BadValue { place: host.place.clone(), keyword: "HostName", why }
                })
            }
            _ => Ok(self.host.clone()),
        }
    }

    /// The user as the settings so far make it.
    pub(super) fn user_so_far(&self) -> &str {
        self.options.text(Text::User).map_or(&self.surroundings.local_user, |user| &user.value)
    }

    /// Whether a command of Match exec succeeds.
    pub(super) fn runs(&self, command: &str, place: &Place) -> Result<bool, Error> {
        let fault = |why: String| Error::BadValue { place: place.clone(), keyword: "Match", why };
        let host = self.host_so_far()?;
        let user = self.user_so_far();
        // The shell reads what they bring: nothing that could be a command of its own.
        check_host(&host).and_then(|()| check_user(user)).map_err(|why| fault(why.into()))?;
        let command = self.tokens()?.percent(command).map_err(fault)?;
        (self.surroundings.run)(&command).map_err(|error| Error::Undecided {
            place: place.clone(),
            criterion: "exec",
            why: format!("the command could not be run: {error}"),
        })
    }

    /// The host of the last hop as the settings so far make it.
    pub(super) fn jump_so_far(&self) -> Option<String> {
        let jump = self.options.proxy_jump.as_ref().filter(|jump| !proxy::is_none(&jump.value))?;
        proxy::hops(&jump.value).ok()?.pop().map(|hop| hop.host().to_owned())
    }

    fn tokens(&self) -> Result<Tokens, Error> {
        let host = self.host_so_far()?;
        let jump = self.jump_so_far();
        let connection = Connection {
            original: self.original,
            host: &host,
            port: self.options.port.unwrap_or(super::DEFAULT_PORT),
            user: self.user_so_far(),
            key_name: self.options.text(Text::HostKeyAlias).map_or(&host, |alias| &alias.value),
            jump: jump.as_deref().unwrap_or_default(),
        };
        Ok(Tokens::for_connection(&connection, self.surroundings))
    }
}

/// Whether one pattern of a Host line takes the host and no negated one does. Case counts, as in
/// ssh.
fn host_applies(host: &str, words: &mut Words) -> Result<bool, String> {
    let patterns = words.take_all();
    if patterns.iter().any(String::is_empty) {
        return Err("one of its values is empty".into());
    }
    let mut applies = false;
    for pattern in &patterns {
        match pattern.strip_prefix('!') {
            Some(negated) if wildcard::matches(host, negated) => return Ok(false),
            Some(_) => {}
            None => applies |= wildcard::matches(host, pattern),
        }
    }
    Ok(applies)
}
