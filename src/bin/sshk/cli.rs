//! The clap definition and nothing else: completions, man pages and help all come from here.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{ArgAction, Args, ColorChoice, Parser, Subcommand, ValueEnum};
use sshk::Destination;
use sshk::keys::generate::KeyType;
use sshk::keys::inspect::FingerprintHash;
use sshk::keys::key_file::Format;

/// One tool for the life of an SSH key: make it, install it, prove that it logs in, hand it over.
#[derive(Debug, Parser)]
#[command(
    name = "sshk",
    version,
    disable_help_subcommand = true,
    after_help = "\
Examples:
  sshk keygen -m pem                          make an RSA key in PEM form
  sshk copy-id ann@web1                       install it there, and prove it
  sshk oneline ~/.ssh/id_rsa >> config.json   hand it over on one line

Exit status: 0 all is as asked, 1 something failed, 2 wrong usage (nothing was
touched), 130 interrupted; connect: the remote command's own, 255 where the
connection failed."
)]
pub struct Cli {
    #[command(flatten)]
    pub talk: Talk,
    #[command(subcommand)]
    pub command: Command,
}

/// How much is said to the person, for every command; listed after its own options.
#[derive(Debug, Args)]
pub struct Talk {
    /// Say nothing to the person; data and the exit status stay
    #[arg(short, long, global = true, display_order = 100)]
    pub quiet: bool,
    /// Explain on stderr what is done; repeat for more
    #[arg(short, long, global = true, display_order = 101, action = ArgAction::Count)]
    pub verbose: u8,
    /// When to use colour
    #[arg(long, global = true, display_order = 102, value_name = "WHEN", default_value = "auto")]
    pub color: ColorChoice,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a key pair
    Keygen(Keygen),
    /// Say what is in a key file, and who takes it
    Show(Show),
    /// Write a key in another format, with another passphrase, or mended
    Convert(Convert),
    /// Print a private key on one line, for a config file
    #[command(visible_alias = "to-json-line")]
    Oneline(Oneline),
    /// Install a public key on accounts, and prove that it logs in
    CopyId(CopyId),
    /// Prove that a key, and nothing else, logs in
    Test(Test),
    /// Open a session: a shell, or a command
    Connect(Box<Connect>),
    /// Put a public key out of force on accounts, and prove that it is refused
    Revoke(Revoke),
    /// List the keys that let someone in to accounts, and what is wrong with them
    Audit(Audit),
}

impl Command {
    /// Whether results go to stdout as JSON.
    pub fn wants_json(&self) -> bool {
        match self {
            Self::Keygen(arguments) => arguments.json,
            Self::Show(arguments) => arguments.json,
            Self::CopyId(arguments) => arguments.json,
            Self::Test(arguments) => arguments.json,
            Self::Revoke(arguments) => arguments.json,
            Self::Audit(arguments) => arguments.json,
            Self::Convert(_) | Self::Oneline(_) | Self::Connect(_) => false,
        }
    }
}

/// Make a key pair
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sshk keygen -m pem                       RSA in PEM form, as gateways take it
  sshk keygen -t ed25519 -f deploy -N ''   no questions: ./deploy, ./deploy.pub
  sshk keygen --if-missing -N '' --json    for scripts: makes ~/.ssh/id_rsa once")]
pub struct Keygen {
    /// Kind of key
    #[arg(short = 't', value_name = "TYPE", default_value = "rsa", ignore_case = true,
          value_parser = PossibleValuesParser::new(["rsa", "ed25519", "ecdsa"]).try_map(|typed| typed.parse::<KeyType>()))]
    pub key_type: KeyType,
    /// Size in bits: RSA 2048 to 16384 (default 4096); ECDSA 256 (default), 384 or 521
    #[arg(short, value_name = "BITS")]
    pub bits: Option<u32>,
    /// Format of the private key; pem is PKCS#1 for RSA and SEC1 for ECDSA
    #[arg(short = 'm', value_name = "FORMAT", default_value = "openssh", ignore_case = true,
          value_parser = PossibleValuesParser::new(["openssh", "pem", "pkcs8"]).try_map(|typed| typed.parse::<Format>()))]
    pub format: Format,
    /// File for the private key; the public key goes to FILE.pub [default: ~/.ssh/id_TYPE]
    #[arg(short = 'f', value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Comment, one line [default: user@host]
    #[arg(short = 'C', value_name = "COMMENT", allow_hyphen_values = true)]
    pub comment: Option<String>,
    /// Passphrase, empty for none; visible to others in the process list: prefer --passphrase-file
    #[arg(
        short = 'N',
        value_name = "PASSPHRASE",
        allow_hyphen_values = true,
        conflicts_with = "passphrase_file"
    )]
    pub passphrase: Option<String>,
    /// Read the passphrase from FILE, or from standard input with -
    #[arg(long, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
    /// Rounds of bcrypt_pbkdf for an encrypted key in OpenSSH format [default: 24]
    #[arg(short = 'a', value_name = "ROUNDS", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub rounds: Option<u32>,
    /// Where the file is there already, leave it and succeed
    #[arg(long, conflicts_with = "force")]
    pub if_missing: bool,
    /// Replace an existing key without a question
    #[arg(long)]
    pub force: bool,
    /// One JSON object on stdout
    #[arg(long)]
    pub json: bool,
}

