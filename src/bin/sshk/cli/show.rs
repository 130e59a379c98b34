//! `sshk show`.

use std::path::PathBuf;

use clap::Args;
use sshk::keys::inspect::FingerprintHash;

/// Show what is in a key file and which programs accept it
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sshk show ~/.ssh/id_rsa          type, fingerprint, format, who accepts it
  sshk show -v -E md5 server.ppk   the MD5 fingerprint and the randomart
  sshk show --json ~/.ssh/*.pub | jq -r '.fingerprint'")]
pub struct Show {
    /// Hash for the fingerprint: sha256 or md5
    ///
    /// Older servers and web pages show MD5.
    #[arg(short = 'E', value_name = "HASH", default_value = "sha256")]
    pub hash: FingerprintHash,
    /// Read the passphrase from FILE (- for standard input)
    #[arg(long, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
    /// Print results as JSON, one object per line
    #[arg(long)]
    pub json: bool,
    /// Key files, private or public, in any format
    #[arg(required = true, value_name = "KEY")]
    pub keys: Vec<PathBuf>,
}
