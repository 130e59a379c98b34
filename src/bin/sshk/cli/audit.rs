//! `sshk audit`.

use std::path::PathBuf;

use clap::Args;

use super::connection::Connection;
use super::targets::Targets;

/// List the keys that can log in to accounts, and report problems with them
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sshk audit ann@web1                    every key, line by line
  sshk audit --strict web1 web2          for a nightly job
  sshk audit --json web1 | jq -r 'select(.status == \"dead\") | .line'

Exit status: 0 if every account was read; 1 if at least one was not or, with
--strict, if there are findings (remarks do not count); 2 for wrong usage; 130
if interrupted.")]
pub struct Audit {
    #[command(flatten)]
    pub connection: Connection,
    /// Exit 1 if there are findings; remarks do not count
    #[arg(long)]
    pub strict: bool,
    /// Read the account's password from FILE (- for standard input)
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
    #[command(flatten)]
    pub targets: Targets,
}
