//! `sshk revoke`.

use std::path::PathBuf;

use clap::Args;

use super::connection::Connection;
use super::targets::Targets;

/// Revoke a public key on accounts and verify that it is rejected
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sshk revoke -n -i ~/.ssh/old.pub web1     show the lines; change nothing
  sshk revoke -i ~/.ssh/old web1 ann@web2   disable them, verify that it worked
  sshk revoke --purge -i old.pub web1       and delete them from the file")]
pub struct Revoke {
    #[command(flatten)]
    pub connection: Connection,
    /// Show the lines that would be disabled, but change nothing
    #[arg(short = 'n', long)]
    pub dry_run: bool,
    /// Revoke the key even if it is the one in use or the last one
    ///
    /// Without --force, the key that logs in here and the last key that can log in are kept, and
    /// root writes to no file whose path another user controls.
    #[arg(long)]
    pub force: bool,
    /// Delete the disabled lines from the file afterwards
    #[arg(long)]
    pub purge: bool,
    /// Key to log in with, before those that ssh would try
    ///
    /// -i names the key to revoke. Give --login-key more than once to try several.
    #[arg(long = "login-key", value_name = "KEY")]
    pub login_keys: Vec<PathBuf>,
    /// Read the account's password from FILE (- for standard input)
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
    #[command(flatten)]
    pub targets: Targets,
}
