//! Settings that `ssh -G` cannot show, and those that are unsupported or ignored.

use sshk::error::Failure;
use sshk::hosts::ssh_config::{
    AddressFamily, AlgorithmList, ConfigFile, IdentityAgent, SessionType,
};

use crate::ssh_config::{Case, surroundings};

#[test]
fn a_short_name_becomes_the_one_found_in_a_domain() {
    let domains = "CanonicalDomains one.example two.example\nCanonicalizeFallbackLocal no\n";
    let resolved = |config: &str, destination: &str| {
        Case::new(&format!("{domains}{config}"), destination).resolve()
    };
    let found = resolved(
        "CanonicalizeHostname yes\nMatch canonical host *.two.example\nPort \
        7\nHost web1\nUser typed\n",
        "WEB1",
    )
    .unwrap();
    assert_eq!(
        (found.host.as_str(), found.port, found.user == "typed"),
        ("web1.two.example", 7, false)
    );
    assert_eq!(resolved("", "web1").unwrap().host, "web1");
    let error = resolved("CanonicalizeHostname yes\n", "web9").unwrap_err();
    assert_eq!(
        error.to_string(),
        "could not resolve \"web9\" in any of CanonicalDomains; did not connect"
    );
    assert_eq!(
        (error.kind().as_str(), error.hint().unwrap().contains("CanonicalizeFallbackLocal=yes")),
        ("name", true)
    );
    // The proxy looks up the name.
    assert_eq!(
        resolved("Match originalhost web1\nCanonicalizeHostname yes\nProxyJump gate\n", "web1")
            .unwrap()
            .host,
        "web1"
    );
    assert_eq!(
        resolved("Match originalhost web1\nCanonicalizeHostname always\nProxyJump gate\n", "web1")
            .unwrap()
            .host,
        "web1.two.example"
    );
    assert_eq!(
        resolved("CanonicalizeHostname yes\nCanonicalizeMaxDots 0\n", "a.b").unwrap().host,
        "a.b"
    );
}

#[test]
fn algorithms_and_certificates_keep_their_order() {
    let endpoint = Case::new(
        "Ciphers aes256-ctr,aes128-ctr\nCiphers x\nMACs -*sha1*\nKexAlgorithms \
        ^a\nHostKeyAlgorithms +ssh-rsa\nPubkeyAcceptedKeyTypes b\n\
         CASignatureAlgorithms c\nCertificateFile ~/%r-cert.pub\nCertificateFile \
         none\nCertificateFile /b\nUser ann\n",
        "web1",
    )
    .resolve()
    .unwrap();
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let algorithms = endpoint.algorithms;
    assert_eq!(
        algorithms.ciphers,
        Some(AlgorithmList::Exactly(names(&["aes256-ctr", "aes128-ctr"])))
    );
    assert_eq!(algorithms.macs, Some(AlgorithmList::Remove(names(&["*sha1*"]))));
    assert_eq!(algorithms.kex, Some(AlgorithmList::Prepend(names(&["a"]))));
    assert_eq!(algorithms.host_key, Some(AlgorithmList::Append(names(&["ssh-rsa"]))));
    assert_eq!(algorithms.pubkey_accepted, Some(AlgorithmList::Exactly(names(&["b"]))));
    assert_eq!(algorithms.ca_signature, Some(AlgorithmList::Exactly(names(&["c"]))));
    assert_eq!(endpoint.certificate_files, [surroundings().home.join("ann-cert.pub"), "/b".into()]);
}

#[test]
fn an_unsupported_setting_is_an_error_only_if_it_applies_and_matters() {
    let refused = |config: &str, line: u32, what: &str| {
        let case = Case::new(config, "ann@web1");
        let error = case.resolve().unwrap_err();
        let file = case.folder.path().join("config");
        let wanted =
            format!("{}:{line}: {what} is not supported yet; did not connect", file.display());
        assert_eq!(error.to_string(), wanted, "{config}");
        assert_eq!(error.kind().as_str(), "config-unsupported");
        assert!(error.hint().unwrap().contains("-F none"));
    };
    refused("Host db1\nSmartcardDevice a\nHost *\nSmartcardDevice b\n", 4, "SmartcardDevice");
    for keyword in
        ["VerifyHostKeyDNS yes", "PKCS11Provider x.so", "CanonicalizePermittedCNAMEs *:*"]
    {
        refused(keyword, 1, keyword.split(' ').next().unwrap());
    }
    refused("ProxyCommand nc %h\nProxyUseFdpass yes\n", 2, "ProxyUseFdpass");
    refused("Match host web1 version OpenSSH_10*\nPort 5\n", 1, "Match version");
    let applied = |config: &str| Case::new(config, "ann@web1").resolve().unwrap();
    assert_eq!(
        applied("Match host db1 version \"x\"\nPort 5\nMatch version x !user ann\nPort 6\n").port,
        22
    );
    applied("Host db1\nInclude {dir}/more\nProxyJump bastion\n");
    applied("ProxyUseFdpass yes\n");
    applied("ProxyCommand none\nProxyUseFdpass yes\n");
    applied(
        "ProxyCommand none\nCanonicalizeHostname no\nVerifyHostKeyDNS ask\nSmartcardDevice none\n",
    );
}

#[test]
fn the_crypto_policy_in_fedoras_system_file_is_accepted() {
    let policy = "GSSAPIKexAlgorithms gss-curve25519-sha256-\nCiphers \
        aes256-gcm@openssh.com\nMACs hmac-sha2-256\nKexAlgorithms curve25519-sha256\n\
                  PubkeyAcceptedAlgorithms rsa-sha2-512\nHostKeyAlgorithms \
                  rsa-sha2-512\nCASignatureAlgorithms rsa-sha2-512\nRequiredRSASize 2048\n";
    assert_eq!(Case::new(policy, "web1").resolve().unwrap().host, "web1");
}

#[test]
fn ignored_settings_are_noted_if_they_apply() {
    let mut case = Case::new(
        "Host db1\nForwardX11 yes\nHost web1\nLocalForward 1 a:1\nMatch final\n\
        ControlMaster auto\n",
        "web1",
    );
    case.options(&["VisualHostKey=yes"]);
    let notes: Vec<String> =
        case.resolve().unwrap().ignored.iter().map(ToString::to_string).collect();
    let file = case.folder.path().join("config");
    let of = |line: u32, keyword: &str| format!("{}:{line}: {keyword} is ignored", file.display());
    assert_eq!(
        notes,
        [
            "command line: VisualHostKey is ignored".to_owned(),
            of(4, "LocalForward"),
            of(6, "ControlMaster")
        ]
    );
}

#[test]
fn the_defaults_are_those_of_ssh() {
    let mut case = Case::new("", "web1");
    case.line.config = ConfigFile::None;
    let endpoint = case.resolve().unwrap();
    assert_eq!(endpoint.identity_agent, IdentityAgent::Default);
    assert_eq!(
        (endpoint.address_family, endpoint.session_type),
        (AddressFamily::Any, SessionType::Default)
    );
    assert_eq!(
        (endpoint.connect_timeout, endpoint.connection_attempts, endpoint.host_key_alias),
        (None, 1, None)
    );
}
