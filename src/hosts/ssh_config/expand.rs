//! What `%h`, `${NAME}` and `~` stand for: ssh_config(5) TOKENS and ENVIRONMENT VARIABLES.

use std::path::PathBuf;

use sha1::{Digest, Sha1};

use super::Surroundings;

/// The values of the percent tokens at one point of the evaluation.
pub(super) struct Tokens(Vec<(char, String)>);

/// What of the connection the tokens tell.
pub(super) struct Connection<'a> {
    /// As typed (`%n`).
    pub original: &'a str,
    pub host: &'a str,
    pub port: u16,
    pub user: &'a str,
    /// The host key's name: the alias where there is one (`%k`).
    pub key_name: &'a str,
    /// The host of the last hop; empty without ProxyJump (`%j`).
    pub jump: &'a str,
}

impl Tokens {
    /// `%%`, and `%h` as the host stands before HostName is applied: all that HostName itself may
    /// hold.
    pub(super) fn for_host_name(host: &str) -> Self {
        Self(vec![('h', host.to_owned())])
    }

    /// Everything but what User itself decides.
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

    /// What ProxyCommand accepts.
    pub(super) fn for_proxy(connection: &Connection<'_>) -> Self {
        Self(vec![
            ('h', connection.host.to_owned()),
            ('k', connection.key_name.to_owned()),
            ('n', connection.original.to_owned()),
            ('p', connection.port.to_string()),
            ('r', connection.user.to_owned()),
        ])
    }

    /// All that most keywords accept.
    pub(super) fn for_connection(connection: &Connection<'_>, surroundings: &Surroundings) -> Self {
        let mut tokens = Self::for_user(connection, surroundings);
        let Connection { host, port, user, jump, .. } = connection;
        let identity = format!("{}{host}{port}{user}{jump}", surroundings.local_host);
        // ssh's ssh_connection_hash: SHA-1 of %l%h%p%r%j in lower-case hex, a file name and not a
        // protection.
        let hash =
            Sha1::digest(identity.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        tokens.0.extend([('C', hash), ('r', connection.user.to_owned())]);
        tokens
    }

    /// The text with its percent tokens replaced. `Err` says what is wrong with it.
    pub(super) fn percent(&self, text: &str) -> Result<String, String> {
        self.replace(text, None)
    }

    /// [`Tokens::percent`], and `${NAME}` from the environment too. What an environment variable
    /// brings is not expanded again.
    pub(super) fn percent_dollar(
        &self,
        text: &str,
        surroundings: &Surroundings,
    ) -> Result<String, String> {
        self.replace(text, Some(surroundings))
    }

    fn replace(&self, text: &str, environment: Option<&Surroundings>) -> Result<String, String> {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            rest = &rest[c.len_utf8()..];
            match (c, environment) {
                ('%', _) => {
                    let token = rest.chars().next().ok_or("a % stands at its end")?;
                    rest = &rest[token.len_utf8()..];
                    match self.0.iter().find(|(name, _)| *name == token) {
                        _ if token == '%' => out.push('%'),
                        Some((_, value)) => out.push_str(value),
                        None => {
                            return Err(format!(
                                "it cannot hold the token {:?}",
                                format!("%{token}")
                            ));
                        }
                    }
                }
                ('$', Some(surroundings)) if rest.starts_with('{') => {
                    let (name, after) = rest[1..].split_once('}').ok_or("a ${ is not closed")?;
                    let value = (surroundings.env)(name).filter(|_| !name.is_empty());
                    out.push_str(
                        &value.ok_or_else(|| {
                            format!("the environment variable {name:?} is not set")
                        })?,
                    );
                    rest = after;
                }
                _ => out.push(c),
            }
        }
        Ok(out)
    }

    /// A path with `~`, tokens and `${NAME}` replaced. The home folder itself is taken as it is.
    pub(super) fn path(&self, text: &str, surroundings: &Surroundings) -> Result<PathBuf, String> {
        let (home, rest) = split_tilde(text, surroundings)?;
        let rest = self.percent_dollar(rest, surroundings)?;
        Ok(home.map_or_else(|| PathBuf::from(&rest), |home| home.join(&rest)))
    }
}

/// The home that a leading `~` or `~user` names, and what follows it.
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
    match home_of(user) {
        Some(home) => Ok((Some(home), rest)),
        None => Err(format!("there is no user {user:?} on this machine")),
    }
}

/// passwd(5): the sixth field.
fn home_of(user: &str) -> Option<PathBuf> {
    let accounts = super::source::read(std::path::Path::new("/etc/passwd"), None).ok()??;
    String::from_utf8_lossy(&accounts).lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next() == Some(user)).then(|| fields.nth(4).map(PathBuf::from)).flatten()
    })
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
    fn tokens_tell_the_connection() {
        let of = |text: &str| tokens().percent(text).unwrap();
        assert_eq!(
            of("%h %n %p %r %u %i %l %L %k [%j] %% ${KEYS}"),
            "web.example.org web 22 bob ann 1000 box.example.org box alias [gate] % ${KEYS}"
        );
        assert!(tokens().percent("%x").is_err() && tokens().percent("x%").is_err());
        assert!(Tokens::for_host_name("web").percent("%n").is_err());
    }

    #[test]
    fn a_path_is_expanded_once_and_its_home_never() {
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
