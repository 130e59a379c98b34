//! The three NIST curves: a key pair from its private scalar, whatever the length a format gave it.

use super::fault::Fault;
use p256::elliptic_curve::sec1::ToSec1Point;
use ssh_key::EcdsaCurve;
use ssh_key::private::EcdsaKeypair;
use zeroize::Zeroizing;

/// The key pair of `scalar` (big endian; shorter and zero-padded forms are accepted), with its
/// public key computed.
pub(super) fn keypair(curve: EcdsaCurve, scalar: &[u8]) -> Result<EcdsaKeypair, Fault> {
    let unsound = |_| Fault::unsound("its private scalar is out of range for the curve");
    Ok(match curve {
        EcdsaCurve::NistP256 => {
            let secret = p256::SecretKey::from_slice(&*padded::<32>(scalar)?).map_err(unsound)?;
            EcdsaKeypair::NistP256 { public: secret.public_key().into(), private: secret.into() }
        }
        EcdsaCurve::NistP384 => {
            let secret = p384::SecretKey::from_slice(&*padded::<48>(scalar)?).map_err(unsound)?;
            EcdsaKeypair::NistP384 { public: secret.public_key().into(), private: secret.into() }
        }
        EcdsaCurve::NistP521 => {
            let secret = p521::SecretKey::from_slice(&*padded::<66>(scalar)?).map_err(unsound)?;
            EcdsaKeypair::NistP521 { public: secret.public_key().into(), private: secret.into() }
        }
    })
}

fn padded<const SIZE: usize>(scalar: &[u8]) -> Result<Zeroizing<[u8; SIZE]>, Fault> {
    let digits = &scalar[scalar.iter().take_while(|byte| **byte == 0).count()..];
    let mut bytes = Zeroizing::new([0; SIZE]);
    let start = SIZE
        .checked_sub(digits.len())
        .ok_or(Fault::unsound("its private scalar is out of range for the curve"))?;
    bytes[start..].copy_from_slice(digits);
    Ok(bytes)
}

/// Whether `point` (SEC 1, uncompressed or compressed) lies on the curve and is not its neutral
/// element.
pub(super) fn on_curve(curve: EcdsaCurve, point: &[u8]) -> bool {
    match curve {
        EcdsaCurve::NistP256 => p256::PublicKey::from_sec1_bytes(point).is_ok(),
        EcdsaCurve::NistP384 => p384::PublicKey::from_sec1_bytes(point).is_ok(),
        EcdsaCurve::NistP521 => p521::PublicKey::from_sec1_bytes(point).is_ok(),
    }
}

/// Whether two encodings (SEC 1, compressed or not) are the same point of the curve.
pub(super) fn same_point(curve: EcdsaCurve, one: &[u8], other: &[u8]) -> bool {
    uncompressed(curve, one).is_ok_and(|one| uncompressed(curve, other).is_ok_and(|it| it == one))
}

/// The uncompressed encoding (SEC 1) of a point, the only one that ssh has; it may be given
/// compressed.
pub(super) fn uncompressed(curve: EcdsaCurve, point: &[u8]) -> Result<Vec<u8>, Fault> {
    let off = |_| Fault::unsound("its point is not on the curve");
    Ok(match curve {
        EcdsaCurve::NistP256 => p256::PublicKey::from_sec1_bytes(point)
            .map_err(off)?
            .to_sec1_point(false)
            .as_bytes()
            .to_vec(),
        EcdsaCurve::NistP384 => p384::PublicKey::from_sec1_bytes(point)
            .map_err(off)?
            .to_sec1_point(false)
            .as_bytes()
            .to_vec(),
        EcdsaCurve::NistP521 => p521::PublicKey::from_sec1_bytes(point)
            .map_err(off)?
            .to_sec1_point(false)
            .as_bytes()
            .to_vec(),
    })
}
