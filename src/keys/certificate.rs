//! OpenSSH certificates (PROTOCOL.certkeys): what one says, and whether it is valid here and now.
//!
//! The rules are those of sshkey_cert_check_authority and sshkey_cert_check_host (sshkey.c), in
//! their order.

use std::fmt;

use ssh_key::certificate::CertType;
use ssh_key::public::KeyData;
use ssh_key::{Certificate, Fingerprint, HashAlg};

use crate::wildcard;

/// The end date of a certificate that never expires.
const FOR_EVER: u64 = u64::MAX;

/// Why a certificate cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the message of a variant describes it")]
pub enum Unfit {
    #[error("it is a host certificate, which cannot log in")]
    NotForUsers,
    #[error("it is a user certificate, which cannot identify a host")]
    NotForHosts,
    #[error("it belongs to another key")]
    OtherKey,
    #[error("it is not valid before {}", Moment(*.from))]
    NotYetValid { from: u64 },
    #[error("it expired at {}", Moment(*.at))]
    Expired { at: u64 },
    #[error("it has no principals")]
    NoPrincipals,
    #[error("it is for {}, not for {name:?}", quoted(principals))]
    OtherName { name: String, principals: Vec<String> },
    #[error("it has critical options that sshk does not know: {}", quoted(options))]
    CriticalOptions { options: Vec<String> },
    #[error("its authority signed it with {algorithm}, which CASignatureAlgorithms does not allow")]
    Algorithm { algorithm: String },
    #[error("the signature of its authority is wrong")]
    Signature,
}

/// Who issued a certificate, and which one it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certified {
    /// The authority's name for it, which can be any text.
    pub key_id: String,
    /// 0 if the authority does not number its certificates.
    pub serial: u64,
    /// The authority's own key.
    pub authority: Fingerprint,
}

impl Certified {
    /// What the certificate says about itself.
    pub fn of(certificate: &Certificate) -> Self {
        Self {
            key_id: certificate.key_id().to_owned(),
            serial: certificate.serial(),
            authority: certificate.signature_key().fingerprint(HashAlg::Sha256),
        }
    }
}

impl fmt::Display for Certified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "certificate {:?} (serial {}) of the authority {}",
            self.key_id, self.serial, self.authority
        )
    }
}

/// Whether `certificate` can log its owner in with `key`, at `now` (in seconds since 1970). Which
/// account it logs in to is up to the server.
///
/// # Errors
///
/// The first reason why it cannot.
pub fn check_user(certificate: &Certificate, key: &KeyData, now: u64) -> Result<(), Unfit> {
    if certificate.cert_type() != CertType::User {
        return Err(Unfit::NotForUsers);
    }
    if certificate.public_key() != key {
        return Err(Unfit::OtherKey);
    }
    check_time(certificate, now)
}

/// Whether `certificate` vouches for the host of this name, at `now` (in seconds since 1970). Its
/// authority is trusted already; `allowed` says which signatures of authorities are
/// (CASignatureAlgorithms).
///
/// Principals are patterns, as for ssh. A certificate without any is valid for no host, as in
/// OpenSSH 10.3 and later.
///
/// # Errors
///
/// The first reason why it does not.
pub fn check_host(
    certificate: &Certificate,
    name: &str,
    now: u64,
    allowed: impl Fn(&str) -> bool,
) -> Result<(), Unfit> {
    if certificate.cert_type() != CertType::Host {
        return Err(Unfit::NotForHosts);
    }
    check_time(certificate, now)?;
    let principals = certificate.valid_principals();
    if principals.is_empty() {
        return Err(Unfit::NoPrincipals);
    }
    if !principals.iter().any(|principal| wildcard::matches(name, principal)) {
        return Err(Unfit::OtherName { name: name.to_owned(), principals: principals.to_vec() });
    }
    if !certificate.critical_options().is_empty() {
        return Err(Unfit::CriticalOptions {
            options: certificate.critical_options().keys().cloned().collect(),
        });
    }
    let algorithm = certificate.signature().algorithm();
    if !allowed(algorithm.as_str()) {
        return Err(Unfit::Algorithm { algorithm: algorithm.to_string() });
    }
    // This alone checks that the authority signed what the certificate says. The time was checked
    // above.
    let authority = certificate.signature_key().fingerprint(HashAlg::Sha256);
    certificate.validate_at(certificate.valid_after(), [&authority]).map_err(|_| Unfit::Signature)
}

fn check_time(certificate: &Certificate, now: u64) -> Result<(), Unfit> {
    if now < certificate.valid_after() {
        return Err(Unfit::NotYetValid { from: certificate.valid_after() });
    }
    match certificate.valid_before() {
        FOR_EVER => Ok(()),
        at if now >= at => Err(Unfit::Expired { at }),
        _ => Ok(()),
    }
}

