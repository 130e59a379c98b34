//! Whether a server's host key is trusted: known_hosts decides, then `StrictHostKeyChecking`, then
//! the user. When in doubt, the connection is refused.

mod acceptance;
mod command;
mod named;
mod soundness;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ssh_key::{Certificate, PublicKey};

use self::acceptance::Acceptance;
use self::command::{Presented, Purpose};
use self::soundness::Soundness;
use super::algorithms::Certificates;
use super::error::{Error, HostKeyError};
use super::identities::now;
use super::notices::Notices;
use super::signatures::Signatures;
use super::step::Step;
use super::steps::Steps;
use crate::credentials::Credentials;
use crate::hosts::known_hosts::{
    AuthorityStatus, HostKeyEntry, HostKeyStatus, HostName, KnownHosts, Origin,
};
use crate::hosts::ssh_config::{Endpoint, UpdateHostKeys};
use crate::keys::certificate::{self, Certified};

pub use self::named::describe;

/// What one connection needs to check its server's host key.
pub(super) struct Trust {
    name: HostName,
    /// As questions show it.
    address: String,
    /// The name of the address, if CheckHostIP has it checked.
    address_name: Option<HostName>,
    known: KnownHosts,
    /// With what KnownHostsCommand says of the host before its key is seen.
    expected: KnownHosts,
    /// What a certificate authority may have signed with.
    authorities: Signatures,
    soundness: Soundness,
    endpoint: Arc<Endpoint>,
    acceptance: Acceptance,
    notices: Notices,
    /// The key that was presented allows UpdateHostKeys.
    may_update: AtomicBool,
}

/// Which host keys the configuration accepts.
pub(super) struct Usable {
    allowed: Signatures,
    soundness: Soundness,
}

impl Usable {
    pub(super) fn includes(&self, key: &PublicKey) -> bool {
        self.allowed.allow_key(key) && self.soundness.check(key).is_ok()
    }
}

impl Trust {
    /// Reads the known_hosts files. If one cannot be read, there is no connection: an unreadable
    /// file is not an empty one.
    pub(super) async fn new(
        endpoint: Arc<Endpoint>,
        credentials: Arc<Credentials>,
        steps: Steps,
        notices: Notices,
    ) -> Result<Self, Error> {
        let name = HostName::new(&endpoint.host, endpoint.port, endpoint.host_key_alias.as_deref());
        let known =
            KnownHosts::read(&endpoint.user_known_hosts_files, &endpoint.global_known_hosts_files)?;
        let authorities = Signatures::of_authorities(&endpoint);
        let soundness = Soundness::of(&endpoint)?;
        let expected = match &endpoint.known_hosts_command {
            Some(command) => {
                steps.enter(Step::HostKey);
                let nothing = Presented::default();
                let output = command::output(command, Purpose::Order, name.as_str(), &nothing);
                known.with_output(steps.bound(output).await??)
            }
            None => known.clone(),
        };
        Ok(Self {
            name,
            address: String::new(),
            address_name: None,
            known,
            expected,
            authorities,
            soundness,
            endpoint: endpoint.clone(),
            acceptance: Acceptance { endpoint, credentials, steps, notices: notices.clone() },
            notices,
            may_update: AtomicBool::new(false),
        })
    }

    /// The address that answered; `None` if only a proxy knows it.
    pub(super) fn reached(&mut self, address: Option<SocketAddr>) {
        // ssh's wording.
        self.address = address
            .map_or_else(|| "<no hostip for proxy command>".into(), |it| it.ip().to_string());
        // As in ssh (check_host_key in sshconnect.c), not for the loopback: another machine's is
        // another host.
        self.address_name = address
            .filter(|it| self.endpoint.check_host_ip && !it.ip().is_loopback())
            .map(|it| HostName::new(&it.ip().to_string(), it.port(), None).exact())
            .filter(|it| it.as_str() != self.name.as_str());
    }

