//! What several targets share.

use rand::SeedableRng;
use rand::rngs::StdRng;
use sshk::accounts::remote_script::Nonce;

/// A nonce, and the texts with it in place of each byte 0xff: the fuzzer could not guess it.
pub fn with_nonce<const N: usize>(texts: [&[u8]; N]) -> (Nonce, [Vec<u8>; N]) {
    let nonce = Nonce::new(&mut StdRng::from_seed([7; 32]));
    let shown = format!("{nonce:?}");
    let own = shown.split('"').nth(1).expect("the nonce is in quotes").as_bytes();
    let texts =
        texts.map(|text| text.split(|byte| *byte == 0xff).collect::<Vec<_>>().join(own));
    (nonce, texts)
}
