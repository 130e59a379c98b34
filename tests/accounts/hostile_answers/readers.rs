//! The readers of the library, each with 16 MiB of the worst kind.

use ssh_key::PublicKey;
use sshk::accounts::audit::{Measure, ServerFile, read};
use sshk::accounts::authorized_keys::AuthorizedKeys;
use sshk::accounts::install::read_answer;
use sshk::accounts::judge::Judge;
use sshk::accounts::remote_script::Nonce;
use sshk::accounts::revoke::{marked, marks};

use super::*;

const KEY: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0dN5o9dr0YnBBdKhTlX1hZsCQvDk4oA8uYqZlHxW2R";
const OTHER: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti";

const SIZE: usize = 16 << 20;

fn filled(start: &str, unit: &str) -> Vec<u8> {
    let rest = unit.bytes().cycle().take(SIZE - start.len());
    start.bytes().chain(rest).collect()
}

/// What a reader of authorized_keys gets: one line or millions, and the key whole or in parts.
fn worst_files() -> Vec<Vec<u8>> {
    let glued = format!("{OTHER} x");
    let ends = [
        ("", format!("{KEY}\n")),
        ("", KEY.to_owned()),
        ("", format!("{KEY} ")),
        (&glued, KEY.to_owned()),
        (&glued, "ssh-rsa ".to_owned()),
        (&glued, " AAAA".to_owned()),
        ("ssh-rsa ", "AAAA".to_owned()),
        ("#estrict ", format!("{KEY} ")),
        ("#", format!("nvironment=\"A=1\",{KEY} ")),
        ("", "#robnicate\n".to_owned()),
        ("command=\"", "\\\"".to_owned()),
        ("", "restrict,".to_owned()),
        ("from=\"", "a,".to_owned()),
        ("", "\0".to_owned()),
        (&glued, " ".to_owned()),
    ];
    ends.iter().map(|(start, unit)| filled(start, unit)).collect()
}

/// How many lines an audit reports.
fn reported(content: AuthorizedKeys) -> usize {
    let files = [ServerFile { name: "f".repeat(1000), content, ..ServerFile::default() }];
    let measure =
        Measure { blacklist: &Default::default(), now: std::time::SystemTime::UNIX_EPOCH };
    read(&files, measure, &Judge::default())[0].lines.len()
}

/// Runs in a process of its own, started by the test below.
#[test]
#[ignore = "it runs with limited memory, as a child of the next test"]
fn child() {
    let key = PublicKey::from_openssh(KEY).unwrap();
    assert!(reported(AuthorizedKeys::new(filled("", "x\n"))) < SIZE / 100);
    for file in worst_files() {
        let content = AuthorizedKeys::new(file);
        println!("{:?}", String::from_utf8_lossy(&content.as_bytes()[..40]));
        let (found, in_options) = marks(&content, &key);
        println!("{} marks, {} in options", found.len(), in_options.len());
        drop(found);
        println!("{} marked", marked(&content, &key).len());
        println!("{} found", content.find(&key).count());
        println!("{} reported", reported(content));
    }
    let nonce = Nonce::new(&mut rand::rng());
    let text = format!("{nonce:?}");
    let text = text.split('"').nth(1).unwrap();
    for unit in [text.to_owned(), format!("{text} "), format!("{text} file x\n"), "\n".to_owned()] {
        let answer = filled("", &unit);
        println!("{}", read_answer(&answer, &answer, Some(0), &nonce).is_err());
    }
}

#[test]
fn sixteen_mebibytes_of_the_worst_kind_are_read_in_linear_time_and_memory() {
    Run::new(program("prlimit"))
        .arg(format!("--data={}", 600 << 20))
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "--ignored", "--nocapture", "hostile_answers::readers::child"])
        .run()
        .expect(0);
}
