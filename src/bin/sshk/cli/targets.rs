//! The accounts that copy-id, test, revoke and audit work on, and how their results are printed.

use clap::{Args, ValueHint};
use sshk::Destination;

#[derive(Debug, Args)]
pub struct Targets {
    /// Print results as JSON, one object per line
    #[arg(long)]
    pub json: bool,
    /// host, user@host, [address]:port, ssh://user@host:port, or a Host of ssh_config
    #[arg(required = true, value_name = "DESTINATION", value_hint = ValueHint::Hostname)]
    pub destinations: Vec<Destination>,
}
