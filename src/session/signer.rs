//! Signatures for a login, made only after the server has said that it would accept the key. RSA
//! keys of 2048 to 4096 bits sign in constant time.

use std::path::Path;

use rsa::signature::{RandomizedSigner, SignatureEncoding, Signer as _};
use russh::Signer;
use russh::keys::agent::{AgentIdentity, AgentSessionBinding};
use ssh_key::private::{KeypairData, RsaKeypair};
use ssh_key::{Algorithm, HashAlg, PrivateKey, Signature};
use zeroize::Zeroizing;

use super::agent::{self, Flags};
use super::error::{Error, LoginError};
use super::signatures::signing;
use super::steps::Steps;
use crate::credentials::Credentials;
use crate::keys::identity::{self, Identity};
use crate::ssh_string;

/// Signs with one identity: from its file, or through the agent that holds it.
pub(super) struct IdentitySigner<'a> {
    pub(super) identity: &'a Identity,
    pub(super) credentials: &'a Credentials,
    pub(super) steps: &'a Steps,
    /// Tells an agent which server this is.
    pub(super) binding: Option<AgentSessionBinding>,
    /// The server knows the form of a request that names its host key.
    pub(super) server_takes_host_keys: bool,
    /// Do not ask for a passphrase.
    pub(super) batch_mode: bool,
    /// Set once the server has said that it would accept the key.
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

    async fn auth_sign(
        &mut self,
        _: &AgentIdentity,
        hash: Option<HashAlg>,
        to_sign: Vec<u8>,
    ) -> Result<Vec<u8>, SignError> {
        self.wanted = true;
        // This may ask for a passphrase, or for a touch of a security key.
        let _asking = self.steps.asking();
        // What russh expects back: the signed data and, as one more SSH string, the signature.
        let (mut signed, signature) = self.signature(hash, to_sign).await?;
        ssh_string::put(&mut signed, &signature);
        Ok(signed)
    }
}

impl IdentitySigner<'_> {
    /// What was signed, which is `data` or says the same in another form, and the signature.
    async fn signature(
        &self,
        hash: Option<HashAlg>,
        data: Vec<u8>,
    ) -> Result<(Vec<u8>, Vec<u8>), Error> {
        let needs_question = self.identity.needs_question(self.credentials).await;
        if let (Some(socket), Some(blob)) = (self.identity.agent(), self.identity.agent_blob())
            && (!self.identity.has_private() || needs_question)
        {
            return self.signature_of_agent(socket, blob, hash, data).await;
        }
        if needs_question && self.batch_mode {
            return Err(identity::Error::locked(&self.identity.private_name()).into());
        }
        let Some(private) = self.identity.private_key(self.credentials).await? else {
            let fingerprint = self.identity.fingerprint().to_string();
            return Err(LoginError::NoPrivateKey { fingerprint }.into());
        };
        let failed = |why| {
            let fingerprint = self.identity.fingerprint().to_string();
            LoginError::CannotSign { fingerprint, why }
        };
        let signature = sign(&private, hash, &data).map_err(failed)?;
        let signature = Vec::try_from(signature).map_err(|error| failed(error.to_string()))?;
        Ok((data, signature))
    }

    /// An agent that was forwarded to this machine may refuse a key that is restricted to certain
    /// hosts unless the request names the server's host key. The other form comes second since not
    /// every server knows it.
    async fn signature_of_agent(
        &self,
        socket: &Path,
        blob: &[u8],
        hash: Option<HashAlg>,
        data: Vec<u8>,
    ) -> Result<(Vec<u8>, Vec<u8>), Error> {
        let algorithm = signing(&self.identity.public().algorithm(), hash).to_string();
        let flags = match hash {
            Some(HashAlg::Sha512) => Flags::RsaSha2_512,
            Some(HashAlg::Sha256) => Flags::RsaSha2_256,
            _ => Flags::None,
        };
        let how = (algorithm.as_str(), flags);
        let binding = self.binding.as_ref();
        if let Some(signature) = agent::sign(socket, blob, how, &data, binding).await? {
            return Ok((data, signature));
        }
        let host_key = binding.filter(|_| self.server_takes_host_keys).map(|it| it.host_key());
        let bound = host_key.and_then(|host_key| with_host_key(&data, host_key));
        if let Some(data) = bound
            && let Some(signature) = agent::sign(socket, blob, how, &data, binding).await?
        {
            return Ok((data, signature));
        }
        Err(agent::refused(socket))
    }
}

