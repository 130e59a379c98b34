//! Every example of the help, of the man pages and of README.md is run as printed, in a home
//! directory made for it, with accounts on a real sshd: web1 and web2 are hosts of its ssh_config,
//! and `ann` is whoever the host's account is.

use std::fs;
use std::path::Path;

use clap::Command;

use super::generated::{man, sshk};
use crate::support::process::{write_private, write_program};
use crate::support::{Account, Home, Sshd, root_only};

/// A command line, and the exit status that the text promises.
#[derive(Debug, PartialEq, Eq)]
struct Example {
    line: String,
    status: i32,
}

impl Example {
    /// A text promises another status with `# exit status 1` after the line.
    fn new(text: &str) -> Self {
        let (line, status) = text.split_once("# exit status ").unwrap_or((text, "0"));
        Self { line: line.trim_end().to_owned(), status: status.trim().parse().unwrap() }
    }
}

/// Those of a help text: what is indented below `Examples:`, up to the explanation.
fn of_help(help: &str) -> Vec<Example> {
    help.lines()
        .skip_while(|line| *line != "Examples:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .map(|line| Example::new(line.trim().split("  ").next().unwrap()))
        .collect()
}

/// Those of a Markdown text: lines of a `sh` block, and the lines of a `console` block after `$ `,
/// if they run sshk.
fn of_markdown(text: &str) -> Vec<Example> {
    let mut examples = Vec::new();
    let mut language = None;
    for line in text.replace("\\\n", "").lines() {
        match (line.trim_start().strip_prefix("```"), language) {
            (Some(name), None) => language = Some(name.trim()),
            (Some(_), Some(_)) => language = None,
            (None, Some("sh")) if runs_sshk(line) => examples.push(Example::new(line)),
            (None, Some("console")) => {
                let typed = line.strip_prefix("$ ").filter(|line| runs_sshk(line));
                examples.extend(typed.map(Example::new));
            }
            (None, _) => {}
        }
    }
    examples
}

fn runs_sshk(line: &str) -> bool {
    let is_command = |part: &str| part.trim_start().starts_with("sshk ");
    line.split(['|', ';', '&', '(']).any(is_command)
}

/// A server with two accounts, which home directories made here know as web1 and web2.
struct Network {
    sshd: Sshd,
    accounts: [Account; 2],
}

impl Network {
    fn start() -> Self {
        let accounts = [Account::new("/bin/bash"), Account::new("/bin/bash")];
        accounts.iter().for_each(|account| fs::create_dir(account.home().join("backup")).unwrap());
        for account in &accounts {
            let backup = account.home().join("backup");
            std::os::unix::fs::chown(backup, Some(account.uid()), Some(account.gid())).unwrap();
        }
        Self { sshd: Sshd::for_accounts().start(), accounts }
    }

    /// A home directory with the files that the examples name; the default key only if `has_key`.
    fn home(&self, has_key: bool) -> Home {
        let home = Home::new();
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/keys/good");
        // What it logs in with. The name keeps it from being a default key.
        home.key("ed25519", "login");
        for name in ["work", "old"] {
            home.key("ed25519", name);
        }
        home.key("rsa", "id_rsa");
        let key = fs::read_to_string(home.join(".ssh/id_rsa")).unwrap();
        write_private(&home.join("pasted.key"), key.replace('\n', "\r\n  "));
        let one_line = serde_json::json!({ "privateKey": key }).to_string();
        write_private(&home.join("pasted.txt"), one_line);
        write_private(&home.join("server.ppk"), fs::read(fixtures.join("rsa.ppk3")).unwrap());
        write_private(&home.join("pw"), self.accounts[0].password());
        fs::copy(home.join(".ssh/old.pub"), home.join("old.pub")).unwrap();
        home.know(&self.sshd.known_hosts());
        let host = |name: &str, account: &Account| {
            format!(
                "Host {name}\n  HostName 127.0.0.1\n  Port {}\n  User {}\n",
                self.sshd.port(),
                account.name()
            )
        };
        let [one, two] = &self.accounts;
        let hosts = [host("web1", one), host("web2", two), host("db1", two)].concat();
        fs::write(home.ssh().join("config"), hosts + "Host *\n  IdentityFile ~/.ssh/login\n")
            .unwrap();
        if !has_key {
            fs::remove_file(home.join(".ssh/id_rsa")).unwrap();
            fs::remove_file(home.join(".ssh/id_rsa.pub")).unwrap();
        }
        home
    }

    /// Lets `home` log in to the accounts, and authorizes `keys` there.
    fn authorize(&self, home: &Home, keys: &[&str]) {
        let lines: String = ["login"]
            .iter()
            .chain(keys)
            .map(|name| fs::read_to_string(home.join(format!(".ssh/{name}.pub"))).unwrap())
            .collect();
        for account in &self.accounts {
            account.write(".ssh/authorized_keys", &lines, 0o600);
        }
    }

    /// The line as it is run: `ann` and the port of the text are not those of the accounts.
    fn line(&self, example: &Example) -> String {
        let mut line = example.line.replace("-p 2222 ", &format!("-p {} ", self.sshd.port()));
        let [one, two] = &self.accounts;
        for (host, account) in [("web1", one), ("web2", two), ("db1", two)] {
            for user in ["ann", "admin", "root"] {
                line =
                    line.replace(&format!("{user}@{host}"), &format!("{}@{host}", account.name()));
            }
        }
        line
    }

    /// Runs it in `home`, where `sshk` is the built one.
    #[track_caller]
    fn run(&self, home: &Home, example: &Example) {
        let bin = home.join("bin");
        if !bin.exists() {
            fs::create_dir(&bin).unwrap();
            let program = format!("#!/bin/sh\nexec '{}' \"$@\"\n", env!("CARGO_BIN_EXE_sshk"));
            write_program(&bin.join("sshk"), &program);
        }
        let path = std::env::var("PATH").unwrap();
        home.run("bash")
            .args(["-o", "pipefail", "-c", &self.line(example)])
            .env("PATH", format!("{}:{path}", bin.display()))
            // The answer to a question for a new passphrase: none.
            .env("SSHK_PASSPHRASE", "")
            .run()
            .expect(example.status);
    }
}

/// Whether the command creates or installs something that the others need.
fn starts_without(command: &str) -> (bool, &'static [&'static str]) {
    match command {
        "keygen" => (false, &[]),
        "copy-id" => (true, &[]),
        _ => (true, &["id_rsa", "work", "old"]),
    }
}

