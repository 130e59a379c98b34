//! `sshk convert`.

use std::path::PathBuf;

use clap::Args;
use sshk::keys::key_file::Format;

/// Convert a key to another format, change its passphrase or comment, or repair it
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sshk convert ~/.ssh/id_rsa -m pem -f id_rsa.pem       copy for a gateway
  sshk convert server.ppk -m openssh -f ~/.ssh/server   from PuTTY
  sshk convert pasted.key --repair                      fix what pasting broke")]
pub struct Convert {
    /// Key file, in any format
    #[arg(value_name = "KEY")]
    pub key: PathBuf,
    /// Format to write: openssh, pem or pkcs8 [default: the current format]
    ///
    /// pem is PKCS#1 for RSA and SEC1 for ECDSA. PuTTY's keys and public keys are written in the
    /// openssh format unless -m says otherwise.
    #[arg(short = 'm', value_name = "FORMAT")]
    pub format: Option<Format>,
    /// Write to OUT (- for standard output) instead of replacing KEY
    ///
    /// An existing file is never overwritten.
    #[arg(short = 'f', value_name = "OUT")]
    pub out: Option<PathBuf>,
    /// New passphrase; prefer --new-passphrase-file
    ///
    /// Other users of this machine can see it in the process list; --new-passphrase-file keeps it
    /// private.
    #[arg(
        short = 'N',
        value_name = "NEW",
        allow_hyphen_values = true,
        conflicts_with_all = ["new_passphrase_file", "no_passphrase"]
    )]
    pub new_passphrase: Option<String>,
    /// Read the new passphrase from FILE (- for standard input)
    #[arg(long, value_name = "FILE", conflicts_with = "no_passphrase")]
    pub new_passphrase_file: Option<PathBuf>,
    /// Remove the passphrase
    ///
    /// Anyone who can read the file can then use the key.
    #[arg(long)]
    pub no_passphrase: bool,
    /// New comment
    #[arg(short = 'C', value_name = "COMMENT", allow_hyphen_values = true)]
    pub comment: Option<String>,
    /// Repair damage from pasting, editors and secrets stores
    ///
    /// Fixes encodings, line breaks, indentation, quotes, escapes, dashes, and text before or after
    /// the key. If part of the key itself is missing, nothing is written.
    #[arg(long)]
    pub repair: bool,
    /// As root, replace KEY even if another user controls its path
    ///
    /// That user could make the path lead to a file of root's.
    #[arg(long, conflicts_with = "out")]
    pub force: bool,
    /// Read the current passphrase from FILE (- for standard input)
    #[arg(long, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
}
