//! There are no more lines than bytes, whatever is in the file.
#![no_main]
use libfuzzer_sys::fuzz_target;
use sshk::accounts::authorized_keys::AuthorizedKeys;

fuzz_target!(|data: &[u8]| {
    let file = AuthorizedKeys::new(data);
    assert!(file.lines().count() <= data.len());
    file.addition("ssh-ed25519 AAAA c");
});
