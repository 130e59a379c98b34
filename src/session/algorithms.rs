//! Which algorithms a connection may use, and in which order they are offered.

use std::borrow::Cow;

use russh::{AlgorithmKind, Limits, Preferred, cipher, client, compression, kex, mac};
use ssh_key::Algorithm;

use super::error::{Error, ReachError};
use super::signatures::Signatures;
use crate::hosts::ssh_config::{AlgorithmList, Endpoint};

/// The algorithms for one purpose that sshk supports, the best first.
pub(super) struct Purpose {
    /// Of ssh_config(5).
    keyword: &'static str,
    pub(super) default: &'static [&'static str],
    /// No longer safe: used only if the configuration says so.
    pub(super) beyond: &'static [&'static str],
}

/// Post-quantum methods come first; no SHA-1 and no group of 1024 bits. The groups of 4096 and 8192
/// bits come last: russh computes with exponents as long as the group, which takes 24 and 100 times
/// as long as in OpenSSH, 1.2 seconds for the larger one.
pub(super) const KEX: Purpose = Purpose {
    keyword: "KexAlgorithms",
    default: &[
        "mlkem768x25519-sha256",
        "curve25519-sha256",
        "curve25519-sha256@libssh.org",
        "ecdh-sha2-nistp256",
        "ecdh-sha2-nistp384",
        "ecdh-sha2-nistp521",
        "diffie-hellman-group-exchange-sha256",
        "diffie-hellman-group14-sha256",
        "diffie-hellman-group16-sha512",
        "diffie-hellman-group18-sha512",
    ],
    beyond: &[
        "diffie-hellman-group14-sha1",
        "diffie-hellman-group-exchange-sha1",
        "diffie-hellman-group1-sha1",
    ],
};

/// GCM first: the fastest on processors with AES instructions, and not open to the attack on the
/// others (CVE-2023-48795).
pub(super) const CIPHERS: Purpose = Purpose {
    keyword: "Ciphers",
    default: &[
        "aes256-gcm@openssh.com",
        "aes128-gcm@openssh.com",
        "chacha20-poly1305@openssh.com",
        "aes256-ctr",
        "aes192-ctr",
        "aes128-ctr",
    ],
    beyond: &["aes256-cbc", "aes192-cbc", "aes128-cbc", "3des-cbc"],
};

pub(super) const MACS: Purpose = Purpose {
    keyword: "MACs",
    default: &[
        "hmac-sha2-256-etm@openssh.com",
        "hmac-sha2-512-etm@openssh.com",
        "hmac-sha2-256",
        "hmac-sha2-512",
    ],
    beyond: &["hmac-sha1-etm@openssh.com", "hmac-sha1"],
};

/// The server's keys; for its certificates see [`Signatures`].
const HOST_KEYS: Purpose = Purpose {
    keyword: "HostKeyAlgorithms",
    default: &[
        "ssh-ed25519",
        "ecdsa-sha2-nistp256",
        "ecdsa-sha2-nistp384",
        "ecdsa-sha2-nistp521",
        "rsa-sha2-512",
        "rsa-sha2-256",
    ],
    beyond: &["ssh-rsa"],
};

