//! Which keys are offered: the configured files, their certificates and the agent's keys, in ssh's
//! order (pubkey_prepare of sshconnect2.c).

use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use ssh_key::public::KeyData;
use ssh_key::{Certificate, PublicKey};

use super::account::Account;
use super::agent::{self, Held, HeldKey};
use super::error::{Error, LoginError};
use super::signatures::{Signatures, offered_name};
use crate::keys::certificate;
use crate::keys::identity::Identity;
use crate::keys::identity_files::IdentityFile;
use crate::keys::key_file::KeyFile;
use crate::keys::weak::rsa_bits;

impl Account {
    /// All keys and certificates to log in with: certificates that the configuration names, then
    /// the agent's keys that an identity file names, the agent's other keys, and the identity files
    /// that the agent does not hold; each file with the certificate next to it. `IdentitiesOnly`
    /// leaves out the agent's other keys. Identities that may not be offered are left out, with a
    /// notice.
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
            // The agent can list a key twice, or one that is already first.
            let is_there = |order: &[Identity]| order.iter().any(|earlier| held.is(earlier));
            if !named.is_empty() {
                order.extend(named);
            } else if !is_there(&order) && !is_there(&others) {
                others.push(held.identity(&self.agent_socket().unwrap_or_default()));
            }
        }
        if !self.endpoint.identities_only {
            // A certificate comes before its key, whatever the agent's order.
            others.sort_by_key(|identity| identity.certificate().is_none());
            order.extend(others);
        }
        order.extend(files);
        order.retain(|identity| self.may_offer(identity));
        order.into_iter().map(Arc::new).collect()
    }

    /// `identity` and nothing else, as `ssh -i FILE -o IdentitiesOnly=yes` uses it: first its
    /// certificates, which the configuration names, which are next to the key or in the agent, then
    /// the key itself. A key that was given as its public key file is that key alone, and a
    /// certificate that certificate. There is a notice about what may not be offered, and an error
    /// if nothing is left.
    pub(super) async fn named(&self, identity: &Identity) -> Result<Vec<Arc<Identity>>, Error> {
        let held = self.held().await;
        let own = self.beside_held(identity.clone(), &held);
        let mut order = Vec::new();
        if own.certificate_path().is_some() && own.certificate().is_none() {
            order = self.configured_certificates(std::slice::from_ref(&own), &held);
            order.extend(self.certificates_beside(&own, &held));
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
                let fingerprint = own.fingerprint().to_string();
                return Err(LoginError::NotOffered { fingerprint, why }.into());
            }
            Some(_) => {}
            None => order.push(own),
        }
        Ok(order.into_iter().map(Arc::new).collect())
    }

    /// The keys that the agent holds, each once, without certificates.
    pub(super) async fn plain_held(&self) -> Vec<Identity> {
        let socket = self.agent_socket().unwrap_or_default();
        let mut keys: Vec<Identity> = Vec::new();
        for held in self.held().await.iter().filter(|held| held.certificate().is_none()) {
            if !keys.iter().any(|key| held.is(key)) {
                keys.push(held.identity(&socket));
            }
        }
        keys
    }

    /// What the agent holds; if it fails, nothing, with a notice.
    async fn held(&self) -> Vec<Held> {
        let Some(socket) = self.agent_socket() else { return Vec::new() };
        agent::list(&socket, None).await.unwrap_or_else(|error| {
            self.notices.say(error.to_string());
            Vec::new()
        })
    }

    /// The key of an identity file, and the certificate next to it.
    fn of_file(&self, path: &Path, held: &[Held]) -> Vec<Identity> {
        let file = KeyFile::new(path);
        let identity = match self.identity_files.get(&file) {
            Ok(IdentityFile::Key(identity)) => self.beside_held(*identity, held),
            Ok(IdentityFile::Certificate(certificate)) => {
                return self.certificate_alone(&file, certificate, held).into_iter().collect();
            }
            // The default files need not exist; one that was named should.
            Err(_) if self.endpoint.identity_files_are_default => return Vec::new(),
            Err(error) => {
                self.notices.detail(format!("not offered: {error}"));
                return Vec::new();
            }
        };
        // Both share one place in ssh's order, the certificate first: a user who has one wants it
        // used.
        self.certificates_beside(&identity, held).into_iter().chain([identity]).collect()
    }

    /// The certificates of an identity that came from the file `KEY`: the one that `KEY.pub` holds
    /// in place of the key, and `KEY-cert.pub` if the configuration names no certificates.
    fn certificates_beside(&self, identity: &Identity, held: &[Held]) -> Vec<Identity> {
        let keys = std::slice::from_ref(identity);
        let public = identity
            .public_certificate()
            .and_then(|(path, certificate)| self.certificate_for(&path, certificate, keys, held));
        let path = identity
            .certificate_path()
            .filter(|path| self.endpoint.certificate_files.is_empty() && path.exists());
        let beside = path.and_then(|path| self.certificate_of(&path, keys, held));
        public.into_iter().chain(beside).collect()
    }

    /// A certificate that was named as if it were a key: `KEY-cert.pub`, whose private key is
    /// `KEY`.
    fn certificate_alone(
        &self,
        file: &KeyFile,
        certificate: Arc<Certificate>,
        held: &[Held],
    ) -> Option<Identity> {
        let name = file.path().to_str().and_then(|name| name.strip_suffix("-cert.pub"));
        let key = name.and_then(|name| self.identity_files.get(&KeyFile::new(name)).ok()).and_then(
            |file| match file {
                IdentityFile::Key(key) => Some(self.beside_held(*key, held)),
                IdentityFile::Certificate(_) => None,
            },
        );
        self.certificate_for(file.path(), certificate, key.as_slice(), held)
    }

    fn configured_certificates(&self, keys: &[Identity], held: &[Held]) -> Vec<Identity> {
        self.endpoint
            .certificate_files
            .iter()
            .filter_map(|path| self.certificate_of(path, keys, held))
            .collect()
    }

    /// The certificate in a file, for the one of the keys that it belongs to, or a key in the
    /// agent.
    fn certificate_of(&self, path: &Path, keys: &[Identity], held: &[Held]) -> Option<Identity> {
        match KeyFile::new(path).read_certificate() {
            Ok(certificate) => self.certificate_for(path, Arc::new(certificate), keys, held),
            Err(error) => {
                self.notices.detail(format!("not offered: {error}"));
                None
            }
        }
    }

    /// The same, if the file at `path` has been read.
    fn certificate_for(
        &self,
        path: &Path,
        certificate: Arc<Certificate>,
        keys: &[Identity],
        held: &[Held],
    ) -> Option<Identity> {
        let not_offered = |why: &dyn std::fmt::Display| {
            self.notices.detail(format!("the certificate {path:?} is not offered: {why}"));
            None
        };
        let own = keys.iter().find(|key| key.public().key_data() == certificate.public_key());
        let in_agent = || held.iter().find(|held| held.key_data() == certificate.public_key());
        let key = match (own, in_agent()) {
            (Some(key), _) => key.certified(certificate),
            (None, Some(held)) => {
                held.identity(&self.agent_socket().unwrap_or_default()).certified(certificate)
            }
            // If there are keys to compare it with, the error can say more than that one is
            // missing.
            (None, None) if !keys.is_empty() => return not_offered(&certificate::Unfit::OtherKey),
            (None, None) => return not_offered(&"its private key is not available"),
        };
        Some(self.beside_held(key.named(path), held))
    }

    /// The same identity with the agent, if the agent can sign for it.
    fn beside_held(&self, identity: Identity, held: &[Held]) -> Identity {
        let Some(socket) = self.agent_socket() else { return identity };
        let key = identity.public().key_data();
        // The plain key signs for its certificates too; an agent that holds only a certificate is
        // asked to sign with that.
        let plain = held.iter().find(|held| held.certificate().is_none() && held.key_data() == key);
        match plain.or_else(|| held.iter().find(|held| held.key_data() == key)) {
            Some(held) => identity.with_agent(&socket, &held.blob),
            None => identity,
        }
    }

    /// Whether the configuration allows offering this identity; if not, with a notice.
    fn may_offer(&self, identity: &Identity) -> bool {
        match self.objection(identity) {
            None => true,
            Some(why) => {
                let what = if identity.certificate().is_some() { "certificate" } else { "key" };
                self.notices
                    .detail(format!("the {what} {:?} is not offered: {why}", identity.name()));
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
            return Some("it is on a security key, and no agent holds it".into());
        }
        let bits = rsa_bits(key);
        let required = self.endpoint.required_rsa_size;
        if let Some(bits) = bits.filter(|&bits| bits < required) {
            return Some(format!("it has {bits} bits, but RequiredRSASize is {required}"));
        }
        Signatures::of_users(&self.endpoint).hashes(identity).is_empty().then(|| {
            let name = offered_name(identity, Some(ssh_key::HashAlg::Sha512));
            format!("PubkeyAcceptedAlgorithms does not allow {name}")
        })
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

    /// Whether `identity` is the same thing to offer: the key, or the same certificate for it.
    fn is(&self, identity: &Identity) -> bool {
        self.key_data() == identity.public().key_data()
            && self.certificate() == identity.certificate()
    }

    fn identity(&self, socket: &Path) -> Identity {
        let public = PublicKey::new(self.key_data().clone(), self.comment.clone());
        let key =
            Identity::public_only(self.comment.clone(), public).with_agent(socket, &self.blob);
        match self.certificate() {
            Some(certificate) => key.certified(Arc::new(certificate.clone())),
            None => key,
        }
    }
}

/// The time in seconds since 1970, as certificates count.
pub(super) fn now() -> u64 {
    // A clock before 1970 makes every certificate "not yet valid", as for ssh.
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

impl Account {
    /// `identity` with this account's agent, if that agent holds it. An agent that fails holds
    /// nothing.
    pub async fn beside_its_agent(&self, identity: &Arc<Identity>) -> Arc<Identity> {
        let Some(socket) = self.agent_socket() else { return identity.clone() };
        let held = agent::list(&socket, None).await.unwrap_or_default();
        match held.iter().find(|held| {
            held.certificate().is_none() && held.key_data() == identity.public().key_data()
        }) {
            Some(held) => Arc::new(Identity::clone(identity).with_agent(&socket, &held.blob)),
            None => identity.clone(),
        }
    }
}
