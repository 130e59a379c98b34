//! Every form of a key on one line gives the key back.
#![no_main]
use libfuzzer_sys::fuzz_target;
use sshk::keys::oneline::{base64, decode, env, json_string, member, sh, yaml};

const KEY: &str = include_str!("../../tests/fixtures/keys/good/ec256.pem");

// The bytes choose the form and what stands around it.
fuzz_target!(|data: (u8, &str)| {
    let name: String = data.1.chars().filter(char::is_ascii_alphanumeric).collect();
    let name = name.as_str();
    let line = match data.0 % 6 {
        0 => Ok(json_string(KEY)),
        1 => Ok(member(name, KEY)),
        2 => Ok(base64(KEY)),
        3 => env(name, KEY),
        4 => sh(name, KEY),
        _ => yaml(name, KEY),
    };
    let Ok(line) = line else { return };
    let (text, _) = decode(line.as_bytes(), "input").unwrap();
    assert_eq!(text.as_str(), KEY, "{:?}", line.as_str());
});
