//! Resolves a host with any text as the configuration. Match exec and Include are left out, as they
//! run commands and read other files.
#![no_main]
use libfuzzer_sys::fuzz_target;
use sshk::hosts::ssh_config::{CommandLine, ConfigFile, Surroundings, resolve};

fuzz_target!(|data: &[u8]| {
    let lower = data.to_ascii_lowercase();
    if ["exec", "include"]
        .iter()
        .any(|word| lower.windows(word.len()).any(|part| part == word.as_bytes()))
    {
        return;
    }
    let config = ConfigFile::Text { name: "config".into(), bytes: data.to_vec() };
    let line = CommandLine { config, ..CommandLine::default() };
    let none = std::path::PathBuf::from("/nonexistent");
    let surroundings = Surroundings {
        home: none.clone(),
        local_user: "ann".into(),
        uid: 1000,
        local_host: "here".into(),
        env: Box::new(|_| None),
        system_config: none,
        shell: "/bin/false".into(),
        // No command of the input is run, and no name in it is looked up.
        run: Box::new(|_| Ok(false)),
        resolves: Box::new(|_| false),
        addresses: Box::new(|| Ok(Vec::new())),
    };
    let _ = resolve(&"web1".parse().unwrap(), &line, &surroundings);
});
