//! The algorithms that sshk has, as `ssh -Q` lists those of ssh.

use super::algorithms::{CIPHERS, KEX, MACS, Purpose};
use super::signatures::{CERTIFICATES, KEYS, SHA1};

/// The queries that `help` lists.
const QUERIES: [&str; 12] = [
    "cipher",
    "cipher-auth",
    "compression",
    "kex",
    "key",
    "key-ca-sign",
    "key-cert",
    "key-plain",
    "key-sig",
    "mac",
    "protocol-version",
    "sig",
];

/// The names that a query of `ssh -Q` stands for; the keywords of ssh_config(5) are queries too.
/// `None` for another word.
pub fn supported(query: &str) -> Option<Vec<&'static str>> {
    let keyword = |name: &str| query.eq_ignore_ascii_case(name);
    let is_rsa = |name: &&str| name.starts_with("rsa-sha2-");
    let is_plain = |name: &&str| !name.contains("-cert-");
    let (certificates, plain): (Vec<_>, Vec<_>) =
        (CERTIFICATES.to_vec(), KEYS.iter().copied().chain(SHA1.iter().copied()).collect());
    let signatures = || [plain.clone(), certificates.clone()].concat();
    let keys = || -> Vec<_> { signatures().into_iter().filter(|name| !is_rsa(name)).collect() };
    let names = match query {
        "help" => QUERIES.to_vec(),
        "cipher" => CIPHERS.all(),
        "cipher-auth" => {
            let is_authenticated = |name: &&str| name.contains("gcm") || name.contains("poly1305");
            CIPHERS.all().into_iter().filter(is_authenticated).collect()
        }
        "compression" => vec!["none", "zlib@openssh.com", "zlib"],
        "kex" => KEX.all(),
        "key" => keys(),
        "key-cert" => keys().into_iter().filter(|name| !is_plain(name)).collect(),
        "key-plain" => keys().into_iter().filter(is_plain).collect(),
        "key-sig" => signatures(),
        "key-ca-sign" | "sig" => signatures().into_iter().filter(is_plain).collect(),
        "mac" => MACS.all(),
        "protocol-version" => vec!["2"],
        _ if keyword("Ciphers") => CIPHERS.all(),
        _ if keyword("MACs") => MACS.all(),
        _ if keyword("KexAlgorithms") => KEX.all(),
        _ if keyword("CASignatureAlgorithms") => return supported("sig"),
        _ if ["HostKeyAlgorithms", "PubkeyAcceptedAlgorithms", "PubkeyAcceptedKeyTypes"]
            .into_iter()
            .any(keyword) =>
        {
            signatures()
        }
        _ => return None,
    };
    Some(names)
}

impl Purpose {
    fn all(&self) -> Vec<&'static str> {
        [self.default, self.beyond].concat()
    }
}
