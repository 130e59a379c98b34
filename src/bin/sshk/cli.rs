//! The clap definition and nothing else: help, man pages and completions all come from here.

mod audit;
mod connect;
mod connection;
mod convert;
mod copy_id;
mod keygen;
mod oneline;
mod revoke;
mod show;
mod targets;
mod test;

use clap::{ArgAction, Args, ColorChoice, Parser, Subcommand};

pub use audit::Audit;
pub use connect::Connect;
pub use connection::Connection;
pub use convert::Convert;
pub use copy_id::CopyId;
pub use keygen::Keygen;
pub use oneline::{Oneline, OnelineForm};
pub use revoke::Revoke;
pub use show::Show;
pub use test::Test;

/// Generate SSH keys, install them on servers, and verify that they log in
#[derive(Debug, Parser)]
#[command(
    name = "sshk",
    version,
    after_help = "\
Examples:
  sshk keygen                                     generate ~/.ssh/id_rsa
  sshk copy-id ann@web1                           install it, verify the login
  sshk oneline ~/.ssh/id_rsa --into config.json   store it in a JSON file

Exit status:
  0    success
  1    something failed; with several destinations, at least one of them
  2    wrong usage; nothing was changed
  130  interrupted
  connect exits with the status of the remote command, or 255 if the
  connection failed."
)]
pub struct Cli {
    #[command(flatten)]
    pub talk: Talk,
    #[command(subcommand)]
    pub command: Command,
}

/// How much is printed, for every command; listed after its own options.
#[derive(Debug, Args)]
pub struct Talk {
    /// Suppress messages except errors; still print results
    #[arg(short, long, global = true, display_order = 100)]
    pub quiet: bool,
    /// Explain each step on stderr; repeat for more detail
    ///
    /// Passwords, passphrases and private keys are never printed.
    #[arg(short, long, global = true, display_order = 101, action = ArgAction::Count)]
    pub verbose: u8,
    /// When to use color: auto, always or never
    ///
    /// auto uses color on a terminal, unless NO_COLOR is set or TERM is dumb.
    #[arg(
        long,
        global = true,
        display_order = 102,
        value_name = "WHEN",
        default_value = "auto",
        hide_possible_values = true
    )]
    pub color: ColorChoice,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    Keygen(Keygen),
    Show(Show),
    Convert(Convert),
    #[command(visible_alias = "to-json-line")]
    Oneline(Oneline),
    CopyId(CopyId),
    Test(Test),
    Connect(Box<Connect>),
    Revoke(Revoke),
    Audit(Audit),
}

impl Command {
    /// Whether results go to stdout as JSON.
    pub fn wants_json(&self) -> bool {
        match self {
            Self::Keygen(arguments) => arguments.json,
            Self::Show(arguments) => arguments.json,
            Self::CopyId(arguments) => arguments.targets.json,
            Self::Test(arguments) => arguments.targets.json,
            Self::Revoke(arguments) => arguments.targets.json,
            Self::Audit(arguments) => arguments.targets.json,
            Self::Convert(_) | Self::Oneline(_) | Self::Connect(_) => false,
        }
    }
}
