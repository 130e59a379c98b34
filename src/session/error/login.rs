//! Why a server did not let the user in, with what it would accept.

use std::path::PathBuf;
use std::time::Duration;

use crate::error::{Failure, Kind};
use crate::keys::identity;

/// Keys that could not be offered, since a server allows only so many failures.
#[derive(Clone, Debug)]
pub struct Untried {
    /// Their names.
    pub names: Vec<String>,
    /// How to try the first of them.
    pub next: String,
}

/// The server did not let the user in.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoginError {
    /// The configuration, or the key itself, rules out offering it.
    #[error("the key {fingerprint} was not offered: {why}")]
    NotOffered {
        /// The key's SHA-256 fingerprint.
        fingerprint: String,
        /// What rules it out.
        why: String,
    },
    /// The server does not accept the key.
    #[error("the server rejected the key {fingerprint}; {}", accepts_text(accepts))]
    KeyRefused {
        /// The key's SHA-256 fingerprint.
        fingerprint: String,
        /// The methods that the server names instead.
        accepts: Vec<String>,
    },
    /// The server said that it would accept the key, but then did not.
    #[error(
        "the server accepted the key {fingerprint} but rejected its signature; {}",
        accepts_text(accepts)
    )]
    SignatureRefused {
        /// The key's SHA-256 fingerprint.
        fingerprint: String,
        /// The methods that the server names instead.
        accepts: Vec<String>,
    },
    /// Only the public key is available.
    #[error("cannot sign with the key {fingerprint}: its private key is not available")]
    NoPrivateKey {
        /// The key's SHA-256 fingerprint.
        fingerprint: String,
    },
    /// The server supports only RSA signatures that the configuration does not allow.
    #[error(
        "the server accepts the key {fingerprint} only with a SHA-1 signature, which is no longer \
        safe; nothing was signed"
    )]
    Sha1Only {
        /// The key's SHA-256 fingerprint.
        fingerprint: String,
    },
    /// The server accepted the key and requires more.
    #[error("the key was accepted, but the server also requires {}", accepts.join(", "))]
    MoreRequired {
        /// The methods that it names.
        accepts: Vec<String>,
    },
    /// The server asked for no proof at all.
    #[error("the server accepted the login without a key, so it proves nothing")]
    OpenDoor,
    /// The server rejected everything that could be tried.
    #[error(
        "permission denied; tried {}{}; {}",
        list_or(tried, "nothing"),
        untried_text(untried),
        accepts_text(accepts)
    )]
    Denied {
        /// What was tried, keys with their names.
        tried: Vec<String>,
        /// The keys that there was no room for.
        untried: Option<Untried>,
        /// The methods that the server accepts.
        accepts: Vec<String>,
        /// The server accepts keys, and the configuration allows offering them.
        takes_keys: bool,
    },
    /// The server hung up after as many failures as it allows (`MaxAuthTries`).
    #[error(
        "too many authentication failures; tried {}{}",
        list_or(tried, "nothing"),
        untried_text(untried)
    )]
    TooManyFailures {
        /// What was tried, keys with their names.
        tried: Vec<String>,
        /// The keys that there was no room for.
        untried: Option<Untried>,
    },
    /// There was no answer to a password, as after SSH_MSG_USERAUTH_PASSWD_CHANGEREQ (RFC 4252
    /// section 8), which the network library ignores.
    #[error(
        "the server did not say within {} s whether it accepts the password; it may require a \
        new password first",
        limit.as_secs()
    )]
    PasswordUnanswered {
        /// The time limit for the answer.
        limit: Duration,
    },
    /// PAM refused the account, or logins are closed (/etc/nologin): sshd then says why in a banner
    /// and hangs up.
    #[error(
        "the server closed the connection during authentication; its last message was {said:?}"
    )]
    Dismissed {
        /// The last line of its last banner.
        said: String,
    },
    /// The private key is here, but no signature can be made with it.
    #[error("cannot sign with the key {fingerprint}: {why}")]
    CannotSign {
        /// The key's SHA-256 fingerprint.
        fingerprint: String,
        /// What rules it out.
        why: String,
    },
    /// The agent failed.
    #[error("the agent at {socket:?} failed: {why}")]
    Agent {
        /// The agent's socket.
        socket: PathBuf,
        /// What it did.
        why: String,
    },
    /// The key's file could not be used.
    #[error(transparent)]
    Identity(#[from] identity::Error),
}

