//! A certificate after the name of its type, checked as a user's and as a host's.
#![no_main]
use libfuzzer_sys::fuzz_target;
use sshk::keys::certificate::{check_host, check_user};
use ssh_key::{Certificate, public::KeyData};

fuzz_target!(|data: &[u8]| {
    const NAME: &[u8] = b"ssh-ed25519-cert-v01@openssh.com";
    let length = u32::try_from(NAME.len()).unwrap().to_be_bytes();
    let Ok(certificate) = Certificate::from_bytes(&[&length, NAME, data].concat()) else { return };
    let key: KeyData = certificate.public_key().clone();
    let _ = check_user(&certificate, &key, 1_700_000_000);
    let _ = check_host(&certificate, "web1", 1_700_000_000, |_| true);
});