fn quoted(names: &[String]) -> String {
    names.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ")
}

/// A time in readable form; certificates use UTC.
struct Moment(u64);

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, second) = (self.0 / 86_400, self.0 % 86_400);
        let (year, month, day) = civil(days);
        write!(
            f,
            "{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02} UTC",
            second / 3600,
            second / 60 % 60,
            second % 60
        )
    }
}

/// Year, month and day of a number of days since 1970-01-01, in the Gregorian calendar. Its cycle
/// of 400 years has 146,097 days; a year starts in March here, so that the leap day is its last.
fn civil(days: u64) -> (u64, u64, u64) {
    const CYCLE: u64 = 146_097;
    // From 0000-03-01.
    let days = u128::from(days) + 719_468;
    let (cycle, day) = ((days / u128::from(CYCLE)) as u64, (days % u128::from(CYCLE)) as u64);
    let year = (day - day / 1_460 + day / 36_524 - day / (CYCLE - 1)) / 365;
    let of_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (cycle * 400 + year + next, month, day)
}

#[cfg(test)]
mod tests {
    use ssh_key::certificate::Builder;
    use ssh_key::{Algorithm, PrivateKey};

    use super::*;

    fn certificate(kind: CertType, principals: &[&str]) -> Certificate {
        let (ca, key) = ([0; 2])
            .map(|_| PrivateKey::random(&mut rand::rng(), Algorithm::Ed25519).unwrap())
            .into();
        let mut builder =
            Builder::new_with_random_nonce(&mut rand::rng(), key.public_key(), 1000, 2000).unwrap();
        builder.cert_type(kind).unwrap();
        for principal in principals {
            builder.valid_principal(*principal).unwrap();
        }
        builder.sign(&ca).unwrap()
    }

    #[test]
    fn a_certificate_changed_after_it_was_signed_is_rejected() {
        let signed = certificate(CertType::Host, &["web1"]);
        assert_eq!(check_host(&signed, "web1", 1500, |_| true), Ok(()));
        let mut bytes = signed.to_bytes().unwrap();
        let at = bytes.windows(4).position(|window| window == b"web1").unwrap();
        bytes[at + 3] = b'2';
        let forged = Certificate::from_bytes(&bytes).unwrap();
        assert_eq!(check_host(&forged, "web2", 1500, |_| true), Err(Unfit::Signature));
        // So is one that names an authority which has not signed it.
        let mut bytes = signed.to_bytes().unwrap();
        let other = certificate(CertType::Host, &["web1"]);
        let KeyData::Ed25519(ours) = signed.signature_key() else { unreachable!() };
        let KeyData::Ed25519(theirs) = other.signature_key() else { unreachable!() };
        let at = bytes.windows(32).position(|window| window == ours.0).unwrap();
        bytes[at..at + 32].copy_from_slice(&theirs.0);
        assert_eq!(
            check_host(&Certificate::from_bytes(&bytes).unwrap(), "web1", 1500, |_| true),
            Err(Unfit::Signature)
        );
    }

    #[test]
    fn each_type_is_valid_for_its_own_purpose_from_the_first_second_to_the_last() {
        let (user, host) =
            (certificate(CertType::User, &["ann"]), certificate(CertType::Host, &["web1"]));
        assert_eq!(check_host(&user, "ann", 1500, |_| true), Err(Unfit::NotForHosts));
        assert_eq!(check_user(&host, host.public_key(), 1500), Err(Unfit::NotForUsers));
        assert_eq!(check_user(&user, host.public_key(), 1500), Err(Unfit::OtherKey));
        for (now, expected) in [
            (999, Err(Unfit::NotYetValid { from: 1000 })),
            (1000, Ok(())),
            (1999, Ok(())),
            (2000, Err(Unfit::Expired { at: 2000 })),
        ] {
            assert_eq!(check_user(&user, user.public_key(), now), expected);
        }
    }

    #[test]
    fn moments_are_what_date_prints() {
        for (seconds, expected) in [
            (0, "1970-01-01 00:00:00 UTC"),
            (951_782_399, "2000-02-28 23:59:59 UTC"),
            (951_868_800, "2000-03-01 00:00:00 UTC"),
            (1_709_164_800, "2024-02-29 00:00:00 UTC"),
            (1_763_703_125, "2025-11-21 05:32:05 UTC"),
            (4_107_542_400, "2100-03-01 00:00:00 UTC"),
        ] {
            assert_eq!(Moment(seconds).to_string(), expected);
        }
        // A certificate can contain any number.
        assert!(Moment(FOR_EVER).to_string().ends_with(" UTC"));
    }
}