impl LoginError {
    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::NotOffered { .. } => Kind::NotOffered,
            Self::KeyRefused { .. } => Kind::KeyRefused,
            Self::SignatureRefused { .. } | Self::Sha1Only { .. } => Kind::SignatureRefused,
            Self::NoPrivateKey { .. } => Kind::NoPrivateKey,
            Self::MoreRequired { .. } => Kind::MoreRequired,
            Self::OpenDoor => Kind::NotProved,
            Self::Denied { .. } => Kind::PermissionDenied,
            Self::TooManyFailures { .. } => Kind::TooManyFailures,
            Self::PasswordUnanswered { .. } => Kind::Timeout,
            Self::Dismissed { .. } => Kind::Closed,
            Self::CannotSign { .. } => Kind::UnsupportedKey,
            Self::Agent { .. } => Kind::Agent,
            Self::Identity(error) => error.kind(),
        }
    }

    pub(super) fn hint(&self) -> Option<String> {
        Some(match self {
            Self::KeyRefused { accepts, .. }
                if !accepts.is_empty() && !accepts.iter().any(|method| method == "publickey") =>
            {
                "the server accepts no keys for this account, or not as the first method: ask its \
                administrator (PubkeyAuthentication, AuthenticationMethods)"
                    .into()
            }
            Self::KeyRefused { .. } => {
                "install it, or find out why it is rejected: sshk copy-id DESTINATION".into()
            }
            Self::NoPrivateKey { .. } => {
                "give the private key file with -i, or load the key into the agent with ssh-add"
                    .into()
            }
            Self::Sha1Only { .. } => {
                "use an ed25519 key for this host (sshk keygen -t ed25519), or allow SHA-1 for it \
                with -o PubkeyAcceptedAlgorithms=+ssh-rsa"
                    .into()
            }
            Self::OpenDoor => {
                "anyone can log in to the host as this user: tell its administrator".into()
            }
            Self::Denied { untried: Some(untried), .. }
            | Self::TooManyFailures { untried: Some(untried), .. } => untried.next.clone(),
            Self::TooManyFailures { untried: None, .. } => {
                "every key that is offered counts as an attempt: leave out those that only the \
                agent names, with -o IdentitiesOnly=yes"
                    .into()
            }
            Self::PasswordUnanswered { .. } => {
                "log in once with ssh to set a new password, or allow more time with -o \
                ConnectTimeout=60"
                    .into()
            }
            Self::Dismissed { .. } => {
                "the account may have expired, or logins may be closed: ask the server's \
                administrator"
                    .into()
            }
            Self::Identity(error) => return error.hint(),
            Self::NotOffered { .. }
            | Self::SignatureRefused { .. }
            | Self::MoreRequired { .. }
            | Self::Denied { untried: None, .. }
            | Self::CannotSign { .. }
            | Self::Agent { .. } => return None,
        })
    }
}

fn accepts_text(accepts: &[String]) -> String {
    format!("it accepts {}", list_or(accepts, "no other method"))
}

fn untried_text(untried: &Option<Untried>) -> String {
    untried
        .as_ref()
        .map(|keys| format!("; not tried: {}", keys.names.join(", ")))
        .unwrap_or_default()
}

fn list_or(names: &[String], none: &str) -> String {
    if names.is_empty() { none.to_owned() } else { names.join(", ") }
}
