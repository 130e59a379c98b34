//! What an agent answers: a list of keys or a signature, and comments without hidden characters.
#![no_main]
use libfuzzer_sys::fuzz_target;
use sshk::session::fuzzing;

fuzz_target!(|data: &[u8]| fuzzing::agent_reply(data));
