//! Storing a key a second time leaves the document as it is.
#![no_main]
use libfuzzer_sys::fuzz_target;
use sshk::keys::oneline::place;

fuzz_target!(|data: (&str, &str)| {
    let Ok(pointer) = data.0.parse() else { return };
    if let Ok(placed) = place(Some(data.1), &pointer, "K\n") {
        assert_eq!(placed.text, place(Some(&placed.text), &pointer, "K\n").unwrap().text);
    }
});
