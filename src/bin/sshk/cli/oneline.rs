//! `sshk oneline`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// Print a private key on one line, for a configuration file
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sshk oneline ~/.ssh/id_rsa                         \"privateKey\": \"-----BEGIN\"
  sshk oneline ~/.ssh/id_rsa --into config.json      store it at user.privateKey
  sshk oneline ~/.ssh/id_rsa --as env --name GW_KEY  a line for a .env file
  sshk oneline pasted.txt --decode                   restore the key file")]
pub struct Oneline {
    /// Private key file, or - for standard input [default: the only key in ~/.ssh]
    #[arg(value_name = "KEY")]
    pub key: Option<PathBuf>,
    /// Output format
    #[arg(long = "as", value_name = "FORM", default_value = "member")]
    pub form: OnelineForm,
    /// Name of the member or variable [default: privateKey or PRIVATE_KEY]
    ///
    /// PRIVATE_KEY is the default for env and sh.
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Store the key in this JSON file instead of printing it
    ///
    /// Every other byte of the file is kept. If the file is missing, it is created with mode 0600.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["form", "name"])]
    pub into: Option<PathBuf>,
    /// JSON Pointer to store the key at [default: /user/privateKey]
    ///
    /// The default is where WebSSH2 looks for it.
    #[arg(long, value_name = "POINTER", requires = "into")]
    pub at: Option<String>,
    /// As root, write to FILE even if another user controls its path
    ///
    /// That user could make the path lead to a file of root's.
    #[arg(long, requires = "into")]
    pub force: bool,
    /// Turn any of these formats, or a damaged key, back into a key file
    #[arg(long, conflicts_with_all = ["form", "name", "into"])]
    pub decode: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OnelineForm {
    /// "privateKey": "...", for a JSON object
    Member,
    /// The JSON string alone
    Json,
    /// NAME="...", for a .env file
    Env,
    /// export NAME='...', with real line breaks
    Sh,
    /// Base64 of the file, not wrapped
    Base64,
    /// privateKey: |, as a YAML block
    Yaml,
}