/// The same authentication request by `publickey-hostbound-v00@openssh.com` (PROTOCOL of OpenSSH,
/// section 3.1), which names the server's host key as well.
fn with_host_key(data: &[u8], host_key: &[u8]) -> Option<Vec<u8>> {
    let mut rest = data;
    let session = ssh_string::take(&mut rest)?;
    let (message, mut rest) = rest.split_first()?;
    let (user, service) = (ssh_string::take(&mut rest)?, ssh_string::take(&mut rest)?);
    ssh_string::take(&mut rest).filter(|method| *method == b"publickey")?;
    let mut bound = Vec::new();
    ssh_string::put(&mut bound, session);
    bound.push(*message);
    for part in [user, service, b"publickey-hostbound-v00@openssh.com"] {
        ssh_string::put(&mut bound, part);
    }
    bound.extend_from_slice(rest);
    ssh_string::put(&mut bound, host_key);
    Some(bound)
}

/// Makes no signature: tells whether the server would accept a key without the private key.
pub(super) struct Probe {
    pub(super) wanted: bool,
}

impl Signer for Probe {
    type Error = SignError;

    async fn auth_sign(
        &mut self,
        _: &AgentIdentity,
        _: Option<HashAlg>,
        _: Vec<u8>,
    ) -> Result<Vec<u8>, SignError> {
        self.wanted = true;
        Err(SignError::Gone)
    }
}

/// The signature of RFC 4253 section 6.6 over `data`. `hash` matters for RSA alone (RFC 8332);
/// there `None` is SHA-1, which only a configuration can ask for (`+ssh-rsa`).
pub(super) fn sign(
    key: &PrivateKey,
    hash: Option<HashAlg>,
    data: &[u8],
) -> Result<Signature, String> {
    match key.key_data() {
        KeypairData::Rsa(pair) => match (ring_key(pair), hash) {
            (Some(ring_key), Some(hash)) => sign_with_ring(&ring_key, hash, data),
            _ => sign_blinded(pair, hash, data).map_err(|_| "RSA signing failed".to_owned()),
        },
        _ => key.try_sign(data).map_err(|error| error.to_string()),
    }
}

/// Whether both primes have the same number of 64-bit limbs, as ring needs them; the rsa crate
/// signs with others too, but panics when it writes them as PKCS#1.
fn has_even_primes(pair: &ssh_key::private::RsaKeypair) -> bool {
    let limbs =
        |prime: &ssh_key::Mpint| prime.as_positive_bytes().map(|bytes| bytes.len().div_ceil(8));
    limbs(pair.private().p()) == limbs(pair.private().q())
}

/// The key for ring, whose RSA is constant-time (the rsa crate's is not: RUSTSEC-2023-0071); `None`
/// outside 2048 to 4096 bits, and for primes of different lengths.
fn ring_key(pair: &ssh_key::private::RsaKeypair) -> Option<ring::rsa::KeyPair> {
    if !has_even_primes(pair) {
        return None;
    }
    let key = rsa::RsaPrivateKey::try_from(pair).ok()?;
    let der: Zeroizing<Vec<u8>> = Zeroizing::new(
        rsa::pkcs1::EncodeRsaPrivateKey::to_pkcs1_der(&key).ok()?.as_bytes().to_vec(),
    );
    ring::rsa::KeyPair::from_der(&der).ok()
}

fn sign_with_ring(
    key: &ring::rsa::KeyPair,
    hash: HashAlg,
    data: &[u8],
) -> Result<Signature, String> {
    use ring::signature::{RSA_PKCS1_SHA256, RSA_PKCS1_SHA512, RsaEncoding};
    let encoding: &dyn RsaEncoding = match hash {
        HashAlg::Sha256 => &RSA_PKCS1_SHA256,
        _ => &RSA_PKCS1_SHA512,
    };
    let mut bytes = vec![0; key.public().modulus_len()];
    key.sign(encoding, &ring::rand::SystemRandom::new(), data, &mut bytes)
        .map_err(|_| "RSA signing failed".to_owned())?;
    Signature::new(ssh_key::Algorithm::Rsa { hash: Some(hash) }, bytes)
        .map_err(|error| error.to_string())
}

/// What ring does not support: keys above 4096 bits or below 2048, primes of different lengths, and
/// SHA-1. Not in constant time,
/// but each signature is blinded by a random number, so that its timing reveals nothing about the
/// key.
fn sign_blinded(
    pair: &RsaKeypair,
    hash: Option<HashAlg>,
    data: &[u8],
) -> Result<Signature, ssh_key::Error> {
    use rsa::pkcs1v15::SigningKey;
    let mut rng = rand::rng();
    let failed = |_| ssh_key::Error::Crypto;
    let signature = match hash {
        Some(HashAlg::Sha512) => {
            SigningKey::<rsa::sha2::Sha512>::try_from(pair)?.try_sign_with_rng(&mut rng, data)
        }
        Some(_) => {
            SigningKey::<rsa::sha2::Sha256>::try_from(pair)?.try_sign_with_rng(&mut rng, data)
        }
        None => SigningKey::<sha1::Sha1>::try_from(pair)?.try_sign_with_rng(&mut rng, data),
    };
    Signature::new(Algorithm::Rsa { hash }, signature.map_err(failed)?.to_vec())
}