    /// The keys that a server announced, if UpdateHostKeys wants them. As in ssh, it does only if
    /// the host key is known from a file of the user or was accepted by the user, and is not from a
    /// certificate.
    pub(super) fn announced(&self, keys: Vec<PublicKey>) -> Option<Vec<PublicKey>> {
        if !self.may_update.load(Ordering::Relaxed)
            || self.endpoint.update_host_keys == UpdateHostKeys::No
        {
            return None;
        }
        // As in ssh, a server that repeats itself is not believed.
        let is_new = |(index, key): (usize, &PublicKey)| {
            !keys[..index].iter().any(|earlier| earlier.key_data() == key.key_data())
        };
        (!keys.is_empty() && keys.iter().enumerate().all(is_new)).then_some(keys)
    }

    /// The names that the host has in known_hosts.
    pub(super) fn names(&self) -> (HostName, Option<HostName>) {
        (self.name.clone(), self.address_name.clone())
    }

    /// The key types the host is known by, so that the server is asked for one of those first, as
    /// ssh does.
    pub(super) fn known_algorithms(&self) -> Vec<ssh_key::Algorithm> {
        self.expected.algorithms(&self.name)
    }

    /// Whether the configuration would accept the host key.
    pub(super) fn usable(&self) -> Usable {
        Usable { allowed: Signatures::of_hosts(&self.endpoint), soundness: self.soundness.clone() }
    }

    /// Which certificates the server is asked for: all of them if some authority is trusted for the
    /// host, or if nothing is known about it.
    pub(super) fn certificates(&self) -> Certificates {
        if self.expected.has_authority(&self.name) || self.known_algorithms().is_empty() {
            Certificates::All
        } else {
            Certificates::OfKnownTypes
        }
    }

    /// `Ok` means that the server is the right one; nothing is sent to it before that.
    pub(super) async fn check(&self, key: &PublicKey) -> Result<(), Error> {
        self.soundness.check(key)?;
        let presented = Presented::key(key);
        let known = self.asked(Purpose::HostName, &self.name, &presented).await?;
        let address = match &self.address_name {
            Some(name) => {
                let known = self.asked(Purpose::Address, name, &presented).await?;
                Some((name, known.status(name, key)))
            }
            None => None,
        };
        self.check_plain(&known, key, address).await
    }

    /// The known_hosts files, and what KnownHostsCommand says of this name.
    async fn asked(
        &self,
        purpose: Purpose,
        name: &HostName,
        presented: &Presented,
    ) -> Result<KnownHosts, Error> {
        Ok(match &self.endpoint.known_hosts_command {
            Some(command) => {
                let output = command::output(command, purpose, name.as_str(), presented);
                self.known.with_output(output.await?)
            }
            None => self.known.clone(),
        })
    }

    /// `address` is what known_hosts says about the key for the host's address.
    async fn check_plain(
        &self,
        known: &KnownHosts,
        key: &PublicKey,
        address: Option<(&HostName, HostKeyStatus)>,
    ) -> Result<(), Error> {
        let status = known.status(&self.name, key);
        let is_address_known = match (&status, &address) {
            (HostKeyStatus::Known { .. } | HostKeyStatus::New { .. }, Some((name, status))) => {
                self.check_address(key, name, status).await?
            }
            _ => true,
        };
        let new_address = address.filter(|_| !is_address_known).map(|(name, _)| name);
        match status {
            HostKeyStatus::Known { entry } => {
                let is_exact =
                    matches!(known.status(&self.name.exact(), key), HostKeyStatus::Known { .. });
                let is_own = is_exact && entry.origin == Origin::User;
                self.may_update.store(is_own, Ordering::Relaxed);
                if let Some(name) = new_address.filter(|_| is_exact) {
                    self.acceptance.learn(&[name], key);
                }
                Ok(())
            }
            HostKeyStatus::Revoked { entry } => Err(revoked(describe(key), entry)),
            HostKeyStatus::Changed { entry } => Err(self.changed(key, &entry)),
            HostKeyStatus::New { others } => match others.first() {
                // As in ssh, a new type of key for a known host is a changed key: otherwise it
                // would be a way around the known one.
                Some(entry) => Err(self.changed(key, entry)),
                None => {
                    let names: Vec<_> = [&self.name].into_iter().chain(new_address).collect();
                    let vouched = self.acceptance.accept(&names, &self.address, key).await?;
                    self.may_update.store(vouched, Ordering::Relaxed);
                    Ok(())
                }
            },
        }
    }

