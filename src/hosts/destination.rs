//! What a user types for a host. Pure: nothing is looked up here, and it is printed exactly as it
//! was typed.

use crate::error::{Failure, Kind};
use std::fmt;
use std::str::FromStr;

/// `host`, `user@host`, `[::1]:2222`, `ssh://[user@]host[:port]`, or an alias from ssh_config, as
/// `ssh` takes it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Destination {
    typed: String,
    user: Option<String>,
    host: String,
    port: Option<u16>,
}

/// Why a text is not a destination. Nothing has been looked up or run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("{typed:?} is not a destination: {why}")]
    Malformed { typed: String, why: &'static str },
}

impl Failure for Error {
    fn kind(&self) -> Kind {
        Kind::Destination
    }

    fn hint(&self) -> Option<String> {
        Some("give host, user@host, [address]:port or ssh://user@host:port".into())
    }
}

impl Destination {
    /// The user before the `@`, where there is one.
    pub fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// The host or alias, without brackets; ssh_config decides what it stands for.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, where the text names one.
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
        match typed.strip_prefix("ssh://") {
            Some(_) => Self::jump_host(typed),
            None => Self::parse(typed, typed, false),
        }
    }
}

impl Destination {
    /// A host of ProxyJump, `[user@]host[:port]` or a URI: there, a colon starts the port as in a
    /// URI.
    pub fn jump_host(typed: &str) -> Result<Self, Error> {
        let rest = typed
            .strip_prefix("ssh://")
            .map_or(typed, |rest| rest.strip_suffix('/').unwrap_or(rest));
        Self::parse(typed, rest, true)
    }

    fn parse(typed: &str, rest: &str, has_port: bool) -> Result<Self, Error> {
        let fail = |why| Error::Malformed { typed: typed.to_owned(), why };
        // The last `@`, as ssh does: a user may hold one (`ann@example.org@gateway`).
        let (user, place) = match rest.rsplit_once('@') {
            Some((user, place)) => (Some(user), place),
            None => (None, rest),
        };
        let (host, port) = match place.strip_prefix('[') {
            Some(bracketed) => {
                let (host, after) =
                    bracketed.split_once(']').ok_or_else(|| fail("the bracket is not closed"))?;
                match after.strip_prefix(':') {
                    Some(port) => (host, Some(port)),
                    None if after.is_empty() => (host, None),
                    None => return Err(fail("only :port may follow the bracket")),
                }
            }
            // Elsewhere a colon belongs to the host, as for ssh: a bare IPv6 address.
            None if has_port => match place.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (place, None),
            },
            None => (place, None),
        };
        if let Some(user) = user {
            check_user(user).map_err(fail)?;
        }
        check_host(host).map_err(fail)?;
        let port = port.map(parse_port).transpose().map_err(fail)?;
        Ok(Self {
            typed: typed.to_owned(),
            user: user.map(str::to_owned),
            host: host.to_owned(),
            port,
        })
    }
}

/// A TCP port, 1 to 65535.
pub fn parse_port(text: &str) -> Result<u16, &'static str> {
    match text.parse() {
        Ok(port) if port > 0 && text.bytes().all(|byte| byte.is_ascii_digit()) => Ok(port),
        _ => Err("the port must be a number from 1 to 65535"),
    }
}

/// Refuses user names that a shell, a log or an option parser could read as something else
/// (CVE-2023-51385 and its kind).
pub fn check_user(user: &str) -> Result<(), &'static str> {
    if user.is_empty() {
        return Err("the user is empty");
    }
    if user.starts_with('-') {
        return Err("the user starts with a dash");
    }
    if user.chars().any(is_unsafe) {
        return Err("the user holds a blank, a control character or a shell metacharacter");
    }
    Ok(())
}

/// Refuses host names for the same reasons as [`check_user`].
pub fn check_host(host: &str) -> Result<(), &'static str> {
    if host.is_empty() {
        return Err("the host is empty");
    }
    if host.starts_with('-') {
        return Err("the host starts with a dash");
    }
    if host.chars().any(|c| is_unsafe(c) || matches!(c, '/' | '@' | '[' | ']')) {
        return Err(
            "the host holds a blank, a control character, a slash or a shell metacharacter",
        );
    }
    Ok(())
}

fn is_unsafe(c: char) -> bool {
    c.is_control() || c.is_whitespace() || "'`\"$\\;&<>|(){}*?!#".contains(c)
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
    fn takes_what_ssh_takes() {
        let some = |s: &str| Some(s.to_owned());
        assert_eq!(parts("web1"), (None, "web1".into(), None));
        assert_eq!(parts("ann@web1"), (some("ann"), "web1".into(), None));
        assert_eq!(parts("a@b@web1"), (some("a@b"), "web1".into(), None));
        assert_eq!(parts("::1"), (None, "::1".into(), None));
        assert_eq!(parts("fe80::1%eth0"), (None, "fe80::1%eth0".into(), None));
        assert_eq!(parts("[::1]:2222"), (None, "::1".into(), Some(2222)));
        assert_eq!(parts("ann@[::1]"), (some("ann"), "::1".into(), None));
        assert_eq!(parts("ssh://ann@web1:22/"), (some("ann"), "web1".into(), Some(22)));
        assert_eq!(parts("ssh://[::1]:22"), (None, "::1".into(), Some(22)));
    }

    #[test]
    fn refuses_what_could_be_read_as_something_else() {
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
            "web1/x",
            "-l@web1",
            "a|b",
            "a\\b",
        ] {
            assert!(typed.parse::<Destination>().is_err(), "{typed:?}");
        }
    }
}
