//! What the scripts print that disable and delete lines, with the nonce for each byte 0xff.
#![no_main]
use libfuzzer_sys::fuzz_target;
use sshk::accounts::fuzzing;
use sshk_fuzz::with_nonce;

fuzz_target!(|data: &[u8]| {
    let (nonce, [stdout]) = with_nonce([data]);
    fuzzing::revoke_answer(&stdout, &nonce);
});