    /// Whether the address has the key too; not if it is new.
    async fn check_address(
        &self,
        key: &PublicKey,
        name: &HostName,
        status: &HostKeyStatus,
    ) -> Result<bool, Error> {
        let entry = match status {
            HostKeyStatus::Known { .. } => return Ok(true),
            HostKeyStatus::Revoked { entry } => return Err(revoked(describe(key), entry.clone())),
            HostKeyStatus::Changed { entry } => entry,
            HostKeyStatus::New { others } => match others.first() {
                Some(entry) => entry,
                None => return Ok(false),
            },
        };
        let difference = format!(
            "the host key of {} differs from that of its address {name}: {}:{} has {}",
            self.name,
            entry.file.display(),
            entry.line,
            describe(&entry.key)
        );
        let (address, file) = (name.to_string(), entry.file.clone());
        let differs =
            HostKeyError::AddressDiffers { difference: difference.clone(), address, file };
        self.acceptance.accept_difference(&self.name, key, &difference, differs).await?;
        Ok(true)
    }

    /// The same for a certificate: if an authority signed it that is trusted for the host, its key
    /// is trusted. Otherwise the plain key in it is checked, as by ssh (check_host_key in
    /// sshconnect.c), and the user is told why.
    pub(super) async fn check_certificate(&self, certificate: &Certificate) -> Result<(), Error> {
        let key = PublicKey::from(certificate.public_key().clone());
        self.soundness.check_certificate(certificate)?;
        let presented = Presented::certificate(certificate);
        let known = self.asked(Purpose::HostName, &self.name, &presented).await?;
        match known.authority(&self.name, certificate.signature_key()) {
            AuthorityStatus::Revoked { entry } => {
                let authority = PublicKey::from(certificate.signature_key().clone());
                let sent = format!("a certificate of the authority {}", describe(&authority));
                return Err(revoked(sent, entry));
            }
            AuthorityStatus::Trusted { .. } => {
                if let HostKeyStatus::Revoked { entry } = known.status(&self.name, &key) {
                    return Err(revoked(describe(&key), entry));
                }
                match certificate::check_host(certificate, &self.principal(), now(), |name| {
                    self.authorities.allow(name)
                }) {
                    Ok(()) => return Ok(()),
                    Err(unfit) => self.notices.say(format!(
                        "ignoring the host's {}: {unfit}; checking its plain key instead",
                        Certified::of(certificate)
                    )),
                }
            }
            AuthorityStatus::Unknown => {}
        }
        self.check_plain(&known, &key, None).await.map_err(|mut error| {
            if let Error::HostKey(HostKeyError::Changed { in_certificate, .. }) = &mut error {
                *in_certificate = true;
            }
            error
        })
    }

    /// The principal that a host certificate must have: the host, without a port.
    fn principal(&self) -> String {
        self.endpoint.host_key_alias.as_ref().unwrap_or(&self.endpoint.host).to_ascii_lowercase()
    }

    fn changed(&self, key: &PublicKey, entry: &HostKeyEntry) -> Error {
        HostKeyError::Changed {
            host: self.name.to_string(),
            sent: describe(key),
            file: entry.file.clone(),
            line: entry.line,
            origin: entry.origin,
            known: describe(&entry.key),
            in_certificate: false,
        }
        .into()
    }
}

fn revoked(sent: String, entry: HostKeyEntry) -> Error {
    HostKeyError::Revoked { sent, file: entry.file, line: entry.line }.into()
}
