//! What is generated from the clap definition and committed: completions, man pages, help texts. If
//! one of them is out of date, the test says how to renew it.

#[allow(dead_code, unused_imports, reason = "only the definition is used here")]
#[path = "../../src/bin/sshk"]
mod program {
    pub mod cli;
}
mod kinds;
pub mod man;
mod pages;

use sshk::error::Kind;
use std::fs;
use std::path::Path;

use clap::{Command, CommandFactory};
use clap_complete::{Generator, Shell};
use tempfile::TempDir;

const HOW: &str = "SSHK_RENEW=1 cargo test --test house generated";

/// The definition of the command line.
pub fn sshk() -> Command {
    let mut command = program::cli::Cli::command();
    // Gives each command the options that all of them take.
    command.build();
    command
}

/// Compares `text` with the committed file, or renews the file if SSHK_RENEW is set.
fn hold(file: &str, text: &str) -> Result<(), String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    if std::env::var_os("SSHK_RENEW").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        return Ok(());
    }
    match fs::read_to_string(&path) {
        Ok(committed) if committed == text => Ok(()),
        Ok(_) => Err(format!("{file} is out of date")),
        Err(error) => Err(format!("{file}: {error}")),
    }
}

/// Compares all of them; the directory may hold no other file.
#[track_caller]
fn hold_folder(folder: &str, files: &[(String, String)]) {
    let mut wrong: Vec<_> = files
        .iter()
        .filter_map(|(name, text)| hold(&format!("{folder}/{name}"), text).err())
        .collect();
    let is_ours = |name: &str| files.iter().any(|(ours, _)| ours == name);
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if !is_ours(&name) {
            wrong.push(format!("{folder}/{name} is not generated: remove it"));
        }
    }
    assert!(wrong.is_empty(), "{}\nrenew with: {HOW}", wrong.join("\n"));
}

fn completions() -> Vec<(String, String)> {
    let shells = [Shell::Bash, Shell::Elvish, Shell::Fish, Shell::PowerShell, Shell::Zsh];
    let completion = |shell: Shell| {
        let mut text = Vec::new();
        clap_complete::generate(shell, &mut sshk(), "sshk", &mut text);
        (shell.file_name("sshk"), String::from_utf8(text).unwrap())
    };
    shells.map(completion).to_vec()
}

/// The files as they are generated now, for the programs that read them.
fn rendered(files: &[(String, String)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    files.iter().for_each(|(name, text)| fs::write(folder.path().join(name), text).unwrap());
    folder
}

#[test]
fn committed_completions_are_up_to_date() {
    hold_folder("completions", &completions());
}

#[test]
fn committed_man_pages_are_up_to_date() {
    hold_folder("man", &man::pages(&sshk()));
}

#[test]
fn every_command_has_a_page_and_examples() {
    let texts = documents();
    for command in man::commands(&sshk()) {
        assert!(
            pages::of(command.get_name()).is_some(),
            "{} has no text in tests/house/generated/pages.rs",
            command.get_name()
        );
        assert!(
            texts.contains(&format!("sshk {}", command.get_name())),
            "{} is neither in README.md nor in docs",
            command.get_name()
        );
        let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let examples = help
            .lines()
            .filter(|line| line.contains(&format!("sshk {}", command.get_name())))
            .count();
        assert!((2..=4).contains(&examples), "{}: {examples} examples", command.get_name());
        assert!(
            help.lines().all(|line| line.chars().count() <= 80),
            "{}: a line of the examples is too long",
            command.get_name()
        );
    }
}

/// README.md and what is in docs.
fn documents() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs = fs::read_dir(root.join("docs")).into_iter().flatten();
    let docs = docs.map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap_or_default());
    fs::read_to_string(root.join("README.md")).unwrap() + &docs.collect::<String>()
}

#[test]
fn shells_can_read_the_completions() {
    let folder = rendered(&completions());
    for (shell, option, file) in
        [("bash", "-n", "sshk.bash"), ("zsh", "-n", "_sshk"), ("fish", "--no-execute", "sshk.fish")]
    {
        let read = crate::support::Run::new(crate::support::program(shell))
            .arg(option)
            .arg(folder.path().join(file))
            .run()
            .expect(0);
        assert_eq!((read.out(), read.err()), ("", ""), "{shell}");
    }
}