fn help_of(command: &Command) -> String {
    command.get_after_help().map(ToString::to_string).unwrap_or_default()
}

#[test]
fn every_example_of_the_help_and_the_man_pages_runs() {
    root_only!("every_example_of_the_help_and_the_man_pages_runs");
    let network = Network::start();
    let sshk = sshk();
    for command in man::commands(&sshk) {
        let examples = of_help(&help_of(command));
        assert!(examples.len() >= 2, "{}: {examples:?}", command.get_name());
        for example in examples {
            let (has_key, keys) = starts_without(command.get_name());
            let home = network.home(has_key);
            network.authorize(&home, keys);
            network.run(&home, &example);
        }
    }
}

#[test]
fn the_examples_of_sshk_itself_run_one_after_the_other() {
    root_only!("the_examples_of_sshk_itself_run_one_after_the_other");
    let network = Network::start();
    let home = network.home(false);
    network.authorize(&home, &[]);
    let examples = of_help(&help_of(&sshk()));
    assert_eq!(examples.len(), 3, "{examples:?}");
    examples.iter().for_each(|example| network.run(&home, example));
}

#[test]
fn every_example_of_the_readme_runs_in_its_order() {
    root_only!("every_example_of_the_readme_runs_in_its_order");
    let network = Network::start();
    let home = network.home(false);
    network.authorize(&home, &["old"]);
    for example in of_markdown(include_str!("../../README.md")) {
        network.run(&home, &example);
    }
}

#[test]
fn examples_are_found_in_help_and_markdown() {
    let help = "About\n\nExamples:\n  sshk a -b 'c d'   explained\n  x | sshk e\n\nExit status\n";
    let lines = |examples: Vec<Example>| {
        examples.into_iter().map(|it| (it.line, it.status)).collect::<Vec<_>>()
    };
    let line = |text: &str, status| (text.to_owned(), status);
    assert_eq!(lines(of_help(help)), [line("sshk a -b 'c d'", 0), line("x | sshk e", 0)]);
    let markdown = "```sh\ncargo run\nsshk a  # exit status 1\n```\n`sshk b`\n```\nsshk c\n```\n\
                    ```console\n$ sshk d \\\n  e\nsshk: error\n$ ls\n```\n";
    assert_eq!(lines(of_markdown(markdown)), [line("sshk a", 1), line("sshk d   e", 0)]);
}
