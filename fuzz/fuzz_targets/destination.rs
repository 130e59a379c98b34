//! A destination is read again from what is shown of it.
#![no_main]
use libfuzzer_sys::fuzz_target;
use sshk::Destination;

fuzz_target!(|data: &str| {
    let _ = Destination::jump_host(data);
    let Ok(destination) = data.parse::<Destination>() else { return };
    let shown = destination.to_string();
    assert_eq!(shown.parse::<Destination>().as_ref(), Ok(&destination), "{shown:?}");
});
