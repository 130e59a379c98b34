//! Which keys are offered: the configured files, their certificates and the agent's keys, in ssh's
//! order (pubkey_prepare of sshconnect2.c).

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use ssh_key::Certificate;
use ssh_key::public::KeyData;

use super::agent::{self, Held, HeldKey};
use super::signatures::{Signatures, wire_name};
use super::{Account, Error};
use crate::hosts::ssh_config::{ForwardAgent, IdentityAgent};
use crate::keys::certificate;
use crate::keys::identity::Identity;
use crate::keys::key_file::{self, KeyFile};

impl Account {
    /// Everything there is to log in with: certificates that the configuration names, then the
    /// agent's keys that a configured file names, the agent's others, and the files that the agent
    /// does not hold; each file with the certificate beside it. `IdentitiesOnly` leaves the agent's
    /// others out. What may not be offered is left out and said.
    pub async fn identities(&self) -> Vec<Arc<Identity>> {
        let held = self.held().await;
        let mut files = Vec::new();
        for path in &self.endpoint.identity_files {
            files.extend(self.of_file(path, &held));
        }
        let mut order = self.configured_certificates(&files, &held);
        let mut others: Vec<Identity> = Vec::new();
        for held in &held {
            let named = files
                .extract_if(.., |file| file.public().key_data() == held.key_data())
                .collect::<Vec<_>>();
            // The agent can list one thing twice, or what stands first already.
            let is_there = |order: &[Identity]| order.iter().any(|earlier| held.is(earlier));
            match named.is_empty() {
                false => order.extend(named),
                true if is_there(&order) || is_there(&others) => {}
                true => others.push(held.identity(&self.agent_socket().unwrap_or_default())),
            }
        }
        if !self.endpoint.identities_only {
            // A certificate before its key, whichever way round the agent has them.
            others.sort_by_key(|identity| identity.certificate().is_none());
            order.extend(others);
        }
        order.extend(files);
        order.retain(|identity| self.may_offer(identity));
        order.into_iter().map(Arc::new).collect()
    }

    /// `identity` and nothing else, as `ssh -i FILE -o IdentitiesOnly=yes` takes it: its
    /// certificates first, those of the files of the configuration, beside the key and in the
    /// agent, then the key itself. A key that was named by its public half is that key alone, and a
    /// certificate that certificate. What may not be offered is said; an error where nothing is
    /// left.
    pub(super) async fn named(&self, identity: &Identity) -> Result<Vec<Arc<Identity>>, Error> {
        let held = self.held().await;
        let own = self.beside_held(identity.clone(), &held);
        let mut order = Vec::new();
        if own.certificate_path().is_some() && own.certificate().is_none() {
            order = self.configured_certificates(std::slice::from_ref(&own), &held);
            order.extend(self.certificate_beside(&own, &held));
            let listed = held
                .iter()
                .filter(|held| held.key_data() == own.public().key_data())
                .filter_map(Held::certificate);
            for certificate in listed {
                if !order.iter().any(|earlier| earlier.certificate() == Some(certificate)) {
                    order.push(own.certified(Arc::new(certificate.clone())));
                }
            }
            order.retain(|identity| self.may_offer(identity));
        }
        match self.objection(&own) {
            Some(why) if order.is_empty() => {
                return Err(Error::NotOffered { fingerprint: own.fingerprint().to_string(), why });
            }
            Some(_) => {}
            None => order.push(own),
        }
        Ok(order.into_iter().map(Arc::new).collect())
    }

    /// What the agent holds; an agent that fails holds nothing, and that is said.
    async fn held(&self) -> Vec<Held> {
        let Some(socket) = self.agent_socket() else { return Vec::new() };
        agent::list(&socket).await.unwrap_or_else(|error| {
            self.notices.say(error.to_string());
            Vec::new()
        })
    }

