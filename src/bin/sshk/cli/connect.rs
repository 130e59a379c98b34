//! `sshk connect`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{ArgAction, Args, ValueHint};
use sshk::Destination;
use sshk::hosts::destination;

use super::connection::Connection;

/// Open a shell or run a command on a host
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sshk connect web1                               a shell; type ~. to disconnect
  sshk connect -i ~/.ssh/work ann@web1 uptime     one command
  tar c . | sshk connect web1 'tar x -C backup'   with its input and output

Exit status: that of the remote command; 255 if the connection failed, 130 if
interrupted before the session.")]
pub struct Connect {
    #[command(flatten)]
    pub connection: Connection,
    /// Force a pseudo-terminal; -tt even if there is no local terminal
    #[arg(short = 't', action = ArgAction::Count, overrides_with = "no_tty")]
    pub tty: u8,
    /// Disable pseudo-terminal allocation
    #[arg(short = 'T', overrides_with = "tty")]
    pub no_tty: bool,
    /// Forward the agent
    ///
    /// Root on the host can use your keys while you are connected.
    #[arg(short = 'A', overrides_with = "no_agent")]
    pub agent: bool,
    /// Disable agent forwarding
    #[arg(short = 'a', overrides_with = "agent")]
    pub no_agent: bool,
    /// Run no command; keep the connection open
    #[arg(short = 'N', conflicts_with = "subsystem")]
    pub nothing: bool,
    /// Start a subsystem of the server, such as sftp, instead of a command
    #[arg(short = 's')]
    pub subsystem: bool,
    /// Print the configuration for the destination and exit, as ssh -G does
    #[arg(short = 'G')]
    pub print_config: bool,
    /// Redirect standard input from /dev/null
    #[arg(short = 'n')]
    pub no_stdin: bool,
    /// Use IPv4 addresses only
    #[arg(short = '4', overrides_with = "inet6")]
    pub inet4: bool,
    /// Use IPv6 addresses only
    #[arg(short = '6', overrides_with = "inet4")]
    pub inet6: bool,
    /// Connect from this local address
    #[arg(short = 'b', value_name = "ADDRESS")]
    pub bind_address: Option<String>,
    /// Connect from this network interface
    #[arg(short = 'B', value_name = "INTERFACE")]
    pub bind_interface: Option<String>,
    /// Ciphers to offer, as in the option Ciphers
    #[arg(short = 'c', value_name = "CIPHERS", allow_hyphen_values = true)]
    pub ciphers: Option<String>,
    /// MACs to offer, as in the option MACs
    #[arg(short = 'm', value_name = "MACS", allow_hyphen_values = true)]
    pub macs: Option<String>,
    /// Compress the connection
    #[arg(short = 'C')]
    pub compress: bool,
    /// Escape character, or none [default: ~]
    #[arg(short = 'e', value_name = "CHAR")]
    pub escape: Option<String>,
    /// Append messages to FILE instead of printing them on stderr
    #[arg(short = 'E', value_name = "FILE")]
    pub log: Option<PathBuf>,
    /// Tag for Match tagged in ssh_config
    #[arg(short = 'P', value_name = "TAG")]
    pub tags: Vec<String>,
    /// Print the version on stderr and exit
    #[arg(short = 'V')]
    pub version: bool,
    /// List the algorithms of a kind that sshk supports; -Q help lists the kinds
    #[arg(short = 'Q', value_name = "QUERY")]
    pub query: Option<String>,
    /// Connect standard input and output to HOST:PORT through the host
    #[arg(short = 'W', value_name = "HOST:PORT", action = ArgAction::Append,
          value_parser = forward, conflicts_with_all = ["command", "subsystem"])]
    pub forwards: Vec<(String, u16)>,
    /// Not supported: sshk does not go to the background
    #[arg(short = 'f')]
    pub background: bool,
    /// Accepted for compatibility; messages go to stderr, not to syslog
    #[arg(short = 'y')]
    pub syslog: bool,
    /// Accepted for compatibility; sshk never forwards X11
    #[arg(short = 'x')]
    pub no_x11: bool,
    /// Read the account's password from FILE (- for standard input)
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
    /// host, user@host, [address]:port, ssh://user@host:port, or a Host of ssh_config
    #[arg(value_name = "DESTINATION", value_hint = ValueHint::Hostname,
          required_unless_present_any = ["version", "query"])]
    pub destination: Option<Destination>,
    /// Command to run; its words are joined by spaces, as with ssh
    #[arg(value_name = "COMMAND", trailing_var_arg = true)]
    pub command: Vec<OsString>,
}

/// A host and a port, as in ssh -W.
fn forward(text: &str) -> Result<(String, u16), &'static str> {
    let (host, port) = text.rsplit_once(':').ok_or("must be HOST:PORT")?;
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    destination::check_host(host)?;
    Ok((host.to_owned(), destination::parse_port(port)?))
}
