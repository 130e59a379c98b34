//! Looks up hosts in any bytes as a known_hosts file.
#![no_main]
use libfuzzer_sys::fuzz_target;
use sshk::hosts::known_hosts::{HostName, KnownHosts};

fuzz_target!(|data: &[u8]| {
    let known = KnownHosts::of_text("known_hosts", data);
    known.entries(&HostName::new("web1", 22, None));
    known.algorithms(&HostName::new("::1", 2222, None));
});
