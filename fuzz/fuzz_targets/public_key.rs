//! A public key in any format: a line, RFC 4716, PEM.
#![no_main]
use libfuzzer_sys::fuzz_target;
use sshk::keys::key_file::Content;

fuzz_target!(|data: (u8, &str)| {
    let heads = [
        "ssh-ed25519 ",
        "---- BEGIN SSH2 PUBLIC KEY ----\n",
        "-----BEGIN PUBLIC KEY-----\n",
        "-----BEGIN RSA PUBLIC KEY-----\n",
    ];
    let head = heads[usize::from(data.0) % heads.len()];
    let _ = Content::parse(&format!("{head}{}", data.1), "input");
});
