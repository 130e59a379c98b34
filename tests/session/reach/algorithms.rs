//! Servers that offer only outdated algorithms: refused, with the option that would allow them, and
//! accepted with it.

use super::Site;
use crate::support::server::{Account, Server};
use crate::support::{Home, Sshd};

/// A server named `old` with these lines in its sshd_config.
fn old(lines: &[&str]) -> Site {
    let server = lines.iter().fold(Sshd::builder(), |server, line| server.line(line)).start();
    Site::with(vec![("old", server)])
}

#[track_caller]
fn refused_and_let_in(line: &str, what: &str, offered: &str, option: &str) {
    let site = old(&[line]);
    let said = site.sshk(&["connect", "old", "true"]).run().expect(255);
    assert_eq!(
        said.err(),
        format!(
            "sshk: error: old: no matching {what} found; the server offers only {offered}\n\
             sshk: hint: everything it offers is outdated or excluded by the configuration; allow \
             one for this host with -o {option}\n"
        )
    );
    let said = site.sshk(&["connect", "-o", option, "old", "echo there"]).run().expect(0);
    assert_eq!(said.out(), "there\n");
    // So does a block of the configuration for the host.
    site.configure(&format!("Host old\n{}", option.replacen('=', " ", 1)));
    assert_eq!(site.sshk(&["test", "-i", ".ssh/old", "old"]).run().code(), 0);
}

#[test]
fn host_keys_that_sign_with_sha_1() {
    refused_and_let_in(
        "HostKeyAlgorithms ssh-rsa",
        "host key type",
        "ssh-rsa",
        "HostKeyAlgorithms=+ssh-rsa",
    );
}

#[test]
fn key_exchange_with_sha_1() {
    // sshd adds the markers of strict key exchange, which are not algorithms.
    let site = old(&["KexAlgorithms diffie-hellman-group14-sha1"]);
    let said = site.sshk(&["connect", "old", "true"]).run().expect(255);
    assert!(said.err().starts_with(
        "sshk: error: old: no matching key exchange method found; the server offers only \
        diffie-hellman-group14-sha1"
    ));
    assert!(
        said.err().ends_with(
            "allow one for this host with -o KexAlgorithms=+diffie-hellman-group14-sha1\n"
        ),
        "{}",
        said.err()
    );
    for name in [
        "diffie-hellman-group14-sha1",
        "diffie-hellman-group1-sha1",
        "diffie-hellman-group-exchange-sha1",
    ] {
        let site = old(&[&format!("KexAlgorithms {name}")]);
        site.sshk(&["connect", "-o", &format!("KexAlgorithms=+{name}"), "old", "true"])
            .run()
            .expect(0);
    }
}

#[test]
fn ciphers_in_cbc_mode() {
    refused_and_let_in("Ciphers aes128-cbc", "cipher", "aes128-cbc", "Ciphers=+aes128-cbc");
    refused_and_let_in("Ciphers 3des-cbc", "cipher", "3des-cbc", "Ciphers=+3des-cbc");
}

#[test]
fn macs_with_sha_1() {
    let site = old(&["Ciphers aes256-ctr", "MACs hmac-sha1"]);
    let said = site.sshk(&["connect", "old", "true"]).run().expect(255);
    assert_eq!(
        said.err(),
        "sshk: error: old: no matching MAC found; the server offers only hmac-sha1\n\
         sshk: hint: everything it offers is outdated or excluded by the configuration; allow one \
         for this host with -o MACs=+hmac-sha1\n"
    );
    site.sshk(&["connect", "-o", "MACs=+hmac-sha1", "old", "true"]).run().expect(0);
}

#[test]
fn algorithms_that_sshk_does_not_support_are_reported() {
    let site = old(&["Ciphers aes256-ctr", "MACs umac-64@openssh.com"]);
    let said = site.sshk(&["connect", "old", "true"]).run().expect(255);
    assert_eq!(
        said.err(),
        "sshk: error: old: no matching MAC found; the server offers only umac-64@openssh.com\n\
         sshk: hint: the server's SSH software is too old for sshk: update it, or use ssh for \
         this host\n"
    );
    let said = site.sshk(&["connect", "-o", "Ciphers=rot13", "old", "true"]).run().expect(255);
    assert_eq!(
        said.err(),
        "sshk: error: old: Ciphers leaves no algorithm that sshk supports; did not connect\n\
         sshk: hint: sshk supports aes256-gcm@openssh.com, aes128-gcm@openssh.com, \
         chacha20-poly1305@openssh.com, aes256-ctr, aes192-ctr, \
         aes128-ctr, aes256-cbc, aes192-cbc, aes128-cbc, 3des-cbc\n"
    );
}

