//! What can happen to a connection at any stage.

use std::time::Duration;

use crate::error::Kind;
use crate::session::step::Step;

/// The connection failed, at whatever stage.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectionError {
    /// A step took longer than its time limit.
    #[error("timed out after {} s during {step}", limit.as_secs())]
    TimedOut {
        /// The step that ran.
        step: Step,
        /// Its time limit.
        limit: Duration,
    },
    /// The server closed the connection before it was established.
    #[error("the server closed the connection during {step}{}", after_colon(reason))]
    Closed {
        /// The step that ran.
        step: Step,
        /// The server's words, if it said why.
        reason: Option<String>,
    },
    /// The server closed an established connection.
    #[error("connection closed by remote host{}", after_colon(reason))]
    Lost {
        /// The server's words, if it said why.
        reason: Option<String>,
    },
    /// The server stopped answering (`ServerAliveInterval`).
    #[error("timeout, server not responding")]
    NotResponding,
    /// The server sent text that is not UTF-8, as RFC 4252 section 5.4 and RFC 4256 require. The
    /// network library cannot read it and gives up the connection.
    #[error(
        "the server sent a banner, a question or a message that is not UTF-8, which sshk cannot \
        read, so it ended the connection"
    )]
    NotUtf8,
    /// A packet is not the one that the server sent: its MAC, or the tag of its cipher, is wrong.
    #[error(
        "corrupted MAC on input during {step}: what the server sent was changed on its way, so \
        sshk closed the connection"
    )]
    Corrupted {
        /// The step that ran.
        step: Step,
    },
    /// The server sent something that the protocol does not allow.
    #[error("protocol error during {step}: {why}")]
    Protocol {
        /// The step that ran.
        step: Step,
        /// What was wrong.
        why: String,
    },
}

impl ConnectionError {
    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::TimedOut { .. } | Self::NotResponding => Kind::Timeout,
            Self::Closed { .. } | Self::Lost { .. } => Kind::Closed,
            Self::NotUtf8 | Self::Corrupted { .. } | Self::Protocol { .. } => Kind::Protocol,
        }
    }

    pub(super) fn hint(&self) -> Option<String> {
        match self {
            Self::TimedOut { .. } => Some("allow more time with -o ConnectTimeout=60".into()),
            Self::Closed { step: Step::Identification, reason: None } => Some(
                "the server may be limiting connections: try again in a minute, or ask its \
                administrator (MaxStartups, hosts.deny)"
                    .into(),
            ),
            Self::NotUtf8 => Some(
                "use ssh for this host, or ask its administrator to save the text as UTF-8 (Banner \
                in sshd_config, or what PAM prints)"
                    .into(),
            ),
            Self::Corrupted { .. } => Some(
                "try again; if it happens again, a device on the way damages data, or somebody \
                changes it: use another network"
                    .into(),
            ),
            Self::Closed { .. }
            | Self::Lost { .. }
            | Self::NotResponding
            | Self::Protocol { .. } => None,
        }
    }
}

fn after_colon(reason: &Option<String>) -> String {
    reason.as_ref().map(|reason| format!(": {reason:?}")).unwrap_or_default()
}
