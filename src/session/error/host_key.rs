//! Why a server's host key is not trusted.

use std::path::PathBuf;

use crate::error::Kind;
use crate::hosts::known_hosts::{self, Origin};
use crate::keys::revoked;
use crate::quoting::shell_path;

/// The server's host key is not trusted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HostKeyError {
    /// No known_hosts file has it, and nobody accepted it.
    #[error("host key is unknown: the server presented {sent}; nothing was sent")]
    Unknown {
        /// Type and fingerprint of the server's key.
        sent: String,
        /// Why it was not accepted.
        why: NotAccepted,
    },
    /// known_hosts has another key for the host.
    #[error(
        "host key has changed: the server presented {sent}, but {}:{line} has {known}; nothing was \
        sent",
        file.display()
    )]
    Changed {
        /// The host as known_hosts names it.
        host: String,
        /// Type and fingerprint of the server's key.
        sent: String,
        /// The known_hosts file.
        file: PathBuf,
        /// The line in it, from 1.
        line: usize,
        /// Type and fingerprint of the key in that line.
        known: String,
        /// Who named that file.
        origin: Origin,
        /// The key came in a certificate; the server may have a plain key of the same type.
        in_certificate: bool,
    },
    /// known_hosts revokes the key.
    #[error(
        "host key is revoked: the server presented {sent}, which {}:{line} revokes; nothing was \
        sent",
        file.display()
    )]
    Revoked {
        /// Type and fingerprint of the server's key, or of the authority of its certificate.
        sent: String,
        /// The known_hosts file.
        file: PathBuf,
        /// The line in it, from 1.
        line: usize,
    },
    /// A file of `RevokedHostKeys` revokes the key.
    #[error(
        "host key is revoked: the server presented {sent}, which RevokedHostKeys {file:?} revokes; \
        nothing was sent"
    )]
    RevokedByFile {
        /// Type and fingerprint of the server's key.
        sent: String,
        /// The file.
        file: PathBuf,
    },
    /// A file of `RevokedHostKeys` cannot be used, so every key may be revoked.
    #[error("cannot use RevokedHostKeys {file:?}: {why}; the host key was not checked")]
    Revocations {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        why: revoked::Malformed,
    },
    /// The key proves nothing: others can sign with it too.
    #[error("host key is not safe: the server presented {sent}, and {why}; nothing was sent")]
    Broken {
        /// Type and fingerprint of the server's key, or of the authority of its certificate.
        sent: String,
        /// What is wrong with it.
        why: String,
    },
    /// A later key exchange used a key of another type.
    #[error(
        "host key changed during the connection: the server first presented {first} and then \
         {then}; the connection was closed"
    )]
    Switched {
        /// The type of key in the first key exchange.
        first: String,
        /// The type of key in the later one.
        then: String,
    },
    /// `CheckHostIP`: the address that answered has another key.
    #[error("{difference}; nothing was sent")]
    AddressDiffers {
        /// Both names, and the line that has the other key.
        difference: String,
        /// The address as known_hosts names it.
        address: String,
        /// The known_hosts file.
        file: PathBuf,
    },
    /// `KnownHostsCommand` did not do its work, so it is unknown which keys the host has.
    #[error("KnownHostsCommand {program:?} {why}; the host key was not checked")]
    Command {
        /// The program.
        program: PathBuf,
        /// What it did.
        why: String,
        /// The command as a shell would run it.
        line: String,
    },
    /// The RSA key is shorter than the configuration demands.
    #[error(
        "the server's RSA host key has {bits} bits, but RequiredRSASize is {required}; nothing was \
        sent"
    )]
    TooSmall {
        /// The length of the server's key in bits.
        bits: u32,
        /// `RequiredRSASize` in bits.
        required: u32,
    },
    /// A known_hosts file could not be read or written.
    #[error(transparent)]
    KnownHosts(#[from] known_hosts::Error),
}

/// Why an unknown host key was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAccepted {
    /// There is nobody to ask.
    NoTerminal,
    /// `StrictHostKeyChecking yes`.
    Strict,
    /// The user was asked and said no.
    Declined,
}

impl HostKeyError {
    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Unknown { .. } => Kind::HostKeyUnknown,
            Self::Changed { .. } | Self::AddressDiffers { .. } | Self::Switched { .. } => {
                Kind::HostKeyChanged
            }
            Self::Revoked { .. } | Self::RevokedByFile { .. } => Kind::HostKeyRevoked,
            Self::Revocations { .. } | Self::Command { .. } => Kind::KnownHosts,
            Self::Broken { .. } => Kind::HostKeyBroken,
            Self::TooSmall { .. } => Kind::HostKeyTooSmall,
            Self::KnownHosts(error) => crate::error::Failure::kind(error),
        }
    }

    pub(super) fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Unknown { why: NotAccepted::Declined, .. } => return None,
            Self::Unknown { .. } => {
                "verify the fingerprint with the host's administrator, then add -o \
                StrictHostKeyChecking=accept-new"
                    .into()
            }
            Self::Changed { origin: Origin::Command, .. } => {
                "verify the new fingerprint with the host's administrator; the key that it \
                replaces comes from KnownHostsCommand"
                    .into()
            }
            Self::Changed { host, file, .. } => known_hosts::if_reinstalled(host, file),
            Self::Switched { .. }
            | Self::Revoked { .. }
            | Self::RevokedByFile { .. }
            | Self::Broken { .. } => {
                "do not use this host until its administrator has explained the key".into()
            }
            Self::TooSmall { .. } => {
                "give the server a new host key, or allow this one for this host with -o \
                RequiredRSASize=1024"
                    .into()
            }
            Self::AddressDiffers { address, file, .. } => {
                known_hosts::if_reinstalled(address, file)
            }
            Self::Command { line, .. } => format!("see what it does: {line}"),
            Self::Revocations { file, why: revoked::Malformed::Line(line) } => {
                format!("fix or remove the line: sed -n {line}p {}", shell_path(file))
            }
            Self::Revocations { file, .. } => {
                format!("see what OpenSSH reads in it: ssh-keygen -Q -l -f {}", shell_path(file))
            }
            Self::KnownHosts(error) => return crate::error::Failure::hint(error),
        })
    }
}
