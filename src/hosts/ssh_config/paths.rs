//! The files and sockets that a configuration names, expanded, or their defaults.

use std::path::{Path, PathBuf};

use super::assignment::Located;
use super::error::Error;
use super::expand::{Tokens, split_tilde};
use super::hops::is_none;
use super::location::Location;
use super::options::{IdentityFile, Options};
use super::setting::Files;
use super::surroundings::Surroundings;
use super::value::IdentityAgent;

/// pathnames.h: the types that OpenSSH 9.2 and 10.5 both try, in their order.
const DEFAULT_IDENTITIES: [&str; 5] =
    ["id_rsa", "id_ecdsa", "id_ecdsa_sk", "id_ed25519", "id_ed25519_sk"];

/// Expands paths for one destination.
pub(super) struct Paths<'a> {
    pub options: &'a Options,
    pub tokens: &'a Tokens,
    pub surroundings: &'a Surroundings,
}

impl Paths<'_> {
    pub(super) fn identity_files(&self) -> Result<Vec<PathBuf>, Error> {
        if self.options.identity_files.is_empty() {
            return Ok(self.in_home(&DEFAULT_IDENTITIES));
        }
        let mut files = Vec::new();
        for Located { value, location } in &self.options.identity_files {
            let file = match value {
                IdentityFile::Written(text) if is_none(text) => continue,
                IdentityFile::Written(text) => self.tokens.path(text, self.surroundings),
                IdentityFile::Given(path) => self.literal(path),
            };
            files.push(file.map_err(|why| Error::bad_value(location, "IdentityFile", why))?);
        }
        Ok(files)
    }

    pub(super) fn certificate_files(&self) -> Result<Vec<PathBuf>, Error> {
        let mut files = Vec::new();
        for Located { value, location } in &self.options.certificate_files {
            if !is_none(value) {
                let file = self.tokens.path(value, self.surroundings);
                files.push(file.map_err(|why| Error::bad_value(location, "CertificateFile", why))?);
            }
        }
        Ok(files)
    }

    pub(super) fn identity_agent(&self) -> Result<IdentityAgent, Error> {
        let Some(agent) = &self.options.identity_agent else { return Ok(IdentityAgent::Default) };
        match agent.value.as_str() {
            "SSH_AUTH_SOCK" => Ok(IdentityAgent::Default),
            "none" => Ok(IdentityAgent::None),
            _ => {
                let socket = self.socket(agent, "IdentityAgent")?;
                Ok(socket.map_or(IdentityAgent::None, IdentityAgent::Socket))
            }
        }
    }

    /// The socket that ForwardAgent names, whether or not the agent is forwarded.
    pub(super) fn forward_agent_socket(&self) -> Result<Option<PathBuf>, Error> {
        match &self.options.forward_agent_socket {
            Some(agent) => self.socket(agent, "ForwardAgent"),
            None => Ok(None),
        }
    }

    /// `$NAME` is the older form of `${NAME}`; there, an unset variable means no agent.
    fn socket(
        &self,
        agent: &Located<String>,
        keyword: &'static str,
    ) -> Result<Option<PathBuf>, Error> {
        match agent.value.strip_prefix('$') {
            Some(name) if !name.starts_with('{') => {
                Ok((self.surroundings.env)(name).map(PathBuf::from))
            }
            _ => {
                let path = self.tokens.path(&agent.value, self.surroundings);
                path.map(Some).map_err(|why| Error::bad_value(&agent.location, keyword, why))
            }
        }
    }

    pub(super) fn user_known_hosts(&self) -> Result<Vec<PathBuf>, Error> {
        let Some(Located { value, location }) = self.options.files.get(&Files::UserKnownHosts)
        else {
            return Ok(self.in_home(&["known_hosts", "known_hosts2"]));
        };
        self.expanded(value, location, "UserKnownHostsFile")
    }

    pub(super) fn revoked_host_keys(&self) -> Result<Vec<PathBuf>, Error> {
        match self.options.files.get(&Files::RevokedHostKeys) {
            Some(Located { value, location }) => self.expanded(value, location, "RevokedHostKeys"),
            None => Ok(Vec::new()),
        }
    }

    fn expanded(
        &self,
        names: &[String],
        location: &Location,
        keyword: &'static str,
    ) -> Result<Vec<PathBuf>, Error> {
        let named = names.iter().filter(|name| !is_none(name));
        named
            .map(|name| self.tokens.path(name, self.surroundings))
            .collect::<Result<_, _>>()
            .map_err(|why| Error::bad_value(location, keyword, why))
    }

    /// `~` is expanded here, tokens are not.
    pub(super) fn global_known_hosts(&self) -> Result<Vec<PathBuf>, Error> {
        let Some(Located { value, location }) = self.options.files.get(&Files::GlobalKnownHosts)
        else {
            let folder = self.surroundings.system_folder();
            return Ok(vec![folder.join("ssh_known_hosts"), folder.join("ssh_known_hosts2")]);
        };
        let named = value.iter().filter(|name| !is_none(name));
        named
            .map(|name| self.literal(Path::new(name)))
            .collect::<Result<_, _>>()
            .map_err(|why| Error::bad_value(location, "GlobalKnownHostsFile", why))
    }

    fn in_home(&self, names: &[&str]) -> Vec<PathBuf> {
        names.iter().map(|name| self.surroundings.home.join(".ssh").join(name)).collect()
    }

    /// Expands a `~` that the shell left alone (`-i=~/key`), as ssh does; a percent sign is part of
    /// the name.
    fn literal(&self, path: &Path) -> Result<PathBuf, String> {
        match path.to_str().map(|text| split_tilde(text, self.surroundings)).transpose()? {
            Some((Some(home), rest)) => Ok(home.join(rest)),
            _ => Ok(path.to_owned()),
        }
    }
}

/// RevokedHostKeys as `ssh -G` prints it.
pub(super) fn written_revoked_host_keys(options: &Options) -> Vec<String> {
    let written = options.files.get(&Files::RevokedHostKeys).map(|names| &names.value);
    written.into_iter().flatten().filter(|name| !is_none(name)).cloned().collect()
}

/// The identity files as `ssh -G` prints them.
pub(super) fn written_identity_files(options: &Options) -> Vec<String> {
    if options.identity_files.is_empty() {
        return DEFAULT_IDENTITIES.iter().map(|name| format!("~/.ssh/{name}")).collect();
    }
    let written = options.identity_files.iter().map(|file| match &file.value {
        IdentityFile::Given(path) => path.display().to_string(),
        IdentityFile::Written(text) => text.clone(),
    });
    written.collect()
}
