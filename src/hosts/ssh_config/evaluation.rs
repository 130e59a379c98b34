//! The result of the lines read so far, for one destination: what Match, Include and tokens see.

use super::assignment::Located;
use super::error::Error;
use super::expand::{Connection, Tokens};
use super::hops;
use super::keyword::Harmless;
use super::location::{IgnoredSetting, Location};
use super::options::{DEFAULT_PORT, Options};
use super::setting::Text;
use super::surroundings::Surroundings;
use super::written::WrittenLines;
use crate::hosts::destination::{check_host, check_user};
use crate::text::io_reason;

/// The evaluation of a configuration for one destination.
pub(super) struct Evaluation<'a> {
    pub surroundings: &'a Surroundings,
    /// The host as typed.
    pub original: &'a str,
    /// Where it was typed: the command line, or a ProxyJump.
    pub origin: Location,
    /// The command to run on the host; `None` for a shell, empty for a command of the program's
    /// own.
    pub command: Option<&'a str>,
    /// The host that `Host` lines are compared with: as typed, or in the final pass as resolved.
    pub host: String,
    pub options: Options,
    /// Whether the files are being read for the second time.
    pub final_pass: bool,
    pub wants_final_pass: bool,
    pub ignored: Vec<IgnoredSetting>,
    /// The lines that apply, for `-G`.
    pub written: WrittenLines,
    /// The first value of each unsupported keyword.
    pub unsupported: Vec<(&'static str, Harmless, Located<String>)>,
}

impl<'a> Evaluation<'a> {
    pub(super) fn new(
        surroundings: &'a Surroundings,
        host: &'a str,
        command: Option<&'a str>,
        origin: Location,
    ) -> Self {
        Self {
            surroundings,
            original: host,
            origin,
            command,
            host: host.to_owned(),
            options: Options::default(),
            final_pass: false,
            wants_final_pass: false,
            ignored: Vec::new(),
            written: WrittenLines::default(),
            unsupported: Vec::new(),
        }
    }

    /// The host with HostName applied, as Match host and Include see it.
    pub(super) fn host_so_far(&self) -> Result<String, Error> {
        match self.options.text(Text::HostName) {
            Some(host) if !self.final_pass => Tokens::for_host_name(&self.host)
                .percent(&host.value)
                .map_err(|why| Error::bad_value(&host.location, "HostName", why)),
            _ => Ok(self.host.clone()),
        }
    }

    pub(super) fn user_so_far(&self) -> &str {
        self.options.text(Text::User).map_or(&self.surroundings.local_user, |user| &user.value)
    }

    /// The host of the last hop of ProxyJump.
    pub(super) fn jump_so_far(&self) -> Option<String> {
        let jump = self.options.jump()?;
        hops::parse(&jump.value, &jump.location).ok()?.pop().map(|hop| hop.host().to_owned())
    }

    pub(super) fn tokens_so_far(&self) -> Result<Tokens, Error> {
        let host = self.host_so_far()?;
        let jump = self.jump_so_far();
        let connection = Connection {
            original: self.original,
            host: &host,
            port: self.options.port.unwrap_or(DEFAULT_PORT),
            user: self.user_so_far(),
            key_name: self.options.text(Text::HostKeyAlias).map_or(&host, |alias| &alias.value),
            jump: jump.as_deref().unwrap_or_default(),
        };
        Ok(Tokens::for_connection(&connection, self.surroundings))
    }

    /// Whether a command of Match exec succeeds.
    pub(super) fn succeeds(&self, command: &str, location: &Location) -> Result<bool, Error> {
        let host = self.host_so_far()?;
        let user = self.user_so_far();
        // They are inserted into a shell command, so neither may contain shell syntax.
        check_host(&host)
            .and_then(|()| check_host(self.original))
            .and_then(|()| check_user(user))
            .map_err(|why| Error::bad_value(location, "Match", why))?;
        let command = self
            .tokens_so_far()?
            .percent(command)
            .map_err(|why| Error::bad_value(location, "Match", why))?;
        (self.surroundings.run)(&command).map_err(|error| Error::Undecided {
            location: location.clone(),
            criterion: "exec",
            why: format!("cannot run the command: {}", io_reason(&error)),
        })
    }

    /// Refuses the first unsupported setting that applies and would change something.
    pub(super) fn refuse_unsupported(&self) -> Result<(), Error> {
        let has_command = self.options.proxy_command().is_some();
        for (name, harmless, value) in &self.unsupported {
            let has_no_effect = matches!(harmless, Harmless::NoOrNoCommand) && !has_command;
            if !has_no_effect && !harmless.includes(&value.value) {
                return Err(Error::Unsupported {
                    location: value.location.clone(),
                    what: (*name).to_owned(),
                });
            }
        }
        Ok(())
    }
}
