//! A server's greeting, banner, and other words: nothing hidden is left of them.
#![no_main]
use libfuzzer_sys::fuzz_target;
use sshk::session::fuzzing;

fuzz_target!(|data: &[u8]| fuzzing::server_words(data));
