//! What a server says outside its replies to our requests, and why a connection ended.

use ssh_key::PublicKey;

use super::error::{ConnectionError, Error};
use super::step::Step;
use crate::text::is_hidden;

/// How much of a server's words a message shows, in bytes.
pub(super) const MOST_WORDS: usize = 200;

/// What the server said outside its replies.
#[derive(Default)]
pub(super) struct ServerSaid {
    /// The first bytes of the connection.
    pub(super) greeting: Vec<u8>,
    /// The text of a disconnect message.
    pub(super) disconnect: Option<String>,
    /// The last line of the last banner, cleaned and bounded; PAM's reason for refusing an account
    /// arrives as a banner.
    pub(super) banner: Option<String>,
    /// The host keys that it announced and that may be used here, until UpdateHostKeys looks at
    /// them.
    pub(super) host_keys: Option<Vec<PublicKey>>,
    /// How the connection broke if no such message came.
    pub(super) broken: Option<Error>,
}

impl ServerSaid {
    /// The identification line without unprintable characters; empty if there was none.
    pub(super) fn identification(&self) -> String {
        let lines = self.greeting.split(|&byte| byte == b'\n');
        let line = lines.into_iter().find(|line| line.starts_with(b"SSH-")).unwrap_or_default();
        line.iter()
            .filter(|byte| (b' '..=b'~').contains(byte))
            .map(|&byte| char::from(byte))
            .collect()
    }

    /// Whether the server is an OpenSSH of this release or a later one.
    pub(super) fn is_openssh(&self, release: (u32, u32)) -> bool {
        let identification = self.identification();
        let Some((_, version)) = identification.split_once("OpenSSH_") else { return false };
        let mut numbers = version.split(|c: char| !c.is_ascii_digit()).map(str::parse);
        match (numbers.next(), numbers.next()) {
            (Some(Ok(major)), Some(Ok(minor))) => (major, minor) >= release,
            _ => false,
        }
    }

    /// That the server closed the connection, with its own words, if there are any, in quotes; or
    /// why sshk did.
    pub(super) fn how_it_closed(&mut self, step: Step) -> String {
        if let Some(error) = self.fault(step) {
            return error.to_string();
        }
        let reason = self.disconnect.as_ref().map(|reason| format!(": {reason:?}"));
        format!("the server closed the connection{}", reason.unwrap_or_default())
    }

    /// What was wrong with the server's packets, if that is why the connection is gone.
    pub(super) fn fault(&mut self, step: Step) -> Option<Error> {
        let is_closed =
            |error: &Error| matches!(error, Error::Connection(ConnectionError::Closed { .. }));
        match self.disconnect {
            None => self.broken.take_if(|error| !is_closed(error)).map(|it| during(step, it)),
            Some(_) => None,
        }
    }

    /// Why an established connection is gone.
    pub(super) fn loss(&mut self) -> Error {
        let error = match (self.disconnect.clone(), self.broken.take()) {
            (None, Some(Error::Connection(ConnectionError::Closed { reason, .. }))) => {
                ConnectionError::Lost { reason }
            }
            (None, Some(error)) => return during(Step::Command, error),
            (reason, _) => ConnectionError::Lost { reason },
        };
        error.into()
    }
}

/// The error, in the step in which it occurred.
fn during(step: Step, error: Error) -> Error {
    match error {
        Error::Connection(ConnectionError::Protocol { why, .. }) => {
            ConnectionError::Protocol { step, why }.into()
        }
        Error::Connection(ConnectionError::Corrupted { .. }) => {
            ConnectionError::Corrupted { step }.into()
        }
        error => error,
    }
}

/// A server's words as one line without control characters, cut to [`MOST_WORDS`].
pub(super) fn words(said: &[u8]) -> String {
    let text = String::from_utf8_lossy(&said[..said.len().min(MOST_WORDS)]);
    let printable: String = text
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|&c| !is_hidden(c))
        .collect();
    printable.trim().to_owned()
}

/// The name of a signal that the server made up: as it is if it is one word, else in quotes.
pub(super) fn signal_name(name: &str) -> String {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || b"@._-".contains(&byte);
    if !name.is_empty() && name.bytes().all(is_word) {
        name.to_owned()
    } else {
        format!("{:?}", words(name.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_release_of_openssh_is_read_from_its_identification() {
        let is_openssh = |line: &str| {
            let said = ServerSaid { greeting: line.into(), ..ServerSaid::default() };
            said.is_openssh((8, 9))
        };
        for new in ["OpenSSH_8.9", "OpenSSH_9.2p1 Debian-2", "OpenSSH_10.5", "OpenSSH_for_x_9.0"] {
            let expected = new != "OpenSSH_for_x_9.0";
            assert_eq!(is_openssh(&format!("SSH-2.0-{new}\r\n")), expected, "{new}");
        }
        for old in ["OpenSSH_8.8p1", "OpenSSH_7.4", "OpenSSH_", "dropbear_2022.83"] {
            assert!(!is_openssh(&format!("SSH-2.0-{old}\r\n")), "{old}");
        }
    }

    #[test]
    fn what_a_server_says_as_it_closes_is_in_quotes() {
        let mut said = ServerSaid::default();
        assert_eq!(said.how_it_closed(Step::Session), "the server closed the connection");
        said.disconnect = Some("ok\nsshk: hint: run x".into());
        assert_eq!(
            said.how_it_closed(Step::Session),
            r#"the server closed the connection: "ok\nsshk: hint: run x""#
        );
    }

    #[test]
    fn a_signal_of_the_servers_own_cannot_say_more_than_a_word() {
        assert_eq!(signal_name("RTMIN1@example.org"), "RTMIN1@example.org");
        assert_eq!(signal_name("9; u@h: installed"), r#""9; u@h: installed""#);
        assert_eq!(signal_name(""), r#""""#);
    }
}
