//! Why there is no SSH connection to a host.

use crate::error::Kind;
use crate::hosts::destination::parse_port;

/// There is no SSH connection to the host.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReachError {
    /// The host name has no address.
    #[error("could not resolve hostname {host:?}: {why}; nothing was sent")]
    Resolve {
        /// The name that was looked up.
        host: String,
        /// The resolver's words.
        why: String,
    },
    /// No address accepted a connection.
    #[error("cannot connect to {address}: {why}; nothing was sent")]
    Connect {
        /// Host and port.
        address: String,
        /// The system's words, for each address if they differ.
        why: String,
    },
    /// The program of `ProxyCommand` failed.
    #[error("ProxyCommand {why}; nothing was sent")]
    ProxyCommand {
        /// The command as the configuration has it, tokens expanded.
        command: String,
        /// What it did.
        why: String,
    },
    /// A jump host does not forward connections there.
    #[error("it refused to forward a connection to {address}: {why}; nothing was sent")]
    NotForwarded {
        /// Host and port.
        address: String,
        /// The reason of RFC 4254.
        why: &'static str,
    },
    /// Something else answered.
    #[error("{address} is not an SSH server: it sent {sent:?}")]
    NotSsh {
        /// Host and port.
        address: String,
        /// The first line, cut to a length.
        sent: String,
    },
    /// The server rejects connections from here for now.
    #[error("{address} rejected the connection: {sent:?}; nothing was sent")]
    TurnedAway {
        /// Host and port.
        address: String,
        /// What the server sent in place of its identification.
        sent: String,
    },
    /// The two sides have no algorithm in common.
    #[error("no matching {what} found; the server offers only {}", theirs.join(", "))]
    NoCommonAlgorithm {
        /// What the algorithm is for, in OpenSSH's words.
        what: &'static str,
        /// What the server offers.
        theirs: Vec<String>,
        /// The option that would allow one of them, if sshk supports any.
        option: Option<String>,
    },
    /// The configuration rules out every supported algorithm.
    #[error("{keyword} leaves no algorithm that sshk supports; did not connect")]
    NoAlgorithmLeft {
        /// The keyword of ssh_config(5).
        keyword: &'static str,
        /// What sshk supports.
        ours: Vec<&'static str>,
    },
}

impl ReachError {
    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Resolve { .. } => Kind::Name,
            Self::Connect { .. } => Kind::Connect,
            Self::ProxyCommand { .. } => Kind::ProxyCommand,
            Self::NotForwarded { .. } => Kind::NotForwarded,
            Self::NotSsh { .. } => Kind::NotSsh,
            Self::TurnedAway { .. } => Kind::Throttled,
            Self::NoCommonAlgorithm { .. } | Self::NoAlgorithmLeft { .. } => Kind::Algorithms,
        }
    }

    pub(super) fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Resolve { host, .. } => match host_and_port(host) {
                Some((host, port)) => {
                    format!("write the port as [{host}]:{port}, or with -p {port}")
                }
                None => "check the spelling of the name, or use an IP address".into(),
            },
            Self::Connect { .. } => {
                "check that the host is up and that its SSH server listens on this port (-p)".into()
            }
            Self::ProxyCommand { command, .. } => {
                format!("run the command by itself to see its output: {command}")
            }
            Self::NotForwarded { .. } => {
                "ask its administrator to allow it (AllowTcpForwarding, PermitOpen)".into()
            }
            Self::NotSsh { .. } => "give the port of its SSH server with -p".into(),
            Self::TurnedAway { .. } => {
                "too many connections, or too many failed logins from here: try again in a minute \
                (MaxStartups, PerSourcePenalties)"
                    .into()
            }
            Self::NoCommonAlgorithm { option: Some(option), .. } => format!(
                "everything it offers is outdated or excluded by the configuration; allow one for \
                 this host with {option}"
            ),
            Self::NoCommonAlgorithm { option: None, .. } => {
                "the server's SSH software is too old for sshk: update it, or use ssh for this host"
                    .into()
            }
            Self::NoAlgorithmLeft { ours, .. } => format!("sshk supports {}", ours.join(", ")),
        })
    }
}

/// The two parts of `host:port`, which ssh takes for a name as a whole.
fn host_and_port(name: &str) -> Option<(&str, u16)> {
    let (host, port) = name.split_once(':')?;
    Some((host, parse_port(port).ok()?)).filter(|_| !host.is_empty())
}
