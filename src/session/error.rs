//! How reaching an account can fail, each way under its own name, with what the server would take.

use crate::error::{Failure, Kind};
use std::path::PathBuf;
use std::time::Duration;

use super::algorithms::option_for;
use super::steps::Step;
use crate::hosts::known_hosts;
use crate::keys::identity;
use crate::prompter;

/// One destination's failure. Nothing was changed on the host unless the message says so.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    #[error("the name {host:?} does not resolve: {why}; nothing was sent")]
    Resolve { host: String, why: String },
    #[error("cannot connect to {address}: {why}; nothing was sent")]
    Connect { address: String, why: String },
    #[error("ProxyCommand {why}; nothing was sent")]
    ProxyCommand { command: String, why: String },
    #[error("jump host {hop}: {error}")]
    JumpHost { hop: String, error: Box<Error> },
    #[error("it opens no connection to {address}: {why}; nothing was sent")]
    NotForwarded { address: String, why: &'static str },
    #[error("timed out after {} s in {step}", limit.as_secs())]
    TimedOut { step: Step, limit: Duration },
    /// As on SSH_MSG_USERAUTH_PASSWD_CHANGEREQ (RFC 4252 section 8), which the network library
    /// passes over.
    #[error("the server did not say within {} s whether it takes the password; it may want it \
        changed first", limit.as_secs())]
    PasswordUnanswered { limit: Duration },
    #[error("{address} is not an SSH server: it sent {sent:?}")]
    NotSsh { address: String, sent: String },
    #[error("{address} turned the connection away: {sent:?}; nothing was sent")]
    TurnedAway { address: String, sent: String },
    #[error("the server closed the connection in \
        {step}{}", reason.as_deref().map(|it| format!(": {it:?}")).unwrap_or_default())]
    Closed { step: Step, reason: Option<String> },
    /// PAM refused the account, or logins are closed (/etc/nologin): sshd then says why in a banner
    /// and goes.
    #[error(
        "the server closed the connection in authentication; the last thing it said was {said:?}"
    )]
    Dismissed { said: String },
    #[error("connection closed by remote \
        host{}", reason.as_deref().map(|it| format!(": {it:?}")).unwrap_or_default())]
    Lost { reason: Option<String> },
    #[error("timeout, server not responding")]
    NotResponding,
    #[error("no {what} in common; the server offers only {}", theirs.join(", "))]
    NoCommonAlgorithm { what: &'static str, theirs: Vec<String> },
    #[error("{keyword} leaves nothing that sshk has; nothing was tried")]
    NoAlgorithmLeft { keyword: &'static str, ours: Vec<&'static str> },
    #[error(
        "the server's RSA key has {bits} bits, and RequiredRSASize asks for {required}; nothing \
        was sent"
    )]
    HostKeyTooSmall { bits: u32, required: u32 },
    #[error("the protocol broke off in {step}: {why}")]
    Protocol { step: Step, why: String },

    #[error("host key is unknown: the server sent {sent}; nothing was sent")]
    HostKeyUnknown { sent: String, ask: Ask },
    #[error("host key has changed: the server sent {sent}, {}:{line} has {known}; nothing was \
        sent", file.display())]
    HostKeyChanged { host: String, sent: String, file: PathBuf, line: usize, known: String },
    #[error("host key is revoked: the server sent {sent}, {}:{line} revokes it; nothing was \
        sent", file.display())]
    HostKeyRevoked { sent: String, file: PathBuf, line: usize },
    #[error(
        "host key has changed in the middle of the connection: the server began with {first} and \
        went on with {then}; it was ended"
    )]
    HostKeyTraded { first: String, then: String },
    #[error(transparent)]
    KnownHosts(#[from] known_hosts::Error),

    #[error("the key {fingerprint} was not offered: {why}")]
    NotOffered { fingerprint: String, why: String },
    #[error("the server does not take the key {fingerprint}; {}", accepts_text(accepts))]
    KeyRefused { fingerprint: String, accepts: Vec<String> },
    #[error(
        "the server would take the key {fingerprint} but refused its signature; {}",
        accepts_text(accepts)
    )]
    SignatureRefused { fingerprint: String, accepts: Vec<String> },
    #[error("the key {fingerprint} cannot sign: only its public half is here")]
    NoPrivateHalf { fingerprint: String },
    #[error(
        "the server takes the key {fingerprint} only with an SHA-1 signature, which is no longer \
        safe; nothing was signed"
    )]
    Sha1Only { fingerprint: String },
    #[error("the key was accepted, and the server also asks for {}", accepts.join(", "))]
    MoreRequired { accepts: Vec<String> },
    #[error("the server let the user in without any key, so the login proves nothing")]
    OpenDoor,
    #[error("permission denied; tried {}; {}", list_or(tried, "nothing"), accepts_text(accepts))]
    Denied { tried: Vec<String>, accepts: Vec<String> },
    #[error(
        "too many authentication failures for this server; tried {}",
        list_or(tried, "nothing")
    )]
    TooManyFailures {
        tried: Vec<String>,
        /// A password was not among them and could be.
        password_left: bool,
        /// The last try was keyboard-interactive, and the server had no question.
        asked_nothing: bool,
    },
    #[error("the agent at {socket:?} failed: {why}")]
    Agent { socket: PathBuf, why: String },
    #[error(transparent)]
    Identity(#[from] identity::Error),
    #[error(transparent)]
    Prompter(#[from] prompter::Error),

    #[error("logged in, but the server opened no session: {why}")]
    NoSession { why: String },
    #[error("logged in, but the server runs no commands for this account")]
    NoCommands,
    #[error("logged in, but the server offers no SFTP to this account")]
    NoSftp,
    #[error("logged in, but no SFTP server answered: the program in its place {}", said_text(sent))]
    NotSftp { sent: String },
    #[error("the remote command sent more than {limit} bytes; the rest was not read")]
    TooMuchOutput { limit: usize },
}

/// Why an unknown host key was not put to a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Nobody is there to ask.
    NoTerminal,
    /// `StrictHostKeyChecking yes`.
    Strict,
    /// A person said no.
    Declined,
}

