//! What a destination resolves to: all settings with their defaults filled in, as `ssh -G` lists
//! them.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::algorithms::Algorithms;
use super::known_hosts_command::KnownHostsCommand;
use super::location::IgnoredSetting;
use super::value::{
    AddressFamily, Canonicalize, EscapeChar, ForwardAgent, IdentityAgent, LogLevel, RekeyLimit,
    RequestTty, SessionType, StrictHostKeyChecking, UpdateHostKeys,
};
use super::written::WrittenLines;
use crate::hosts::destination::Destination;
use crate::wildcard;

/// Which host to connect to, as which user, with which keys and how strictly. Fields without a
/// description are the settings of ssh_config(5).
#[derive(Clone, Debug)]
#[non_exhaustive]
#[expect(missing_docs, reason = "most fields are described in ssh_config(5) under their name")]
pub struct Endpoint {
    pub destination: Destination,
    /// The name or address to connect to.
    pub host: String,
    pub port: u16,
    pub user: String,
    /// Expanded, in the order to try them: those that were named, or ssh's defaults.
    pub identity_files: Vec<PathBuf>,
    /// No identity file was named, so a default one may be missing.
    pub identity_files_are_default: bool,
    /// Keys of the agent that are not among the identity files are not offered.
    pub identities_only: bool,
    pub identity_agent: IdentityAgent,
    /// Expanded, in the order to try them, in addition to the `-cert.pub` of each identity file.
    pub certificate_files: Vec<PathBuf>,
    /// How the host is reached.
    pub through: Through,
    pub algorithms: Algorithms,
    /// In bits; smaller RSA keys, the server's or the user's, are refused.
    pub required_rsa_size: u32,
    pub forward_agent: ForwardAgent,
    pub rekey_limit: RekeyLimit,
    pub compression: bool,
    /// Empty for `none`.
    pub user_known_hosts_files: Vec<PathBuf>,
    /// Empty for `none`.
    pub global_known_hosts_files: Vec<PathBuf>,
    /// Public keys or KRLs; empty for `none`.
    pub revoked_host_keys: Vec<PathBuf>,
    pub strict_host_key_checking: StrictHostKeyChecking,
    /// The name in known_hosts, in lower case.
    pub host_key_alias: Option<String>,
    pub hash_known_hosts: bool,
    pub check_host_ip: bool,
    pub known_hosts_command: Option<KnownHostsCommand>,
    pub update_host_keys: UpdateHostKeys,
    /// `None` if the configuration sets no limit.
    pub connect_timeout: Option<Duration>,
    /// At least 1.
    pub connection_attempts: u32,
    pub batch_mode: bool,
    pub pubkey_authentication: bool,
    pub password_authentication: bool,
    pub kbd_interactive_authentication: bool,
    pub number_of_password_prompts: u32,
    /// `None` for ssh's own order.
    pub preferred_authentications: Option<Vec<String>>,
    pub address_family: AddressFamily,
    pub bind_address: Option<String>,
    /// The network interface that packets leave through.
    pub bind_interface: Option<String>,
    /// Zero if it is off.
    pub server_alive_interval: Duration,
    pub server_alive_count_max: u32,
    pub tcp_keep_alive: bool,
    pub request_tty: RequestTty,
    pub session_type: SessionType,
    /// Standard input is read from /dev/null.
    pub stdin_null: bool,
    pub set_env: Vec<(String, String)>,
    /// Patterns of names.
    pub send_env: Vec<String>,
    /// Expanded; runs if the user gives no command.
    pub remote_command: Option<String>,
    /// Expanded; runs here after the login. `None` unless `PermitLocalCommand` allows it.
    pub local_command: Option<String>,
    pub escape_char: EscapeChar,
    pub log_level: LogLevel,
    /// Settings that apply and that sshk ignores, for `-v`.
    pub ignored: Vec<IgnoredSetting>,
    pub(super) written: Written,
}

/// How the host is reached.
#[derive(Clone, Debug)]
pub enum Through {
    /// By a connection of its own.
    Direct,
    /// `ProxyCommand`: its standard input and output are the connection.
    Command {
        /// Expanded.
        command: String,
        /// The shell that runs the command.
        shell: PathBuf,
    },
    /// `ProxyJump`: the host that opens the connection, with its own configuration and, if there
    /// are more, the hops before it.
    Jump(Arc<Endpoint>),
}

/// What `ssh -G` prints as it was written, not as it was expanded.
#[derive(Clone, Debug)]
pub(super) struct Written {
    pub lines: WrittenLines,
    /// The lines of `-G` for the keywords that nothing else uses.
    pub unused: Vec<(String, String)>,
    pub connect_timeout: Option<u32>,
    pub forward_agent_socket: Option<PathBuf>,
    pub identity_files: Vec<String>,
    pub certificate_files: Vec<String>,
    pub revoked_host_keys: Vec<String>,
    pub known_hosts_command: Option<String>,
    pub proxy_command: Option<String>,
    pub proxy_jump: Option<String>,
    pub canonical_domains: Vec<String>,
    pub canonicalize_hostname: Canonicalize,
    pub canonicalize_fallback_local: bool,
    pub canonicalize_max_dots: u32,
}

impl Endpoint {
    /// The account as questions name it: `user@host`, with the host as typed.
    pub fn account(&self) -> String {
        format!("{}@{}", self.user, self.destination.host())
    }

    /// Whether `SendEnv` sends this variable to the server.
    pub fn sends_env(&self, name: &str) -> bool {
        self.send_env.iter().any(|pattern| wildcard::matches(name, pattern))
    }
}