/// Say what is in a key file, and who takes it
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sshk show ~/.ssh/id_rsa        what it is, who takes it, what mends each no
  sshk show -v -E md5 server.ppk the older fingerprint, and the randomart
  sshk show --json ~/.ssh/*.pub | jq -r '.fingerprint'")]
pub struct Show {
    /// How the fingerprint is written: sha256 or md5
    #[arg(short = 'E', value_name = "HASH", default_value = "sha256")]
    pub hash: FingerprintHash,
    /// Read the passphrase from FILE, or from standard input with -
    #[arg(long, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
    /// One JSON object a file on stdout
    #[arg(long)]
    pub json: bool,
    /// Key files: either half, in any format
    #[arg(required = true, value_name = "KEY")]
    pub keys: Vec<PathBuf>,
}

/// Write a key in another format, with another passphrase, or mended
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sshk convert ~/.ssh/id_rsa -m pem -f id_rsa.pem       a copy for a gateway
  sshk convert server.ppk -m openssh -f ~/.ssh/server   from PuTTY
  sshk convert pasted.key --repair                      what pasting did, undone")]
pub struct Convert {
    /// The key file, in any format
    #[arg(value_name = "KEY")]
    pub key: PathBuf,
    /// Format to write: openssh, pem (PKCS#1 or SEC1) or pkcs8 [default: as it is; openssh for
    /// PuTTY's and public keys]
    #[arg(short = 'm', value_name = "FORMAT")]
    pub format: Option<Format>,
    /// Write a new file, or to standard output with -, and leave KEY as it is
    #[arg(short = 'f', value_name = "OUT")]
    pub out: Option<PathBuf>,
    /// New passphrase; visible to others in the process list: prefer --new-passphrase-file
    #[arg(short = 'N', value_name = "NEW", allow_hyphen_values = true, conflicts_with_all = ["new_passphrase_file", "no_passphrase"])]
    pub new_passphrase: Option<String>,
    /// Read the new passphrase from FILE, or from standard input with -
    #[arg(long, value_name = "FILE", conflicts_with = "no_passphrase")]
    pub new_passphrase_file: Option<PathBuf>,
    /// Write the key without a passphrase: whoever reads the file has the key
    #[arg(long)]
    pub no_passphrase: bool,
    /// New comment, one line
    #[arg(short = 'C', value_name = "COMMENT", allow_hyphen_values = true)]
    pub comment: Option<String>,
    /// Mend what pasting and editors did to the file
    #[arg(long)]
    pub repair: bool,
    /// Read the present passphrase from FILE, or from standard input with -
    #[arg(long, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
}

/// Print a private key on one line, for a config file
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sshk oneline ~/.ssh/id_rsa >> config.json          \"privateKey\": \"---...\"
  sshk oneline ~/.ssh/id_rsa --into config.json      put it at user.privateKey
  sshk oneline ~/.ssh/id_rsa --as env --name GW_KEY  for a .env file
  sshk oneline pasted.txt --decode                   the key file again, mended")]
pub struct Oneline {
    /// The private key file, or - for standard input [default: the one key in ~/.ssh]
    #[arg(value_name = "KEY")]
    pub key: Option<PathBuf>,
    /// What to print
    #[arg(long = "as", value_name = "FORM", default_value = "member")]
    pub form: OnelineForm,
    /// The member's or variable's name [default: privateKey; env, sh: PRIVATE_KEY]
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Put the key into this JSON file, which is made where it is missing; nothing is printed
    #[arg(long, value_name = "FILE", conflicts_with_all = ["form", "name"])]
    pub into: Option<PathBuf>,
    /// Where in the file, as a JSON Pointer [default: /user/privateKey]
    #[arg(long, value_name = "POINTER", requires = "into")]
    pub at: Option<String>,
    /// Print the key file again, out of any of these forms or a damaged one
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
    /// Base64 of the file, unwrapped
    Base64,
    /// privateKey: |, a block of lines
    Yaml,
}

/// Which account is reached and how, for copy-id, test, connect, revoke and audit: ssh's letters
/// and meanings.
#[derive(Debug, Args)]
pub struct Connection {
    /// The key: either half of the pair; else the one key in ~/.ssh, for connect and audit all that
    /// ssh would try. These two take several
    #[arg(short = 'i', value_name = "KEY")]
    pub identities: Vec<PathBuf>,
    /// Port on the host
    #[arg(short = 'p', value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    pub port: Option<u16>,
    /// User on the host
    #[arg(short = 'l', value_name = "USER", value_parser = user)]
    pub user: Option<String>,
    /// Reach the host through these hosts: [user@]host[:port], the first one first
    #[arg(short = 'J', value_name = "JUMP", value_parser = jump)]
    pub jump: Option<String>,
    /// Configuration file instead of ~/.ssh/config and the system's; `none` for no file
    #[arg(short = 'F', value_name = "CONFIG")]
    pub config: Option<PathBuf>,
    /// An option as ssh_config(5) has it, for instance -o ConnectTimeout=5
    #[arg(short = 'o', value_name = "OPTION")]
    pub options: Vec<String>,
    /// Read the key's passphrase from FILE, or from standard input with -
    #[arg(long, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
}

/// Its hosts, as typed.
fn jump(text: &str) -> Result<String, sshk::hosts::destination::Error> {
    let hops = text.split(',').filter(|hop| !hop.eq_ignore_ascii_case("none"));
    hops.map(Destination::jump_host).collect::<Result<Vec<_>, _>>().map(|_| text.to_owned())
}

fn user(text: &str) -> Result<String, &'static str> {
    sshk::hosts::destination::check_user(text).map(|()| text.to_owned())
}

/// Install a public key on accounts, and prove that it logs in
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sshk copy-id web1                                   the one key in ~/.ssh
  sshk copy-id -i ~/.ssh/work -p 2222 ann@web1 web2   several accounts at once
  sshk copy-id --accept-new --password-file pw --json ann@web1     for scripts")]
pub struct CopyId {
    #[command(flatten)]
    pub connection: Connection,
    /// Install without trying first whether the key logs in already (never a second line)
    #[arg(short, long)]
    pub force: bool,
    /// Change nothing; say what would be done
    #[arg(short = 'n', long)]
    pub dry_run: bool,
    /// Over SFTP alone, running no command on the host
    #[arg(short, long)]
    pub sftp: bool,
    /// Another file on the host, relative to the home folder [default: .ssh/authorized_keys]
    #[arg(short = 't', value_name = "PATH")]
    pub target: Option<String>,
    /// Take the key of a host that was never seen; a changed key is still refused
    #[arg(long)]
    pub accept_new: bool,
    /// Leave out the login that proves the key
    #[arg(long)]
    pub no_verify: bool,
    /// Where modes keep the key out, take the right to write from group and others
    #[arg(long)]
    pub fix_perms: bool,
    /// Read the account's password from FILE, or from standard input with -
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
    /// One JSON object a destination on stdout
    #[arg(long)]
    pub json: bool,
    /// Hosts: host, user@host, [address]:port, ssh://user@host:port, or an alias from ssh_config
    #[arg(required = true, value_name = "DESTINATION", value_hint = clap::ValueHint::Hostname)]
    pub destinations: Vec<Destination>,
}

/// Prove that a key, and nothing else, logs in
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sshk test web1                      the one key in ~/.ssh, and no other
  sshk test -i ~/.ssh/id_rsa localhost
  sshk test --json web1 web2 | jq -r 'select(.error) | .destination'")]
pub struct Test {
    #[command(flatten)]
    pub connection: Connection,
    /// One JSON object a destination on stdout
    #[arg(long)]
    pub json: bool,
    /// Hosts, as for copy-id
    #[arg(required = true, value_name = "DESTINATION", value_hint = clap::ValueHint::Hostname)]
    pub destinations: Vec<Destination>,
}

/// Open a session: a shell, or a command
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sshk connect web1                               a shell; ~. ends it
  sshk connect -i ~/.ssh/work ann@web1 uptime
  tar c . | sshk connect web1 'tar x -C backup'

Exit status: the remote command's own; 255 where the connection failed; 130
interrupted.")]
pub struct Connect {
    #[command(flatten)]
    pub connection: Connection,
    /// Ask for a terminal also for a command; twice: even without a local one
    #[arg(short = 't', action = ArgAction::Count, overrides_with = "no_tty")]
    pub tty: u8,
    /// No terminal on the host
    #[arg(short = 'T', overrides_with = "tty")]
    pub no_tty: bool,
    /// Lend the agent to the host: its root can use the keys while you are there
    #[arg(short = 'A', overrides_with = "no_agent")]
    pub agent: bool,
    /// Lend no agent, whatever the configuration says
    #[arg(short = 'a', overrides_with = "agent")]
    pub no_agent: bool,
    /// Run nothing: keep the connection until it ends
    #[arg(short = 'N')]
    pub nothing: bool,
    /// The command names a subsystem of the server, such as sftp
    #[arg(short = 's')]
    pub subsystem: bool,
    /// Connect to nothing: print what the configuration resolves to, as ssh -G does
    #[arg(short = 'G')]
    pub print_config: bool,
    /// Nothing to read: standard input is /dev/null
    #[arg(short = 'n')]
    pub no_stdin: bool,
    /// IPv4 addresses only
    #[arg(short = '4', overrides_with = "inet6")]
    pub inet4: bool,
    /// IPv6 addresses only
    #[arg(short = '6', overrides_with = "inet4")]
    pub inet6: bool,
    /// Connect from this address of the machine
    #[arg(short = 'b', value_name = "ADDRESS")]
    pub bind_address: Option<String>,
    /// Connect from this interface
    #[arg(short = 'B', value_name = "INTERFACE")]
    pub bind_interface: Option<String>,
    /// Ciphers, as the option Ciphers has them
    #[arg(short = 'c', value_name = "CIPHERS", allow_hyphen_values = true)]
    pub ciphers: Option<String>,
    /// MACs, as the option MACs has them
    #[arg(short = 'm', value_name = "MACS", allow_hyphen_values = true)]
    pub macs: Option<String>,
    /// Compress what is sent
    #[arg(short = 'C')]
    pub compress: bool,
    /// Escape character, or none
    #[arg(short = 'e', value_name = "CHAR")]
    pub escape: Option<String>,
    /// Append what is said to the person to FILE instead of stderr
    #[arg(short = 'E', value_name = "FILE")]
    pub log: Option<PathBuf>,
    /// A name that Match tagged asks for
    #[arg(short = 'P', value_name = "TAG")]
    pub tag: Option<String>,
    /// No X11, of which sshk has none: for scripts that say so
    #[arg(short = 'x')]
    pub no_x11: bool,
    /// Read the account's password from FILE, or from standard input with -
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
    /// The host, as for copy-id
    #[arg(value_name = "DESTINATION", value_hint = clap::ValueHint::Hostname)]
    pub destination: Destination,
    /// The command; its words are joined by blanks, as ssh does
    #[arg(value_name = "COMMAND", trailing_var_arg = true)]
    pub command: Vec<OsString>,
}

/// Put a public key out of force on accounts, and prove that it is refused
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sshk revoke -n -i ~/.ssh/old.pub web1     which lines hold it; nothing changes
  sshk revoke -i ~/.ssh/old web1 ann@web2   out of force there, and proved
  sshk revoke --purge -i old.pub web1       and its lines out of the file")]
pub struct Revoke {
    #[command(flatten)]
    pub connection: Connection,
    /// Change nothing; show the lines
    #[arg(short = 'n', long)]
    pub dry_run: bool,
    /// Also the key that logs in here, and the only one there is
    #[arg(long)]
    pub force: bool,
    /// Then take the lines out of the file that were put out of force
    #[arg(long)]
    pub purge: bool,
    /// Read the account's password from FILE, or from standard input with -
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
    /// One JSON object a destination on stdout
    #[arg(long)]
    pub json: bool,
    /// Hosts, as for copy-id
    #[arg(required = true, value_name = "DESTINATION", value_hint = clap::ValueHint::Hostname)]
    pub destinations: Vec<Destination>,
}

/// List the keys that let someone in to accounts, and what is wrong with them
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sshk audit ann@web1                    every key, line by line
  sshk audit --strict web1 web2          for a nightly job: 1 where something is
  sshk audit --json web1 | jq -r 'select(.status == \"dead\") | .line'

Exit status: 0 every account was read; 1 at least one was not, or with --strict
there is a finding (remarks do not count); 2 wrong usage; 130 interrupted.")]
pub struct Audit {
    #[command(flatten)]
    pub connection: Connection,
    /// Exit status 1 where there is a finding; remarks do not count
    #[arg(long)]
    pub strict: bool,
    /// Read the account's password from FILE, or from standard input with -
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
    /// One JSON object a key on stdout
    #[arg(long)]
    pub json: bool,
    /// Hosts, as for copy-id
    #[arg(required = true, value_name = "DESTINATION", value_hint = clap::ValueHint::Hostname)]
    pub destinations: Vec<Destination>,
}
