//! What a server prints, with the nonce for each byte 0xff: an answer or a refusal.
#![no_main]
use libfuzzer_sys::fuzz_target;
use sshk::accounts::install::read_answer;
use sshk_fuzz::with_nonce;

fuzz_target!(|data: (&[u8], &[u8], Option<u32>)| {
    let (nonce, [stdout, stderr]) = with_nonce([data.0, data.1]);
    let _ = read_answer(&stdout, &stderr, data.2, &nonce);
});
