//! `sshk keygen`.

use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use sshk::keys::generate::KeyType;
use sshk::keys::key_file::Format;

/// Generate a key pair
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sshk keygen -m pem                       RSA in PEM format, for gateways
  sshk keygen -t ed25519 -f deploy -N ''   no questions: deploy and deploy.pub
  sshk keygen --if-missing -N '' --json    for scripts: only if it is missing")]
pub struct Keygen {
    /// Type of key: rsa, ed25519 or ecdsa
    ///
    /// RSA is accepted nearly everywhere. ed25519 keys are smaller and faster, but older gateways
    /// and appliances reject them. Case does not matter.
    #[arg(short = 't', value_name = "TYPE", default_value = "rsa", ignore_case = true,
          hide_possible_values = true,
          value_parser = PossibleValuesParser::new(["rsa", "ed25519", "ecdsa"])
              .try_map(|typed| typed.parse::<KeyType>()))]
    pub key_type: KeyType,
    /// Size in bits [default: 4096 for rsa, 256 for ecdsa]
    ///
    /// RSA keys have 2048 to 16384 bits, ECDSA keys 256, 384 or 521. ed25519 keys have a fixed
    /// size.
    #[arg(short, value_name = "BITS")]
    pub bits: Option<u32>,
    /// Format of the private key: openssh, pem or pkcs8
    ///
    /// openssh is the format of ssh-keygen. pem (PKCS#1 for RSA, SEC1 for ECDSA) is the one that
    /// access gateways and older programs expect; ed25519 keys have no PEM format. pkcs8 is for
    /// programs that use OpenSSL. Case does not matter.
    #[arg(short = 'm', value_name = "FORMAT", default_value = "openssh", ignore_case = true,
          hide_possible_values = true,
          value_parser = PossibleValuesParser::new(["openssh", "pem", "pkcs8"])
              .try_map(|typed| typed.parse::<Format>()))]
    pub format: Format,
    /// File to write [default: ~/.ssh/id_TYPE]
    ///
    /// The private key goes to FILE and the public key to FILE.pub.
    #[arg(short = 'f', value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Comment [default: user@host]
    ///
    /// One line of text that says whose key it is; servers ignore it.
    #[arg(short = 'C', value_name = "COMMENT", allow_hyphen_values = true)]
    pub comment: Option<String>,
    /// Passphrase, or '' for none; prefer --passphrase-file
    ///
    /// Other users of this machine can see it in the process list; --passphrase-file and the
    /// variable SSHK_PASSPHRASE keep it private.
    #[arg(
        short = 'N',
        value_name = "PASSPHRASE",
        allow_hyphen_values = true,
        conflicts_with = "passphrase_file"
    )]
    pub passphrase: Option<String>,
    /// Read the passphrase from FILE (- for standard input)
    #[arg(long, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
    /// Number of KDF rounds for an encrypted OpenSSH key [default: 24]
    ///
    /// More rounds slow down both unlocking the key and guessing its passphrase.
    #[arg(
        short = 'a', value_name = "ROUNDS",
        value_parser = clap::value_parser!(u32).range(1..=10_000)
    )]
    pub rounds: Option<u32>,
    /// If the file exists, leave it alone and exit 0
    #[arg(long, conflicts_with = "force")]
    pub if_missing: bool,
    /// Overwrite an existing key without asking
    #[arg(long)]
    pub force: bool,
    /// Print the result as a JSON object
    #[arg(long)]
    pub json: bool,
}
