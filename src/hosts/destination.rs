//! What a user types for a host. Nothing is looked up here, and it is printed exactly as typed.

use std::fmt;
use std::str::FromStr;

use crate::error::{Failure, Kind};

/// `host`, `user@host`, `[::1]:2222`, `ssh://[user@]host[:port]`, or an alias from ssh_config, as
/// in ssh(1).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Destination {
    typed: String,
    user: Option<String>,
    host: String,
    port: Option<u16>,
}

/// Why a text is not a valid destination.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It is malformed or contains unsafe characters.
    #[error("{typed:?} is not a valid destination: {why}")]
    Malformed {
        /// The text as typed.
        typed: String,
        /// What is wrong with it.
        why: &'static str,
    },
}

impl Failure for Error {
    fn kind(&self) -> Kind {
        Kind::Destination
    }

    fn hint(&self) -> Option<String> {
        Some("use host, user@host, [address]:port or ssh://user@host:port".into())
    }
}

impl Destination {
    /// The user before the `@`, if there is one.
    pub fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// The host or alias, without brackets. ssh_config decides what it stands for.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, if the text has one.
    pub fn port(&self) -> Option<u16> {
        self.port
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.typed)
    }
}

impl FromStr for Destination {
    type Err = Error;

    fn from_str(typed: &str) -> Result<Self, Error> {
        if typed.starts_with("ssh://") {
            Self::jump_host(typed)
        } else {
            Self::parse(typed, typed, false)?.checked()
        }
    }
}

impl Destination {
    /// Parses a host of ProxyJump, `[user@]host[:port]` or a URI. Unlike elsewhere, a colon starts
    /// the port even without brackets.
    ///
    /// # Errors
    ///
    /// If the text is not a valid destination.
    pub fn jump_host(typed: &str) -> Result<Self, Error> {
        Self::configured_jump_host(typed)?.checked()
    }

    /// [`Destination::jump_host`] for a configuration file, which may name a host that only its own
    /// `Host` block makes safe: as in ssh, the characters are not checked.
    ///
    /// # Errors
    ///
    /// If the text is malformed.
    pub(super) fn configured_jump_host(typed: &str) -> Result<Self, Error> {
        let rest = typed
            .strip_prefix("ssh://")
            .map_or(typed, |rest| rest.strip_suffix('/').unwrap_or(rest));
        let hop = Self::parse(typed, rest, true)?;
        let is_separator = |c: char| c.is_ascii_control() || c.is_ascii_whitespace() || c == '/';
        match hop.host() {
            "" => Err("the host name is empty"),
            host if host.contains(is_separator) => {
                Err("the host name contains whitespace, a control character or a slash")
            }
            _ if hop.user() == Some("") => Err("the user name is empty"),
            _ => Ok(hop),
        }
        .map_err(|why| Error::Malformed { typed: typed.to_owned(), why })
    }

    /// Refuses unsafe characters.
    fn checked(self) -> Result<Self, Error> {
        let user = self.user().map_or(Ok(()), check_user);
        match user.and_then(|()| check_host(self.host())) {
            Ok(()) => Ok(self),
            Err(why) => Err(Error::Malformed { typed: self.typed, why }),
        }
    }

    fn parse(typed: &str, rest: &str, has_port: bool) -> Result<Self, Error> {
        let fail = |why| Error::Malformed { typed: typed.to_owned(), why };
        // The last `@`, as in ssh: a user name may contain one (`ann@example.org@gateway`).
        let (user, address) = match rest.rsplit_once('@') {
            Some((user, address)) => (Some(user), address),
            None => (None, rest),
        };
        let (host, port) = match address.strip_prefix('[') {
            Some(bracketed) => {
                let (host, after) = bracketed.split_once(']').ok_or_else(|| fail("missing ]"))?;
                match after.strip_prefix(':') {
                    Some(port) => (host, Some(port)),
                    None if after.is_empty() => (host, None),
                    None => return Err(fail("only :port can follow the ]")),
                }
            }
            None if has_port => match address.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (address, None),
            },
            // As in ssh, a colon is part of a bare IPv6 address.
            None => (address, None),
        };
        let port = port.map(parse_port).transpose().map_err(fail)?;
        Ok(Self {
            typed: typed.to_owned(),
            user: user.map(str::to_owned),
            host: host.to_owned(),
            port,
        })
    }
}