/// Only bash has a function that can be called without a terminal.
#[test]
fn bash_completes_commands_options_and_forms() {
    let folder = rendered(&completions());
    let complete = |words: &str, last: usize| {
        let script = format!(
            "source \"$1\"; COMP_WORDS=({words}); COMP_CWORD={last}; _sshk \
            sshk \"${{COMP_WORDS[{last}]}}\" \"${{COMP_WORDS[{last} - 1]}}\"; \
            echo \"${{COMPREPLY[*]}}\""
        );
        let run = crate::support::Run::new(crate::support::program("bash"))
            .args(["-c", &script, "bash"])
            .arg(folder.path().join("sshk.bash"));
        run.run().expect(0).out().trim_end().to_owned()
    };
    assert_eq!(complete("sshk cop", 1), "copy-id");
    assert_eq!(complete("sshk keygen --if", 2), "--if-missing");
    assert_eq!(complete("sshk oneline --as ''", 3), "member json env sh base64 yaml");
}

#[test]
fn mandoc_accepts_the_man_pages() {
    let pages = man::pages(&sshk());
    let folder = rendered(&pages);
    for (file, text) in &pages {
        let lint = crate::support::Run::new(crate::support::program("mandoc"))
            .args(["-T", "lint", "-W", "warning"])
            .arg(folder.path().join(file))
            .run();
        assert_eq!((lint.out(), lint.err()), ("", ""), "{file}");
        let sections: Vec<_> = text
            .lines()
            .filter_map(|line| line.strip_prefix(".SH "))
            .map(|name| name.trim_matches('"'))
            .collect();
        for section in [
            "NAME",
            "SYNOPSIS",
            "DESCRIPTION",
            "OPTIONS",
            "EXIT STATUS",
            "ENVIRONMENT",
            "FILES",
            "EXAMPLES",
            "SEE ALSO",
        ] {
            assert!(sections.contains(&section), "{file} has no {section}");
        }
    }
}

#[test]
fn every_kind_of_failure_can_happen_and_is_listed_in_order() {
    let words: Vec<_> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
    assert!(words.is_sorted(), "src/error.rs: the kinds are not in alphabetical order");
    let unused = kinds::unused_below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    assert!(unused.is_empty(), "src/error.rs: nothing fails with {unused:?}");
}

/// tests/cmd has commands, their exit status if it is not 0, and what they print.
#[test]
fn help_and_wrong_usage_print_what_is_committed() {
    // If something is wrongly accepted, it must not touch a real home.
    let home = crate::support::Home::new();
    let files = ["tests/cmd/help.trycmd", "tests/cmd/usage.trycmd"];
    let wrong: Vec<_> = files
        .iter()
        .filter_map(|file| {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
            hold(file, &run_again(&fs::read_to_string(path).unwrap(), &home)).err()
        })
        .collect();
    assert!(wrong.is_empty(), "{}\nrenew with: {HOW}", wrong.join("\n"));
    let left = fs::read_dir(home.path()).unwrap().count();
    assert_eq!(left, 0, "something was written");
}

/// The transcript with its commands run again: each has a block of its own.
fn run_again(transcript: &str, home: &crate::support::Home) -> String {
    let sshk = Path::new(env!("CARGO_BIN_EXE_sshk")).parent().unwrap();
    let path = format!("{}:/usr/bin:/bin", sshk.display());
    let (mut text, mut lines) = (String::new(), transcript.lines());
    while let Some(line) = lines.next() {
        text += &format!("{line}\n");
        let Some(command) = line.strip_prefix("$ ") else { continue };
        let done = home
            .run("/bin/sh")
            .args(["-c", &format!("{{ {command}\n}} 2>&1")])
            .env("PATH", &path)
            .env("COLUMNS", "100")
            .env("NO_COLOR", "1")
            .run();
        if done.code() != 0 {
            text += &format!("? {}\n", done.code());
        }
        text += &format!("{}\n```\n", done.out());
        lines.by_ref().take_while(|line| *line != "```").for_each(drop);
    }
    text
}
