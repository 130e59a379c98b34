//! Expands `%h`, `${NAME}` and `~`: ssh_config(5), TOKENS and ENVIRONMENT VARIABLES.

use std::path::PathBuf;

use nix::unistd::User;
use sha1::{Digest, Sha1};

use super::surroundings::Surroundings;

/// The values of the percent tokens at one point of the evaluation.
pub(super) struct Tokens(Vec<(char, String)>);

/// A piece of a text that is expanded twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Text(String),
    /// A token whose value is not known yet.
    Token(char),
}

/// The parts of a connection that tokens stand for.
pub(super) struct Connection<'a> {
    /// As typed (`%n`).
    pub original: &'a str,
    pub host: &'a str,
    pub port: u16,
    pub user: &'a str,
    /// The name in known_hosts: the alias if there is one (`%k`).
    pub key_name: &'a str,
    /// The host of the last hop; empty without ProxyJump (`%j`).
    pub jump: &'a str,
}

impl Tokens {
    /// `%%`, and `%h` for the host before HostName is applied: the tokens of HostName itself.
    pub(super) fn for_host_name(host: &str) -> Self {
        Self(vec![('h', host.to_owned())])
    }

    /// The tokens of User: all but those that depend on it.
    pub(super) fn for_user(connection: &Connection<'_>, surroundings: &Surroundings) -> Self {
        let local = &surroundings.local_host;
        Self(vec![
            ('L', local.split('.').next().unwrap_or_default().to_owned()),
            ('d', surroundings.home.to_string_lossy().into_owned()),
            ('h', connection.host.to_owned()),
            ('i', surroundings.uid.to_string()),
            ('j', connection.jump.to_owned()),
            ('k', connection.key_name.to_owned()),
            ('l', local.clone()),
            ('n', connection.original.to_owned()),
            ('p', connection.port.to_string()),
            ('u', surroundings.local_user.clone()),
        ])
    }

    /// The tokens of ProxyCommand.
    pub(super) fn for_proxy(connection: &Connection<'_>) -> Self {
        Self(vec![
            ('h', connection.host.to_owned()),
            ('k', connection.key_name.to_owned()),
            ('n', connection.original.to_owned()),
            ('p', connection.port.to_string()),
            ('r', connection.user.to_owned()),
        ])
    }

    /// The tokens of most other keywords.
    pub(super) fn for_connection(connection: &Connection<'_>, surroundings: &Surroundings) -> Self {
        let mut tokens = Self::for_user(connection, surroundings);
        let Connection { host, port, user, jump, .. } = connection;
        let identity = format!("{}{host}{port}{user}{jump}", surroundings.local_host);
        // ssh's ssh_connection_hash: SHA-1 of %l%h%p%r%j in lower-case hex. It names a file and has
        // no security purpose.
        let hash =
            Sha1::digest(identity.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        tokens.0.extend([('C', hash), ('r', connection.user.to_owned())]);
        tokens
    }

    /// Those of LocalCommand: `%T` is the tunnel device, and sshk has none.
    pub(super) fn with_tunnel(&self) -> Self {
        Self(self.0.iter().cloned().chain([('T', "NONE".to_owned())]).collect())
    }

    /// The text with its percent tokens replaced.
    ///
    /// # Errors
    ///
    /// Says what is wrong with the text.
    pub(super) fn percent(&self, text: &str) -> Result<String, String> {
        self.replace(text, None)
    }

    /// [`Tokens::percent`], with `${NAME}` from the environment too. The value of a variable is not
    /// expanded again.
    pub(super) fn percent_dollar(
        &self,
        text: &str,
        surroundings: &Surroundings,
    ) -> Result<String, String> {
        self.replace(text, Some(surroundings))
    }

    /// [`Tokens::percent_dollar`], except for the tokens in `later`.
    pub(super) fn parts(
        &self,
        text: &str,
        surroundings: &Surroundings,
        later: &str,
    ) -> Result<Vec<Part>, String> {
        self.split(text, Some(surroundings), later)
    }

    fn replace(&self, text: &str, environment: Option<&Surroundings>) -> Result<String, String> {
        let parts = self.split(text, environment, "")?;
        let text = |part| match part {
            Part::Text(text) => text,
            Part::Token(_) => String::new(),
        };
        Ok(parts.into_iter().map(text).collect())
    }

    fn split(
        &self,
        text: &str,
        environment: Option<&Surroundings>,
        later: &str,
    ) -> Result<Vec<Part>, String> {
        let mut parts = Vec::new();
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            rest = &rest[c.len_utf8()..];
            match (c, environment) {
                ('%', _) => {
                    let token = rest.chars().next().ok_or("a % at the end")?;
                    rest = &rest[token.len_utf8()..];
                    match self.0.iter().find(|(name, _)| *name == token) {
                        _ if token == '%' => out.push('%'),
                        _ if later.contains(token) => {
                            parts.push(Part::Text(std::mem::take(&mut out)));
                            parts.push(Part::Token(token));
                        }
                        Some((_, value)) => out.push_str(value),
                        None => {
                            return Err(format!(
                                "the token {:?} cannot be used here",
                                format!("%{token}")
                            ));
                        }
                    }
                }
                ('$', Some(surroundings)) if rest.starts_with('{') => {
                    let (name, after) = rest[1..].split_once('}').ok_or("missing } after ${")?;
                    let value = (surroundings.env)(name).filter(|_| !name.is_empty());
                    out.push_str(
                        &value
                            .ok_or_else(|| format!("environment variable {name:?} is not set"))?,
                    );
                    rest = after;
                }
                _ => out.push(c),
            }
        }
        parts.push(Part::Text(out));
        Ok(parts)
    }

