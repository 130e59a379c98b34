//! The options before a key, and its time of expiry.
#![no_main]
use libfuzzer_sys::fuzz_target;
use sshk::accounts::authorized_keys::{AuthorizedKeys, Content, unknown_option};

const KEY: &str = "ssh-ed25519 \
    AAAAC3NzaC1lZDI1NTE5AAAAIJ0dN5o9dr0YnBBdKhTlX1hZsCQvDk4oA8uYqZlHxW2R";

fuzz_target!(|data: &[u8]| {
    let file = AuthorizedKeys::new([data, b" ", KEY.as_bytes()].concat());
    for line in file.lines() {
        if let Content::Key(entry) = line.content {
            assert!(unknown_option(entry.options).is_none(), "{:?}", entry.options);
            entry.options().count();
            entry.expiry();
            entry.depends_on_client();
        }
    }
});
