//! What the survey script prints, with the nonce for each byte 0xff.
#![no_main]
use libfuzzer_sys::fuzz_target;
use sshk::accounts::fuzzing;
use sshk_fuzz::with_nonce;

fuzz_target!(|data: (&[u8], &[u8])| {
    let (nonce, [stdout, stderr]) = with_nonce([data.0, data.1]);
    fuzzing::survey_answer(&stdout, &stderr, &nonce);
});
