//! A key is revoked by bytes of the file that are there, and then nothing of it is left to revoke.
#![no_main]
use libfuzzer_sys::fuzz_target;
use sshk::accounts::authorized_keys::AuthorizedKeys;
use sshk::accounts::revoke::{marked, marks};

const KEY: &str = "ssh-ed25519 \
    AAAAC3NzaC1lZDI1NTE5AAAAIJ0dN5o9dr0YnBBdKhTlX1hZsCQvDk4oA8uYqZlHxW2R";

// A `K` in the input stands for the key, so that the fuzzer meets it.
fuzz_target!(|data: &[u8]| {
    let key = ssh_key::PublicKey::from_openssh(KEY).unwrap();
    let mut bytes: Vec<u8> = data.iter().flat_map(|byte| if *byte == b'K' { KEY.as_bytes() } else { std::slice::from_ref(byte) }.to_vec()).collect();
    for mark in marks(&AuthorizedKeys::new(bytes.clone()), &key).0 {
        bytes[mark.at] = b'#';
    }
    let file = AuthorizedKeys::new(bytes);
    assert!(marks(&file, &key).0.is_empty());
    assert!(file.find(&key).next().is_none());
    assert!(marked(&file, &key).iter().all(|(_, place)| place.end <= file.as_bytes().len()));
});
