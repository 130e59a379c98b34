//! `sshk copy-id`.

use std::path::PathBuf;

use clap::Args;

use super::connection::Connection;
use super::targets::Targets;

/// Install a public key on accounts and verify that it logs in
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sshk copy-id web1                                   the key that ssh would use
  sshk copy-id -i ~/.ssh/work -p 2222 ann@web1 web2   several accounts at once
  sshk copy-id --accept-new --password-file pw --json ann@web1    for scripts")]
pub struct CopyId {
    #[command(flatten)]
    pub connection: Connection,
    /// Install without checking first whether the key already logs in
    ///
    /// A key that is already in the file is never added twice. As root, -f also writes to a file
    /// whose path another user controls.
    #[arg(short, long)]
    pub force: bool,
    /// Show what would be done, but change nothing
    #[arg(short = 'n', long)]
    pub dry_run: bool,
    /// Use SFTP only; run no command on the host
    #[arg(short, long)]
    pub sftp: bool,
    /// File on the host to add the key to [default: .ssh/authorized_keys]
    ///
    /// A relative path starts at the home directory. Without -t, if the server reads another file
    /// (AuthorizedKeysFile), the key goes there.
    #[arg(short = 't', value_name = "PATH")]
    pub target: Option<String>,
    /// Accept the host key of a host that is not in known_hosts
    ///
    /// A host key that has changed is still rejected.
    #[arg(long)]
    pub accept_new: bool,
    /// Skip the verification login
    #[arg(long)]
    pub no_verify: bool,
    /// Remove write permission that makes sshd ignore the key
    ///
    /// If group or others can write to the file, its directory or the home directory, sshd ignores
    /// the key (StrictModes). The previous permissions are printed.
    #[arg(long)]
    pub fix_perms: bool,
    /// Key to log in with, before those that ssh would try
    ///
    /// -i names the key to install. Give --login-key more than once to try several.
    #[arg(long = "login-key", value_name = "KEY")]
    pub login_keys: Vec<PathBuf>,
    /// Read the account's password from FILE (- for standard input)
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
    #[command(flatten)]
    pub targets: Targets,
}
