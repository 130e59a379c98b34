//! What the machine and its user give: home folder, names, variables. The only place that looks
//! them up.

use std::io::Read;
use std::net::{IpAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use anyhow::{Context, Result};
use sshk::credentials::Credentials;
use sshk::hosts::ssh_config::{Endpoint, Surroundings};
use sshk::keys::weak::Blacklist;
use sshk::prompter::Prompter;
use sshk::{Passphrase, Password};
use zeroize::Zeroizing;

use crate::usage::Usage;

/// A secret's file is one line; nothing longer is one.
const MAX_SECRET: u64 = 64 * 1024;

/// The home folder: `$HOME`, else the passwd entry's.
pub fn home() -> Result<PathBuf> {
    dirs::home_dir()
        .context("this user has no home folder: HOME is not set and there is no passwd entry")
}

/// The local user's name, for comments and as the remote user where nothing else says.
pub fn local_user() -> String {
    let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    passwd_name()
        .or_else(|| variable("USER"))
        .or_else(|| variable("LOGNAME"))
        .unwrap_or_else(|| "unknown".into())
}

/// This machine's name.
pub fn local_host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// The name the passwd file has for this uid: what ssh goes by, whatever `USER` says (sudo, su,
/// cron).
fn passwd_name() -> Option<String> {
    let uid = rustix::process::getuid().as_raw().to_string();
    let passwd = std::fs::read_to_string("/etc/passwd").ok()?;
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == uid).then(|| name.to_owned())
    })
}

pub fn surroundings() -> Result<Surroundings> {
    Ok(Surroundings {
        home: home()?,
        local_user: local_user(),
        uid: rustix::process::getuid().as_raw(),
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

/// Whether the command's exit status is 0. It reads and prints nothing, as for ssh.
fn run(shell: &Path, command: &str) -> std::io::Result<bool> {
    let mut program = Command::new(shell);
    program
        .arg("-c")
        .arg(format!("exec {command}"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    Ok(program.status()?.success())
}

/// The addresses of all interfaces that are up.
fn addresses() -> std::io::Result<Vec<IpAddr>> {
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

/// The secrets given beforehand, and whom to ask for the others.
pub async fn credentials(
    prompter: Arc<dyn Prompter>,
    passphrase_file: Option<PathBuf>,
    password_file: Option<PathBuf>,
) -> Result<Credentials> {
    if passphrase_file.as_deref() == Some(Path::new("-"))
        && password_file.as_deref() == Some(Path::new("-"))
    {
        return Err(
            Usage::new("standard input can hold the passphrase or the password, not both").into()
        );
    }
    // On a thread of its own: a pipe that nobody writes to must not hold up Ctrl-C.
    let secrets = tokio::task::spawn_blocking(move || -> Result<_> {
        Ok((
            given(passphrase_file.as_deref(), "SSHK_PASSPHRASE")?,
            given(password_file.as_deref(), "SSHK_PASSWORD")?,
        ))
    });
    let (passphrase, password) = secrets.await??;
    let (passphrase, password) = (passphrase.map(Passphrase::new), password.map(Password::new));
    let agent =
        std::env::var_os("SSH_AUTH_SOCK").filter(|socket| !socket.is_empty()).map(PathBuf::from);
    Ok(Credentials::new(prompter, passphrase, password, agent))
}

/// A secret from `file`, `-` for standard input, else from the environment variable `name`.
pub fn given(file: Option<&Path>, name: &str) -> Result<Option<Zeroizing<String>>> {
    match file {
        Some(path) => secret_file(path).map(Some),
        None => match std::env::var(name) {
            Ok(value) => Ok(Some(Zeroizing::new(value))),
            Err(std::env::VarError::NotPresent) => Ok(None),
            Err(std::env::VarError::NotUnicode(_)) => {
                Err(Usage::new(format!("the environment variable {name} is not UTF-8")).into())
            }
        },
    }
}

/// The file's text less one trailing newline.
pub fn secret_file(path: &Path) -> Result<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::with_capacity(4096));
    let read = match path == Path::new("-") {
        true => std::io::stdin().lock().take(MAX_SECRET + 1).read_to_string(&mut text),
        false => std::fs::File::open(path)
            .and_then(|file| file.take(MAX_SECRET + 1).read_to_string(&mut text)),
    };
    read.with_context(|| format!("the secret could not be read from {path:?}"))?;
    if text.len() as u64 > MAX_SECRET {
        anyhow::bail!("{path:?} is too long for a secret; nothing was done");
    }
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    Ok(text)
}

/// The terminal's kind for the server; `SetEnv TERM=…` goes before our own, and empty means that
/// nothing is known.
pub fn term(endpoint: &Endpoint) -> String {
    let set = endpoint.set_env.iter().find(|(name, value)| name == "TERM" && !value.is_empty());
    set.map(|(_, value)| value.clone()).or_else(|| std::env::var("TERM").ok()).unwrap_or_default()
}

/// The variables to send: `SetEnv` first, then those of ours that `SendEnv` names.
pub fn sent_variables(endpoint: &Endpoint) -> Vec<(String, String)> {
    let mut variables = endpoint.set_env.clone();
    for (name, value) in std::env::vars_os() {
        let (Ok(name), Ok(value)) = (name.into_string(), value.into_string()) else { continue };
        if endpoint.sends_env(&name) && !variables.iter().any(|(set, _)| *set == name) {
            variables.push((name, value));
        }
    }
    variables
}

/// Where Debian's package openssh-blacklist keeps its lists, and sshd of those days looked for
/// more.
const BLACKLISTS: [&str; 2] = ["/usr/share/ssh", "/etc/ssh"];

/// The lists of weak keys that this machine has (`blacklist.RSA-2048` and the like); none is the
/// rule.
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
        // A list that cannot be read is none.
        if let Ok(list) = std::fs::read(entry.path()) {
            blacklist.add(&String::from_utf8_lossy(&list));
        }
    }
    blacklist
}

/// No core dump and no debugger gets at the secrets of this process; before the first of them is
/// read.
pub fn keep_secrets_in_memory() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    // A system that refuses either still runs the program.
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
