//! ssh_config(5): a [`Destination`] and the user's configuration make an [`Endpoint`], as `ssh -G`
//! would say. First value wins: command line, then the user's file, then the system's. What would
//! change who is reached or how strictly, and cannot be honoured yet, is an error that names its
//! line; what is harmless is noted.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use crate::hosts::destination::Destination;

mod address;
mod algorithms;
mod canonical;
mod criteria;
mod endpoint;
mod error;
mod evaluate;
mod expand;
mod keyword;
mod line;
mod listing;
mod network;
mod options;
mod proxy;
mod source;

pub use algorithms::{AlgorithmList, Algorithms};
pub use endpoint::{
    AddressFamily, Endpoint, EscapeChar, ForwardAgent, IdentityAgent, LogLevel, Note, RekeyLimit,
    RequestTty, SessionType, StrictHostKeyChecking,
};
pub use error::{Error, Place};
pub use proxy::Through;

use evaluate::Evaluator;
use keyword::Text;
use options::{Identity, Placed};
use proxy::Hops;

/// RFC 4253, 4.
const DEFAULT_PORT: u16 = 22;
/// readconf.c: READCONF_MAX_DEPTH.
const MAX_DEPTH: usize = 16;

/// How a variable of the environment is looked up.
pub type Environment = dyn Fn(&str) -> Option<String> + Send + Sync;

/// How a command is run.
pub type Runner = dyn Fn(&str) -> std::io::Result<bool> + Send + Sync;

/// What the caller knows about this machine and user; the library never looks it up itself.
pub struct Surroundings {
    /// What `~` is. ssh asks passwd(5) alone; the binary goes by `HOME` where that is set, as other
    /// programs do.
    pub home: PathBuf,
    pub local_user: String,
    pub uid: u32,
    /// gethostname(2), with its domain where it has one.
    pub local_host: String,
    /// Runs ProxyCommand and Match exec: `SHELL`, or /bin/sh.
    pub shell: PathBuf,
    /// Runs a command of Match exec with that shell, and says whether its exit status was 0.
    pub run: Box<Runner>,
    /// Whether a name, which ends in a dot, has an address. Asked for CanonicalizeHostname alone.
    pub resolves: Box<dyn Fn(&str) -> bool + Send + Sync>,
    /// The addresses of the interfaces that are up, for Match localnetwork.
    pub addresses: Box<dyn Fn() -> std::io::Result<Vec<IpAddr>> + Send + Sync>,
    /// Looks a name up in the environment.
    pub env: Box<Environment>,
    /// `/etc/ssh/ssh_config`; relative includes and the global known_hosts files stand beside it.
    pub system_config: PathBuf,
}

impl Surroundings {
    fn system_folder(&self) -> &Path {
        self.system_config.parent().unwrap_or(Path::new("/etc/ssh"))
    }
}

/// Which configuration is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ConfigFile {
    /// `~/.ssh/config`, then the system's.
    #[default]
    Default,
    /// `-F none`.
    None,
    /// `-F FILE`: that one alone.
    File(PathBuf),
}

/// What the command line says. Among its parts the `-o` texts come first, in their order, then
/// `-p`, `-l` and `-i`, then what the destination says; ssh goes by their order on the line.
#[derive(Clone, Debug, Default)]
pub struct CommandLine {
    pub config: ConfigFile,
    /// The `-o` texts: `Keyword=value` or `Keyword value`.
    pub options: Vec<String>,
    /// `-l`
    pub user: Option<String>,
    /// `-p`
    pub port: Option<u16>,
    /// `-i`
    pub identity_files: Vec<PathBuf>,
    /// What will be run there, for Match command and sessiontype; nothing for a shell. Empty:
    /// something of the program's own.
    pub command: Option<String>,
}

/// What the destination comes to. Reads files; connects to nothing. Names are looked up for
/// CanonicalizeHostname, and commands run for Match exec, by the means in `surroundings`.
pub fn resolve(
    destination: &Destination,
    line: &CommandLine,
    surroundings: &Surroundings,
) -> Result<Endpoint, Error> {
    resolve_hop(destination, line, surroundings, &Hops { config: &line.config, before: 0 })
}

fn resolve_hop(
    destination: &Destination,
    line: &CommandLine,
    surroundings: &Surroundings,
    hops: &Hops<'_>,
) -> Result<Endpoint, Error> {
    let mut evaluator = Evaluator::new(surroundings, destination.host(), line.command.as_deref());
    for option in &line.options {
        evaluator.option(option)?;
    }
    let literal_user = command_line(&mut evaluator, destination, line)?;
    read_files(&mut evaluator, &line.config)?;
    let host = endpoint::host(&evaluator)?;
    let canonical = canonical::host(&evaluator, host.clone())?;
    if evaluator.wants_final_pass || canonical.is_some() {
        evaluator.host = canonical.unwrap_or(host);
        evaluator.options.settle_canonical();
        evaluator.final_pass = true;
        read_files(&mut evaluator, &line.config)?;
    }
    evaluator.refuse_not_yet()?;
    endpoint::finish(evaluator, destination, literal_user, hops)
}

/// The flags and the destination itself. `true`: the user stands there, and not in an option.
fn command_line(
    evaluator: &mut Evaluator<'_>,
    destination: &Destination,
    line: &CommandLine,
) -> Result<bool, Error> {
    let place = Place::COMMAND_LINE;
    let options = &mut evaluator.options;
    options.port = options.port.or(line.port).or(destination.port());
    for path in &line.identity_files {
        let identity = Placed { value: Identity::Given(path.clone()), place: place.clone() };
        options.add_identity(identity).map_err(|why| Error::BadValue {
            place: place.clone(),
            keyword: "IdentityFile",
            why,
        })?;
    }
    let user =
        line.user.as_deref().or(destination.user()).filter(|_| options.text(Text::User).is_none());
    Ok(user.is_some_and(|user| {
        options.texts.insert(Text::User, Placed { value: user.to_owned(), place }).is_none()
    }))
}

fn read_files(evaluator: &mut Evaluator<'_>, config: &ConfigFile) -> Result<(), Error> {
    let surroundings = evaluator.surroundings;
    match config {
        ConfigFile::None => {}
        ConfigFile::File(path) => {
            if !evaluator.file(path, true, false)? {
                return Err(Error::Unreadable {
                    path: path.clone(),
                    source: std::io::ErrorKind::NotFound.into(),
                });
            }
        }
        ConfigFile::Default => {
            evaluator.file(&surroundings.home.join(".ssh/config"), true, true)?;
            evaluator.file(&surroundings.system_config, false, false)?;
        }
    }
    Ok(())
}
