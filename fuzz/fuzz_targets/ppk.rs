//! PuTTY's format, after its first words.
#![no_main]
use libfuzzer_sys::fuzz_target;
use sshk::keys::key_file::Private;
use zeroize::Zeroizing;

fuzz_target!(|data: (bool, &str)| {
    let version = if data.0 { 2 } else { 3 };
    let _ = Private::parse(Zeroizing::new(format!("PuTTY-User-Key-File-{version}: \
        {}", data.1)), "input");
});
