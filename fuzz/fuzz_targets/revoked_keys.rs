//! A list of revoked keys, or a KRL after its magic bytes.
#![no_main]
use libfuzzer_sys::fuzz_target;
use sshk::keys::revoked::RevokedKeys;

const KEY: &str = "ssh-ed25519 \
    AAAAC3NzaC1lZDI1NTE5AAAAIJ0dN5o9dr0YnBBdKhTlX1hZsCQvDk4oA8uYqZlHxW2R";

fuzz_target!(|data: (bool, &[u8])| {
    let magic: &[u8] = if data.0 { b"SSHKRL\n\0" } else { b"" };
    let Ok(revoked) = RevokedKeys::parse(&[magic, data.1].concat()) else { return };
    let key = ssh_key::PublicKey::from_openssh(KEY).unwrap();
    revoked.holds_key(&key.to_bytes().unwrap());
});
