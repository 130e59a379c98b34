//! What a private key file holds once it is decrypted, in each of its frames: nothing in it panics,
//! and what is read can be written.
#![no_main]
use libfuzzer_sys::fuzz_target;
use data_encoding::BASE64;
use sshk::keys::key_file::Private;
use zeroize::Zeroizing;

/// Before the private part of an OpenSSH file without encryption (PROTOCOL.key).
const OPENSSH: &[u8] = b"openssh-key-v1\0\0\0\0\x04none\0\0\0\x04none\0\0\0\0\0\0\0\x01";

fuzz_target!(|data: (u8, &[u8])| {
    let (label, bytes) = match data.0 % 4 {
        0 => ("OPENSSH PRIVATE KEY", [OPENSSH, data.1].concat()),
        1 => ("RSA PRIVATE KEY", data.1.to_vec()),
        2 => ("EC PRIVATE KEY", data.1.to_vec()),
        _ => ("PRIVATE KEY", data.1.to_vec()),
    };
    let body: Vec<_> = BASE64.encode(&bytes).into_bytes();
    let lines: Vec<_> = body.chunks(64).map(String::from_utf8_lossy).collect();
    let text = format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"));
    if let Ok(private) = Private::parse(Zeroizing::new(text), "input") {
        let _ = private.unlock(None);
    }
});
