//! A private key in any format. Nothing is unlocked: what that may cost is bounded when the file is
//! read.
#![no_main]
use libfuzzer_sys::fuzz_target;
use sshk::keys::key_file::Content;

fuzz_target!(|data: &str| {
    let _ = Content::parse(data, "input");
});
