//! Packets of an SFTP server.
#![no_main]
use libfuzzer_sys::fuzz_target;
use sshk::session::fuzzing;

fuzz_target!(|data: &[u8]| fuzzing::sftp_packet(data));