impl Purpose {
    /// The names to offer, by what the configuration says of them.
    fn chosen<T>(
        &self,
        list: Option<&AlgorithmList>,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Vec<T>, Error> {
        let chosen: Vec<T> = AlgorithmList::over(list, self.default, self.beyond)
            .into_iter()
            .filter_map(parse)
            .collect();
        if chosen.is_empty() {
            let ours = [self.default, self.beyond].concat();
            return Err(ReachError::NoAlgorithmLeft { keyword: self.keyword, ours }.into());
        }
        Ok(chosen)
    }

    /// The option that would allow the best of what a server offers, if sshk supports any.
    fn option_for(&self, theirs: &[String]) -> Option<String> {
        let ours = self.default.iter().chain(self.beyond);
        let name = ours.copied().find(|name| theirs.iter().any(|their| their == name))?;
        Some(format!("-o {}=+{name}", self.keyword))
    }
}

/// The algorithms that a connection to this host would offer, by their keywords in ssh_config(5),
/// as `ssh -G` prints them.
pub fn algorithm_listing(endpoint: &Endpoint) -> Vec<(&'static str, String)> {
    let lists = &endpoint.algorithms;
    let of = |purpose: &Purpose, list: &Option<AlgorithmList>| {
        AlgorithmList::over(list.as_ref(), purpose.default, purpose.beyond).join(",")
    };
    vec![
        ("ciphers", of(&CIPHERS, &lists.ciphers)),
        ("hostkeyalgorithms", Signatures::of_hosts(endpoint).names()),
        ("hostbasedacceptedalgorithms", Signatures::of_hostbased(endpoint).names()),
        ("kexalgorithms", of(&KEX, &lists.kex)),
        ("casignaturealgorithms", Signatures::of_authorities(endpoint).names()),
        ("macs", of(&MACS, &lists.macs)),
        ("pubkeyacceptedalgorithms", Signatures::of_users(endpoint).names()),
    ]
}

/// The error if there is no match with a server that offers `theirs`, in OpenSSH's words.
pub(super) fn no_common_algorithm(kind: &AlgorithmKind, theirs: Vec<String>) -> ReachError {
    let (what, purpose) = match kind {
        AlgorithmKind::Kex => ("key exchange method", Some(KEX)),
        AlgorithmKind::Key => ("host key type", Some(HOST_KEYS)),
        AlgorithmKind::Cipher => ("cipher", Some(CIPHERS)),
        AlgorithmKind::Mac => ("MAC", Some(MACS)),
        AlgorithmKind::Compression => ("compression method", None),
    };
    let option = purpose.and_then(|purpose| purpose.option_for(&theirs));
    ReachError::NoCommonAlgorithm { what, theirs, option }
}

/// Which of the server's certificates are asked for. They come before all keys, and the key in one
/// is checked as a plain key if its authority is not trusted, as by ssh (order_hostkeyalgs in
/// sshconnect2.c).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Certificates {
    All,
    /// Those for keys of a type that the host is known by.
    OfKnownTypes,
    None,
}

/// The configured ones, or else modern ones only; the host key types already known first.
pub(super) fn config(
    endpoint: &Endpoint,
    known: &[Algorithm],
    certificates: Certificates,
) -> Result<client::Config, Error> {
    let algorithms = &endpoint.algorithms;
    // One RSA key serves all of its signature algorithms.
    let same = |a: &Algorithm, b: &Algorithm| {
        a == b || matches!((a, b), (Algorithm::Rsa { .. }, Algorithm::Rsa { .. }))
    };
    let is_known = |algorithm: &Algorithm| known.iter().any(|known| same(known, algorithm));
    let mut host_key_certificates = Signatures::host_certificates(endpoint);
    match certificates {
        Certificates::All => {}
        Certificates::OfKnownTypes => host_key_certificates.retain(is_known),
        Certificates::None => host_key_certificates.clear(),
    }
    let mut key = match HOST_KEYS
        .chosen(algorithms.host_key.as_ref(), |name| name.parse::<Algorithm>().ok())
    {
        // The configuration may ask for certificates only.
        Err(_) if !host_key_certificates.is_empty() => Vec::new(),
        chosen => chosen?,
    };
    // The sort is stable: known and unknown types each keep the order above. A configured order is
    // the user's own, as for ssh.
    if !matches!(algorithms.host_key, Some(AlgorithmList::Exactly(_) | AlgorithmList::Prepend(_))) {
        key.sort_by_key(|algorithm| !is_known(algorithm));
    }
    let mut exchanges =
        KEX.chosen(algorithms.kex.as_ref(), |name| kex::Name::try_from(name).ok())?;
    // These protect the exchange itself (CVE-2023-48795) and ask for the server's signature
    // algorithms.
    exchanges
        .extend([kex::EXTENSION_SUPPORT_AS_CLIENT, kex::EXTENSION_OPENSSH_STRICT_KEX_AS_CLIENT]);
    let ciphers =
        CIPHERS.chosen(algorithms.ciphers.as_ref(), |name| cipher::Name::try_from(name).ok())?;
    let macs = MACS.chosen(algorithms.macs.as_ref(), |name| mac::Name::try_from(name).ok())?;
    let compressions = if endpoint.compression {
        vec![compression::ZLIB_LEGACY, compression::ZLIB, compression::NONE]
    } else {
        vec![compression::NONE]
    };
    Ok(client::Config {
        limits: limits(endpoint),
        preferred: Preferred {
            kex: Cow::Owned(exchanges),
            key: Cow::Owned(key),
            host_key_certificates: Cow::Owned(host_key_certificates),
            cipher: Cow::Owned(ciphers),
            mac: Cow::Owned(macs),
            compression: Cow::Owned(compressions),
        },
        keepalive_interval: (!endpoint.server_alive_interval.is_zero())
            .then_some(endpoint.server_alive_interval),
        keepalive_max: endpoint.server_alive_count_max as usize,
        gex: group_sizes(),
        ..client::Config::default()
    })
}

