//! Signatures for a login: asked for only after the server said it would take the key, RSA in
//! constant time.

use rsa::signature::{RandomizedSigner, SignatureEncoding, Signer as _};
use russh::Signer;
use russh::keys::agent::{AgentIdentity, AgentSessionBinding};
use ssh_key::private::{KeypairData, RsaKeypair};
use ssh_key::{Algorithm, HashAlg, PrivateKey, Signature};
use zeroize::Zeroizing;

use super::Error;
use super::agent::{self, Flags};
use super::signatures::signing;
use super::steps::Steps;
use crate::credentials::Credentials;
use crate::keys::identity::{self, Identity};

/// Signs with one identity: from its file, or through the agent that holds it.
pub(super) struct IdentitySigner<'a> {
    pub(super) identity: &'a Identity,
    pub(super) credentials: &'a Credentials,
    pub(super) steps: &'a Steps,
    /// For an agent, which server this is.
    pub(super) binding: Option<AgentSessionBinding>,
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

    async fn auth_sign(
        &mut self,
        _: &AgentIdentity,
        hash: Option<HashAlg>,
        to_sign: Vec<u8>,
    ) -> Result<Vec<u8>, SignError> {
        self.wanted = true;
        // A passphrase may be asked for here, or a touch of a token.
        let _asking = self.steps.asking();
        let signature = self.signature(hash, &to_sign).await?;
        append(to_sign, &signature)
            .map_err(|why| Error::Protocol { step: self.steps.current(), why }.into())
    }
}

impl IdentitySigner<'_> {
    async fn signature(&self, hash: Option<HashAlg>, data: &[u8]) -> Result<Vec<u8>, Error> {
        let needs_question = self.identity.needs_question(self.credentials).await;
        if let (Some(socket), Some(blob)) = (self.identity.agent(), self.identity.agent_blob())
            && (!self.identity.has_private() || needs_question)
        {
            let algorithm = signing(&self.identity.public().algorithm(), hash).to_string();
            let flags = match hash {
                Some(HashAlg::Sha512) => Flags::RsaSha2_512,
                Some(HashAlg::Sha256) => Flags::RsaSha2_256,
                _ => Flags::None,
            };
            return agent::sign(socket, blob, (&algorithm, flags), data, self.binding.as_ref())
                .await;
        }
        if needs_question && self.batch_mode {
            return Err(identity::Error::locked(&self.identity.private_name()).into());
        }
        let Some(private) = self.identity.private_key(self.credentials).await? else {
            return Err(Error::NoPrivateHalf {
                fingerprint: self.identity.fingerprint().to_string(),
            });
        };
        let signature = sign(&private, hash, data)
            .map_err(|why| Error::Protocol { step: self.steps.current(), why })?;
        Vec::try_from(signature)
            .map_err(|error| Error::Protocol { step: self.steps.current(), why: error.to_string() })
    }
}

/// Says no to every signature: tells "would take this key" from "would not" without the private
/// half.
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

/// The signature of RFC 4253 section 6.6 over `data`; `hash` matters for RSA alone (RFC 8332),
/// where none is SHA-1.
fn sign(key: &PrivateKey, hash: Option<HashAlg>, data: &[u8]) -> Result<Signature, String> {
    match key.key_data() {
        KeypairData::Rsa(pair) if !has_even_primes(pair) => {
            Err("RSA keys whose primes differ in length cannot sign here; make one of 4096 bits \
                with sshk keygen"
                .into())
        }
        KeypairData::Rsa(pair) => match (ring_key(pair), hash) {
            (Some(ring_key), Some(hash)) => sign_with_ring(&ring_key, hash, data),
            _ => sign_blinded(pair, hash, data).map_err(|_| "RSA signing failed".to_owned()),
        },
        _ => key.try_sign(data).map_err(|error| error.to_string()),
    }
}

/// Whether the primes have as many 64-bit limbs as each other: the rsa crate panics over others,
/// which keys of an odd length may have.
fn has_even_primes(pair: &ssh_key::private::RsaKeypair) -> bool {
    let limbs =
        |prime: &ssh_key::Mpint| prime.as_positive_bytes().map(|bytes| bytes.len().div_ceil(8));
    limbs(pair.private().p()) == limbs(pair.private().q())
}

/// The key for ring, whose RSA is constant-time (the rsa crate's is not: RUSTSEC-2023-0071); `None`
/// outside 2048 to 4096 bits.
fn ring_key(pair: &ssh_key::private::RsaKeypair) -> Option<ring::rsa::KeyPair> {
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

/// What ring does not do: keys above 4096 bits or below 2048, and SHA-1. Not in constant time, but
/// each signature is blinded by a random number, so that what its time tells is not about the key.
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

/// What russh expects back: the signed data and, as one more SSH string, the signature.
fn append(mut data: Vec<u8>, signature: &[u8]) -> Result<Vec<u8>, String> {
    let length =
        u32::try_from(signature.len()).map_err(|_| "the signature is too long".to_owned())?;
    data.extend_from_slice(&length.to_be_bytes());
    data.extend_from_slice(signature);
    Ok(data)
}
