//! `sshk test`.

use clap::Args;

use super::connection::Connection;
use super::targets::Targets;

/// Test that a key logs in, using no other key or password
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sshk test web1                           the keys that ssh would use
  sshk test -i ~/.ssh/work ann@web1 web2   another key, several accounts
  sshk test --json web1 web2 | jq -r 'select(.error) | .destination'")]
pub struct Test {
    #[command(flatten)]
    pub connection: Connection,
    #[command(flatten)]
    pub targets: Targets,
}