    /// A path with `~`, tokens and `${NAME}` replaced. What `~` stands for is not expanded again.
    pub(super) fn path(&self, text: &str, surroundings: &Surroundings) -> Result<PathBuf, String> {
        let (home, rest) = split_tilde(text, surroundings)?;
        let rest = self.percent_dollar(rest, surroundings)?;
        Ok(home.map_or_else(|| PathBuf::from(&rest), |home| home.join(&rest)))
    }
}

/// The home directory that a leading `~` or `~user` stands for, and what follows it.
pub(super) fn split_tilde<'a>(
    text: &'a str,
    surroundings: &Surroundings,
) -> Result<(Option<PathBuf>, &'a str), String> {
    let Some(after) = text.strip_prefix('~') else { return Ok((None, text)) };
    let (user, rest) = after.split_once('/').unwrap_or((after, ""));
    let rest = rest.trim_start_matches('/');
    if user.is_empty() || user == surroundings.local_user {
        return Ok((Some(surroundings.home.clone()), rest));
    }
    match User::from_name(user) {
        Ok(Some(account)) => Ok((Some(account.dir), rest)),
        _ => Err(format!("this machine has no user {user:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn surroundings() -> Surroundings {
        Surroundings {
            home: "/home/%h".into(),
            local_user: "ann".into(),
            uid: 1000,
            local_host: "box.example.org".into(),
            env: Box::new(|name| (name == "KEYS").then(|| "/keys/%h".to_owned())),
            system_config: "/etc/ssh/ssh_config".into(),
            shell: "/bin/sh".into(),
            run: Box::new(|_| Ok(false)),
            resolves: Box::new(|_| false),
            addresses: Box::new(|| Ok(Vec::new())),
        }
    }

    fn tokens() -> Tokens {
        let connection = Connection {
            original: "web",
            host: "web.example.org",
            port: 22,
            user: "bob",
            key_name: "alias",
            jump: "gate",
        };
        Tokens::for_connection(&connection, &surroundings())
    }

    #[test]
    fn tokens_stand_for_the_parts_of_the_connection() {
        let of = |text: &str| tokens().percent(text).unwrap();
        assert_eq!(
            of("%h %n %p %r %u %i %l %L %k [%j] %% ${KEYS}"),
            "web.example.org web 22 bob ann 1000 box.example.org box alias [gate] % ${KEYS}"
        );
        assert!(tokens().percent("%x").is_err() && tokens().percent("x%").is_err());
        assert!(Tokens::for_host_name("web").percent("%n").is_err());
    }

    #[test]
    fn a_path_is_expanded_once_and_its_home_directory_never() {
        let of = |text: &str| {
            tokens().path(text, &surroundings()).map(|path| path.to_str().unwrap().to_owned())
        };
        assert_eq!(of("~/.ssh/%r"), Ok("/home/%h/.ssh/bob".into()));
        assert_eq!(of("~ann//x"), Ok("/home/%h/x".into()));
        assert_eq!(of("${KEYS}/%p"), Ok("/keys/%h/22".into()));
        assert_eq!(of("/a/~/b"), Ok("/a/~/b".into()));
        assert_eq!(of("~root/x"), Ok("/root/x".into()));
        for text in ["${NONE}/x", "${}/x", "${KEYS", "~no-such-user/x", "%"] {
            assert!(of(text).is_err(), "{text}");
        }
    }
}