impl Failure for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::Resolve { .. } => Kind::Name,
            Self::Connect { .. } => Kind::Connect,
            Self::ProxyCommand { .. } => Kind::ProxyCommand,
            Self::JumpHost { error, .. } => error.kind(),
            Self::NotForwarded { .. } => Kind::NotForwarded,
            Self::TimedOut { .. } | Self::PasswordUnanswered { .. } | Self::NotResponding => {
                Kind::Timeout
            }
            Self::NotSsh { .. } => Kind::NotSsh,
            Self::TurnedAway { .. } => Kind::Throttled,
            Self::Closed { .. } | Self::Dismissed { .. } | Self::Lost { .. } => Kind::Closed,
            Self::NoCommonAlgorithm { .. } | Self::NoAlgorithmLeft { .. } => Kind::Algorithms,
            Self::HostKeyTooSmall { .. } => Kind::HostKeyTooSmall,
            Self::Protocol { .. } => Kind::Protocol,
            Self::HostKeyUnknown { .. } => Kind::HostKeyUnknown,
            Self::HostKeyChanged { .. } | Self::HostKeyTraded { .. } => Kind::HostKeyChanged,
            Self::HostKeyRevoked { .. } => Kind::HostKeyRevoked,
            Self::KnownHosts(error) => error.kind(),
            Self::NotOffered { .. } => Kind::NotOffered,
            Self::KeyRefused { .. } => Kind::KeyRefused,
            Self::SignatureRefused { .. } | Self::Sha1Only { .. } => Kind::SignatureRefused,
            Self::NoPrivateHalf { .. } => Kind::NoPrivateKey,
            Self::MoreRequired { .. } => Kind::MoreRequired,
            Self::OpenDoor => Kind::NotProved,
            Self::Denied { .. } => Kind::PermissionDenied,
            Self::TooManyFailures { .. } => Kind::TooManyFailures,
            Self::Agent { .. } => Kind::Agent,
            Self::Identity(error) => error.kind(),
            Self::Prompter(error) => error.kind(),
            Self::NoSession { .. } | Self::NoCommands => Kind::Account,
            Self::NoSftp => Kind::NoSftp,
            Self::NotSftp { .. } => Kind::NotSftp,
            Self::TooMuchOutput { .. } => Kind::Output,
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Resolve { .. } => "check the spelling, or give the address itself".into(),
            Self::Connect { .. } => "check that the host is up and that -p names the port its SSH \
                server listens on"
                .into(),
            Self::PasswordUnanswered { .. } => {
                "log in once with ssh and set a new password; or wait longer with -o \
                ConnectTimeout=60"
                    .into()
            }
            Self::ProxyCommand { command, .. } => format!("see what it does by itself: {command}"),
            Self::JumpHost { error, .. } => return error.hint(),
            Self::NotForwarded { .. } => "ask its administrator to allow it (AllowTcpForwarding, \
                PermitOpen)"
                .into(),
            Self::TimedOut { .. } => "wait longer with -o ConnectTimeout=60".into(),
            Self::NotSsh { .. } => "name the port its SSH server listens on with -p".into(),
            Self::TurnedAway { .. } => {
                "it has too many connections, or too many failed logins from here: try again in a \
                minute (MaxStartups, PerSourcePenalties)"
                    .into()
            }
            Self::Closed { step: Step::Identification, reason: None } => {
                "it may be turning connections away for now: try again in a minute, or ask its \
                owner (MaxStartups, hosts.deny)"
                    .into()
            }
            Self::NoCommonAlgorithm { what, theirs } => match option_for(what, theirs) {
                Some(option) => {
                    format!(
                        "what it offers is no longer safe, or left out by the configuration; \
                        allow it for this host with {option}"
                    )
                }
                None => "the server's SSH software is too old for sshk: update it, or use ssh for \
                    this host"
                    .into(),
            },
            Self::NoAlgorithmLeft { ours, .. } => format!("sshk has {}", ours.join(", ")),
            Self::HostKeyTooSmall { .. } => {
                "give the server a new host key, or allow this one for this host with -o \
                RequiredRSASize=1024"
                    .into()
            }
            Self::Dismissed { .. } => "the account may be expired, or logins closed for now: ask \
                the server's administrator"
                .into(),
            Self::HostKeyUnknown { ask: Ask::Declined, .. } => return None,
            Self::HostKeyUnknown { .. } => {
                "compare the fingerprint with the host's owner's, then add -o \
                StrictHostKeyChecking=accept-new"
                    .into()
            }
            Self::HostKeyChanged { host, file, .. } => known_hosts::if_reinstalled(host, file),
            Self::HostKeyTraded { .. } | Self::HostKeyRevoked { .. } => {
                "do not use this host before its owner has explained the key".into()
            }
            Self::KnownHosts(error) => return error.hint(),
            Self::KeyRefused { accepts, .. }
                if !accepts.is_empty() && !accepts.iter().any(|method| method == "publickey") =>
            {
                "the server takes no keys for this account, or not as the first proof: ask its \
                administrator (PubkeyAuthentication, \
                 AuthenticationMethods)"
                    .into()
            }
            Self::KeyRefused { .. } => "install it first with sshk copy-id".into(),
            Self::NoPrivateHalf { .. } => "name the private file with -i, or load the key into \
                the agent with ssh-add"
                .into(),
            Self::Sha1Only { .. } => {
                "use an ed25519 key for this host (sshk keygen -t ed25519), or allow SHA-1 for it \
                with -o PubkeyAcceptedAlgorithms=+ssh-rsa"
                    .into()
            }
            Self::TooManyFailures { .. } => {
                "it counts every key that is offered: name the one it knows with -o \
                IdentityFile=FILE -o IdentitiesOnly=yes"
                    .into()
            }
            Self::Identity(error) => return error.hint(),
            Self::Prompter(error) => return error.hint(),
            Self::NoSftp => "run it again without -s".into(),
            Self::NotSftp { sent } if sent.is_empty() => "run it again without -s".into(),
            Self::NotSftp { .. } => "see what the account says before anything is asked of it: \
                ssh DESTINATION true"
                .into(),
            Self::OpenDoor => "the host accepts anybody under this user; tell its owner".into(),
            Self::Denied { .. }
            | Self::Closed { .. }
            | Self::Lost { .. }
            | Self::NotResponding
            | Self::Protocol { .. }
            | Self::SignatureRefused { .. }
            | Self::NotOffered { .. }
            | Self::MoreRequired { .. }
            | Self::Agent { .. }
            | Self::NoSession { .. }
            | Self::NoCommands
            | Self::TooMuchOutput { .. } => return None,
        };
        Some(hint)
    }
}

