//! The search for an RSA key, the one slow step of making a key.

use super::Error;
use rand::CryptoRng;
use rsa::RsaPrivateKey;
use rsa::traits::{PrivateKeyParts, PublicKeyParts};
use ssh_key::private::RsaKeypair;

/// An RSA key of exactly `bits` bits with e = 65537 and p > q, as OpenSSL makes them.
pub(super) fn generate<R: CryptoRng + ?Sized>(bits: u32, rng: &mut R) -> Result<RsaKeypair, Error> {
    let size = usize::try_from(bits).map_err(|_| Error::Generation)?;
    let key = RsaPrivateKey::new(rng, size).map_err(|_| Error::Generation)?;
    let mut primes = key.primes().to_vec();
    // Some readers of PKCS#1 (ring among them) want the larger prime first.
    primes.sort_by(|one, other| other.cmp(one));
    let key = RsaPrivateKey::from_components(key.n().as_ref().clone(), key.e().clone(), key.d().clone(), primes)
        .map_err(|_| Error::Generation)?;
    key.validate().map_err(|_| Error::Generation)?;
    if key.n().bits() != bits {
        return Err(Error::Generation);
    }
    RsaKeypair::try_from(&key).map_err(|_| Error::Generation)
}