#[test]
fn each_algorithm_of_a_default_server_works_by_itself() {
    let site = old(&[
        "KexAlgorithms +diffie-hellman-group16-sha512,diffie-hellman-group18-sha512",
        "Ciphers +aes192-ctr",
        "Compression yes",
    ]);
    for option in [
        "KexAlgorithms=curve25519-sha256",
        "KexAlgorithms=curve25519-sha256@libssh.org",
        "KexAlgorithms=ecdh-sha2-nistp256",
        "KexAlgorithms=ecdh-sha2-nistp384",
        "KexAlgorithms=ecdh-sha2-nistp521",
        "KexAlgorithms=diffie-hellman-group-exchange-sha256",
        "KexAlgorithms=diffie-hellman-group16-sha512",
        "KexAlgorithms=diffie-hellman-group14-sha256",
        "Ciphers=aes256-gcm@openssh.com",
        "Ciphers=aes128-gcm@openssh.com",
        "Ciphers=chacha20-poly1305@openssh.com",
        "Ciphers=aes256-ctr",
        "Ciphers=aes192-ctr",
        "Ciphers=aes128-ctr",
        "Compression=yes",
        "HostKeyAlgorithms=rsa-sha2-256",
        "HostKeyAlgorithms=ecdsa-sha2-nistp256",
    ] {
        let said = site.sshk(&["connect", "-o", option, "old", "echo there"]).run();
        assert_eq!((said.code(), said.out()), (0, "there\n"), "{option}: {}", said.err());
    }
    for mac in [
        "hmac-sha2-256-etm@openssh.com",
        "hmac-sha2-512-etm@openssh.com",
        "hmac-sha2-256",
        "hmac-sha2-512",
    ] {
        let option = format!("MACs={mac}");
        site.sshk(&["connect", "-o", "Ciphers=aes256-ctr", "-o", &option, "old", "true"])
            .run()
            .expect(0);
    }
    // The configured order is kept: the known type does not go first.
    let said = site
        .sshk(&["connect", "-o", "HostKeyAlgorithms=ssh-ed25519,rsa-sha2-512", "old", "true"])
        .run();
    assert_eq!(said.code(), 0, "{}", said.err());
}

#[test]
fn a_host_key_shorter_than_required_rsa_size_is_refused() {
    let site = old(&[]);
    let args = [
        "connect",
        "-o",
        "HostKeyAlgorithms=rsa-sha2-512",
        "-o",
        "RequiredRSASize=3072",
        "old",
        "true",
    ];
    let said = site.sshk(&args).run().expect(255);
    assert_eq!(
        said.err(),
        "sshk: error: old: the server's RSA host key has 2048 bits, but RequiredRSASize is 3072; \
        nothing was sent\n\
         sshk: hint: give the server a new host key, or allow this one for this host with -o \
         RequiredRSASize=1024\n"
    );
}

#[test]
fn new_keys_are_exchanged_as_often_as_the_configuration_says() {
    let site = old(&["Match all", "LogLevel DEBUG1"]);
    let data = vec![b'x'; 4 << 20];
    let run = site.sshk(&["connect", "-o", "RekeyLimit=1M", "old", "cat"]).stdin(&data);
    assert!(run.run().expect(0).stdout == data);
    let exchanges = site.server("old").log().matches("SSH2_MSG_NEWKEYS received").count();
    assert!(exchanges >= 3, "{exchanges} of several: 4 MiB went each way");
}

#[test]
fn the_post_quantum_key_exchange_works_by_itself() {
    // The built-in server has it; OpenSSH since 9.9.
    let (home, server) = (Home::new(), Server::start(Account::new("ann", "pw")).unwrap());
    home.know(&server.known_hosts());
    let to = format!("ssh://ann@127.0.0.1:{}", server.port());
    let run = home
        .sshk(["connect", "-o", "KexAlgorithms=mlkem768x25519-sha256", &to, "echo there"])
        .env("SSHK_PASSWORD", "pw");
    assert_eq!(run.run().expect(0).out(), "there\n");
}
