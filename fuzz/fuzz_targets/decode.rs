//! What `oneline --decode` prints is a complete key.
#![no_main]
use libfuzzer_sys::fuzz_target;
use sshk::keys::{key_file::Private, oneline};

fuzz_target!(|data: &[u8]| {
    if let Ok((text, _)) = oneline::decode(data, "input") {
        Private::parse(text, "input").unwrap();
    }
});
