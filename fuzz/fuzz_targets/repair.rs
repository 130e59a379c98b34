//! A repaired text is a complete key and needs no further repair.
#![no_main]
use libfuzzer_sys::fuzz_target;
use sshk::keys::key_file::diagnose;

fuzz_target!(|data: &[u8]| {
    if let Ok(repaired) = diagnose(data).into_repaired("input") {
        assert!(diagnose(repaired.as_bytes()).damages().is_empty());
    }
});
