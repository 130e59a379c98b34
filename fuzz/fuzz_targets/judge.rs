//! sshd's configuration and its list of revoked keys judge the keys of a file.
#![no_main]
use libfuzzer_sys::fuzz_target;
use sshk::accounts::fuzzing;

fuzz_target!(|data: (&str, &[u8], &[u8])| fuzzing::judged(data.0, data.1, data.2));
