//! What comes from the machine and its user: home directory, names, variables. Only this file looks
//! them up.

use std::io::{self, Read};
use std::net::{IpAddr, ToSocketAddrs};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;

use nix::unistd::{Uid, User};
use sshk::credentials::Credentials;
use sshk::error::{Failure, Kind};
use sshk::hosts::ssh_config::{Endpoint, Surroundings};
use sshk::keys::weak::Blacklist;
use sshk::prompter::Prompter;
use sshk::secret;
use sshk::text::io_reason;
use sshk::{Passphrase, Password};
use zeroize::Zeroizing;

use crate::usage::Usage;

/// The longest file that is read as a password or passphrase, in bytes.
const MAX_SECRET: u64 = 64 * 1024;

/// What is missing on this machine.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("this user has no home directory: HOME is not set and there is no passwd entry")]
    NoHome,
    #[error("could not read the secret from {path:?}: {}", io_reason(source))]
    Secret { path: PathBuf, source: io::Error },
    #[error("{path:?} is too long to hold a password or passphrase; nothing was done")]
    LongSecret { path: PathBuf },
    #[error("could not determine the absolute path of {path:?}: {}", io_reason(source))]
    NoAbsolutePath { path: PathBuf, source: io::Error },
}

impl Failure for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::NoHome => Kind::NotFound,
            Self::LongSecret { .. } => Kind::TooLarge,
            Self::Secret { source, .. } | Self::NoAbsolutePath { source, .. } => {
                match source.kind() {
                    io::ErrorKind::NotFound => Kind::NotFound,
                    _ => Kind::Io,
                }
            }
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::NoHome => Some("set HOME to the directory that holds .ssh".into()),
            Self::Secret { .. } | Self::LongSecret { .. } | Self::NoAbsolutePath { .. } => None,
        }
    }
}

/// The home directory: `$HOME` if it is the caller's own, else the passwd entry's, as for ssh.
/// Under `sudo`, HOME may be another user's, whose links and files must not lead root astray.
pub fn home() -> Result<PathBuf, Error> {
    let uid = Uid::current();
    let variable = std::env::var_os("HOME").filter(|home| !home.is_empty()).map(PathBuf::from);
    if let Some(home) = variable.as_ref().filter(|home| is_own(home, uid)) {
        return Ok(home.clone());
    }
    let entry = User::from_uid(uid).ok().flatten().map(|user| user.dir);
    // Without an entry (a container's uid), there is only the variable.
    entry.filter(|home| !home.as_os_str().is_empty()).or(variable).ok_or(Error::NoHome)
}

/// Whether a directory belongs to the caller. One that does not exist is the caller's to make,
/// unless it would be in another user's.
fn is_own(home: &Path, uid: Uid) -> bool {
    let owner = |path: &Path| Some(path.metadata().ok()?.uid());
    match owner(home) {
        Some(owner) => owner == uid.as_raw(),
        None => {
            home.ancestors().find_map(owner).is_some_and(|owner| [0, uid.as_raw()].contains(&owner))
        }
    }
}

/// The absolute path of a file that the user named, without following links.
pub fn absolute(path: &Path) -> Result<PathBuf, Error> {
    std::path::absolute(path)
        .map_err(|source| Error::NoAbsolutePath { path: path.to_owned(), source })
}

/// Runs `work`, which may block, on a thread of its own: an interrupt does not wait for it.
pub async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is shutting down, and nobody waits for an answer.
            Err(_) => std::future::pending().await,
        },
    }
}

/// The local user's name, for comments, and as the remote user unless something else names one.
pub fn local_user() -> String {
    let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    passwd_name()
        .or_else(|| variable("USER"))
        .or_else(|| variable("LOGNAME"))
        .unwrap_or_else(|| "unknown".into())
}

/// The name that the user database has for this uid, as ssh asks getpwuid(3): `USER` may be
/// another's (sudo, su, cron), and the database may be LDAP's or sssd's.
fn passwd_name() -> Option<String> {
    Some(User::from_uid(Uid::current()).ok()??.name)
}