/// Parses a TCP port.
///
/// # Errors
///
/// If it is not a number from 1 to 65535.
pub fn parse_port(text: &str) -> Result<u16, &'static str> {
    match text.parse() {
        Ok(port) if port > 0 && text.bytes().all(|byte| byte.is_ascii_digit()) => Ok(port),
        _ => Err("the port must be a number from 1 to 65535"),
    }
}

/// Refuses user names that a shell, a log or an option parser could read as something else
/// (CVE-2023-51385, CVE-2025-61984), as `valid_ruser` in OpenSSH's ssh.c does. Spaces and
/// backslashes are part of some names: `DOMAIN\user`.
///
/// # Errors
///
/// Says why the name is unsafe.
pub fn check_user(user: &str) -> Result<(), &'static str> {
    if user.is_empty() {
        return Err("the user name is empty");
    }
    if user.starts_with('-') {
        return Err("the user name starts with a dash");
    }
    if user.chars().any(|c| c.is_ascii_control() || "'`\";&<>|(){}".contains(c)) {
        return Err("the user name contains a control character or a shell metacharacter");
    }
    if user.contains(" -") {
        return Err("the user name has a dash after a space");
    }
    if user.ends_with('\\') {
        return Err("the user name ends with a backslash");
    }
    Ok(())
}

/// Refuses host names for the same reasons, as `valid_hostname` in OpenSSH's ssh.c does.
///
/// # Errors
///
/// Says why the name is unsafe.
pub fn check_host(host: &str) -> Result<(), &'static str> {
    if host.is_empty() {
        return Err("the host name is empty");
    }
    if host.starts_with('-') {
        return Err("the host name starts with a dash");
    }
    let is_unsafe = |c: char| {
        c.is_ascii_control() || c.is_ascii_whitespace() || "'`\"$\\;&<>|(){},".contains(c)
    };
    if host.chars().any(is_unsafe) {
        return Err(
            "the host name contains whitespace, a control character or a shell metacharacter",
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(typed: &str) -> (Option<String>, String, Option<u16>) {
        let it: Destination = typed.parse().unwrap();
        assert_eq!(it.to_string(), typed);
        (it.user, it.host, it.port)
    }

    #[test]
    fn destinations_are_parsed_as_in_ssh() {
        let some = |s: &str| Some(s.to_owned());
        assert_eq!(parts("web1"), (None, "web1".into(), None));
        assert_eq!(parts("ann@web1"), (some("ann"), "web1".into(), None));
        assert_eq!(parts("a@b@web1"), (some("a@b"), "web1".into(), None));
        assert_eq!(parts("CORP\\ann@web1"), (some("CORP\\ann"), "web1".into(), None));
        assert_eq!(parts("Ann Lee@web1"), (some("Ann Lee"), "web1".into(), None));
        assert_eq!(parts("a$b@web1"), (some("a$b"), "web1".into(), None));
        assert_eq!(parts("::1"), (None, "::1".into(), None));
        assert_eq!(parts("fe80::1%eth0"), (None, "fe80::1%eth0".into(), None));
        assert_eq!(parts("[::1]:2222"), (None, "::1".into(), Some(2222)));
        assert_eq!(parts("ann@[::1]"), (some("ann"), "::1".into(), None));
        assert_eq!(parts("ssh://ann@web1:22/"), (some("ann"), "web1".into(), Some(22)));
        assert_eq!(parts("ssh://[::1]:22"), (None, "::1".into(), Some(22)));
    }

    #[test]
    fn what_could_be_read_as_something_else_is_refused() {
        for typed in [
            "",
            "@web1",
            "-oProxyCommand=x",
            "ann@-x",
            "$(x)@web1",
            "ann@$(x)",
            "a b",
            "we\nb",
            "a;b",
            "`x`",
            "a'b",
            "[::1",
            "[::1]x",
            "[::1]:",
            "[::1]:0",
            "ssh://web1:70000",
            "ssh://web1:+22",
            "ssh://",
            "a -b@web1",
            "a\\@web1",
            "a,b",
            "-l@web1",
            "a|b",
            "a\\b",
        ] {
            assert!(typed.parse::<Destination>().is_err(), "{typed:?}");
        }
    }
}