    /// The key of an identity file, and the certificate beside it.
    fn of_file(&self, path: &Path, held: &[Held]) -> Vec<Identity> {
        let file = KeyFile::new(path);
        let identity = match Identity::load_unasked(&file) {
            Ok(identity) => self.beside_held(identity, held),
            Err(key_file::Error::Key { fault: key_file::Fault::Certificate, .. }) => {
                return self.certificate_alone(&file, held).into_iter().collect();
            }
            // The default files need not be there; one that was named should be.
            Err(_) if self.endpoint.identity_files_are_default => return Vec::new(),
            Err(error) => {
                self.notices.say(format!("not offered: {error}"));
                return Vec::new();
            }
        };
        // Both in one place of ssh's order, the certificate first: whoever has one wants it used.
        self.certificate_beside(&identity, held).into_iter().chain([identity]).collect()
    }

    /// `KEY-cert.pub` of an identity that came from the file `KEY`, where the configuration names
    /// no certificates.
    fn certificate_beside(&self, identity: &Identity, held: &[Held]) -> Option<Identity> {
        let path =
            identity.certificate_path().filter(|_| self.endpoint.certificate_files.is_empty())?;
        path.exists().then(|| self.certificate_of(&path, std::slice::from_ref(identity), held))?
    }

    /// A certificate that was named as if it were a key: `KEY-cert.pub`, whose private half is
    /// `KEY`.
    fn certificate_alone(&self, file: &KeyFile, held: &[Held]) -> Option<Identity> {
        let name = file.path().to_str().and_then(|name| name.strip_suffix("-cert.pub"));
        let key = name
            .and_then(|name| Identity::load_unasked(&KeyFile::new(name)).ok())
            .map(|key| self.beside_held(key, held));
        self.certificate_of(file.path(), key.as_slice(), held)
    }

    fn configured_certificates(&self, keys: &[Identity], held: &[Held]) -> Vec<Identity> {
        self.endpoint
            .certificate_files
            .iter()
            .filter_map(|path| self.certificate_of(path, keys, held))
            .collect()
    }

    /// The certificate in a file, for whichever of the keys it belongs to, or a key of the agent's.
    fn certificate_of(&self, path: &Path, keys: &[Identity], held: &[Held]) -> Option<Identity> {
        let not_offered = |why: &dyn std::fmt::Display| {
            self.notices.say(format!("the certificate {path:?} is not offered: {why}"));
            None
        };
        let certificate = match certificate::read(&KeyFile::new(path)) {
            Ok(certificate) => Arc::new(certificate),
            Err(error) => {
                self.notices.say(format!("not offered: {error}"));
                return None;
            }
        };
        let own = keys.iter().find(|key| key.public().key_data() == certificate.public_key());
        let in_agent = || held.iter().find(|held| held.key_data() == certificate.public_key());
        let key = match (own, in_agent()) {
            (Some(key), _) => key.certified(certificate),
            (None, Some(held)) => {
                held.identity(&self.agent_socket().unwrap_or_default()).certified(certificate)
            }
            // With keys to compare it to, there is more to say than that something is missing.
            (None, None) if !keys.is_empty() => return not_offered(&certificate::Unfit::OtherKey),
            (None, None) => return not_offered(&"its private key is not here"),
        };
        Some(self.beside_held(key.named(path), held))
    }

    /// The same identity with the agent, where the agent can sign for it.
    fn beside_held(&self, identity: Identity, held: &[Held]) -> Identity {
        let Some(socket) = self.agent_socket() else { return identity };
        let key = identity.public().key_data();
        // The plain key signs for its certificates too; an agent that has only a certificate signs
        // under the name of that.
        let plain = held.iter().find(|held| held.certificate().is_none() && held.key_data() == key);
        match plain.or_else(|| held.iter().find(|held| held.key_data() == key)) {
            Some(held) => identity.with_agent(&socket, &held.blob),
            None => identity,
        }
    }

