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
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), data).unwrap();
    let line =
        CommandLine { config: ConfigFile::File(file.path().to_owned()), ..CommandLine::default() };
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