/// What group-exchange asks for, in bits: the strength of 128 bits (RFC 8270, NIST SP 800-57), for
/// the reason why the large groups come last. OpenSSH's limits (dh.h).
fn group_sizes() -> client::GexParams {
    client::GexParams::new(2048, 3072, 8192).unwrap_or_default()
}

/// RFC 4253 section 9: new keys after 1 GiB at the latest, and after an hour unless the
/// configuration sets another time.
fn limits(endpoint: &Endpoint) -> Limits {
    let default = Limits::default();
    let bytes = endpoint
        .rekey_limit
        .bytes
        .and_then(|bytes| usize::try_from(bytes).ok())
        .unwrap_or(usize::MAX);
    let bytes = bytes.min(default.rekey_write_limit);
    Limits::new(bytes, bytes, endpoint.rekey_limit.after.unwrap_or(default.rekey_time_limit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_algorithm_in_the_tables_is_implemented() {
        let all = |purpose: Purpose| [purpose.default, purpose.beyond].concat();
        assert!(all(KEX).iter().all(|name| kex::Name::try_from(*name).is_ok()));
        assert!(all(CIPHERS).iter().all(|name| cipher::Name::try_from(*name).is_ok()));
        assert!(all(MACS).iter().all(|name| mac::Name::try_from(*name).is_ok()));
        assert!(
            all(HOST_KEYS)
                .iter()
                .all(|name| !matches!(name.parse(), Ok(Algorithm::Other(_)) | Err(_)))
        );
    }

    #[test]
    fn the_groups_that_cost_the_most_come_last() {
        let last = ["diffie-hellman-group16-sha512", "diffie-hellman-group18-sha512"];
        assert!(KEX.default.ends_with(&last));
        let sizes = format!("{:?}", group_sizes());
        assert!(sizes.contains("preferred_group_size: 3072"), "{sizes}");
    }

    #[test]
    fn nothing_outdated_is_in_a_default() {
        for purpose in [KEX, CIPHERS, MACS, HOST_KEYS] {
            let outdated = |name: &&&str| {
                name.ends_with("sha1")
                    || name.ends_with("cbc")
                    || ["ssh-rsa", "ssh-dss"].contains(*name)
            };
            assert_eq!(purpose.default.iter().find(outdated), None);
        }
    }

    #[test]
    fn the_option_names_the_best_of_what_the_server_offers() {
        let theirs =
            |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(
            CIPHERS.option_for(&theirs(&["3des-cbc", "aes128-cbc"])).unwrap(),
            "-o Ciphers=+aes128-cbc"
        );
        assert_eq!(
            HOST_KEYS.option_for(&theirs(&["ssh-dss", "ssh-rsa"])).unwrap(),
            "-o HostKeyAlgorithms=+ssh-rsa"
        );
        assert_eq!(MACS.option_for(&theirs(&["hmac-md5"])), None);
        let error = no_common_algorithm(&AlgorithmKind::Compression, theirs(&["zlib"]));
        assert_eq!(
            error.to_string(),
            "no matching compression method found; the server offers only zlib"
        );
    }
}