fn accepts_text(accepts: &[String]) -> String {
    format!("it accepts {}", list_or(accepts, "no other way to log in"))
}

fn said_text(said: &str) -> String {
    if said.is_empty() { "ended without a word".to_owned() } else { format!("said {said:?}") }
}

fn list_or(names: &[String], none: &str) -> String {
    if names.is_empty() { none.to_owned() } else { names.join(", ") }
}

/// So that the network library's handler can fail with our words.
impl From<russh::Error> for Error {
    fn from(error: russh::Error) -> Self {
        match error {
            russh::Error::NoCommonAlgo { kind, theirs, .. } => {
                Self::NoCommonAlgorithm { what: kind_word(&kind), theirs }
            }
            russh::Error::KeepaliveTimeout => Self::NotResponding,
            other => Self::Protocol { step: Step::Connect, why: other.to_string() },
        }
    }
}

fn kind_word(kind: &russh::AlgorithmKind) -> &'static str {
    match kind {
        russh::AlgorithmKind::Kex => "key exchange algorithm",
        russh::AlgorithmKind::Key => "host key algorithm",
        russh::AlgorithmKind::Cipher => "cipher",
        russh::AlgorithmKind::Mac => "MAC",
        russh::AlgorithmKind::Compression => "compression",
    }
}