    /// Whether this identity makes sense to a server under the configuration; says why not.
    fn may_offer(&self, identity: &Identity) -> bool {
        match self.objection(identity) {
            None => true,
            Some(why) => {
                let what = if identity.certificate().is_some() { "certificate" } else { "key" };
                self.notices.say(format!("the {what} {:?} is not offered: {why}", identity.name()));
                false
            }
        }
    }

    /// Why an identity may not be offered.
    pub(super) fn objection(&self, identity: &Identity) -> Option<String> {
        let key = identity.public().key_data();
        if let Some(certificate) = identity.certificate()
            && let Err(unfit) = certificate::check_user(certificate, key, now())
        {
            return Some(unfit.to_string());
        }
        if identity.is_in_hardware() && identity.agent().is_none() {
            return Some("it is in a security key, and no agent holds it".into());
        }
        let bits = rsa_bits(key);
        let required = self.endpoint.required_rsa_size;
        if let Some(bits) = bits.filter(|&bits| bits < required) {
            return Some(format!("it has {bits} bits, and RequiredRSASize asks for {required}"));
        }
        match Signatures::of_users(&self.endpoint).hashes(identity).is_empty() {
            true => Some(format!(
                "PubkeyAcceptedAlgorithms does not allow {}",
                wire_name(identity, Some(ssh_key::HashAlg::Sha512))
            )),
            false => None,
        }
    }

    /// The socket of the agent that ForwardAgent lends to the server; nothing where it lends none.
    pub fn lent_agent(&self) -> Option<PathBuf> {
        match &self.endpoint.forward_agent {
            ForwardAgent::No => None,
            ForwardAgent::Yes => self.agent_socket(),
            ForwardAgent::Socket(path) => Some(path.clone()),
        }
    }

    fn agent_socket(&self) -> Option<PathBuf> {
        match &self.endpoint.identity_agent {
            IdentityAgent::None => None,
            IdentityAgent::Socket(path) => Some(path.clone()),
            IdentityAgent::Default => self.credentials.agent().map(Path::to_owned),
        }
    }
}

impl Held {
    fn key_data(&self) -> &KeyData {
        match &self.key {
            HeldKey::Plain(key) => key.key_data(),
            HeldKey::Certificate(certificate) => certificate.public_key(),
        }
    }

    fn certificate(&self) -> Option<&Certificate> {
        match &self.key {
            HeldKey::Plain(_) => None,
            HeldKey::Certificate(certificate) => Some(certificate),
        }
    }

    /// Whether this is the very same offer: the key, or the same certificate for it.
    fn is(&self, identity: &Identity) -> bool {
        self.key_data() == identity.public().key_data()
            && self.certificate() == identity.certificate()
    }

    fn identity(&self, socket: &Path) -> Identity {
        let key = Identity::public_only(self.comment.clone(), self.key_data().clone().into())
            .with_agent(socket, &self.blob);
        match self.certificate() {
            Some(certificate) => key.certified(Arc::new(certificate.clone())),
            None => key,
        }
    }
}

/// In seconds since 1970, as certificates count.
pub(super) fn now() -> u64 {
    // A clock before 1970 makes every certificate "not yet valid", as for ssh.
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

pub(super) fn rsa_bits(key: &KeyData) -> Option<u32> {
    key.rsa().and_then(|key| key.n().as_positive_bytes()).map(|bytes| {
        let first = bytes.first().map_or(0, |byte| byte.leading_zeros());
        (bytes.len() as u32) * 8 - first
    })
}

/// The same key with the agent at `socket` beside it, where that agent holds it. An agent that
/// fails holds nothing.
pub async fn beside_agent(identity: Identity, socket: Option<&Path>) -> Identity {
    let Some(socket) = socket else { return identity };
    let held = agent::list(socket).await.unwrap_or_default();
    match held.iter().find(|held| {
        held.certificate().is_none() && held.key_data() == identity.public().key_data()
    }) {
        Some(held) => identity.with_agent(socket, &held.blob),
        None => identity,
    }
}
