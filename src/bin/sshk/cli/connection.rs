//! The options of copy-id, test, connect, revoke and audit that say how a host is reached: ssh's
//! letters and meanings.

use std::path::PathBuf;

use clap::{ArgAction, Args};
use sshk::Destination;
use sshk::hosts::destination;

use super::order::Order;

#[derive(Debug, Args)]
pub struct Connection {
    #[command(flatten)]
    pub order: Order,
    /// Identity file: the private key or the public key
    ///
    /// Without -i, sshk uses the keys that ssh would use: IdentityFile of ssh_config, or the files
    /// with default names and the agent's keys. test, connect and audit try them in turn; copy-id
    /// asks which one to install if there are several. revoke requires -i. copy-id and test accept
    /// a key in the agent by its fingerprint, SHA256:... connect and audit accept -i more than
    /// once.
    #[arg(short = 'i', value_name = "KEY")]
    pub identities: Vec<PathBuf>,
    /// Port to connect to
    #[arg(
        short = 'p', value_name = "PORT", action = ArgAction::Append,
        value_parser = clap::value_parser!(u16).range(1..)
    )]
    pub ports: Vec<u16>,
    /// User to log in as
    #[arg(short = 'l', value_name = "USER", value_parser = user)]
    pub users: Vec<String>,
    /// Connect through jump hosts: [user@]host[:port], separated by commas
    ///
    /// They are used in the order given. Each has its own host key, login and configuration.
    #[arg(short = 'J', value_name = "JUMP", value_parser = jump)]
    pub jumps: Vec<String>,
    /// Configuration file to read instead of the default ones
    ///
    /// It replaces ~/.ssh/config and /etc/ssh/ssh_config; -F none reads no file at all.
    #[arg(short = 'F', value_name = "CONFIG")]
    pub config: Option<PathBuf>,
    /// Set an option of ssh_config(5), for example -o ConnectTimeout=5
    #[arg(short = 'o', value_name = "OPTION")]
    pub options: Vec<String>,
    /// Read the key's passphrase from FILE (- for standard input)
    #[arg(long, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
}

/// Its hosts, as typed.
fn jump(text: &str) -> Result<String, destination::Error> {
    let hops = text.split(',').filter(|hop| !hop.eq_ignore_ascii_case("none"));
    hops.map(Destination::jump_host).collect::<Result<Vec<_>, _>>().map(|_| text.to_owned())
}

fn user(text: &str) -> Result<String, &'static str> {
    destination::check_user(text).map(|()| text.to_owned())
}
