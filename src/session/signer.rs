//! Signatures for a login: asked for only after the server said it would take the key, RSA in constant time.

use std::path::Path;

use rsa::signature::Signer as _;
use russh::Signer;
use russh::keys::agent::AgentIdentity;
use russh::keys::agent::client::AgentClient;
use ssh_key::private::KeypairData;
use ssh_key::{HashAlg, PrivateKey, Signature};
use zeroize::Zeroizing;

use super::Error;
use super::steps::Steps;
use crate::credentials::Credentials;
use crate::identity::{self, Identity};

/// Signs with one identity: from its file, or through the agent that holds it.
pub(super) struct IdentitySigner<'a> {
    pub(super) identity: &'a Identity,
    pub(super) credentials: &'a Credentials,
    pub(super) steps: &'a Steps,
    /// Nobody is to be asked for a passphrase.
    pub(super) batch_mode: bool,
    /// Set once the server has said that it would take the key.
    pub(super) wanted: bool,
}

/// Why no signature was made; the connection survives it.
pub(super) enum SignError {
    /// The connection is gone.
    Gone,
    Own(Box<Error>),
}

impl From<russh::SendError> for SignError {
    fn from(_: russh::SendError) -> Self {
        Self::Gone
    }
}

impl From<Error> for SignError {
    fn from(error: Error) -> Self {
        Self::Own(Box::new(error))
    }
}

impl Signer for IdentitySigner<'_> {
    type Error = SignError;

    async fn auth_sign(&mut self, key: &AgentIdentity, hash: Option<HashAlg>, to_sign: Vec<u8>) -> Result<Vec<u8>, SignError> {
        self.wanted = true;
        let needs_question = self.identity.needs_question(self.credentials).await;
        let use_agent = self.identity.agent().filter(|_| !self.identity.has_private() || needs_question);
        if let Some(socket) = use_agent {
            return Ok(sign_by_agent(socket, key, hash, to_sign).await?);
        }
        if needs_question && self.batch_mode {
            return Err(Error::Identity(identity::Error::locked(self.identity.name())).into());
        }
        let private = {
            // A passphrase may be asked for here.
            let _asking = self.steps.asking();
            self.identity.private_key(self.credentials).await.map_err(Error::from)?
        };
        let Some(private) = private else {
            return Err(Error::NoPrivateHalf { fingerprint: self.identity.fingerprint().to_string() }.into());
        };
        let signature = sign(&private, hash, &to_sign).map_err(|why| Error::Protocol { step: self.steps.current(), why })?;
        append(to_sign, signature).map_err(|why| Error::Protocol { step: self.steps.current(), why }.into())
    }
}

/// Says no to every signature: tells "would take this key" from "would not" without the private half.
pub(super) struct Probe {
    pub(super) wanted: bool,
}

impl Signer for Probe {
    type Error = SignError;

    async fn auth_sign(&mut self, _: &AgentIdentity, _: Option<HashAlg>, _: Vec<u8>) -> Result<Vec<u8>, SignError> {
        self.wanted = true;
        Err(SignError::Gone)
    }
}

async fn sign_by_agent(socket: &Path, key: &AgentIdentity, hash: Option<HashAlg>, to_sign: Vec<u8>) -> Result<Vec<u8>, Error> {
    let failed = |why: String| Error::Agent { socket: socket.to_owned(), why };
    let mut agent = AgentClient::connect_uds(socket).await.map_err(|error| failed(words(&error)))?;
    agent.sign_request(key, hash, to_sign).await.map_err(|error| failed(format!("it did not sign: {}", words(&error))))
}

/// What went wrong, without Rust's "(os error 2)".
fn words(error: &impl std::fmt::Display) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_lowercase()
}

/// The signature of RFC 4253 section 6.6 over `data`; `hash` matters for RSA alone (RFC 8332).
fn sign(key: &PrivateKey, hash: Option<HashAlg>, data: &[u8]) -> Result<Signature, String> {
    match (key.key_data(), hash) {
        (KeypairData::Rsa(_), None) => Err("an SHA-1 signature was asked for".into()),
        (KeypairData::Rsa(pair), Some(hash)) => match ring_key(pair) {
            Some(ring_key) => sign_with_ring(&ring_key, hash, data),
            // ring stops at 4096 bits; above that the rsa crate signs, with blinding but not in constant time.
            None => (pair, Some(hash)).try_sign(data).map_err(|error: rsa::signature::Error| error.to_string()),
        },
        _ => key.try_sign(data).map_err(|error| error.to_string()),
    }
}

/// The key for ring, whose RSA is constant-time (the rsa crate's is not: RUSTSEC-2023-0071); `None` outside 2048 to 4096 bits.
fn ring_key(pair: &ssh_key::private::RsaKeypair) -> Option<ring::rsa::KeyPair> {
    let key = rsa::RsaPrivateKey::try_from(pair).ok()?;
    let der: Zeroizing<Vec<u8>> = Zeroizing::new(rsa::pkcs1::EncodeRsaPrivateKey::to_pkcs1_der(&key).ok()?.as_bytes().to_vec());
    ring::rsa::KeyPair::from_der(&der).ok()
}

fn sign_with_ring(key: &ring::rsa::KeyPair, hash: HashAlg, data: &[u8]) -> Result<Signature, String> {
    use ring::signature::{RSA_PKCS1_SHA256, RSA_PKCS1_SHA512, RsaEncoding};
    let encoding: &dyn RsaEncoding = match hash {
        HashAlg::Sha256 => &RSA_PKCS1_SHA256,
        _ => &RSA_PKCS1_SHA512,
    };
    let mut bytes = vec![0; key.public().modulus_len()];
    key.sign(encoding, &ring::rand::SystemRandom::new(), data, &mut bytes).map_err(|_| "RSA signing failed".to_owned())?;
    Signature::new(ssh_key::Algorithm::Rsa { hash: Some(hash) }, bytes).map_err(|error| error.to_string())
}

/// What russh expects back: the signed data and, as one more SSH string, the signature.
fn append(mut data: Vec<u8>, signature: Signature) -> Result<Vec<u8>, String> {
    let blob: Vec<u8> = Vec::try_from(signature).map_err(|error: ssh_key::Error| error.to_string())?;
    let length = u32::try_from(blob.len()).map_err(|_| "the signature is too long".to_owned())?;
    data.extend_from_slice(&length.to_be_bytes());
    data.extend_from_slice(&blob);
    Ok(data)
}

/// The keys an agent holds, certificates apart, with the comments it has for them.
pub(super) async fn agent_keys(socket: &Path) -> Result<Vec<(ssh_key::PublicKey, String)>, Error> {
    let failed = |why: String| Error::Agent { socket: socket.to_owned(), why };
    let mut agent = AgentClient::connect_uds(socket).await.map_err(|error| failed(words(&error)))?;
    let held = agent.request_identities().await.map_err(|error| failed(words(&error)))?;
    let keys = held.into_iter().filter_map(|identity| match identity {
        AgentIdentity::PublicKey { key, comment } => Some((key, comment)),
        AgentIdentity::Certificate { .. } => None,
    });
    Ok(keys.collect())
}
