//! What is called mended is a whole key, and needs no mending.
#![no_main]
use libfuzzer_sys::fuzz_target;
use sshk::keys::key_file::diagnose;

fuzz_target!(|data: &[u8]| {
    if let Ok(mended) = diagnose(data).into_repaired("input") {
        assert!(diagnose(mended.as_bytes()).damages().is_empty());
    }
});