/// This machine's name.
pub fn local_host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// Everything that the configuration files may ask about.
pub fn surroundings() -> Result<Surroundings, Error> {
    Ok(Surroundings {
        home: home()?,
        local_user: local_user(),
        uid: Uid::current().as_raw(),
        local_host: local_host(),
        env: Box::new(|name| std::env::var(name).ok()),
        system_config: "/etc/ssh/ssh_config".into(),
        run: Box::new(|command| run(&shell(), command)),
        resolves: Box::new(|name| {
            (name, 0).to_socket_addrs().is_ok_and(|mut addresses| addresses.next().is_some())
        }),
        addresses: Box::new(addresses),
        shell: shell(),
    })
}

fn shell() -> PathBuf {
    std::env::var_os("SHELL")
        .filter(|shell| !shell.is_empty())
        .map_or_else(|| "/bin/sh".into(), PathBuf::from)
}

/// Whether the command's exit status is 0. As with ssh, it reads and prints nothing.
fn run(shell: &Path, command: &str) -> io::Result<bool> {
    let mut program = sshk::child::command(shell);
    program
        .arg("-c")
        .arg(format!("exec {command}"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    Ok(program.status()?.success())
}

/// Runs LocalCommand with our streams, and waits for its end. As with ssh, its status does not
/// matter.
pub async fn run_local_command(command: String) -> io::Result<()> {
    let run = move || sshk::child::command(shell()).arg("-c").arg(command).status();
    blocking(run).await.map(|_| ())
}

/// What was typed after the name of the command.
pub fn words_after(command: &str) -> Vec<String> {
    let words = std::env::args_os().map(|word| word.to_string_lossy().into_owned());
    words.skip_while(|word| word != command).skip(1).collect()
}

/// The addresses of all interfaces that are up.
fn addresses() -> io::Result<Vec<IpAddr>> {
    let up = nix::ifaddrs::getifaddrs()?
        .filter(|interface| interface.flags.contains(nix::net::if_::InterfaceFlags::IFF_UP));
    let of = |address: nix::sys::socket::SockaddrStorage| match (
        address.as_sockaddr_in(),
        address.as_sockaddr_in6(),
    ) {
        (Some(address), _) => Some(IpAddr::V4(address.ip())),
        (_, Some(address)) => Some(IpAddr::V6(address.ip())),
        _ => None,
    };
    Ok(up.filter_map(|interface| interface.address.and_then(of)).collect())
}

/// The secrets given beforehand, and who to ask for the others.
pub async fn credentials(
    prompter: Arc<dyn Prompter>,
    passphrase_file: Option<PathBuf>,
    password_file: Option<PathBuf>,
) -> Result<Credentials, sshk::Error> {
    let dash = Some(Path::new("-"));
    if passphrase_file.as_deref() == dash && password_file.as_deref() == dash {
        let usage = "standard input can hold the passphrase or the password, not both";
        return Err(Usage::new(usage).into());
    }
    // A pipe that nobody writes to must not hold up Ctrl-C.
    let secrets = blocking(move || -> Result<_, sshk::Error> {
        Ok((
            given(passphrase_file.as_deref(), secret::PASSPHRASE_VARIABLE)?,
            given(password_file.as_deref(), secret::PASSWORD_VARIABLE)?,
        ))
    });
    let (passphrase, password) = secrets.await?;
    let (passphrase, password) = (passphrase.map(Passphrase::new), password.map(Password::new));
    let agent =
        std::env::var_os("SSH_AUTH_SOCK").filter(|socket| !socket.is_empty()).map(PathBuf::from);
    Ok(Credentials::new(prompter, passphrase, password, agent))
}

/// A secret from `file`, `-` for standard input, else from the environment variable `name`.
pub fn given(file: Option<&Path>, name: &str) -> Result<Option<Zeroizing<String>>, sshk::Error> {
    match file {
        Some(path) => Ok(Some(secret_file(path)?)),
        None => match std::env::var(name) {
            Ok(value) => Ok(Some(Zeroizing::new(value))),
            Err(std::env::VarError::NotPresent) => Ok(None),
            Err(std::env::VarError::NotUnicode(_)) => {
                Err(Usage::new(format!("the environment variable {name} is not UTF-8")).into())
            }
        },
    }
}

/// The file's text without its last newline.
pub fn secret_file(path: &Path) -> Result<Zeroizing<String>, Error> {
    let mut text = Zeroizing::new(String::with_capacity(4096));
    let read = if path == Path::new("-") {
        io::stdin().lock().take(MAX_SECRET + 1).read_to_string(&mut text)
    } else {
        std::fs::File::open(path)
            .and_then(|file| file.take(MAX_SECRET + 1).read_to_string(&mut text))
    };
    read.map_err(|source| Error::Secret { path: path.to_owned(), source })?;
    if text.len() as u64 > MAX_SECRET {
        return Err(Error::LongSecret { path: path.to_owned() });
    }
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    Ok(text)
}

/// The terminal's type for the server; `SetEnv TERM=…` takes precedence over our own, and an empty
/// one is unknown.
pub fn term(endpoint: &Endpoint) -> String {
    let set = endpoint.set_env.iter().find(|(name, value)| name == "TERM" && !value.is_empty());
    set.map(|(_, value)| value.clone()).or_else(|| std::env::var("TERM").ok()).unwrap_or_default()
}

/// The variables to send: those of `SetEnv`, then ours that `SendEnv` names, but for those that
/// hold secrets, which `SendEnv *` would send too.
pub fn sent_variables(endpoint: &Endpoint) -> Vec<(String, String)> {
    let mut variables = endpoint.set_env.clone();
    for (name, value) in std::env::vars_os() {
        let (Ok(name), Ok(value)) = (name.into_string(), value.into_string()) else { continue };
        let is_secret = secret::VARIABLES.contains(&name.as_str());
        if endpoint.sends_env(&name) && !is_secret && !variables.iter().any(|(set, _)| *set == name)
        {
            variables.push((name, value));
        }
    }
    variables
}

/// Where Debian's package openssh-blacklist installs its lists, and where sshd looked for more.
const BLACKLISTS: [&str; 2] = ["/usr/share/ssh", "/etc/ssh"];

/// The lists of weak keys on this machine (`blacklist.RSA-2048` and the like); most have none.
pub fn blacklist() -> Blacklist {
    blacklist_in(BLACKLISTS.map(Path::new))
}

fn blacklist_in<'a>(folders: impl IntoIterator<Item = &'a Path>) -> Blacklist {
    let mut blacklist = Blacklist::default();
    let entries =
        folders.into_iter().filter_map(|folder| std::fs::read_dir(folder).ok()).flatten().flatten();
    for entry in
        entries.filter(|entry| entry.file_name().to_string_lossy().starts_with("blacklist."))
    {
        // One that cannot be read is skipped.
        if let Ok(list) = std::fs::read(entry.path()) {
            blacklist.add(&String::from_utf8_lossy(&list));
        }
    }
    blacklist
}

/// Keeps this process out of core dumps and debuggers. Called before the first secret is read.
pub fn keep_secrets_in_memory() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    // If the system allows neither, the program still runs.
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_list_of_weak_keys_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let list = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        // The ends of md5("abc") and md5("a").
        list("blacklist.RSA-2048", "# made\n4fb0d6963f7d28e17f72\n");
        list("blacklist.DSA-1024", "c0f1b6a831c399e26977\n");
        list("ssh_config", "00000000000000000000\n");
        let blacklist = blacklist_in([Path::new("/nonexistent"), folder.path()]);
        let mut both = Blacklist::default();
        both.add("4fb0d6963f7d28e17f72\nc0f1b6a831c399e26977\n");
        assert_eq!(blacklist, both);
        assert!(blacklist.holds(b"abc"));
    }
}
