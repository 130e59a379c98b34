//! The clap definition and nothing else: help, man pages and completions all come from here.

mod audit;
mod connect;
mod connection;
mod convert;
mod copy_id;
mod keygen;
mod oneline;
mod order;
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
pub use targets::Targets;
pub use test::Test;

/// Generate SSH keys, install them on servers, and verify that they log in
#[derive(Debug, Parser)]
#[command(
    name = "sshk",
    version,
    // As with ssh and ssh-keygen: the last one counts, and Append where the first does.
    args_override_self = true,
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
    #[arg(short, long, global = true, display_order = 100, overrides_with = "verbose")]
    pub quiet: bool,
    /// Explain each step on stderr; repeat for more detail
    ///
    /// Passwords, passphrases and private keys are never printed.
    #[arg(short, long, global = true, display_order = 101, action = ArgAction::Count,
          overrides_with = "quiet")]
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

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn every_letter_may_be_given_twice_as_with_ssh_and_ssh_keygen() {
        let sshk = Cli::command();
        let mut seen = 0;
        for command in sshk.get_subcommands() {
            for argument in command.get_arguments().chain(sshk.get_arguments()) {
                let Some(letter) = argument.get_short() else { continue };
                let value =
                    argument.get_possible_values().first().map(|it| it.get_name().to_owned());
                let value = value.unwrap_or_else(|| match argument.get_value_names() {
                    Some([name]) if name == "HASH" => "md5".into(),
                    Some([name]) if name == "FORMAT" => "pem".into(),
                    Some([name]) if name == "HOST:PORT" => "web1:7".into(),
                    _ => "7".into(),
                });
                let mut words = vec!["sshk".to_owned(), command.get_name().into()];
                for _ in 0..2 {
                    words.push(format!("-{letter}"));
                    words.extend(argument.get_action().takes_values().then(|| value.clone()));
                }
                words.extend(
                    command
                        .get_positionals()
                        .any(|it| it.is_required_set() || it.get_id() == "destination")
                        .then(|| "web1".into()),
                );
                let parsed = sshk.clone().try_get_matches_from(&words);
                assert!(parsed.is_ok(), "{words:?}: {}", parsed.unwrap_err());
                seen += 1;
            }
        }
        assert!(seen > 60, "{seen} letters");
    }

    #[test]
    fn the_last_of_quiet_and_verbose_wins() {
        let talk = |words: &[&str]| {
            let cli = Cli::try_parse_from([&["sshk", "keygen"], words].concat()).unwrap();
            (cli.talk.quiet, cli.talk.verbose)
        };
        assert_eq!(talk(&["-q", "-v"]), (false, 1));
        assert_eq!(talk(&["-vv", "-q"]), (true, 0));
        assert_eq!(talk(&["-vqv"]), (false, 1));
    }
}
