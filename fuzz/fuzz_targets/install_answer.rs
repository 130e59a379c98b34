//! What a server prints, with the nonce for each byte 0xff: an answer or a refusal.
#![no_main]
use libfuzzer_sys::fuzz_target;
use rand::{SeedableRng, rngs::StdRng};
use sshk::accounts::install::read_answer;
use sshk::accounts::remote_script::Nonce;

fuzz_target!(|data: (Vec<u8>, Vec<u8>, Option<u32>)| {
    let nonce = Nonce::new(&mut StdRng::from_seed([7; 32]));
    let shown = format!("{nonce:?}");
    let own = shown.split('"').nth(1).unwrap().as_bytes();
    let with_nonce = |bytes: &[u8]| bytes.split(|byte| *byte == 0xff).collect::<Vec<_>>().join(own);
    let _ = read_answer(&with_nonce(&data.0), &with_nonce(&data.1), data.2, &nonce);
});
