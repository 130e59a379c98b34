//! Marks are inside the file, and once they are written nothing is left to mark.
#![no_main]
use libfuzzer_sys::fuzz_target;
use sshk::accounts::authorized_keys::AuthorizedKeys;
use sshk::accounts::revoke::{marked, marks};

const KEY: &str = "ssh-ed25519 \
    AAAAC3NzaC1lZDI1NTE5AAAAIJ0dN5o9dr0YnBBdKhTlX1hZsCQvDk4oA8uYqZlHxW2R";

// Each `K` in the input becomes the key, so that the fuzzer finds it.
fuzz_target!(|data: &[u8]| {
    let key = ssh_key::PublicKey::from_openssh(KEY).unwrap();
    let expand = |byte: &u8| if *byte == b'K' { KEY.as_bytes().to_vec() } else { vec![*byte] };
    let mut bytes: Vec<u8> = data.iter().flat_map(expand).collect();
    for mark in marks(&AuthorizedKeys::new(bytes.clone()), &key).0 {
        bytes[mark.at] = b'#';
    }
    let file = AuthorizedKeys::new(bytes);
    assert!(marks(&file, &key).0.is_empty());
    assert!(file.find(&key).next().is_none());
    assert!(marked(&file, &key).iter().all(|(_, place)| place.end <= file.as_bytes().len()));
});
